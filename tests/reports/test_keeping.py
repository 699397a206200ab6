"""Reports are kept as long as is allowed, read under one's name, and deleted for good."""

import os
import re
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from rawan.errors import RawanError, UsageError
from rawan.places.placing import place_rows, quarantine_lines
from rawan.reports.keeping import (
    delete_report,
    expire_reports,
    find_text,
    list_reports,
    read_report,
    readings,
)
from rawan.review.items import read_items
from rawan.settings import Settings, load_settings
from rawan.sources.inbox import ingest
from rawan.warehouse import Warehouse, open_warehouse, write_anew
from tests.conftest import VILLAGES

Bench = Any  # see conftest.py
Cells = dict[str, object]

REPORT: Cells = {
    "nomor": "R-1",
    "tanggal": "2019-01-01",
    "tanggal_diketahui": "2019-01-02",
    "nilai_sumber": "B",
    "nilai_informasi": "2",
    "desa": "Tirtakhayal",
    "isi": "Warga membicarakan gendongkala di balai desa.",
}
# A word that no reference table and no other report holds.
WORD = "zirkoniabiru"
SECRETS = [
    REPORT | {"nomor": "S-1", "isi": f"Warga {WORD} bersitegang di pasar.", "desa": "Margamisal"},
    # Told by the words alone; the name stands for two villages, so a person is asked.
    REPORT | {"nomor": "S-2", "isi": f"Rapat {WORD} di Desa Sukarekaan.", "desa": ""},
    # Set aside, with its words in the reason or in the question.
    REPORT | {"nomor": "S-3", "isi": f"{WORD}.", "desa": "", "lokasi": f"balai {WORD}"},
    REPORT | {"nomor": "S-4", "isi": f"Soal {WORD}.", "jenis": WORD},
]


def take_in(bench: Bench, warehouse: Warehouse, *rows: Cells, name: str = "laporan.csv") -> None:
    bench.drop(name, rows)
    ingest(warehouse, bench.settings)


def whole(warehouse: Warehouse) -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of every table and view, as text."""
    tables = warehouse.rows(
        "SELECT table_schema || '.' || table_name FROM information_schema.tables"
        " WHERE table_catalog = 'warehouse' ORDER BY 1"
    )
    return {
        table: warehouse.rows(f"SELECT COLUMNS(*)::VARCHAR FROM {table} ORDER BY ALL")
        for (table,) in tables
    }


def holding(found: dict[str, list[tuple[Any, ...]]], word: str) -> list[str]:
    """Return the tables in which a word stands."""
    return [table for table, rows in found.items() if word in repr(rows).casefold()]


@pytest.fixture(scope="module")
def prepared(make_bench: Callable[[], Bench]) -> Bench:
    """A warehouse on disk with reports, incidents, and what a whole run makes of them."""
    bench = make_bench()
    bench.drop("laporan.csv", [REPORT, *SECRETS])
    bench.drop(
        "insiden.csv",
        [{"tanggal": "2019-01-01", "jenis": "bentrok", "kode_desa": code} for code in VILLAGES],
    )
    settings = bench.settings
    with open_warehouse(settings) as warehouse:
        bench.load(warehouse)
        ingest(warehouse, settings)
        place_rows(warehouse, settings)
        for floor in ("staging", "features"):
            warehouse.build(floor)
        assert len(quarantine_lines(warehouse, settings)) == 3
    return bench


@pytest.fixture
def filled(prepared: Bench, tmp_path: Path) -> Settings:
    folder = shutil.copytree(prepared.folder, tmp_path / "filled")
    return load_settings(folder / "rawan.toml")


# Who reads


def test_a_list_of_reports_gives_no_text_away(bench: Bench, warehouse: Warehouse) -> None:
    take_in(bench, warehouse, REPORT, REPORT | {"nomor": "R-2", "nilai_sumber": ""})
    first, second = list_reports(warehouse)
    assert (first.name, first.number, first.grade) == ("inbox/laporan.csv:2", "R-1", "B2")
    assert (first.occurred_on, first.known_on) == ("2019-01-01", "2019-01-02")
    assert second.grade == "F2"
    assert "gendongkala" not in repr([first, second])


def test_every_reading_is_written_down_with_name_and_reason(
    bench: Bench, warehouse: Warehouse
) -> None:
    take_in(bench, warehouse, REPORT)
    for name, reader in (("R-1", "Penguji Satu"), ("inbox/laporan.csv:2", "Penguji Dua")):
        report, text = read_report(warehouse, name, reader, "apel pagi")
        assert report.number == "R-1"
        assert "gendongkala" in text
    lines = readings(warehouse)
    assert len(lines) == 2
    for line in lines:
        assert re.fullmatch(
            r"20\d\d-\d\d-\d\d \d\d:\d\d UTC  Penguji (Satu|Dua) read inbox/laporan\.csv:2 "
            r"\(apel pagi\)",
            line,
        )
    assert find_text(warehouse, "inbox/laporan.csv:2") == REPORT["isi"]
    assert len(readings(warehouse)) == 2


def test_a_report_that_is_not_there_is_told_and_no_reading_is_written_down(
    bench: Bench, warehouse: Warehouse
) -> None:
    take_in(bench, warehouse, REPORT, REPORT | {"nomor": ""})
    for name in ("R-9", "inbox/laporan.csv:9", ""):
        with pytest.raises(UsageError, match=r"there is no such report\. List them"):
            read_report(warehouse, name, "Penguji", "-")
        with pytest.raises(UsageError, match="there is no such report"):
            delete_report(warehouse, name, "Penguji")
    assert find_text(warehouse, "inbox/laporan.csv:9") is None
    assert readings(warehouse) == []
    assert len(list_reports(warehouse)) == 2


def test_a_number_that_stands_for_several_is_told_with_names_that_stand_for_one(
    bench: Bench, warehouse: Warehouse
) -> None:
    """In two files, and in the earlier content of one of them."""
    take_in(bench, warehouse, REPORT, name="laporan-a.csv")
    take_in(bench, warehouse, REPORT, name="laporan-b.csv")
    take_in(bench, warehouse, REPORT | {"isi": "Lebih lengkap."}, name="laporan-b.csv")
    with pytest.raises(UsageError, match="is the number of several reports") as told:
        delete_report(warehouse, "R-1", "Penguji")
    names = re.findall(r"inbox/\S+:\d+", str(told.value))
    assert len(set(names)) == 3
    for name in names:
        text = find_text(warehouse, name)
        assert read_report(warehouse, name, "Penguji", "-")[1] == text
        assert delete_report(warehouse, name, "Penguji").name == name
    assert list_reports(warehouse) == []


# How long they are kept


@pytest.mark.parametrize(
    ("known", "obtained", "is_kept"),
    [
        ("2018-12-31", "2019-06-01", False),
        ("2019-01-01", "2019-06-01", True),
        ("2018", "2019-06-01", False),  # to its last day
        ("2019", "2018-06-01", True),
        ("31 Des 2018", "2019-06-01", False),
        ("", "2018-12-31", False),
        ("", "2019-01-01", True),
        ("kemarin", "2019-06-01", True),  # no date: the day it was obtained counts
        ("kemarin", "2018-12-31", False),
    ],
)
def test_a_report_expires_by_the_day_it_became_known_or_else_was_obtained(
    bench: Bench, warehouse: Warehouse, known: str, obtained: str, is_kept: bool
) -> None:
    (bench.inbox / "laporan.csv.meta.toml").write_text(f"obtained_on = {obtained}", "utf-8")
    take_in(bench, warehouse, REPORT | {"tanggal_diketahui": known})
    settings = bench.settings
    reports = settings.reports.model_copy(update={"retention_days": 365})
    settings = settings.model_copy(update={"reports": reports})
    gone = expire_reports(warehouse, settings, date(2020, 1, 1))
    assert [report.number for report in gone] == ([] if is_kept else ["R-1"])
    assert len(list_reports(warehouse)) == int(is_kept)
    assert warehouse.value("SELECT rows FROM raw.sheets") == int(is_kept)
    if not is_kept:
        assert warehouse.rows("SELECT reason, forgotten_by FROM raw.forgotten") == [
            ("expired", "retention")
        ]
    assert expire_reports(warehouse, settings, date(2020, 1, 1)) == []


def test_reports_in_a_content_that_was_replaced_expire_too(
    bench: Bench, warehouse: Warehouse
) -> None:
    take_in(bench, warehouse, REPORT)
    take_in(bench, warehouse, REPORT | {"isi": "Lebih lengkap."})
    assert len(expire_reports(warehouse, bench.settings, date(2039, 1, 1))) == 2
    assert list_reports(warehouse) == []


def test_incidents_do_not_expire(bench: Bench, warehouse: Warehouse) -> None:
    take_in(bench, warehouse, {"tanggal": "2001-01-01", "jenis": "bentrok"}, name="insiden.csv")
    assert expire_reports(warehouse, bench.settings, date(2039, 1, 1)) == []
    assert warehouse.value("SELECT count(*) FROM raw.incidents") == 1


# For good


def test_a_deleted_text_is_nowhere_and_all_else_is_as_it_was(filled: Settings) -> None:
    with open_warehouse(filled) as warehouse:
        before = whole(warehouse)
        assert len(read_items(warehouse)) >= 3
        quoted = holding(before, WORD)
        assert {"raw.reports", "staging.place_cells", "staging.review_items"} <= set(quoted)
        for number in ("S-1", "S-2", "S-3", "S-4"):
            delete_report(warehouse, number, "Penguji")
        assert holding(whole(warehouse), WORD) == []
        between = whole(warehouse)
    old = filled.warehouse.path.stat().st_ino
    write_anew(filled)
    assert filled.warehouse.path.stat().st_ino != old
    with open_warehouse(filled) as warehouse:
        assert whole(warehouse) == between
        for table in before.keys() - set(quoted) - {"raw.sheets", "raw.forgotten"}:
            if table.startswith(("raw.", "reference.")):
                assert between[table] == before[table], table
        assert [report.number for report in list_reports(warehouse)] == ["R-1"]
        assert warehouse.value("SELECT count(*) FROM raw.forgotten") == 4
        # And the next run goes on with what is left.
        fates = place_rows(warehouse, filled)
        assert fates.counts["reports"] == {"placed": 1, "excluded": 0, "quarantined": 0}
        assert not any(item.subject == "row" for item in read_items(warehouse))


def test_a_warehouse_written_anew_keeps_its_constraints_and_leaves_no_second_file(
    filled: Settings,
) -> None:
    write_anew(filled)
    assert sorted(path.name for path in filled.warehouse.path.parent.iterdir()) == [
        "rawan.duckdb",
        "warehouse.key",
    ]
    with open_warehouse(filled) as warehouse:
        nullable = "SELECT is_nullable FROM information_schema.columns WHERE column_name = 'row_id'"
        assert ("NO",) in warehouse.rows(f"{nullable} AND table_name = 'reports'")


def test_a_stop_while_it_is_written_anew_leaves_the_old_one(
    filled: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_warehouse(filled) as warehouse:
        before = whole(warehouse)

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", stop)
    with pytest.raises(KeyboardInterrupt):
        write_anew(filled)
    monkeypatch.undo()
    with open_warehouse(filled) as warehouse:
        assert whole(warehouse) == before
    write_anew(filled)
    with open_warehouse(filled) as warehouse:
        assert whole(warehouse) == before


# On the disk


def strings(content: bytes, least: int = 4) -> str:
    """Return what `strings` would: runs of letters that can be read, in 8 and in 16 bits."""
    runs = re.findall(rb"[\x20-\x7e]{%d,}" % least, content)
    wide = re.findall(rb"(?:[\x20-\x7e]\x00){%d,}" % least, content)
    return "\n".join(run.replace(b"\0", b"").decode("ascii") for run in [*runs, *wide]).casefold()


def test_nothing_on_the_disk_shows_a_village_a_text_or_a_column(filled: Settings) -> None:
    """While a run is at work, too: then part of it lies in the log of the warehouse."""
    words = [WORD, "gendongkala", "bersitegang", "source_grade", "village_code"]
    words += [name.casefold() for name, *_ in VILLAGES.values()]

    def seen(folder: Path) -> list[str]:
        files = [path for path in folder.rglob("*") if path.is_file()]
        assert files
        found = "\n".join(strings(path.read_bytes()) for path in files)
        return [word for word in words if word in found]

    folder = filled.warehouse.path.parent
    assert seen(folder) == []
    with open_warehouse(filled) as warehouse:
        warehouse.execute("CREATE TABLE staging.more AS SELECT * FROM raw.reports")
        assert [path.name for path in folder.iterdir() if path.name.endswith(".wal")]
        assert seen(folder) == []
    write_anew(filled)
    assert seen(folder) == []
    assert "tirtakhayal" in strings((filled.inputs.inbox / "done/laporan.csv").read_bytes())


def test_without_the_key_it_does_not_open_and_one_sentence_says_so(filled: Settings) -> None:
    filled.warehouse.key_file.unlink()
    with (
        pytest.raises(RawanError, match="the key does not open this warehouse") as told,
        open_warehouse(filled),
    ):
        pass
    assert "\n" not in str(told.value)
    with pytest.raises(RawanError, match="the key does not open this warehouse"):
        write_anew(filled)
    assert not filled.warehouse.key_file.exists()  # a new key would hide that the right one is gone
