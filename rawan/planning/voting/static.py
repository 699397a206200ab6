"""The static plan of voting day: who stands at which TPS, and where the reserve waits.

Owns the order of the steps: settle which rule gives way, form teams, choose posts, send officers
from the units, write the plan table. What each step computes is in `models`; whether the result
keeps the rules is checked by `checker.py`, which shares no code with this.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from models.crews import Crews, NotEnough, send_officers
from models.crews import Pin as CrewPin
from models.near_places import Floats, straight_km
from models.reserves import Reserves
from models.teams import Teams
from rawan.errors import RawanError, did_you_mean
from rawan.planning.voting import cover
from rawan.planning.voting.giving_way import Forming, GaveWay, Rules, settle
from rawan.planning.voting.inputs import (
    CLASSES,
    Options,
    Pin,
    PlanImpossible,
    Post,
    Ratios,
    Unit,
    check_inputs,
)
from rawan.planning.voting.reserve import points_of, wait_at_posts
from rawan.planning.voting.spots import Spots, read_spots
from rawan.planning.voting.table import Group, plan_table, totals_of

__all__ = [
    "Figures",
    "GaveWay",
    "Options",
    "Pin",
    "PlanImpossible",
    "Post",
    "StaticPlan",
    "Unit",
    "static_plan",
]


@dataclass(frozen=True)
class Figures:
    """What the plan reaches, each with its bound where one is proven.

    `team_km` is inside teams, `officer_km` from the units' homes; `crew_objective` adds what
    leaving a sector and splitting a team count, and `crew_bound` is the least it can be.
    `stopped` counts the searches that ended at their limits and not at their gap; `restricted`
    the parts too dense to look at every set of places.
    """

    officers: int
    at_tps: int
    reserve: int
    left: int
    teams: int
    teams_bound: int
    team_km: float
    team_km_bound: float
    officer_km: float
    crew_objective: float
    crew_bound: float
    mixed_teams: int
    reach: float
    reach_bound: float
    stopped: int
    restricted: int


@dataclass(frozen=True)
class StaticPlan:
    """A plan, its objective and what is proven about it.

    Attributes
    ----------
    table : the plan table, tasks `tps` and `reserve`.
    objective : share of risk at polling stations covered as the pattern asks (see `cover`).
    bound : no plan with as many people has a higher objective.
    gap : bound - objective.
    gave_way : which rules gave way, where and by how much; empty if none did.
    figures : numbers of the plan and their bounds.
    totals : by "sector", "unit" and "class"; they sum to the input.
    """

    table: pl.DataFrame
    objective: float
    bound: float
    gap: float
    gave_way: tuple[GaveWay, ...]
    figures: Figures
    totals: dict[str, pl.DataFrame]


def static_plan(
    tps: pl.DataFrame,
    ratios: Ratios,
    units: Sequence[Unit],
    posts: Sequence[Post],
    risk: Mapping[str, float],
    options: Options,
) -> StaticPlan:
    """Plan voting day.

    Parameters
    ----------
    tps : the TPS table, one row for each (place, class); `is_cut_off` marks rows behind water.
    ratios : officers for so many TPS, by class.
    units : who there is.
    posts : candidates for advance posts.
    risk : of each village by code, not below zero: probabilities or expected incidents.
    options : the planner's limits.

    Raises
    ------
    PlanImpossible
        If the people do not suffice when all that may give way has done so, or pins contradict.
    RawanError
        If an input is wrong; every mistake is named.
    """
    check_inputs(ratios, units, posts, options)
    units = sorted(units, key=lambda unit: unit.name)
    posts = sorted(posts, key=lambda post: post.name)
    spots = read_spots(tps, ratios, risk)
    _check_names(spots, units, options)
    forming = Forming(spots, ratios, options)
    rules, gave_way = settle(spots, ratios, units, options, forming)
    groups, formed = _groups(spots, ratios, rules, forming)
    reserves, gave_posts = wait_at_posts(spots, posts, rules.reserve, options)
    gave_way += gave_posts
    crews, km = _crews(spots, groups, units, posts, reserves, options)
    table = plan_table(spots, ratios, rules, groups, crews, units, posts, km, options)
    have = _have(spots, ratios, groups)
    everyone = sum(unit.officers for unit in units)
    objective = min(cover.covered(have, spots, ratios), 1.0)
    bound = max(cover.most_covered(everyone, spots, ratios), objective)
    at_tps = sum(group.officers * len(group.teams) for group in groups)
    sent = [(g, u, officers) for g, _, u, officers in crews.rows]
    figures = Figures(
        officers=everyone,
        at_tps=at_tps,
        reserve=rules.reserve,
        left=everyone - at_tps - rules.reserve,
        teams=sum(len(group.teams) for group in groups),
        teams_bound=sum(found.least for found in formed),
        team_km=sum(found.km for found in formed),
        team_km_bound=sum(found.least_km for found in formed),
        officer_km=sum(float(km[u, g]) * officers for g, u, officers in sent),
        crew_objective=crews.objective,
        crew_bound=crews.bound,
        mixed_teams=crews.mixed,
        reach=reserves.share,
        reach_bound=reserves.bound,
        stopped=sum(found.stopped for found in formed)
        + int(crews.was_stopped)
        + int(reserves.was_stopped),
        restricted=sum(found.restricted for found in formed),
    )
    totals = totals_of(table, units)
    return StaticPlan(table, objective, bound, bound - objective, gave_way, figures, totals)


def _check_names(spots: Spots, units: Sequence[Unit], options: Options) -> None:
    said = [
        f'unit {unit.name}: "{unit.sector}" is no polsek of the TPS table.'
        f"{did_you_mean(unit.sector, spots.sectors)}"
        for unit in units
        if unit.sector is not None and unit.sector not in spots.sectors and spots.sectors
    ]
    if said:
        raise RawanError("\n".join(said))
    places = set(spots.code) | set(spots.sectors)
    for pin in options.pins:
        if pin.place not in places:
            raise PlanImpossible(
                f"pin {pin.unit}, {pin.place}: no such place or polsek in the TPS table. "
                "Give the code of a place with TPS, or the name of a polsek.",
                "pin",
                pin.place,
                pin.officers,
            )


def _groups(
    spots: Spots, ratios: Ratios, rules: Rules, forming: Forming
) -> tuple[list[Group], list[Teams]]:
    """Form the teams; those of one class that cover the same places from one base are a group."""
    groups: list[Group] = []
    formed: list[Teams] = []
    for sector in range(len(spots.sectors)):
        for kind in sorted(ratios, key=lambda name: (*CLASSES, name).index(name)):
            members = forming.members(sector, kind)
            found = forming.teams(sector, kind, rules, with_km=True)
            formed.append(found)
            alike: dict[tuple[int, ...], list[tuple[tuple[int, int], ...]]] = {}
            for team in found.teams:
                covers = tuple((int(members[place]), count) for place, count in team.covers)
                alike.setdefault(tuple(place for place, _ in covers), []).append(covers)
            groups += [
                Group(kind, ratios[kind][0], sector, places, tuple(teams))
                for places, teams in sorted(alike.items())
            ]
    return groups, formed


def _crews(
    spots: Spots,
    groups: Sequence[Group],
    units: Sequence[Unit],
    posts: Sequence[Post],
    reserves: Reserves,
    options: Options,
) -> tuple[Crews, Floats]:
    """Send officers to the teams and to the posts, which follow the teams as groups of ones.

    Returned with them are the kilometres from each unit to each group.
    """
    home_lat, home_lon = points_of(units)
    base = np.array([group.places[0] for group in groups], dtype=np.int64)
    post_lat, post_lon = points_of(posts)
    km = options.detour_factor * straight_km(
        home_lat,
        home_lon,
        np.concatenate([spots.lat[base], post_lat]),
        np.concatenate([spots.lon[base], post_lon]),
    )
    names = [spots.sectors[group.sector] for group in groups]
    cost = km.copy()
    for u, unit in enumerate(units):
        if unit.sector is not None:
            away = np.array([name != unit.sector for name in names] + [True] * len(posts))
            cost[u, away] = np.inf if options.units_are_bound else cost[u, away] + options.away_km
    teams = np.array([len(group.teams) for group in groups] + list(reserves.officers))
    size = np.array([group.officers for group in groups] + [1] * len(posts))
    pins = [_pin(pin, spots, groups, units) for pin in options.pins]
    for pin, said in zip(pins, options.pins, strict=True):
        room = int((teams * size)[list(pin.groups)].sum())
        if room < pin.low:
            raise PlanImpossible(
                f"pin {said.unit}, {said.place}: {pin.low} officers are pinned, and the teams "
                f"there take {room}: {pin.low - room} too many. Lower the pin.",
                "pin",
                said.place,
                pin.low - room,
            )
    try:
        supply = np.array([unit.officers for unit in units], dtype=np.int64)
        crews = send_officers(
            teams.astype(np.int64), size.astype(np.int64), supply, cost, pins, options.split_km
        )
    except NotEnough as short:
        raise _not_enough(short, names, posts, options) from None
    return crews, km


def _not_enough(
    short: NotEnough, names: Sequence[str], posts: Sequence[Post], options: Options
) -> PlanImpossible:
    missing = short.missing
    labels = [*names, *(post.name for post in posts)]
    worst = labels[int(missing.argmax())] if missing.sum() > 0 else options.pins[0].place
    officers = int(np.ceil(missing.sum() - 1e-6))
    rule = "pin" if options.pins else "minimum_cover"
    why = "with the pinned choices" if options.pins else "with officers bound to their sectors"
    return PlanImpossible(
        f"{rule}: {why} the teams cannot be filled, {officers} officers are missing, at first at "
        f"{worst}. Loosen a pin, add people, or set units_are_bound to false.",
        rule,
        worst,
        officers,
    )


def _pin(pin: Pin, spots: Spots, groups: Sequence[Group], units: Sequence[Unit]) -> CrewPin:
    chosen = tuple(
        number
        for number, group in enumerate(groups)
        if spots.sectors[group.sector] == pin.place
        or pin.place in {spots.code[place] for place in group.places}
    )
    unit = [u.name for u in units].index(pin.unit)
    return CrewPin(unit, chosen, pin.officers, pin.officers if pin.kind == "exactly" else None)


def _have(spots: Spots, ratios: Ratios, groups: Sequence[Group]) -> Floats:
    """Share the officers of each team out over its TPS: (places, classes)."""
    column = {kind: number for number, kind in enumerate(spots.tps)}
    have = np.zeros((len(spots.code), len(column)))
    for group in groups:
        for covers in group.teams:
            # A team with few TPS has more for each than is asked; that helps no other TPS.
            every = sum(count for _, count in covers)
            most = ratios[group.kind][1]
            for place, count in covers:
                have[place, column[group.kind]] += group.officers * count / max(every, most)
    return have
