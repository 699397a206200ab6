"""Whether what the planner gives fits the polling stations (TPS) and the pattern.

Owns the refusals that can be said before anything is planned: one sentence for each, naming the
rule, the place and the shortfall. What only planning can find out says the plan.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import polars as pl

from rawan.errors import did_you_mean, nearest
from rawan.planning.rules.patterns import CLASSES, Pattern
from rawan.planning.rules.resources import PlanRefused, Resources

OUTSIDE_KM = 25.0
"""A post this far from every polling station is outside the region, or its point is wrong."""

_NEEDED = ("place", "village_code", "village", "district_code", "district", "polsek", "class")
_EARTH_KM = 6371.0


def checked(resources: Resources, tps: pl.DataFrame, pattern: Pattern) -> None:
    """Refuse what `check_resources` finds.

    Raises
    ------
    PlanRefused
        With every sentence at once.
    """
    if sentences := check_resources(resources, tps, pattern):
        raise PlanRefused(f"plan {resources.title}", sentences)


def check_resources(resources: Resources, tps: pl.DataFrame, pattern: Pattern) -> list[str]:
    """Return one sentence for each thing that contradicts or cannot be met; [] if there is none.

    Parameters
    ----------
    tps : the table of TPS, see `polling.COLUMNS`; rows in any order.
    pattern : officers for so many TPS of each class.
    """
    missing = [name for name in (*_NEEDED, "lat", "lon", "tps") if name not in tps.columns]
    if missing:
        return [f"table of TPS: the columns {', '.join(missing)} are missing."]
    rows = tps.sort([name for name in tps.columns if tps[name].dtype != pl.Null]).to_dicts()
    places = _Places(rows)
    return [
        *_table(rows, pattern),
        *_twice(resources),
        *_codes(resources, places),
        *_posts(resources, rows),
        *_pins(resources, places),
        *_boats(resources, rows, places),
        *_officers(resources, rows, pattern),
    ]


class _Places:
    """The codes that the table of TPS knows, each with its name."""

    def __init__(self, rows: Sequence[Mapping[str, Any]]) -> None:
        self.names: dict[str, str] = {}
        self.polsek = {str(row["polsek"]) for row in rows if row["polsek"] is not None}
        for row in rows:
            if row["district_code"]:
                self.names[row["district_code"]] = f"kecamatan {row['district']}"
            if row["village_code"]:
                self.names[row["village_code"]] = str(row["village"])

    def unknown(self, code: str) -> str | None:
        """Return what is wrong with a code, or None if the region knows it."""
        if code in self.names:
            return None
        hint = nearest(code, self.names)
        known = f' Did you mean "{hint}" ({self.names[hint]})?' if hint else ""
        return f"there is no place {code} in the region.{known}"

    def called(self, code: str) -> str:
        return f"{self.names.get(code, 'unknown')} ({code})"


def _table(rows: Sequence[Mapping[str, Any]], pattern: Pattern) -> Iterable[str]:
    if not any((row["tps"] or 0) > 0 for row in rows):
        yield "table of TPS: it holds no TPS, so there is nothing to cover."
    without_ratio: Counter[str] = Counter()
    seen: Counter[tuple[Any, ...]] = Counter()
    for row in rows:
        place = row["place"]
        if not place or not row["district_code"]:
            yield (
                f"table of TPS: {row['tps']} TPS of class {row['class']} belong to no village and "
                "no kecamatan. Give each TPS a place."
            )
        if row["tps"] is None or row["tps"] < 0:
            yield f"table of TPS, place {place}: {row['tps']} is no number of TPS."
        if row["class"] not in CLASSES:
            yield f'table of TPS, place {place}: "{row["class"]}" is no class.'
        elif row["class"] not in pattern.ratios and row["tps"]:
            without_ratio[row["class"]] += row["tps"]
        seen[place, row["class"], bool(row.get("is_cut_off"))] += 1
    for name, number in sorted(without_ratio.items()):
        yield (
            f"pattern {pattern.id}: it has no ratio for class {name}, and {number} TPS are of that "
            "class. Choose another pattern."
        )
    for (place, name, _), times in seen.items():
        if times > 1:
            yield f"table of TPS, place {place}: class {name} stands {times} times. Give it once."


def _twice(resources: Resources) -> Iterable[str]:
    for table, names in (
        ("units", [unit.name for unit in resources.units]),
        ("posts", [post.name for post in resources.posts]),
        ("vehicles", [vehicle.name for vehicle in resources.vehicles]),
        ("boats", [boat.name for boat in resources.boats]),
        ("classes", [entry.village_code for entry in resources.classes]),
        ("gives_way", list(resources.gives_way)),
        ("placed", [f"{p.district_code} {p.vulnerability}" for p in resources.placed]),
        ("pins", [f"{pin.unit} at {pin.place}" for pin in resources.pins]),
        (
            "closed_roads",
            [" to ".join(sorted((r.from_code, r.to_code))) for r in resources.closed_roads],
        ),
    ):
        for name, times in sorted(Counter(names).items()):
            if times > 1:
                yield f"{table}: {name} stands {times} times. Give it once."


def _codes(resources: Resources, places: _Places) -> Iterable[str]:
    named = [
        *((f"units {unit.name}, base_code", unit.base_code) for unit in resources.units),
        *((f"pins {pin.unit}, place", pin.place) for pin in resources.pins),
        *(("classes, village_code", entry.village_code) for entry in resources.classes),
        *(("placed, district_code", entry.district_code) for entry in resources.placed),
        *((f"boats {boat.name}, from_code", boat.from_code) for boat in resources.boats),
        *((f"boats {boat.name}, to_code", boat.to_code) for boat in resources.boats),
        *(("closed_roads, from_code", road.from_code) for road in resources.closed_roads),
        *(("closed_roads, to_code", road.to_code) for road in resources.closed_roads),
    ]
    for where, code in named:
        if wrong := places.unknown(code):
            yield f"{where}: {wrong}"
    for unit in resources.units:
        if unit.polsek is not None and unit.polsek not in places.polsek:
            hint = did_you_mean(unit.polsek, places.polsek)
            yield f'units {unit.name}, polsek: there is no "{unit.polsek}" in the region.{hint}'
    for road in resources.closed_roads:
        if road.from_code == road.to_code:
            yield f"closed_roads: {road.from_code} is both ends of one road. Give two places."


def _posts(resources: Resources, rows: Sequence[Mapping[str, Any]]) -> Iterable[str]:
    points = [(row["lat"], row["lon"]) for row in rows if _is_point(row["lat"], row["lon"])]
    at = [("posts", post.name, post.lat, post.lon) for post in resources.posts]
    if resources.store is not None:
        at.append(("store", resources.store.name, resources.store.lat, resources.store.lon))
    for table, name, lat, lon in at:
        km = min((_km(lat, lon, *point) for point in points), default=0.0)
        if km > OUTSIDE_KM:
            yield (
                f"{table} {name}: ({lat}, {lon}) lies {km:.0f} km from the nearest TPS, outside "
                f"the region (at most {OUTSIDE_KM:.0f} km). Perhaps lat and lon changed places."
            )
    fixed = [post for post in resources.posts if post.is_fixed]
    if len(fixed) > resources.most_posts:
        yield (
            f"posts: {len(fixed)} are fixed and most_posts allows {resources.most_posts}: "
            f"{len(fixed) - resources.most_posts} too many. Raise most_posts, or free some."
        )
    reserve = resources.officers("reserve")
    if reserve and not resources.posts:
        yield f"posts: {reserve} officers are reserve and there is no post for them. Give one."
    least = len(fixed) * resources.least_at_post
    if least > reserve and "reserve" not in resources.gives_way:
        yield (
            f"least_at_post: {len(fixed)} fixed posts with {resources.least_at_post} officers each "
            f"need {least} of the reserve, which has {reserve}: {least - reserve} too few."
        )


def _pins(resources: Resources, places: _Places) -> Iterable[str]:
    units = {unit.name: unit for unit in resources.units}
    pinned: Counter[str] = Counter()
    for pin in resources.pins:
        pinned[pin.unit] += pin.officers
        if pin.unit not in units:
            hint = did_you_mean(pin.unit, units)
            yield f'pins {places.called(pin.place)}: there is no unit "{pin.unit}".{hint}'
        elif units[pin.unit].kind != "tps":
            yield (
                f"pins {places.called(pin.place)}: unit {pin.unit} is of kind "
                f"{units[pin.unit].kind}, and only officers of kind tps are sent to TPS."
            )
    for name, number in sorted(pinned.items()):
        if name in units and number > units[name].officers:
            most = max((p for p in resources.pins if p.unit == name), key=lambda p: p.officers)
            yield (
                f"pins: {number} officers of unit {name} are pinned (most of them at "
                f"{places.called(most.place)}) and it has {units[name].officers}: "
                f"{number - units[name].officers} too many."
            )


def _boats(
    resources: Resources, rows: Sequence[Mapping[str, Any]], places: _Places
) -> Iterable[str]:
    served = {boat.to_code for boat in resources.boats}
    cut_off: Counter[str] = Counter()
    for row in rows:
        if row.get("is_cut_off") and row["village_code"]:
            cut_off[row["village_code"]] += row["tps"] or 0
    for code, number in sorted(cut_off.items()):
        if number > 0 and code not in served:
            yield (
                f"boats: {places.called(code)} has {number} TPS that only a boat reaches, and no "
                f'boat goes there. Add [[boats]] with to_code = "{code}".'
            )


def _officers(
    resources: Resources, rows: Sequence[Mapping[str, Any]], pattern: Pattern
) -> Iterable[str]:
    """Yield the shortage of people that no plan can mend: what the pattern asks at the least.

    Teams are reckoned over the whole region, which is fewer than any plan needs: a plan's teams
    stay within the travel limit. If a ratio may give way, the plan says how far it has to.
    """
    counts: Counter[str] = Counter()
    by_district: dict[str, Counter[str]] = {}
    for row in rows:
        if row["class"] in pattern.ratios and (row["tps"] or 0) > 0:
            counts[row["class"]] += row["tps"]
            by_district.setdefault(str(row["district"]), Counter())[row["class"]] += row["tps"]
    there = resources.officers("tps")
    needed = pattern.minimum(counts)
    if there < needed and not any(rule.startswith("ratio_") for rule in resources.gives_way):
        need = {name: pattern.minimum(tps) for name, tps in sorted(by_district.items())}
        most = max(need, key=lambda name: need[name])
        listed = ", ".join(f"{counts[name]} {name}" for name in CLASSES if counts[name])
        yield (
            f"pattern {pattern.id}: {sum(counts.values())} TPS ({listed}) need at least {needed} "
            f"officers, {need[most]} of them in kecamatan {most}, and the units of kind tps have "
            f"{there}: {needed - there} too few. Add people, choose another pattern, or name the "
            "ratio that gives way in gives_way."
        )
    aboard = sum(v.number * v.officers for v in resources.vehicles)
    if aboard > resources.officers():
        yield (
            f"vehicles: their escort takes {aboard} officers and all units together have "
            f"{resources.officers()}: {aboard - resources.officers()} too few."
        )


def _is_point(lat: Any, lon: Any) -> bool:
    return all(isinstance(v, float) and math.isfinite(v) for v in (lat, lon))


def _km(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    """Return the great-circle distance in kilometres (haversine)."""
    a, b = math.radians(lat), math.radians(other_lat)
    across = math.radians(other_lon - lon)
    h = math.sin((b - a) / 2) ** 2 + math.cos(a) * math.cos(b) * math.sin(across / 2) ** 2
    return 2 * _EARTH_KM * math.asin(min(1.0, math.sqrt(h)))
