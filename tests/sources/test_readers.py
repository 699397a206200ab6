"""Files as people save them: read cell by cell as they are, or refused with file and row."""

import csv
import json
import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from rawan.errors import RawanError, TemporaryError
from rawan.sources.readers import Row, read_rows

Write = Callable[[str, str | bytes], Path]
Sheets = dict[str, list[list[Any]]]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def to_file(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return to_file


@pytest.fixture
def workbook(tmp_path: Path) -> Callable[[Sheets], Path]:
    """Write cells, sheet by sheet; None leaves a cell empty."""

    def to_file(sheets: Sheets) -> Path:
        path = tmp_path / "buku.xlsx"
        with xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd"}) as book:
            for name, lines in sheets.items():
                sheet = book.add_worksheet(name)
                for row, cells in enumerate(lines):
                    for column, cell in enumerate(cells):
                        if cell is not None:
                            sheet.write(row, column, cell)
        return path

    return to_file


def rows(path: Path) -> list[Row]:
    return list(read_rows(path))


def told(path: Path) -> str:
    with pytest.raises(RawanError) as error:
        rows(path)
    assert str(error.value).startswith(str(path))
    return str(error.value).removeprefix(str(path))


# CSV


def test_rows_are_numbered_as_a_spreadsheet_shows_them(write: Write) -> None:
    assert rows(write("a.csv", "a,b\n1,2\n\n , \n3,4\n")) == [
        Row(None, 2, {"a": "1", "b": "2"}),
        Row(None, 5, {"a": "3", "b": "4"}),
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_files_of_every_system_read_alike(write: Write, end: str, mark: bytes) -> None:
    text = end.join(["tanggal,jenis", "2019-01-01,é", "2019-01-02,ñ"])
    found = rows(write("a.csv", mark + text.encode()))
    assert [row.cells for row in found] == [
        {"tanggal": "2019-01-01", "jenis": "é"},
        {"tanggal": "2019-01-02", "jenis": "ñ"},
    ]


def test_a_cell_may_hold_lines_commas_and_quotes(write: Write) -> None:
    path = write("a.csv", 'a,b\n"satu\ndua, ""tiga""",4\n5,6\n')
    assert rows(path) == [
        Row(None, 2, {"a": 'satu\ndua, "tiga"', "b": "4"}),
        Row(None, 3, {"a": "5", "b": "6"}),
    ]


@given(
    st.lists(st.lists(st.text(st.characters(codec="utf-8")), min_size=3, max_size=3), max_size=6),
    st.booleans(),
)
def test_cells_come_back_unchanged(
    tmp_path_factory: pytest.TempPathFactory, table: list[list[str]], quote_all: bool
) -> None:
    path = tmp_path_factory.getbasetemp() / "sembarang.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = (
            csv.writer(stream, quoting=csv.QUOTE_ALL, lineterminator="\n")
            if quote_all
            else csv.writer(stream)
        )
        writer.writerows([["a", "b", "c"], *table])
    expected = [
        Row(None, number, dict(zip("abc", cells, strict=True)))
        for number, cells in enumerate(table, start=2)
        if any(cell.strip() for cell in cells)
    ]
    assert rows(path) == expected


def test_a_row_cut_short_still_has_every_column(write: Write) -> None:
    assert rows(write("a.csv", "a,b,c\n1\n2,3,4\n")) == [
        Row(None, 2, {"a": "1", "b": "", "c": ""}),
        Row(None, 3, {"a": "2", "b": "3", "c": "4"}),
    ]


def test_empty_columns_at_the_right_edge_are_no_mistake(write: Write) -> None:
    assert rows(write("a.csv", "a,b,,\n1,2,,\n")) == [Row(None, 2, {"a": "1", "b": "2"})]


def test_a_header_alone_is_a_table_without_rows(write: Write) -> None:
    assert rows(write("a.csv", "a,b\n")) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ": is empty. Its first row must name the columns."),
        ("\ufeff", ": is empty."),
        (",,\n1,2,3\n", ": is empty."),
        ("a,,c\n1,2,3\n", ": column 2 has no name in row 1."),
        ("a,b, a\n1,2,3\n", ': the column "a" stands twice in row 1.'),
        (
            "a,b\n1,2\n3,4,5\n",
            ", row 3: 3 cells under 2 columns. Quote cells that hold a separator.",
        ),
        ('a,b\n1,2\n"3" x,4\n', ", row 3: is not proper CSV"),
        ('a,b\n1,"2\n', "is not proper CSV"),
    ],
)
def test_a_table_that_cannot_be_read_as_meant_is_refused(
    write: Write, text: str, expected: str
) -> None:
    assert expected in told(write("a.csv", text))


def test_a_file_that_is_not_utf_8_is_told_with_byte_and_remedy(write: Write) -> None:
    text = told(write("a.csv", "a,b\nJum\u2019at,2\n".encode("cp1252")))
    assert text == ": is not UTF-8 (byte 7). Save it as 'CSV UTF-8' and drop it again."


def test_the_byte_that_is_not_utf_8_is_counted_from_the_start_of_the_file(write: Write) -> None:
    assert "(byte 200004)" in told(write("a.csv", b"a,b\n" + b"1,2\n" * 50_000 + b"\x92,2\n"))


def test_a_file_that_is_gone_may_come_back(tmp_path: Path) -> None:
    for name in ("a.csv", "a.jsonl", "a.xlsx"):
        with pytest.raises(TemporaryError, match="cannot be read"):
            rows(tmp_path / name)


def test_capitals_in_the_ending_do_not_matter(write: Write) -> None:
    assert rows(write("DATA.CSV", "a\n1\n")) == [Row(None, 2, {"a": "1"})]


# XLSX


def test_dates_numbers_and_text_of_a_workbook_come_as_they_are_meant(
    workbook: Callable[[Sheets], Path],
) -> None:
    path = workbook(
        {
            "2023": [
                ["tanggal", "korban", "bagian", "kode", "benar"],
                [datetime(2023, 5, 12), 3, 2.5, "007", True],  # noqa: DTZ001 -- a day in a cell
                ["12/05/2023", "3", None, " x ", None],
                [2012, None, 0, "é", False],
            ]
        }
    )
    keys = ["tanggal", "korban", "bagian", "kode", "benar"]
    assert [(row.sheet, row.number) for row in rows(path)] == [("2023", n) for n in (2, 3, 4)]
    assert [[row.cells[key] for key in keys] for row in rows(path)] == [
        ["2023-05-12 00:00:00", "3", "2.5", "007", "true"],
        ["12/05/2023", "3", "", " x ", ""],
        ["2012", "", "0", "é", "false"],
    ]


def test_every_sheet_is_read_under_its_own_header(workbook: Callable[[Sheets], Path]) -> None:
    path = workbook({"satu": [["a", "b"], ["1", "2"]], "kosong": [], "dua": [["b"], [None], ["3"]]})
    assert rows(path) == [
        Row("satu", 2, {"a": "1", "b": "2"}),
        Row("dua", 3, {"b": "3"}),
    ]


def test_a_gap_in_a_sheet_does_not_shift_the_numbers(workbook: Callable[[Sheets], Path]) -> None:
    path = workbook({"s": [["a"], [None], [None], ["1"]]})
    assert rows(path) == [Row("s", 4, {"a": "1"})]


def test_rows_above_the_header_are_told_or_counted(workbook: Callable[[Sheets], Path]) -> None:
    """The number that a message gives must be the one that the spreadsheet shows."""
    path = workbook({"s": [[], [], ["a"], ["1"]]})
    try:
        found = rows(path)
    except RawanError as error:
        assert "'s'" in str(error)  # noqa: PT017 -- either is right
    else:
        assert found == [Row("s", 4, {"a": "1"})]


def test_a_cell_beside_the_named_columns_is_not_lost_silently(
    workbook: Callable[[Sheets], Path],
) -> None:
    text = told(workbook({"s": [["a", "b"], ["1", "2"], ["3", "4", "5"]]}))
    assert "sheet 's'" in text
    assert "row 3" in text


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (["a", None, "c"], ": column 2 has no name in row 1."),
        (["a", "b", "a"], ': the column "a" stands twice in row 1.'),
    ],
)
def test_a_header_is_judged_in_a_workbook_as_in_a_csv(
    workbook: Callable[[Sheets], Path], header: list[str | None], expected: str
) -> None:
    path = workbook({"baik": [["a"], ["1"]], "buruk": [header, ["1", "2", "3"]]})
    assert told(path) == f", sheet 'buruk'{expected}"


def test_a_file_that_only_calls_itself_a_workbook_is_told(write: Write) -> None:
    text = told(write("a.xlsx", "tanggal,jenis\n"))
    assert text.startswith(": cannot be read as XLSX (")
    assert "\n" not in text


# JSON Lines


def test_json_lines_keep_lists_numbers_and_nothing(write: Write) -> None:
    lines = [
        {"a": "x", "b": ["99.99.01.2001", "99.99.01.2002"], "c": 3},
        {"a": None, "b": [], "c": None},
        {"a": "é", "c": True},
    ]
    text = "\n".join(json.dumps(line) for line in lines)
    assert rows(write("a.jsonl", f"\ufeff{text}\n\n")) == [
        Row(None, 1, {"a": "x", "b": "99.99.01.2001;99.99.01.2002", "c": "3"}),
        Row(None, 3, {"a": "é", "c": "true"}),
    ]


@given(st.lists(st.dictionaries(st.text(), st.text(), min_size=1), max_size=5))
def test_text_in_json_lines_comes_back_unchanged(
    tmp_path_factory: pytest.TempPathFactory, lines: list[dict[str, str]]
) -> None:
    path = tmp_path_factory.getbasetemp() / "sembarang.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    assert rows(path) == [
        Row(None, number, line)
        for number, line in enumerate(lines, start=1)
        if any(cell.strip() for cell in line.values())
    ]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('{"a": 1', "is not JSON"),
        ("a,b", "is not JSON"),
        ("[1, 2]", "must be a JSON object, one a line."),
        ("[" * 100_000, "is not JSON"),
        ('{"a": ' + "9" * 5000 + "}", "is not JSON"),
    ],
)
def test_a_broken_line_is_told_with_its_number(write: Write, line: str, expected: str) -> None:
    text = told(write("a.jsonl", f'{{"a": "1"}}\n\n{line}\n'))
    assert re.match(rf", row 3: {re.escape(expected)}", text)


def test_semicolons_as_a_spreadsheet_in_bahasa_indonesia_writes_them(tmp_path: Path) -> None:
    path = tmp_path / "insiden.csv"
    path.write_bytes("\ufefftanggal;uraian\r\n2020-01-01;satu, dua\r\n".encode())
    assert [row.cells for row in read_rows(path)] == [
        {"tanggal": "2020-01-01", "uraian": "satu, dua"}
    ]
