"""What a file would change, and what was known on a day: asked without leaving a trace."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from rawan.changes import Difference, difference, known_on
from rawan.errors import RawanError
from rawan.places.placing import place_rows
from rawan.settings import Settings
from rawan.sources.inbox import ingest
from rawan.warehouse import open_warehouse

Bench = Any  # see conftest.py
Cells = dict[str, object]
TakeIn = Callable[..., None]

NEWS: Cells = {
    "nomor": "I-1",
    "kode_peristiwa": "P-1",
    "tanggal": "2019-01-10",
    "tanggal_diketahui": "2019-01-12",
    "jenis": "bentrok",
    "desa": "Tirtakhayal",
    "korban_luka": "1",
}
OTHER = NEWS | {"nomor": "I-2", "kode_peristiwa": "P-2", "desa": "Margamisal"}
CORRECTED = NEWS | {"status": "koreksi", "tanggal_diketahui": "2019-02-01", "korban_luka": "4"}
WITHDRAWN: Cells = {
    "nomor": "I-1",
    "status": "dicabut",
    "tanggal": "",
    "tanggal_diketahui": "2019-03-01",
}
REPORT: Cells = {
    "nomor": "R-1",
    "tanggal": "2019-01-01",
    "tanggal_diketahui": "2019-01-02",
    "nilai_sumber": "B",
    "nilai_informasi": "2",
    "jenis": "bentrok",
    "desa": "Tirtakhayal",
    "isi": "Warga membicarakan gendongkala di balai desa.",
}
TIRTAKHAYAL, MARGAMISAL, UMPAMA = "99.99.02.2002", "99.99.02.2003", "99.99.02"


@pytest.fixture
def take_in(bench: Bench) -> TakeIn:
    """Take files in as `rawan ingest` does, and build what the questions look at."""

    def rows(**files: list[Cells]) -> None:
        for name, cells in files.items():
            bench.drop(f"{name.replace('_', '-')}.csv", cells)
        settings = bench.settings
        with open_warehouse(settings) as warehouse:
            bench.load(warehouse)
            ingest(warehouse, settings)
            place_rows(warehouse, settings)
            warehouse.build("staging")

    return rows


@pytest.fixture
def compare(bench: Bench) -> Callable[..., Difference]:
    def rows(name: str, *cells: Cells) -> Difference:
        return difference(bench.settings, bench.drop(name, cells))

    return rows


def content(settings: Settings) -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of every table and view of the warehouse."""
    with open_warehouse(settings, is_read_only=True) as warehouse:
        tables = warehouse.rows(
            "SELECT table_schema || '.' || table_name FROM information_schema.tables"
            " WHERE table_catalog = 'warehouse' ORDER BY 1"
        )
        return {
            table: warehouse.rows(f"SELECT COLUMNS(*)::VARCHAR FROM {table} ORDER BY ALL")
            for (table,) in tables
        }


def keys(rows: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(row["what"], row["event_key"]) for row in rows]


# What a file would change


def test_a_new_file_adds_its_events_and_reports_and_no_others(
    take_in: TakeIn, compare: Callable[..., Difference]
) -> None:
    take_in(insiden=[NEWS])
    found = compare("insiden-baru.csv", OTHER, NEWS | {"nomor": "I-3", "desa": "Nirwana"})
    assert (found.file, found.replaces) == ("inbox/insiden-baru.csv", False)
    assert keys(found.added) == [("incident", "P-2")]
    assert (found.changed, found.withdrawn) == ([], [])
    assert found.added[0]["village_code"] == MARGAMISAL
    ((fate, lost),) = [(found.as_json()["fates"], found.quarantine)]
    assert fate == {"placed": 1, "excluded": 0, "quarantined": 1}
    assert [line for line in lost if 'row 3, column "desa"' in line]
    assert keys(compare("laporan.csv", REPORT).added) == [("report", "reports:R-1")]


def test_a_correction_changes_the_event_and_tells_what_it_was(
    take_in: TakeIn, compare: Callable[..., Difference]
) -> None:
    take_in(insiden=[NEWS, OTHER])
    found = compare("insiden-koreksi.csv", CORRECTED)
    assert (found.added, found.withdrawn) == ([], [])
    (event,) = found.changed
    assert (event["event_key"], event["injured"], event["was"]) == ("P-1", 4, {"injured": 1})
    assert [line for line in found.lines() if "P-1" in line and "(was injured 1)" in line]


def test_a_withdrawal_takes_the_event_away_and_so_for_a_report(
    take_in: TakeIn, compare: Callable[..., Difference]
) -> None:
    take_in(insiden=[NEWS, OTHER], laporan=[REPORT])
    found = compare("insiden-cabut.csv", WITHDRAWN)
    assert (found.added, found.changed) == ([], [])
    assert keys(found.withdrawn) == [("incident", "P-1")]
    found = compare("laporan-cabut.csv", WITHDRAWN | {"nomor": "R-1"})
    assert keys(found.withdrawn) == [("report", "reports:R-1")]


def test_a_second_telling_of_an_event_changes_it_and_adds_none(
    take_in: TakeIn, compare: Callable[..., Difference]
) -> None:
    take_in(insiden=[NEWS])
    found = compare("insiden-lain.csv", NEWS | {"nomor": "I-9", "korban_luka": "2"})
    assert (found.added, found.withdrawn) == ([], [])
    assert found.changed[0]["was"] == {"injured": 1, "tellings": 1}


@pytest.mark.parametrize("folder", ["", "rejected", "done"])
def test_a_new_content_under_a_known_name_takes_the_place_of_the_old_one(
    bench: Bench, take_in: TakeIn, folder: str
) -> None:
    """Also where it is mended in rejected/, or in done/ itself."""
    take_in(insiden=[NEWS, OTHER])
    (bench.inbox / folder).mkdir(exist_ok=True)
    path = bench.drop(f"{folder}/insiden.csv", [OTHER | {"korban_luka": "7"}])
    found = difference(bench.settings, path)
    assert (found.file, found.replaces) == ("inbox/insiden.csv", True)
    assert keys(found.withdrawn) == [("incident", "P-1")]
    assert keys(found.changed) == [("incident", "P-2")]
    assert found.added == []
    assert "takes the place" in found.lines()[0]


def test_a_known_content_changes_nothing(
    bench: Bench, take_in: TakeIn, compare: Callable[..., Difference]
) -> None:
    take_in(insiden=[NEWS])
    found = compare("insiden.csv", NEWS)
    assert (found.added, found.changed, found.withdrawn) == ([], [], [])


def test_no_text_of_a_report_is_told(take_in: TakeIn, compare: Callable[..., Difference]) -> None:
    take_in(insiden=[NEWS])
    found = compare("laporan.csv", REPORT, REPORT | {"nomor": "R-2", "desa": "Nirwana"})
    assert found.quarantine
    assert "gendongkala" not in repr(found.as_json()) + repr(found.lines())


def test_asking_leaves_nothing_behind(
    bench: Bench, take_in: TakeIn, compare: Callable[..., Difference]
) -> None:
    take_in(insiden=[NEWS, OTHER], laporan=[REPORT])
    before = content(bench.settings)
    for name, rows in {
        "insiden.csv": [CORRECTED],
        "insiden-2.csv": [WITHDRAWN, NEWS | {"desa": "Sukarekaan"}],
        "laporan.csv": [REPORT | {"isi": "lain"}],
    }.items():
        compare(name, *rows)
        assert (bench.inbox / name).exists()
    (bench.inbox / "insiden-3.csv").write_text("salah\n1\n", encoding="utf-8")
    with pytest.raises(RawanError, match=r"insiden-3\.csv"):
        difference(bench.settings, bench.inbox / "insiden-3.csv")
    assert content(bench.settings) == before
    assert not (bench.inbox / "rejected").exists()


def test_a_file_that_breaks_off_halfway_is_told_by_its_limit(bench: Bench, take_in: TakeIn) -> None:
    take_in(insiden=[NEWS])
    limits = bench.settings.limits.model_copy(update={"rows": 100_010})
    lines = "\n".join(f"2019-01-01,bentrok,{n}" for n in range(100_020))
    path = bench.inbox / "insiden-2.csv"
    path.write_text(f"tanggal,jenis,desa\n{lines}\n", encoding="utf-8")
    with pytest.raises(RawanError, match="100010"):
        difference(bench.settings.model_copy(update={"limits": limits}), path)


def test_a_file_from_anywhere_is_compared_as_if_it_lay_in_the_inbox(
    bench: Bench, take_in: TakeIn, tmp_path: Path
) -> None:
    take_in(insiden=[NEWS])
    path = bench.drop("insiden.csv", [OTHER]).rename(tmp_path / "insiden.csv")
    assert difference(bench.settings, path).replaces
    with pytest.raises(RawanError, match="there is no such file"):
        difference(bench.settings, tmp_path / "tidak-ada.csv")


# What was known on a day


def test_a_day_sees_what_was_known_then(bench: Bench, take_in: TakeIn) -> None:
    """It came in late and in the wrong order; the day sees it as its sources told it then."""
    take_in(insiden_1=[WITHDRAWN])
    take_in(insiden_2=[NEWS, OTHER], insiden_3=[CORRECTED])
    for day, injured in {
        "2019-01-11": [],
        "2019-01-12": [1],  # known at the start of the day on which it became known
        "2019-01-31": [1],
        "2019-02-01": [4],
        "2019-02-28": [4],
        "2019-03-01": [],
        "2024-01-01": [],
    }.items():
        rows = known_on(bench.settings, TIRTAKHAYAL, date.fromisoformat(day))
        assert [row["injured"] for row in rows] == injured, day
        assert {row["event_key"] for row in rows} <= {"P-1"}


def test_a_kecamatan_is_asked_for_all_its_villages(bench: Bench, take_in: TakeIn) -> None:
    take_in(insiden=[NEWS, OTHER, NEWS | {"nomor": "I-4", "desa": "Rejocontoh"}])
    rows = known_on(bench.settings, UMPAMA, date(2019, 6, 1))
    assert sorted(row["village_code"] for row in rows) == [TIRTAKHAYAL, MARGAMISAL]


def test_without_a_warehouse_or_a_run_the_way_out_is_told(bench: Bench) -> None:
    with pytest.raises(RawanError, match="Start with: rawan run"):
        known_on(bench.settings, UMPAMA, date(2019, 6, 1))
    with open_warehouse(bench.settings):
        pass
    with pytest.raises(RawanError, match="Start with: rawan ingest"):
        known_on(bench.settings, UMPAMA, date(2019, 6, 1))
