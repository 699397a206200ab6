"""The door: what comes in, what comes in again, what is turned away, and that nothing is half in.

Where a file lies afterwards is in test_shelf.py.
"""

import json
import os
import re
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from rawan.changes import difference
from rawan.errors import RawanError, TemporaryError
from rawan.preparation import rehearse
from rawan.reports.keeping import delete_report, list_reports
from rawan.settings import Settings
from rawan.sources import inbox, readers
from rawan.sources.contract import contract
from rawan.sources.inbox import File, Intake, find_files, ingest, ingest_files
from rawan.warehouse import Warehouse, open_warehouse

Bench = Any  # see conftest.py
TakeIn = Callable[[], Intake]

ROW = {"tanggal": "2019-01-01", "jenis": "bentrok", "desa": "Tirtakhayal"}
OTHER = {"tanggal": "2019-02-02", "jenis": "bentrok", "desa": "Margamisal"}
REPORT = {"nomor": "R-1", "tanggal": "2019-01-01", "isi": "aman", "desa": "Tirtakhayal"}

posix = pytest.mark.skipif(os.name != "posix", reason="pipes and links of POSIX")


@pytest.fixture
def take_in(warehouse: Warehouse, settings: Settings) -> TakeIn:
    return lambda: ingest(warehouse, settings)


@pytest.fixture
def with_record(settings: Settings) -> Settings:
    inputs = settings.inputs.model_copy(update={"use_public_record": True})
    return settings.model_copy(update={"inputs": inputs})


@pytest.fixture
def own_mappings(bench: Bench, settings: Settings) -> Settings:
    """Settings with a copy of the mappings, which a test may change."""
    folder = bench.folder / "mappings"
    shutil.copytree(settings.inputs.mappings, folder)
    inputs = settings.inputs.model_copy(update={"mappings": folder})
    return settings.model_copy(update={"inputs": inputs})


def stored(warehouse: Warehouse) -> dict[str, list[tuple[Any, ...]]]:
    """Return everything that came in, by table, but not the time of loading."""
    found = {
        "files": warehouse.rows("SELECT * EXCLUDE (loaded_at) FROM raw.files ORDER BY ALL"),
        "sheets": warehouse.rows("FROM raw.sheets ORDER BY ALL"),
        "damaged": warehouse.rows("FROM raw.damaged ORDER BY ALL"),
    }
    for kind in contract()["kinds"]:
        found[kind] = warehouse.rows(f"FROM raw.{kind} ORDER BY ALL")
    return {table: rows for table, rows in found.items() if rows}


def current(warehouse: Warehouse, kind: str = "incidents", field: str = "villages") -> list[str]:
    """Return what the rows of a kind that count say in a field."""
    return [
        cell
        for (cell,) in warehouse.rows(
            f"SELECT {field} FROM raw.{kind} JOIN raw.sheets USING (sheet_id)"
            ' JOIN raw.files USING (file, file_hash) WHERE is_current ORDER BY file, sheet, "row"'
        )
    ]


def write_book(path: Path, sheets: dict[str, list[list[str]]]) -> Path:
    with xlsxwriter.Workbook(str(path)) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, cells in enumerate(rows):
                sheet.write_row(number, 0, cells)
    return path


def everything_under(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


# What comes in


def test_cells_are_stored_as_they_came_with_file_sheet_and_row(
    bench: Bench, warehouse: Warehouse, take_in: TakeIn
) -> None:
    bench.drop("insiden.csv", [ROW | {"uraian": ' "kutip"\n’é  ', "korban_jiwa": "  "}])
    intake = take_in()
    assert (intake.loaded, intake.rows) == (["inbox/insiden.csv"], 1)
    ((file, sheet, row, day, words, deaths),) = warehouse.rows(
        'SELECT file, sheet, "row", occurred_on, summary, deaths'
        " FROM raw.incidents JOIN raw.sheets USING (sheet_id)"
    )
    assert (file, sheet, row) == ("inbox/insiden.csv", None, 2)
    assert (day, words.strip(), deaths) == ("2019-01-01", '"kutip"\n’é', None)


def test_columns_that_no_field_takes_are_kept_and_told(
    bench: Bench, warehouse: Warehouse, take_in: TakeIn
) -> None:
    bench.drop("insiden.csv", [ROW | {"cuaca": "hujan"}])
    intake = take_in()
    assert json.loads(warehouse.value("SELECT other FROM raw.incidents")) == {"cuaca": "hujan"}
    assert [line for line in intake.lines() if "cuaca" in line and "kept and not used" in line]


def test_the_same_file_again_changes_nothing(
    bench: Bench, warehouse: Warehouse, take_in: TakeIn
) -> None:
    bench.drop("insiden.csv", [ROW, OTHER])
    take_in()
    before = stored(warehouse)
    bench.drop("insiden.csv", [ROW, OTHER])
    again = take_in()
    assert (again.loaded, again.unchanged, again.rows) == ([], ["inbox/insiden.csv"], 0)
    assert stored(warehouse) == before


def test_an_empty_inbox_after_files_came_in_changes_nothing(
    bench: Bench, warehouse: Warehouse, take_in: TakeIn
) -> None:
    bench.drop("insiden.csv", [ROW])
    take_in()
    before = stored(warehouse)
    again = take_in()
    assert (again.loaded, again.unchanged, again.rejected) == ([], [], {})
    assert stored(warehouse) == before


def test_rows_keep_their_ids_on_another_machine(
    make_bench: Callable[[], Bench], tmp_path: Path
) -> None:
    """Whatever the order in which the files come."""
    here, there = make_bench(), make_bench()
    here.drop("insiden-a.csv", [ROW, OTHER])
    here.drop("insiden-b.csv", [ROW])
    here.drop("laporan.csv", [REPORT])
    sheets = [[list(row), list(row.values())] for row in (ROW, OTHER)]
    write_book(here.inbox / "gabungan.xlsx", dict(zip(("satu", "dua"), sheets, strict=True)))
    for path in list(here.inbox.iterdir()):
        path.with_name(f"{path.name}.meta.toml").write_text("obtained_on = 2019-03-04", "utf-8")
    away = shutil.copytree(here.inbox, tmp_path / "away")
    with open_warehouse(here.settings, ":memory:") as warehouse:
        ingest(warehouse, here.settings)
        found = stored(warehouse)
    with open_warehouse(there.settings, ":memory:") as warehouse:
        for name in ("laporan.csv", "insiden-b.csv", "gabungan.xlsx", "insiden-a.csv"):
            for path in away.glob(f"{name}*"):
                shutil.copy(path, there.inbox)
            ingest(warehouse, there.settings)
        assert stored(warehouse) == found
    assert len(found["sheets"]) == 5
    assert len({row[0] for row in found["incidents"]}) == 5


def test_a_new_content_takes_the_place_of_the_old_one_which_stays(
    bench: Bench, warehouse: Warehouse, take_in: TakeIn
) -> None:
    bench.drop("insiden.csv", [ROW])
    take_in()
    bench.drop("insiden.csv", [OTHER])
    assert take_in().loaded == ["inbox/insiden.csv"]
    assert current(warehouse) == ["Margamisal"]
    assert warehouse.value("SELECT count(*) FROM raw.incidents") == 2


def test_an_old_content_put_back_counts_again(
    bench: Bench, warehouse: Warehouse, take_in: TakeIn
) -> None:
    for row in (ROW, OTHER, ROW):
        bench.drop("insiden.csv", [row])
        take_in()
    assert current(warehouse) == ["Tirtakhayal"]
    assert warehouse.value("SELECT count(*) FROM raw.incidents") == 2


def test_a_bad_content_under_a_known_name_leaves_the_known_one_counting(
    bench: Bench, warehouse: Warehouse, take_in: TakeIn
) -> None:
    bench.drop("insiden.csv", [ROW])
    take_in()
    before = stored(warehouse)
    (bench.inbox / "insiden.csv").write_text("salah\n1\n", encoding="utf-8")
    assert list(take_in().rejected) == ["inbox/insiden.csv"]
    assert stored(warehouse) == before


def test_who_reported_never_gets_into_the_warehouse(
    bench: Bench, warehouse: Warehouse, take_in: TakeIn
) -> None:
    bench.drop("laporan.csv", [REPORT | {"pelapor": "Umpamawan", "sumber": "Andaiwati"}])
    take_in()
    everything = repr(stored(warehouse))
    assert "aman" in everything
    for secret in ("Umpamawan", "Andaiwati", "pelapor"):
        assert secret not in everything


def test_a_workbook_of_several_kinds_comes_in_sheet_by_sheet(
    bench: Bench, warehouse: Warehouse, take_in: TakeIn
) -> None:
    write_book(
        bench.inbox / "polsek.xlsx",
        {
            "Sampul": [["Rekap bulanan polsek"]],
            "Insiden": [["nomor", "tanggal", "jenis", "desa"], ["I-1", "2019-01-01", "x", "A"]],
            "Laporan": [["tanggal", "isi", "desa"], ["2019-01-01", "aman", "B"]],
            "Nihil": [["tanggal", "satuan", "desa"], ["2019-01", "Polsek Umpama", "C"]],
        },
    )
    assert take_in().loaded == ["inbox/polsek.xlsx"]
    assert warehouse.rows("SELECT sheet, kind, rows FROM raw.sheets ORDER BY sheet") == [
        ("Insiden", "incidents", 1),
        ("Laporan", "reports", 1),
        ("Nihil", "nil_returns", 1),
    ]
    for kind, village in (("incidents", "A"), ("reports", "B"), ("nil_returns", "C")):
        assert current(warehouse, kind) == [village]


def test_a_changed_mapping_reads_a_file_that_is_put_back_anew(
    bench: Bench, warehouse: Warehouse, own_mappings: Settings
) -> None:
    """It is the file that first came in, and so it is known from that day on."""
    bench.drop("insiden.csv", [ROW | {"cuaca": "hujan"}])
    (bench.inbox / "insiden.csv.meta.toml").write_text("obtained_on = 2019-03-04", "utf-8")
    ingest(warehouse, own_mappings)
    ids = warehouse.rows("SELECT row_id FROM raw.incidents")
    mapping = own_mappings.inputs.mappings / "incidents.toml"
    text = mapping.read_text(encoding="utf-8")
    mapping.write_text(text.replace('summary = "uraian"', 'summary = "cuaca"'), encoding="utf-8")
    bench.drop("insiden.csv", [ROW | {"cuaca": "hujan"}])
    assert ingest(warehouse, own_mappings).loaded == ["inbox/insiden.csv"]
    assert current(warehouse, field="summary") == ["hujan"]
    assert warehouse.rows("SELECT row_id FROM raw.incidents") == ids
    assert warehouse.value("SELECT obtained_on FROM raw.files") == date(2019, 3, 4)


def test_a_comment_in_a_mapping_changes_nothing(
    bench: Bench, warehouse: Warehouse, own_mappings: Settings
) -> None:
    bench.drop("insiden.csv", [ROW])
    ingest(warehouse, own_mappings)
    mapping = own_mappings.inputs.mappings / "incidents.toml"
    mapping.write_text("# hm\n" + mapping.read_text(encoding="utf-8"), encoding="utf-8")
    bench.drop("insiden.csv", [ROW])
    assert ingest(warehouse, own_mappings).unchanged == ["inbox/insiden.csv"]


def test_the_public_record_counts_only_while_it_is_in_use(
    bench: Bench, warehouse: Warehouse, settings: Settings, with_record: Settings
) -> None:
    bench.drop("insiden.csv", [ROW])
    record = bench.folder / "record" / "incidents.csv"
    record.write_text("occurred_on,type,villages\n2018-01-01,bentrok,Margamisal\n", "utf-8")
    assert len(ingest(warehouse, with_record).loaded) == 2

    def counting() -> list[str]:
        return [
            file
            for (file,) in warehouse.rows("SELECT file FROM raw.files WHERE is_current ORDER BY 1")
        ]

    assert counting() == ["inbox/insiden.csv", "record/incidents.csv"]
    ingest(warehouse, settings)
    assert counting() == ["inbox/insiden.csv"]
    ingest(warehouse, with_record)
    assert counting() == ["inbox/insiden.csv", "record/incidents.csv"]
    assert record.exists()
    record.unlink()
    ingest(warehouse, with_record)
    assert counting() == ["inbox/insiden.csv"]


def test_a_single_file_is_taken_in_under_the_name_it_is_given(
    bench: Bench, warehouse: Warehouse, settings: Settings
) -> None:
    path = bench.drop("insiden.csv", [ROW])
    intake = ingest_files(warehouse, settings, [File("inbox/insiden-x.csv", path, "inbox")])
    assert intake.loaded == ["inbox/insiden-x.csv"]
    assert path.exists()


def test_the_sidecar_says_when_a_file_was_obtained(
    bench: Bench, warehouse: Warehouse, take_in: TakeIn
) -> None:
    bench.drop("insiden.csv", [ROW])
    (bench.inbox / "insiden.csv.meta.toml").write_text("obtained_on = 2019-03-04", encoding="utf-8")
    take_in()
    assert warehouse.value("SELECT obtained_on FROM raw.files") == date(2019, 3, 4)


def test_a_header_without_rows_is_a_file_without_rows(
    bench: Bench, warehouse: Warehouse, take_in: TakeIn
) -> None:
    (bench.inbox / "insiden.csv").write_text("tanggal,jenis\n", encoding="utf-8")
    assert take_in().rows == 0
    assert warehouse.rows(
        "SELECT rows, is_current FROM raw.sheets JOIN raw.files USING (file)"
    ) == [(0, True)]


def test_a_row_cut_short_is_taken_in_and_a_row_too_wide_is_kept_as_damaged(
    bench: Bench, warehouse: Warehouse, take_in: TakeIn
) -> None:
    (bench.inbox / "insiden.csv").write_text(
        "desa,tanggal,jenis\nTirtakhayal,2019-01-01,bentrok\nMargamisal\na,b,c,d\n",
        encoding="utf-8",
    )
    assert take_in().rows == 3
    assert current(warehouse) == ["Tirtakhayal", "Margamisal"]
    ((row, reason),) = warehouse.rows('SELECT "row", reason FROM raw.damaged')
    assert row == 4
    assert "4 cells under 3 columns" in reason
    assert warehouse.value("SELECT rows FROM raw.sheets") == 3


def test_a_line_of_json_may_leave_out_what_it_does_not_know(
    bench: Bench, warehouse: Warehouse, take_in: TakeIn
) -> None:
    (bench.inbox / "laporan.jsonl").write_text(
        '{"tanggal": "2019-01-01", "desa": "Tirtakhayal", "isi": "aman"}\n{"desa": "Margamisal"}\n',
        encoding="utf-8",
    )
    assert take_in().rows == 2
    assert current(warehouse, "reports") == ["Tirtakhayal", "Margamisal"]


# What is not looked at


def test_hidden_files_locks_and_what_is_still_copied_are_left_alone(
    bench: Bench, warehouse: Warehouse, take_in: TakeIn
) -> None:
    names = (".insiden.csv", "~$insiden.csv", "insiden-2.csv.part", "insiden-3.csv.tmp")
    for name in names:
        bench.drop(name, [OTHER])
    (bench.inbox / ".Trash-1000").mkdir()  # a memory stick brings its own waste basket along
    bench.drop(".Trash-1000/insiden.csv", [OTHER])
    bench.drop("insiden.csv", [ROW])
    intake = take_in()
    assert (intake.loaded, intake.rejected) == (["inbox/insiden.csv"], {})
    assert current(warehouse) == ["Tirtakhayal"]
    assert all((bench.inbox / name).exists() for name in (*names, ".Trash-1000/insiden.csv"))


def test_what_came_in_before_is_not_looked_at_again(
    bench: Bench, warehouse: Warehouse, take_in: TakeIn
) -> None:
    bench.drop("insiden.csv", [ROW])
    take_in()
    (bench.inbox / "done" / "insiden-2.csv").write_text("salah\n1\n", encoding="utf-8")
    (bench.inbox / "rejected").mkdir(exist_ok=True)
    bench.drop("rejected/insiden-3.csv", [OTHER])
    intake = take_in()
    assert (intake.loaded, intake.rejected) == ([], {})


def test_folders_in_the_inbox_are_read_and_named(
    bench: Bench, warehouse: Warehouse, take_in: TakeIn
) -> None:
    for folder in ("2018", "2019/done"):
        (bench.inbox / folder).mkdir(parents=True)
        bench.drop(f"{folder}/insiden.csv", [ROW])
    assert take_in().loaded == ["inbox/2018/insiden.csv", "inbox/2019/done/insiden.csv"]
    assert current(warehouse) == ["Tirtakhayal", "Tirtakhayal"]


# What is turned away, and that the others go on


def test_each_bad_file_is_told_with_its_reason_and_the_others_come_in(
    bench: Bench, warehouse: Warehouse, take_in: TakeIn
) -> None:
    bench.drop("insiden-1.csv", [ROW])
    bench.drop("insiden-2.csv", [{"tangal": "2019-01-01", "jenis": "bentrok"}])
    bench.drop("rahasia.csv", [{"warna": "biru", "rasa": "manis", "bunyi": "sumbang"}])
    (bench.inbox / "insiden-3.xlsx").write_bytes(b"PK\x03\x04 dan tidak lebih")
    (bench.inbox / "surat.doc").write_bytes(b"x")
    bench.drop("laporan.csv", [REPORT])
    intake = take_in()
    assert intake.loaded == ["inbox/insiden-1.csv", "inbox/laporan.csv"]
    for name, reason in {
        "insiden-2.csv": r'column "tangal" is not in .* Did you mean "tanggal"\?',
        "rahasia.csv": "no column mapping fits its name or its columns",
        "insiden-3.xlsx": "cannot be read|damaged|no archive|broken|cut off",
        "surat.doc": r"is not of a form that can be read \(CSV, .*XLSX.*\)\. Save it as one of",
    }.items():
        told = intake.rejected[f"inbox/{name}"]
        assert re.search(reason, told), told
        assert name in told
    assert len(intake.rejected) == 4
    assert sorted(stored(warehouse)) == ["files", "incidents", "reports", "sheets"]
    assert len([line for line in intake.lines() if line.startswith("rejected: ")]) == 4


@pytest.mark.parametrize("bad", ["columns", "no mapping"])
def test_one_bad_sheet_turns_the_whole_workbook_away(
    bench: Bench, warehouse: Warehouse, take_in: TakeIn, bad: str
) -> None:
    header = ["tangal", "jenis"] if bad == "columns" else ["warna", "rasa", "bunyi"]
    write_book(
        bench.inbox / "rekap.xlsx",
        {
            "satu": [list(ROW), list(ROW.values())],
            "dua": [header, ["2019-01-01"] * len(header)],
            "tiga": [list(OTHER), list(OTHER.values())],
        },
    )
    bench.drop("laporan.csv", [REPORT])
    intake = take_in()
    assert list(intake.rejected) == ["inbox/rekap.xlsx"]
    assert "dua" in intake.rejected["inbox/rekap.xlsx"]
    assert sorted(stored(warehouse)) == ["files", "reports", "sheets"]


def test_a_file_that_breaks_off_halfway_leaves_nothing_of_it(
    bench: Bench, warehouse: Warehouse, settings: Settings
) -> None:
    """The limit on rows is met in the second batch, when the first is stored already."""
    limits = settings.limits.model_copy(update={"rows": 100_010})
    lines = "\n".join(f"2019-01-01,bentrok,{n}" for n in range(100_020))
    (bench.inbox / "insiden.csv").write_text(f"tanggal,jenis,desa\n{lines}\n", encoding="utf-8")
    bench.drop("laporan.csv", [REPORT])
    intake = ingest(warehouse, settings.model_copy(update={"limits": limits}))
    assert "100010" in intake.rejected["inbox/insiden.csv"]
    assert sorted(stored(warehouse)) == ["files", "reports", "sheets"]


@pytest.mark.parametrize(
    "content",
    [
        b'obtained_on = "kemarin"',
        b"obtained_on = kemarin",
        b"\xff\xfe",
        b"a = " + b"[" * 5000,
    ],
)
def test_a_broken_sidecar_is_told_by_name_and_nothing_of_its_file_is_stored(
    bench: Bench, warehouse: Warehouse, take_in: TakeIn, content: bytes
) -> None:
    bench.drop("insiden.csv", [ROW])
    (bench.inbox / "insiden.csv.meta.toml").write_bytes(content)
    bench.drop("laporan.csv", [REPORT])
    intake = take_in()
    assert re.search(r"insiden\.csv\.meta\.toml", intake.rejected["inbox/insiden.csv"])
    assert sorted(stored(warehouse)) == ["files", "reports", "sheets"]


def test_a_bad_file_of_the_public_record_stops_all(
    bench: Bench, warehouse: Warehouse, with_record: Settings
) -> None:
    path = bench.drop("insiden.csv", [ROW])
    (bench.folder / "record" / "incidents.csv").write_text("salah\n1\n", encoding="utf-8")
    with pytest.raises(RawanError, match=r"record/incidents\.csv"):
        ingest(warehouse, with_record)
    assert stored(warehouse) == {}
    assert path.exists()


def test_an_empty_inbox_is_told_with_what_may_go_there(bench: Bench, take_in: TakeIn) -> None:
    (bench.inbox / "surat.doc").write_bytes(b"x")
    with pytest.raises(RawanError, match=r"holds no file that can be read \(CSV, ") as told:
        take_in()
    assert "inbox/surat.doc: is not of a form" in str(told.value)


def test_a_missing_inbox_is_told(bench: Bench, take_in: TakeIn) -> None:
    bench.inbox.rmdir()
    with pytest.raises(RawanError, match="there is no such folder"):
        take_in()


# What may pass by itself


def test_a_file_that_vanishes_meanwhile_is_tried_again_later(
    bench: Bench, warehouse: Warehouse, settings: Settings
) -> None:
    path = bench.drop("insiden.csv", [ROW])
    files, _ = find_files(settings.inputs)
    path.unlink()
    with pytest.raises(TemporaryError, match=re.escape("insiden.csv")):
        ingest_files(warehouse, settings, files)
    assert stored(warehouse) == {}


def test_a_file_that_is_still_being_written_waits_for_the_next_time(
    bench: Bench, warehouse: Warehouse, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Someone else writes on, between the first byte that is read and the last."""
    path = bench.drop("insiden.csv", [ROW])
    real = readers.read_sheets

    def read_sheets(*given: Any) -> Any:
        for sheet in real(*given):
            yield sheet
            with path.open("a", encoding="utf-8") as stream:
                stream.write("2019-03-03,bentrok,Rejocontoh\n")

    monkeypatch.setattr(inbox, "read_sheets", read_sheets)
    with pytest.raises(TemporaryError, match=r"insiden\.csv: is still being written"):
        ingest(warehouse, settings)
    assert stored(warehouse) == {}
    monkeypatch.undo()
    assert ingest(warehouse, settings).rows == 2


# Trying out


def test_trying_a_file_writes_and_moves_nothing(bench: Bench, settings: Settings) -> None:
    bench.drop("insiden.csv", [ROW])
    with open_warehouse(settings) as warehouse:
        bench.load(warehouse)
        ingest(warehouse, settings)
    path = bench.drop("insiden-baru.csv", [OTHER, ROW | {"tanggal": "kemarin"}])
    with open_warehouse(settings) as warehouse:
        tables = stored(warehouse)
    before = everything_under(bench.folder)
    tried = rehearse(settings, path)
    assert tried.fates.counts["incidents"] == {"placed": 1, "excluded": 0, "quarantined": 1}
    assert everything_under(bench.folder) == before
    compared = difference(settings, path)
    assert [row["village_code"] for row in compared.added] == ["99.99.02.2003"]
    kept = {name: held for name, held in before.items() if not name.startswith("var/rawan.duckdb")}
    after = everything_under(bench.folder)
    assert {name: held for name, held in after.items() if name in kept} == kept
    with open_warehouse(settings) as warehouse:
        assert stored(warehouse) == tables
        assert not warehouse.has_table("staging.read_incidents")


def test_comparing_a_file_that_cannot_be_read_is_told_and_leaves_it_where_it_is(
    bench: Bench, settings: Settings
) -> None:
    path = bench.inbox / "insiden.csv"
    path.write_text("salah\n1\n", encoding="utf-8")
    with pytest.raises(RawanError, match=r'inbox/insiden\.csv: column "tanggal"'):
        difference(settings, path)
    assert [path.name for path in bench.inbox.iterdir()] == ["insiden.csv"]


# Deleted reports


def test_a_deleted_report_does_not_come_back(
    bench: Bench, warehouse: Warehouse, own_mappings: Settings
) -> None:
    """Not with its file, not under another name, and not by a changed mapping."""
    rows = [REPORT, REPORT | {"nomor": "R-2", "isi": "rahasia"}]
    bench.drop("laporan.csv", rows)
    ingest(warehouse, own_mappings)
    delete_report(warehouse, "R-2", "Penguji")
    bench.drop("laporan.csv", rows)
    assert ingest(warehouse, own_mappings).unchanged == ["inbox/laporan.csv"]
    bench.drop("laporan-lagi.csv", rows)
    assert ingest(warehouse, own_mappings).rows == 1
    mapping = own_mappings.inputs.mappings / "reports.toml"
    mapping.write_text(mapping.read_text("utf-8").replace("[columns]", "ignore = ['x']\n[columns]"))
    bench.drop("laporan.csv", rows)
    assert ingest(warehouse, own_mappings).loaded == ["inbox/laporan.csv"]
    assert [report.number for report in list_reports(warehouse)] == ["R-1", "R-1"]
    assert "rahasia" not in repr(stored(warehouse))
    assert warehouse.rows("SELECT file, rows FROM raw.sheets ORDER BY file") == [
        ("inbox/laporan-lagi.csv", 1),
        ("inbox/laporan.csv", 1),
    ]
