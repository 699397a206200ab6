"""Outlines kept in the warehouse: `reference.outlines`.

Owns the table's rows. What the outlines are checked for is in `rawan.places.boundaries`.
"""

from datetime import UTC, datetime
from typing import Any

import polars as pl
import shapely

from rawan.errors import RawanError
from rawan.places.boundaries import Boundaries
from rawan.warehouse import Warehouse


def store(
    warehouse: Warehouse, boundaries: Boundaries, file: str, file_hash: str, loaded_by: str
) -> None:
    """Put the outlines in the place of those loaded before, all or none.

    Raises
    ------
    RawanError
        If the outlines are not usable: those loaded before stay.
    """
    if boundaries.refusal:
        raise RawanError(f"{file}: was not loaded. {boundaries.refusal}")
    rows = [
        (code, shapely.to_wkb(outline), boundaries.areas_km2[code])
        for code, outline in boundaries.outlines.items()
    ]
    schema = {"village_code": pl.String, "outline": pl.Binary, "area_km2": pl.Float64}
    frame = pl.DataFrame(rows, schema=schema, orient="row").with_columns(
        file=pl.lit(file),
        file_hash=pl.lit(file_hash),
        loaded_at=pl.lit(datetime.now(UTC).replace(tzinfo=None)),
        loaded_by=pl.lit(loaded_by),
    )
    with warehouse.transaction():
        warehouse.execute("DELETE FROM reference.outlines")
        warehouse.append("reference.outlines", frame)


def read_outlines(warehouse: Warehouse) -> dict[str, Any]:
    """Return the outline of each village by its code; empty where none were loaded."""
    if not warehouse.has_table("reference.outlines"):
        return {}
    rows = warehouse.rows(
        "SELECT village_code, outline FROM reference.outlines ORDER BY village_code"
    )
    return {code: shapely.from_wkb(bytes(outline)) for code, outline in rows}
