"""What a single row of `raw` means: its typed form and its places, or why it cannot be used.

Owns the reading of cells. Which rows there are, and what becomes of all of them together,
is in `rawan.places.placing`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import polars as pl

from rawan.errors import did_you_mean
from rawan.places.gazetteer import Gazetteer, normalised
from rawan.sources.dates import parse_interval

PLACED, EXCLUDED, QUARANTINED = "placed", "excluded", "quarantined"


@dataclass(frozen=True)
class Place:
    """Where a row belongs: a village, or a kecamatan where no village is known."""

    level: str
    village_code: str | None
    district_code: str
    method: str


class Unplaced(Exception):
    """The row cannot be used; `fate` says whether it is excluded or quarantined."""

    def __init__(self, fate: str, column: str, reason: str) -> None:
        super().__init__(reason)
        self.fate, self.column = fate, column


@dataclass
class Tables:
    """The rows that placing writes, one list of dictionaries a table."""

    tellings: list[dict[str, Any]] = field(default_factory=list)
    report_rows: list[dict[str, Any]] = field(default_factory=list)
    population_rows: list[dict[str, Any]] = field(default_factory=list)
    places: list[dict[str, Any]] = field(default_factory=list)
    fates: list[dict[str, Any]] = field(default_factory=list)


_DAY = {"occurred_from": pl.Date, "occurred_on": pl.Date, "known_on": pl.Date}
SCHEMAS: dict[str, dict[str, Any]] = {
    "tellings": {
        "row_id": pl.String,
        "event_key": pl.String,
        **_DAY,
        "known_on_assumed": pl.Boolean,
        "type": pl.String,
        "election": pl.String,
        "deaths": pl.Int64,
        "injured": pl.Int64,
        "source_url": pl.String,
    },
    "report_rows": {
        "row_id": pl.String,
        "report_key": pl.String,
        **_DAY,
        "known_on_assumed": pl.Boolean,
        "type": pl.String,
        "source_grade": pl.String,
        "information_grade": pl.String,
        "source_url": pl.String,
    },
    "population_rows": {
        "row_id": pl.String,
        "village_code": pl.String,
        "year": pl.Int64,
        "population": pl.Int64,
        "known_on": pl.Date,
        "source_url": pl.String,
    },
    "places": {
        "row_id": pl.String,
        "level": pl.String,
        "village_code": pl.String,
        "district_code": pl.String,
        "method": pl.String,
    },
    "fates": {
        "row_id": pl.String,
        "kind": pl.String,
        "file": pl.String,
        "sheet": pl.String,
        "row": pl.Int64,
        "fate": pl.String,
        "column": pl.String,
        "reason": pl.String,
    },
}


class RowReader:
    """Turns one raw row into typed rows, or raises `Unplaced`."""

    def __init__(
        self,
        gazetteer: Gazetteer,
        types: set[str],
        region: str,
        row_id: str,
        obtained_on: date,
        tables: Tables,
    ) -> None:
        self.gazetteer, self.types, self.region = gazetteer, types, region
        self.row_id, self.obtained_on, self.tables = row_id, obtained_on, tables

    def read(self, kind: str, cells: Mapping[str, str]) -> None:
        """Add the row's typed form to the tables."""
        if kind == "demographics":
            self._read_population(cells)
            return
        places = list(self._places(cells))
        first, last = self._interval(cells, "occurred_on")
        known_on = self._interval(cells, "known_on")[1] if cells["known_on"] else None
        row: dict[str, Any] = {
            "row_id": self.row_id,
            "occurred_from": first,
            # The last day it may have been: a feature must not see what may lie ahead.
            "occurred_on": last,
            "known_on": known_on or self.obtained_on,
            "known_on_assumed": known_on is None,
            "type": self._type(cells, required=kind == "incidents"),
            "source_url": cells["source_url"] or None,
        }
        if kind == "incidents":
            row["event_key"] = cells["event_id"] or self._event_key(row, places)
            row["election"] = cells["election"] or None
            row["deaths"] = self._number(cells, "deaths")
            row["injured"] = self._number(cells, "injured")
            self.tables.tellings.append(row)
        else:
            row["report_key"] = cells["source_key"] or self.row_id
            row["source_grade"] = self._grade(cells, "source_grade", "ABCDEF")
            row["information_grade"] = self._grade(cells, "information_grade", "123456")
            self.tables.report_rows.append(row)
        self.tables.places += [{"row_id": self.row_id, **vars(place)} for place in places]

    def _read_population(self, cells: Mapping[str, str]) -> None:
        places = [place for place in self._places(cells) if place.level == "village"]
        if len(places) != 1:
            raise Unplaced(QUARANTINED, "villages", "a population belongs to exactly one village.")
        population, year = self._number(cells, "population"), self._number(cells, "year")
        if population is None or year is None:
            empty = "year" if year is None else "population"
            raise Unplaced(QUARANTINED, empty, "year or population is empty.")
        known_on = self._interval(cells, "known_on")[1] if cells["known_on"] else self.obtained_on
        self.tables.population_rows.append(
            {
                "row_id": self.row_id,
                "village_code": places[0].village_code,
                "year": year,
                "population": population,
                "known_on": known_on,
                "source_url": cells["source_url"] or None,
            }
        )
        self.tables.places += [{"row_id": self.row_id, **vars(places[0])}]

    def _interval(self, cells: Mapping[str, str], name: str) -> tuple[date, date]:
        if not cells[name]:
            raise Unplaced(QUARANTINED, name, "the date is empty.")
        interval = parse_interval(cells[name])
        if interval is None:
            raise Unplaced(QUARANTINED, name, f'"{cells[name][:40]}" is not a date.')
        return interval

    def _type(self, cells: Mapping[str, str], required: bool) -> str | None:
        name = cells["type"]
        if not name and not required:
            return None
        if name not in self.types:
            raise Unplaced(
                QUARANTINED,
                "type",
                f'"{name[:40]}" is not a type of incident.{did_you_mean(name, self.types)}',
            )
        return name

    def _grade(self, cells: Mapping[str, str], name: str, known: str) -> str:
        grade = cells[name].upper() or known[-1]
        if len(grade) != 1 or grade not in known:
            raise Unplaced(
                QUARANTINED, name, f'"{cells[name][:40]}" is not a grade {known[0]} to {known[-1]}.'
            )
        return grade

    def _number(self, cells: Mapping[str, str], name: str) -> int | None:
        if not cells[name]:
            return None
        if not cells[name].isascii() or not cells[name].isdigit() or len(cells[name]) > 9:
            raise Unplaced(QUARANTINED, name, f'"{cells[name][:40]}" is not a whole number.')
        return int(cells[name])

    def _event_key(self, row: Mapping[str, Any], places: list[Place]) -> str:
        where = "+".join(sorted(place.village_code or place.district_code for place in places))
        return f"{row['occurred_from']}/{row['occurred_on']}/{row['type']}/{where}"

    def _places(self, cells: Mapping[str, str]) -> Iterable[Place]:
        """Return the villages that a row names or, where there is none, its kecamatan."""
        if codes := _parts(cells["village_codes"]):
            return self._by_codes(codes)
        if (regency := cells.get("regency", "")) and normalised(regency) != self.region:
            raise Unplaced(EXCLUDED, "regency", f'"{regency[:60]}" is outside the region.')
        districts = self._districts(cells)
        names = _parts(cells.get("villages", ""))
        villages: dict[str, Place] = {}
        unknown: list[str] = []
        scopes: list[str | None] = list(districts) or [None]
        for name in names:
            found = [hit for scope in scopes if (hit := self.gazetteer.find_village(name, scope))]
            if len({hit.code for hit in found}) == 1:
                village = self.gazetteer.villages[found[0].code]
                villages[village.village_code] = Place(
                    "village", village.village_code, village.district_code, found[0].method
                )
            else:
                unknown.append(name)
        if villages:
            return villages.values()
        if districts:
            method = "kecamatan only" if not unknown else "village unknown"
            return [Place("district", None, code, method) for code in districts]
        if outside := cells.get("outside", ""):
            raise Unplaced(EXCLUDED, "outside", f'"{outside[:60]}" is outside the region.')
        raise self._nowhere(unknown)

    def _by_codes(self, codes: Iterable[str]) -> list[Place]:
        """Return the villages of the region among these codes; those outside do not undo them."""
        places: list[Place] = []
        outside: Unplaced | None = None
        for code in dict.fromkeys(codes):
            try:
                places.append(self._by_code(code))
            except Unplaced as unplaced:
                if unplaced.fate != EXCLUDED:
                    raise
                outside = outside or unplaced
        if outside and not places:
            raise outside
        return places

    def _by_code(self, code: str) -> Place:
        village = self.gazetteer.villages.get(code)
        if village is not None:
            return Place("village", code, village.district_code, "code")
        if ".".join(code.split(".")[:2]) not in self.gazetteer.region_prefixes:
            raise Unplaced(EXCLUDED, "village_codes", f'"{code[:20]}" is outside the region.')
        raise Unplaced(QUARANTINED, "village_codes", f'"{code[:20]}" is not the code of a village.')

    def _districts(self, cells: Mapping[str, str]) -> list[str]:
        codes = _parts(cells.get("district_codes", ""))
        for code in codes:
            if code not in self.gazetteer.districts:
                raise Unplaced(
                    QUARANTINED, "district_codes", f'"{code[:20]}" is not the code of a kecamatan.'
                )
        if codes:
            return codes
        found: list[str] = []
        for name in _parts(cells.get("districts", "")):
            district = self.gazetteer.find_district(name)
            if district is None:
                raise Unplaced(
                    QUARANTINED,
                    "districts",
                    f'"{name[:40]}" is not a kecamatan of the region.'
                    f"{did_you_mean(name, self.gazetteer.districts.values())}",
                )
            if district.code not in found:
                found.append(district.code)
        return found

    def _nowhere(self, unknown: list[str]) -> Unplaced:
        if unknown:
            return Unplaced(
                QUARANTINED,
                "villages",
                f'"{unknown[0][:40]}" is no village of the region, or more than one. '
                "Name its kecamatan or give its code.",
            )
        return Unplaced(QUARANTINED, "villages", "no village and no kecamatan is named.")


def _parts(cell: str) -> list[str]:
    return [part.strip() for part in cell.split(";") if part.strip()]
