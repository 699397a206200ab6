"""Delimited text (CSV, TSV and their kin) as a sheet.

Owns the choice of the delimiter and the way through the file: a first look at all of it
(`rawan.sources.encoding`), a header region, then blocks, each read the fast way if it is
well-formed and the exact way if it is not. A row number counts records, from the first line
of the file: titles, blank lines and the header count too, a cell of several lines counts once.
"""

import re
from collections import deque
from collections.abc import Iterator
from itertools import islice
from typing import BinaryIO

import polars as pl

from rawan.errors import RawanError
from rawan.sources.blocks import end_of_records, read_block
from rawan.sources.encoding import HEAD_BYTES, UTF8, check_line, find_encoding, utf8_pieces
from rawan.sources.header import SEARCHED_ROWS, column_names, find_header, is_filled, no_header
from rawan.sources.limits import MEGABYTE, Guard
from rawan.sources.records import Lines, read_records
from rawan.sources.sheet import BATCH_ROWS, Damaged, Sheet, to_batches

DELIMITERS = ("\t", "|", ";", ",")  # where two do equally well, prose has the later more often
BLOCK_MB = 8
LOOKED_AT = 2 * SEARCHED_ROWS

_STATED = re.compile(r'^"?sep=(.)"?$')


def read_delimited(
    guard: Guard,
    is_exact: bool = False,
    head_bytes: int = HEAD_BYTES,
    block_bytes: int = BLOCK_MB * MEGABYTE,
) -> Iterator[Sheet]:
    """Yield the one sheet of a file of delimited text.

    Parameters
    ----------
    guard : the file and its limits.
    is_exact : read every block the exact way.
    head_bytes : how much is looked at to find the delimiter and the header.
    block_bytes : how much is read at once after that.

    Raises
    ------
    RawanError
        If the file is no text, empty, without a header, or beyond a limit.
    """
    encoding = find_encoding(guard)
    with guard.path.open("rb") as stream:
        text = _Text(stream, encoding, head_bytes, block_bytes, guard)
        head = text.next_block()
        if head is None or not head.strip(b" \t\r\n"):
            raise RawanError(f"{guard.where()}: is empty. Its first row must name the columns.")
        delimiter = find_delimiter(decoded(head), guard)
        lines = Lines(lambda: None)  # a first look, which must not reach beyond the head
        lines.add(decoded(head))
        damaged: list[Damaged] = []
        first = list(islice(read_records(lines, delimiter, 1, damaged, guard), LOOKED_AT))
        rows = [[] if _STATED.match(delimiter.join(cells)) else cells for _, cells in first]
        place = find_header(rows)
        if place is None:
            looked = rows[:SEARCHED_ROWS]
            if not any(is_filled(cell) for cells in looked for cell in cells):
                raise RawanError(f"{guard.where()}: is empty. Its first row must name the columns.")
            reasons = "".join(f" Row {row.row}: {row.reason}" for row in damaged[:1])
            raise RawanError(f"{guard.where()}: {no_header(rows)}{reasons}")
        columns = column_names(rows[place], place + 1, guard)
        damaged = []
        lines = Lines(text.next_lines)
        lines.add(decoded(head))
        deque(islice(read_records(lines, delimiter, 1, damaged, guard), place + 1), maxlen=0)
        yield Sheet(
            None,
            columns,
            _batches(text, lines, delimiter, columns, place + 2, damaged, guard, is_exact),
            damaged,
        )


def find_delimiter(head: str, guard: Guard) -> str:
    r"""Return what parts the cells, judged from the first lines of a file.

    A first line `sep=;` settles it. Else it is the delimiter under which most rows are as
    wide as a header above them; a comma if the table has one column.

    Examples
    --------
    >>> from pathlib import Path
    >>> from rawan.settings import Limits
    >>> find_delimiter("desa;luas\nNatar;1,5\nMulyo;2,5\n", Guard(Path("a.csv"), Limits()))
    ';'
    """
    stated = _STATED.match(head.split("\n", 1)[0].rstrip("\r"))
    if stated:
        return stated[1]
    best, most = ",", (0, 0)
    for delimiter in DELIMITERS:
        lines = Lines(lambda: None)
        lines.add(head)
        rows = [c for _, c in islice(read_records(lines, delimiter, 1, [], guard), LOOKED_AT)]
        place = find_header(rows)
        if place is None or len(rows[place]) < 2:
            continue
        width = len(rows[place])
        alike = sum(len(cells) == width for cells in rows[place:])
        if (alike, width) > most:
            best, most = delimiter, (alike, width)
    return best


def decoded(block: bytes) -> str:
    """Return a block as text; bytes that are no character become halves of characters."""
    return block.decode(UTF8, "surrogateescape")


class _Text:
    """The blocks of a file: bytes of UTF-8 that begin and end with whole lines."""

    def __init__(self, stream: BinaryIO, encoding: str, head: int, size: int, guard: Guard) -> None:
        # A record of more than a line's limit is for the exact way: no block may hold one.
        most = guard.limits.line_mb * MEGABYTE
        self._pieces = utf8_pieces(stream, encoding, head, min(size, most), guard)
        self._carry = b""
        self._guard = guard

    def next_block(self) -> bytes | None:
        """Return the next block, or None at the end of the file."""
        for piece in self._pieces:
            block = self._carry + piece
            end = block.rfind(b"\n") + 1 or block.rfind(b"\r", 0, len(block) - 1) + 1
            self._carry = block[end:]
            check_line(len(self._carry), None, self._guard)
            if end:
                return block[:end]
        block, self._carry = self._carry, b""
        return block or None

    def next_lines(self) -> str | None:
        """Return the next block as text."""
        block = self.next_block()
        return None if block is None else decoded(block)

    def put_back(self, rest: bytes) -> None:
        """Let the next block begin with `rest`."""
        self._carry = rest + self._carry


def _batches(
    text: _Text,
    lines: Lines,
    delimiter: str,
    columns: tuple[str, ...],
    start: int,
    damaged: list[Damaged],
    guard: Guard,
    is_exact: bool,
) -> Iterator[pl.DataFrame]:
    """Yield the rows under the header; `lines` holds what is left of the head."""
    number = start

    def exactly() -> Iterator[tuple[int, list[str]]]:
        nonlocal number
        for number, cells in read_records(lines, delimiter, number, damaged, guard):  # noqa: B020
            yield number, cells
        number += 1

    while True:
        if not lines.is_empty:
            yield from to_batches(exactly(), columns, damaged, guard)
        block = text.next_block()
        if block is None:
            return
        ready = None if is_exact else end_of_records(block, delimiter)
        if ready is not None:
            end, records = ready
            frame = read_block(block[:end], records, delimiter, columns, number, guard)
            if frame is not None:
                guard.add_rows(records)
                text.put_back(block[end:])
                number += records
                yield from frame.iter_slices(BATCH_ROWS)
                continue
        lines.add(decoded(block))
