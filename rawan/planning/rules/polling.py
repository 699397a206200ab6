"""The table of polling stations (TPS) that a plan covers: by place and class, assumptions marked.

Owns how TPS known only by kecamatan or for the whole regency are put down without counting any
twice. Which class a village has is `classes.py`'s, and what the planner knows better his file's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from rawan.errors import RawanError
from rawan.planning.rules.patterns import CLASSES
from rawan.planning.rules.polling_counts import village_counts
from rawan.planning.rules.polling_facts import Facts, known_class, near
from rawan.planning.rules.polling_files import PollingFiles
from rawan.planning.rules.spreading import spread
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
_Grid = dict[tuple[str, str], int]


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
    listed: Mapping[tuple[str, str], int] | None = None,
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
    village_classes : classes of whole villages, for instance set by the planner; their TPS count
        towards the regency's number of that class.
    placed : TPS by (district_code, class) that the planner places; the rest is spread.
    listed : TPS by (village_code, class) that a list names, see `classes.listed_tps`. They count
        towards the regency's number; a village with a class as a whole keeps that.

    Raises
    ------
    RawanError
        If a village or kecamatan has no TPS to take, or more would be taken than there are.
    """
    facts = Facts(files, election)
    whole, named = dict(village_classes or {}), dict(listed or {})
    for code, name in [*whole.items(), *named]:
        facts.known_village(code, "classes of villages")
        known_class(name, f"classes of villages, {code}")
    at_least: dict[str, int] = {}
    for (code, _), tps in named.items():
        at_least[code] = at_least.get(code, 0) + tps
    counts, assumed, spread_by = village_counts(facts, files.stations, at_least)
    grid = _grid(facts, counts, whole, named)
    at_district, by_rule = _by_class(facts, grid, dict(placed or {}))
    reduced = _take_off(facts, grid, at_district)
    rows = [
        _village_row(
            facts, key, part, spread_by if key[0] in assumed else None, key in reduced, is_cut, lang
        )
        for key, is_cut, part in _by_shore(facts, grid)
    ]
    rows += [
        _district_row(facts, key, tps, key in by_rule, lang)
        for key, tps in at_district.items()
        if tps
    ]
    frame = pl.DataFrame(rows, schema=COLUMNS, orient="row").sort(
        "district_code", "place", "class", "is_cut_off"
    )
    return PollingTable(frame, _lines(facts, frame), spread_by)


def _grid(
    facts: Facts, counts: Mapping[str, int], whole: Mapping[str, str], named: Mapping[Any, int]
) -> _Grid:
    """Return the TPS of each village by class, as far as its classes are known."""
    grid: _Grid = {(code, whole.get(code, _ORDINARY)): tps for code, tps in counts.items()}
    for (code, name), tps in sorted(named.items()):
        if code in whole or name == _ORDINARY:
            continue
        left = grid[code, _ORDINARY]
        if tps > left:
            raise RawanError(
                f"{facts.name(code)}: {counts[code]} TPS are known there and the lists of "
                f"vulnerable TPS name more: {tps - left} too many of class {name}."
            )
        grid[code, _ORDINARY] = left - tps
        grid[code, name] = grid.get((code, name), 0) + tps
    return grid


def _by_class(
    facts: Facts, grid: Mapping[tuple[str, str], int], placed: _Grid
) -> tuple[_Grid, set[tuple[str, str]]]:
    """Return TPS by (kecamatan, class) beside the villages', and which of them are assumed."""
    for district, name in placed:
        known_class(name, f"placed, kecamatan {district}")
        if district not in facts.districts:
            hint = near(district, facts.districts)
            raise RawanError(f"placed: there is no kecamatan {district}.{hint}")
    found = {**facts.given, **placed}
    assumed: set[tuple[str, str]] = set()
    ordinary = {
        district: sum(grid.get((code, _ORDINARY), 0) for code in members)
        for district, members in facts.districts.items()
    }
    for name, total in facts.class_totals.items():
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


def _take_off(facts: Facts, grid: _Grid, at_district: Mapping[tuple[str, str], int]) -> set[Any]:
    """Take the TPS of a kecamatan's other classes off its villages' ordinary ones.

    A village that is all island keeps its own, and each village keeps one if it can. TPS that are
    beyond the villages' counts are taken off none. Returns the entries that became fewer.
    """
    reduced: set[Any] = set()
    exact = {code for code, (_, _, is_all) in facts.islands.items() if is_all}
    for district, members in facts.districts.items():
        number = sum(
            tps
            for (place, name), tps in at_district.items()
            if place == district and name not in facts.beyond
        )
        ordinary = {code: grid.get((code, _ORDINARY), 0) for code in members}
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
                reduced.add((code, _ORDINARY))
    return reduced


def _by_shore(facts: Facts, grid: _Grid) -> list[tuple[tuple[str, str], bool, int]]:
    """Return each entry in its parts behind water (True) and on the mainland, none empty.

    Which of a village's TPS are on its island is not known by class: the ordinary ones first.
    """
    behind = {code: there for code, (_, there, is_all) in facts.islands.items() if not is_all}
    parts = []
    for (code, name), tps in sorted(grid.items()):
        is_all = code in facts.islands and facts.islands[code][2]
        cut_off = tps if is_all else min(behind.get(code, 0), tps)
        if not is_all and cut_off:
            behind[code] -= cut_off
        parts += [((code, name), True, cut_off), ((code, name), False, tps - cut_off)]
    return [part for part in parts if part[2]]


def _village_row(
    facts: Facts,
    key: tuple[str, str],
    tps: int,
    by: str | None,
    is_reduced: bool,
    is_cut_off: bool,
    lang: Language,
) -> tuple[Any, ...]:
    code, name = key
    row = facts.villages[code]
    island = facts.islands[code][0] if is_cut_off else None
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
        *(facts.polsek.get(row["district_code"]), *facts.point(code), name, tps),
        *(is_assumed, " ".join(notes), is_cut_off, island),
    )


def _district_row(
    facts: Facts, key: tuple[str, str], tps: int, is_assumed: bool, lang: Language
) -> tuple[Any, ...]:
    """Return the row of TPS that are known by kecamatan only; they stand at its seat."""
    district, name = key
    base = facts.seat(district)
    note = text(f"plan_rules.tps.{'class_spread' if is_assumed else 'class_known'}", lang).format(
        vulnerability=text(f"plan_rules.class.{name}", lang),
        total=facts.class_totals.get(name, tps),
    )
    return (
        *(district, None, None, district, facts.villages[base]["district"]),
        *(facts.polsek.get(district), *facts.point(base), name, tps),
        *(is_assumed, note, False, None),
    )


def _lines(facts: Facts, frame: pl.DataFrame) -> tuple[Line, ...]:
    """Return each published number beside what the table holds."""
    found = []
    for name in CLASSES:
        if name in facts.class_totals:
            held = int(frame.filter(pl.col("class") == name)["tps"].sum())
            found.append(Line(name, facts.class_totals[name], held))
    if _ORDINARY in facts.class_totals:  # otherwise the classes are not all of the region's TPS
        total = sum(facts.class_totals.values())
        found.append(Line("all", total, int(frame["tps"].sum())))
    return tuple(found)


def mismatches(table: PollingTable, lang: Language = "id") -> list[str]:
    """Return one sentence for each published number that the table does not come to."""
    return [
        text("plan_rules.tps.mismatch", lang).format(
            subject=text(
                f"plan_rules.{'tps' if line.subject == 'all' else 'class'}.{line.subject}", lang
            ),
            published=line.published,
            placed=line.placed,
            difference=abs(line.difference),
        )
        for line in table.lines
        if line.difference
    ]
