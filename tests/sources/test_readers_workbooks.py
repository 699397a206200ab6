"""Workbooks as people keep them: titles, merged cells, several sheets, values as they are meant."""

import zipfile
from collections.abc import Callable
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from rawan.settings import Limits
from rawan.sources.readers import read_sheets
from rawan.sources.sheet import Damaged

Fill = Callable[[Any], None]
Table = tuple[str | None, tuple[str, ...], list[tuple[Any, ...]]]


def tables(path: Path) -> list[Table]:
    """Return each sheet's name, columns and rows; there is no damage."""
    found: list[Table] = []
    for sheet in read_sheets(path, Limits()):
        rows = [row for batch in sheet.batches for row in batch.rows()]
        assert sheet.damaged == []
        found.append((sheet.name, sheet.columns, rows))
    return found


@pytest.fixture
def workbook(tmp_path: Path) -> Callable[[Fill], Path]:
    def to_file(fill: Fill) -> Path:
        path = tmp_path / "buku.xlsx"
        with xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd"}) as book:
            fill(book)
        return path

    return to_file


def lines(sheet: Any, *rows: list[Any], first: int = 0) -> None:
    """Write rows of cells; None leaves a cell empty."""
    for row, cells in enumerate(rows, start=first):
        for column, cell in enumerate(cells):
            if cell is not None:
                sheet.write(row, column, cell)


def test_values_come_as_plain_text(workbook: Callable[[Fill], Path]) -> None:
    def fill(book: Any) -> None:
        lines(
            book.add_worksheet("2023"),
            ["tanggal", "pukul", "korban", "bagian", "kode", "benar"],
            [date(2023, 5, 12), datetime(2023, 5, 12, 13, 45), 3, 0.25, "007", True],  # noqa: DTZ001
            ["12/05/2023", time(7, 30), -5120.0, 1e-7, " x ", False],
            [2012, None, 1e21, 0.1 + 0.2, "12.50", None],
        )

    assert tables(workbook(fill)) == [
        (
            "2023",
            ("tanggal", "pukul", "korban", "bagian", "kode", "benar"),
            [
                (2, "2023-05-12", "2023-05-12 13:45:00", "3", "0.25", "007", "true"),
                (3, "12/05/2023", "07:30:00", "-5120", "0.0000001", " x ", "false"),
                (4, "2012", None, "1" + "0" * 21, "0.3", "12.50", None),
            ],
        )
    ]


def test_every_sheet_is_read_under_its_own_header(workbook: Callable[[Fill], Path]) -> None:
    def fill(book: Any) -> None:
        lines(book.add_worksheet("satu"), ["a", "b"], ["1", "2"])
        book.add_worksheet("kosong")
        lines(book.add_worksheet("dua"), ["b", "c"], [None, None], [None, "3"])

    assert tables(workbook(fill)) == [
        ("satu", ("a", "b"), [(2, "1", "2")]),
        ("dua", ("b", "c"), [(3, None, "3")]),
    ]


def test_a_title_above_the_header_and_a_table_away_from_the_corner(
    workbook: Callable[[Fill], Path],
) -> None:
    """Row numbers must be those that the spreadsheet shows."""

    def fill(book: Any) -> None:
        sheet = book.add_worksheet("s")
        sheet.merge_range("A2:D2", "Rekapitulasi kejadian")
        sheet.write("A3", "Dicetak:")
        sheet.write("B3", date(2020, 1, 1))
        lines(sheet, ["desa", "jenis", "jumlah", "ket"], ["Natar", "bentrok", 2], first=5)
        lines(sheet, ["Hajimena", "bentrok", 1], first=9)

    assert tables(workbook(fill)) == [
        (
            "s",
            ("desa", "jenis", "jumlah", "ket"),
            [(7, "Natar", "bentrok", "2", None), (10, "Hajimena", "bentrok", "1", None)],
        )
    ]


def test_an_empty_margin_is_no_column_and_what_is_in_it_is_not_lost(
    workbook: Callable[[Fill], Path],
) -> None:
    def fill(book: Any) -> None:
        sheet = book.add_worksheet("s")
        lines(sheet, [None, "desa", "b", "c"], [None, "Natar", 2, 3])
        lines(sheet, [None, "Hajimena", 4, 5], ["catatan", "Sidosari", 6, 7], first=50)

    for sheet in read_sheets(workbook(fill), Limits()):
        assert sheet.columns == ("desa", "b", "c")
        rows = [row for batch in sheet.batches for row in batch.rows()]
        assert rows == [(2, "Natar", "2", "3"), (51, "Hajimena", "4", "5")]
        assert [damaged.row for damaged in sheet.damaged] == [52]


def test_a_merged_value_counts_in_each_of_its_cells(workbook: Callable[[Fill], Path]) -> None:
    def fill(book: Any) -> None:
        sheet = book.add_worksheet("s")
        lines(sheet, ["kecamatan", "desa", "a", "b"])
        sheet.merge_range("A2:A4", "Natar")
        lines(sheet, [None, "Merak Batin", 1, 2], [None, "Hajimena", 3], first=1)
        lines(sheet, [None, "Sidosari"], ["Kalianda", "Kalianda", 5, 6], first=3)
        sheet.merge_range("C4:D4", 7)

    assert tables(workbook(fill))[0][2] == [
        (2, "Natar", "Merak Batin", "1", "2"),
        (3, "Natar", "Hajimena", "3", None),
        (4, "Natar", "Sidosari", "7", "7"),
        (5, "Kalianda", "Kalianda", "5", "6"),
    ]


def test_a_header_of_two_rows_gets_joined_names(workbook: Callable[[Fill], Path]) -> None:
    def fill(book: Any) -> None:
        sheet = book.add_worksheet("s")
        sheet.merge_range("A1:E1", "Daftar pemilih")
        for place, name in (
            ("A2:A3", "no"),
            ("B2:B3", "desa"),
            ("C2:D2", "2019"),
            ("E2:E3", "ket"),
        ):
            sheet.merge_range(place, name)
        lines(sheet, [None, None, "pilpres", "pileg"], [1, "Natar", 10, 11], first=2)

    assert tables(workbook(fill)) == [
        (
            "s",
            ("no", "desa", "2019 pilpres", "2019 pileg", "ket"),
            [(4, "1", "Natar", "10", "11", None)],
        )
    ]


def test_a_header_merged_across_takes_its_names_from_the_row_under_it(
    workbook: Callable[[Fill], Path],
) -> None:
    def fill(book: Any) -> None:
        sheet = book.add_worksheet("s")
        lines(
            sheet, ["desa", None, None, "ket"], [None, "laki", "perempuan"], ["Natar", 10, 11, "x"]
        )
        sheet.merge_range("B1:C1", "pemilih")

    assert tables(workbook(fill)) == [
        ("s", ("desa", "pemilih laki", "pemilih perempuan", "ket"), [(3, "Natar", "10", "11", "x")])
    ]


def test_sheets_that_are_no_table_say_so(workbook: Callable[[Fill], Path]) -> None:
    def fill(book: Any) -> None:
        lines(book.add_worksheet("sampul"), ["Laporan"], ["Kabupaten Contoh"])
        lines(book.add_worksheet("data"), ["desa", "b"], ["Natar", 1])
        hidden, lists = book.add_worksheet("lama"), book.add_worksheet("daftar")
        lines(hidden, ["desa", "b"], ["Natar", 2])
        lines(lists, ["desa", "b"], ["Natar", 3])
        hidden.hide()
        lists.very_hidden()

    found = []
    for sheet in read_sheets(workbook(fill), Limits()):
        rows = [row for batch in sheet.batches for row in batch.rows()]
        found.append(
            (sheet.name, sheet.columns, rows, [(d.row, d.reason[:20]) for d in sheet.damaged])
        )
    assert found == [
        ("sampul", (), [], [(1, "it has no header: no")]),
        ("data", ("desa", "b"), [(2, "Natar", "1")], []),
        ("lama", (), [], [(1, "the sheet is hidden ")]),
    ]


def test_a_cell_beside_the_named_columns_damages_its_row(workbook: Callable[[Fill], Path]) -> None:
    def fill(book: Any) -> None:
        lines(book.add_worksheet("s"), ["a", "b"], ["1", "2"], ["3", "4", "5"], ["6", "7"])

    for sheet in read_sheets(workbook(fill), Limits()):
        assert [row for batch in sheet.batches for row in batch.rows()] == [
            (2, "1", "2"),
            (4, "6", "7"),
        ]
        assert [(damaged.row, type(damaged)) for damaged in sheet.damaged] == [(3, Damaged)]


def test_merged_cells_and_errors_of_ods_are_seen(tmp_path: Path) -> None:
    def cell(text: str, more: str = "", kind: str = "string") -> str:
        about = f'office:value-type="{kind}"{more}'
        return f"<table:table-cell {about}><text:p>{text}</text:p></table:table-cell>"

    rows = [
        [cell("kecamatan"), cell("desa"), cell("jumlah"), cell("tanggal")],
        [
            cell("Natar", ' table:number-rows-spanned="2"'),
            cell("Hajimena"),
            cell("5.120", ' office:value="5120"', "float"),
            cell("20/11/24", ' office:date-value="2024-11-20"', "date"),
        ],
        [
            "<table:covered-table-cell/>",
            cell("Sidosari"),
            cell("#REF!", ' calcext:value-type="error" office:string-value=""'),
            cell("", ' office:time-value="PT40H48M00S"', "time"),
        ],
    ]
    spaces = "".join(
        f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "table", "text", "calcext")
    )
    body = "".join(f"<table:table-row>{''.join(cells)}</table:table-row>" for cells in rows)
    path = tmp_path / "buku.ods"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr(
            "content.xml",
            f"<office:document-content{spaces}><office:body><office:spreadsheet>"
            f'<table:table table:name="satu">{body}</table:table>'
            "</office:spreadsheet></office:body></office:document-content>",
        )
    assert tables(path) == [
        (
            "satu",
            ("kecamatan", "desa", "jumlah", "tanggal"),
            [
                (2, "Natar", "Hajimena", "5120", "2024-11-20"),
                (3, "Natar", "Sidosari", "#REF!", "40:48:00"),
            ],
        )
    ]
