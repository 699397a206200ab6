"""What becomes of each row of `raw`: placed, excluded or quarantined, and why.

Reads `raw`, writes the typed rows to `staging.tellings`, `staging.report_rows`,
`staging.population_rows`, their places to `staging.places`, and one fate a row to
`staging.fates`. `placed + excluded + quarantined = input`, always.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from rawan.errors import RawanError
from rawan.places.gazetteer import Gazetteer, normalised
from rawan.places.rows import EXCLUDED, PLACED, QUARANTINED, SCHEMAS, RowReader, Tables, Unplaced
from rawan.settings import Inputs
from rawan.sources.mapping import load_mappings
from rawan.warehouse import Warehouse


@dataclass(frozen=True)
class Fates:
    """How many rows of each kind were placed, excluded and quarantined."""

    counts: dict[str, dict[str, int]]
    known_on_assumed: int

    def lines(self) -> list[str]:
        """Return one line a kind: `placed + excluded + quarantined = input`."""
        return [
            f"{kind}: {c[PLACED]} placed + {c[EXCLUDED]} excluded + {c[QUARANTINED]} quarantined"
            f" = {sum(c.values())} rows"
            for kind, c in self.counts.items()
        ]


def place_rows(
    warehouse: Warehouse,
    inputs: Inputs,
    region: str,
    tell: Callable[[str], None] = lambda _: None,
) -> Fates:
    """Decide the fate of every current row of `raw` and write the staging rows.

    Raises
    ------
    RawanError
        If the rows placed, excluded and quarantined do not add up to the rows that came in.
    """
    gazetteer = Gazetteer.of(warehouse)
    types = {name for (name,) in warehouse.rows("SELECT type FROM reference.incident_types")}
    mappings = load_mappings(inputs.mappings)
    raw = warehouse.rows(
        'SELECT r.row_id, f.kind, f.mapping, f.obtained_on, r.file, r.sheet, r."row", r.cells'
        " FROM raw.rows AS r JOIN raw.files AS f USING (file, file_hash)"
        ' WHERE f.is_current ORDER BY r.file, r.sheet NULLS FIRST, r."row"'
    )
    tables = Tables()
    region = normalised(region)
    for number, (row_id, kind, mapping, obtained_on, file, sheet, row, cells) in enumerate(raw, 1):
        if mapping not in mappings:
            raise RawanError(f"{file}: its mapping {mapping}.toml is gone. Put it back.")
        reader = RowReader(gazetteer, types, region, row_id, obtained_on, tables)
        fate, column, reason = PLACED, "", ""
        try:
            reader.read(kind, mappings[mapping].fields(json.loads(cells)))
        except Unplaced as unplaced:
            fate, reason = unplaced.fate, str(unplaced)
            column = mappings[mapping].columns.get(unplaced.column, unplaced.column)
        tables.fates.append(
            {"row_id": row_id, "kind": kind, "file": file, "sheet": sheet, "row": row}
            | {"fate": fate, "column": column, "reason": reason}
        )
        if number % 20_000 == 0:
            tell(f"{number} of {len(raw)} rows placed")
    for name, schema in SCHEMAS.items():
        warehouse.replace(f"staging.{name}", pl.DataFrame(getattr(tables, name), schema=schema))
    return _count(tables, len(raw))


def quarantine_lines(warehouse: Warehouse) -> list[str]:
    """Return the quarantined rows as sentences: file, row, column and reason."""
    rows = warehouse.rows(
        'SELECT file, sheet, "row", "column", reason FROM staging.fates'
        " WHERE fate = 'quarantined' ORDER BY ALL"
    )
    return [
        f'{file}{f", sheet {sheet!r}" if sheet else ""}, row {row}, column "{column}": {reason}'
        for file, sheet, row, column, reason in rows
    ]


def _count(tables: Tables, rows: int) -> Fates:
    counts: dict[str, dict[str, int]] = {}
    for fate in tables.fates:
        kind = counts.setdefault(fate["kind"], {PLACED: 0, EXCLUDED: 0, QUARANTINED: 0})
        kind[fate["fate"]] += 1
    written = len(tables.tellings) + len(tables.report_rows) + len(tables.population_rows)
    placed = sum(kind[PLACED] for kind in counts.values())
    if sum(sum(kind.values()) for kind in counts.values()) != rows or written != placed:
        raise RawanError(f"{rows} rows came in, {len(tables.fates)} have a fate, {written} placed.")
    assumed = sum(row["known_on_assumed"] for row in (*tables.tellings, *tables.report_rows))
    return Fates(counts, assumed)
