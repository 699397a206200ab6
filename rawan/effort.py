"""Reporting effort of a region's villages: who is near whom, and the columns made from it.

Brings the warehouse and `models` together; the model is in `models/effort.py`.
"""

import numpy as np
import polars as pl

from models.additive import Array
from models.effort_inputs import EFFORT_COLUMNS, SIZES, with_effort_columns
from models.neighbourhood import NearUnits, Neighbourhood, SameBlock
from rawan.warehouse import Warehouse

_INPUTS = (
    "village_code",
    "cutoff",
    "incidents_all",
    "clash_all",
    "clash_per_year",
    "conflict_reports",
    "logistics_reports",
    *SIZES,
)


def neighbourhood(warehouse: Warehouse) -> Neighbourhood:
    """Return who is near whom, in the order of the codes.

    By coordinates where any unit has them; else the units of one block are near each other.
    """
    units = warehouse.frame(
        "SELECT village_code, lat, lon, block"
        " FROM reference.villages JOIN features.blocks USING (village_code) ORDER BY village_code"
    )
    if units["lat"].is_not_null().any():
        return NearUnits.of_places(_degrees(units, "lat"), _degrees(units, "lon"))
    block = units["block"].rank("dense").to_numpy().astype(np.int64) - 1
    return SameBlock(block)


def with_effort(warehouse: Warehouse, features: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of `features.village_cutoff` with the columns of the effort model."""
    looked_at = [name for name in _INPUTS if name in features.columns]
    # Of the few columns that it looks at: all of them, for many units, are a gibibyte a copy.
    made = with_effort_columns(features.select(looked_at), neighbourhood(warehouse))
    return features.with_columns(made.select(EFFORT_COLUMNS))


def _degrees(units: pl.DataFrame, name: str) -> Array:
    return units[name].cast(pl.Float64).to_numpy().astype(np.float64)
