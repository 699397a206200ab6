"""How a table becomes a sheet: heads, filters, formats, print set-up, and texts that cannot act.

Owns the file format and what is legal in it. What the sheets say is `workbook_rows.py`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from math import ceil
from pathlib import Path
from typing import Any, Literal

import xlsxwriter

from rawan.publishing.paper.edition_words import Marks
from rawan.publishing.paper.plain_text import cut, shown
from rawan.publishing.texts import text
from rawan.settings import Language

Kind = Literal["text", "wrap", "whole", "signed", "share", "number", "effect", "date"]
Cell = str | int | float | bool | date | None

LONGEST_CELL = 32_767  # UTF-16 units: what a spreadsheet takes
LONGEST_TITLE = 31
LONGEST_HEADER = 255
ROWS_A_SHEET = 1_048_576
LINE_HEIGHT = 15.0  # points
MOST_LINES = 20  # what a row may be high; the cell holds the rest
ABOVE = 2  # the line of marks and the heads
_ILLEGAL_IN_TITLE = re.compile(r"[\[\]:*?/\\]")
_A4 = 9
_FORMATS: dict[Kind, dict[str, Any]] = {
    "text": {"num_format": "@", "valign": "top", "align": "left", "indent": 1},
    "wrap": {"num_format": "@", "valign": "top", "align": "left", "indent": 1, "text_wrap": True},
    "whole": {"num_format": "0", "valign": "top"},
    "signed": {"num_format": "+0;-0;0", "valign": "top"},
    "share": {"num_format": "0.0%", "valign": "top"},
    "number": {"num_format": "0.0", "valign": "top"},
    "effect": {"num_format": "+0.000;-0.000;0.000", "valign": "top"},
    "date": {"num_format": "yyyy-mm-dd", "valign": "top", "align": "left"},
}


@dataclass(frozen=True)
class Column:
    """A column of a sheet: its head, how its values are written, and its width in characters."""

    head: str
    kind: Kind
    width: float


@dataclass(frozen=True)
class Table:
    """The rows of a sheet.

    Attributes
    ----------
    note : said in the line of marks, before them.
    heads : numbers of rows that head a group, written bold; the rest stand one level below.
    empty : said in the place of rows where there are none.
    printed : columns that are printed, from the left; all of them if None.
    """

    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    note: str = ""
    heads: frozenset[int] = field(default_factory=frozenset)
    empty: str = ""
    printed: int | None = None

    @property
    def width(self) -> int:
        """Return the number of columns that are printed."""
        return len(self.columns) if self.printed is None else self.printed


class Book:
    """A workbook that is being written; closed at the end of its `with`."""

    def __init__(self, path: Path, said: Marks, made_on: datetime, lang: Language) -> None:
        options = {
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        }
        self._book = xlsxwriter.Workbook(str(path), options)
        self._marks, self._lang = said, lang
        # When the run was made, not when it is written: the same edition gives the same bytes.
        title = shown(said.region)
        self._book.set_properties({"created": made_on, "title": cut(title, LONGEST_HEADER)})
        self._plain = {kind: self._book.add_format(how) for kind, how in _FORMATS.items()}
        self._bold = {
            kind: self._book.add_format({**how, "bold": True, "bg_color": "#F2F4F7"})
            for kind, how in _FORMATS.items()
        }
        self._head = self._book.add_format(
            {"bold": True, "text_wrap": True, "bg_color": "#DDE3EA", "valign": "top", "bottom": 1}
        )
        self._mark = self._book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        self._titles: set[str] = set()

    def __enter__(self) -> "Book":
        return self

    def __exit__(self, *_: object) -> None:
        self._book.close()

    def add(self, title: str, table: Table) -> None:
        """Write a table as a sheet, or as several where it has more rows than one can hold."""
        room = ROWS_A_SHEET - ABOVE
        for start in range(0, max(len(table.rows), 1), room):
            sheet = self._book.add_worksheet(self._free_title(title))
            rows = table.rows[start : start + room]
            self._heads(sheet, table)
            for line, row in enumerate(rows, start=ABOVE):
                is_head = start + line - ABOVE in table.heads
                formats = self._bold if is_head else self._plain
                for column, value in enumerate(row):
                    if value is None and not is_head:
                        continue  # the column's format is there without it
                    kind = table.columns[column].kind
                    _write(sheet, line, column, value, formats[kind], self._lang)
                level = {"level": 1} if table.heads and not is_head else {}
                if height := _height(table.columns, row):
                    sheet.set_row(line, height, None, level)
                elif level:
                    sheet.set_row(line, None, None, level)
            if not rows and table.empty:
                sheet.write_string(ABOVE, 0, table.empty)
            sheet.autofilter(1, 0, max(len(rows), 1) + 1, len(table.columns) - 1)
            self._for_print(sheet, title)
            sheet.print_area(0, 0, max(len(rows), 1) + 1, table.width - 1)

    def _heads(self, sheet: Any, table: Table) -> None:
        line = " · ".join(part for part in (table.note, self._marks.line) if part)
        sheet.merge_range(0, 0, 0, table.width - 1, "", self._mark)
        sheet.write_string(0, 0, cut(shown(line), LONGEST_CELL), self._mark)
        wide = sum(column.width for column in table.columns[: table.width]) / 1.2
        sheet.set_row(0, LINE_HEIGHT * min(_lines(line, wide), MOST_LINES))
        for number, column in enumerate(table.columns):
            sheet.set_column(number, number, column.width, self._plain[column.kind])
            sheet.write_string(1, number, column.head, self._head)
        # Of words in bold, and each with the button of the filter.
        lines = max(_lines(column.head, column.width / 1.15) for column in table.columns)
        sheet.set_row(1, LINE_HEIGHT * lines)
        sheet.freeze_panes(ABOVE, 0)
        # The head of a group stands above its rows.
        sheet.outline_settings(symbols_below=False)

    def _for_print(self, sheet: Any, title: str) -> None:
        said = self._marks
        sheet.set_landscape()
        sheet.set_paper(_A4)
        sheet.set_margins(left=0.4, right=0.4, top=0.8, bottom=0.7)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0, 1)
        page = text("workbook.page", self._lang).format(page="&P", pages="&N")
        sheet.set_header(_header(said.region, said.simulation, said.status))
        sheet.set_footer(_header(said.audience, title, said.run_id, tail=f" · {page}"))

    def _free_title(self, title: str) -> str:
        plain = _ILLEGAL_IN_TITLE.sub("-", shown(title)).strip().strip("'") or "-"
        if plain.casefold() == "history":  # kept by spreadsheets for themselves
            plain += "-"
        free, number = cut(plain, LONGEST_TITLE), 2
        while free.casefold() in self._titles:
            tail = f" ({number})"
            free, number = cut(plain, LONGEST_TITLE - len(tail)) + tail, number + 1
        self._titles.add(free.casefold())
        return free


def _height(columns: Sequence[Column], row: Sequence[Cell]) -> float | None:
    """Return the height of a row whose words take more than a line: not every program finds it."""
    lines = max(
        (
            _lines(value, column.width)
            for column, value in zip(columns, row, strict=True)
            if column.kind == "wrap" and isinstance(value, str)
        ),
        default=1,
    )
    return None if lines == 1 else LINE_HEIGHT * min(lines, MOST_LINES)


def _lines(words: str, width: float) -> int:
    """Return about how many lines words take in a column of a width."""
    if len(words) < 0.9 * width and "\n" not in words:
        return 1
    # Words are not broken: a line is seldom full.
    return sum(max(1, ceil(len(part) / max(4, 0.85 * width))) for part in words.split("\n"))


def _header(left: str, middle: str, right: str, tail: str = "") -> str:
    """Return a header of three parts; a sign that would act in it is doubled."""
    room = (LONGEST_HEADER - len(tail) - len("&L&C&B&R")) // 3
    parts = [_doubled(part, room) for part in (left, middle, right)]
    return f"&L{parts[0]}&C&B{parts[1]}&R{parts[2]}{tail}"


def _doubled(part: str, room: int) -> str:
    plain, length = shown(part), room
    while len(written := cut(plain, length).replace("&", "&&")) > room:
        length -= 1
    # A figure after a sign of the header would be read as a size.
    return f" {written}" if written[:1].isdigit() else written


def _write(sheet: Any, line: int, column: int, value: Cell, how: Any, lang: Language) -> None:
    if value is None:
        sheet.write_blank(line, column, None, how)
    elif isinstance(value, bool):
        sheet.write_string(line, column, text("word.yes" if value else "word.no", lang), how)
    elif isinstance(value, (int, float)):
        sheet.write_number(line, column, value, how)
    elif isinstance(value, date):
        sheet.write_datetime(line, column, value, how)
    else:
        words = cut(shown(value, keep_lines=True), LONGEST_CELL)
        sheet.write_string(line, column, words, how)
