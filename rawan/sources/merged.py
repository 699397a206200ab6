"""Merged cells of a sheet: one value that stands for a whole range.

Owns where a merged value counts: in every cell of its range, so that a kecamatan merged over
three rows counts for the three. A row in which no cell of its own is filled stays empty.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rawan.sources.header import is_filled


@dataclass(frozen=True)
class Range:
    """A merged range; indices count from 0, the last ones are in it."""

    first_row: int
    first_column: int
    last_row: int
    last_column: int


class Filling:
    """Fills merged values into rows that come in order, from the top of the sheet."""

    def __init__(self, ranges: Iterable[Range]) -> None:
        self._waiting = sorted(ranges, key=lambda r: (-r.first_row, -r.first_column))
        self._active: list[tuple[Range, str]] = []

    def fill(self, index: int, cells: Sequence[str]) -> list[str]:
        """Return the cells of the row at `index`, with the merged values in them."""
        own = list(cells)
        while self._waiting and self._waiting[-1].first_row <= index:
            merged = self._waiting.pop()
            if merged.first_row == index and merged.first_column < len(own):
                self._active.append((merged, own[merged.first_column]))
        if not self._active:
            return own
        self._active = [(m, value) for m, value in self._active if m.last_row >= index]
        if not any(map(is_filled, own)):
            return own
        filled = own.copy()
        for merged, value in self._active:
            for column in range(merged.first_column, min(merged.last_column + 1, len(own))):
                if not is_filled(filled[column]):
                    filled[column] = value
        return filled
