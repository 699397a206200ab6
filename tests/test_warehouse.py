"""The warehouse: closed to others, one run at a time, and the same bytes for the same input."""

import os
import re
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
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
        assert warehouse.value("SELECT count(*) FROM raw.incidents") == 0
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


def patient(settings: Settings, seconds: int) -> Settings:
    """Return settings that wait for a warehouse in use for so long."""
    held = settings.warehouse.model_copy(update={"wait_seconds": seconds})
    return settings.model_copy(update={"warehouse": held})


@contextmanager
def held_open(script: str, config: Path) -> Iterator[subprocess.Popen[str]]:
    """Run a script that opens the warehouse in another process, until its input ends."""
    with subprocess.Popen(
        [sys.executable, "-c", script, str(config)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        try:
            yield process
        finally:
            process.communicate("")


@pytest.mark.parametrize("seconds", [0, 1])
def test_a_second_run_waits_and_is_then_told_which_process_holds_the_warehouse(
    bench: Bench, seconds: int
) -> None:
    settings, told = patient(bench.settings, seconds), []
    with held_open(HOLDER, bench.config) as holder:
        started = time.monotonic()
        with pytest.raises(RawanError) as raised, open_warehouse(settings, tell=told.append):
            pass
        waited = time.monotonic() - started
    assert seconds <= waited < seconds + 5
    assert str(raised.value) == (
        f"{settings.warehouse.path}: the warehouse is in use by another run "
        f"(process {holder.pid}). Wait until it ends, then try again."
    )
    line = f"the warehouse is in use by another run (process {holder.pid}); waiting"
    assert told == ([line] if seconds else [])
    with open_warehouse(settings):
        pass


def test_a_second_run_goes_on_as_soon_as_the_first_has_ended(bench: Bench) -> None:
    told: list[str] = []
    with held_open(HOLDER, bench.config) as holder:

        def end(line: str) -> None:
            told.append(line)
            holder.communicate("")

        with open_warehouse(patient(bench.settings, 20), tell=end) as warehouse:
            assert warehouse.value("SELECT count(*) FROM raw.files") == 0
    assert len(told) == 1


def test_two_processes_read_at_once_and_neither_writes(bench: Bench) -> None:
    settings = patient(bench.settings, 0)
    with open_warehouse(settings) as warehouse:
        warehouse.replace("features.kept", pl.DataFrame({"n": [1, 2]}))
    with (
        held_open(HOLDER.replace("[1]))", "[1])), is_read_only=True"), bench.config),
        open_warehouse(settings, is_read_only=True) as warehouse,
    ):
        assert warehouse.value("SELECT sum(n) FROM features.kept") == 3
        with pytest.raises(duckdb.Error, match="read-only"):
            warehouse.execute("INSERT INTO features.kept VALUES (3)")
    with (
        held_open(HOLDER.replace("[1]))", "[1])), is_read_only=True"), bench.config),
        pytest.raises(RawanError, match="in use by another run"),
        open_warehouse(settings),
    ):
        pass


def test_a_reader_without_a_warehouse_is_told_and_makes_none(settings: Settings) -> None:
    with (
        pytest.raises(RawanError, match=r"there is no warehouse yet\. Start with: rawan run"),
        open_warehouse(settings, is_read_only=True),
    ):
        pass
    assert not settings.warehouse.path.parent.exists()


@posix
def test_a_run_that_was_killed_does_not_lock_out_the_next(bench: Bench) -> None:
    with held_open(HOLDER, bench.config) as holder:
        holder.send_signal(signal.SIGKILL)
        holder.wait()
    with open_warehouse(patient(bench.settings, 0)) as warehouse:
        assert warehouse.value("SELECT count(*) FROM raw.files") == 0


@pytest.mark.parametrize("stopped_at", ["replace", "fsync", "execute"])
def test_a_stop_at_the_very_first_use_does_not_lock_out_the_next(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, stopped_at: str
) -> None:
    """While the key, the file or the first tables are made."""

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    if stopped_at == "execute":
        real, calls = Warehouse.execute, []

        def stop_later(self: Warehouse, sql: str, parameters: list[Any] | None = None) -> None:
            calls.append(sql)
            if len(calls) > 12:
                raise KeyboardInterrupt
            real(self, sql, parameters)

        monkeypatch.setattr(Warehouse, "execute", stop_later)
    else:
        monkeypatch.setattr(os, stopped_at, stop)
    with pytest.raises(KeyboardInterrupt), open_warehouse(bench.settings):
        pass
    monkeypatch.undo()
    with open_warehouse(bench.settings) as warehouse:
        assert warehouse.value("SELECT count(*) FROM raw.files") == 0


# Closed to the outside


@pytest.mark.parametrize(
    "statement",
    [
        "FROM read_csv('{file}')",
        "FROM read_text('{file}')",
        "FROM read_blob('{file}')",
        "FROM read_json('{file}')",
        "FROM read_parquet('{file}')",
        "FROM '{file}'",
        "FROM glob('{folder}/*')",
        "FROM 'https://example.org/insiden.csv'",
        "COPY raw.forgotten FROM '{file}'",
        "COPY (SELECT 1) TO '{folder}/keluar.csv'",
        "EXPORT DATABASE '{folder}/keluar'",
        "ATTACH '{folder}/keluar.duckdb'",
        "ATTACH '{warehouse}' AS once_more",
        "INSTALL spatial",
        "INSTALL '{folder}/luar.duckdb_extension'",
        "LOAD spatial",
        "LOAD '{folder}/luar.duckdb_extension'",
        "SET enable_external_access = true",
        "SET allowed_directories = ['{folder}']",
        "SET temp_directory = '{folder}'",
        "SET allow_community_extensions = true",
    ],
)
def test_no_statement_reaches_a_file_outside(
    settings: Settings, tmp_path: Path, statement: str
) -> None:
    """What a cell or a mapping could smuggle into SQL must not get out, nor anything in."""
    file = tmp_path / "rahasia.csv"
    file.write_text("rahasia\n1\n", encoding="utf-8")
    given = {"file": file, "folder": tmp_path, "warehouse": settings.warehouse.path}
    with open_warehouse(settings) as warehouse:
        with pytest.raises(
            duckdb.Error,
            match=r"(?i)disabled|cannot (enable|change)|does not exist|already attached",
        ):
            warehouse.rows(statement.format(**given))
        assert warehouse.value("SELECT count(*) FROM raw.forgotten") == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["rahasia.csv", "region"]


def test_what_does_not_fit_into_memory_is_encrypted_on_the_disk(
    settings: Settings, tmp_path: Path
) -> None:
    small = settings.warehouse.model_copy(update={"memory_mb": 64})
    fill = (
        "CREATE TEMP TABLE much AS"
        " SELECT 'Sukarekaan ' || sha256(n::VARCHAR) AS words FROM range(1500000) AS r(n)"
    )

    def spilled(folder: Path) -> bytes:
        files = [path for path in folder.iterdir() if path.is_file()]
        assert files, "nothing was spilled"
        return b"".join(path.read_bytes() for path in files)

    with open_warehouse(settings.model_copy(update={"warehouse": small})) as warehouse:
        warehouse.execute(fill)
        folder = settings.warehouse.path.with_name("rawan.duckdb.tmp")
        assert b"Sukarekaan" not in spilled(folder)
    assert not folder.exists() or not any(folder.iterdir())
    # The same without encryption is there to be read: this test can fail.
    bare = {"memory_limit": "64MB", "temp_directory": str(tmp_path / "open"), "threads": 1}
    with duckdb.connect(":memory:", config=bare) as connection:
        connection.execute(fill)
        assert b"Sukarekaan" in spilled(tmp_path / "open")


# Another version's


@pytest.mark.parametrize("form", ["newer", "older", "before forms were counted"])
def test_a_warehouse_of_another_form_is_refused_with_the_way_out_and_left_as_it_is(
    settings: Settings, form: str
) -> None:
    with open_warehouse(settings) as warehouse:
        if form == "before forms were counted":
            warehouse.execute("DROP TABLE raw.form")
        else:
            warehouse.execute(
                f"UPDATE raw.form SET form = form {'+' if form == 'newer' else '-'} 1"
            )
    before = settings.warehouse.path.read_bytes()
    for is_read_only in (False, True):
        with (
            pytest.raises(RawanError, match="made by another version of Rawan") as told,
            open_warehouse(settings, is_read_only=is_read_only),
        ):
            pass
        assert "put the files that came in (inbox/done) back into the inbox" in str(told.value)
    assert settings.warehouse.path.read_bytes() == before


@pytest.mark.parametrize("folder", ["var", "block"])
def test_a_broken_file_is_named_and_blamed_on_no_other_run(bench: Bench, folder: str) -> None:
    with open_warehouse(bench.settings, bench.folder / "key" / "rawan.duckdb"):
        pass  # makes the key
    path = bench.folder / folder / "rawan.duckdb"
    path.parent.mkdir(exist_ok=True)
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
    # The floor `rows` is the first half of staging, from the cells to each row's fate.
    listed = {
        ("staging" if floor == "rows" else floor, table)
        for floor, tables in FLOORS.items()
        for table in tables
    }
    assert sorted(on_disk - listed) == [], "SQL files that no floor builds"
    assert sorted(listed - on_disk) == [], "tables of a floor without a SQL file"


@pytest.mark.parametrize("path", SQL_FILES, ids=lambda path: f"{floor_of(path)}.{path.stem}")
def test_a_sql_file_says_first_what_its_table_is(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    # Outlines are kept with the files that came in, and looked up with the reference.
    schema = "reference" if path.stem == "outlines" else floor_of(path)
    table = f"{schema}.{path.stem}"
    header = re.match(r"(?:--.*\n)+", text)
    assert header is not None
    lines = header[0].splitlines()
    assert re.match(rf"-- {re.escape(table)}: \w", lines[0])
    for key in ("grain", "source"):
        assert [line for line in lines if re.match(rf"-- {key} {{4}}|-- {key} {{3}}", line)], key
    created = re.findall(r"CREATE (?:OR REPLACE )?(?:TABLE|VIEW) (?:IF NOT EXISTS )?(\S+)", text)
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
        if table.startswith("features."):
            assert _bytes(frame) == _bytes(again[table]), table
    assert first["features.village_cutoff"]["clash_decayed"].sum() > 0


def _bytes(frame: pl.DataFrame) -> bytes:
    return frame.write_ipc(None).getvalue()
