"""Text of unknown encoding as a stream of UTF-8 bytes.

Owns the choice of the encoding and the first look through a text file: it is read once, in
pieces, before anything of it is taken. Tried are, in this order: UTF-8, UTF-16 (by its mark,
or by the zero byte beside each plain letter) and Windows-1252. A file that is UTF-8 nearly
everywhere stays UTF-8: its wrong bytes damage the rows they stand in, not the others.
"""

import codecs
from collections.abc import Iterator
from typing import BinaryIO

from rawan.errors import RawanError
from rawan.sources.limits import MEGABYTE, Guard

HEAD_BYTES = 64 * 1024
UTF8, UTF16_LE, UTF16_BE, WINDOWS = "utf-8", "utf-16-le", "utf-16-be", "cp1252"
MARKS = ((codecs.BOM_UTF8, UTF8), (codecs.BOM_UTF16_LE, UTF16_LE), (codecs.BOM_UTF16_BE, UTF16_BE))
NO_WINDOWS_CHARACTER = bytes.fromhex("81 8d 8f 90 9d")
FEW_ZEROS = 8  # so many damage their rows; more, and the file is not text
TRIED = "Tried: UTF-8, UTF-16 and Windows-1252. Save the file as 'CSV UTF-8' and drop it again."


def find_encoding(guard: Guard, has_lines: bool = True) -> str:
    """Return the encoding of a text file; `has_lines` says whether its lines are measured.

    Raises
    ------
    RawanError
        If the file is no text, in none of the encodings, or has a line beyond `line_mb`.
    """
    with guard.path.open("rb") as stream:
        head = stream.read(HEAD_BYTES)
        marked = _by_mark_or_zeros(head, guard)
        if marked is not None:
            return marked
        stream.seek(0)
        wrong, valid = _first_wrong_byte(stream, guard, has_lines)
        if wrong is None:
            return UTF8
        stream.seek(max(0, wrong - HEAD_BYTES))
        near = stream.read(2 * HEAD_BYTES).decode(UTF8, "replace")
        broken = near.count("\N{REPLACEMENT CHARACTER}")
        if valid + len(near) - len(near.encode("ascii", "ignore")) - broken > broken:
            return UTF8
        stream.seek(0)
        offset = 0
        while piece := stream.read(MEGABYTE):
            if len(piece.translate(None, NO_WINDOWS_CHARACTER)) != len(piece):
                strange = offset + min(
                    place for byte in NO_WINDOWS_CHARACTER if (place := piece.find(byte)) >= 0
                )
                raise RawanError(
                    f"{guard.where()}: its encoding is unknown (byte {wrong} is not UTF-8, "
                    f"byte {strange} not Windows-1252). {TRIED}"
                )
            offset += len(piece)
            guard.check_time()
    return WINDOWS


def utf8_pieces(
    stream: BinaryIO, encoding: str, head: int, size: int, guard: Guard
) -> Iterator[bytes]:
    """Yield the content of a stream as UTF-8, without its mark, in pieces of about `size` bytes.

    The first piece has about `head` bytes. Bytes that are no
    characters pass as they are (UTF-8), and lone halves of characters as the bytes that
    UTF-8 has for them but forbids (UTF-16): both can be told from text later.

    Raises
    ------
    RawanError
        If the content ends within a character (UTF-16).
    """
    decoder = None if encoding == UTF8 else codecs.getincrementaldecoder(encoding)("surrogatepass")
    is_first = True
    while piece := stream.read(head if is_first else size):
        if decoder is not None:
            piece = decoder.decode(piece).encode(UTF8, "surrogatepass")
        if is_first:
            piece = piece.removeprefix(codecs.BOM_UTF8)
        is_first = False
        yield piece
    if decoder is not None:
        try:
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            raise RawanError(
                f"{guard.where()}: ends within a character of {encoding.upper()}; it was cut off. "
                "Get the whole file and drop it again."
            ) from None


def _by_mark_or_zeros(head: bytes, guard: Guard) -> str | None:
    """Return the encoding that the first bytes show, or None if they show none."""
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        raise RawanError(f"{guard.where()}: is text in UTF-32. {TRIED}")
    for mark, encoding in MARKS:
        if head.startswith(mark) and encoding != UTF8:
            return encoding
    first, second = head[0::2], head[1::2]
    half = max(1, len(head) // 2)
    zeros_first, zeros_second = first.count(0) / half, second.count(0) / half
    if zeros_second > 0.4 and zeros_first < 0.05:
        return UTF16_LE
    if zeros_first > 0.4 and zeros_second < 0.05:
        return UTF16_BE
    if head.count(0) > max(FEW_ZEROS, len(head) // 20):
        raise RawanError(
            f"{guard.where()}: is not text (it is full of zero bytes, from byte "
            f"{head.index(0)} on). {TRIED}"
        )
    return None


def _first_wrong_byte(stream: BinaryIO, guard: Guard, has_lines: bool) -> tuple[int | None, int]:
    """Return the place of the first byte that is not UTF-8, and the bytes of letters before it.

    Lines are measured on the way: a line beyond the limit ends the look.
    """
    decoder = codecs.getincrementaldecoder(UTF8)()
    offset = valid = line = 0
    lines = 1
    while piece := stream.read(MEGABYTE):
        if has_lines:
            end = max(piece.rfind(b"\n"), piece.rfind(b"\r"))
            if end >= 0:
                ends = [place for byte in (b"\n", b"\r") if (place := piece.find(byte)) >= 0]
                check_line(line + min(ends), lines, guard)
                line = 0
            line += len(piece) - end - 1
            lines += piece.count(b"\n")
            check_line(line, lines, guard)
        before = len(decoder.getstate()[0])
        try:
            valid += len(piece) - len(decoder.decode(piece))
        except UnicodeDecodeError as error:
            return offset - before + error.start, valid
        offset += len(piece)
        guard.check_time()
    pending = len(decoder.getstate()[0])
    return (offset - pending, valid) if pending else (None, valid)


def check_line(length: int, row: int | None, guard: Guard) -> None:
    """Refuse a line of `length` bytes if it is beyond the limit."""
    if length > guard.limits.line_mb * MEGABYTE:
        raise guard.over(f"the line has more than {length // MEGABYTE} MB", "line_mb", row)
