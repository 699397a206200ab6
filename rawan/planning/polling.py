"""The table of polling stations (TPS) that a plan covers: by place and class, assumptions marked.

Owns how TPS known only by kecamatan or for the whole regency are put down without counting any
twice. Which class a village has is `classes.py`'s, and what the planner knows better his file's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from rawan.errors import RawanError, did_you_mean, nearest
from rawan.planning.patterns import CLASSES
from rawan.planning.polling_files import PollingFiles
from rawan.planning.spreading import Cells, spread, whole_number
from rawan.publishing.texts import text
from rawan.settings import Language

COLUMNS: dict[str, Any] = {
    "place": pl.String,
    "village_code": pl.String,
    "village": pl.String,
    "district_code": pl.String,
    "district": pl.String,
    "polsek": pl.String,
    "lat": pl.Float64,
    "lon": pl.Float64,
    "class": pl.String,
    "tps": pl.Int64,
    "is_assumed": pl.Boolean,
    "note": pl.String,
    "is_cut_off": pl.Boolean,
    "island": pl.String,
}
_ORDINARY = CLASSES[0]


@dataclass(frozen=True)
class Line:
    """A published number of TPS beside what the table holds; `subject` is a class or `all`."""

    subject: str
    published: int
    placed: int

    @property
    def difference(self) -> int:
        """Return placed less published: 0 where the table reconciles."""
        return self.placed - self.published


@dataclass(frozen=True)
class PollingTable:
    """The TPS of an election, one row for each (place, class, is_cut_off), and how they reconcile.

    `frame` has `COLUMNS`: place is a village code, or a district code where TPS are known (or
    assumed) by kecamatan only, with village_code empty; TPS that `is_cut_off` are on `island` and
    reached by boat only. `spread_by` is the election in proportion to which TPS were spread, or
    None.
    """

    frame: pl.DataFrame
    lines: tuple[Line, ...]
    spread_by: str | None


def polling_table(
    files: PollingFiles,
    election: str,
    village_classes: Mapping[str, str] | None = None,
    placed: Mapping[tuple[str, str], int] | None = None,
    lang: Language = "id",
) -> PollingTable:
    """Return the TPS of an election by place and class.

    TPS known by village are taken as they are. Those known by kecamatan are spread over its
    villages in proportion to the newest election known by village (largest remainders; every
    village that had TPS gets one if the total allows), and marked as assumed. TPS of a class of
    which only the regency's number is known are spread over the kecamatan in proportion to their
    ordinary TPS, stand at the kecamatan, and are taken off its villages' ordinary TPS.

    Parameters
    ----------
    village_classes : classes of whole villages that are not ordinary, for instance set by the
        planner; their TPS count towards the regency's number of that class.
    placed : TPS by (district_code, class) that the planner places; the rest is spread.

    Raises
    ------
    RawanError
        If a village or kecamatan has no TPS to take, or more would be taken than there are.
    """
    region = _Region(files, election)
    counts, assumed, spread_by = region.by_village()
    grid: dict[tuple[str, str], int] = {(code, _ORDINARY): tps for code, tps in counts.items()}
    for code, name in sorted((village_classes or {}).items()):
        region.known_village(code, "classes")
        _known_class(name, f"classes, village {code}")
        if name != _ORDINARY:
            grid[code, name] = grid.pop((code, _ORDINARY), 0)
    at_district, by_rule = region.by_class(grid, dict(placed or {}))
    on_top = {key: tps for key, tps in at_district.items() if key[1] in region.beyond}
    taken = {key: tps for key, tps in at_district.items() if key[1] not in region.beyond}
    reduced = region.take_off(grid, taken)
    rows = [
        region.village_row(
            code, name, part, spread_by if code in assumed else None, code in reduced, is_cut, lang
        )
        for (code, name), tps in grid.items()
        for is_cut, part in region.by_shore(code, tps)
    ]
    rows += [
        region.district_row(code, name, tps, (code, name) in by_rule, lang)
        for (code, name), tps in {**taken, **on_top}.items()
        if tps
    ]
    frame = pl.DataFrame(rows, schema=COLUMNS, orient="row").sort(
        "district_code", "place", "class", "is_cut_off"
    )
    return PollingTable(frame, region.lines(frame), spread_by)


class _Region:
    """The rows of one election, looked up by code."""

    def __init__(self, files: PollingFiles, election: str) -> None:
        self.election = election
        self.villages = {row["village_code"]: row for row in files.villages}
        self.districts: dict[str, list[str]] = {}
        for code in sorted(self.villages):
            self.districts.setdefault(self.villages[code]["district_code"], []).append(code)
        self.seats = {row["district_code"]: row["seat"] for row in files.districts}
        self.polsek = {row["district_code"]: row["polsek"] for row in files.polsek}
        self.stations = files.stations
        self.special = [
            {**row, "where": f"tps_special.csv, row {line}"}
            for line, row in enumerate(files.special, start=2)
            if row["election"] == election
        ]
        self.islands: dict[str, tuple[str, int, bool]] = {}
        self.class_totals: dict[str, int] = {}
        self.beyond: set[str] = set()
        self.given: dict[tuple[str, str], int] = {}
        for row in self.special:
            self._take_special(row)

    def _take_special(self, row: Cells) -> None:
        tps = whole_number(row["tps"], f'{row["where"]}, column "tps"')
        if row["fact"] in ("island_all", "island_part"):
            self.known_village(row["code"], row["where"])
            self.islands[row["code"]] = (row["island"], tps, row["fact"] == "island_all")
            return
        if row["fact"] != "class":
            raise RawanError(
                f'{row["where"]}, column "fact": "{row["fact"]}" is neither class, island_all nor '
                "island_part."
            )
        _known_class(row["class"], row["where"])
        if row["within_total"] == "false":
            self.beyond.add(row["class"])
        if row["level"] == "region":
            self.class_totals[row["class"]] = tps
        elif row["level"] == "district" and row["code"] in self.districts:
            self.given[row["code"], row["class"]] = tps
        else:
            raise RawanError(
                f"{row['where']}: TPS of class {row['class']} are given for the region (level "
                f'region) or a kecamatan of it (level district), and here for "{row["code"]}".'
            )

    def known_village(self, code: str, where: str) -> None:
        if code not in self.villages:
            raise RawanError(f"{where}: there is no village {code}.{_near(code, self.villages)}")

    def by_village(self) -> tuple[dict[str, int], set[str], str | None]:
        """Return TPS by village, the villages whose number is assumed, and what it is spread by."""
        own = [row for row in self.stations if row["election"] == self.election]
        if not own:
            known = {row["election"] for row in self.stations}
            raise RawanError(
                f"polling_stations.csv: has no TPS of {self.election}."
                f"{did_you_mean(self.election, known)}"
            )
        fixed = {row["village_code"]: self._tps(row) for row in own if row["village_code"]}
        for code in fixed:
            self.known_village(code, "polling_stations.csv")
        totals = {row["district_code"]: self._tps(row) for row in own if not row["village_code"]}
        for code, (_, tps, is_all) in self.islands.items():
            if is_all:
                fixed.setdefault(code, tps)
        counts: dict[str, int] = {}
        assumed: set[str] = set()
        spread_by: str | None = None
        for district, members in self.districts.items():
            open_ones = [code for code in members if code not in fixed]
            here = sum(fixed[code] for code in members if code in fixed)
            if open_ones and district not in totals:
                raise RawanError(
                    f"polling_stations.csv: {self.election}: the village "
                    f"{self._name(open_ones[0])} has no number of TPS, and neither has its "
                    f"kecamatan ({len(open_ones)} villages there lack one). Give one of the two."
                )
            counts.update({code: fixed[code] for code in members if code in fixed})
            rest = totals.get(district, here) - here
            if rest < 0 or (rest and not open_ones):
                raise RawanError(
                    f"polling_stations.csv: {self.election}: the villages of kecamatan {district} "
                    f"have {here} TPS and the kecamatan {totals[district]}: {abs(rest)} apart."
                )
            if open_ones:
                spread_by, weights = self._weights(open_ones)
                counts.update(spread(rest, weights, least=1))
                assumed.update(open_ones)
        return counts, assumed, spread_by

    def _tps(self, row: Cells) -> int:
        place = row["village_code"] or row["district_code"]
        return whole_number(row["tps"], f'polling_stations.csv, {row["election"]}, {place}, "tps"')

    def _weights(self, members: list[str]) -> tuple[str, dict[str, int]]:
        """Return the newest other election known by village, and its TPS of these villages."""
        others = {
            (row["known_on"], row["election"])
            for row in self.stations
            if row["village_code"] and row["election"] != self.election
        }
        if not others:
            raise RawanError(
                f"polling_stations.csv: {self.election} is known by kecamatan only, and no other "
                "election by village, in proportion to which its TPS could be spread."
            )
        newest = max(others)[1]
        found = {
            row["village_code"]: self._tps(row)
            for row in self.stations
            if row["election"] == newest and row["village_code"]
        }
        weights = {code: found.get(code, 0) for code in members}
        if not any(weights.values()):
            raise RawanError(
                f"polling_stations.csv: {newest} has no TPS in the villages of kecamatan "
                f"{members[0][:8]}, so those of {self.election} cannot be spread over them."
            )
        return newest, weights

    def by_class(
        self, grid: Mapping[tuple[str, str], int], placed: dict[tuple[str, str], int]
    ) -> tuple[dict[tuple[str, str], int], set[tuple[str, str]]]:
        """Return TPS by (kecamatan, class) beside the villages', and which of them are assumed."""
        for district, name in placed:
            _known_class(name, f"placed, kecamatan {district}")
            if district not in self.districts:
                hint = _near(district, self.districts)
                raise RawanError(f"placed: there is no kecamatan {district}.{hint}")
        found = {**self.given, **placed}
        assumed: set[tuple[str, str]] = set()
        ordinary = {
            district: sum(grid.get((code, _ORDINARY), 0) for code in members)
            for district, members in self.districts.items()
        }
        for name, total in self.class_totals.items():
            if name == _ORDINARY:
                continue
            in_villages = sum(tps for (_, kind), tps in grid.items() if kind == name)
            known = {district: tps for (district, kind), tps in found.items() if kind == name}
            rest = max(0, total - in_villages - sum(known.values()))
            open_ones = {d: n for d, n in ordinary.items() if d not in known}
            if rest and not any(open_ones.values()):
                raise RawanError(
                    f"tps_special.csv: {rest} of {total} TPS of class {name} are left, and no "
                    "kecamatan has ordinary TPS to take them from."
                )
            for district, tps in spread(rest, open_ones).items() if rest else ():
                found[district, name] = tps
                assumed.add((district, name))
        return found, assumed

    def take_off(
        self, grid: dict[tuple[str, str], int], taken: Mapping[tuple[str, str], int]
    ) -> set[str]:
        """Take the TPS of a kecamatan's other classes off its villages' ordinary ones.

        A village that is all island keeps its own, and each village keeps one if it can. Returns
        the villages that lost some.
        """
        reduced: set[str] = set()
        for district, members in self.districts.items():
            number = sum(tps for (place, _), tps in taken.items() if place == district)
            ordinary = {code: grid.get((code, _ORDINARY), 0) for code in members}
            exact = {code for code, (_, _, is_all) in self.islands.items() if is_all}
            loose = {c: max(0, n - 1) for c, n in ordinary.items() if c not in exact}
            if sum(loose.values()) < number:
                loose = ordinary
            if sum(loose.values()) < number:
                raise RawanError(
                    f"kecamatan {district}: {number} TPS of other classes are to be placed and it "
                    f"has {sum(loose.values())} ordinary ones: {number - sum(loose.values())} "
                    "too few. Place fewer there."
                )
            for code, tps in spread(number, loose).items() if number else ():
                if tps:
                    grid[code, _ORDINARY] -= tps
                    reduced.add(code)
        return reduced

    def _name(self, code: str) -> str:
        return f"{self.villages[code]['village']} ({code})"

    def _point(self, code: str) -> tuple[float | None, float | None]:
        row = self.villages[code]
        try:
            return float(row["lat"]), float(row["lon"])
        except ValueError:
            if row["lat"] or row["lon"]:
                raise RawanError(f"villages.csv: {self._name(code)} has no proper point.") from None
            return None, None

    def village_row(
        self,
        code: str,
        name: str,
        tps: int,
        by: str | None,
        is_reduced: bool,
        is_cut_off: bool,
        lang: Language,
    ) -> tuple[Any, ...]:
        row = self.villages[code]
        island = self.islands[code][0] if is_cut_off else None
        notes = []
        if by is not None and not is_cut_off:
            notes.append(text("plan_rules.tps.spread", lang).format(election=by))
        if is_reduced and not is_cut_off:
            notes.append(text("plan_rules.tps.taken_off", lang))
        if is_cut_off:
            notes.append(text("plan_rules.tps.island", lang).format(island=island))
        is_assumed = not is_cut_off and (by is not None or is_reduced)
        return (
            *(code, code, row["village"], row["district_code"], row["district"]),
            *(self.polsek.get(row["district_code"]), *self._point(code), name, tps),
            *(is_assumed, " ".join(notes), is_cut_off, island),
        )

    def by_shore(self, code: str, tps: int) -> list[tuple[bool, int]]:
        """Return a village's TPS behind water (True) and on the mainland, without empty parts."""
        _, there, is_all = self.islands.get(code, ("", 0, False))
        cut_off = tps if is_all else min(there, tps)
        return [(is_cut, n) for is_cut, n in ((True, cut_off), (False, tps - cut_off)) if n]

    def district_row(
        self, district: str, name: str, tps: int, is_assumed: bool, lang: Language
    ) -> tuple[Any, ...]:
        members = self.districts[district]
        seat = _plain(self.seats.get(district, ""))
        at_seat = [code for code in members if _plain(self.villages[code]["village"]) == seat]
        base = (at_seat or members)[0]
        key = "class_spread" if is_assumed else "class_known"
        note = text(f"plan_rules.tps.{key}", lang).format(
            vulnerability=text(f"plan_rules.class.{name}", lang),
            total=self.class_totals.get(name, tps),
        )
        return (
            *(district, None, None, district, self.villages[base]["district"]),
            *(self.polsek.get(district), *self._point(base), name, tps),
            *(is_assumed, note, False, None),
        )

    def lines(self, frame: pl.DataFrame) -> tuple[Line, ...]:
        """Return each published number beside what the table holds."""
        found = []
        for name in CLASSES:
            if name in self.class_totals:
                held = int(frame.filter(pl.col("class") == name)["tps"].sum())
                found.append(Line(name, self.class_totals[name], held))
        if self.class_totals:
            total = sum(self.class_totals.values())
            found.append(Line("all", total, int(frame["tps"].sum())))
        return tuple(found)


def _known_class(name: str, where: str) -> None:
    if name not in CLASSES:
        raise RawanError(f'{where}: "{name}" is no class.{did_you_mean(name, CLASSES)}')


def _plain(name: str) -> str:
    return name.casefold().replace(" ", "")


def _near(code: str, known: Mapping[str, Any]) -> str:
    """Return the nearest code; a list of hundreds would be no help."""
    hint = nearest(code, known)
    return f' Did you mean "{hint}"?' if hint else ""


def mismatches(table: PollingTable, lang: Language = "id") -> list[str]:
    """Return one sentence for each published number that the table does not come to."""
    return [
        text("plan_rules.tps.mismatch", lang).format(
            subject=text(f"plan_rules.tps.{line.subject}", lang)
            if line.subject == "all"
            else text(f"plan_rules.class.{line.subject}", lang),
            published=line.published,
            placed=line.placed,
            difference=abs(line.difference),
        )
        for line in table.lines
        if line.difference
    ]
