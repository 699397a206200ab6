"""Files that are not as they should be, all made here: refused, told row by row, or read.

Never a traceback, never a row lost without a word. One table: what the file is called, what
is in it, and what becomes of it.
"""

import io
import struct
import time
import tracemalloc
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet
import pytest
import xlsxwriter

from rawan.errors import RawanError, TemporaryError
from rawan.settings import Limits
from rawan.sources.limits import Guard
from rawan.sources.readers import READABLE, read_sheets

Rows = list[tuple[Any, ...]]


@dataclass
class Refused:
    """The whole file is refused; the message holds this."""

    message: str


@dataclass
class Reads:
    """The rows that come in, and the row numbers with the reasons of those that do not."""

    rows: Rows | int
    damaged: list[tuple[int, str]] = field(default_factory=list)


# Makers


def workbook(fill: Callable[[Any], None] | None = None, **sheets: Iterable[Iterable[Any]]) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        for name, lines in sheets.items():
            sheet = book.add_worksheet(name)
            for row, cells in enumerate(lines):
                for column, cell in enumerate(cells):
                    if cell is not None:
                        sheet.write(row, column, cell)
        if fill is not None:
            fill(book)
    return out.getvalue()


def archive(entries: dict[str, bytes | str], base: bytes = b"", packed: bool = True) -> bytes:
    """Return an archive; with `base`, that archive with entries replaced and added."""
    kept: dict[str, bytes | str] = {}
    if base:
        with zipfile.ZipFile(io.BytesIO(base)) as old:
            kept = {name: old.read(name) for name in old.namelist()}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED) as new:
        for name, content in (kept | entries).items():
            new.writestr(name, content)
    return out.getvalue()


def changed(base: bytes, part: str, change: Callable[[bytes], bytes]) -> bytes:
    with zipfile.ZipFile(io.BytesIO(base)) as old:
        return archive({part: change(old.read(part))}, base)


def without(base: bytes, part: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(base)) as old:
        return archive({name: old.read(name) for name in old.namelist() if name != part})


def ods(*tables: str, head: str = "") -> bytes:
    spaces = "".join(
        f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "table", "text")
    )
    content = (
        f'<?xml version="1.0"?>{head}<office:document-content{spaces}><office:body>'
        f"<office:spreadsheet>{''.join(tables)}</office:spreadsheet></office:body>"
        "</office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = '<?xml version="1.0"?><manifest/>'
    return archive(
        {"mimetype": kind, "content.xml": content, "META-INF/manifest.xml": manifest}, packed=False
    )


def ods_table(*rows: Iterable[str], repeat: str = "") -> str:
    lines = (
        "<table:table-row>"
        + "".join(
            f'<table:table-cell office:value-type="string"{repeat if cell == "!" else ""}>'
            f"<text:p>{cell}</text:p></table:table-cell>"
            for cell in row
        )
        + "</table:table-row>"
        for row in rows
    )
    return f'<table:table table:name="satu">{"".join(lines)}</table:table>'


def ole(name: str, stream: bytes) -> bytes:
    """Return an OLE container of one stream: the form of XLS and of protected XLSX."""
    free, end, table = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
    stream += bytes(-len(stream) % 512 + (4096 if len(stream) < 4096 else 0))
    sectors = len(stream) // 512
    chain = [table, end, *range(3, 2 + sectors), end]
    fat = struct.pack(f"<{len(chain)}I", *chain).ljust(512, b"\xff")
    header = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(16)
    header += struct.pack(
        "<HHHHH6xIIIIIIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, 1, 0, 4096, end, 0, end, 0, 0
    )
    header = header.ljust(512, b"\xff")

    def entry(title: str, kind: int, child: int, start: int, size: int) -> bytes:
        text = (title + "\0").encode("utf-16-le")
        about = struct.pack("<HBBIII", len(text) if title else 0, kind, 1, free, free, child)
        return text.ljust(64, b"\0") + about + bytes(36) + struct.pack("<IQ", start, size)

    directory = entry("Root Entry", 5, 1, end, 0) + entry(name, 2, free, 2, len(stream))
    return header + fat + directory.ljust(512, b"\0") + stream


def record(kind: int, content: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(content)) + content


def xls(lines: list[list[str | float]], before: bytes = b"", last_row: int = 0) -> bytes:
    """Return a workbook of BIFF8 with one sheet, "satu"."""
    opening = struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 0)
    start = len(record(0x809, opening)) + len(before) + 16 + len(record(0x0A))
    book = record(0x809, opening) + before
    book += record(0x85, struct.pack("<IBBBB", start, 0, 0, 4, 0) + b"satu") + record(0x0A)
    sheet = record(0x809, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 0, 0, 0))
    sheet += record(0x200, struct.pack("<IIHHH", 0, last_row or len(lines), 0, 9, 0))
    for row, cells in enumerate(lines):
        for column, cell in enumerate(cells):
            place = struct.pack("<HHH", row, column, 0)
            if isinstance(cell, str):
                text = struct.pack("<HB", len(cell), 0) + cell.encode("latin-1")
                sheet += record(0x204, place + text)
            else:
                sheet += record(0x203, place + struct.pack("<d", cell))
    return ole("Workbook", book + sheet + record(0x0A))


def parquet(content: dict[str, Any]) -> bytes:
    out = io.BytesIO()
    pyarrow.parquet.write_table(pa.table(content), out)
    return out.getvalue()


TABLE: list[list[Any]] = [["desa", "jumlah"], ["Natar", 3], ["Hajimena", 4]]
XLSX = workbook(satu=TABLE)
SHEET = "xl/worksheets/sheet1.xml"
ODS = ods(ods_table(["desa", "jumlah"], ["Natar", "3"]))
XLS = xls([["desa", "jumlah"], ["Natar", 3.0]])
PARQUET = parquet({"desa": ["Natar"], "jumlah": [3]})
READ: Rows = [(2, "Natar", "3"), (3, "Hajimena", "4")]
ONE: Rows = [(2, "Natar", "3")]
BOMB = b"\0" * 30_000_000
ENTITIES = (
    '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
    + "".join(
        f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    + "]>"
)


def overlapping() -> bytes:
    """Return an archive of two entries that share their bytes."""
    whole = archive({"xl/workbook.xml": b"x" * 100, "b": b"y" * 100}, packed=False)
    place = whole.rindex(b"PK\x01\x02")
    return whole[: place + 42] + struct.pack("<I", 0) + whole[place + 46 :]


def lying() -> bytes:
    """Return a workbook one of whose entries unpacks to more than it says."""
    whole = bytearray(archive({"xl/workbook.xml": b"x" * 5000}))
    place = whole.rindex(b"PK\x01\x02")
    whole[place + 24 : place + 28] = struct.pack("<I", 100)
    return bytes(whole)


def locked() -> bytes:
    """Return an archive whose entry is marked as encrypted."""
    whole = bytearray(archive({"xl/workbook.xml": b"x"}))
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        whole[whole.rindex(mark) + place] |= 1
    return bytes(whole)


def charts_only(book: Any) -> None:
    chart = book.add_chart({"type": "line"})
    chart.add_series({"values": "=grafik!$A$1:$A$3"})
    book.add_chartsheet("grafik").set_chart(chart)


Expected = Refused | Reads
CASES: list[tuple[str, bytes | str, Expected]] = [
    # Delimited text
    ("kosong.csv", b"", Refused("is empty")),
    ("hanya-tanda.csv", b"\xef\xbb\xbf", Refused("is empty")),
    ("hanya-tanda-16.csv", b"\xff\xfe", Refused("is empty")),
    ("hanya-baris.csv", b"\r\n\r\n \n", Refused("is empty")),
    ("hanya-koma.csv", b",,,\n,,,\n", Refused("is empty")),
    ("hanya-judul.csv", b"desa,jumlah\n", Reads([])),
    ("tanpa-judul.csv", b"1,2\n3,4\n5,6\n", Refused("has no header")),
    ("kembar.csv", b"desa,b,desa\n1,2,3\n", Refused('"desa" stands twice in row 1')),
    ("tanpa-nama.csv", b"desa,,c\n1,2,3\n", Refused("column 2 has no name in row 1")),
    ("kolom-row.csv", b"row,desa\n1,Natar\n", Refused('"row" in row 1 has the name that is kept')),
    (
        "nol.csv",
        b"desa,b\nNa\0tar,1\nHajimena,2\n",
        Reads([(3, "Hajimena", "2")], [(2, "zero byte")]),
    ),
    ("biner.csv", bytes(range(256)) * 40 + bytes(900), Refused("is not text")),
    ("gambar.csv", b"\x89PNG\r\n\x1a\n" + bytes(500), Refused("is not text")),
    ("utf-32.csv", "desa,b\n1,2\n".encode("utf-32"), Refused("UTF-32")),
    ("utf-16-putus.csv", "desa,b\nNatar,2\n".encode("utf-16")[:-1], Refused("ends within a char")),
    (
        "utf-16-belah.csv",
        "desa,b\nx,2\n".encode("utf-16") + b"\x00\xd8,\0" + b"1\0\n\0",
        Reads([(2, "x", "2")], [(3, "no character")]),
    ),
    ("utf-16-polos.csv", "desa,b\nNatar,2\n".encode("utf-16-le"), Reads([(2, "Natar", "2")])),
    (
        "tanpa-sandi.csv",
        b"desa,b\n\xff\x81\x8d,2\n",
        Refused("Tried: UTF-8, UTF-16 and Windows-1252"),
    ),
    (
        "belah.csv",
        b"desa,b\ncaf\xc3\xa9\xc3\xa9,1\n\xed\xa0\x80,2\n" + "é,3\n".encode() * 9,
        Reads(10, [(3, "no character")]),
    ),
    (
        "campur.csv",
        b"desa,b\r\nx,1\ny,2\rz,3\r\n",
        Reads([(2, "x", "1"), (3, "y", "2"), (4, "z", "3")]),
    ),
    ("mac.csv", b"desa,b\rx,1\ry,2", Reads([(2, "x", "1"), (3, "y", "2")])),
    ("kutip-terbuka.csv", b'desa,b\nx,"1\ny,2\n', Reads([(3, "y", "2")], [(2, "never closed")])),
    (
        "kutip-judul.csv",
        b'"desa,b\nx,1\ny,2\n',
        Refused("Row 1: a quote is opened and never closed"),
    ),
    (
        "kutip-sisa.csv",
        b'desa,b\n"x"y,1\nz,2\n',
        Reads([(3, "z", "2")], [(2, "follows a closing quote")]),
    ),
    ("kutip-tengah.csv", b'desa,b\npipa 5" besi,1\n', Reads([(2, 'pipa 5" besi', "1")])),
    (
        "lebar.csv",
        b"desa,b\nx,1\ny,2,3\nz\n",
        Reads([(2, "x", "1"), (4, "z", None)], [(3, "3 cells under 2 columns")]),
    ),
    (
        "sangat-lebar.csv",
        ",".join(f"k{n}" for n in range(5000)) + "\n",
        Refused("has 5000 columns; the limit is 300 ([limits] columns = 300"),
    ),
    (
        "sel-besar.csv",
        b"desa,b\n" + b"x" * 1_000_001 + b",1\n",
        Refused("[limits] cell_characters = 1000000"),
    ),
    (
        "rumus.csv",
        b'desa,b\n"=HYPERLINK(""http://x"")",+1\n@SUM(A1),-2\n',
        Reads([(2, '=HYPERLINK("http://x")', "+1"), (3, "@SUM(A1)", "-2")]),
    ),
    (
        "html-di-sel.csv",
        b"desa,b\n<script>alert(1)</script>,&amp;\n",
        Reads([(2, "<script>alert(1)</script>", "&amp;")]),
    ),
    (
        "halaman.csv",
        b"<!DOCTYPE html><html><table><tr><td>desa</td></tr></table></html>",
        Refused("is a web page"),
    ),
    ("pemisah.csv", b"sep=;\ndesa;b\nx;1,5\n", Reads([(3, "x", "1,5")])),
    ("arsip.csv", archive({"a.txt": "x"}), Refused("is an archive that holds no workbook")),
    ("buku.csv", XLSX, Reads(READ)),
    # JSON
    ("kosong.jsonl", b"", Refused("is empty")),
    ("koma.jsonl", b'{"desa": "x"},\n{"desa": "y"}\n', Reads([(2, "y")], [(1, "not JSON")])),
    (
        "nan.jsonl",
        b'{"desa": NaN}\n{"desa": -Infinity}\n{"desa": 1e400}\n',
        Reads([(3, "1" + "0" * 400)], [(1, "NaN"), (2, "Infinity")]),
    ),
    (
        "dalam.jsonl",
        b'{"desa": "x"}\n' + b"[" * 100_000 + b"\n",
        Reads([(1, "x")], [(2, "nested too deeply")]),
    ),
    (
        "kunci-kembar.jsonl",
        b'{"desa": 1, "desa": 2}\n{"desa": 3}\n',
        Reads([(2, "3")], [(1, '"desa" stands twice')]),
    ),
    (
        "belah.jsonl",
        b'{"desa": "\\ud800"}\n{"desa": "\\ud83d\\ude00"}\n',
        Reads([(2, "\U0001f600")], [(1, "half of a character")]),
    ),
    (
        "bukan-objek.jsonl",
        b'[1]\n"x"\n5\nnull\n{"desa": 1}\n',
        Reads([(5, "1")], [(n, "not an object") for n in (1, 2, 3, 4)]),
    ),
    ("nol.jsonl", b'{"desa": "x\0"}\n{"desa": "y"}\n', Reads([(2, "y")], [(1, "no character")])),
    ("semua-rusak.jsonl", b"{\n}\n", Reads([], [(1, "not JSON"), (2, "not JSON")])),
    ("windows.jsonl", b'{"desa": "caf\xe9 "}\n', Refused("is not UTF-8, which JSON has to be")),
    (
        "banyak.jsonl",
        "".join(f'{{"k{n}": 1}}\n' for n in range(400)),
        Refused("[limits] columns = 300"),
    ),
    ("angka-panjang.jsonl", b'{"desa": ' + b"9" * 5000 + b"}", Reads([(1, "9" * 5000)])),
    ("nol.json", b"\0", Refused("ends within a character")),
    ("pola.jsonl", b'{"*": 1, "^a.*$": " ", "ab": 3}', Reads([(1, "1", None, "3")])),
    ("pola.csv", b"*,^a.*$,ab\n1, ,3\n", Reads([(2, "1", None, "3")])),
    (
        "pola.parquet",
        parquet({"*": ["1"], "^a.*$": [" "], "ab": [3]}),
        Reads([(1, "1", None, "3")]),
    ),
    ("skalar.json", b"5", Refused("neither a list of objects nor")),
    ("putus.json", b'[{"desa": "x"}, {"desa": "y', Refused("it is not JSON")),
    ("sesudah.json", b'[{"desa": "x"}] []', Refused("something follows the end")),
    ("baris.json", b'{"desa": "x"}\n{"desa": "y"}\n', Refused("holds no list of objects")),
    (
        "dua-daftar.json",
        b'{"a": [{"x": 1}], "b": [{"y": 1}]}',
        Refused('two lists of objects, "a" and "b"'),
    ),
    ("kosong.json", b"[]", Refused("is empty")),
    ("isi-kosong.json", b"[{}, {}]", Reads([])),
    ("dalam.json", b"[" * 100_000, Refused("nested too deeply")),
    (
        "campur.json",
        b'{"n": 2, "isi": [{"desa": "x"}, 7, {"desa": {"a": [1.50]}}]}',
        Reads([(1, "x"), (3, '{"a":[1.50]}')], [(2, "not an object")]),
    ),
    # Parquet
    ("kosong.parquet", b"", Refused("cannot be read as Parquet")),
    ("putus.parquet", PARQUET[: len(PARQUET) // 2], Refused("cannot be read as Parquet")),
    ("ekor.parquet", PARQUET[:-20] + bytes(16) + b"PAR1", Refused("cannot be read as Parquet")),
    ("bukan.parquet", b"desa,jumlah\nNatar,3\n", Refused("cannot be read as Parquet")),
    ("terkunci.parquet", b"PARE" + bytes(100) + b"\4\0\0\0PARE", Refused("encrypted")),
    (
        "bersarang.parquet",
        parquet({"a": [{"x": [1, None], "y": {"z": 2.0}}], "b": [[["p"]]]}),
        Reads([(1, '{"x":[1,null],"y":{"z":2}}', '[["p"]]')]),
    ),
    ("tanpa-kolom.parquet", parquet({}), Refused("has no columns")),
    ("nama-kosong.parquet", parquet({" ": [1]}), Refused("column 1 has no name")),
    ("nama-lain.xls", PARQUET, Reads([(1, "Natar", "3")])),
    # Workbooks
    ("kosong.xlsx", b"", Refused("is no XLSX; read as text it is empty")),
    ("teks.xlsx", b"desa\tjumlah\nNatar\t3\n", Reads(ONE)),
    ("halaman.xls", b"\n<HTML><body><table>", Refused("is a web page")),
    ("xml.xls", b'<?xml version="1.0"?><Workbook/>', Refused("is a web page or XML")),
    ("putus.xlsx", XLSX[: len(XLSX) // 2], Refused("is a damaged archive")),
    ("putus.ods", ODS[:-40], Refused("is a damaged archive")),
    ("putus.xls", XLS[:700], Refused("cannot be read as a workbook")),
    ("rusak.xlsx", XLSX.replace(b"PK\x01\x02", b"PK\x01\x03", 1), Refused("is a damaged archive")),
    ("baik.xls", XLS, Reads(ONE)),
    ("baik.ods", ODS, Reads(ONE)),
    ("nama-lain.xlsx", XLS, Reads(ONE)),
    (
        "kata-sandi.xlsx",
        ole("EncryptedPackage", bytes(5000)),
        Refused("is protected by a password"),
    ),
    (
        "kata-sandi.xls",
        xls([["desa"]], record(0x2F, b"\1\0" * 3)),
        Refused("is protected by a password"),
    ),
    ("kata-sandi-zip.xlsx", locked(), Refused("is protected by a password")),
    ("kontainer.xls", ole("Lain", bytes(5000)), Refused("cannot be read as a workbook")),
    (
        "dimensi.xls",
        xls([["desa", "b"], ["x", 1.0]], last_row=0xFFFFFFF0),
        Refused("[limits] unpacked_mb = 64"),
    ),
    ("tanpa-lembar.xlsx", without(XLSX, SHEET), Refused("the sheet 'satu' is named and not there")),
    (
        "tanpa-daftar.xlsx",
        changed(XLSX, "xl/workbook.xml", lambda x: x[: x.index(b"<sheets>")] + b"</workbook>"),
        Refused("holds no table"),
    ),
    (
        "xml-rusak.xlsx",
        changed(XLSX, SHEET, lambda x: x[: len(x) // 2]),
        Refused("cannot be read as a workbook"),
    ),
    (
        "entitas.xlsx",
        changed(
            XLSX,
            "xl/workbook.xml",
            lambda x: x.replace(b"<workbook", ENTITIES.encode() + b"<workbook", 1).replace(
                b'"satu"', b'"&i;"'
            ),
        ),
        Refused("cannot be read as a workbook"),
    ),
    (
        "entitas.ods",
        ods(ods_table(["desa", "b"], ["&i;", "1"]), head=ENTITIES),
        Refused("cannot be read as a workbook"),
    ),
    ("bom.xlsx", archive({"xl/media/a.png": BOMB}, XLSX), Refused("[limits] archive_ratio = 200")),
    (
        "bom-besar.xlsx",
        archive({f"xl/media/{n}": BOMB for n in range(3)}, XLSX),
        Refused("[limits] unpacked_mb = 64"),
    ),
    ("banyak-isi.xlsx", archive({f"x/{n}": b"" for n in range(20_001)}), Refused("20001 entries")),
    ("tumpang-tindih.xlsx", overlapping(), Refused("entries overlap")),
    ("bohong.xlsx", lying(), Refused("is a damaged archive")),
    ("keluar.xlsx", archive({"../../jahat.txt": "x"}, XLSX), Refused("leads out of the archive")),
    ("mutlak.xlsx", archive({"/etc/jahat": "x"}, XLSX), Refused("leads out of the archive")),
    ("dokumen.xlsx", archive({"word/document.xml": "<x/>"}), Refused("is a text document (DOCX)")),
    ("biner.xlsb.xlsx", archive({"xl/workbook.bin": "x"}), Refused("is an XLSB workbook")),
    (
        "ujung.xlsx",
        workbook(satu=[["desa", "b"], ["x", 1], [None] * 16_383 + ["y"]]),
        Refused("has 16384 columns"),
    ),
    (
        "jauh.xlsx",
        changed(XLSX, SHEET, lambda x: x.replace(b'r="A3"', b'r="KM1048576"')),
        Refused("[limits] unpacked_mb = 64"),
    ),
    (
        "ulang.ods",
        ods(ods_table(["desa", "b"], ["!"], repeat=' table:number-columns-repeated="4000000000"')),
        Refused("[limits] columns = 300"),
    ),
    (
        "kosong-semua.xlsx",
        workbook(satu=[], dua=[]),
        Refused("holds no table (every sheet is empty)"),
    ),
    (
        "sampul.xlsx",
        workbook(satu=[["Laporan"], [2020]], dua=TABLE),
        Reads(READ, [(1, "has no header")]),
    ),
    ("hanya-judul.xlsx", workbook(satu=[["desa", "jumlah"]]), Reads([])),
    (
        "kembar.xlsx",
        workbook(satu=[["desa", "b", "desa"], ["x", "y", "z"]]),
        Refused("sheet 'satu': the column \"desa\" stands twice in row 1"),
    ),
    (
        "tanpa-nama.xlsx",
        workbook(satu=[["desa", None, "c"], ["x", "y", "z"]]),
        Refused("column 2 has no name"),
    ),
    (
        "lebar.xlsx",
        workbook(satu=[*TABLE, ["Merak", 1, "x"]]),
        Reads(READ, [(4, "3 cells under 2 columns")]),
    ),
    (
        "rumus.xlsx",
        workbook(lambda b: b.worksheets()[0].write_string(3, 0, "=1+1"), satu=TABLE),
        Reads([*READ, (4, "=1+1", None)]),
    ),
    (
        "galat.xlsx",
        workbook(
            lambda b: b.worksheets()[0].write_formula(3, 1, "=A99", None, "#REF!"), satu=TABLE
        ),
        Reads([*READ, (4, None, "#REF!")]),
    ),
    ("grafik.xlsx", workbook(charts_only, satu=TABLE), Reads(READ)),
]
SMALL = Limits(unpacked_mb=64)


def read(path: Path, limits: Limits) -> tuple[Rows, list[tuple[int, str]]]:
    rows: Rows = []
    damaged: list[tuple[int, str]] = []
    for sheet in read_sheets(path, limits):
        rows += [row for batch in sheet.batches for row in batch.rows()]
        damaged += [(row.row, row.reason) for row in sheet.damaged]
    return rows, damaged


@pytest.mark.parametrize(("name", "content", "expected"), CASES, ids=[case[0] for case in CASES])
def test_a_malformed_file_is_told_or_read(
    tmp_path: Path, name: str, content: bytes | str, expected: Expected
) -> None:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    if isinstance(expected, Refused):
        with pytest.raises(RawanError) as error:
            read(path, SMALL)
        assert not isinstance(error.value, TemporaryError)
        message = str(error.value)
        assert message.startswith(str(path))
        assert expected.message in message
        assert "\n" not in message
        assert len(message) < 600
    else:
        rows, damaged = read(path, SMALL)
        if isinstance(expected.rows, int):
            assert len(rows) == expected.rows
        else:
            assert rows == expected.rows
        assert [row for row, _ in damaged] == [row for row, _ in expected.damaged]
        for (_, reason), (_, part) in zip(damaged, expected.damaged, strict=True):
            assert part in reason


# What cannot stand in the table


def told(path: Path, limits: Limits) -> str:
    with pytest.raises(RawanError) as error:
        read(path, limits)
    return str(error.value).removeprefix(str(path))


@pytest.mark.parametrize("name", ["besar.csv", "besar.jsonl"])
def test_a_line_of_two_gigabytes_is_refused_without_being_read(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    with path.open("wb") as stream:
        stream.write(b"desa,b\n" + b"Natar,1\n" * 20_000)
        stream.truncate(2**31)  # a hole, which takes no room on the disk
    tracemalloc.start()
    started = time.monotonic()
    try:
        message = told(path, Limits())
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert message.startswith(", row 20002: the line has more than 16 MB")
    assert "[limits] line_mb = 16" in message
    assert time.monotonic() - started < 5
    assert peak < 64 * 2**20


@pytest.mark.parametrize(
    ("limits", "name", "content", "message"),
    [
        (Limits(file_mb=1), "a.csv", b"desa,b\n" + b"x,1\n" * 300_000, "has 1 MB"),
        (Limits(rows=100), "a.csv", b"desa,b\n" + b"x,1\n" * 101, "rows = 100"),
        (Limits(rows=100), "a.jsonl", b'{"a": 1}\n' * 101, "rows = 100"),
        (Limits(rows=100), "a.parquet", parquet({"a": [1] * 101}), "rows = 100"),
        (Limits(rows=100), "a.xlsx", workbook(a=[["a", "b"], *[[1, 2]] * 101]), "rows = 100"),
        (Limits(columns=3), "a.parquet", parquet({n: [1] for n in "abcd"}), "columns = 3"),
        (Limits(cell_characters=9), "a.xlsx", workbook(a=[["a", "b"], ["x" * 10, 1]]), "row 2"),
        (Limits(cell_characters=9), "a.parquet", parquet({"a": ["x" * 10]}), "row 1"),
        (Limits(line_mb=1), "a.json", b'[{"a": "' + b"x" * 2_500_000 + b'"}]', "line_mb = 1"),
    ],
)
def test_a_limit_is_named_with_its_value_and_key(
    tmp_path: Path, limits: Limits, name: str, content: bytes, message: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    found = told(path, limits)
    assert message in found
    assert "([limits] " in found


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.xlsx"])
def test_time_is_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    path = tmp_path / name
    path.write_bytes({"a.csv": b"a,b\n1,2\n", "a.jsonl": b'{"a": 1}\n', "a.xlsx": XLSX}[name])
    monkeypatch.setattr(Guard, "seconds_left", lambda self: -1.0)
    assert "takes too many seconds to read; the limit is 900 ([limits] seconds = 900" in told(
        path, Limits()
    )


def test_a_folder_that_is_called_a_table_is_told(tmp_path: Path) -> None:
    (tmp_path / "x.csv").mkdir()
    assert told(tmp_path / "x.csv", Limits()).startswith(": is a folder or a device")


@pytest.mark.parametrize("ending", READABLE)
def test_a_file_that_is_gone_may_come_back(tmp_path: Path, ending: str) -> None:
    with pytest.raises(TemporaryError, match="cannot be read"):
        read(tmp_path / f"a{ending}", Limits())


def test_an_ending_that_nobody_reads_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.dbf").write_bytes(b"x")
    assert "is not a kind of file that can be read. Known: .csv" in told(
        tmp_path / "a.dbf", Limits()
    )


def test_batches_that_were_passed_over_are_not_taken_for_empty(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(workbook(satu=TABLE, dua=TABLE))
    first, *_ = list(read_sheets(path, Limits()))
    with pytest.raises(RuntimeError, match="before the next is asked for"):
        list(first.batches)
