"""Files as they come, from the inbox to what is known: forms, messy tables, corrections, Ctrl-C."""

import datetime
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from tests.conftest import VILLAGES
from tests.journeys.conftest import KEEPS_LONG, ROOT, Done, Project, invented
from tests.sources.document_files import REPORT, rezipped, to_docx, to_pdf

HEAD = "tanggal,jenis,kecamatan,desa\n"
GOOD = HEAD + "2019-03-01,bentrok,Umpama,Sukarekaan\n"
SUKAREKAAN, REJOCONTOH = "99.99.01.2001", "99.99.01.2002"


def hashes(project: Project) -> dict[str, str]:
    """Return the hash of every file of the warehouse and the inbox."""
    return {
        path.relative_to(project.folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for folder in ("var", "inbox")
        for path in sorted((project.folder / folder).rglob("*"))
        if path.is_file()
    }


def inbox_of(project: Project) -> list[str]:
    return sorted(p.relative_to(project.inbox).as_posix() for p in project.inbox.rglob("*.*"))


def told(done: Done) -> str:
    """Return the one sentence of a failure."""
    lines = [line for line in done.err.splitlines() if " s  " not in line[:14]]
    assert len(lines) == 1, done.err
    assert lines[0].startswith("rawan: ")
    return lines[0].removeprefix("rawan: ")


def fill_form(path: Path, rows: list[dict[str, object]]) -> None:
    """Fill a form in as a person would: below its header, by the names of the columns."""
    book = openpyxl.load_workbook(path)
    sheet = book["isian"]
    columns = {str(cell.value).removesuffix(" *"): cell.column for cell in sheet[1]}
    for number, row in enumerate(rows, start=2):
        for name, value in row.items():
            sheet.cell(number, columns[name], value)
    book.save(path)


# A form, filled in


@pytest.fixture(scope="module")
def form(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, Done]:
    project = invented(tmp_path_factory.mktemp("form") / "region")
    form = project.folder / "Polsek Umpama November.xlsx"
    assert project.here("template", "incidents", "--out", str(form)).code == 0
    day = datetime.date(2019, 3, 1)
    good = {"tanggal": day, "jenis": "bentrok", "kecamatan": "Umpama", "desa": "Rejocontoh"}
    fill_form(form, [{**good, "korban_luka": 3}, {**good, "tanggal": "31 Februari 2019"}])
    form.rename(project.inbox / form.name)
    return project, project.here("ingest")


def test_a_filled_form_comes_in_and_its_mistake_is_told_by_the_cell(
    form: tuple[Project, Done],
) -> None:
    project, done = form
    assert done.code == 0
    name = "inbox/Polsek Umpama November.xlsx"
    assert f"{name}: 1 placed + 0 excluded + 1 quarantined = 2 rows" in done.out
    assert f'{name}, sheet \'isian\', row 3, column "tanggal": "31 Februari 2019"' in done.out
    assert inbox_of(project) == ["done/Polsek Umpama November.xlsx"]
    assert project.ask("SELECT village_code, injured FROM staging.incidents") == [(REJOCONTOH, 3)]


def test_the_same_form_again_changes_nothing(form: tuple[Project, Done]) -> None:
    project, _ = form
    before = project.ask("FROM staging.incidents")
    file = project.inbox / "done" / "Polsek Umpama November.xlsx"
    file.rename(project.inbox / file.name)
    done = project.here("ingest")
    assert done.code == 0
    assert "0 new files with 0 rows, 1 known already, 0 rejected" in done.out
    assert inbox_of(project) == ["done/Polsek Umpama November.xlsx"]
    assert project.ask("FROM staging.incidents") == before


def test_a_form_is_never_written_over(form: tuple[Project, Done]) -> None:
    project, _ = form
    file = project.inbox / "done" / "Polsek Umpama November.xlsx"
    before = file.read_bytes()
    done = project.here("template", "incidents", "--out", str(file))
    assert done.code == 1
    assert "exists already" in told(done)
    assert file.read_bytes() == before


def test_every_kind_has_a_form_that_reads_back_empty(village_project: Project) -> None:
    kinds = ("reports", "demographics", "gatherings", "polling_stations")
    for kind in (*kinds, "incidents", "tps_vulnerability", "deployments", "nil_returns"):
        out = village_project.inbox / f"formulir {kind}.xlsx"
        done = village_project.here("template", kind, "--out", str(out), "--lang", "en")
        assert done.code == 0, done.err
    done = village_project.here("ingest", "--json")
    assert done.code == 0, done.out
    answer = json.loads(done.out)
    assert len(answer["files"]) == 8
    assert {sum(fate.values()) for fate in answer["by_file"].values()} == {0}


# A bad file beside a good one


def test_a_bad_file_stops_nobody_and_the_run_goes_on_and_tells(
    shipped: Project, run_in_process: Callable[[Path], object]
) -> None:
    project = shipped
    with project.config.open("a", encoding="utf-8") as stream:
        stream.write(KEEPS_LONG)
    project.drop("insiden.csv", "tanggal,jenis,kode_desa\n2024-06-01,bentrok_warga,18.01.04.2001\n")
    project.drop("rekap.csv", "apa,saja\n1,2\n")
    project.drop("LI 12.docx", to_docx())
    done = project.here("ingest")
    assert done.code == 1
    assert "rejected: inbox/rekap.csv: no column mapping fits" in done.out
    assert "rawan map FILE" in done.out
    assert "inbox/insiden.csv: 1 placed + 0 excluded + 0 quarantined = 1 rows" in done.out
    reason = (project.inbox / "rejected" / "rekap.csv.reason.txt").read_text(encoding="utf-8")
    assert reason.startswith("inbox/rekap.csv: no column mapping fits")
    assert set(inbox_of(project)) == {
        *("done/LI 12.docx", "done/insiden.csv", "rejected/rekap.csv"),
        "rejected/rekap.csv.reason.txt",
    }
    run_in_process(project.config)
    ranking = pl.read_parquet(project.out / "latest" / "ranking.parquet")
    assert ranking.height == 4 * 260
    page = (project.out / "latest" / "index.html").read_text(encoding="utf-8")
    assert "1 berkas ditolak" in page
    assert "rekap.csv" not in page  # the name of a file is not for partners
    for path, content in project.published().items():
        assert b"Zzsumber" not in content, path
        assert b"ZZPELAPOR" not in content, path


# Files as offices send them

CP1252 = """DAFTAR KEJADIAN KONFLIK SOSIAL;;;;;;;
Polsek Umpama – tahun 2019;;;;;;;
;;;;;;;
No;Tanggal;Jenis;Kecamatan;Desa;Korban Luka;Uraian;Nama Pelapor
1;3 Maret 2019;bentrok;Umpama;Sukarekaan;1.200;Massa “ribut”;ZZNAMA SATU
2;Minggu (28/10/18);unjuk_rasa;Umpama;Rejocontoh;;;ZZNAMA DUA
3;31 Februari 2019;bentrok;Umpama;Rejocontoh;;;ZZNAMA DUA
"""
ACLED = """event_id_cnty,event_date,time_precision,sub_event_type,actor1,country,admin2,admin3,\
latitude,longitude,geo_precision,fatalities,timestamp
IDN1,2019-05-02,1,Peaceful protest,ZZNAMA,Indonesia,Contoh,Umpama,-5.50,105.50,1,0,1557000000
PHL1,2019-05-02,1,Peaceful protest,ZZNAMA,Philippines,X,Y,7.1,125.5,1,0,1557000000
IDN2,2019-05-03,1,Mob violence,ZZNAMA,Indonesia,Contoh,Umpama,-5.50,105.50,1,0,1557000000
"""
POPULATION = """tahun\tpenduduk\tkecamatan\tdesa
2019\t2.345\tUmpama\tSukarekaan
2019\t1.000,0\tAndaikata\tSukarekaan
"""


def write_merged_workbook(path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Kejadian"
    sheet.append(["REKAP KEJADIAN 2019"])
    sheet.append([])
    sheet.append(["tanggal", "jenis", "kecamatan", "desa", "pelapor"])
    for day, district, village in (
        ("2019-03-01", "Umpama", "Sukarekaan"),
        ("2019-04-01", None, "Rejocontoh"),
        ("2019-05-01", "Andaikata", "Sukarekaan"),
        ("2019-06-01", None, "Margamisal"),
    ):
        cell = datetime.date.fromisoformat(day)
        sheet.append([cell, "unjuk_rasa", district, village, "ZZNAMA TIGA"])
    sheet.merge_cells("C4:C5")
    sheet.merge_cells("C6:C7")
    nil = book.create_sheet("Nihil")
    nil.append(["tanggal", "satuan", "kecamatan", "desa"])
    nil.append(["2019-06-01", "Polsek Umpama", "Umpama", "Rejocontoh"])
    book.save(path)


@pytest.fixture(scope="module")
def messy(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, Done]:
    project = invented(tmp_path_factory.mktemp("messy") / "region")
    project.drop("Insiden Polsek.csv", CP1252.replace("\n", "\r\n").encode("cp1252"))
    write_merged_workbook(project.inbox / "rekap bulanan.xlsx")
    project.drop("penduduk.tsv", POPULATION.encode("utf-16"))
    project.drop("LI 12.docx", to_docx())
    other = REPORT.replace("LI-12", "LI-13").replace("Sukarekaan", "Rejocontoh")
    other = other.replace("Minggu tanggal 28 Oktober", "Sabtu tanggal 27 Oktober")
    project.drop("LI 13.pdf", to_pdf(other))
    project.drop("acled.csv", ACLED)
    gathering = {"tanggal": "2019-12-01", "kegiatan": "rapat_umum", "kecamatan": "Umpama"}
    project.drop("kegiatan.json", json.dumps([gathering, gathering | {"desa": "Rejocontoh"}]))
    pl.DataFrame(
        {"tanggal": [datetime.date(2019, 7, 1)], "jenis": "bentrok", "kode_desa": REJOCONTOH}
    ).write_parquet(project.inbox / "insiden_dinas.parquet")
    return project, project.here("ingest", "--json")


def test_every_file_comes_in_and_its_rows_add_up(messy: tuple[Project, Done]) -> None:
    project, done = messy
    assert done.code == 0, done.out
    fates = {
        name.removeprefix("inbox/"): tuple(fate.values())
        for name, fate in json.loads(done.out)["by_file"].items()
    }
    assert fates == {
        "Insiden Polsek.csv": (2, 0, 1),
        "rekap bulanan.xlsx": (5, 0, 0),
        "penduduk.tsv": (2, 0, 0),
        "LI 12.docx": (1, 0, 0),
        "LI 13.pdf": (1, 0, 0),
        "acled.csv": (1, 1, 1),
        "kegiatan.json": (2, 0, 0),
        "insiden_dinas.parquet": (1, 0, 0),
    }
    assert len(inbox_of(project)) == len(fates)
    assert all(name.startswith("done/") for name in inbox_of(project))


def test_dates_numbers_and_merged_cells_mean_what_they_say(messy: tuple[Project, Done]) -> None:
    project, _ = messy
    incidents = project.ask(
        "SELECT occurred_on::VARCHAR, village_code, max(injured) FROM staging.incidents"
        " GROUP BY ALL"
    )
    assert {
        ("2019-03-03", SUKAREKAAN, 1200),
        ("2018-10-28", REJOCONTOH, None),
        ("2019-03-01", SUKAREKAAN, None),
        ("2019-04-01", REJOCONTOH, None),
        ("2019-05-01", "99.99.02.2001", None),
        ("2019-05-02", SUKAREKAAN, None),
        ("2019-06-01", "99.99.02.2003", None),
        ("2019-07-01", REJOCONTOH, None),
    } == set(incidents)
    people = project.ask("SELECT village_code, population FROM staging.demographics")
    assert sorted(people) == [(SUKAREKAAN, 2345), ("99.99.02.2001", 1000)]
    reports = project.ask(
        "SELECT occurred_on::VARCHAR, village_code, source_grade || information_grade"
        " FROM staging.reports"
    )
    assert sorted(reports) == [
        ("2012-10-27", REJOCONTOH, "B2"),
        ("2012-10-28", SUKAREKAAN, "B2"),
    ]


def test_a_row_of_another_country_is_excluded_and_a_strange_word_asks(
    messy: tuple[Project, Done],
) -> None:
    answer = json.loads(messy[1].out)
    assert [line for line in answer["quarantine"] if "acled" in line] == [
        'inbox/acled.csv, row 4, column "sub_event_type": "Mob violence" is not a type of '
        "incident. Known: bentrok, gangguan_logistik, politik_uang, sengketa_lahan, unjuk_rasa."
    ]


def test_nobody_who_reported_is_in_the_warehouse(messy: tuple[Project, Done]) -> None:
    project, done = messy
    assert project.tables_that_hold("sukarekaan")  # the guard of the line below
    assert project.tables_that_hold("zz") == {}
    assert "ZZ" not in done.out + done.err


# What would happen, and what was known when

FIRST = """nomor,tanggal,tanggal_diketahui,jenis,kecamatan,desa,korban_luka
A1,2019-03-01,2019-03-02,bentrok,Umpama,Sukarekaan,1
A2,2019-04-01,2019-04-02,bentrok,Umpama,Rejocontoh,
"""
SECOND = """nomor,status,tanggal,tanggal_diketahui,jenis,kecamatan,desa,korban_luka
A1,koreksi,2019-03-01,2019-06-01,bentrok,Umpama,Sukarekaan,4
A2,dicabut,2019-04-01,2019-06-02,bentrok,Umpama,Rejocontoh,
A3,,2019-05-05,2019-06-02,politik_uang,Seberangan,Pulauangan,
A4,,kemarin dulu,2019-06-02,politik_uang,Seberangan,Pulauangan,
"""


@pytest.fixture(scope="module")
def corrected(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project that knows of two incidents; a file that corrects them waits in the inbox."""
    project = invented(tmp_path_factory.mktemp("corrected") / "region")
    project.drop("insiden.csv", FIRST)
    assert project.here("ingest").code == 0
    project.drop("insiden_koreksi.csv", SECOND)
    return project


def test_check_and_diff_tell_what_would_change_and_write_nothing(corrected: Project) -> None:
    before = hashes(corrected)
    file = str(corrected.inbox / "insiden_koreksi.csv")
    checked = corrected.here("check", file)
    differs = corrected.here("diff", "--data", file)
    answer = json.loads(corrected.here("diff", "--data", file, "--json").out)
    assert hashes(corrected) == before
    assert checked.code == 0
    assert "3 placed + 0 excluded + 1 quarantined = 4 rows" in checked.out
    assert checked.out.endswith("Nothing was written.\n")
    assert differs.code == 0
    assert 'row 5, column "tanggal": "kemarin dulu" is not a date' in differs.out
    (added,), (changed,), (gone,) = (answer[k] for k in ("added", "changed", "withdrawn"))
    assert (added["type"], added["village_code"]) == ("politik_uang", "99.99.03.2001")
    assert (changed["injured"], changed["was"]) == (4, {"injured": 1})
    assert gone["village_code"] == REJOCONTOH
    assert "(was injured 1)" in differs.out


def test_what_was_known_on_a_day_does_not_know_the_correction(corrected: Project) -> None:
    assert corrected.here("ingest").code == 0
    for code, day, count, injured in (
        (SUKAREKAAN, "2019-03-01", 0, None),
        (SUKAREKAAN, "2019-05-31", 1, 1),
        (SUKAREKAAN, "2019-06-01", 1, 4),
        (REJOCONTOH, "2019-06-01", 1, None),
        (REJOCONTOH, "2019-06-02", 0, None),
        ("99.99.01", "2019-05-31", 2, 1),
    ):
        done = corrected.here("known", code, "--as-of", day)
        assert f"Known of {code} at the start of {day}: {count}\n" in done.out
        assert ("injured:" in done.out) == (injured is not None)
        assert injured is None or f"injured: {injured}\n" in done.out


def test_a_name_a_strange_code_and_a_strange_day_are_told(corrected: Project) -> None:
    day = ("--as-of", "2019-06-01")
    assert f"by their code: {SUKAREKAAN}, 99.99.02.2001" in told(
        corrected.here("known", "sukarekaan", *day)
    )
    assert "is not the code of a village" in told(corrected.here("known", "99.99.01.2999", *day))
    done = corrected.here("known", SUKAREKAAN, "--as-of", "01-06-2019")
    assert done.code == 2
    assert "Write it as 2024-11-01" in told(done)
    assert "there is no such file" in told(corrected.here("diff", "--data", "tidak ada.csv"))


def test_check_of_a_file_that_would_be_rejected_fails(corrected: Project) -> None:
    file = corrected.folder / "rekap.csv"
    file.write_text("apa,saja\n1,2\n", encoding="utf-8")
    done = corrected.here("check", str(file))
    assert done.code == 1
    assert "rejected: inbox/rekap.csv: no column mapping fits" in done.out
    answer = corrected.here("check", str(file), "--json")
    assert answer.code == 1
    assert list(json.loads(answer.out)["rejected"]) == ["inbox/rekap.csv"]
    assert file.exists()


# A register in a form of its own

REGISTER = """No Reg;Tgl Kejadian;Tgl Lapor;Jns Kejadian;Kec;Desa/Kel;Nama Pelapor;Luka
R1;03/03/2019;04/03/2019;bentrok;Umpama;Sukarekaan;ZZNAMA;2
R2;05/03/2019;06/03/2019;unjuk rasa;Andaikata;Margamisal;ZZNAMA;
"""


def test_an_unknown_register_comes_in_by_its_proposed_mapping(village_project: Project) -> None:
    from rawan.sources.mapping import load_mappings

    project = village_project
    register = project.drop("Register Polres 2019.csv", REGISTER)
    mappings = project.folder / "mappings"
    before = {path: path.read_bytes() for path in mappings.iterdir()}
    shown = project.here("map", str(register))
    assert shown.code == 0
    assert "Nothing was written" in shown.out
    assert {path: path.read_bytes() for path in mappings.iterdir()} == before
    for _ in range(2):  # the second finds a name of its own
        assert project.here("map", str(register), "--save").code == 0
    assert {path: path.read_bytes() for path in before} == before
    saved = load_mappings(mappings)["register_polres"]
    assert saved.columns["occurred_on"] == "Tgl Kejadian"
    assert "Nama Pelapor" in saved.drop
    done = project.here("ingest")
    assert done.code == 0, done.out
    assert "inbox/Register Polres 2019.csv: 2 placed + 0 excluded + 0 quarantined" in done.out
    assert sorted(project.ask("SELECT type, village_code FROM staging.incidents")) == [
        ("bentrok", SUKAREKAAN),
        ("unjuk_rasa", "99.99.02.2003"),
    ]
    wrong = project.here("map", str(project.inbox / "done" / register.name), "--kind", "insiden")
    assert 'Did you mean "incidents"?' in told(wrong)


# Outlines


def outlines(codes: dict[str, tuple[float, float, float, float]]) -> str:
    """Return a GeoJSON of boxes: west, south, east, north."""
    features = [
        {
            "type": "Feature",
            "properties": {"kode_desa": code},
            "geometry": {
                "type": "Polygon",
                "coordinates": [[[w, s], [e, s], [e, n], [w, n], [w, s]]],
            },
        }
        for code, (w, s, e, n) in codes.items()
    ]
    return json.dumps({"type": "FeatureCollection", "features": features})


def test_a_point_goes_to_the_village_whose_outline_holds_it(village_project: Project) -> None:
    project = village_project
    points = [(code, lat, lon) for code, (_, lat, lon) in VILLAGES.items()]
    boxes = {c: (lon - 0.004, lat - 0.004, lon + 0.004, lat + 0.004) for c, lat, lon in points}
    boxes[SUKAREKAAN] = (105.496, -5.508, 105.504, -5.496)
    boxes[REJOCONTOH] = (105.496, -5.516, 105.504, -5.508)
    file = project.folder / "desa.geojson"
    file.write_text(outlines(boxes), encoding="utf-8")
    # Between two villages, which without outlines leaves only their kecamatan.
    project.drop(
        "insiden_titik.csv", "tanggal,jenis,lintang,bujur\n2019-03-01,bentrok,-5.507,105.5\n"
    )
    where = "SELECT village_code FROM staging.incidents"
    assert project.here("ingest").code == 0
    assert project.ask(where) == [(None,)]
    checked = project.here("boundaries", str(file), "--check")
    assert checked.code == 0, checked.out
    assert checked.out.endswith("Nothing was loaded.\n")
    project.here("ingest")
    assert project.ask(where) == [(None,)]
    assert project.here("boundaries", str(file)).code == 0
    project.here("ingest")
    assert project.ask(where) == [(SUKAREKAAN,)]
    file.write_text('{"type": "Feat', encoding="utf-8")
    broken = project.here("boundaries", str(file))
    assert broken.code == 1
    assert "desa.geojson: cannot be read" in told(broken)
    file.write_text(outlines({SUKAREKAAN: boxes[SUKAREKAAN]}), encoding="utf-8")
    partly = project.here("boundaries", str(file), "--check")
    assert partly.code == 1
    assert "Not usable: 7 of 8 villages have no outline" in partly.out
    project.here("ingest")
    assert project.ask(where) == [(SUKAREKAAN,)]


# Whatever stands in cells and names

HOSTILE = (
    "\x1b[2J\x1b[31mSukarekaan",
    "=cmd|' /C calc'!A0",
    "<script>alert(1)</script>",
    "A" * 1_000_000,
    "Suka\u202erekaan",
    "Desa\nBaru",
    "Suka\x07\x9brekaan",
    "[red]Umpama[/red]",
)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, Done]:
    project = invented(tmp_path_factory.mktemp("hostile") / "region")
    good = {"tanggal": "2019-03-01", "jenis": "bentrok", "kecamatan": "Umpama"}
    plain = pl.DataFrame([good | {"desa": "Rejocontoh", "lokasi": ""}] * len(HOSTILE))
    # One column after the other holds what no one should write there.
    pl.concat(
        [plain.with_columns(pl.Series(column, HOSTILE)) for column in plain.columns]
    ).write_csv(project.inbox / "insiden jahat.csv")
    for name in (
        *("--config.csv", "-rf.csv", "insiden $(touch tertipu).csv", "insiden 日本 é.csv"),
        *("insiden`touch tertipu`.csv", "insiden';DROP TABLE raw.files;--.csv"),
        f"insiden {'x' * 190}.csv",
    ):
        project.drop(name, GOOD)
    for name in ("insiden\nbaru.csv", "insiden\x1b[31m.csv", "insiden \u202evsc.csv"):
        project.drop(name, GOOD)
    (project.inbox / "insiden_tautan.csv").symlink_to("/etc/passwd")
    (project.inbox / "map_tautan").symlink_to("/etc")
    os.mkfifo(project.inbox / "insiden_pipa.csv")
    return project, project.here("ingest", "--json")


@pytest.mark.skipif(os.name != "posix", reason="such names and pipes are POSIX's")
class TestHostile:
    def test_each_finding_is_one_line_that_can_be_seen(self, hostile: tuple[Project, Done]) -> None:
        project, done = hostile
        answer = json.loads(done.out)
        assert done.code == 1
        assert answer["by_file"]["inbox/insiden jahat.csv"]["quarantined"] >= 16
        lines = [*answer["quarantine"], *answer["warnings"], *answer["rejected"].values()]
        for line in lines:
            assert line.isprintable(), ascii(line)
            assert len(line) < 600, line[:100]
        plain = project.here("ingest").out
        assert all(line.isprintable() for line in plain.splitlines())

    def test_names_of_files_are_names(self, hostile: tuple[Project, Done]) -> None:
        project, done = hostile
        answer = json.loads(done.out)
        good = {n for n, fate in answer["by_file"].items() if fate["placed"] == 1}
        assert {"inbox/--config.csv", "inbox/-rf.csv", "inbox/insiden 日本 é.csv"} <= good
        assert f"inbox/insiden {'x' * 190}.csv" in good
        assert len(good) == 7
        refused = " ".join(answer["rejected"].values())
        assert refused.count("holds characters that cannot be shown") == 3
        assert refused.count("is a link") == 2
        assert "is no file but a device or a pipe" in refused
        assert not list(ROOT.glob("tertipu*"))
        assert not list(project.folder.rglob("tertipu"))
        assert not [p for p in project.inbox.iterdir() if p.name not in ("done", "rejected")]
        assert Path("/etc/passwd").is_file()

    def test_the_queue_is_a_workbook_of_texts(self, hostile: tuple[Project, Done]) -> None:
        project, _ = hostile
        queue = project.folder / "antrean.xlsx"
        assert project.here("review", "--export", str(queue)).code == 0
        cells = [
            cell
            for sheet in openpyxl.load_workbook(queue)
            for row in sheet.iter_rows()
            for cell in row
            if cell.value is not None
        ]
        assert len(cells) > 100
        assert {cell.data_type for cell in cells} == {"s"}
        assert all(str(cell.value).isprintable() for cell in cells)
        shown = project.here("review", typed="s\n" * 60)
        assert all(line.isprintable() for line in shown.out.splitlines())


def test_a_sheet_name_cannot_forge_a_line(village_project: Project) -> None:
    path = village_project.inbox / "aneh.xlsx"
    pl.DataFrame({"x": ["1"], "y": ["2"]}).write_excel(path, worksheet="GANTI")
    data = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        book = archive.read("xl/workbook.xml")
    forged = book.replace(b'"GANTI"', b'"A&#10;rejected: inbox/palsu.csv"')
    path.write_bytes(rezipped(data, {"xl/workbook.xml": forged}))
    village_project.drop("insiden.csv", GOOD)
    done = village_project.here("ingest")
    assert done.code == 1
    assert not [line for line in done.out.splitlines() if line.startswith("rejected: inbox/palsu")]


def test_a_file_over_the_limit_is_refused_before_it_is_read(village_project: Project) -> None:
    with (village_project.inbox / "insiden_besar.csv").open("wb") as stream:
        stream.truncate(5 * 2**30)  # a hole: it takes no room on the disk
    village_project.drop("insiden.csv", GOOD)
    started = time.monotonic()
    done = village_project.here("ingest")
    assert done.code == 1
    assert "inbox/insiden_besar.csv: has 5120 MB; the limit is 4096" in done.out
    assert time.monotonic() - started < 20


# Two at once, and Ctrl-C


def test_a_second_ingest_waits_and_then_works_or_leaves_with_a_sentence(
    village_project: Project,
) -> None:
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys, pathlib\n"
            "from rawan.settings import load_settings\n"
            "from rawan.warehouse import open_warehouse\n"
            "with open_warehouse(load_settings(pathlib.Path(sys.argv[1]))):\n"
            "    print('held', flush=True)\n"
            "    sys.stdin.readline()\n",
            str(village_project.config),
        ],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    village_project.drop("insiden.csv", GOOD)
    assert holder.stdout.readline() == "held\n"
    try:
        left = village_project.here("ingest", RAWAN_WAREHOUSE__WAIT_SECONDS="1")
        waits = village_project.start("ingest", RAWAN_WAREHOUSE__WAIT_SECONDS="60")
        assert waits.stderr is not None
        first = waits.stderr.readline()
    finally:
        holder.communicate(input="\n")
    out, err = waits.communicate(timeout=60)
    assert left.code == 1
    assert f"in use by another run (process {holder.pid}); waiting" in left.err
    assert "in use by another run" in left.err.splitlines()[-1]
    assert f"in use by another run (process {holder.pid}); waiting" in first
    assert waits.returncode == 0, err
    assert "1 new files with 1 rows" in out


def test_ctrl_c_loses_nothing_and_the_next_ingest_completes(village_project: Project) -> None:
    project = village_project
    rows = 200_000
    project.drop("insiden.csv", GOOD)
    project.drop("insiden_besar.csv", HEAD + "2019-03-01,bentrok,Umpama,Rejocontoh\n" * rows)
    running = project.start("ingest")
    assert running.stderr is not None
    for line in running.stderr:
        if "load the reference tables" in line:
            break
    time.sleep(0.1)
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=60)
    assert running.returncode == 130, out + err
    assert "Interrupted" in err
    assert "Traceback" not in err
    assert (project.inbox / "insiden_besar.csv").exists()
    done = project.here("ingest")
    assert done.code == 0, done.err
    assert f"inbox/insiden_besar.csv: {rows} placed + 0 excluded" in done.out
    assert inbox_of(project) == ["done/insiden.csv", "done/insiden_besar.csv"]
