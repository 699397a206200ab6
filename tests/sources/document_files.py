"""Documents for the tests: one invented report, as text, DOCX and PDF, with names in every corner.

Every name and number of a person holds the letters ZZ, so that a test can look for them.
"""

import zipfile
from collections.abc import Iterable, Mapping
from io import BytesIO
from typing import Any

import docx
import pypdf
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from pypdf.annotations import FreeText
from pypdf.generic import DictionaryObject, NameObject, TextStringObject

REPORT = """\
KEPOLISIAN NEGARA REPUBLIK INDONESIA
RESOR CONTOH
                    RAHASIA

               LAPORAN INFORMASI
          Nomor : R/LI-12/X/2012/Sat Intelkam

Bidang   : Keamanan
Perihal  : Bentrok antarwarga

I. PENDAHULUAN
   1. Sumber informasi : Sdr. Zzsumber Zubairi
   2. Hubungan dengan sumber : kenalan lama ZZHUBUNGAN
   3. Cara mendapatkan : wawancara dengan ZZCARA
   4. Waktu mendapatkan : Senin, 29 Oktober 2012 pukul 08.00 WIB
   5. Nilai : B-2
   Kecamatan : Umpama
   Desa : Sukarekaan

II. FAKTA-FAKTA
   1. Pada hari Minggu tanggal 28 Oktober 2012 sekira pukul 23.30 WIB terjadi bentrok
      di Desa Sukarekaan Kecamatan Umpama.
   2. Korban luka 3 orang; keterangan dari Zzsumber Zubairi (Sumber : ZZDALAM).

III. PENDAPAT PELAPOR
   a. Analisa : situasi rawan.
   b. Rekomendasi : dialog antartokoh.

                         Umpama, 30 Oktober 2012
                         PELAPOR

                         ZZPELAPOR NAMA
                         BRIPKA NRP 12345678
Tembusan:
1. Kapolres ZZTEMBUSAN
"""

TEXT_BOX = """<w:p {ns} xmlns:v="urn:schemas-microsoft-com:vml"><w:r><w:pict><v:shape>
<v:textbox><w:txbxContent><w:p><w:r><w:t>ZZKOTAK</w:t></w:r></w:p></w:txbxContent></v:textbox>
</v:shape></w:pict></w:r></w:p>"""
DELETED = """<w:p {ns}><w:del w:id="1" w:author="ZZPENGHAPUS"><w:r>
<w:delText>ZZHAPUS</w:delText></w:r></w:del></w:p>"""


def to_docx(text: str = REPORT) -> bytes:
    """Return a DOCX of these lines, with names in every place where a DOCX can hold any."""
    document = docx.Document()
    section = document.sections[0]
    section.header.paragraphs[0].text = "ZZKEPALA"
    section.footer.paragraphs[0].text = "ZZKAKI"
    for name in ("author", "last_modified_by", "title", "subject", "comments", "keywords"):
        setattr(document.core_properties, name, "ZZSIFAT")
    for line in text.splitlines():
        document.add_paragraph(line.strip())
    first = document.paragraphs[0] if text else document.add_paragraph()
    mark = first.runs or [first.add_run("")]
    document.add_comment(mark, text="ZZKOMENTAR", author="ZZPENULIS", initials="ZZ")
    for xml in (TEXT_BOX, DELETED):
        first._p.addnext(parse_xml(xml.format(ns=nsdecls("w"))))
    return saved(document)


def to_table_docx(rows: Iterable[Iterable[str]], *paragraphs: str, after: str = "") -> bytes:
    """Return a DOCX of paragraphs, then a table of these rows, then one more paragraph."""
    document = docx.Document()
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    lines = [list(row) for row in rows]
    table = document.add_table(len(lines), len(lines[0]))
    for i, row in enumerate(lines):
        for j, cell in enumerate(row):
            table.cell(i, j).text = cell
    document.add_paragraph(after)
    return saved(document)


def saved(document: Any) -> bytes:
    stream = BytesIO()
    document.save(stream)
    return stream.getvalue()


def rezipped(data: bytes, replaced: Mapping[str, bytes | None]) -> bytes:
    """Return an archive with some entries replaced, added, or (None) left out."""
    stream = BytesIO()
    with (
        zipfile.ZipFile(BytesIO(data)) as old,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        entries = {name: old.read(name) for name in old.namelist()} | dict(replaced)
        for name, content in entries.items():
            if content is not None:
                new.writestr(name, content)
    return stream.getvalue()


def bare_pdf(*pages: str) -> bytes:
    """Return a PDF whose pages show these lines."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b""]
    objects.append(b"<< /Type /Font /Subtype /Type1 /BaseFont /Courier >>")
    kids = []
    for page in pages:
        lines = [
            line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
            for line in page.splitlines()
        ]
        content = "\n".join(["BT /F1 9 Tf 12 TL 40 800 Td", *(f"({x}) Tj T*" for x in lines), "ET"])
        stream = content.encode("cp1252")
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R "
            b"/Resources << /Font << /F1 3 0 R >> >> >>" % (len(objects) + 2)
        )
        kids.append(len(objects))
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream))
    references = " ".join(f"{kid} 0 R" for kid in kids).encode()
    objects[1] = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(kids), references)
    out = b"%PDF-1.4\n"
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    return out + (
        b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\n"
        b"startxref\n%d\n%%%%EOF\n" % (size, table, size, len(out))
    )


def to_pdf(*pages: str, lock: str = "", owner: str = "", script: str = "") -> bytes:
    """Return a PDF of these pages, with names in its properties and an annotation."""
    writer = pypdf.PdfWriter(clone_from=BytesIO(bare_pdf(*pages)))
    writer.add_metadata({"/Author": "ZZPENULIS", "/Title": "ZZJUDUL", "/Producer": "ZZALAT"})
    writer.add_annotation(0, FreeText(text="ZZCATATAN", rect=(50, 50, 200, 90)))
    if script:
        action = {"/S": NameObject("/JavaScript"), "/JS": TextStringObject(script)}
        writer.root_object[NameObject("/OpenAction")] = DictionaryObject(
            {NameObject(key): value for key, value in action.items()}
        )
    if lock or owner:
        writer.encrypt(lock, owner or None, algorithm="RC4-128")
    stream = BytesIO()
    writer.write(stream)
    return stream.getvalue()
