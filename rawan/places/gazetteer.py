"""The gazetteer: names and codes of villages and kecamatan, of old places and of those outside.

Owns what is known about places. How names are compared is in `rawan.places.spelling`, which name
a row or a text means in `rawan.places.resolver` and `rawan.places.mentions`. Ambiguity is never
guessed: two equally good answers are none.
"""

import csv
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from rawan.errors import RawanError
from rawan.places.names import Match, NameIndex
from rawan.places.spelling import letters, normalised, sounded
from rawan.warehouse import Warehouse

__all__ = ["FormerPlace", "Found", "Gazetteer", "OutsidePlace", "Village", "normalised"]

FORMER_FILE, OUTSIDE_FILE = "former_places.csv", "outside_places.csv"
LOCAL_FILE = "local_names.csv"
_DISTRICTS = "districts"


@dataclass(frozen=True)
class Village:
    """A village, the kecamatan that it belongs to, and a point inside it."""

    village_code: str
    district_code: str
    name: str = ""
    lat: float | None = None
    lon: float | None = None


@dataclass(frozen=True)
class Found:
    """The code that a name means and how it was found: name (exact) or spelling (alike)."""

    code: str
    method: str


@dataclass(frozen=True)
class FormerPlace:
    """A place as it once was, and one place of today that covers all or a part of it.

    `valid_until` is the last day on which the former place may have existed. `weight` is the
    share of the former place that this place of today covers; the weights of one former place
    sum to 1. `village_code` is None where a former kecamatan is told.
    """

    name: str
    level: str
    district: str
    valid_until: date
    village_code: str | None
    district_code: str
    weight: float


@dataclass(frozen=True)
class OutsidePlace:
    """A place outside the region: its name, its level and what it lies in.

    `level` is province, regency or district, or elsewhere: a name that villages of the region
    share with a better known place, so that the name alone is no evidence of the village.
    """

    name: str
    level: str
    parent: str = ""


class Gazetteer:
    """Villages and kecamatan of the region, found by code or by name.

    Parameters
    ----------
    villages : (code, code of the kecamatan, spellings) of each village.
    districts : (code, name) of each kecamatan.
    points : village code to (latitude, longitude) in degrees.
    former : places as they once were.
    outside : places outside the region.
    region : name of the region, with or without its prefix.
    """

    def __init__(
        self,
        villages: Iterable[tuple[str, str, tuple[str, ...]]],
        districts: Iterable[tuple[str, str]],
        points: Mapping[str, tuple[float, float]] | None = None,
        former: Iterable[FormerPlace] = (),
        outside: Iterable[OutsidePlace] = (),
        region: str = "",
    ) -> None:
        villages, points = list(villages), points or {}
        self.villages = {
            code: Village(code, district, names[0], *points.get(code, (None, None)))
            for code, district, names in villages
        }
        self._spellings = {code: names for code, _, names in villages}
        self.districts = dict(districts)
        self._villages_of: dict[str, list[Village]] = {}
        for village in self.villages.values():
            self._villages_of.setdefault(village.district_code, []).append(village)
        self.region = region
        self.region_prefixes = {code.rsplit(".", 1)[0] for code in self.districts}
        self.former = list(former)
        self.outside = list(outside)
        self.village_names = NameIndex(villages)
        self.district_names = NameIndex(
            [(code, _DISTRICTS, (name,)) for code, name in self.districts.items()]
        )
        self._former: dict[tuple[str, str], list[FormerPlace]] = defaultdict(list)
        self._parts: dict[str, list[FormerPlace]] = defaultdict(list)
        for place in self.former:
            if place.level == "village":
                self._former[sounded(normalised(place.name)), ""].append(place)
                for code in self.district_codes_named(place.district):
                    self._former[sounded(normalised(place.name)), code].append(place)
            else:
                for code in self.district_codes_named(place.name):
                    self._parts[code].append(place)

    @classmethod
    def of(cls, warehouse: Warehouse, folder: Path | None = None, region: str = "") -> "Gazetteer":
        """Read the gazetteer from the reference tables.

        `folder` may hold `former_places.csv`, `outside_places.csv` and `local_names.csv`; a
        region can do without.

        Raises
        ------
        RawanError
            If one of these files holds a row that is no place.
        """
        villages = warehouse.rows(
            "SELECT village_code, district_code, lat, lon, village, name_bps, name_kpu_2019"
            " FROM reference.villages ORDER BY village_code"
        )
        districts = warehouse.rows(
            "SELECT district_code, district FROM reference.districts ORDER BY district_code"
        )
        local = read_local(folder / LOCAL_FILE) if folder else {}
        return cls(
            [(c, d, spellings(*names, *local.get(c, ()))) for c, d, _, _, *names in villages],
            districts,
            {code: (lat, lon) for code, _, lat, lon, *_ in villages if lat is not None},
            read_former(folder / FORMER_FILE) if folder else (),
            read_outside(folder / OUTSIDE_FILE) if folder else (),
            region,
        )

    @classmethod
    def from_folder(cls, folder: Path, region: str = "") -> "Gazetteer":
        """Read the gazetteer from a folder of reference tables, without a warehouse."""
        villages = [row for _, row in _rows(folder / "villages.csv")]
        local = read_local(folder / LOCAL_FILE)
        return cls(
            [
                (
                    row["village_code"],
                    row["district_code"],
                    spellings(
                        row["village"],
                        row["name_bps"],
                        row["name_kpu_2019"],
                        *local.get(row["village_code"], ()),
                    ),
                )
                for row in villages
            ],
            [(row["district_code"], row["district"]) for _, row in _rows(folder / "districts.csv")],
            {r["village_code"]: (float(r["lat"]), float(r["lon"])) for r in villages if r["lat"]},
            read_former(folder / FORMER_FILE),
            read_outside(folder / OUTSIDE_FILE),
            region,
        )

    def find_district(self, name: str) -> Found | None:
        """Return the kecamatan that a name means, or None where there is none or more than one."""
        return _found(self.district_names.match(name, _DISTRICTS))

    def find_village(self, name: str, district_code: str | None) -> Found | None:
        """Return the village that a name means, inside a kecamatan or (None) in the whole region.

        Across the region only the exact name counts: names repeat, and a likeness to one
        of many villages is no evidence.
        """
        if district_code is not None:
            return _found(self.village_names.match(name, district_code))
        found = self.village_names.match(name, None)
        return _found(found) if found.method == "name" else None

    def district_codes_named(self, name: str) -> list[str]:
        """Return the kecamatan of exactly this name; as a rule one or none."""
        return self.district_names.exact(normalised(name))

    def spellings_of(self, village_code: str) -> tuple[str, ...]:
        """Return the spellings of a village as the reference tables have them."""
        return self._spellings[village_code]

    def villages_of(self, district_code: str) -> list[Village]:
        """Return the villages of a kecamatan; empty if there is no such kecamatan."""
        return self._villages_of.get(district_code, [])

    def label(self, code: str) -> str:
        """Return a place's name for people: village and kecamatan, or kecamatan."""
        if village := self.villages.get(code):
            return f"{village.name}, {self.districts[village.district_code]}"
        return f"Kecamatan {self.districts[code]}"

    def former_villages(self, name: str, district_code: str | None) -> list[FormerPlace]:
        """Return what covers a former village of this name today; empty if none is known.

        With a kecamatan only a former village that then belonged to it, without one the former
        villages of this name wherever they were.
        """
        return self._former.get((sounded(normalised(name)), district_code or ""), [])

    def parts_of_district(self, district_code: str) -> list[FormerPlace]:
        """Return the kecamatan of today that the kecamatan of this name once covered."""
        return self._parts.get(district_code, [])


def spellings(*names: str | None) -> tuple[str, ...]:
    """Return the distinct spellings of a village; "Candipuro/Titiwangi" is two of them."""
    parts = (part.strip() for name in names if name for part in name.split("/"))
    return tuple(dict.fromkeys(part for part in parts if letters(part)))


def _found(match: Match) -> Found | None:
    return Found(match.code, match.method) if match.code is not None else None


def read_former(path: Path) -> list[FormerPlace]:
    """Read former places; an absent file means that none are known."""
    places = []
    for number, row in _rows(path):
        last = re.fullmatch(r"(\d{4})(?:-(\d\d)-(\d\d))?", row["valid_until"])
        code = row["village_code"] or row["district_code"]
        try:
            day = date(int(last[1]), int(last[2] or 12), int(last[3] or 31)) if last else None
            weight = float(row["weight"] or 1)
        except ValueError:
            day, weight = None, 0.0
        if day is None or not 0 < weight <= 1 or row["former_level"] not in ("village", "district"):
            raise RawanError(
                f"{path.name}, row {number}: valid_until, weight or former_level is wrong. "
                "Give a year or a date, a weight above 0 and up to 1, and village or district."
            )
        places.append(
            FormerPlace(
                row["former_name"],
                row["former_level"],
                row["former_district"],
                day,
                row["village_code"] or None,
                row["district_code"] or code.rsplit(".", 1)[0],
                weight,
            )
        )
    return places


def read_outside(path: Path) -> list[OutsidePlace]:
    """Read places outside the region; an absent file means that none are known."""
    return [OutsidePlace(row["name"], row["level"], row["parent"]) for _, row in _rows(path)]


def read_local(path: Path) -> dict[str, list[str]]:
    """Read what people call a village or its only settlement, such as an island, by its code."""
    names: dict[str, list[str]] = defaultdict(list)
    for _, row in _rows(path):
        names[row["village_code"]].append(row["name"])
    return names


def _rows(path: Path) -> list[tuple[int, dict[str, str]]]:
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as stream:
        return [(number, row) for number, row in enumerate(csv.DictReader(stream), start=2)]
