"""The warehouse: closed to others, one run at a time, and the same bytes for the same input."""

import os
import re
import signal
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from rawan.errors import RawanError
from rawan.settings import Settings
from rawan.warehouse import FLOORS, SQL, Warehouse, open_warehouse

Bench = Any  # see conftest.py

posix = pytest.mark.skipif(os.name != "posix", reason="modes and signals of POSIX")

SQL_FILES = sorted(SQL.glob("*/*.sql"))

HOLDER = """
import sys
from pathlib import Path
from rawan.settings import load_settings
from rawan.warehouse import open_warehouse

with open_warehouse(load_settings(Path(sys.argv[1]))) as warehouse:
    print("open", flush=True)
    sys.stdin.read()
"""


def floor_of(path: Path) -> str:
    return path.parent.name.split("_")[1]


def test_no_one_reads_the_warehouse_without_its_key(settings: Settings) -> None:
    with open_warehouse(settings) as warehouse:
        warehouse.execute("CREATE TABLE raw.secret AS SELECT 'Sukarekaan' AS village")
    with pytest.raises(duckdb.Error, match="encrypted"):
        duckdb.connect(str(settings.warehouse.path))
    assert b"Sukarekaan" not in settings.warehouse.path.read_bytes()


def test_what_was_stored_is_there_at_the_next_run(settings: Settings) -> None:
    with open_warehouse(settings) as warehouse:
        warehouse.replace("features.kept", pl.DataFrame({"n": [1, 2]}))
    with open_warehouse(settings) as warehouse:
        assert warehouse.has_table("features.kept")
        assert not warehouse.has_table("staging.kept")
        assert warehouse.rows("FROM features.kept ORDER BY n") == [(1,), (2,)]


def test_a_warehouse_in_memory_leaves_nothing_on_disk(settings: Settings) -> None:
    with open_warehouse(settings, ":memory:") as warehouse:
        assert warehouse.value("SELECT count(*) FROM raw.rows") == 0
    assert not settings.warehouse.path.parent.exists()


@posix
def test_the_key_is_made_for_its_owner_alone_and_kept(settings: Settings) -> None:
    with open_warehouse(settings):
        pass
    key = settings.warehouse.key_file
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    made = key.read_bytes()
    with open_warehouse(settings):
        pass
    assert key.read_bytes() == made


@posix
def test_a_key_that_others_can_read_is_refused_with_the_remedy(settings: Settings) -> None:
    with open_warehouse(settings):
        pass
    settings.warehouse.key_file.chmod(0o640)
    with (
        pytest.raises(RawanError, match=r"others can read the key .* chmod 600"),
        open_warehouse(settings),
    ):
        pass
    settings.warehouse.key_file.chmod(0o600)
    with open_warehouse(settings):
        pass


def test_the_wrong_key_is_told_and_is_not_repeated(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_warehouse(settings):
        pass
    monkeypatch.setenv("RAWAN_KEY", "salah-salah-salah-salah")
    with (
        pytest.raises(RawanError, match="the key does not open this warehouse") as told,
        open_warehouse(settings),
    ):
        pass
    assert "salah-salah" not in str(told.value)


def test_a_key_from_the_environment_needs_no_file(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAWAN_KEY", "benar-benar-benar-benar")
    for _ in range(2):
        with open_warehouse(settings):
            pass
    assert not settings.warehouse.key_file.exists()


@pytest.mark.parametrize("key", ["pendek", "spasi di dalam kunci ini", "kutip'); DROP TABLE raw.x"])
def test_a_key_too_short_or_of_strange_characters_is_refused(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.setenv("RAWAN_KEY", key)
    with pytest.raises(RawanError, match="at least 16") as told, open_warehouse(settings):
        pass
    assert key not in str(told.value)
    assert not settings.warehouse.path.exists()


def test_a_second_run_is_told_which_process_holds_the_warehouse(bench: Bench) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(bench.config)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "open\n"
        with pytest.raises(RawanError) as told, open_warehouse(bench.settings):
            pass
        holder.communicate("")
    assert str(told.value) == (
        f"{bench.settings.warehouse.path}: the warehouse is in use by another run "
        f"(process {holder.pid}). Wait until it ends, then try again."
    )
    with open_warehouse(bench.settings):
        pass


@posix
def test_a_run_that_was_killed_does_not_lock_out_the_next(bench: Bench) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(bench.config)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "open\n"
        holder.send_signal(signal.SIGKILL)
    with open_warehouse(bench.settings) as warehouse:
        assert warehouse.value("SELECT count(*) FROM raw.files") == 0


@pytest.mark.parametrize("folder", ["var", "block"])
def test_a_broken_file_is_named_and_blamed_on_no_other_run(bench: Bench, folder: str) -> None:
    path = bench.folder / folder / "rawan.duckdb"
    path.parent.mkdir()
    path.write_bytes(b"ini bukan gudang data" * 1000)
    with (
        pytest.raises(RawanError, match="cannot be used") as told,
        open_warehouse(bench.settings, path),
    ):
        pass
    assert str(told.value).startswith(f"{path}: ")
    assert "another run" not in str(told.value)


def test_a_folder_with_a_quote_in_its_name_is_no_obstacle(bench: Bench) -> None:
    path = bench.folder / "Jum'at" / "rawan.duckdb"
    with open_warehouse(bench.settings, path):
        pass
    assert path.exists()


def test_a_block_that_fails_changes_nothing(warehouse: Warehouse) -> None:
    warehouse.replace("features.kept", pl.DataFrame({"n": [1]}))

    def fail_halfway() -> None:
        with warehouse.transaction():
            warehouse.append("features.kept", pl.DataFrame({"n": [2]}))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail_halfway()
    assert warehouse.rows("FROM features.kept") == [(1,)]


def test_rows_are_appended_by_the_name_of_the_column(warehouse: Warehouse) -> None:
    warehouse.replace("features.kept", pl.DataFrame({"a": ["a"], "b": ["b"]}))
    warehouse.append("features.kept", pl.DataFrame({"b": ["B"], "a": ["A"]}))
    assert warehouse.rows("FROM features.kept ORDER BY a DESC") == [("a", "b"), ("A", "B")]


def test_every_sql_file_is_built_and_every_table_built_has_its_file() -> None:
    on_disk = {(floor_of(path), path.stem) for path in SQL_FILES}
    listed = {(floor, table) for floor, tables in FLOORS.items() for table in tables}
    assert sorted(on_disk - listed) == [], "SQL files that no floor builds"
    assert sorted(listed - on_disk) == [], "tables of a floor without a SQL file"


@pytest.mark.parametrize("path", SQL_FILES, ids=lambda path: f"{floor_of(path)}.{path.stem}")
def test_a_sql_file_says_first_what_its_table_is(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    table = f"{floor_of(path)}.{path.stem}"
    header = re.match(r"(?:--.*\n)+", text)
    assert header is not None
    lines = header[0].splitlines()
    assert re.match(rf"-- {re.escape(table)}: \w", lines[0])
    for key in ("grain", "source"):
        assert [line for line in lines if re.match(rf"-- {key} {{4}}|-- {key} {{3}}", line)], key
    created = re.findall(r"CREATE (?:OR REPLACE )?TABLE (?:IF NOT EXISTS )?(\S+)", text)
    assert created == [table]


def test_the_same_rows_give_the_same_bytes_of_features(bench: Bench) -> None:
    incidents = [
        {
            "tanggal": f"201{6 + i % 4}-0{1 + i % 9}-1{i % 7}",
            "tanggal_diketahui": "2019-11-01",
            "jenis": ("bentrok", "unjuk_rasa", "sengketa_lahan")[i % 3],
            "kode_desa": f"99.99.01.200{1 + i % 4}",
            "kode_peristiwa": f"P{i}",
        }
        for i in range(40)
    ]
    first, again = bench.run(incidents), bench.run(incidents)
    for table, frame in first.items():
        assert _bytes(frame) == _bytes(again[table]), table
    assert first["features.village_cutoff"]["clash_decayed"].sum() > 0


def _bytes(frame: pl.DataFrame) -> bytes:
    return frame.write_ipc(None).getvalue()
