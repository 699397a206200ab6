"""Whole numbers spread over places, and the small tables of the plan read with their mistakes.

Owns two things that the tables of the plan share; what they are about stands where they are used.
"""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from pathlib import Path

import polars as pl

from rawan.errors import RawanError

Cells = dict[str, str]


def spread(total: int, weights: Mapping[str, int], least: int = 0) -> dict[str, int]:
    """Spread a whole number over places in proportion to their weights, by largest remainders.

    The parts are whole and add up to `total`. Of equal remainders the place with the lower key
    comes first, so the order of `weights` changes nothing. A place with weight gets `least` if
    the total allows that for all of them; what it lacks is taken from those that have most.

    Parameters
    ----------
    total : 0 or more.
    weights : weight of each place, 0 or more; at least one above 0 unless `total` is 0.
    least : smallest part of a place with weight.

    Raises
    ------
    ValueError
        If something is negative, or there is something to spread and no weight.

    Examples
    --------
    >>> spread(7, {"a": 10, "b": 3, "c": 1, "d": 0}, least=1)
    {'a': 4, 'b': 2, 'c': 1, 'd': 0}
    """
    keys = sorted(weights)
    whole = sum(weights.values())
    if total < 0 or any(weight < 0 for weight in weights.values()):
        raise ValueError("what is spread, and the weights, are 0 or more")
    if total and not whole:
        raise ValueError(f"{total} cannot be spread: no place has any weight")
    if not whole:
        return dict.fromkeys(keys, 0)
    exact = {key: Fraction(total * weights[key], whole) for key in keys}
    parts = {key: int(share) for key, share in exact.items()}
    by_remainder = sorted(keys, key=lambda key: (parts[key] - exact[key], key))
    for key in by_remainder[: total - sum(parts.values())]:
        parts[key] += 1
    weighty = [key for key in keys if weights[key]]
    if least * len(weighty) <= total:
        for key in weighty:
            while parts[key] < least:
                donor = max(weighty, key=lambda k: (parts[k], k))
                parts[donor] -= 1
                parts[key] += 1
    return parts


def read_rows(path: Path, columns: Iterable[str]) -> list[Cells]:
    """Return the rows of a CSV file as text, each cell stripped; row 2 of the file is the first.

    Raises
    ------
    RawanError
        If the file cannot be read or lacks one of `columns`.
    """
    try:
        frame = pl.read_csv(path, infer_schema=False, encoding="utf8")
    except FileNotFoundError:
        raise RawanError(f"{path}: this table is missing. Restore it.") from None
    except (pl.exceptions.PolarsError, OSError) as error:
        raise RawanError(f"{path}: is not proper CSV ({error}).") from None
    if missing := [column for column in columns if column not in frame.columns]:
        raise RawanError(f"{path}: the columns {', '.join(missing)} are missing.")
    return [
        {column: (cell or "").strip() for column, cell in row.items()} for row in frame.to_dicts()
    ]


def whole_number(cell: str, where: str) -> int:
    """Return a cell as a whole number, 0 or more; `where` names file, row and column.

    Raises
    ------
    RawanError
        If it is none.
    """
    if not (cell.isascii() and cell.isdigit() and len(cell) <= 9):
        raise RawanError(f'{where}: "{cell[:80]}" is not a whole number. Write digits only.')
    return int(cell)
