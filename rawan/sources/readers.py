"""Files to rows: CSV, XLSX and JSON Lines, every cell as text, every row with its number."""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rawan.errors import RawanError, TemporaryError

READABLE = (".csv", ".xlsx", ".jsonl")


@dataclass(frozen=True)
class Row:
    """One row as it came: the sheet (XLSX), the number in the file, and its cells."""

    sheet: str | None
    number: int
    cells: dict[str, str]


def read_rows(path: Path) -> Iterator[Row]:
    """Yield the rows of a file, in order; rows with no cell filled are left out.

    Row numbers count as a person does: the header of a table is row 1, the first line
    of a JSON Lines file is row 1.

    Raises
    ------
    RawanError
        If the file cannot be read; the message names file, row and reason.
    """
    readers = {".csv": _read_csv, ".xlsx": _read_xlsx, ".jsonl": _read_jsonl}
    try:
        for row in readers[path.suffix.lower()](path):
            if any(cell.strip() for cell in row.cells.values()):
                yield row
    except UnicodeDecodeError:
        raise RawanError(
            f"{path}: is not UTF-8 (byte {_first_wrong_byte(path)}). "
            "Save it as 'CSV UTF-8' and drop it again."
        ) from None
    except OSError as error:
        raise TemporaryError(f"{path}: cannot be read ({error.strerror}).") from error


def _read_csv(path: Path) -> Iterator[Row]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        # A spreadsheet set to Bahasa Indonesia writes semicolons, since the comma is decimal.
        first_line = stream.readline()
        delimiter = ";" if first_line.count(";") > first_line.count(",") else ","
        stream.seek(0)
        reader = csv.reader(stream, delimiter=delimiter, strict=True)
        try:
            header = _checked_header(next(reader, []), path, None)
            for number, cells in enumerate(reader, start=2):
                if len(cells) > len(header) and any(cell.strip() for cell in cells[len(header) :]):
                    raise RawanError(
                        f"{path}, row {number}: {len(cells)} cells under {len(header)} columns. "
                        "Quote cells that hold a separator."
                    )
                padded = [*cells, *[""] * (len(header) - len(cells))]
                yield Row(None, number, dict(zip(header, padded, strict=False)))
        except csv.Error as error:
            raise RawanError(
                f"{path}, row {reader.line_num}: is not proper CSV ({error})."
            ) from None


def _read_xlsx(path: Path) -> Iterator[Row]:
    import fastexcel

    path.open("rb").close()  # a file that is gone is told as such, not as a broken workbook
    try:
        workbook = fastexcel.read_excel(path)
        for sheet in workbook.sheet_names:
            table = workbook.load_sheet(
                sheet, header_row=None, skip_rows=0, dtypes="string"
            ).to_polars()
            lines = table.iter_rows()
            first = next(lines, None)
            if first is None:
                continue
            header = _checked_header([cell or "" for cell in first], path, sheet)
            for number, cells in enumerate(lines, start=2):
                if any((cell or "").strip() for cell in cells[len(header) :]):
                    raise RawanError(
                        f"{path}, sheet {sheet!r}, row {number}: a cell is filled under a column "
                        "that has no name in row 1."
                    )
                yield Row(sheet, number, {h: c or "" for h, c in zip(header, cells, strict=False)})
    except fastexcel.FastExcelError as error:
        reason = str(error).splitlines()[0]
        raise RawanError(f"{path}: cannot be read as XLSX ({reason}).") from None


def _read_jsonl(path: Path) -> Iterator[Row]:
    with path.open(encoding="utf-8-sig") as stream:
        for number, line in enumerate(stream, start=1):
            if not line.strip():
                continue
            try:
                content = json.loads(line)
            except (ValueError, RecursionError) as error:
                raise RawanError(f"{path}, row {number}: is not JSON ({error}).") from None
            if "\\ud" in line.lower() and not _is_whole(content):
                raise RawanError(f"{path}, row {number}: holds half of a character (\\ud...).")
            if not isinstance(content, dict):
                raise RawanError(f"{path}, row {number}: must be a JSON object, one a line.")
            yield Row(None, number, {key: _text(value) for key, value in content.items()})


def _checked_header(cells: list[str], path: Path, sheet: str | None) -> list[str]:
    header = [cell.strip() for cell in cells]
    while header and not header[-1]:
        header.pop()
    where = f"{path}, sheet {sheet!r}" if sheet else str(path)
    if not header:
        raise RawanError(f"{where}: is empty. Its first row must name the columns.")
    for column, name in enumerate(header, start=1):
        if not name:
            raise RawanError(f"{where}: column {column} has no name in row 1.")
        if name in header[: column - 1]:
            raise RawanError(f'{where}: the column "{name}" stands twice in row 1.')
    return header


def _is_whole(content: Any) -> bool:
    """Tell whether every character can be written."""
    try:
        json.dumps(content, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def _first_wrong_byte(path: Path) -> int:
    """Return the place of the first byte that is not UTF-8."""
    try:
        path.read_bytes().decode()
    except UnicodeDecodeError as error:
        return error.start
    return 0


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return ";".join(_text(item) for item in value)
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)
