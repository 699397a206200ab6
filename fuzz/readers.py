"""Feeds broken files to the readers of tables and reports until one does what it must not.

`python fuzz/readers.py --seconds 60 [--format csv]` lets libFuzzer (through atheris) change
small sound files byte by byte. A reader may yield sheets or raise a `RawanError`; anything
else ends the run with the bytes that did it, in a file `crash-...`. Owns no rule of its own:
what a reader should make of a file is in the tests.
"""

import argparse
import io
import struct
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["rawan.sources"]):
    from rawan.errors import RawanError
    from rawan.settings import Limits
    from rawan.sources.readers import read_sheets

import pyarrow as pa
import pyarrow.parquet
import xlsxwriter

LIMITS = Limits(file_mb=16, rows=50_000, columns=100, line_mb=1, unpacked_mb=64, seconds=20)


def delimited_seeds() -> list[bytes]:
    """Return sound and half-sound files of delimited text."""
    table = 'desa;b;c\r\n"satu, ""dua""\nNatar";1,5;x\r\n;;\r\nHajimena;2;y\r\n'
    return [
        b"desa,b\n" + b"Natar,1\n" * 40,
        table.encode(),
        table.encode("utf-16"),
        b"sep=|\na|b\n1|2\n",
        "Judul\n\na\tb\ncaf\u00e9\tx\n".encode("cp1252"),
    ]


def json_seeds() -> list[bytes]:
    """Return JSON texts."""
    rows = b'[{"a": 1, "b": ["x", "y"]}, {"a": null, "c": {"d": -1.5e3}}]'
    return [rows, b'{"n": 1, "rows": ' + rows + b"}", b'[{"a": "\\ud83d\\ude00"}]']


def json_lines_seeds() -> list[bytes]:
    """Return texts of JSON Lines."""
    return [b'{"a": 1}\n\n{"b": [1, 2], "a": "x"}\n', b'{"a": {"b": [true, null]}}\n']


def parquet_seeds() -> list[bytes]:
    """Return Parquet files, packed and plain."""
    content = {
        "a": pa.array(["x", None, "y"]),
        "b": pa.array([1.5, 2.0, None]),
        "c": pa.array([[1, 2], [], None]),
        "d": pa.array([{"e": 1}, None, {"e": 2}]),
        "f": pa.array([0, 1, 2], pa.timestamp("us", "UTC")),
        "g": pa.array(["u", "v", "u"]).dictionary_encode(),
    }
    seeds = []
    for compression in ("snappy", "none"):
        out = io.BytesIO()
        pyarrow.parquet.write_table(pa.table(content), out, compression=compression)
        seeds.append(out.getvalue())
    return seeds


def xlsx_seeds() -> list[bytes]:
    """Return an XLSX workbook."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet("satu")
        sheet.merge_range("A1:C1", "Judul")
        for row, cells in enumerate([["a", "b", "c"], ["x", 1.5, True], ["y", 2, "z"]], start=2):
            sheet.write_row(row, 0, cells)
        sheet.write_formula("A6", "=B9", None, "#REF!")
    return [out.getvalue()]


def ods_seeds() -> list[bytes]:
    """Return a small ODS workbook."""
    spaces = "".join(
        f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "table", "text")
    )
    cell = '<table:table-cell office:value-type="string"{}><text:p>{}</text:p></table:table-cell>'
    rows = "".join(
        f"<table:table-row>{cell.format(more, 'a')}{cell.format('', 'b')}</table:table-row>"
        for more in ("", ' table:number-rows-spanned="2"', ' table:number-columns-repeated="2"')
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr(
            "content.xml",
            f"<office:document-content{spaces}><office:body><office:spreadsheet>"
            f'<table:table table:name="satu">{rows}</table:table>'
            "</office:spreadsheet></office:body></office:document-content>",
        )
    return [out.getvalue()]


def xls_seeds() -> list[bytes]:
    """Return a small XLS workbook: an OLE container with one stream."""

    def record(kind: int, content: bytes = b"") -> bytes:
        return struct.pack("<HH", kind, len(content)) + content

    book = record(0x809, struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 0))
    book += record(0x85, struct.pack("<IBBBB", len(book) + 20, 0, 0, 4, 0) + b"satu") + record(0x0A)
    book += record(0x809, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 0, 0, 0))
    book += record(0x200, struct.pack("<IIHHH", 0, 2, 0, 2, 0))
    for column, name in enumerate("ab"):
        book += record(0x204, struct.pack("<HHHHB", 0, column, 0, 1, 0) + name.encode())
        book += record(0x203, struct.pack("<HHHd", 1, column, 0, 1.5))
    book = (book + record(0x0A)).ljust(4096, b"\0")
    end, free = 0xFFFFFFFE, 0xFFFFFFFF
    fat = struct.pack("<11I", 0xFFFFFFFD, end, *range(3, 10), end, free).ljust(512, b"\xff")
    header = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(16)
    header += struct.pack("<HHHHH6x10I", 62, 3, 0xFFFE, 9, 6, 0, 1, 1, 0, 4096, end, 0, end, 0, 0)
    folder = b""
    for name, kind, child, start, size in (
        ("Root Entry", 5, 1, end, 0),
        ("Workbook", 2, free, 2, len(book)),
    ):
        text = (name + "\0").encode("utf-16-le")
        folder += text.ljust(64, b"\0") + struct.pack(
            "<HBBIII", len(text), kind, 1, free, free, child
        )
        folder += bytes(36) + struct.pack("<IQ", start, size)
    return [header.ljust(512, b"\xff") + fat + folder.ljust(512, b"\0") + book]


REPORT = (
    "RAHASIA\nLAPORAN INFORMASI\nNomor: R/LI-01/XI/2024/Contoh\nBidang: keamanan\n"
    "I. PENDAHULUAN\n1. Sumber: warga\n2. Nilai: B-2\n3. Waktu mendapatkan: 10 November 2024\n"
    "II. FAKTA\nPada 9 November 2024 warga Desa Umpama, Kecamatan Contoh berkumpul.\n"
    "III. PENDAPAT PELAPOR\nPerlu dipantau.\nContoh, 11 November 2024\nPELAPOR\n"
)


def text_seeds() -> list[bytes]:
    """Return reports as plain text."""
    return [REPORT.encode(), REPORT.encode("utf-16")]


def docx_seeds() -> list[bytes]:
    """Return a report as DOCX."""
    import docx

    document = docx.Document()
    for line in REPORT.splitlines():
        document.add_paragraph(line)
    out = io.BytesIO()
    document.save(out)
    return [out.getvalue()]


def pdf_seeds() -> list[bytes]:
    """Return a report as PDF, written by hand: one page, one font."""
    lines = "".join(f"({line}) Tj T*\n" for line in REPORT.splitlines())
    stream = f"BT /F1 12 Tf 14 TL 40 780 Td\n{lines}ET".encode("latin-1")
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    out, starts = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, start=1):
        starts.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % start for start in starts)
    tail = b"trailer << /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % len(out)
    return [out + b"xref\n0 6\n0000000000 65535 f \n" + table + tail]


SEEDS: dict[str, Callable[[], list[bytes]]] = {
    "csv": delimited_seeds,
    "json": json_seeds,
    "jsonl": json_lines_seeds,
    "parquet": parquet_seeds,
    "xlsx": xlsx_seeds,
    "ods": ods_seeds,
    "xls": xls_seeds,
    "txt": text_seeds,
    "docx": docx_seeds,
    "pdf": pdf_seeds,
}
ARCHIVES = ("xlsx", "ods", "docx")


def unwrapped(seed: bytes) -> list[bytes]:
    """Return an archive as inputs that can be changed: itself, and each of its parts by number.

    A changed byte of an archive is found by its checksum and goes no deeper.
    """
    with zipfile.ZipFile(io.BytesIO(seed)) as archive:
        parts = [archive.read(name) for name in sorted(archive.namelist())]
    return [bytes([number]) + part for number, part in enumerate([seed, *parts])]


def wrapped(content: bytes, seed: bytes) -> bytes:
    """Return the archive for an input: the input itself, or `seed` with one part replaced."""
    number, part = content[0] if content else 0, content[1:]
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(seed)) as old, zipfile.ZipFile(out, "w") as new:
        names = sorted(old.namelist())
        number %= len(names) + 1
        if number == 0:
            return part
        for index, name in enumerate(names, start=1):
            new.writestr(name, part if index == number else old.read(name))
    return out.getvalue()


def read_whole(path: Path) -> int:
    """Read every sheet of a file; return how many rows there were, 0 if it was refused."""
    rows = 0
    try:
        for sheet in read_sheets(path, LIMITS):
            for batch in sheet.batches:
                rows += batch.height
    except RawanError as error:
        if not str(error).startswith(str(path)):
            raise AssertionError(f"a message does not name the file: {error}") from error
    return rows


def main() -> None:
    """Fuzz one format, or each in turn, for the time that is given."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=60, help="how long, for each format")
    parser.add_argument("--format", choices=sorted(SEEDS), required=False)
    given = parser.parse_args()
    if given.format is None:
        run_each(given.seconds)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"masukan.{given.format}"
        corpus = Path(folder) / "benih"
        corpus.mkdir()
        seeds = SEEDS[given.format]()
        is_archive = given.format in ARCHIVES
        inputs = unwrapped(seeds[0]) if is_archive else seeds
        for number, content in enumerate(inputs):
            (corpus / str(number)).write_bytes(content)
        for number, seed in enumerate(seeds):
            path.write_bytes(seed)
            if not read_whole(path):
                raise SystemExit(
                    f"seed {number} of {given.format} is not read: nothing to start from"
                )

        def one(content: bytes) -> None:
            path.write_bytes(wrapped(content, seeds[0]) if is_archive else content)
            read_whole(path)

        options = [f"-max_total_time={given.seconds}", "-max_len=20000", "-rss_limit_mb=4096"]
        atheris.Setup([sys.argv[0], *options, "-timeout=60", str(corpus)], one)
        atheris.Fuzz()


def run_each(seconds: int) -> None:
    """Run this file once for each format, since libFuzzer ends the process it runs in."""
    failed = [
        form
        for form in SEEDS
        if subprocess.run(
            [sys.executable, __file__, "--seconds", str(seconds), "--format", form], check=False
        ).returncode
    ]
    raise SystemExit(f"failed: {', '.join(failed)}" if failed else 0)


if __name__ == "__main__":
    main()
