"""The plan table: its columns, and rows made from what a part of the plan knows.

Owns the form. What the rows say is the business of the parts.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

PLAN_COLUMNS: dict[str, Any] = {
    "stage": pl.String,
    "day": pl.Date,
    "task": pl.String,
    "team": pl.String,
    "unit": pl.String,
    "officers": pl.Int64,
    "polsek": pl.String,
    "district": pl.String,
    "village_code": pl.String,
    "village": pl.String,
    "class": pl.String,
    "tps": pl.Int64,
    "post": pl.String,
    "km": pl.Float64,
    "is_assumed": pl.Boolean,
    "is_pinned": pl.Boolean,
    "rule": pl.String,
    "note": pl.String,
}
COVERING: dict[str, Any] = {**PLAN_COLUMNS, "place": pl.String, "is_cut_off": pl.Boolean}
"""The columns of rows that cover TPS; the last two tell which rows of the TPS table."""


def plan_rows(rows: Iterable[Mapping[str, Any]]) -> pl.DataFrame:
    """Return rows as a plan table; what a row does not name is empty.

    Raises
    ------
    KeyError
        If a row names a column that the table does not have.

    Examples
    --------
    >>> plan_rows([{"task": "visit", "officers": 2}])["officers"].to_list()
    [2]
    """
    complete = []
    for row in rows:
        unknown = set(row) - set(PLAN_COLUMNS)
        if unknown:
            raise KeyError(f"the plan table has no column {min(unknown)!r}")
        complete.append({"is_assumed": False, "is_pinned": False, **row})
    return pl.DataFrame(complete, schema=PLAN_COLUMNS)
