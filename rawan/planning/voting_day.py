"""Voting day: from the planner's file to the static plan, and the plan held against simple rules.

Owns who may do what: units of kind `tps` stand at polling stations, units of kind `reserve` at
advance posts, unless a rule that gives way says otherwise. How teams are formed is
`voting/static.py`'s.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from models.near_places import Floats
from rawan.planning.inputs import Region, Run
from rawan.planning.rules.patterns import Pattern
from rawan.planning.rules.polling_facts import Facts, base_points
from rawan.planning.rules.resources import PlanRefused, Resources
from rawan.planning.voting import cover
from rawan.planning.voting.checker import Limits, check_plan
from rawan.planning.voting.inputs import Ratios
from rawan.planning.voting.spots import Spots, read_spots
from rawan.planning.voting.static import (
    Options,
    Pin,
    PlanImpossible,
    Post,
    StaticPlan,
    Unit,
    static_plan,
)
from rawan.planning.voting.table import totals_of
from rawan.publishing.texts import text
from rawan.settings import Language

_DRAWS = 100
_KM = 6371.0088
_BESIDE = {
    "way": pl.String,
    "name": pl.String,
    "covered": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
}


@dataclass(frozen=True)
class Voting:
    """The static plan with what it was made from.

    Attributes
    ----------
    beside : share of risk covered by the plan, by two simple rules with as many people at TPS,
        and at most: `way, name, covered, low, high`; the interval is over draws.
    """

    static: StaticPlan
    tps: pl.DataFrame
    ratios: Ratios
    units: tuple[Unit, ...]
    posts: tuple[Post, ...]
    options: Options
    beside: pl.DataFrame

    def faults(self) -> list[str]:
        """Return what the independent checker finds; an empty list is a good plan."""
        o = self.options
        limits = Limits(
            limit_km=o.limit_km,
            detour_factor=o.detour_factor,
            roads=o.roads,
            least_officers_a_place=o.least_officers_a_place,
            reserve_officers=o.reserve_officers,
            most_posts=o.most_posts,
            units_are_bound=o.units_are_bound,
            gave_way=[(gave.rule, gave.sector, gave.used) for gave in self.static.gave_way],
        )
        return check_plan(
            self.static.table,
            self.tps,
            self.ratios,
            [(u.name, u.officers, u.lat, u.lon, u.sector) for u in self.units],
            [(p.name, p.lat, p.lon, p.is_fixed) for p in self.posts],
            limits,
            [(pin.unit, pin.place, pin.officers, pin.kind) for pin in o.pins],
            self.static.totals,
        )


def plan_voting(
    region: Region,
    run: Run,
    resources: Resources,
    pattern: Pattern,
    tps: pl.DataFrame,
    lang: Language,
) -> Voting:
    """Plan voting day.

    Raises
    ------
    PlanImpossible
        If the people do not suffice when all that may give way has done so.
    """
    facts = Facts(region.files, region.election.id)
    ratios = {name: (ratio.officers, ratio.tps) for name, ratio in pattern.ratios.items()}
    kinds = {unit.name: unit.kind for unit in resources.units if unit.kind in ("tps", "reserve")}
    points = base_points(region.files)
    if unplaced := [u for u in resources.units if u.name in kinds and u.base_code not in points]:
        raise PlanRefused(
            f"plan {resources.title}",
            [
                f"units {u.name}, base_code {u.base_code}: the point of that place is not known."
                for u in unplaced
            ],
        )
    units = tuple(
        Unit(unit.name, unit.officers, *points[unit.base_code], unit.polsek)
        for unit in resources.units
        if unit.name in kinds
    )
    posts = tuple(Post(p.name, p.lat, p.lon, p.is_fixed) for p in resources.posts)
    sectors = sorted(set(tps["polsek"].drop_nulls()))
    options = Options(
        day=region.election.voting_day,
        stage="voting",
        pattern=pattern.id,
        limit_km=resources.team_limit_km,
        detour_factor=resources.detour_factor,
        roads=_roads(region, resources, facts),
        most_places=resources.most_places,
        least_officers_a_place=resources.least_officers_a_place,
        reserve_officers=resources.officers("reserve"),
        reserve_minutes=resources.reserve_minutes,
        speed_kmh=resources.speed_kmh,
        most_posts=resources.most_posts,
        least_at_post=resources.least_at_post,
        gives_way=resources.gives_way,
        limit_most_km=max(resources.limit_most_km, resources.team_limit_km),
        units_are_bound=resources.units_are_bound,
        pins=_pins(resources, facts),
    )
    apart = tuple(
        Pin(name, sector, 0, "exactly")
        for name, kind in kinds.items()
        if kind == "reserve"
        for sector in sectors
    )
    whole = replace(options, pins=(*options.pins, *apart))
    risk = run.risk
    try:
        static = static_plan(tps, ratios, units, posts, risk, whole)
        static = _own_reserve(static, units, kinds, posts, options.detour_factor)
        options = whole
    except PlanImpossible:
        # Too few for the TPS without the reserve: where it may give way, its people fill up.
        if not apart or "reserve" not in options.gives_way:
            raise
        static = static_plan(tps, ratios, units, posts, risk, options)
    beside = _beside(static, tps, ratios, run, lang)
    return Voting(static, tps, ratios, units, posts, options, beside)


def km_between(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    """Return the great circle between two points (haversine)."""
    a, b, c, d = np.radians([lat, lon, other_lat, other_lon])
    half = np.sin((c - a) / 2) ** 2 + np.cos(a) * np.cos(c) * np.sin((d - b) / 2) ** 2
    return float(2 * _KM * np.arcsin(np.sqrt(min(1.0, float(half)))))


def _roads(region: Region, resources: Resources, facts: Facts) -> dict[tuple[str, str], float]:
    """Return known roads with the closed ones; of a kecamatan, between all its villages."""
    roads = dict(region.roads)
    for road in resources.closed_roads:
        ends = [
            [code] if code in facts.villages else facts.districts.get(code, [])
            for code in (road.from_code, road.to_code)
        ]
        for first in ends[0]:
            for last in ends[1]:
                roads.pop((last, first), None)
                roads[first, last] = float("inf")
    return roads


def _pins(resources: Resources, facts: Facts) -> tuple[Pin, ...]:
    """Return the pins; one of a kecamatan is of the sector that has just this kecamatan."""
    found = []
    for pin in resources.pins:
        place = pin.place
        if place in facts.districts:
            place = facts.polsek.get(place, place)
            shared = [code for code, polsek in facts.polsek.items() if polsek == place]
            if len(shared) > 1:
                raise PlanRefused(
                    f"plan {resources.title}",
                    [
                        f"pins {pin.unit}, place {pin.place}: {place} has {len(shared)} kecamatan "
                        f"({', '.join(sorted(shared))}), and a team may stand in any of them. "
                        "Pin a village."
                    ],
                )
        found.append(Pin(pin.unit, place, pin.officers, pin.kind))
    return tuple(found)


def _own_reserve(
    plan: StaticPlan,
    units: tuple[Unit, ...],
    kinds: Mapping[str, str],
    posts: tuple[Post, ...],
    detour_factor: float,
) -> StaticPlan:
    """Let units of kind `reserve` take the places at posts that others were sent to.

    The planner sends whoever is nearest; as many of the reserve are left over as others wait.
    """
    given = dict(plan.table.group_by("unit").agg(pl.col("officers").sum()).iter_rows())
    free = {u.name: u.officers - given.get(u.name, 0) for u in units if kinds[u.name] == "reserve"}
    home = {u.name: (u.lat, u.lon) for u in units}
    stands = {p.name: (p.lat, p.lon) for p in posts}
    rows, away = [], 0.0
    for row in plan.table.to_dicts():
        is_other = row["task"] == "reserve" and kinds[row["unit"]] != "reserve"
        if not is_other:
            rows.append(row)
            continue
        left = row["officers"]
        for name in sorted(free):
            taken = min(free[name], left)
            if taken:
                free[name] -= taken
                left -= taken
                km = round(detour_factor * km_between(*home[name], *stands[row["post"]]), 3)
                away += taken * (km - row["km"])
                rows.append({**row, "unit": name, "officers": taken, "km": km})
        if left:
            rows.append({**row, "officers": left})
    together: dict[tuple[object, ...], dict[str, object]] = {}
    for row in rows:
        key = (row["team"], row["unit"]) if row["task"] == "reserve" else (len(together),)
        if key in together:
            together[key]["officers"] += row["officers"]
        else:
            together[key] = row
    table = pl.DataFrame(list(together.values()), schema=plan.table.schema)
    figures = replace(
        plan.figures,
        officer_km=plan.figures.officer_km + away,
        crew_objective=plan.figures.crew_objective + away,
    )
    return replace(plan, table=table, figures=figures, totals=totals_of(table, units))


def _beside(
    plan: StaticPlan, tps: pl.DataFrame, ratios: Ratios, run: Run, lang: Language
) -> pl.DataFrame:
    spots = read_spots(tps, ratios, run.risk)
    people = plan.figures.at_tps
    have = {"plan": _have(plan.table, spots, ratios)}
    for way, rule in (("tps", cover.proportional), ("top", cover.top_of_the_list)):
        have[way] = cover.by_class(rule(people, spots, ratios), spots, ratios)
    step = max(1, len(run.draws) // _DRAWS)
    drawn = [
        read_spots(tps, ratios, dict(zip(run.codes, draw.tolist(), strict=True)))
        for draw in run.draws[::step]
    ]
    rows: list[tuple[str, str, float, float | None, float | None]] = []
    for way, officers in have.items():
        values = [cover.covered(officers, each, ratios) for each in drawn]
        low, high = np.quantile(values, [0.05, 0.95])
        value = min(cover.covered(officers, spots, ratios), 1.0)
        name = text(f"plan.beside.{way}", lang)
        rows.append((way, name, value, float(min(low, 1.0)), float(min(high, 1.0))))
    rows.append(("bound", text("plan.beside.bound", lang), plan.bound, None, None))
    return pl.DataFrame(rows, schema=_BESIDE, orient="row")


def _have(table: pl.DataFrame, spots: Spots, ratios: Ratios) -> Floats:
    """Return the officers at each (place, class): those of a team by the TPS that it covers."""
    column = {kind: number for number, kind in enumerate(spots.tps)}
    row_of = {
        (code, bool(row["is_cut_off"])): number
        for number, (code, row) in enumerate(zip(spots.code, spots.rows, strict=True))
    }
    have = np.zeros((len(spots.code), len(column)))
    teams = table.filter(pl.col("task") == "tps").partition_by("team", maintain_order=True)
    for team in teams:
        officers, covered = int(team["officers"].sum()), int(team["tps"].sum())
        kind = team["class"][0]
        share = officers / max(covered, ratios[kind][1])
        for place, is_cut_off, tps in team.select("place", "is_cut_off", "tps").iter_rows():
            have[row_of[place, bool(is_cut_off)], column[kind]] += share * tps
    return have
