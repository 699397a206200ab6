"""Documents to lines of text: DOCX, PDF and plain text, each opened as if it meant harm.

Owns what of a document is read at all: the paragraphs and tables of its body, or the text on its
pages. Headers and footers of a DOCX, text boxes, comments, notes, deleted text, properties,
form fields and annotations are never looked at: that is where names stand, and no facts.
What the lines mean is in `rawan.sources.report_form`.

Python packages do the parsing (python-docx, pypdf). Whatever they raise on a broken file becomes
one sentence, without the file's own words in it.
"""

import logging
import re
import time
import unicodedata
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any
from zipfile import BadZipFile, ZipFile

from rawan.errors import RawanError
from rawan.settings import Limits

MEGABYTE = 1024 * 1024
READABLE_DOCUMENTS = (".docx", ".pdf", ".txt")

# A report is pages: these are far beyond any, and far below what would fill the memory.
_LARGEST_MB = 100
_LARGEST_XML_MB = 64
_MOST_CHARACTERS = 5_000_000
_MOST_ENTRIES = 5_000
_MOST_DEPTH = 40  # of tables within tables

_OLE = bytes.fromhex("D0CF11E0A1B11AE1")
_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_UNREAD = frozenset(
    _WORD + name
    for name in ("txbxContent", "del", "moveFrom", "instrText", "delText", "rPr", "pPr")
)
_SIGNS = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
_TYPE_IT = "Type its text into the form for reports (rawan template reports)"


@dataclass(frozen=True)
class Lines:
    """The lines of a document; `is_wrapped` says that a sentence may go on in the next line."""

    lines: list[str]
    is_wrapped: bool


@dataclass
class Clock:
    """The time that a file may take, from now on."""

    where: str
    limits: Limits
    started: float = field(default_factory=lambda: time.monotonic())

    def check(self) -> None:
        """Refuse the file if its time is over."""
        if time.monotonic() - self.started > self.limits.seconds:
            raise RawanError(
                f"{self.where}: takes more than {self.limits.seconds} seconds to read "
                f"([limits] seconds). {_TYPE_IT}, or raise the limit."
            )


def document_lines(data: bytes, suffix: str, limits: Limits, where: str) -> Lines:
    """Return the lines of a document whose content is `data`; `where` begins every message.

    Raises
    ------
    RawanError
        If it is damaged, protected by a password, too large, or has no text.
    """
    readers = {".docx": _docx_lines, ".pdf": _pdf_lines, ".txt": _text_lines}
    limit = min(limits.file_mb, _LARGEST_MB)
    if len(data) > limit * MEGABYTE:
        raise RawanError(
            f"{where}: has {len(data) // MEGABYTE} MB; the limit for a document is {limit} MB. "
            "Save it without pictures, or split it."
        )
    if not data.strip(b"\0 \r\n\t"):
        raise RawanError(f"{where}: is empty. Save the document again and drop it again.")
    clock = Clock(where, limits)
    lines: list[str] = []
    size = 0
    with _quiet():
        for line in readers[suffix](data, clock):
            size += len(line) + 1
            if size > _MOST_CHARACTERS:
                raise RawanError(
                    f"{where}: has more than {_MOST_CHARACTERS} characters of text. Split it."
                )
            lines += _clean(line).splitlines() or [""]
    if not any(line.strip() for line in lines):
        raise RawanError(f"{where}: has no text. {_WITHOUT_TEXT[suffix]}")
    return Lines(lines, is_wrapped=suffix != ".docx")


_WITHOUT_TEXT = {
    ".docx": f"Headers, footers and text boxes are not read. {_TYPE_IT}.",
    ".pdf": f"It may be a scan: have its text recognised (OCR), or else: {_TYPE_IT.lower()}.",
    ".txt": "Save the document again and drop it again.",
}


def check_archive(data: bytes, limits: Limits, where: str) -> None:
    """Refuse a zip archive that would unpack to more than it should, before unpacking any of it.

    Raises
    ------
    RawanError
        If it is no archive, has too many entries, unpacks to more than `unpacked_mb` or to more
        than `archive_ratio` times its size, or holds a path that leads out of it.
    """
    try:
        with ZipFile(BytesIO(data)) as archive:
            entries = archive.infolist()
    except (BadZipFile, ValueError, OSError, NotImplementedError, EOFError) as error:
        raise RawanError(
            f"{where}: is not a whole archive ({type(error).__name__}); it may have been cut off. "
            "Get the whole file and drop it again."
        ) from None
    unpacked = sum(entry.file_size for entry in entries)
    xml = max((e.file_size for e in entries if e.filename.endswith((".xml", ".rels"))), default=0)
    problem = ""
    if len(entries) > _MOST_ENTRIES:
        problem = f"holds {len(entries)} files; the limit is {_MOST_ENTRIES}"
    elif unpacked > limits.unpacked_mb * MEGABYTE:
        problem = (
            f"unpacks to {unpacked // MEGABYTE} MB; the limit is {limits.unpacked_mb} "
            "([limits] unpacked_mb)"
        )
    elif unpacked > limits.archive_ratio * len(data):
        problem = (
            f"unpacks to {unpacked // len(data)} times its size; the limit is "
            f"{limits.archive_ratio} ([limits] archive_ratio)"
        )
    elif xml > _LARGEST_XML_MB * MEGABYTE:
        problem = f"holds {xml // MEGABYTE} MB of text; the limit is {_LARGEST_XML_MB}"
    elif any(_leads_out(entry.filename) for entry in entries):
        problem = "holds a path that leads out of it"
    elif any(entry.flag_bits & 1 for entry in entries):
        problem = "is protected by a password"
    if problem:
        raise RawanError(f"{where}: {problem}. Save the document anew and drop it again.")


def _leads_out(name: str) -> bool:
    parts = re.split(r"[/\\]", name)
    return ".." in parts or name.startswith(("/", "\\")) or ":" in parts[0]


# DOCX


def _docx_lines(data: bytes, clock: Clock) -> Iterator[str]:
    import docx

    if data.startswith(_OLE):
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise RawanError(f"{clock.where}: is protected by a password. Save a copy without one.")
        raise RawanError(f"{clock.where}: is in the old format of Word. Save it as DOCX.")
    check_archive(data, clock.limits, clock.where)
    try:
        body = docx.Document(BytesIO(data)).element.body
        yield from _block_lines(body, clock, 0)
    except RawanError:
        raise
    except Exception as error:  # a damaged file makes the library raise anything
        raise _damaged(clock.where, "DOCX", error) from None


def _block_lines(block: Any, clock: Clock, depth: int) -> Iterator[str]:
    """Yield the paragraphs and table rows of a body or cell, in order."""
    if depth > _MOST_DEPTH:
        raise RawanError(f"{clock.where}: has tables within tables, {depth} deep. {_TYPE_IT}.")
    for child in block:
        clock.check()
        if child.tag == _WORD + "p":
            yield _paragraph(child)
        elif child.tag == _WORD + "tbl":
            yield from _table_lines(child, clock, depth)
        elif child.tag in (_WORD + "sdt", _WORD + "sdtContent", _WORD + "customXml"):
            yield from _block_lines(child, clock, depth + 1)


def _paragraph(paragraph: Any) -> str:
    """Return the text of a paragraph, without what is not read."""
    found: list[str] = []
    stack = [paragraph]
    while stack:
        node = stack.pop()
        if not isinstance(node.tag, str):
            continue  # a comment or an entity of XML
        if node.tag == _WORD + "t":
            found.append(node.text or "")
        elif node.tag.startswith(_WORD) and node.tag[len(_WORD) :] in _SIGNS:
            found.append(_SIGNS[node.tag[len(_WORD) :]])
        elif node.tag not in _UNREAD and not node.tag.endswith("}Fallback"):
            stack.extend(reversed(node))
    return "".join(found)


def _table_lines(table: Any, clock: Clock, depth: int) -> Iterator[str]:
    """Yield a table's rows: "label : value" for two cells, else cell by cell.

    Columns whose heading asks for a person are left out, as the rest of the form does it.
    """
    from rawan.sources.identity import is_identity_label

    hidden: set[int] = set()
    for number, row in enumerate(table.iter(_WORD + "tr")):
        if _owner(row) is not table:
            continue  # of a table within this one; its cell brings it
        cells = [
            [line for line in _block_lines(cell, clock, depth + 1) if line.strip()]
            for cell in _cells(row)
        ]
        labels = {i for i, cell in enumerate(cells) if is_identity_label(" ".join(cell))}
        is_header = len(cells) > 2 and [":"] not in cells
        if number == 0 and labels and (is_header or len(labels) > 1):
            hidden = labels
        cells = [
            cell for i, cell in enumerate(cells) if i not in hidden and cell not in ([], [":"])
        ]
        if len(cells) == 2 and len(cells[0]) == 1 and len(cells[0][0].split()) < 6:
            label = cells[0][0].strip(" :")
            yield f"{label} : {cells[1][0]}"
            yield from cells[1][1:]
        elif all(len(cell) == 1 for cell in cells):
            yield "; ".join(cell[0].strip() for cell in cells)
        else:
            for cell in cells:
                yield from cell
    yield ""


def _cells(row: Any) -> Iterator[Any]:
    for child in row:
        if child.tag == _WORD + "tc":
            yield child
        elif child.tag in (_WORD + "sdt", _WORD + "sdtContent", _WORD + "customXml"):
            yield from _cells(child)


def _owner(row: Any) -> Any:
    node = row.getparent()
    while node is not None and node.tag != _WORD + "tbl":
        node = node.getparent()
    return node


# PDF


def _pdf_lines(data: bytes, clock: Clock) -> Iterator[str]:
    import pypdf

    try:
        reader = pypdf.PdfReader(BytesIO(data), strict=False)
        if reader.is_encrypted and not _opens_without_password(reader):
            raise RawanError(f"{clock.where}: is protected by a password. Save a copy without one.")
        pages = []
        for page in reader.pages:
            clock.check()
            text = page.extract_text(visitor_operand_before=lambda *_: clock.check())
            pages.append(_clean(text).splitlines())
    except RawanError:
        raise
    except Exception as error:  # a damaged file makes the library raise anything
        raise _damaged(clock.where, "PDF", error) from None
    for lines in _without_running_lines(pages):
        yield from lines


def _opens_without_password(reader: Any) -> bool:
    """Tell whether an encrypted file asks for a password only to change it."""
    try:
        return bool(reader.decrypt(""))
    except Exception:  # a method of encryption that is not known here
        return False


def _without_running_lines(pages: list[list[str]]) -> Iterator[list[str]]:
    """Yield pages without the lines that open or end several of them: headers and footers.

    The number and the date of a report stay, though a footer may have them too.
    """
    edges: Counter[str] = Counter()
    for lines in pages:
        edges.update({_key(lines[i]) for i in _edge(lines)})
    for lines in pages:
        running = {
            i
            for i in _edge(lines)
            if edges[_key(lines[i])] > 1 and not re.search(r"/ ?LI\b|[0-9]{4}\W*$", lines[i])
        }
        yield [line for i, line in enumerate(lines) if i not in running]


def _edge(lines: list[str]) -> set[int]:
    filled = [i for i, line in enumerate(lines) if line.strip()]
    return {*filled[:2], *filled[-2:]}


def _key(line: str) -> str:
    """Return a line as it is on every page: a page number is the same as any other."""
    return re.sub(
        r"^\W*(?:hal(?:aman)?\.?|page)?\W*[0-9]+(?:\W|dari|of|[0-9])*$", "#", line.strip().lower()
    )


# Plain text


def _text_lines(data: bytes, clock: Clock) -> Iterator[str]:
    yield from _decoded(data, clock.where).splitlines()


def _decoded(data: bytes, where: str) -> str:
    """Return text in UTF-8, UTF-16 (by its mark, or by its zero bytes) or Windows-1252."""
    encodings = ["utf-8-sig", "cp1252"]
    half = max(1, len(data) // 2)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    elif data[1::2].count(0) > 0.4 * half:
        encodings = ["utf-16-le"]
    elif data[0::2].count(0) > 0.4 * half:
        encodings = ["utf-16-be"]
    elif b"\0" in data:
        raise RawanError(
            f"{where}: is not text (byte {data.index(0)} is zero). Save it as text in UTF-8."
        )
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise RawanError(f"{where}: is text of an unknown encoding. Save it as text in UTF-8.")


# All


def _damaged(where: str, kind: str, error: Exception) -> RawanError:
    return RawanError(
        f"{where}: cannot be read as {kind} ({type(error).__name__}); it may be damaged or cut "
        "off. Get the whole file, or save it anew, and drop it again."
    )


def _clean(text: str) -> str:
    """Return text without signs that show nothing or cannot be stored; words stay as they are."""
    if not text.isascii():
        text = "".join(map(_shown, unicodedata.normalize("NFC", text)))
    return re.sub(r"[\x00-\x08\x0b-\x1f\x7f]", " ", text)


def _shown(sign: str) -> str:
    category = unicodedata.category(sign)
    if category == "Cf":
        return ""  # hyphens and joiners that do not show, and would hide a number
    return " " if category in ("Cc", "Cs", "Cn", "Zs") and sign not in "\n\t" else sign


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep pypdf from logging: its messages quote the file, with the names in it.

    Its modules log under names of their own, which follow the level of the package.
    """
    logger = logging.getLogger("pypdf")
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        logger.setLevel(level)
