"""Files to sheets: the front door of everything that is a table.

Owns which reader takes a file, and what a reader may let out: sheets, or a `RawanError`. What
a file is called says what it should be; what it begins with says what it is. A workbook or a
Parquet file is read as one whatever it is called, and delimited text that calls itself a
workbook is read as text, since web portals hand out such files; a web page is refused.
To add a format, add its reader to `READERS`.
"""

import codecs
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import Event
from typing import BinaryIO

import polars as pl

from rawan.errors import RawanError, TemporaryError
from rawan.settings import Limits
from rawan.sources.archive import check_archive
from rawan.sources.delimited import read_delimited
from rawan.sources.documents import read_document
from rawan.sources.json_rows import read_json, read_json_lines
from rawan.sources.limits import MEGABYTE, Guard
from rawan.sources.parquet_rows import read_parquet
from rawan.sources.sheet import Damaged, Sheet
from rawan.sources.workbooks import read_workbook

__all__ = ["READABLE", "Damaged", "Sheet", "read_sheets"]

Reader = Callable[[Guard], Iterator[Sheet]]

LOOKED_AT = 4096
OLE = bytes.fromhex("d0cf11e0a1b11ae1")  # the container of XLS, and of protected XLSX
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
PAGE = (b"<!doctype", b"<html", b"<head", b"<body", b"<table", b"<meta", b"<?xml", b"<script")
PARTS = {"xl/workbook.xml": "xlsx", "content.xml": "ods"}
OTHER_PARTS = {
    "xl/workbook.bin": "an XLSB workbook, which is not read. Save it as XLSX",
    "word/document.xml": "a text document (DOCX), not a table. Give it the ending .docx",
}
AS_XLSX = "Open it with a spreadsheet, save it as XLSX, and drop it again."


def read_sheets(path: Path, limits: Limits) -> Iterator[Sheet]:
    """Yield the sheets of a file that holds tables, in their order.

    Read a sheet's batches before the next sheet is asked for. A sheet without columns is no
    table; its `damaged` says why. A RawanError may also come from the batches: what was read
    of the file until then must not count.

    Raises
    ------
    TemporaryError
        If the file is gone or may not be read.
    RawanError
        If the file cannot be read as it is; the message names file, sheet, row and reason.
    """
    guard = Guard(path, limits)
    try:
        for sheet in _reader(guard)(guard):
            passed = Event()
            yield replace(sheet, batches=_told(sheet.batches, passed, guard))
            passed.set()
    except OSError as error:
        raise _unreadable(guard, error) from error


def _told(batches: Iterator[pl.DataFrame], passed: Event, guard: Guard) -> Iterator[pl.DataFrame]:
    """Yield the batches of a sheet, unless the next sheet was asked for: then they are gone."""
    if passed.is_set():
        raise RuntimeError(f"{guard.path}: a sheet must be read before the next is asked for")
    try:
        yield from batches
    except OSError as error:
        raise _unreadable(guard, error) from error


def _unreadable(guard: Guard, error: OSError) -> TemporaryError:
    return TemporaryError(f"{guard.path}: cannot be read ({error.strerror or error}).")


def _reader(guard: Guard) -> Reader:
    """Return the reader for a file, by its first bytes, else by its name."""
    path = guard.path
    if path.suffix.lower() in DOCUMENTS and path.is_file():
        guard.check_size()
        return _read_document
    if path.exists() and not path.is_file():
        raise RawanError(f"{path}: is a folder or a device, not a file. Drop the file itself.")
    guard.check_size()
    with path.open("rb") as stream:
        head = stream.read(LOOKED_AT)
        if head.startswith(OLE):
            return partial(read_workbook, form=_form_of_container(stream, guard))
    if head.startswith(b"PK\x03\x04"):
        return partial(read_workbook, form=_form_of_archive(guard))
    if head.startswith((b"PAR1", b"PARE")):
        return read_parquet
    start = head.removeprefix(codecs.BOM_UTF8).lstrip().lower()
    if start.startswith(PAGE):
        raise RawanError(
            f"{path}: is a web page or XML that only has the name of a table. {AS_XLSX}"
        )
    try:
        return READERS[path.suffix.lower()]
    except KeyError:
        raise RawanError(
            f"{path}: is not a kind of file that can be read. Known: {', '.join(READERS)}."
        ) from None


def _form_of_container(stream: BinaryIO, guard: Guard) -> str:
    """Return the form of a workbook in an OLE container, unless it is protected."""
    stream.seek(0)
    carry = b""
    while piece := stream.read(MEGABYTE):
        if ENCRYPTED in carry + piece:
            raise RawanError(
                f"{guard.path}: is protected by a password. Remove it and drop it again."
            )
        carry = piece[-len(ENCRYPTED) :]
    return "xls"


def _form_of_archive(guard: Guard) -> str:
    """Return the form of a workbook in an archive, which is checked on the way."""
    names = check_archive(guard)
    for part, form in PARTS.items():
        if part in names:
            return form
    for part, what in OTHER_PARTS.items():
        if part in names:
            raise RawanError(f"{guard.path}: is {what} and drop it again.")
    raise RawanError(f"{guard.path}: is an archive that holds no workbook. {AS_XLSX}")


def _read_false_workbook(guard: Guard) -> Iterator[Sheet]:
    """Read what is called a workbook and does not begin as one: as text, if it is text."""
    try:
        yield from read_delimited(guard)
    except RawanError as error:
        reason = str(error).removeprefix(f"{guard.where()}: ")
        form = guard.path.suffix[1:].upper()
        raise RawanError(f"{guard.path}: is no {form}; read as text it {reason}") from None


def _read_document(guard: Guard) -> Iterator[Sheet]:
    return read_document(guard.path, guard.limits)


# Texts that are reports, not tables.
DOCUMENTS = (".docx", ".pdf", ".txt")

READERS: dict[str, Reader] = {
    ".csv": read_delimited,
    ".tsv": read_delimited,
    ".json": read_json,
    ".jsonl": read_json_lines,
    ".ndjson": read_json_lines,
    ".parquet": read_parquet,
    ".xlsx": _read_false_workbook,
    ".xlsm": _read_false_workbook,
    ".xls": _read_false_workbook,
    ".ods": _read_false_workbook,
    **dict.fromkeys(DOCUMENTS, _read_document),
}
READABLE = tuple(READERS)
"""Endings of the files that can be read, in small letters."""
