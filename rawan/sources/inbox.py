"""The door: files of the inbox and of the public record into `raw`, unchanged.

Owns which files are read, that a file comes in whole or not at all, that the same file
twice changes nothing, and where a file goes afterwards (`rawan.sources.shelf`). What a
row means is decided later (`rawan.places.placing`), from `raw` alone.
"""

import hashlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl

from rawan.errors import RawanError, TemporaryError
from rawan.provenance import file_hash, sidecar
from rawan.review.visible import visible
from rawan.settings import Inputs, Settings
from rawan.sources import shelf
from rawan.sources.limits import Guard
from rawan.sources.mapping import GUIDE_SHEETS, LACKING, Mapping, find_mapping, load_mappings
from rawan.sources.readers import READABLE, Damaged, Sheet, read_sheets
from rawan.warehouse import Warehouse

RECORD = "record"
_OF_THE_SYSTEM = ("thumbs.db", "desktop.ini")  # a file manager writes them into any folder
ROW_BITS = 32  # row_id = sheet_id << ROW_BITS | row


def sheet_and_row(row_id: int) -> tuple[int, int]:
    """Return the number of the sheet that a row stands in, and its number there."""
    return row_id >> ROW_BITS, row_id & ((1 << ROW_BITS) - 1)


@dataclass(frozen=True)
class File:
    """A file that came in: its name in the intake, where it lies, and from where it comes."""

    name: str
    path: Path
    origin: str


@dataclass
class Intake:
    """What came in: files read now, known before, and rejected with the reason."""

    loaded: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    rejected: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    rows: int = 0

    def lines(self) -> list[str]:
        """Return what came in as lines for a terminal."""
        counted = f"{len(self.loaded)} new files with {self.rows} rows"
        return [
            f"{counted}, {len(self.unchanged)} known already, {len(self.rejected)} rejected",
            *self.warnings,
            *(f"rejected: {reason}" for reason in self.rejected.values()),
        ]


def find_files(inputs: Inputs) -> tuple[list[File], dict[File, str]]:
    """Return the files to read, and of those that are refused unread the reason.

    Raises
    ------
    RawanError
        If a folder is missing or may not be looked into.
    """
    files: list[File] = []
    refused: dict[File, str] = {}
    folders = [(RECORD, inputs.public_record)] if inputs.use_public_record else []
    for origin, folder in [*folders, ("inbox", inputs.inbox)]:
        if not folder.is_dir():
            raise RawanError(
                f"{folder}: there is no such folder. Make it, or set inputs in the configuration."
            )
        for path in _everything_in(folder):
            if path.name.endswith(shelf.SIDECAR):
                continue
            name = f"{origin}/{shelf.shown(path.relative_to(folder))}"
            file = File(name, path, origin)
            if reason := _refusal(path):
                refused[file] = f"{name}: {reason}"
            else:
                files.append(file)
    return files, refused


def ingest(
    warehouse: Warehouse, settings: Settings, tell: Callable[[str], None] = lambda _: None
) -> Intake:
    """Bring every new file into `raw`, each whole or not at all.

    A file whose name and content are known changes nothing; a new content under a known
    name takes the place of the old one, which stays in `raw`, no longer current. A file of
    the inbox that came in moves to `done/`; one that cannot be read or mapped moves to
    `rejected/`, its reason beside it, and the others go on.

    Raises
    ------
    RawanError
        If a folder or a mapping is wrong, if a file of the public record cannot be read,
        or if nothing ever came in.
    """
    inputs = settings.inputs
    files, refused = find_files(inputs)
    for file, reason in refused.items():
        if file.origin == RECORD:
            raise RawanError(reason)
    stamps = {file: _stamp(file) for file in files}
    intake = ingest_files(warehouse, settings, files, tell)
    intake.rejected |= {file.name: reason for file, reason in refused.items()}
    for file in [*refused, *files]:
        if file.origin == RECORD:
            continue
        if file in stamps and _is_changed(file, stamps[file]):
            intake.warnings.append(
                f"{file.name}: was changed or taken away after it was read; the next run takes "
                "what lies there now"
            )
        elif file.name in intake.rejected:
            shelf.reject(inputs, file.path, intake.rejected[file.name])
        else:
            shelf.keep(inputs, file.path)
    for path in _everything_in(inputs.inbox):
        if path.name.endswith(shelf.SIDECAR):
            shelf.settle(inputs, path)
    _retire_record(warehouse, [file.name for file in files if file.origin == RECORD])
    if not warehouse.value("SELECT count(*) FROM raw.files WHERE is_current"):
        raise RawanError(
            f"{inputs.inbox}: the inbox holds no file that can be read ({_readable()}), nothing "
            "came in before, and no public record is in use. Put a file there, then run again."
            + "".join(f"\n{reason}" for reason in intake.rejected.values())
        )
    return intake


def ingest_files(
    warehouse: Warehouse,
    settings: Settings,
    files: list[File],
    tell: Callable[[str], None] = lambda _: None,
) -> Intake:
    """Bring these files into `raw`, and leave them where they lie (see `ingest`)."""
    mappings = load_mappings(settings.inputs.mappings)
    digests = {mapping.name: mapping.digest for mapping in mappings.values()}
    intake = Intake()
    for file in files:
        try:
            digest = _digest(file, settings)
            if _is_known(warehouse, file, digest, digests):
                _make_current(warehouse, file, digest)
                intake.unchanged.append(file.name)
                continue
            # In this order: a transaction that failed lets nothing be set before it is undone.
            with warehouse.all_cores(), warehouse.transaction():
                rows, warnings = _take_in(warehouse, settings, file, digest, mappings, tell)
        except TemporaryError:
            raise
        except RawanError as error:
            if file.origin == RECORD:
                raise
            intake.rejected[file.name] = str(error).replace(str(file.path), file.name)
            continue
        tell(f"{file.name}: {rows} rows")
        intake.loaded.append(file.name)
        intake.warnings += warnings
        intake.rows += rows
    return intake


def _everything_in(folder: Path) -> Iterator[Path]:
    """Yield what lies in a folder and the folders in it, in order; links are never followed."""
    found: list[Path] = []
    for parent, folders, names in os.walk(folder, onerror=_raise, followlinks=False):
        here = Path(parent)
        kept = [name for name in folders if not name.startswith(".")]
        folders[:] = [
            name
            for name in kept
            if not (here == folder and name in shelf.FOLDERS) and not (here / name).is_symlink()
        ]
        found += [here / name for name in kept if (here / name).is_symlink()]
        # An office program's lock file, and what is still being copied in.
        found += [
            here / name
            for name in names
            if not name.startswith((".", "~$")) and not name.endswith((".part", ".tmp"))
            if name.lower() not in _OF_THE_SYSTEM
        ]
    return iter(sorted(found))


def _raise(error: OSError) -> None:
    raise TemporaryError(f"{error.filename}: cannot be looked into ({error.strerror}).") from error


def _refusal(path: Path) -> str | None:
    """Return why a path is not even opened, or None."""
    if shelf.shown(path) != path.as_posix():
        return "its name holds characters that cannot be shown. Rename it."
    if path.is_symlink():
        return "is a link. Put the file itself into the inbox."
    if not path.is_file():
        return "is no file but a device or a pipe."
    if path.suffix.lower() not in READABLE:
        return f"is not of a form that can be read ({_readable()}). Save it as one of these."
    return None


def _readable() -> str:
    return ", ".join(suffix[1:].upper() for suffix in READABLE)


def _digest(file: File, settings: Settings) -> str:
    try:
        Guard(file.path, settings.limits).check_size()  # before gigabytes are hashed
        return file_hash(file.path)
    except OSError as error:
        raise TemporaryError(f"{file.name}: cannot be read ({error.strerror}).") from error


def _is_known(warehouse: Warehouse, file: File, digest: str, mappings: dict[str, str]) -> bool:
    """Tell whether this content came in under this name, by mappings that have not changed."""
    sheets = warehouse.rows(
        "SELECT mapping, mapping_digest FROM raw.files JOIN raw.sheets USING (file, file_hash)"
        " WHERE file = ? AND file_hash = ?",
        [file.name, digest],
    )
    return bool(sheets) and all(mappings.get(name) == content for name, content in sheets)


def _take_in(
    warehouse: Warehouse,
    settings: Settings,
    file: File,
    digest: str,
    mappings: dict[str, Mapping],
    tell: Callable[[str], None],
) -> tuple[int, list[str]]:
    """Store a file with its sheets; return the count of its rows, and what is worth a word."""
    before = _stamp(file)
    now = datetime.now(UTC).replace(tzinfo=None)
    obtained_on = _obtained_on(warehouse, file, digest) or now.date()
    _forget_content(warehouse, file, digest)
    warehouse.execute(
        "INSERT INTO raw.files VALUES (?, ?, ?, ?, ?, true)",
        [file.name, digest, file.origin, obtained_on, now],
    )
    rows, warnings, mistakes, sheets = 0, [], [], 0
    for sheet in read_sheets(file.path, settings.limits):
        where = f"{file.name}, sheet {sheet.name!r}" if sheet.name else file.name
        if sheet.name is not None and sheet.name.strip().casefold() in GUIDE_SHEETS:
            continue
        if not sheet.columns:  # a cover text, a hidden sheet
            warnings += [f"{where}: {damaged.reason}" for damaged in sheet.damaged]
            continue
        try:
            choice = find_mapping(file.name, sheet.name, sheet.columns, mappings)
        except RawanError as error:
            mistakes.append(visible(str(error)))
            continue
        if choice is None:  # a sheet of help in one of the project's own forms
            continue
        errors, doubts = choice.mapping.check_columns(sheet.columns)
        warnings += [visible(choice.told)] if choice.told else []
        warnings += [f"{where}: {visible(d)}" for d in doubts if not d.startswith(LACKING)]
        mistakes += [f"{where}: {visible(mistake)}" for mistake in errors]
        if mistakes:
            continue
        count, more = _store(warehouse, file, digest, sheet, choice.mapping, tell)
        warnings += [f"{where}: {warning}" for warning in more]
        rows += count
        sheets += 1
    if mistakes:
        raise RawanError("\n".join(mistakes))
    if not sheets:
        raise RawanError(f"{file.name}: holds no table.")
    if _stamp(file) != before:
        raise TemporaryError(f"{file.name}: is still being written.")
    _make_current(warehouse, file, digest)
    return rows, warnings


def _obtained_on(warehouse: Warehouse, file: File, digest: str) -> date | None:
    """Return the day that the sidecar gives or, of a content that came in before, its first day."""
    beside = file.path.with_name(file.path.name + shelf.SIDECAR)
    is_there = os.path.lexists(beside)
    if is_there and (beside.is_symlink() or not beside.is_file()):
        raise RawanError(f"{file.name}{shelf.SIDECAR}: is no file but a link, a folder or a pipe.")
    try:
        said = sidecar(file.path).get("obtained_on") if is_there else None
    except RecursionError as error:
        raise RawanError(f"{file.name}{shelf.SIDECAR}: is nested too deeply.") from error
    except OSError as error:
        told = f"{file.name}{shelf.SIDECAR}: cannot be read ({error.strerror})."
        raise TemporaryError(told) from error
    if isinstance(said, date):
        return said
    first = "SELECT min(obtained_on) FROM raw.files WHERE file = ? AND file_hash = ?"
    found = warehouse.value(first, [file.name, digest])
    return found if isinstance(found, date) else None


def _stamp(file: File) -> tuple[int, int, int]:
    try:
        seen = file.path.stat()
    except OSError as error:
        raise TemporaryError(f"{file.name}: cannot be read ({error.strerror}).") from error
    return seen.st_size, seen.st_mtime_ns, seen.st_ino


def _is_changed(file: File, stamp: tuple[int, int, int]) -> bool:
    return not file.path.exists() or _stamp(file) != stamp


def _store(
    warehouse: Warehouse,
    file: File,
    digest: str,
    sheet: Sheet,
    mapping: Mapping,
    tell: Callable[[str], None],
) -> tuple[int, list[str]]:
    """Store a sheet batch by batch: what does not fit into memory at once still comes in."""
    sheet_id = _sheet_id(warehouse, file.name, digest, sheet.name)
    table = f"raw.{mapping.kind}"
    excluded: set[str] = set()

    def selected() -> Iterator[pl.DataFrame]:
        for batch in sheet.batches:
            rows = mapping.select(batch, sheet.columns)
            excluded.update(rows["excluded"].drop_nulls().unique())
            yield rows.with_columns(*_ids(sheet_id))
            tell(f"{file.name}: {int(batch['row'][-1])} rows read")

    warehouse.stream(table, selected())
    if sheet.damaged:
        warehouse.append("raw.damaged", _damaged(sheet.damaged).with_columns(*_ids(sheet_id)))
    warehouse.execute(
        f'DELETE FROM {table} WHERE sheet_id = ? AND "row" IN (SELECT "row" FROM raw.forgotten'
        " WHERE file_hash = ? AND sheet IS NOT DISTINCT FROM ?)",
        [sheet_id, digest, sheet.name],
    )
    count = warehouse.value(f"SELECT count(*) FROM {table} WHERE sheet_id = ?", [sheet_id])
    count += len(sheet.damaged)
    warehouse.execute(
        "INSERT INTO raw.sheets VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            *(sheet_id, file.name, digest, sheet.name, mapping.kind),
            *(mapping.name, mapping.digest, count),
        ],
    )
    return count, mapping.unused_exclusions(excluded)


def _ids(sheet_id: int) -> list[pl.Expr]:
    return [
        pl.lit(sheet_id, dtype=pl.Int64).alias("sheet_id"),
        (pl.lit(sheet_id << ROW_BITS, dtype=pl.Int64) + pl.col("row")).alias("row_id"),
    ]


def _damaged(rows: list[Damaged]) -> pl.DataFrame:
    schema = {"row": pl.Int64, "reason": pl.String}
    return pl.DataFrame([(d.row, d.reason) for d in rows], schema=schema, orient="row")


def _sheet_id(warehouse: Warehouse, name: str, digest: str, sheet: str | None) -> int:
    """Return the number of a sheet: from its content, so that it is the same on every machine."""
    key = hashlib.sha256(f"{name}\n{digest}\n{sheet or ''}".encode()).digest()
    number = int.from_bytes(key[:4], "big") >> 1
    taken = {found for (found,) in warehouse.rows("SELECT sheet_id FROM raw.sheets")}
    while number in taken:
        number = (number + 1) % 2**31
    return number


def _forget_content(warehouse: Warehouse, file: File, digest: str) -> None:
    """Remove a content that came in by a mapping that has changed since: it is read anew."""
    ids = [
        (number, kind)
        for number, kind in warehouse.rows(
            "SELECT sheet_id, kind FROM raw.sheets WHERE file = ? AND file_hash = ?",
            [file.name, digest],
        )
    ]
    for number, kind in ids:
        warehouse.execute(f"DELETE FROM raw.{kind} WHERE sheet_id = ?", [number])
        warehouse.execute("DELETE FROM raw.damaged WHERE sheet_id = ?", [number])
    for table in ("sheets", "files"):
        warehouse.execute(
            f"DELETE FROM raw.{table} WHERE file = ? AND file_hash = ?", [file.name, digest]
        )


def _make_current(warehouse: Warehouse, file: File, digest: str) -> None:
    """Let this content count, and no other of the same name."""
    warehouse.execute(
        "UPDATE raw.files SET is_current = (file_hash = ?)"
        " WHERE file = ? AND is_current <> (file_hash = ?)",
        [digest, file.name, digest],
    )


def _retire_record(warehouse: Warehouse, present: list[str]) -> None:
    """Let the public record count only while it is in use and its files are there."""
    warehouse.execute(
        "UPDATE raw.files SET is_current = false"
        " WHERE is_current AND origin = ? AND NOT list_contains(?, file)",
        [RECORD, present],
    )
