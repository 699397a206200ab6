"""The door: files of the inbox and of the public record into `raw`, unchanged.

Owns which files are read and that the same file twice changes nothing. What a row
means is decided later (`rawan.places.placing`), from `raw` alone.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from rawan.errors import RawanError, TemporaryError
from rawan.provenance import file_hash, sidecar
from rawan.settings import Inputs
from rawan.sources.mapping import Mapping, find_mapping, load_mappings
from rawan.sources.readers import READABLE, Row, read_rows
from rawan.warehouse import Warehouse

RECORD = "record"


@dataclass(frozen=True)
class File:
    """A file that came in: its name in the intake, where it lies, and from where it comes."""

    name: str
    path: Path
    origin: str


@dataclass(frozen=True)
class Intake:
    """What came in: names of the files read now, of those known before, and of those skipped."""

    loaded: list[str]
    unchanged: list[str]
    skipped: list[str]
    rows: int

    def lines(self) -> list[str]:
        """Return what came in as lines for a terminal."""
        new, known = len(self.loaded), len(self.unchanged)
        return [f"{new} new files with {self.rows} rows, {known} known already"] + [
            f"not read: {name} (not {', '.join(suffix[1:].upper() for suffix in READABLE)})"
            for name in self.skipped
        ]


def find_files(inputs: Inputs) -> tuple[list[File], list[str]]:
    """Return the files to read, and the names of those that cannot be read at all.

    Raises
    ------
    RawanError
        If a folder is missing, or there is nothing to read.
    """
    files: list[File] = []
    skipped: list[str] = []
    folders = [(RECORD, inputs.public_record)] if inputs.use_public_record else []
    for origin, folder in [*folders, ("inbox", inputs.inbox)]:
        if not folder.is_dir():
            raise RawanError(
                f"{folder}: there is no such folder. Make it, or set inputs in the configuration."
            )
        for path in sorted(folder.rglob("*")):
            name = f"{origin}/{path.relative_to(folder).as_posix()}"
            is_hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
            if is_hidden or path.is_symlink() or not path.is_file() or path.name[:2] == "~$":
                continue
            if path.suffix.lower() in READABLE:
                files.append(File(name, path, origin))
            elif not path.name.endswith(".meta.toml"):
                skipped.append(name)
    if not files:
        raise RawanError(
            f"{inputs.inbox}: the inbox holds no file that can be read "
            f"({', '.join(suffix[1:].upper() for suffix in READABLE)}), and no public record is "
            "in use. Put a file there, then run again."
        )
    return files, skipped


def ingest(
    warehouse: Warehouse, inputs: Inputs, tell: Callable[[str], None] = lambda _: None
) -> Intake:
    """Bring every new file into `raw`, all of them or none.

    A file whose name and content are known changes nothing; a new content under a known
    name takes the place of the old one, which stays in `raw`, no longer current.

    Raises
    ------
    RawanError
        If any file cannot be read or mapped; the message lists every mistake.
    """
    files, skipped = find_files(inputs)
    intake = ingest_files(warehouse, inputs, files, tell)
    return replace(intake, skipped=skipped)


def ingest_files(
    warehouse: Warehouse,
    inputs: Inputs,
    files: list[File],
    tell: Callable[[str], None] = lambda _: None,
) -> Intake:
    """Bring these files into `raw`, all of them or none (see `ingest`)."""
    mappings = load_mappings(inputs.mappings)
    known = set(warehouse.rows("SELECT file, file_hash FROM raw.files"))
    loaded: list[str] = []
    current: list[tuple[str, str]] = []
    mistakes: list[str] = []
    total = 0
    with warehouse.transaction():
        for file in files:
            digest = _digest(file)
            current.append((file.name, digest))
            if (file.name, digest) in known:
                continue
            try:
                mapping = find_mapping(file.name, mappings)
                rows = _checked(file, mapping)
            except TemporaryError:
                raise
            except RawanError as error:
                mistakes.append(str(error))
                continue
            tell(f"{file.name}: {len(rows)} rows")
            _store(warehouse, file, digest, mapping, rows)
            loaded.append(file.name)
            total += len(rows)
        if mistakes:
            raise RawanError("\n".join(mistakes))
        _mark_current(warehouse, current, inputs.use_public_record)
    unchanged = [file.name for file in files if file.name not in loaded]
    return Intake(loaded, unchanged, [], total)


def _digest(file: File) -> str:
    try:
        return file_hash(file.path)
    except OSError as error:
        raise TemporaryError(f"{file.name}: cannot be read ({error.strerror}).") from error


def _checked(file: File, mapping: Mapping) -> list[Row]:
    """Return a file's rows, without the columns that are dropped at the door."""
    rows: list[Row] = []
    checked: set[frozenset[str]] = set()
    mistakes: list[str] = []
    for row in read_rows(file.path):
        header = frozenset(row.cells)
        if header not in checked and file.path.suffix.lower() != ".jsonl":
            where = f"{file.name}, sheet {row.sheet!r}" if row.sheet else file.name
            mistakes += [f"{where}: {mistake}" for mistake in mapping.check_columns(set(header))]
        elif header not in checked:
            # A line of JSON may leave out what it does not know: only strange keys are wrong.
            strange = set(header) | set(mapping.columns.values())
            mistakes += [
                f"{file.name}, row {row.number}: {mistake}"
                for mistake in mapping.check_columns(strange)
            ]
        checked.add(header)
        cells = {name: text for name, text in row.cells.items() if name not in mapping.drop}
        rows.append(Row(row.sheet, row.number, cells))
    if mistakes:
        raise RawanError("\n".join(mistakes))
    return rows


def _store(
    warehouse: Warehouse, file: File, digest: str, mapping: Mapping, rows: list[Row]
) -> None:
    now = datetime.now(UTC).replace(tzinfo=None)
    frame = pl.DataFrame(
        {
            "row_id": [_row_id(file.name, digest, row) for row in rows],
            "file": file.name,
            "file_hash": digest,
            "sheet": pl.Series([row.sheet for row in rows], dtype=pl.String),
            "row": pl.Series([row.number for row in rows], dtype=pl.Int64),
            "cells": [json.dumps(row.cells, ensure_ascii=False) for row in rows],
            "loaded_at": now,
        }
    )
    if rows:
        warehouse.append("raw.rows", frame)
    warehouse.execute(
        "INSERT INTO raw.files VALUES (?, ?, ?, ?, ?, ?, ?, ?, true)",
        [
            file.name,
            digest,
            mapping.kind,
            mapping.name,
            file.origin,
            len(rows),
            sidecar(file.path).get("obtained_on", now.date()),
            now,
        ],
    )


def _row_id(name: str, digest: str, row: Row) -> str:
    key = f"{name}\n{digest}\n{row.sheet or ''}\n{row.number}"
    return hashlib.sha256(key.encode()).hexdigest()[:16]


def _mark_current(
    warehouse: Warehouse, current: list[tuple[str, str]], use_public_record: bool
) -> None:
    """Mark which contents count: the newest of each name; a record only while it is in use.

    A file that was moved out of the inbox after it came in still counts.
    """
    for name, digest in current:
        warehouse.execute(
            "UPDATE raw.files SET is_current = (file_hash = ?) WHERE file = ?", [digest, name]
        )
    present = [name for name, _ in current] if use_public_record else []
    warehouse.execute(
        "UPDATE raw.files SET is_current = false WHERE origin = ? AND NOT list_contains(?, file)",
        [RECORD, present],
    )
