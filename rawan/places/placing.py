"""What becomes of each row of `raw`: placed, excluded or quarantined, and why.

Owns the order: which rows count, what their distinct cells mean, where they belong, which
of them tell the same event, and what a person has to look at. The rules for a row stand in
`sql/20_staging/read_*.sql`. `placed + excluded + quarantined = input`, always.
"""

import gc
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import polars as pl

from rawan.errors import RawanError
from rawan.places.cells import Known
from rawan.places.current import PLACE_FIELDS, build_current, build_keys
from rawan.places.gazetteer import Gazetteer
from rawan.places.outlines import read_outlines
from rawan.places.points import Locator
from rawan.places.questions import Asked, aliases, write_questions
from rawan.places.resolver import PlaceCells, Resolution, Resolver
from rawan.places.same_event import find_alike_reports, find_same_events
from rawan.places.spelling import normalised
from rawan.places.values import read_values
from rawan.review.decisions import decided
from rawan.review.items import key_parts
from rawan.settings import Settings
from rawan.sources.mapping import contract, load_mappings
from rawan.warehouse import Warehouse

PLACED, EXCLUDED, QUARANTINED = "placed", "excluded", "quarantined"

_UNSURE = (None, None)


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
    with warehouse.all_cores(), warehouse.joins_as_written(), _without_collector():
        gazetteer = Gazetteer.of(warehouse, settings.region.reference, settings.region.name)
        build_current(warehouse)
        tell("read the dates, counts and types")
        unsure = read_values(warehouse, settings)
        build_keys(warehouse, sorted({place.valid_until for place in gazetteer.former}))
        asked = _read_places(warehouse, settings, gazetteer, tell)
        tell("decide the fate of every row")
        warehouse.build("rows")
        tell("find tellings of the same event")
        doubts = find_same_events(warehouse, settings.merging)
        find_alike_reports(warehouse, settings.reports.alike)
        tell("write down what waits for a person")
        waiting = write_questions(warehouse, gazetteer, asked, unsure, doubts)
        return _counted(warehouse, waiting)


@contextmanager
def _without_collector() -> Iterator[None]:
    """Spare Python the search for cycles among a million small objects, which make none."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


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
    warehouse: Warehouse, settings: Settings, gazetteer: Gazetteer, tell: Callable[[str], None]
) -> list[Asked]:
    """Resolve every distinct way in which rows name their place, and write down the answers.

    Returns the ways that a person should look at.
    """
    decisions = decided(warehouse, "place")
    _collect_places(warehouse)
    _write_plain_names(warehouse, gazetteer, {key_parts(key)[0] for key in decisions})
    fields = [*PLACE_FIELDS, "place_words", "place_before"]
    # What is written exactly as the reference tables have it needs no reading.
    frame = warehouse.frame(
        f"SELECT place_no, row_id, rows, {', '.join(fields)} FROM staging.place_cells"
        " WHERE plain_no IS NULL ORDER BY place_no"
    )
    tell(f"resolve {frame.height} places that are not written as the reference has them")
    resolver = Resolver(gazetteer, aliases(decisions), _locator(warehouse, settings))
    known = Known()
    spelt = _spelt_names(frame, gazetteer, resolver, known)
    warehouse.replace("staging.spelt_names", spelt)
    frame = frame.join(spelt, on="place_no", how="anti", maintain_order="left")
    columns = [frame[field].fill_null("").to_list() for field in PLACE_FIELDS]
    asked = [PlaceCells(*cells) for cells in zip(*columns, strict=True)]
    words = frame["place_words"].fill_null("").to_list()
    found = resolver.resolve_many(asked, words, frame["place_before"].to_list(), known)
    _write_places(warehouse, gazetteer, frame["place_no"].to_list(), found)
    rows = zip(frame["row_id"], frame["rows"], asked, found, strict=True)
    return [Asked(*row) for row in rows if row[3].candidates]


def _spelt_names(
    frame: pl.DataFrame, gazetteer: Gazetteer, resolver: Resolver, known: Known
) -> pl.DataFrame:
    """Return the places that name one village in one kecamatan, and which one that surely is.

    Most of the names that are not written as the reference has them are such, so they are
    matched by column. `number` is the village's number in the gazetteer.
    """
    others = ("regency", "village_codes", "district_codes")
    simple = frame.filter(
        pl.all_horizontal(pl.col(field).is_null() for field in others),
        *(~pl.col(field).str.contains(";", literal=True) for field in ("districts", "villages")),
    ).select("place_no", "districts", "villages")
    pairs = simple.select("districts", "villages").unique(maintain_order=True)
    found = resolver.sure_names(pairs["districts"].to_list(), pairs["villages"].to_list(), known)
    number = {code: at for at, code in enumerate(gazetteer.villages)}
    schema: dict[str, Any] = {"number": pl.Int64, "method": pl.String}
    rows = [(number[m.code], m.method) if m is not None and m.code else _UNSURE for m in found]
    meant = pairs.hstack(pl.DataFrame(rows, schema=schema, orient="row").get_columns())
    return (
        simple.join(meant, on=["districts", "villages"])
        .filter(pl.col("number").is_not_null())
        .select("place_no", *schema)
    )


def _collect_places(warehouse: Warehouse) -> None:
    """Write the cells of each distinct place, taken from the first row that names it so.

    Nobody needs to know the place of a row that is left out.
    """
    fields = ", ".join([*PLACE_FIELDS, "place_words", "place_before"])
    kinds = list(contract()["kinds"])
    keys = " UNION ALL ".join(
        f"SELECT place_key, min(row_id) AS row_id, count(*) AS rows FROM staging.keyed_{kind}"
        " WHERE excluded IS NULL GROUP BY place_key"
        for kind in kinds
    )
    warehouse.execute(
        f"CREATE OR REPLACE TABLE staging.place_keys AS WITH keys AS ({keys}), firsts AS ("
        " SELECT place_key, min(row_id) AS row_id, sum(rows)::BIGINT AS rows FROM keys"
        " GROUP BY place_key)"
        " SELECT row_number() OVER (ORDER BY row_id) AS place_no, * FROM firsts"
    )
    cells = " UNION ALL ".join(
        f"SELECT row_id, {fields} FROM staging.keyed_{kind}"
        " SEMI JOIN staging.place_keys USING (row_id)"
        for kind in kinds
    )
    warehouse.execute(
        f"CREATE OR REPLACE TABLE staging.all_place_cells AS SELECT k.*, {fields}"
        f" FROM ({cells}) JOIN staging.place_keys AS k USING (row_id)"
    )


def _write_plain_names(warehouse: Warehouse, gazetteer: Gazetteer, decided_on: set[str]) -> None:
    """Find the places written exactly as the reference tables have them: names or a code.

    `plain_no` of `staging.place_cells` is the village's number in the gazetteer, and null
    where more than looking up is needed. Names that a person decided on are never plain.
    """
    numbers = {code: number for number, code in enumerate(gazetteer.villages)}
    names: dict[tuple[str, str], set[int]] = {}
    for code, village in gazetteer.villages.items():
        for spelling in gazetteer.spellings_of(code):
            if normalised(spelling) not in decided_on:
                key = (gazetteer.districts[village.district_code], spelling)
                names.setdefault(key, set()).add(numbers[code])
    repeated = Counter(gazetteer.districts.values())
    rows = [
        (district, spelling, next(iter(found)))
        for (district, spelling), found in sorted(names.items())
        if len(found) == 1 and repeated[district] == 1 and normalised(district) not in decided_on
    ]
    schema: dict[str, Any] = {"district": pl.String, "village": pl.String, "number": pl.Int64}
    warehouse.replace("staging.plain_names", pl.DataFrame(rows, schema=schema, orient="row"))
    warehouse.replace(
        "staging.plain_codes",
        pl.DataFrame(
            [
                (number, code, v.district_code)
                for number, (code, v) in enumerate(gazetteer.villages.items())
            ],
            schema={"number": pl.Int64, "village_code": pl.String, "district_code": pl.String},
            orient="row",
        ),
    )
    warehouse.execute(
        "CREATE OR REPLACE TABLE staging.place_cells AS"
        " SELECT c.*, coalesce(k.number, n.number) AS plain_no, k.number IS NOT NULL AS is_by_code"
        " FROM staging.all_place_cells AS c"
        " LEFT JOIN staging.plain_codes AS k ON k.village_code = c.village_codes"
        " LEFT JOIN staging.plain_names AS n ON n.district = c.districts"
        " AND n.village = CASE WHEN c.village_codes IS NULL AND c.district_codes IS NULL"
        " AND coalesce(c.regency, $region) = $region THEN c.villages END",
        {"region": gazetteer.region},
    )
    # It may hold words of reports, which are not kept twice.
    warehouse.execute("DROP TABLE staging.all_place_cells")


def _locator(warehouse: Warehouse, settings: Settings) -> Locator:
    villages = warehouse.frame(
        "SELECT village_code, district_code, lat, lon FROM reference.villages"
    )
    return Locator(read_outlines(warehouse), villages, settings.places.nearest_km)


def _write_places(
    warehouse: Warehouse, gazetteer: Gazetteer, numbers: list[int], found: list[Resolution]
) -> None:
    """Write `staging.written_places`, one row a way of writing, and `staging.place_options`."""
    places: list[tuple[Any, ...]] = []
    options: list[tuple[Any, ...]] = []
    sets: dict[str, int] = {}
    village_no = {code: number for number, code in enumerate(gazetteer.villages)}
    for number, answer in zip(numbers, found, strict=True):
        fate = answer.fate if answer.fate in (PLACED, EXCLUDED) else QUARANTINED
        codes = sorted(place.village_code or place.district_code for place in answer.places)
        villages = [place.village_code for place in answer.places if place.village_code]
        place_set = "+".join(codes) or None
        # One village is its own set; others are numbered from below zero on.
        set_no = village_no.get(place_set or "")
        if place_set and set_no is None:
            set_no = sets.setdefault(place_set, -1 - len(sets))
        reason = None if fate == PLACED else answer.reason
        is_asked = bool(answer.candidates and answer.written)
        field = answer.column or None
        places.append((number, fate, field, reason, place_set, set_no, villages, is_asked))
        if fate != PLACED:
            continue
        with_village = {place.district_code for place in answer.places if place.village_code}
        options += [
            (
                *(number, p.level, village_no.get(p.village_code or ""), p.village_code),
                *(p.district_code, p.method, p.weight, p.district_code in with_village),
            )
            for p in answer.places
        ]
    text, count, flag = pl.String, pl.Int64, pl.Boolean
    schema: dict[str, Any] = {"place_no": count, "fate": text, "field": text, "reason": text}
    schema |= {"place_set": text, "place_set_no": count, "villages": pl.List(text)}
    schema |= {"is_asked": flag}
    warehouse.replace("staging.answered", pl.DataFrame(places, schema=schema, orient="row"))
    warehouse.execute(
        "CREATE OR REPLACE VIEW staging.single_villages AS"
        " SELECT c.place_no, p.number, p.village_code, p.district_code,"
        " CASE WHEN c.is_by_code THEN 'code' ELSE 'name' END AS method"
        " FROM staging.place_cells AS c JOIN staging.plain_codes AS p ON p.number = c.plain_no"
        " UNION ALL SELECT s.place_no, p.number, p.village_code, p.district_code, s.method"
        " FROM staging.spelt_names AS s JOIN staging.plain_codes AS p USING (number)"
    )
    warehouse.execute(
        "INSERT INTO staging.answered SELECT place_no, 'placed', NULL, NULL, village_code,"
        " number, [village_code], false FROM staging.single_villages"
    )
    warehouse.execute(
        "CREATE OR REPLACE TABLE staging.written_places AS SELECT k.place_key, a.*"
        " FROM staging.answered AS a JOIN staging.place_keys AS k USING (place_no)"
    )
    schema = {"place_no": count, "level": text, "village_no": count, "village_code": text}
    schema |= {"district_code": text, "method": text, "weight": pl.Float64, "has_village": flag}
    warehouse.replace("staging.place_options", pl.DataFrame(options, schema=schema, orient="row"))
    warehouse.execute(
        "INSERT INTO staging.place_options SELECT place_no, 'village', number, village_code,"
        " district_code, method, 1.0, true FROM staging.single_villages"
    )


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
