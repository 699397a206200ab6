"""What the effort model reads, as columns of the feature frame: told, expected, and around.

Owns the step from counts of one cutoff to those columns; `effort.py` owns the model. All of
them are made from what was known at the row's own cutoff.
"""

from collections.abc import Sequence

import numpy as np
import polars as pl

from models.additive import Array
from models.effort import Told, expected_counts
from models.neighbourhood import Neighbourhood

SIZES = ("tps_count", "population")
"""What may stand for a unit's size; of these the first that is known everywhere is taken."""

EFFORT_COLUMNS = (
    "told_besides",
    "clash_expected",
    "clash_expected_year",
    "told_besides_expected",
    "clash_around",
    "told_besides_around",
    "clash_expected_around",
    "told_besides_expected_around",
)
"""The columns that are added."""

_SMALLEST = 1.0


def with_effort_columns(
    frame: pl.DataFrame, neighbourhood: Neighbourhood, sizes: Sequence[str] = SIZES
) -> pl.DataFrame:
    """Return the feature frame with the columns that `effort_rate.EffortRate` looks at.

    Added are `told_besides` (incidents that are no outcome, and reports),
    `clash_expected` and `told_besides_expected` (the region's totals spread by size),
    `clash_expected_year` (the first a year), and the same but the last summed over the units
    around, their names ending in `_around`; `clash_around` is what is told of outcomes there.

    Parameters
    ----------
    frame : one row a (unit, cutoff) with `village_code`, `cutoff`, `incidents_all`, `clash_all`,
        `clash_per_year`, `conflict_reports`, `logistics_reports` and the columns of size.
    neighbourhood : of the units in the order of their codes.
    sizes : columns that may stand for size; a size that nothing tells apart changes nothing.

    Raises
    ------
    ValueError
        If a cutoff does not have every unit once.
    """
    codes = frame["village_code"].unique().sort()
    parts = []
    for (cutoff,), rows in frame.with_row_index("_row").group_by("cutoff", maintain_order=True):
        ordered = rows.sort("village_code")
        if not ordered["village_code"].equals(codes):
            raise ValueError(f"{cutoff}: the cutoff does not have every unit once")
        parts.append(ordered.with_columns(**_columns(ordered, neighbourhood, sizes)))
    return pl.concat(parts).sort("_row").drop("_row")


def told_of(rows: pl.DataFrame, suffix: str = "") -> Told:
    """Return what the added columns tell of each unit, or with `_around` of those around it."""
    outcomes = "clash_around" if suffix else "clash_all"
    names = (
        outcomes,
        f"told_besides{suffix}",
        f"clash_expected{suffix}",
        f"told_besides_expected{suffix}",
    )
    return Told(*(_numbers(rows, name) for name in names))


def _columns(
    rows: pl.DataFrame, neighbourhood: Neighbourhood, sizes: Sequence[str]
) -> dict[str, Array]:
    outcomes = _numbers(rows, "clash_all")
    reports = _numbers(rows, "conflict_reports") + _numbers(rows, "logistics_reports")
    # Counts in part may leave a rest of a last bit below zero.
    others = np.maximum(_numbers(rows, "incidents_all") - outcomes, 0.0) + reports
    size = _log_size(rows, sizes)
    own = Told(outcomes, others, expected_counts(outcomes, size), expected_counts(others, size))
    around = own.around(neighbourhood)
    total, yearly = outcomes.sum(), _numbers(rows, "clash_per_year").sum()
    return {
        "told_besides": own.others,
        "clash_expected": own.outcomes_expected,
        "clash_expected_year": own.outcomes_expected * (yearly / total if total else 0.0),
        "told_besides_expected": own.others_expected,
        "clash_around": around.outcomes,
        "told_besides_around": around.others,
        "clash_expected_around": around.outcomes_expected,
        "told_besides_expected_around": around.others_expected,
    }


def _log_size(rows: pl.DataFrame, sizes: Sequence[str]) -> Array:
    """Return (n, 1) log sizes, or (n, 0) where no size is known everywhere."""
    for name in sizes:
        if name in rows.columns and rows[name].null_count() == 0:
            return np.log(np.maximum(_numbers(rows, name), _SMALLEST))[:, None]
    return np.zeros((rows.height, 0))


def _numbers(rows: pl.DataFrame, name: str) -> Array:
    return rows[name].to_numpy().astype(np.float64)
