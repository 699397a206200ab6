"""The rows that count now: those of current files, with what people corrected or dismissed.

Makes one view a kind, `staging.current_<kind>`, beside `raw.<kind>`: the cells as they came
or as a person corrected them, the mapping, the day the file was obtained, and the key under
which the place of the row is looked up. What a cell means is read later (`values`).
"""

import json

import polars as pl

from rawan.review.decisions import decided
from rawan.sources.mapping import contract, fields_of
from rawan.warehouse import Warehouse

SEPARATOR = "\x1f"  # between the cells of a place key
PLACE_FIELDS: tuple[str, ...] = tuple(contract()["places"]["fields"])

# What tells the place of a row where no place column is filled.
_WORDS = {"incidents": "summary", "reports": "text"}


def build_current(warehouse: Warehouse) -> None:
    """Make the views, and the tables of what people decided about single rows."""
    corrections, dismissed = _decisions(warehouse)
    schema = {"row_id": pl.Int64, "fate": pl.String, "reason": pl.String}
    warehouse.replace("staging.dismissed", pl.DataFrame(dismissed, schema=schema, orient="row"))
    for kind in contract()["kinds"]:
        _correct(warehouse, kind, corrections)
        warehouse.execute(
            f"CREATE OR REPLACE VIEW staging.current_{kind} AS SELECT r.* REPLACE"
            " (coalesce(r.excluded, x.reason) AS excluded), s.mapping, f.obtained_on,"
            f" {_place_key(kind)} AS place_key"
            f" FROM (SELECT * FROM raw.{kind} ANTI JOIN staging.corrected_{kind} USING (row_id)"
            f" UNION ALL SELECT * FROM staging.corrected_{kind}) AS r"
            " JOIN raw.sheets AS s USING (sheet_id)"
            " JOIN raw.files AS f USING (file, file_hash)"
            " LEFT JOIN staging.dismissed AS x USING (row_id)"
            " WHERE f.is_current"
        )


def _place_key(kind: str) -> str:
    """Return the SQL of a row's place as one text: its place cells, else its words."""
    cells = [f"coalesce(r.{field}, '')" for field in PLACE_FIELDS]
    joined = f" || chr({ord(SEPARATOR)}) || ".join(cells)
    words = _WORDS.get(kind)
    if words is None:
        return f"{joined} || chr({ord(SEPARATOR)})"
    filled = ", ".join(f"r.{field}" for field in PLACE_FIELDS if field != "regency")
    return (
        f"{joined} || chr({ord(SEPARATOR)})"
        f" || CASE WHEN coalesce({filled}) IS NULL THEN coalesce(r.{words}, '') ELSE '' END"
    )


def _decisions(
    warehouse: Warehouse,
) -> tuple[dict[int, dict[str, str]], list[tuple[int, str, str]]]:
    """Return what people decided about rows: corrected cells by row, and rows to leave out."""
    corrections: dict[int, dict[str, str]] = {}
    dismissed: list[tuple[int, str, str]] = []
    for key, decision in decided(warehouse, "row").items():
        if decision.action == "dismiss":
            reason = f"left out by {decision.decided_by} on {decision.decided_at:%Y-%m-%d}."
            dismissed.append((int(key), "excluded", reason))
        else:
            corrections[int(key)] = json.loads(decision.value)
    return corrections, dismissed


def _correct(warehouse: Warehouse, kind: str, corrections: dict[int, dict[str, str]]) -> None:
    """Make the table of the rows of a kind in which people corrected cells."""
    warehouse.execute(
        f"CREATE OR REPLACE TABLE staging.corrected_{kind} AS"
        f" SELECT * FROM raw.{kind} WHERE list_contains(?, row_id)",
        [list(corrections)],
    )
    for row_id, cells in corrections.items():
        for field, value in cells.items():
            if field in fields_of(kind):
                warehouse.execute(
                    f"UPDATE staging.corrected_{kind} SET {field} = ? WHERE row_id = ?",
                    [value or None, row_id],
                )
