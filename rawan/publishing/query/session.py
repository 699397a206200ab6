"""A read-only session of SQL on one published folder: what its audience may read, and nothing else.

The folder's Parquet files become tables in memory; then the door is shut: no file, no network, no
extension, no setting can be reached from a query. The warehouse is never opened, since it has no
rights of its own. Which folder is asked, and that it is as it was published, is decided here too.
"""

import json
import math
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import duckdb

from rawan.errors import RawanError, UsageError, did_you_mean
from rawan.provenance import file_hash
from rawan.publishing.runs import MANIFEST, folder_of
from rawan.settings import Audience, Settings

MEMORY_MB = 512
SECONDS = 60.0
MOST_ROWS = 1_000_000
_LATEST = "latest"
# An EXPLAIN ANALYZE would carry out what it explains.
_READS = (duckdb.StatementType.SELECT,)
_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "memory_limit": f"{MEMORY_MB}MB",
    "temp_directory": "",  # a query that does not fit into memory fails, and leaves nothing on disk
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_community_extensions": False,
    "allow_persistent_secrets": False,
    # A name in a query must never be taken for a variable of this program.
    "python_enable_replacements": False,
}


@dataclass(frozen=True)
class Answer:
    """The rows of a query; column names are unique."""

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]

    def as_json(self) -> list[dict[str, Any]]:
        """Return one object a row; what is no finite number is null."""
        return [
            {name: _plain(value) for name, value in zip(self.columns, row, strict=True)}
            for row in self.rows
        ]


@dataclass(frozen=True)
class Session:
    """Tables of one published folder, to be asked."""

    connection: duckdb.DuckDBPyConnection
    tables: tuple[str, ...]
    about: str
    seconds: float = SECONDS

    def ask(self, query: str, most_rows: int = MOST_ROWS) -> Answer:
        """Return what one or several statements answer; the last one's rows count.

        Raises
        ------
        RawanError
            If a statement fails, changes anything, takes too long or too much memory, or gives
            too many rows.
        """
        try:
            statements = self.connection.extract_statements(query)
        except duckdb.Error as error:
            raise RawanError(_sentence(error)) from None
        if not statements:
            raise RawanError("There is no query. Such as: SELECT count(*) FROM ranking")
        for statement in statements:
            if statement.type not in _READS:
                raise RawanError(
                    f"{statement.type.name} is refused: this session only reads. Write a SELECT."
                )
        with self._in_time():
            try:
                for statement in statements[:-1]:
                    self.connection.execute(statement).fetchmany(1)
                found = self.connection.execute(statements[-1])
                rows = found.fetchmany(most_rows + 1)
            except duckdb.InterruptException:
                raise RawanError(
                    f"The query took longer than {self.seconds:g} s and was stopped. Ask for less."
                ) from None
            except duckdb.OutOfMemoryException:
                raise RawanError(
                    f"The query needs more than {MEMORY_MB} MB of memory. Ask for less."
                ) from None
            except duckdb.Error as error:
                raise RawanError(_sentence(error)) from None
        if len(rows) > most_rows:
            raise RawanError(f"The query gives more than {most_rows} rows. Ask for less: LIMIT.")
        names = [str(column[0]) for column in found.description or ()]
        return Answer(tuple(_unique(names)), rows)

    def schema(self, table: str) -> Answer:
        """Return the columns of a table and their types.

        Raises
        ------
        RawanError
            If there is no such table; the message names the nearest.
        """
        if table not in self.tables:
            raise RawanError(f'"{table}" is no table.{did_you_mean(table, self.tables)}')
        found = self.connection.execute(
            "SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = ?"
            " ORDER BY column_index",
            [table],
        )
        return Answer(("column", "type"), found.fetchall())

    @contextmanager
    def _in_time(self) -> Iterator[None]:
        timer = threading.Timer(self.seconds, self.connection.interrupt)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()


@contextmanager
def open_session(
    settings: Settings,
    audience: str | None = None,
    run: str | None = None,
    seconds: float = SECONDS,
) -> Iterator[Session]:
    """Open a session on what was published for an audience.

    Parameters
    ----------
    audience : that of the configuration, if left out.
    run : id of a run, or its unique beginning; the latest, if left out.

    Raises
    ------
    UsageError
        If there is no such audience or run.
    RawanError
        If nothing was published for the audience, or a file was changed since.
    """
    folder, about = published_folder(settings, audience, run)
    files = _tables(folder, about)
    connection = duckdb.connect(":memory:", config=_CONFIG)
    try:
        for name, path in files.items():
            table = '"' + name.replace('"', '""') + '"'
            try:
                connection.execute(f"CREATE TABLE {table} AS FROM read_parquet(?)", [str(path)])
            except duckdb.Error as error:
                raise RawanError(f"{path}: cannot be read. {_sentence(error)}") from None
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
        told = (about["region"], about["data_origin"], about["audience"], about["run_id"])
        yield Session(connection, tuple(files), " · ".join(map(str, told)), seconds)
    finally:
        connection.close()


def published_folder(
    settings: Settings, audience: str | None, run: str | None
) -> tuple[Path, dict[str, Any]]:
    """Return the folder that was published for an audience, and its manifest.

    Raises
    ------
    UsageError, RawanError
        As `open_session` does.
    """
    wanted = audience or settings.output.audience
    known: dict[str, Audience] = {name: name for name in get_args(Audience)}
    if wanted not in known:
        raise UsageError(
            f'--audience "{wanted}": there is only {", ".join(get_args(Audience))}.'
            f"{did_you_mean(wanted, get_args(Audience))}"
        )
    out = folder_of(settings, known[wanted])
    way_out = f"Make it with: rawan run --audience {wanted}"
    names = sorted(
        file.parent.name
        for file in out.glob(f"*/{MANIFEST}")
        if file.parent.name != _LATEST and not file.parent.name.startswith(".")
    )
    if not names:
        raise RawanError(f"{out}: nothing was published for {wanted} yet. {way_out}")
    folder = out / (_newest(out, names, way_out) if run in (None, _LATEST) else _named(run, names))
    about = _read(folder / MANIFEST)
    if about.get("audience") != wanted:
        raise RawanError(
            f"{folder}: was made for {about.get('audience') or 'no audience that it names'}, not "
            f"for {wanted}. {way_out}"
        )
    missing = [n for n in ("run_id", "region", "data_origin", "files") if n not in about]
    if missing or not isinstance(about["files"], dict):
        raise RawanError(f"{folder / MANIFEST}: does not tell its files. {way_out}")
    return folder, about


def _newest(out: Path, names: list[str], way_out: str) -> str:
    """Return what `latest.json` names; only a folder beside it can be named."""
    pointer = _read(out / f"{_LATEST}.json")
    named = str(pointer.get("folder") or pointer.get("run_id"))
    if named not in names:
        raise RawanError(f"{out / _LATEST}.json: names {named}, which is not there. {way_out}")
    return named


def _named(run: str | None, names: list[str]) -> str:
    """Return the newest issue of the run that an id, or its beginning, stands for."""
    if run in names and "." in str(run):
        return str(run)
    runs: dict[str, list[str]] = {}
    for name in names:
        runs.setdefault(name.partition(".")[0], []).append(name)
    found = [r for r in runs if run == r] or [r for r in runs if run and r.startswith(run)]
    if len(found) != 1:
        what = "several runs begin like that" if found else "there is no such run"
        listed = ", ".join((found or list(runs))[-10:])
        raise UsageError(f'--run "{run}": {what} ({listed}). Write one of them.')
    return max(runs[found[0]], key=_issue)


def _issue(name: str) -> int:
    number = name.partition(".")[2]
    return int(number) if number.isdecimal() else 1


def _read(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, ValueError, RecursionError) as error:
        raise RawanError(
            f"{path}: cannot be read ({type(error).__name__}). Make it anew with: rawan run"
        ) from None
    if not isinstance(content, dict):
        raise RawanError(f"{path}: is not of the right form. Make it anew with: rawan run")
    return content


def _tables(folder: Path, about: dict[str, Any]) -> dict[str, Path]:
    """Return the folder's Parquet files by the names of their tables, as they were published."""
    found: dict[str, Path] = {}
    for path in sorted(folder.glob("*.parquet")):
        if about["files"].get(path.name) != file_hash(path):
            raise RawanError(
                f"{path}: is not the file that was published. Find out what else was changed with: "
                "rawan verify"
            )
        found[path.stem] = path
    if not found:
        raise RawanError(f"{folder}: holds no Parquet file to ask. Make it anew with: rawan run")
    return found


def _sentence(error: duckdb.Error) -> str:
    """Return what DuckDB says in a sentence, without the query again."""
    said = " ".join(str(error).partition("\nLINE ")[0].split())
    return f"The query failed: {said[:400]}{'' if said.endswith(('.', '!', '?')) else '.'}"


def _unique(names: list[str]) -> list[str]:
    """Return the names with a number where one stands again.

    Examples
    --------
    >>> _unique(["a", "a", "b"])
    ['a', 'a_2', 'b']
    """
    found: list[str] = []
    for name in names:
        unique, number = name, 2
        while unique in found:
            unique, number = f"{name}_{number}", number + 1
        found.append(unique)
    return found


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value
