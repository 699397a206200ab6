"""Which row of a table names its columns, and whether the names will do.

The header is the first of the first 20 rows that
1. has two filled cells or more (in a text, one where no row has more; a sheet of a workbook
   with one column is a cover or a note),
2. holds words, that is a letter, in more than half of its filled cells,
3. is filled in two thirds or more from its first filled cell to its last, and
4. is at least as wide as half of the filled rows from it on.

So a title, a date of printing or a blank line above the header is passed over, and a header
with a gap or a name twice is refused rather than passed over for the row under it.
"""

from collections.abc import Sequence

from rawan.errors import RawanError
from rawan.sources.limits import Guard
from rawan.sources.sheet import ROW

SEARCHED_ROWS = 20

Cells = Sequence[str | None]


def find_header(
    rows: Sequence[Cells], anchors: Sequence[int] | None = None, least: int = 1
) -> int | None:
    """Return the index of the row that names the columns, or None.

    Parameters
    ----------
    rows : the first rows of the table, from its top; `SEARCHED_ROWS` of them, and some more.
    anchors : for each row, how many cells it has if a merged cell counts once; its filled
        cells if left out.
    least : how many cells the header has at least.

    Examples
    --------
    >>> find_header([["Rekap 2020"], [], ["desa", "jumlah"], ["Natar", "3"], ["Hajimena", "4"]])
    2
    >>> find_header([["1", "2"], ["3", "4"]]) is None
    True
    """
    widths = [width(cells) for cells in rows]
    counts = [sum(map(is_filled, cells)) for cells in rows]
    anchored = counts if anchors is None else anchors
    least = max(least, min(2, max(anchored, default=0)))
    for index, cells in enumerate(rows[:SEARCHED_ROWS]):
        onwards = [w for w in widths[index:] if w]
        if (
            anchored[index] >= least
            and sum(map(_is_word, cells)) * 2 > counts[index]
            and counts[index] * 3 >= (widths[index] - _margin(cells)) * 2
            and sum(w <= widths[index] for w in onwards) * 2 >= len(onwards)
        ):
            return index
    return None


def column_names(cells: Cells, row: int, guard: Guard) -> tuple[str, ...]:
    """Return the names that a header gives.

    Raises
    ------
    RawanError
        If a column has no name, two have the same, or there are too many.
    """
    return checked_names(list(cells[: width(cells)]), guard, f" in row {row}")


def checked_names(cells: Cells, guard: Guard, place: str = "") -> tuple[str, ...]:
    """Return names of columns, stripped; `place` says in a message where they stand.

    Raises
    ------
    RawanError
        If a column has no name, two have the same, one has a name that we use ourselves,
        or there are too many.
    """
    header = [(cell or "").strip() for cell in cells]
    guard.check_columns(len(header))
    seen: set[str] = set()
    for column, name in enumerate(header, start=1):
        if not name:
            raise RawanError(
                f"{guard.where()}: column {column} has no name{place}. Name every column."
            )
        if name in seen:
            raise RawanError(
                f'{guard.where()}: the column "{name}" stands twice{place}. '
                "Give each column a name of its own."
            )
        if name.lower() == ROW:
            raise RawanError(
                f'{guard.where()}: the column "{name}"{place} has the name that is kept for the '
                'number of a row. Call it otherwise, such as "no".'
            )
        seen.add(name)
    return tuple(header)


def no_header(rows: Sequence[Cells]) -> str:
    """Return the sentence about a table without a header."""
    looked = min(SEARCHED_ROWS, len(rows))
    return (
        f"has no header: none of its first {looked} rows names the columns. "
        "Put the names of the columns above the rows."
    )


def width(cells: Cells) -> int:
    """Return the place of the last filled cell, from 1; 0 if none is filled."""
    return max((n for n, cell in enumerate(cells, start=1) if is_filled(cell)), default=0)


def is_filled(cell: str | None) -> bool:
    """Tell whether a cell holds more than blanks."""
    return bool(cell and cell.strip())


def _margin(cells: Cells) -> int:
    return next((n for n, cell in enumerate(cells) if is_filled(cell)), 0)


def _is_word(cell: str | None) -> bool:
    return any(map(str.isalpha, cell or ""))
