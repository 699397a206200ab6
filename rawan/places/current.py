"""The rows that count now: those of current files, with what people corrected or dismissed.

Makes one view a kind, `staging.current_<kind>`, beside `raw.<kind>`: the cells as they came
or as a person corrected them, the mapping, the day the file was obtained, and a key that
stands for the way in which the row names its place. What a cell means is read later (`values`).
"""

from datetime import date

import polars as pl

from rawan.review.decisions import Decision, decided, row_corrections
from rawan.review.items import key_parts
from rawan.sources.mapping import contract, fields_of
from rawan.warehouse import Warehouse

PLACE_FIELDS: tuple[str, ...] = tuple(contract()["places"]["fields"])

# What tells the place, and the type, of a row where no column does.
WORDS = {"incidents": "summary", "reports": "text"}


def build_current(warehouse: Warehouse) -> None:
    """Make the views, and the tables of what people decided about single rows."""
    decisions = decided(warehouse, "row")
    _dismiss(warehouse, decisions)
    corrected = _corrections(decisions)
    for kind in contract()["kinds"]:
        _correct(warehouse, kind, corrected)
        warehouse.execute(
            f"CREATE OR REPLACE VIEW staging.current_{kind} AS SELECT r.* REPLACE"
            " (coalesce(r.excluded, x.reason) AS excluded), s.mapping, f.obtained_on"
            f" FROM (SELECT * FROM raw.{kind} ANTI JOIN staging.corrected_{kind} USING (row_id)"
            f" UNION ALL SELECT * FROM staging.corrected_{kind}) AS r"
            " JOIN raw.sheets AS s USING (sheet_id)"
            " JOIN raw.files AS f USING (file, file_hash)"
            " LEFT JOIN staging.dismissed AS x USING (row_id)"
            " WHERE f.is_current"
        )


def build_keys(warehouse: Warehouse, splits: list[date]) -> None:
    """Make the views `staging.keyed_<kind>`: the current rows, each with the key of its place.

    Parameters
    ----------
    splits : last days of places as they once were; a row up to such a day may mean the former
        place. `staging.dates` is read for the day of a row.
    """
    for kind in contract()["kinds"]:
        warehouse.execute(
            f"CREATE OR REPLACE VIEW staging.keyed_{kind} AS SELECT c.*,"
            f" {_place_words(kind)} AS place_words, {_place_before(kind, splits)} AS place_before,"
            f" {_place_key()} AS place_key FROM staging.current_{kind} AS c" + _dated(kind, splits)
        )


def _place_words(kind: str) -> str:
    """Return the SQL of the words that tell a row's place: null where a column does."""
    if kind not in WORDS:
        return "NULL::VARCHAR"
    filled = ", ".join(f"c.{field}" for field in PLACE_FIELDS if field != "regency")
    return f"CASE WHEN coalesce({filled}) IS NULL THEN c.{WORDS[kind]} END"


def _place_before(kind: str, splits: list[date]) -> str:
    """Return the SQL of the first split that a row comes before: null for most rows."""
    if not splits or "occurred_on" not in fields_of(kind):
        return "NULL::DATE"
    cases = " ".join(f"WHEN p.last <= DATE '{day}' THEN DATE '{day}'" for day in sorted(splits))
    return f"CASE {cases} END"


def _dated(kind: str, splits: list[date]) -> str:
    if not splits or "occurred_on" not in fields_of(kind):
        return ""
    return " LEFT JOIN staging.dates AS p ON p.written = c.occurred_on"


def _place_key() -> str:
    """Return the SQL of a number of 128 bits that stands for all cells that tell the place.

    Two hashes of 64 bits: a hundred thousand times faster to join than the cells themselves,
    and two different places do not share it in practice.
    """
    cells = ", ".join([*(f"c.{field}" for field in PLACE_FIELDS), "place_words", "place_before"])
    return f"(hash({cells})::UHUGEINT << 64) + hash('rawan', {cells})"


def _dismiss(warehouse: Warehouse, decisions: dict[str, Decision]) -> None:
    """Make the table of the rows that people left out."""
    rows = [
        (
            int(key_parts(key)[0]),
            "excluded",
            f"left out by {decision.decided_by} on {decision.decided_at:%Y-%m-%d}.",
        )
        for key, decision in decisions.items()
        if decision.action == "dismiss"
    ]
    schema = {"row_id": pl.Int64, "fate": pl.String, "reason": pl.String}
    found = pl.DataFrame(rows, schema=schema, orient="row").unique("row_id", maintain_order=True)
    warehouse.replace("staging.dismissed", found)


def _corrections(decisions: dict[str, Decision]) -> dict[int, dict[str, str]]:
    """Return the cells that people corrected, by row and field."""
    corrected: dict[int, dict[str, str]] = {}
    for row_id, by_column in row_corrections(decisions).items():
        for decision in by_column.values():
            if decision.action == "correct":
                corrected.setdefault(int(row_id), {}).update(decision.value)
    return corrected


def _correct(warehouse: Warehouse, kind: str, corrected: dict[int, dict[str, str]]) -> None:
    """Make the table of the rows of a kind in which people corrected cells."""
    warehouse.execute(
        f"CREATE OR REPLACE TABLE staging.corrected_{kind} AS"
        f" SELECT * FROM raw.{kind} WHERE list_contains(?, row_id)",
        [list(corrected)],
    )
    for row_id, cells in corrected.items():
        for field, value in cells.items():
            if field in fields_of(kind):
                warehouse.execute(
                    f"UPDATE staging.corrected_{kind} SET {field} = ? WHERE row_id = ?",
                    [value.strip() or None, row_id],
                )
