"""What one file may cost: every refusal names the limit, its value and its key.

Owns the counting while a file is read. The values are those of `[limits]` in the
configuration (`rawan.settings.Limits`); what is counted is up to each reader.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rawan.errors import RawanError
from rawan.settings import Limits

MEGABYTE = 1024 * 1024


@dataclass
class Guard:
    """The limits of one file while it is read; `sheet` is the one read now, if it has sheets."""

    path: Path
    limits: Limits
    sheet: str | None = None
    started: float = field(default_factory=time.monotonic)
    rows: int = 0

    def where(self, row: int | None = None, column: str | None = None) -> str:
        """Return the place in the file as a message begins with it."""
        sheet = "" if self.sheet is None else f", sheet {_shown(self.sheet)}"
        line = "" if row is None else f", row {row}"
        return f"{self.path}{sheet}{line}" + ("" if column is None else f', column "{column}"')

    def over(self, what: str, key: str, row: int | None = None) -> RawanError:
        """Return the refusal of a file that exceeds the limit `key`."""
        value = getattr(self.limits, key)
        return RawanError(
            f"{self.where(row)}: {what}; the limit is {value} ([limits] {key} = {value} in the "
            "configuration). Split the file, or raise the limit if the file is to be trusted."
        )

    def check_size(self) -> None:
        """Refuse a file that is larger than `file_mb`."""
        size = self.path.stat().st_size
        if size > self.limits.file_mb * MEGABYTE:
            raise self.over(f"has {size / MEGABYTE:.0f} MB", "file_mb")

    def seconds_left(self) -> float:
        """Return for how many seconds the file may still be read."""
        return self.started + self.limits.seconds - time.monotonic()

    def check_time(self) -> None:
        """Refuse a file that took longer than `seconds`."""
        if self.seconds_left() < 0:
            raise self.over("takes too many seconds to read", "seconds")

    def check_columns(self, count: int) -> None:
        """Refuse a table of more than `columns` columns."""
        if count > self.limits.columns:
            raise self.over(f"has {count} columns", "columns")

    def add_rows(self, count: int) -> None:
        """Count rows of the file, over all of its sheets, and look at the clock."""
        self.rows += count
        if self.rows > self.limits.rows:
            raise self.over("has too many rows", "rows")
        self.check_time()

    def check_cells(self, row: int, cells: Sequence[str | None], columns: Sequence[str]) -> None:
        """Refuse a row with a cell of more than `cell_characters` characters."""
        for index, cell in enumerate(cells):
            if cell is not None and len(cell) > self.limits.cell_characters:
                name = f'"{columns[index]}"' if index < len(columns) else str(index + 1)
                raise self.over(
                    f"the cell in column {name} has {len(cell)} characters", "cell_characters", row
                )


def _shown(name: str) -> str:
    """Return a name as it stands in a message: one line, of bearable length."""
    return repr(name if len(name) <= 80 else name[:77] + "...")
