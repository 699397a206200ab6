"""A table as it came: named columns, batches of text, and the rows that are no rows.

Owns the one shape that every reader of tables hands on, and the rules that are the same for
all of them: which cell is empty, which row is left out, what becomes of a row that is too
wide. Where the cells come from is the readers' matter; what they mean is decided later.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import polars as pl

from rawan.sources.limits import Guard

BATCH_ROWS = 100_000
ROW = "row"


@dataclass(frozen=True)
class Damaged:
    """A row that cannot be read as a row of its sheet, and why, in a sentence."""

    row: int
    reason: str


@dataclass
class Sheet:
    """One table of a file.

    Attributes
    ----------
    name : the sheet of a workbook; None elsewhere.
    columns : names as they stand in the header, stripped, unique, none empty. Without any
        where the sheet is no table (a cover, a hidden sheet): then `damaged` says why.
    batches : frames of at most `BATCH_ROWS` rows: "row" (Int64, as a person counts in the
        file), then `columns` in their order, all String. An empty cell, also one of blanks
        alone, is null; a row with no cell filled is left out.
    damaged : rows that are not in the batches; complete once `batches` is exhausted.
    """

    name: str | None
    columns: tuple[str, ...]
    batches: Iterator[pl.DataFrame]
    damaged: list[Damaged] = field(default_factory=list)


def tidy(frame: pl.DataFrame, columns: Sequence[str]) -> pl.DataFrame:
    """Return the frame with empty cells as null, without the rows that are empty altogether."""
    plain = [str(index) for index in range(len(columns))]  # Polars reads "*" and "^a$" as patterns
    renamed = frame.clone()
    renamed.columns = [ROW, *plain]
    cleaned = renamed.with_columns(
        pl.when(pl.col(name).str.strip_chars() != "").then(pl.col(name)).alias(name)
        for name in plain
    )
    filled = cleaned.filter(pl.any_horizontal(pl.col(name).is_not_null() for name in plain))
    filled.columns = [ROW, *columns]
    return filled


def to_frame(
    numbers: Sequence[int], rows: Sequence[Sequence[str | None]], columns: Sequence[str]
) -> pl.DataFrame:
    """Return rows, each as wide as `columns`, as a tidy frame."""
    cells = zip(*rows, strict=True) if rows else ([] for _ in columns)
    series = [pl.Series(ROW, numbers, dtype=pl.Int64)]
    series += [
        pl.Series(name, list(values), dtype=pl.String)
        for name, values in zip(columns, cells, strict=True)
    ]
    return tidy(pl.DataFrame(series), columns)


def to_batches(
    rows: Iterable[tuple[int, Sequence[str | None]]],
    columns: Sequence[str],
    damaged: list[Damaged],
    guard: Guard,
    batch_rows: int = BATCH_ROWS,
) -> Iterator[pl.DataFrame]:
    """Yield numbered rows as frames.

    A short row is padded; a row with a cell filled beyond the last column is told as damaged.

    Raises
    ------
    RawanError
        If a limit is exceeded.
    """
    width = len(columns)
    numbers: list[int] = []
    kept: list[Sequence[str | None]] = []
    for number, cells in rows:
        guard.check_cells(number, cells, columns)
        if len(cells) > width and any(cell and cell.strip() for cell in cells[width:]):
            damaged.append(Damaged(number, too_wide(cells, width)))
            guard.add_rows(1)
            continue
        padding = [None] * (width - len(cells))
        numbers.append(number)
        kept.append([*cells[:width], *padding] if len(cells) != width else cells)
        if len(kept) >= batch_rows:
            guard.add_rows(len(kept))
            yield from _unless_empty(to_frame(numbers, kept, columns))
            numbers, kept = [], []
    guard.add_rows(len(kept))
    yield from _unless_empty(to_frame(numbers, kept, columns))


def _unless_empty(frame: pl.DataFrame) -> Iterator[pl.DataFrame]:
    if frame.height:
        yield frame


def too_wide(cells: Sequence[str | None], width: int) -> str:
    """Return the sentence about a row that is wider than its header."""
    filled = max(index for index, cell in enumerate(cells, start=1) if cell and cell.strip())
    return (
        f"{filled} cells under {width} columns. Quote cells that hold a separator, "
        "or name the column in the header."
    )
