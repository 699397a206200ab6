"""The warehouse: one encrypted DuckDB file, its floors of SQL, and its lock.

Owns the connection. What the tables mean is in `sql/`, one table a file.
"""

import itertools
import os
import re
import secrets
import stat
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import polars as pl
import pyarrow as pa

from rawan.errors import RawanError
from rawan.settings import PROJECT_ROOT, Settings
from rawan.settings import Warehouse as WarehouseSettings

if TYPE_CHECKING:
    import pandas

SQL = PROJECT_ROOT / "sql"

# Counts up when tables that are kept from run to run change their columns.
FORM = 2

# The order in which a floor is built. A table may use those above it and the floors below.
FLOORS: dict[str, tuple[str, ...]] = {
    "raw": (
        "files",
        "sheets",
        "damaged",
        "incidents",
        "reports",
        "demographics",
        "gatherings",
        "polling_stations",
        "tps_vulnerability",
        "deployments",
        "nil_returns",
        "decisions",
        "outlines",
        "access",
        "forgotten",
    ),
    "rows": (
        "read_incidents",
        "read_reports",
        "read_demographics",
        "read_gatherings",
        "read_polling_stations",
        "read_tps_vulnerability",
        "read_deployments",
        "read_nil_returns",
        "fates",
        "revised",
        "repeats",
        "numbered",
        "own_events",
    ),
    "staging": (
        "tellings",
        "event_names",
        "event_versions",
        "incidents",
        "reports",
        "demographics",
        "gatherings",
        "polling_stations",
        "tps_vulnerability",
        "deployments",
        "nil_returns",
        "mentions",
        "conservation",
    ),
    "features": (
        "known_incidents",
        "neighbours",
        "known_reports",
        "rates",
        "recent",
        "history",
        "past",
        "surroundings",
        "around",
        "border",
        "politics",
        "swings",
        "split_elections",
        "place",
        "vulnerability",
        "signals",
        "corroboration",
        "presence",
        "planned",
        "coverage",
        "outcomes",
        "village_cutoff",
    ),
    "marts": ("evidence", "baseline", "ranking"),
}
# Features that are the same at every cutoff, or look at the published one; and views.
_FOR_ALL_CUTOFFS = ("known_incidents", "neighbours", "outcomes")
# Rows of (village, cutoff) that are worked out at a time: what this takes fits into memory.
ROWS_AT_ONCE = 250_000
_LARGE_FRAME = 2**28  # bytes
# Floors that add up no fractions: their tables do not depend on the number of cores.
_WITHOUT_SUMS = ("rows", "staging")

# How long to wait before asking again for a warehouse in use.
_PAUSE_SECONDS = 1.0

_FOLDERS = {
    "raw": "10_raw",
    "rows": "20_staging",
    "staging": "20_staging",
    "features": "30_features",
    "marts": "40_marts",
}


class InUse(RawanError):
    """Another process holds the warehouse; `holder` says which, as far as is known."""

    def __init__(self, message: str, holder: str) -> None:
        super().__init__(message)
        self.holder = holder


class Warehouse:
    """A connection to the warehouse of one region.

    One thread does the sums: the order of additions, and so the last bit of every
    feature, must not depend on how many cores a machine has. Only work without sums of
    fractions may use all of them (`all_cores`).
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, is_read_only: bool = False) -> None:
        self._connection = connection
        self._is_undone = False
        if is_read_only:
            return
        with self.transaction():  # tables without their form would pass for another version's
            for schema in ("reference", "raw", "staging", "features", "scores", "marts"):
                self.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
            self.build("raw")
            self.execute(f"CREATE TABLE IF NOT EXISTS raw.form AS SELECT {FORM} AS form")

    def execute(self, sql: str, parameters: list[Any] | dict[str, Any] | None = None) -> None:
        """Run one statement, or several without parameters."""
        self._connection.execute(sql, parameters)

    def frame(self, sql: str, parameters: list[Any] | dict[str, Any] | None = None) -> pl.DataFrame:
        """Return the rows of a query as a Polars frame."""
        found = self._connection.execute(sql, parameters).pl()
        if found.estimated_size() > _LARGE_FRAME:
            self._let_go()
        return found

    def rows(self, sql: str, parameters: list[Any] | None = None) -> list[tuple[Any, ...]]:
        """Return the rows of a query as tuples."""
        return self._connection.execute(sql, parameters).fetchall()

    def pandas(self, sql: str) -> "pandas.DataFrame":
        """Return the rows of a query as a pandas frame: only the gate needs one."""
        return self._connection.execute(sql).df()

    def value(self, sql: str, parameters: list[Any] | None = None) -> Any:
        """Return the single value of a query."""
        row = self._connection.execute(sql, parameters).fetchone()
        if row is None:
            raise LookupError(f"no row: {sql}")
        return row[0]

    def has_table(self, table: str) -> bool:
        """Tell whether `schema.table` exists."""
        schema, name = table.split(".")
        return bool(
            self.value(
                "SELECT count(*) FROM duckdb_tables() WHERE database_name = 'warehouse'"
                " AND schema_name = ? AND table_name = ?",
                [schema, name],
            )
        )

    def replace(self, table: str, frame: pl.DataFrame) -> None:
        """Make `table` hold exactly the rows of `frame`."""
        with self._registered(frame):
            self.execute(f"CREATE OR REPLACE TABLE {table} AS SELECT * FROM incoming_frame")

    def append(self, table: str, frame: pl.DataFrame) -> None:
        """Add the rows of `frame` to `table`, column by name."""
        with self._registered(frame):
            self.execute(f"INSERT INTO {table} BY NAME SELECT * FROM incoming_frame")

    def stream(self, table: str, frames: Iterator[pl.DataFrame]) -> None:
        """Add frames of one form to `table` as they come, column by name.

        Reading the next frame and storing the last go on at the same time, and no more than
        a few frames are in memory. The rows of several frames may lie in the table in any
        order. What `frames` raises comes out as it is.
        """
        first = next(frames, None)
        if first is None:
            return
        schema = first.to_arrow().schema
        raised: list[BaseException] = []

        def batches() -> Iterator[pa.RecordBatch]:
            try:
                for frame in itertools.chain([first], frames):
                    yield from frame.to_arrow().to_batches()
            except BaseException as error:
                # DuckDB would make one of its own errors of it.
                raised.append(error)
                raise

        reader = pa.RecordBatchReader.from_batches(schema, batches())
        self._connection.register("incoming_frames", reader)
        try:
            # Rows that need not keep their order are compressed by several cores at once.
            with self._set("preserve_insertion_order", False):
                self.execute(f"INSERT INTO {table} BY NAME SELECT * FROM incoming_frames")
        except duckdb.Error:
            if raised:
                raise raised[0] from None
            raise
        finally:
            self._connection.unregister("incoming_frames")

    def set_variables(self, variables: Mapping[str, Any]) -> None:
        """Set the DuckDB variables that the SQL reads with `getvariable`."""
        for name, value in variables.items():
            self.execute(f"SET VARIABLE {name} = ?", [value])

    def build(self, floor: str) -> None:
        """Run a floor's SQL files in their order."""
        without_sums = floor in _WITHOUT_SUMS
        with (
            self.all_cores() if without_sums else nullcontext(),
            self.joins_as_written() if without_sums else nullcontext(),
        ):
            if floor == "features":
                self._build_by_cutoffs()
            else:
                for table in FLOORS[floor]:
                    self._make(floor, table)
        self._let_go()

    def _let_go(self) -> None:
        """Give memory back to the system that DuckDB needs no more, but for its last megabytes.

        It keeps what large joins and sorts took; a smaller limit, for a moment, makes it let go.
        What a transaction or a warehouse in memory holds stays, and so does the limit.
        """
        with suppress(duckdb.OutOfMemoryException), self._set("memory_limit", "64MB"):
            pass

    def _make(self, floor: str, table: str) -> None:
        self.execute((SQL / _FOLDERS[floor] / f"{table}.sql").read_text(encoding="utf-8"))

    def _build_by_cutoffs(self) -> None:
        """Build the features, a few cutoffs after the other where there are many villages.

        What a row says of one cutoff depends on no other; only the memory does that sums by
        village and cutoff need.
        """
        cutoffs = self.frame("FROM features.cutoffs ORDER BY cutoff")
        villages = self.value("SELECT count(*) FROM reference.villages")
        at_once = max(1, ROWS_AT_ONCE // max(villages, 1))
        if cutoffs.height <= at_once:
            for table in FLOORS["features"]:
                self._make("features", table)
            return
        for table in _FOR_ALL_CUTOFFS:
            self._make("features", table)
        tables = [table for table in FLOORS["features"] if table not in _FOR_ALL_CUTOFFS]
        try:
            for place, some in enumerate(cutoffs.iter_slices(at_once)):
                self.replace("features.cutoffs", some)
                for table in tables:
                    self._make("features", table)
                for table in tables:
                    into = "INSERT INTO" if place else "CREATE OR REPLACE TABLE"
                    rows = f"FROM features.{table}"
                    whole = f"features.{table}_whole"
                    self.execute(f"{into} {whole} {rows if place else f'AS {rows}'}")
        finally:
            self.replace("features.cutoffs", cutoffs)
        for table in tables:
            self.execute(f"DROP TABLE features.{table}")
            self.execute(f"ALTER TABLE features.{table}_whole RENAME TO {table}")

    @contextmanager
    def all_cores(self) -> Iterator[None]:
        """Let DuckDB use every core; only for work whose result does not depend on their number."""
        with self._set("threads", os.cpu_count() or 1):
            yield

    @contextmanager
    def joins_as_written(self) -> Iterator[None]:
        """Let DuckDB join tables in the order in which the SQL names them, large before small.

        The right side of a join is the one that it holds in memory. Left to itself it
        guesses which side is smaller, and takes millions of rows behind a filter for few.
        """
        with self._set("disabled_optimizers", "join_order,build_side_probe_side"):
            yield

    @contextmanager
    def _set(self, name: str, value: str | int | bool) -> Iterator[None]:
        """Give a setting of all connections another value within a block.

        A connection of its own does it: the other's transaction may have failed meanwhile.
        """
        with self._connection.cursor() as connection:
            before = connection.execute(f"SELECT current_setting('{name}')").fetchall()[0][0]
            connection.execute(f"SET GLOBAL {name} = '{value}'")
            try:
                yield
            finally:
                connection.execute(f"SET GLOBAL {name} = '{before}'")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Keep all of a block's changes, or none of them; within `undone` nothing is kept."""
        if self._is_undone:
            yield
            return
        self.execute("BEGIN")
        try:
            yield
        except BaseException:
            self.execute("ROLLBACK")
            raise
        self.execute("COMMIT")

    @contextmanager
    def undone(self) -> Iterator[None]:
        """Try things out: whatever the block changes is undone at its end."""
        self._is_undone = True
        self.execute("BEGIN")
        try:
            yield
        finally:
            self.execute("ROLLBACK")
            self._is_undone = False

    @contextmanager
    def _registered(self, frame: pl.DataFrame) -> Iterator[None]:
        self._connection.register("incoming_frame", frame.to_arrow())
        try:
            yield
        finally:
            self._connection.unregister("incoming_frame")


@contextmanager
def open_warehouse(
    settings: Settings,
    path: Path | str | None = None,
    is_read_only: bool = False,
    tell: Callable[[str], None] = lambda _: None,
) -> Iterator[Warehouse]:
    """Open the region's warehouse, made at first use; `path=":memory:"` writes nothing.

    One process writes, or several read. Whoever comes second waits `wait_seconds` of the
    configuration, which `tell` is told of, then leaves.

    Raises
    ------
    RawanError
        If another process holds the file, the key is wrong or readable by others, the
        file was made by another version, or the disk refuses.
    """
    target = settings.warehouse.path if path is None else path
    until = time.monotonic() + settings.warehouse.wait_seconds
    connection = _connect(target, settings.warehouse)
    has_told = False
    try:
        while True:
            try:
                _attach(connection, target, settings.warehouse, is_read_only)
                break
            except duckdb.Error as error:
                plain = _plain(error, Path(target))
                if not isinstance(plain, InUse) or time.monotonic() >= until:
                    raise plain from error
                if not has_told:
                    tell(f"the warehouse is in use by {plain.holder}; waiting")
                    has_told = True
                time.sleep(min(_PAUSE_SECONDS, max(until - time.monotonic(), 0)))
        # From here on the connection reaches no file but the warehouse: this cannot be undone.
        connection.execute("SET enable_external_access = false")
        _check_form(connection, Path(target))
        yield Warehouse(connection, is_read_only)
    except duckdb.Error as error:
        if _is_full(error):
            raise _plain(error, Path(target)) from error
        raise
    finally:
        connection.close()


def _connect(target: Path | str, settings: WarehouseSettings) -> duckdb.DuckDBPyConnection:
    config: dict[str, Any] = {
        "threads": 1,
        "memory_limit": f"{settings.memory_mb}MB",
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "allow_community_extensions": False,
    }
    if str(target) != ":memory:":
        # What does not fit into memory is written beside the warehouse, and encrypted like it.
        config["temp_directory"] = f"{target}.tmp"
        config["temp_file_encryption"] = True
    return duckdb.connect(":memory:", config=config)


def _attach(
    connection: duckdb.DuckDBPyConnection,
    target: Path | str,
    settings: WarehouseSettings,
    is_read_only: bool,
) -> None:
    if str(target) == ":memory:":
        connection.execute("ATTACH ':memory:' AS warehouse")
    else:
        if is_read_only and not Path(target).exists():
            raise RawanError(f"{target}: there is no warehouse yet. Start with: rawan run")
        Path(target).parent.mkdir(parents=True, exist_ok=True)
        has_key = bool(os.environ.get("RAWAN_KEY")) or settings.key_file.exists()
        if Path(target).exists() and not has_key:
            # A new key would only hide that the right one is gone.
            raise RawanError(
                f"{target}: the key does not open this warehouse, since there is none: "
                f"{settings.key_file} is missing. Put it back from your copy, or move the "
                "warehouse away to start anew."
            )
        key = _key(settings.key_file)
        access = ", READ_ONLY" if is_read_only else ""
        connection.execute(f"LOAD '{_quoted(encryption_extension())}'")
        if not Path(target).exists():
            _make(connection, Path(target), key)
        connection.execute(
            f"ATTACH '{_quoted(target)}' AS warehouse (ENCRYPTION_KEY '{key}'{access})"
        )
    connection.execute("USE warehouse")


def _make(connection: duckdb.DuckDBPyConnection, target: Path, key: str) -> None:
    """Make an empty warehouse beside its place, then put it there in one step.

    A kill while DuckDB writes its first bytes would leave a file that nobody can open.
    """
    fresh = target.with_name(f"{target.name}.{os.getpid()}.new")
    fresh.unlink(missing_ok=True)
    connection.execute(f"ATTACH '{_quoted(fresh)}' AS fresh (ENCRYPTION_KEY '{key}')")
    connection.execute("DETACH fresh")
    if not target.exists():
        os.replace(fresh, target)
    fresh.unlink(missing_ok=True)


def _check_form(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Refuse a warehouse whose kept tables have the columns of another version."""
    tables = connection.execute(
        "SELECT table_name FROM duckdb_tables()"
        " WHERE database_name = 'warehouse' AND schema_name = 'raw'"
    ).fetchall()
    if not tables:
        return
    form = 1
    if ("form",) in tables:
        form = (connection.execute("SELECT form FROM raw.form").fetchone() or (1,))[0]
    if form != FORM:
        raise RawanError(
            f"{path}: the warehouse was made by another version of Rawan (form {form}; this one "
            f"is {FORM}). Move it away, and put the files that came in (inbox/done) back into the "
            "inbox: they are read anew."
        )


def write_anew(settings: Settings) -> None:
    """Write all that is left in the warehouse into a new file: what was deleted is not in it.

    DuckDB frees the space of deleted rows without overwriting it. The old file is replaced
    in one step; a crash before that leaves it as it was.

    Raises
    ------
    RawanError
        As `open_warehouse` does.
    """
    target = settings.warehouse.path
    fresh = target.with_name(f"{target.name}.anew")
    fresh.unlink(missing_ok=True)
    connection = _connect(target, settings.warehouse)
    try:
        _attach(connection, target, settings.warehouse, is_read_only=False)
        key = _key(settings.warehouse.key_file)
        connection.execute("CHECKPOINT")
        connection.execute(f"ATTACH '{_quoted(fresh)}' AS fresh (ENCRYPTION_KEY '{key}')")
        connection.execute("COPY FROM DATABASE warehouse TO fresh")
        connection.execute("USE memory; DETACH fresh; DETACH warehouse")
    except duckdb.Error as error:
        fresh.unlink(missing_ok=True)
        raise _plain(error, target) from error
    finally:
        connection.close()
    os.replace(fresh, target)


def encryption_extension() -> Path:
    """Return the file of DuckDB's httpfs extension, which carries the encryption.

    Raises
    ------
    RawanError
        If the package does not match the installed DuckDB.
    """
    import duckdb_extension_httpfs

    folder = Path(duckdb_extension_httpfs.__file__).parent / "extensions"
    file = folder / f"v{duckdb.__version__}" / "httpfs.duckdb_extension"
    if not file.exists():
        raise RawanError(
            f"The encryption extension does not match DuckDB {duckdb.__version__}. "
            "Set up again with: uv sync"
        )
    return file


def _quoted(path: Path | str) -> str:
    return str(path).replace("'", "''")


def _key(file: Path) -> str:
    """Return the encryption key from the environment or the key file, made at first use."""
    key = os.environ.get("RAWAN_KEY", "")
    if not key:
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            # Whole or not at all: an empty key file would lock everyone out.
            fresh = file.with_name(f"{file.name}.{os.getpid()}.new")
            fresh.unlink(missing_ok=True)
            descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w", encoding="ascii") as stream:
                stream.write(secrets.token_urlsafe(32))
                stream.flush()
                os.fsync(stream.fileno())
            if not file.exists():
                os.replace(fresh, file)
            fresh.unlink(missing_ok=True)
        if os.name == "posix" and file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise RawanError(
                f"{file}: others can read the key of the warehouse. Close it with: chmod 600 {file}"
            )
        key = file.read_text(encoding="ascii").strip()
    if not re.fullmatch(r"[A-Za-z0-9_\-+/=]{16,}", key):
        raise RawanError(
            "The key of the warehouse must be at least 16 letters, digits or -_+/= "
            f"(RAWAN_KEY, or the file {file})."
        )
    return key


def _plain(error: duckdb.Error, path: Path) -> RawanError:
    """Put what DuckDB says about a file into a sentence that names the way out."""
    text = str(error)
    if "Could not set lock" in text or "being used by another process" in text:
        holder = re.search(r"PID (\d+)", text)
        who = f" (process {holder.group(1)})" if holder else ""
        return InUse(
            f"{path}: the warehouse is in use by another run{who}. "
            "Wait until it ends, then try again.",
            f"another run{who}",
        )
    if _is_full(error):
        return RawanError(f"{path}: the disk is full. Free some space, then run again.")
    if "ncryption" in text or "decrypt" in text:
        return RawanError(
            f"{path}: the key does not open this warehouse. Give the right one in RAWAN_KEY or "
            "the key file, or move the warehouse away to start anew."
        )
    return RawanError(f"{path}: the warehouse cannot be used: {text.splitlines()[0]}")


def _is_full(error: duckdb.Error) -> bool:
    text = str(error).lower()
    return "no space left" in text or "not enough space" in text
