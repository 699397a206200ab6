"""Whether a plan of voting day keeps its rules: an auditor that shares no code with the planner.

It reads the plan table as anyone would and recomputes everything from the inputs with plain
Python. It only looks; it never mends. One sentence a violation, none if the plan holds.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

_ROUNDING_KM = 0.002


@dataclass(frozen=True)
class Limits:
    """What the plan had to keep, in the planner's words.

    `gave_way` is what the plan declares: (rule, sector or "", value used).
    """

    limit_km: float
    detour_factor: float = 1.4
    roads: Mapping[tuple[str, str], float] = field(default_factory=dict)
    least_officers_a_place: int = 1
    reserve_officers: int = 0
    most_posts: int | None = None
    units_are_bound: bool = False
    gave_way: Sequence[tuple[str, str, float]] = ()


Row = dict[str, Any]
Unit = tuple[str, int, float, float, str | None]
Post = tuple[str, float, float, bool]
Pin = tuple[str, str, int, str]


def check_plan(
    table: pl.DataFrame,
    tps: pl.DataFrame,
    ratios: Mapping[str, tuple[int, int]],
    units: Sequence[Unit],
    posts: Sequence[Post],
    limits: Limits,
    pins: Sequence[Pin] = (),
    totals: Mapping[str, pl.DataFrame] | None = None,
) -> list[str]:
    """Return one sentence for each rule that the plan breaks.

    Parameters
    ----------
    table : the plan table.
    tps : the TPS table that it must cover.
    ratios : officers for so many TPS, by class.
    units : (name, officers, lat, lon, polsek or None).
    posts : (name, lat, lon, whether it is fixed).
    limits : what had to be kept, and what is declared to have given way.
    pins : (unit, place or polsek, officers, "at_least" or "exactly").
    totals : sums told with the plan, by "sector", "class" and "unit".
    """
    rows = table.to_dicts()
    teams: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        teams[row["team"]].append(row)
    places = _places(tps)
    said = [
        *_numbers(rows, ratios),
        *_coverage(rows, tps),
        *_one_place(teams),
        *_water(teams),
        *_ratio(teams, ratios, limits),
        *_travel(teams, places, limits),
        *_minimum(teams, ratios, limits),
        *_people(rows, units, limits),
        *_distances(rows, places, units, posts, limits),
        *_reserve(rows, posts, limits),
        *_pinned(teams, pins),
        *_sums(rows, units, totals or {}),
    ]
    return sorted(set(said))


def _places(tps: pl.DataFrame) -> dict[str, Row]:
    places: dict[str, Row] = {}
    for row in tps.iter_rows(named=True):
        places.setdefault(row["place"], row)
    for row in places.values():
        if row["lat"] is None or row["lon"] is None:
            near = [
                other
                for other in tps.unique(["place"], keep="any").sort("place").to_dicts()
                if other["district_code"] == row["district_code"]
                and other["village_code"] is not None
            ]
            near = [other for other in near if other["lat"] is not None]
            if near:
                row["lat"] = sum(other["lat"] for other in near) / len(near)
                row["lon"] = sum(other["lon"] for other in near) / len(near)
    return places


def _numbers(rows: Iterable[Row], ratios: Mapping[str, tuple[int, int]]) -> list[str]:
    said = []
    for row in rows:
        if row["officers"] is None or row["officers"] < 0 or row["tps"] is None or row["tps"] < 0:
            said.append(f"team {row['team']}: a number of officers or TPS is below zero or empty.")
        if row["task"] == "tps" and row["class"] not in ratios:
            said.append(f"team {row['team']}: class {row['class']} has no ratio.")
        if row["task"] not in ("tps", "reserve"):
            said.append(f"team {row['team']}: task {row['task']} is none of voting day's.")
    return said


def _coverage(rows: Iterable[Row], tps: pl.DataFrame) -> list[str]:
    """Every TPS once: as many in the plan as there are, by place, side of the water and class."""
    there: Counter[tuple[str, bool, str]] = Counter()
    for row in tps.iter_rows(named=True):
        there[row["place"], bool(row.get("is_cut_off")), row["class"]] += row["tps"]
    planned: Counter[tuple[str, bool, str]] = Counter()
    sector = {row["place"]: row["polsek"] for row in tps.iter_rows(named=True)}
    said = []
    for row in rows:
        if row["task"] == "tps":
            planned[row["place"], bool(row["is_cut_off"]), row["class"]] += row["tps"]
            if row["place"] in sector and row["polsek"] != sector[row["place"]]:
                said.append(
                    f"team {row['team']}: place {row['place']} lies in {sector[row['place']]}, "
                    f"not in {row['polsek']}."
                )
    for key in sorted(set(there) | set(planned)):
        place, is_cut_off, kind = key
        where = f"place {place}{' (behind water)' if is_cut_off else ''}, class {kind}"
        if planned[key] < there[key]:
            said.append(f"{where}: {there[key] - planned[key]} TPS not covered.")
        if planned[key] > there[key]:
            said.append(f"{where}: {planned[key] - there[key]} TPS covered twice or not there.")
    return said


def _one_place(teams: Mapping[str, Sequence[Row]]) -> list[str]:
    """Nobody in two places: one task, day, class, sector and post a team."""
    said = []
    for name, rows in teams.items():
        for key in ("task", "stage", "day", "class", "polsek", "post"):
            values = {row[key] for row in rows}
            if len(values) > 1:
                listed = " and ".join(sorted(str(value) for value in values))
                said.append(f"team {name}: in two places at one time ({key} {listed}).")
    return said


def _water(teams: Mapping[str, Sequence[Row]]) -> list[str]:
    said = []
    for name, rows in teams.items():
        stops = {(row["place"], bool(row["is_cut_off"])) for row in rows}
        if len(stops) > 1 and any(is_cut_off for _, is_cut_off in stops):
            said.append(f"team {name}: covers places on both sides of water.")
        alone = {row["place"] for row in rows if row["village_code"] is None}
        if rows[0]["task"] == "tps" and alone and len({row["place"] for row in rows}) > 1:
            said.append(f"team {name}: covers a place known by its kecamatan only with another.")
    return said


def _ratio(
    teams: Mapping[str, Sequence[Row]], ratios: Mapping[str, tuple[int, int]], limits: Limits
) -> list[str]:
    """So many officers a team, no more TPS than the ratio, unless that is declared."""
    larger = {(rule, sector): value for rule, sector, value in limits.gave_way}
    said = []
    for name, rows in teams.items():
        kind = rows[0]["class"]
        if rows[0]["task"] != "tps" or kind not in ratios:
            continue
        officers, most = ratios[kind]
        allowed = larger.get((f"ratio_{kind}", rows[0]["polsek"]), most)
        covered = sum(row["tps"] for row in rows)
        if covered > allowed:
            said.append(
                f"team {name}: ratio exceeded, {covered} TPS of class {kind} instead of "
                f"at most {allowed:g}."
            )
        has = sum(row["officers"] for row in rows)
        if has < officers:
            said.append(f"team {name}: {has} officers instead of {officers} ({kind}).")
        if has > officers:
            said.append(f"team {name}: an officer counted twice, {has} instead of {officers}.")
        twice = [
            unit
            for unit, n in Counter(row["unit"] for row in rows if row["officers"]).items()
            if n > 1
        ]
        said += [f"team {name}: an officer of {unit} counted twice." for unit in twice]
    return said


def _travel(
    teams: Mapping[str, Sequence[Row]], places: Mapping[str, Row], limits: Limits
) -> list[str]:
    longer = {s: value for rule, s, value in limits.gave_way if rule == "travel_limit"}
    said = []
    for name, rows in teams.items():
        if rows[0]["task"] != "tps":
            continue
        codes = sorted({row["place"] for row in rows} & set(places))
        allowed = longer.get(rows[0]["polsek"], limits.limit_km)
        for at, a in enumerate(codes):
            for b in codes[at + 1 :]:
                km = limits.roads.get((a, b), limits.roads.get((b, a)))
                if km is None:
                    km = _km(places[a], places[b], limits.detour_factor)
                if km > allowed + _ROUNDING_KM:
                    said.append(
                        f"team {name}: travel limit exceeded, {a} and {b} lie {km:.1f} km apart "
                        f"instead of at most {allowed:g}."
                    )
    return said


def _minimum(
    teams: Mapping[str, Sequence[Row]], ratios: Mapping[str, tuple[int, int]], limits: Limits
) -> list[str]:
    least = limits.least_officers_a_place
    said = []
    for name, rows in teams.items():
        if rows[0]["task"] != "tps" or rows[0]["class"] not in ratios:
            continue
        places = len({row["place"] for row in rows})
        officers = ratios[rows[0]["class"]][0]
        if officers < least * places:
            said.append(
                f"team {name}: minimum cover broken, {officers} officers for {places} places "
                f"at {least} each."
            )
    return said


def _people(rows: Iterable[Row], units: Sequence[Unit], limits: Limits) -> list[str]:
    given: Counter[str] = Counter()
    said = []
    own = {name: sector for name, _, _, _, sector in units}
    for row in rows:
        given[row["unit"]] += row["officers"]
        bound = own.get(row["unit"])
        if limits.units_are_bound and bound and row["officers"] and row["polsek"] != bound:
            said.append(f"team {row['team']}: {row['unit']} is bound to {bound} and leaves it.")
    has = {name: officers for name, officers, *_ in units}
    for name, officers in sorted(given.items()):
        if name not in has:
            said.append(f"unit {name}: is not among the units.")
        elif officers > has[name]:
            said.append(f"unit {name}: gives {officers} officers and has {has[name]}.")
    return said


def _distances(
    rows: Iterable[Row],
    places: Mapping[str, Row],
    units: Sequence[Unit],
    posts: Sequence[Post],
    limits: Limits,
) -> list[str]:
    homes = {name: {"lat": lat, "lon": lon} for name, _, lat, lon, _ in units}
    stands = {name: {"lat": lat, "lon": lon} for name, lat, lon, _ in posts}
    said = []
    for row in rows:
        goal = places.get(row["place"]) if row["task"] == "tps" else stands.get(row["post"])
        home = homes.get(row["unit"])
        if goal is None or home is None:
            continue
        km = _km(home, goal, limits.detour_factor)
        if row["km"] is None or abs(km - row["km"]) > _ROUNDING_KM:
            said.append(f"team {row['team']}: {row['km']} km told, {km:.3f} km computed.")
    return said


def _reserve(rows: Sequence[Row], posts: Sequence[Post], limits: Limits) -> list[str]:
    wanted = float(limits.reserve_officers)
    for rule, _, value in limits.gave_way:
        wanted = value if rule == "reserve" else wanted
    waiting = [row for row in rows if row["task"] == "reserve"]
    have = sum(row["officers"] for row in waiting)
    said = []
    if have != wanted:
        said.append(f"reserve: {have} officers at posts instead of {wanted:g}.")
    known = {name for name, *_ in posts}
    opened = {row["post"] for row in waiting if row["officers"]}
    said += [f"reserve: post {post} is not among the posts." for post in sorted(opened - known)]
    if have and not any(rule == "fixed_posts" for rule, _, _ in limits.gave_way):
        said += [
            f"reserve: fixed post {name} has nobody."
            for name, _, _, is_fixed in posts
            if is_fixed and name not in opened
        ]
    if limits.most_posts is not None and len(opened) > limits.most_posts:
        said.append(f"reserve: {len(opened)} posts instead of at most {limits.most_posts}.")
    return said


def _pinned(teams: Mapping[str, Sequence[Row]], pins: Sequence[Pin]) -> list[str]:
    said = []
    for unit, where, officers, kind in pins:
        sent = sum(
            row["officers"]
            for rows in teams.values()
            if any(where in (row["place"], row["polsek"]) for row in rows)
            for row in rows
            if row["unit"] == unit
        )
        if sent < officers or (kind == "exactly" and sent > officers):
            said.append(
                f"pin not kept: {unit} gives {sent} officers to {where} instead of "
                f"{'at least' if kind == 'at_least' else 'exactly'} {officers}."
            )
    return said


def _sums(
    rows: Sequence[Row], units: Sequence[Unit], totals: Mapping[str, pl.DataFrame]
) -> list[str]:
    said = []
    at_tps = [row for row in rows if row["task"] == "tps"]
    for name, key in (("sector", "polsek"), ("class", "class")):
        if name not in totals:
            continue
        told = {row[key]: row for row in totals[name].to_dicts()}
        for label in sorted({row[key] for row in at_tps} | set(told), key=str):
            mine = [row for row in at_tps if row[key] == label]
            sums = {
                "tps": sum(row["tps"] for row in mine),
                "officers": sum(row["officers"] for row in mine),
                "teams": len({row["team"] for row in mine}),
            }
            for what, value in sums.items():
                was = told.get(label, {}).get(what, 0)
                if was != value:
                    said.append(
                        f"totals do not add up: {name} {label}, {what} {was} told, {value} in rows."
                    )
    if "unit" in totals:
        has = {name: officers for name, officers, *_ in units}
        for row in totals["unit"].to_dicts():
            gives = sum(r["officers"] for r in rows if r["unit"] == row["unit"])
            parts = row["at_tps"] + row["reserve"]
            if (
                parts != gives
                or row["has"] != has.get(row["unit"])
                or row["left"] + parts != (row["has"])
            ):
                said.append(f"totals do not add up: unit {row['unit']}.")
    return said


def _km(a: Mapping[str, Any], b: Mapping[str, Any], factor: float) -> float:
    """Return the road between two points: the great circle by its chord, times the factor."""
    lat, other = math.radians(a["lat"]), math.radians(b["lat"])
    x = [
        math.cos(lat) * math.cos(math.radians(a["lon"])),
        math.cos(lat) * math.sin(math.radians(a["lon"])),
        math.sin(lat),
    ]
    y = [
        math.cos(other) * math.cos(math.radians(b["lon"])),
        math.cos(other) * math.sin(math.radians(b["lon"])),
        math.sin(other),
    ]
    chord = math.dist(x, y)
    return factor * 2 * 6371.0088 * math.asin(min(chord / 2, 1.0))
