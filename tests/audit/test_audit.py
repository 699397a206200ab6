"""The reckoning of an invented election: lists of any age, misses by name, no score for nothing."""

import csv
import io
import json
import re
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from typer.testing import CliRunner

from rawan.audit.lists import read_lists
from rawan.audit.measures import Reckoning
from rawan.audit.outcomes import happened as happened_after
from rawan.audit.reckon import Audit, audit, default_folder, reckoned, write
from rawan.audit.tables import SCHEMA, as_json, table
from rawan.audit.told import lines
from rawan.cli import app
from rawan.errors import RawanError, UsageError
from rawan.progress import Progress
from rawan.provenance import file_hash
from rawan.warehouse import open_warehouse
from tests.conftest import DISTRICTS, VILLAGES, Bench, write_bench

TODAY = date(2021, 1, 1)
CODES = list(VILLAGES)
# Two clashes known when the list was made, two after it (one on the day of voting, one in a
# village that was never heard of), one outside its days, one of which only the kecamatan is known.
BEFORE = [("2019-06-01", "99.99.01.2001"), ("2019-10-01", "99.99.02.2002")]
AFTER = [("2020-02-01", "99.99.01.2001"), ("2020-03-01", "99.99.03.2001")]
LATE = [("2020-09-01", "99.99.01.2002")]


def incident(
    day: str, code: str, kind: str = "bentrok", known: str | None = None
) -> dict[str, str]:
    district = DISTRICTS[code[:8]]
    village = VILLAGES[code][0] if len(code) > 8 else ""
    return {
        "tanggal": day,
        "jenis": kind,
        "kecamatan": district,
        "desa": village,
        "tanggal_diketahui": known or day,
    }


def happened(bench: Bench, *also: dict[str, str]) -> None:
    rows = [incident(day, code) for day, code in (*BEFORE, *AFTER, *LATE)]
    with open_warehouse(bench.settings) as warehouse:
        bench.load(warehouse)
        bench.stage(warehouse, {"insiden.csv": [*rows, *also]})


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The region with its record, made once."""
    bench = write_bench(tmp_path_factory.mktemp("recorded") / "region")
    happened(bench)
    return bench.folder


@pytest.fixture
def past(recorded: Path, tmp_path: Path) -> Bench:
    """A copy of the region with its record."""
    return Bench(shutil.copytree(recorded, tmp_path / "past"))


def ranking(**change: Any) -> pl.DataFrame:
    """Return a list of version 1.0.0, which had no rank_if_like_neighbours."""
    n = len(CODES)
    ranks = [1, 3, 2, 8, 5, 4, 7, 6]
    columns: dict[str, Any] = {
        "run_id": ["20200101-alt"] * n,
        "hazard": ["conflict"] * n,
        "stage": ["voting"] * n,
        "cutoff": ["2020-01-01"] * n,
        "horizon_days": [182] * n,
        "village_code": CODES,
        "village": [name for name, _, _ in VILLAGES.values()],
        "district": [DISTRICTS[code[:8]] for code in CODES],
        "rank": ranks,
        "rank_low": [max(1, rank - 2) for rank in ranks],
        "rank_high": [min(n, rank + 2) for rank in ranks],
        "risk": [0.4, 0.2, 0.3, 0.05, 0.1, 0.15, 0.06, 0.08],
        "top_k": [2] * n,
        "top_k_probability": [0.9, 0.4, 0.5, 0.0, 0.1, 0.1, 0.0, 0.0],
        "blind_spot": [False, False, True, True, True, False, True, True],
        "baseline_rank": [1, 3, 3, 3, 3, 2, 3, 3],
        "incidents_used": [1, 0, 0, 0, 0, 1, 0, 0],
        "drivers": ["Bentrok di desa ini (+1,0)"] * n,
        "model": ["decayed_count"] * n,
        "data_origin": ["SIMULASI"] * n,
        "score_basis": ["window"] * n,
    }
    for name, values in change.items():
        if values is None:
            del columns[name]
        else:
            columns[name] = values if isinstance(values, list) else [values] * n
    return pl.DataFrame(columns)


def publish(bench: Bench, rows: pl.DataFrame, parent: str = "out", **facts: Any) -> Path:
    run_id = str(rows["run_id"][0])
    folder = bench.folder / parent / run_id
    folder.mkdir(parents=True, exist_ok=True)
    rows.write_parquet(folder / "ranking.parquet")
    manifest = {
        "manifest_version": 1,
        "run_id": run_id,
        "region": "Kabupaten Contoh",
        "election": "contoh2020",
        "cutoff": "2020-01-01",
        "files": {"ranking.parquet": file_hash(folder / "ranking.parquet")},
    }
    (folder / "manifest.json").write_text(json.dumps(manifest | facts), encoding="utf-8")
    return folder


def held(bench: Bench, *paths: Path, **options: Any) -> Audit:
    today = options.pop("today", TODAY)
    progress = Progress(quiet=True)
    return audit(bench.settings, "contoh2020", progress, list(paths), today=today, **options)


def own(found: Audit) -> Reckoning:
    [one] = [one for one in found.reckonings if one.is_own]
    return one


def captured(one: Reckoning, name: str = "ours") -> float:
    assert one.ranked is not None
    [at] = [at for at in one.ranked.at if at.k == one.k]
    return float(getattr(at.measures["capture"], name).value)


def test_a_list_is_held_against_its_own_days_and_those_of_its_stage(bench: Bench) -> None:
    happened(bench, incident("2020-02-02", "99.99.02"))
    publish(bench, ranking())
    found = held(bench)
    one, voting = found.reckonings
    assert (one.span.start, one.span.until) == (date(2020, 1, 1), date(2020, 7, 1))
    assert one.fates is not None
    assert (one.fates.total, one.fates.placed, one.fates.no_village) == (3, 2, 1)
    assert captured(one) == pytest.approx(0.5)
    assert captured(one, "baseline") == pytest.approx(0.5)
    assert (voting.span.stage, voting.span.start, voting.span.last) == (
        "voting",
        date(2020, 2, 1),
        date(2020, 2, 1),
    )
    assert captured(voting) == pytest.approx(1)
    assert voting.calibrated is None  # the risk was stated for the list's own days
    assert one.calibrated is not None
    assert one.calibrated.number.expected == pytest.approx(1.34)
    assert one.calibrated.number.observed == 2


def test_misses_are_named_with_what_was_known_before(past: Bench) -> None:
    publish(past, ranking())
    one = own(held(past))
    assert [(p.village_code, p.standing, p.is_first_outbreak) for p in one.places] == [
        ("99.99.01.2001", "hit", False),
        ("99.99.03.2001", "missed", True),
    ]
    missed = one.places[1]
    assert missed.rank == 6
    assert missed.before["baseline_rank"] == 3
    assert missed.before["blind_spot"] is True
    assert missed.before["top_k_probability"] == 0.0
    assert one.blind is not None
    assert one.others is not None
    assert (one.blind.happened, one.blind.places) == (1, 5)
    assert (one.others.happened, one.others.places) == (1, 3)
    told = "\n".join(lines(held(past), "en"))
    assert "99.99.03.2001 Pulauangan, Seberangan: bentrok 1 March 2020. Rank 6" in told
    assert "none was ever known there before" in told


def test_where_nothing_happened_there_is_no_score(past: Bench) -> None:
    publish(past, ranking(hazard="logistics", stage="logistics", risk=None))
    found = held(past)
    assert all(one.ranked is None and one.nothing is not None for one in found.reckonings)
    told = "\n".join(lines(found, "en"))
    assert "nothing to measure" in told
    assert not re.search("AUC|Capture|Precision", told)
    rows = table(found)
    assert (
        rows.filter(pl.col("measure") == "capture")["value"].null_count()
        == rows.filter(pl.col("measure") == "capture").height
    )


def test_the_chance_of_nothing_is_told_as_a_statement_about_probabilities(bench: Bench) -> None:
    with open_warehouse(bench.settings) as warehouse:
        bench.load(warehouse)
        rows = [incident(day, code) for day, code in (*BEFORE, *LATE)]
        bench.stage(warehouse, {"insiden.csv": rows})
    publish(bench, ranking())
    one = own(held(bench))
    assert one.nothing is not None
    assert one.calibrated is not None
    assert one.calibrated.scores == {}
    assert one.calibrated.number.chance_of_none == pytest.approx(
        0.6 * 0.8 * 0.7 * 0.95 * 0.9 * 0.85 * 0.94 * 0.92
    )
    told = "\n".join(lines(held(bench), "en"))
    assert "A statement about the probabilities alone, and no mark for the list" in told


def test_what_has_no_village_is_not_taken_for_nothing(bench: Bench) -> None:
    with open_warehouse(bench.settings) as warehouse:
        bench.load(warehouse)
        rows = [incident("2020-02-01", "99.99.02"), incident("2020-09-01", "99.99.01.2001")]
        bench.stage(warehouse, {"insiden.csv": rows})
    publish(bench, ranking())
    one = own(held(bench))
    assert one.nothing is not None
    assert "1 incidents are on record, but none can be placed" in one.nothing.en
    assert one.calibrated is None  # nobody can say that 0 villages saw an incident


def test_days_that_are_not_over_are_not_measured(past: Bench) -> None:
    publish(past, ranking())
    one, voting = held(past, today=date(2020, 3, 15)).reckonings
    assert one.nothing is not None
    assert one.fates is None
    assert "30 June 2020" in one.nothing.en
    assert voting.ranked is not None


def test_an_outbreak_is_the_first_if_none_was_known_when_the_list_was_made(bench: Bench) -> None:
    """One that came to light later makes it no onset, but the list could not know of it."""
    earlier = incident("2019-12-01", "99.99.03.2001", known="2020-05-01")
    happened(bench, earlier)
    with open_warehouse(bench.settings, is_read_only=True) as warehouse:
        days = (date(2020, 1, 1), date(2020, 7, 1))
        codes = pl.Series(["99.99.03.2001", "99.99.01.2001", "99.99.01.2003"])
        found = happened_after(warehouse, "conflict", date(2020, 1, 1), days, codes)
    assert found.places.rows() == [
        ("99.99.03.2001", 1, False, 0),
        ("99.99.01.2001", 1, False, 1),
        ("99.99.01.2003", 0, True, 0),
    ]


def test_as_of_counts_what_was_known_then(bench: Bench) -> None:
    told_late = incident("2020-02-20", "99.99.02.2001", known="2020-12-01")
    happened(bench, told_late)
    publish(bench, ranking())
    now, then = own(held(bench)), own(held(bench, as_of=date(2020, 8, 1)))
    assert now.fates is not None
    assert then.fates is not None
    assert (now.fates.placed, then.fates.placed) == (3, 2)


def test_an_old_list_is_read_and_what_it_lacks_is_named(past: Bench) -> None:
    old = ranking(baseline_rank=None, top_k_probability=None, blind_spot=None, risk=None)
    publish(past, old.drop("data_origin", "drivers"))
    found = held(past)
    one = own(found)
    assert set(one.listed.lacking) == {
        *("baseline_rank", "top_k_probability", "blind_spot", "risk", "data_origin", "drivers")
    }
    assert captured(one) == pytest.approx(0.5)
    assert (one.calibrated, one.promise, one.blind) == (None, (), None)
    told = "\n".join(lines(found, "en"))
    for name in ("baseline_rank", "top_k_probability", "blind_spot", "risk"):
        assert f"has no {name}" in told, name
    assert "difference" not in told


def test_a_bare_table_of_codes_and_ranks_is_a_list(past: Bench) -> None:
    file = past.folder / "lama.csv"
    ranked = [f"{code.replace('.', '')};{rank}" for rank, code in enumerate(CODES, 1)]
    file.write_text("Kode Desa;Peringkat\n" + "\n".join(ranked) + "\n", encoding="utf-8-sig")
    with pytest.raises(RawanError, match=r"says no cutoff.*--cutoff"):
        held(past, file)
    found = held(past, file, cutoff=date(2020, 1, 15))
    one = own(found)
    assert (one.listed.hazard, one.listed.stages, one.listed.cutoff) == (
        "conflict",
        (),
        date(2020, 1, 15),
    )
    assert one.span.until == date(2020, 2, 11)  # the day after the last stage
    assert one.k == 1  # a tenth of eight villages
    assert [place.village_code for place in one.places] == ["99.99.01.2001"]
    assert captured(one) == pytest.approx(1)


def test_a_workbook_with_a_cover_is_a_list_too(past: Bench) -> None:
    book = Workbook()
    assert book.active is not None
    book.active.append(["Daftar rekaan"])
    sheet = book.create_sheet("daftar")
    sheet.append(["village_code", "rank", "cutoff"])
    for rank, code in enumerate(CODES, 1):
        sheet.append([code, rank, "2020-01-01"])
    book.save(past.folder / "lama.xlsx")
    assert captured(own(held(past, past.folder / "lama.xlsx"))) == pytest.approx(1)


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ("village,rank\nA,1\n", "no columns village_code and rank"),
        ("village_code,score\nA,1\n", "no columns village_code and rank"),
        ("village_code,rank\nA,1\nA,2\n", "A stands twice"),
        ("village_code,rank\nA,satu\n", 'row 2, column "rank": "satu" is no number'),
        ("village_code,rank\nA,0\n", 'column "rank": "0"'),
        ("village_code,rank\nA,\n", 'column "rank": ""'),
        ("village_code,rank\n,1\n", 'column "village_code": is empty'),
        ("village_code,rank,risk\nA,1,1.5\n", 'column "risk": "1.5" is no number from 0 to 1'),
        ("village_code,rank,risk\nA,1,NaN\n", 'column "risk": "NaN"'),
        ("village_code,rank,hazard\nA,1,banjir\n", '"banjir" is none'),
        ("village_code,rank\n", "empty|no columns|nothing"),
    ],
)
def test_what_is_no_list_is_refused_with_a_sentence(bench: Bench, rows: str, told: str) -> None:
    file = bench.folder / "bukan.csv"
    file.write_text(rows, encoding="utf-8")
    with pytest.raises(RawanError, match=told):
        held(bench, file, cutoff=date(2020, 1, 1))


def test_villages_that_came_or_went_are_counted(past: Bench) -> None:
    rows = ranking().filter(pl.col("village_code") != "99.99.03.2001")
    gone = rows.head(1).with_columns(village_code=pl.lit("99.99.02.2099"), rank=pl.lit(9))
    publish(past, pl.concat([rows, gone.cast(rows.schema)]))
    one = own(held(past))
    assert (one.listed.rows.height, one.villages, one.gone, one.came) == (
        8,
        7,
        ("99.99.02.2099",),
        1,
    )
    assert one.fates is not None
    parts = (one.fates.placed, one.fates.no_village, one.fates.several, one.fates.elsewhere)
    assert parts == (1, 0, 0, 1)
    assert sum(parts) == one.fates.total


def test_a_run_in_both_folders_counts_once_and_other_runs_are_left_alone(past: Bench) -> None:
    publish(past, ranking())
    publish(past, ranking(), "private")
    publish(past, ranking(run_id="lain"), region="Kabupaten Lain")
    publish(past, ranking(run_id="pemilu"), election="pemilu2019")
    publish(past, ranking(run_id="kemudian"), cutoff="2020-06-01")
    found = held(past)
    assert {one.listed.run_id for one in found.reckonings} == {"20200101-alt"}
    assert "private" in own(found).listed.source


def test_a_list_changed_since_its_publication_is_left_out_and_told(past: Bench) -> None:
    publish(past, ranking())
    forged = publish(past, ranking(run_id="palsu"))
    ranking(run_id="palsu", rank=list(range(8, 0, -1))).write_parquet(forged / "ranking.parquet")
    broken = publish(past, ranking(run_id="rusak"))
    (broken / "manifest.json").write_text("{", encoding="utf-8")
    found = held(past)
    assert {one.listed.run_id for one in found.reckonings} == {"20200101-alt"}
    told = " ".join(words.en for words in found.left_out)
    assert "changed after publication" in told
    assert "rusak" in told


def test_stages_with_the_same_list_are_told_once(past: Bench) -> None:
    rows = pl.concat([ranking(), ranking(stage="recap")])
    publish(past, rows)
    found = held(past)
    assert [one.span.stage for one in found.reckonings] == [None, "voting", "recap"]
    assert own(found).listed.stages == ("voting", "recap")
    stages = table(found).filter(pl.col("days") == "own")["stage"].unique().sort().to_list()
    assert stages == ["recap", "voting"]


def test_no_list_and_a_wrong_election_are_said(past: Bench) -> None:
    with pytest.raises(RawanError, match="No list of Kabupaten Contoh for contoh2020"):
        held(past)
    with pytest.raises(UsageError, match='Did you mean "contoh2020"'):
        audit(past.settings, "conto2020", Progress(quiet=True))
    late = past.folder / "nanti.csv"
    late.write_text("village_code,rank\nA,1\n", encoding="utf-8")
    with pytest.raises(UsageError, match="after contoh2020 was over"):
        held(past, late, cutoff=date(2020, 3, 1))


def test_files_are_written_and_hold_the_same(past: Bench) -> None:
    hostile = "<img src=x onerror=alert(1)>"
    publish(past, ranking(drivers=hostile))
    found = held(past)
    folder = write(found, default_folder(past.settings, "contoh2020"), "id")
    assert folder == past.folder / "private" / "audits" / "contoh2020"
    assert {path.name for path in folder.iterdir()} == {
        *("audit.html", "audit.json", "audit.parquet")
    }
    page = (folder / "audit.html").read_text(encoding="utf-8")
    assert "SIMULASI" in page
    assert hostile not in page
    assert "&lt;img src=x" in page
    assert "default-src &#39;none&#39;" in page or "default-src 'none'" in page
    assert "http" not in page.replace("http-equiv", "")
    rows = pl.read_parquet(folder / "audit.parquet")
    assert dict(rows.schema) == SCHEMA
    at_k = rows.filter((pl.col("days") == "own") & (pl.col("k") == 2))
    assert at_k.filter(pl.col("measure") == "capture")["value"].to_list() == [0.5]
    assert set(rows["data_origin"]) == {"SIMULASI"}
    content = json.loads((folder / "audit.json").read_text(encoding="utf-8"))
    assert content == as_json(found)
    assert content["lists"][0]["places"][1]["standing"] == "missed"
    again = (folder / "audit.html").read_bytes()
    write(found, folder, "id")
    assert (folder / "audit.html").read_bytes() == again


def test_the_model_card_can_tell_the_last_reckonings(past: Bench) -> None:
    private = past.folder / "private"
    assert reckoned(private, "Kabupaten Contoh") == []
    publish(past, ranking())
    write(held(past), default_folder(past.settings, "contoh2020"), "id")
    [line] = reckoned(private, "Kabupaten Contoh")
    assert "2 villages with an incident, 1 of them surely within the first 2" in line.en
    assert "capture 0.500" in line.en
    assert "Expected 1.3 villages with an incident" in line.en
    assert reckoned(private, "Kabupaten Lain") == []
    (private / "audits" / "contoh2020" / "audit.json").write_text("[]", encoding="utf-8")
    [line] = reckoned(private, "Kabupaten Contoh")
    assert "contoh2020 cannot be read" in line.en


def test_both_languages_say_the_same_number_of_things(past: Bench) -> None:
    publish(past, ranking())
    found = held(past)
    assert len(lines(found, "id")) == len(lines(found, "en"))
    assert "{" not in "".join(lines(found, "id")) + "".join(lines(found, "en"))


def test_the_command_prints_json_and_refuses_what_is_no_day(past: Bench) -> None:
    publish(past, ranking())
    command = ["audit", "--election", "contoh2020", "--config", str(past.config)]
    done = CliRunner().invoke(app, [*command, "--json"])
    assert done.exit_code == 0, done.output
    content = json.loads(done.stdout)
    assert content["lists"][0]["incidents"]["placed"] == 2
    assert (past.folder / "private" / "audits" / "contoh2020" / "audit.html").is_file()
    wrong = CliRunner().invoke(app, [*command, "--as-of", "kemarin"])
    assert isinstance(wrong.exception, UsageError)
    assert "2024-11-01" in str(wrong.exception)


def test_without_a_warehouse_the_inbox_is_taken_in_first(bench: Bench) -> None:
    publish(bench, ranking())
    bench.drop("insiden.csv", [incident(day, code) for day, code in (*BEFORE, *AFTER)])
    one = own(held(bench))
    assert one.fates is not None
    assert one.fates.placed == 2


CELLS = st.one_of(
    st.sampled_from(["1", "2", "-1", "1e400", "nan", "=1+1", "99.99.01.2001", "2020-01-01", ""]),
    st.text(max_size=6),
)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.sampled_from(["village_code", "rank", "risk", "cutoff", "stage", "*", "^a$"])),
    st.lists(st.lists(CELLS, max_size=6), max_size=5),
    st.binary(max_size=30),
)
def test_any_bytes_are_a_list_or_refused(
    bench: Bench, columns: list[str], rows: list[list[str]], tail: bytes
) -> None:
    file = bench.folder / "apa-saja.csv"
    written = io.StringIO()
    csv.writer(written).writerows([["village_code", "rank", *columns], *rows])
    file.write_bytes(written.getvalue().encode("utf-8", "replace") + tail)
    try:
        found = read_lists(file, bench.settings, date(2020, 1, 1))
    except RawanError:
        return
    for one in found:
        assert one.rows["rank"].min() >= 1  # type: ignore[operator] # whole numbers
        assert one.rows["village_code"].is_unique().all()
