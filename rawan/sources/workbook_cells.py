"""The cells of a workbook, written to standard output: a process of its own.

Run by `rawan.sources.workbooks`, which says why. Owns what a cell looks like as text. Imports
nothing of the project, so that it starts at once and can break without harm.

Output is one JSON value a line: `["sheet", name, state, height, width, merged]`, then for a
visible sheet `["rows", index of the first, rows]` as often as needed; at last `["end"]`, or
`["error", kind, reason]`. State is "visible", "hidden" or "other" (charts, macros, lists that
can only be seen by a program). Indices count from 0, `merged` is a list of
`[first row, first column, last row, last column]`.
"""

import datetime as dt
import json
import re
import sys
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import IO, Any
from xml.etree import ElementTree

import python_calamine as calamine

Errors = dict[int, dict[int, str]]  # row, column, text of an error cell
Merged = list[list[int]]

ROWS_AT_ONCE = 2000
MEGABYTE = 1024 * 1024

_ERROR_CELL = re.compile(
    rb"<(?:\w+:)?c\b([^>]*\bt\s*=\s*[\"']e[\"'][^>]*)>(.{0,9000}?)</(?:\w+:)?c>", re.DOTALL
)
_REFERENCE = re.compile(rb"\br\s*=\s*[\"']([A-Z]{1,3})([0-9]{1,7})[\"']")
_LASTING = re.compile(r"PT([0-9]{1,6})H([0-9]{2})M([0-9]{2})(?:[.,][0-9]+)?S$")  # time in ODS
_VALUE = re.compile(rb"<(?:\w+:)?v>(#[A-Z0-9/?!]{2,12})</")


def limit_memory(megabytes: int) -> None:
    """Let this process end, and no other, if a workbook takes more; not on Windows."""
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if sys.platform != "darwin":  # where the system does not keep to it
            most = megabytes * MEGABYTE
            resource.setrlimit(resource.RLIMIT_AS, (most, most))


def text_of(value: Any) -> str:
    """Return the value of a cell as text; "" if it is empty.

    Examples
    --------
    >>> [text_of(value) for value in (5120.0, 0.25, 1e22, True, " x ")]
    ['5120', '0.25', '10000000000000000000000', 'true', ' x ']
    >>> text_of(dt.datetime(2024, 11, 20)), text_of(dt.datetime(2024, 11, 20, 13, 45))
    ('2024-11-20', '2024-11-20 13:45:00')
    """
    if isinstance(value, str):
        lasting = _LASTING.match(value) if value.startswith("PT") else None
        return f"{int(lasting[1]):02}:{lasting[2]}:{lasting[3]}" if lasting else value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        text = repr(value)
        if "e" in text:
            text = format(Decimal(text), "f")
        return text.removesuffix(".0")
    if isinstance(value, dt.datetime):
        day = value + dt.timedelta(microseconds=500_000 if value.microsecond else 0)
        day = day.replace(microsecond=0)
        return str(day.date()) if day.time() == dt.time() else str(day)
    if isinstance(value, dt.timedelta):
        seconds = round(value.total_seconds())
        sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
        return f"{sign}{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return str(value)


def errors_of_xlsx(path: Path, sheet: str) -> Errors:
    """Return the error cells (#REF!) of a sheet of an XLSX workbook.

    The library gives them as empty, and what is wrong must not look like what is missing.
    """
    with zipfile.ZipFile(path) as archive:
        part = _part_of(archive, sheet)
        if part is None:
            return {}
        found: Errors = {}
        carry = b""
        with archive.open(part) as stream:
            while piece := stream.read(MEGABYTE):
                piece = carry + piece
                if b'"e"' in piece or b"'e'" in piece:
                    for cell in _ERROR_CELL.finditer(piece):
                        place, value = _REFERENCE.search(cell[1]), _VALUE.search(cell[2])
                        if place and value:
                            column = _column(place[1].decode())
                            found.setdefault(int(place[2]) - 1, {})[column] = value[1].decode()
                carry = piece[-10_000:]
    return found


def extras_of_ods(path: Path) -> dict[str, tuple[Merged, Errors]]:
    """Return what the library does not tell of ODS: each sheet's merged ranges and error cells."""
    with zipfile.ZipFile(path) as archive:
        with archive.open("content.xml") as stream:
            carry, is_plain = b"", True
            while is_plain and (piece := stream.read(MEGABYTE)):
                seen = carry + piece
                is_plain = b"-spanned=" not in seen and b'="error"' not in seen
                carry = piece[-20:]
        if is_plain:
            return {}
        with archive.open("content.xml") as stream:
            return _read_extras(stream)


def _read_extras(stream: IO[bytes]) -> dict[str, tuple[Merged, Errors]]:
    found: dict[str, tuple[Merged, Errors]] = {}
    merged: Merged = []
    errors: Errors = {}
    row = column = 0
    for event, element in ElementTree.iterparse(stream, ("start", "end")):  # noqa: S314
        name = element.tag.rpartition("}")[2]
        if event == "start":
            if name == "table":
                merged, errors = found.setdefault(_attribute(element, "name"), ([], {}))
                row = 0
            elif name == "table-row":
                column = 0
            continue
        if name in ("table-cell", "covered-table-cell"):
            down, right = (
                _number(element, f"number-{what}-spanned") for what in ("rows", "columns")
            )
            if down > 1 or right > 1:
                merged.append([row, column, row + down - 1, column + right - 1])
            if any(v == "error" for k, v in element.attrib.items() if k.endswith("value-type")):
                errors.setdefault(row, {})[column] = "".join(element.itertext()).strip()
            column += _number(element, "number-columns-repeated")
        elif name == "table-row":
            row += _number(element, "number-rows-repeated")
            element.clear()
    return found


def _attribute(element: ElementTree.Element, name: str) -> str:
    return next((v for k, v in element.attrib.items() if k.endswith("}" + name)), "")


def _number(element: ElementTree.Element, name: str) -> int:
    text = _attribute(element, name)
    return int(text) if text.isdecimal() and len(text) < 10 else 1


def _part_of(archive: zipfile.ZipFile, sheet: str) -> str | None:
    """Return the name of the part that holds a sheet."""
    # Entities that multiply are bounded by Python's expat, memory by this process.
    book = ElementTree.fromstring(archive.read("xl/workbook.xml"))  # noqa: S314
    links = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))  # noqa: S314
    targets = {link.get("Id"): link.get("Target", "") for link in links}
    for entry in book.iter():
        if entry.tag.endswith("}sheet") and entry.get("name") == sheet:
            link = next((v for k, v in entry.attrib.items() if k.endswith("}id")), None)
            target = targets.get(link, "")
            part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            return part if part in archive.NameToInfo else None
    return None


def _column(letters: str) -> int:
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - ord("A") + 1
    return column - 1


def write(*message: Any) -> None:
    """Write one message."""
    sys.stdout.write(json.dumps(message, ensure_ascii=False, separators=(",", ":")) + "\n")


def write_sheets(path: Path, form: str) -> None:
    """Write every sheet of a workbook."""
    extras = extras_of_ods(path) if form == "ods" else {}
    with path.open("rb") as stream, _opened(path, stream, form) as workbook:
        for index, about in enumerate(workbook.sheets_metadata):
            is_table = about.typ == calamine.SheetTypeEnum.WorkSheet
            if not is_table or about.visible == calamine.SheetVisibleEnum.VeryHidden:
                write("sheet", about.name, "other", 0, 0, [])
                continue
            sheet = workbook.get_sheet_by_index(index)
            state = "visible" if about.visible == calamine.SheetVisibleEnum.Visible else "hidden"
            if sheet.start is None or sheet.end is None:
                write("sheet", about.name, state, 0, 0, [])
                continue
            merged, errors = extras.get(about.name, ([], {}))
            merged = merged or [[*first, *last] for first, last in sheet.merged_cell_ranges or []]
            last_row, last_column = sheet.end
            write("sheet", about.name, state, last_row + 1, last_column + 1, merged)
            if state == "visible":
                errors = errors_of_xlsx(path, about.name) if form == "xlsx" else errors
                write_rows(sheet, sheet.start[1], errors)


def _opened(path: Path, stream: IO[bytes], form: str) -> calamine.CalamineWorkbook:
    """Open a workbook by its ending if that is right, since then the library tells more."""
    if path.suffix.lower()[1:] in {"xlsx": ("xlsx", "xlsm")}.get(form, (form,)):
        return calamine.CalamineWorkbook.from_path(path)
    return calamine.CalamineWorkbook.from_filelike(stream)


def write_rows(sheet: calamine.CalamineSheet, left: int, errors: dict[int, dict[int, str]]) -> None:
    """Write the rows of a sheet whose first filled column is `left`."""
    margin = [""] * left  # the library leaves it out, unlike the rows above the first
    first = 0
    rows: list[list[str]] = []
    for cells in sheet.iter_rows():
        texts = [*margin, *map(text_of, cells)]
        for column, text in errors.get(first + len(rows), {}).items():
            texts += [""] * (column + 1 - len(texts))
            texts[column] = text
        rows.append(texts)
        if len(rows) == ROWS_AT_ONCE:
            write("rows", first, rows)
            first, rows = first + len(rows), []
    write("rows", first, rows)


def main(path: str, form: str, megabytes: str) -> None:
    """Write the workbook at `path`, of form "xlsx", "xls" or "ods", within so much memory."""
    sys.stdout.reconfigure(encoding="utf-8", newline="\n")  # type: ignore[union-attr]
    limit_memory(int(megabytes))
    try:
        write_sheets(Path(path), form)
    except MemoryError:
        write("error", "memory", "")
    except calamine.PasswordError as error:
        write("error", "password", str(error))
    except calamine.WorksheetNotFound as error:
        write("error", "broken", f"the sheet {str(error)!r} is named and not there")
    except Exception as error:
        write("error", "broken", f"{error}")
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # how the library's Rust breaks
            raise
        write("error", "broken", f"{error}")
    else:
        write("end")


if __name__ == "__main__":
    main(*sys.argv[1:])
