"""A sheet of a file as the readers hand it on: its columns, its rows in batches, its damage."""

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True)
class Damaged:
    """A row that cannot be read as a row of its sheet; `reason` is a sentence."""

    row: int
    reason: str


@dataclass
class Sheet:
    """A table of a file, cells as text, as they came.

    `name` is the sheet of a workbook, None elsewhere. `columns` are the names of the header:
    stripped, unique, none empty. A batch has "row" (Int64, as a person counts in the file),
    then `columns`, all String; an empty cell is null, a row with no cell filled is left out.
    `damaged` is complete once `batches` is exhausted.
    """

    name: str | None
    columns: tuple[str, ...]
    batches: Iterator[pl.DataFrame]
    damaged: list[Damaged]
