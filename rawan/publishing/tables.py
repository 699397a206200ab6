"""The list as files: Parquet, CSV and GeoJSON, and its contract.

Every text is untrusted: a cell that a spreadsheet would take for a formula is written
with an apostrophe before it in CSV.
"""

import json
import re
from collections.abc import Collection
from pathlib import Path

import polars as pl

from rawan.errors import GateStopped
from rawan.publishing.contracts import RANKING, first_break, read_contract

_FORMULA = re.compile(r"^[\s]*[=+\-@\t\r|]")


def check_contract(ranking: pl.DataFrame, lacking: Collection[str] = ()) -> None:
    """Hold every row of a ranking against its contract, but for columns withheld.

    Raises
    ------
    GateStopped
        If a row breaks the contract; the message names the village and the column.
    """
    broken = first_break(ranking, read_contract(RANKING), lacking)
    if broken is not None:
        row = ranking.row(broken.row, named=True)
        raise GateStopped(
            f"The list breaks its contract ({RANKING.name}): {row['hazard']}, {row['stage']}, "
            f"{row['village_code']}, {broken.column}: {broken.message}. Nothing was published."
        )


def contract_columns() -> list[str]:
    """Return the columns of the contract in their order."""
    return list(read_contract(RANKING)["properties"])


def contract_version() -> str:
    """Return the version of the contract."""
    return str(read_contract(RANKING)["version"])


def required_columns() -> list[str]:
    """Return the columns that a complete list has, in the order of the contract.

    The others stand in an edition: for whom it is, and what people hold against a rank.
    """
    required = set(read_contract(RANKING)["required"])
    return [name for name in contract_columns() if name in required]


def defused(cell: str) -> str:
    r"""Return a text that no spreadsheet takes for a formula.

    Examples
    --------
    >>> defused('=HYPERLINK("x")')
    '\'=HYPERLINK("x")'
    >>> defused("Bali Nuraga")
    'Bali Nuraga'
    """
    return f"'{cell}" if _FORMULA.match(cell) else cell


def write_parquet(frame: pl.DataFrame, path: Path) -> None:
    """Write a frame as Parquet; values are kept as they are."""
    frame.write_parquet(path, compression="zstd", statistics=True)


def write_csv(frame: pl.DataFrame, path: Path) -> None:
    """Write a frame as CSV: UTF-8, RFC 4180, formulas defused."""
    texts = [name for name, kind in frame.schema.items() if kind == pl.String]
    safe = frame.with_columns(
        pl.col(name).map_elements(defused, return_dtype=pl.String) for name in texts
    )
    safe.write_csv(path, line_terminator="\r\n", null_value="")


def write_geojson(ranking: pl.DataFrame, villages: pl.DataFrame, path: Path) -> None:
    """Write one point a row of the ranking (RFC 7946: longitude first, WGS 84).

    A village whose place is not known has no geometry.
    """
    points = {
        code: None if lat is None or lon is None else {"type": "Point", "coordinates": [lon, lat]}
        for code, lat, lon in villages.iter_rows()
    }
    features = [
        {
            "type": "Feature",
            "geometry": points[row["village_code"]],
            "properties": row,
        }
        for row in ranking.with_columns(pl.col(pl.Date).cast(pl.String)).iter_rows(named=True)
    ]
    collection = {"type": "FeatureCollection", "features": features}
    path.write_text(json.dumps(collection, ensure_ascii=False), encoding="utf-8", newline="\n")
