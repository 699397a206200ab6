"""The shape of a table as it came: named columns, batches of text, and rows that are none."""

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True)
class Damaged:
    """A row that cannot be read as a row of its sheet, and why, in a sentence."""

    row: int
    reason: str


@dataclass
class Sheet:
    """One table of a file: `batches` of String columns after "row"; `damaged` is complete last."""

    name: str | None
    columns: tuple[str, ...]
    batches: Iterator[pl.DataFrame]
    damaged: list[Damaged]
