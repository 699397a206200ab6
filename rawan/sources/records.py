"""Delimited text to records, exactly: the slow way, which decides what is right.

A record ends with its line, unless a quote is open. A cell is quoted if a double quote is
the first thing in it but blanks; a quote inside is doubled. A quote elsewhere is text like
any other. Where quotes do not add up, the line is damaged and the next line is read as if
nothing had been: a stray quote never swallows what follows it.
"""

import io
import re
from collections import deque
from collections.abc import Callable, Iterator

from rawan.sources.limits import MEGABYTE, Guard
from rawan.sources.sheet import Damaged

UNCLOSED = "a quote is opened and never closed. Close it, or double it if it belongs to the text."
TRAILING = "text follows a closing quote. Double the quotes that belong to the text."
NUL = "it holds a zero byte, which is no text. Save the file anew from its source."
WRONG_BYTE = "it holds bytes that are no character. Save the file anew as 'CSV UTF-8'."

UNSOUND = re.compile(r"[\x00\ud800-\udfff]")  # what stands for bytes that are no text

_OPENING = re.compile(r'[ \t]*"')
_OPENING_BESIDE_TABS = re.compile(r' *"')


class Lines:
    """The lines of a stream of text, of which some can be put back."""

    def __init__(self, more: Callable[[], str | None]) -> None:
        self._pending: deque[str] = deque()
        self._more = more

    @property
    def is_empty(self) -> bool:
        """Tell whether no line is left of what was fetched."""
        return not self._pending

    def add(self, text: str) -> None:
        """Take more text, which begins and ends with whole lines."""
        self._pending.extend(io.StringIO(text, newline=""))

    def take(self) -> str:
        """Return the next of the lines that were fetched."""
        return self._pending.popleft()

    def fetch(self) -> str | None:
        """Return the next line, from the stream if need be; None at its end."""
        while not self._pending:
            text = self._more()
            if text is None:
                return None
            self.add(text)
        return self._pending.popleft()

    def put_back(self, lines: list[str]) -> None:
        """Let the next lines be these."""
        self._pending.extendleft(reversed(lines))


def read_record(lines: Lines, delimiter: str, guard: Guard) -> list[str] | str:
    """Return the cells of the next record, or the sentence about its damage.

    There must be a line left. Of a damaged record only the first line is used up.
    """
    first = lines.take()
    if '"' not in first:
        return _sound(first.rstrip("\r\n").split(delimiter), guard)
    used = [first]
    length = len(first)
    cells: list[str] = []
    line, place = first, 0
    pattern = _OPENING_BESIDE_TABS if delimiter == "\t" else _OPENING
    while True:  # a cell
        opening = pattern.match(line, place)
        if opening is None:
            end = line.find(delimiter, place)
            if end < 0:
                cells.append(line[place:].rstrip("\r\n"))
                return _sound(cells, guard)
            cells.append(line[place:end])
            place = end + 1
            continue
        parts: list[str] = []
        place = opening.end()
        while True:  # what is between quotes
            closing = line.find('"', place)
            if closing < 0:
                parts.append(line[place:])
                following = None if length > guard.limits.line_mb * MEGABYTE else lines.fetch()
                if following is None:
                    lines.put_back(used[1:])
                    return UNCLOSED
                used.append(following)
                length += len(following)
                line, place = following, 0
            elif line.startswith('"', closing + 1):
                parts.append(line[place : closing + 1])
                place = closing + 2
            else:
                parts.append(line[place:closing])
                place = closing + 1
                break
        cells.append("".join(parts))
        while line.startswith(" ", place):
            place += 1
        if line.startswith(delimiter, place):
            place += 1
        elif line[place:].rstrip("\r\n"):
            lines.put_back(used[1:])
            return TRAILING
        else:
            return _sound(cells, guard)


def read_records(
    lines: Lines,
    delimiter: str,
    start: int,
    damaged: list[Damaged],
    guard: Guard,
) -> Iterator[tuple[int, list[str]]]:
    """Yield numbered records until the lines that were fetched are used up.

    The generator returns at the start of a record. Damaged ones go to `damaged`; they count.
    """
    number = start
    while not lines.is_empty:
        record = read_record(lines, delimiter, guard)
        if isinstance(record, str):
            guard.check_time()
            damaged.append(Damaged(number, record))
            yield number, []
        else:
            yield number, record
        number += 1


def _sound(cells: list[str], guard: Guard) -> list[str] | str:
    """Return the cells, or the sentence about a character in them that is none."""
    for cell in cells:
        if not cell.isascii() or "\x00" in cell:
            found = UNSOUND.search(cell)
            if found:
                return NUL if found[0] == "\x00" else WRONG_BYTE
    return cells
