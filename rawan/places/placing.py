"""What becomes of each row of `raw`: placed, excluded or quarantined, and why.

Owns the order: which rows count, what their distinct cells mean, where they belong, which
of them tell the same event, and what a person has to look at. The rules for a row stand in
`sql/20_staging/read_*.sql`. `placed + excluded + quarantined = input`, always.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import polars as pl

from rawan.errors import RawanError
from rawan.places.current import PLACE_FIELDS, SEPARATOR, build_current
from rawan.places.queue import write_queue
from rawan.places.resolver import PlaceCells, Resolution, Resolver
from rawan.places.same_event import find_alike_reports, find_same_events
from rawan.places.values import quoted, read_values
from rawan.settings import Settings
from rawan.sources.mapping import contract, load_mappings
from rawan.warehouse import Warehouse

PLACED, EXCLUDED, QUARANTINED = "placed", "excluded", "quarantined"


@dataclass(frozen=True)
class Fates:
    """How many rows were placed, excluded and quarantined, by kind and by file."""

    counts: dict[str, dict[str, int]]
    by_file: dict[str, dict[str, int]]
    known_on_assumed: int
    waiting: int = 0

    def lines(self) -> list[str]:
        """Return one line a file: `placed + excluded + quarantined = input`."""
        lines = [
            f"{file}: {c[PLACED]} placed + {c[EXCLUDED]} excluded + {c[QUARANTINED]} quarantined"
            f" = {sum(c.values())} rows"
            for file, c in self.by_file.items()
        ]
        if self.waiting:
            lines.append(f"{self.waiting} questions wait for a person: rawan review")
        return lines


def place_rows(
    warehouse: Warehouse, settings: Settings, tell: Callable[[str], None] = lambda _: None
) -> Fates:
    """Decide the fate of every current row of `raw` and write the staging rows.

    Raises
    ------
    RawanError
        If the rows placed, excluded and quarantined do not add up to the rows that came in.
    """
    # Nothing here adds up fractions, so every core may help.
    with warehouse.all_cores():
        build_current(warehouse)
        tell("read the dates, counts and types")
        unsure = read_values(warehouse, settings)
        resolutions = _read_places(warehouse, settings, tell)
        tell("decide the fate of every row")
        warehouse.build("rows")
        tell("find tellings of the same event")
        doubtful = find_same_events(warehouse, settings.merging)
        find_alike_reports(warehouse, settings.reports.alike)
        waiting = write_queue(warehouse, resolutions, unsure, doubtful)
        return _counted(warehouse, waiting)


def quarantine_lines(warehouse: Warehouse, settings: Settings) -> list[str]:
    """Return the quarantined rows as sentences: file, row, column and reason."""
    mappings = load_mappings(settings.inputs.mappings)
    rows = warehouse.rows(
        "SELECT s.file, s.sheet, q.row_id & 4294967295, s.mapping, q.field, q.reason"
        " FROM staging.fates AS q JOIN raw.sheets AS s USING (sheet_id)"
        " WHERE q.fate = 'quarantined' ORDER BY ALL"
    )
    lines = []
    for file, sheet, row, mapping, field, reason in rows:
        columns = mappings[mapping].columns if mapping in mappings else {}
        where = f"{file}, sheet {sheet!r}" if sheet else file
        column = f', column "{columns.get(field, field)}"' if field else ""
        lines.append(f"{where}, row {row}{column}: {reason}")
    return lines


def _read_places(
    warehouse: Warehouse, settings: Settings, tell: Callable[[str], None]
) -> dict[str, Resolution]:
    """Resolve every distinct way in which rows name their place, and write down the answers."""
    keys = " UNION ".join(
        f"SELECT place_key FROM staging.current_{kind}" for kind in contract()["kinds"]
    )
    written = [key for (key,) in warehouse.rows(f"SELECT place_key FROM ({keys}) ORDER BY 1")]
    tell(f"resolve {len(written)} distinct places")
    resolver = Resolver.of(warehouse, settings)
    whole = [key for key in written if key.count(SEPARATOR) == len(PLACE_FIELDS)]
    cells = [key.split(SEPARATOR) for key in whole]
    asked = [PlaceCells(**dict(zip(PLACE_FIELDS, c, strict=False))) for c in cells]
    found = resolver.resolve_many(asked, [c[-1] for c in cells])
    resolutions = dict(zip(whole, found, strict=True))
    _write_places(warehouse, written, resolutions)
    return resolutions


def _write_places(
    warehouse: Warehouse, written: list[str], resolutions: dict[str, Resolution]
) -> None:
    """Write `staging.written_places`, one row a way of writing, and `staging.place_options`."""
    places: list[tuple[Any, ...]] = []
    options: list[tuple[Any, ...]] = []
    sets: dict[str, int] = {}
    for number, key in enumerate(written):
        answer = resolutions.get(key)
        if answer is None:
            reason = f"{quoted(key.strip(SEPARATOR))} holds a character that separates cells."
            places.append((key, number, QUARANTINED, "place_text", reason, None, None, None))
            continue
        fate = answer.fate if answer.fate in (PLACED, EXCLUDED) else QUARANTINED
        codes = [place.village_code or place.district_code for place in answer.places]
        villages = [place.village_code for place in answer.places if place.village_code]
        place_set = "+".join(sorted(codes)) or None
        set_number = sets.setdefault(place_set, len(sets)) if place_set else None
        reason = None if fate == PLACED else answer.reason
        places.append((key, number, fate, answer.column or None, reason, place_set, set_number, villages))
        options += [
            (number, p.level, p.village_code, p.district_code, p.method, p.weight)
            + (p.district_code in {v.district_code for v in answer.places if v.village_code},)
            for p in answer.places
            if fate == PLACED
        ]
    text, number_ = pl.String, pl.Int64
    schema: dict[str, Any] = {"place_key": text, "place_no": number_, "fate": text, "field": text}
    schema |= {"reason": text, "place_set": text, "place_set_no": number_, "villages": pl.List(text)}
    warehouse.replace("staging.written_places", pl.DataFrame(places, schema=schema, orient="row"))
    schema = {"place_no": number_, "level": text, "village_code": text, "district_code": text}
    schema |= {"method": text, "weight": pl.Float64, "has_village": pl.Boolean}
    warehouse.replace("staging.place_options", pl.DataFrame(options, schema=schema, orient="row"))


def _counted(warehouse: Warehouse, waiting: int) -> Fates:
    rows = warehouse.rows(
        "SELECT s.file, s.kind, q.fate, count(*) FROM staging.fates AS q"
        " JOIN raw.sheets AS s USING (sheet_id) GROUP BY ALL ORDER BY ALL"
    )
    files = warehouse.rows(
        "SELECT file, sum(s.rows)::BIGINT FROM raw.sheets AS s JOIN raw.files AS f"
        " USING (file, file_hash) WHERE f.is_current GROUP BY file ORDER BY file"
    )
    none = {PLACED: 0, EXCLUDED: 0, QUARANTINED: 0}
    counts: dict[str, dict[str, int]] = {}
    by_file = {file: dict(none) for file, _ in files}
    for file, kind, fate, count in rows:
        counts.setdefault(kind, dict(none))[fate] += count
        by_file[file][fate] += count
    for file, came_in in files:
        if (decided := sum(by_file[file].values())) != came_in:
            raise RawanError(f"{file}: {came_in} rows came in, but {decided} have a fate.")
    assumed = warehouse.value(
        "SELECT count(*) FROM (SELECT known_on_assumed, verdict FROM staging.read_incidents"
        " UNION ALL SELECT known_on_assumed, verdict FROM staging.read_reports)"
        " WHERE known_on_assumed AND verdict.fate = 'placed'"
    )
    return Fates(counts, by_file, assumed, waiting)
