"""Delimited text as people save it: read cell by cell as it is, or told with its row."""

import csv
import io
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Literal

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rawan.errors import RawanError
from rawan.settings import Limits
from rawan.sources.delimited import read_delimited
from rawan.sources.limits import Guard
from rawan.sources.readers import read_sheets
from rawan.sources.sheet import Damaged

Rows = list[tuple[object, ...]]
Write = Callable[[str, str | bytes], Path]


def table(path: Path, limits: Limits | None = None) -> tuple[tuple[str, ...], Rows, list[Damaged]]:
    """Return the columns, the rows and the damaged rows of a file of one sheet."""
    found = []
    for sheet in read_sheets(path, limits or Limits()):
        rows = [row for batch in sheet.batches for row in batch.rows()]
        found.append((sheet.columns, rows, sheet.damaged))
    assert len(found) == 1
    return found[0]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def to_file(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return to_file


# Two ways, one meaning

SIGNS = ',,,;\t\n\n\r"\0\x1c a'
CELLS = ["\r\n", '""', '"a, b"', '"a\nb"', '"a\r\nb"', '"a""b"', "Natar", "é", "12"]
RECORDS = ["a,b,c\n", '"a","b","c"\r\n', "x,,\n"]
PIECES = st.sampled_from([*SIGNS, *CELLS, *RECORDS])


@given(st.lists(PIECES, max_size=60).map("".join), st.integers(1, 60), st.booleans())
@example('a,b,"c', 8, False)
@example('1,2,3\n4,"5\n6,7,8\n9,10,11\n', 5, False)
@example('"1","2","3"\n"","",""\n" ",,\n', 60, False)
def test_the_fast_and_the_exact_way_read_the_same(
    tmp_path_factory: pytest.TempPathFactory, text: str, size: int, is_quoted: bool
) -> None:
    path = tmp_path_factory.getbasetemp() / "dua-jalan.csv"
    header = '"desa","b","c"\n' if is_quoted else "desa,b,c\n"
    path.write_bytes((header + text).encode())

    def read(is_exact: bool) -> tuple[object, ...]:
        guard = Guard(path, Limits())
        found: tuple[object, ...] = ()
        try:
            for sheet in read_delimited(guard, is_exact, head_bytes=12, block_bytes=size):
                batches = list(sheet.batches)
                rows = pl.concat(batches).rows() if batches else []
                found = sheet.columns, rows, sheet.damaged, guard.rows
        except RawanError as error:
            return (str(error),)
        return found

    path.write_bytes((header + text).encode())
    assert read(is_exact=False) == read(is_exact=True)


ROOM = [("Natar", "satu", "dua")] * 12  # leaves no doubt about the delimiter
CELL = st.text(st.characters(codec="utf-8", exclude_characters="\r\0\x1c\x1d\x1e\x1f"), max_size=5)
LINES = st.lists(st.tuples(CELL, CELL, CELL), max_size=6)


@given(LINES, st.booleans(), st.sampled_from(",;\t|"), st.sampled_from(["\n", "\r\n"]), st.data())
def test_cells_come_back_unchanged(
    tmp_path_factory: pytest.TempPathFactory,
    lines: list[tuple[str, str, str]],
    quote_all: bool,
    delimiter: str,
    end: str,
    data: st.DataObject,
) -> None:
    path = tmp_path_factory.getbasetemp() / "sembarang.csv"
    quoting: Literal[0, 1] = csv.QUOTE_ALL if quote_all else csv.QUOTE_MINIMAL
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, delimiter=delimiter, lineterminator=end, quoting=quoting)
        writer.writerows([["desa", "b", "c"], *ROOM, *lines])
    expected = [
        (number, *(cell if cell.strip() else None for cell in cells))
        for number, cells in enumerate([*ROOM, *lines], start=2)
        if any(cell.strip() for cell in cells)
    ]
    size = data.draw(st.integers(20, 400))
    for sheet in read_delimited(Guard(path, Limits()), head_bytes=200, block_bytes=size):
        assert sheet.columns == ("desa", "b", "c")
        assert [row for batch in sheet.batches for row in batch.rows()] == expected
        assert sheet.damaged == []


def test_a_well_formed_file_is_read_the_fast_way(write: Write) -> None:
    """The two ways read the same, so only the clock of work shows which one is taken."""
    path = write("a.csv", "desa,b\n" + 'Natar,"satu, dua"\n' * 20_000)
    exact = 0

    def count(frame: FrameType, event: str, argument: object) -> None:
        nonlocal exact
        exact += event == "call" and frame.f_code.co_name == "read_record"

    sys.setprofile(count)
    try:
        for sheet in read_delimited(Guard(path, Limits()), head_bytes=200):
            assert sum(batch.height for batch in sheet.batches) == 20_000
    finally:
        sys.setprofile(None)
    assert 0 < exact < 100


# Encodings


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"]
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_files_of_every_system_read_alike(write: Write, encoding: str, end: str) -> None:
    text = end.join(["tanggal,uraian", "2019-01-01,Jum\u2019at", "2019-01-02,caf\u00e9"])
    columns, rows, damaged = table(write("a.csv", text.encode(encoding)))
    assert columns == ("tanggal", "uraian")
    assert rows == [(2, "2019-01-01", "Jum\u2019at"), (3, "2019-01-02", "caf\u00e9")]
    assert damaged == []


def test_one_wrong_byte_in_a_utf_8_file_damages_its_row_alone(write: Write) -> None:
    text = "a,b\n" + "caf\u00e9,2\n" * 50
    content = text.encode() + b"x\xff,3\n" + text.encode()[4:]
    _, rows, damaged = table(write("a.csv", content))
    assert len(rows) == 100
    assert [(row.row, row.reason[:28]) for row in damaged] == [(52, "it holds bytes that are no c")]


def test_an_encoding_that_is_none_of_the_known_says_what_was_tried(write: Write) -> None:
    with pytest.raises(RawanError, match=r"byte 4 is not UTF-8, byte 5 not Windows-1252.*Tried"):
        table(write("a.csv", b"a,b\n\xff\x81,2\n"))


# Delimiters, titles, headers


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_under_a_title_and_beside_decimal_commas(
    write: Write, delimiter: str
) -> None:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\n")
    title = [["Rekapitulasi, tahun 2020; sementara"], [], ["Dicetak: 1 | 2 | 3"]]
    header, body = ["desa", "luas", "uraian"], [["Natar", "1,5", "satu; dua | tiga"]] * 3
    writer.writerows([*title, header, *body])
    columns, rows, damaged = table(write("a.csv", out.getvalue()))
    assert columns == ("desa", "luas", "uraian")
    assert rows == [(row, "Natar", "1,5", "satu; dua | tiga") for row in (5, 6, 7)]
    assert damaged == []


def test_a_delimiter_stated_on_the_first_line_is_taken(write: Write) -> None:
    columns, rows, _ = table(write("a.csv", "sep=|\r\na;x|b\r\n1|2\r\n"))
    assert (columns, rows) == (("a;x", "b"), [(3, "1", "2")])


def test_rows_are_numbered_as_a_spreadsheet_shows_them(write: Write) -> None:
    text = 'a,b\n1,2\n\n , \n"satu\ndua, ""tiga""",4\n5\n'
    assert table(write("a.csv", text)) == (
        ("a", "b"),
        [(2, "1", "2"), (5, 'satu\ndua, "tiga"', "4"), (6, "5", None)],
        [],
    )


def test_one_column_needs_no_delimiter(write: Write) -> None:
    assert table(write("a.csv", "desa\nNatar\n\nHajimena\n"))[:2] == (
        ("desa",),
        [(2, "Natar"), (4, "Hajimena")],
    )


def test_capitals_in_the_ending_do_not_matter(write: Write) -> None:
    assert table(write("DATA.CSV", "a\n1\n"))[1] == [(2, "1")]


# Damage


def test_a_stray_quote_damages_its_line_and_swallows_nothing(write: Write) -> None:
    text = 'a,b\n1,2\n3,"4\n5,6\n7,8" x\n9,"10"\n'
    _, rows, damaged = table(write("a.csv", text))
    assert rows == [(2, "1", "2"), (4, "5", "6"), (5, "7", '8" x'), (6, "9", "10")]
    assert [(row.row, row.reason[:20]) for row in damaged] == [(3, "text follows a closi")]


def test_a_row_wider_than_the_header_is_told_and_the_others_count(write: Write) -> None:
    _, rows, damaged = table(write("a.csv", "a,b,,\n1,2,,\n3,4,5\n6,7\n"))
    assert rows == [(2, "1", "2"), (4, "6", "7")]
    assert damaged == [Damaged(3, "3 cells under 2 columns. " + WAY_OUT)]


def test_batches_are_small_and_numbered_through(write: Write) -> None:
    path = write("a.csv", "a\n" + "1\n" * 250_000)
    for sheet in read_sheets(path, Limits()):
        batches = list(sheet.batches)
        assert max(batch.height for batch in batches) <= 100_000
        assert pl.concat(batches)["row"].to_list() == list(range(2, 250_002))
        assert all(kind == pl.String for kind in batches[0].schema.values() if kind != pl.Int64)


WAY_OUT = "Quote cells that hold a separator, or name the column in the header."
