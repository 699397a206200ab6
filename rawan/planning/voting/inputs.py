"""What the static plan is made from: units, posts, pins and options.

Owns their form and every mistake that can be seen before planning. The planner's file is left to
others; here values arrive as they are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

import numpy as np

from models.teams import Effort
from rawan.errors import RawanError, did_you_mean

CLASSES = ("kurang_rawan", "rawan", "sangat_rawan", "khusus")
GIVES_WAY = ("reserve", "travel_limit", *(f"ratio_{name}" for name in CLASSES))
MOST_OFFICERS = 100_000
Ratios = Mapping[str, tuple[int, int]]


class PlanImpossible(RawanError):
    """The rules cannot be kept with these people; `rule`, `place` and `shortfall` say where."""

    def __init__(self, sentence: str, rule: str, place: str, shortfall: int) -> None:
        super().__init__(sentence)
        self.rule, self.place, self.shortfall = rule, place, shortfall


@dataclass(frozen=True)
class Unit:
    """A unit, its officers, its home in degrees, and the polsek whose sector is its own."""

    name: str
    officers: int
    lat: float
    lon: float
    sector: str | None = None


@dataclass(frozen=True)
class Post:
    """A candidate for an advance post; a fixed one is opened in any case."""

    name: str
    lat: float
    lon: float
    is_fixed: bool = False


@dataclass(frozen=True)
class Pin:
    """A choice of the planner: a unit gives so many officers to a place (code) or a polsek.

    Officers of a team count for every place that the team covers.
    """

    unit: str
    place: str
    officers: int
    kind: Literal["at_least", "exactly"] = "at_least"


@dataclass(frozen=True)
class Options:
    """The planner's limits.

    Attributes
    ----------
    limit_km : between any two places of a team, by road.
    detour_factor : kilometres of road for one in a straight line.
    roads : kilometres by road between two places where they are known; infinite if closed.
    most_places : that one team covers; minimum cover may ask for fewer.
    least_officers_a_place : minimum cover: a team of o officers covers at most
        o // least_officers_a_place places. 0 asks only that a team covers every TPS.
    reserve_officers, reserve_minutes, speed_kmh, most_posts, least_at_post : the reserve.
    gives_way : rules that give way if people are too few, the first one first.
    limit_most_km, limit_step_km : how far the travel limit may give way, and in which steps.
    units_are_bound : officers of a polsek stay in its sector. Otherwise one who leaves it counts
        `away_km` kilometres more, so that a sector's own come first.
    split_km : what a team from more than one unit counts, in officer-kilometres.
    """

    day: date
    stage: str = "voting"
    pattern: str = ""
    limit_km: float = 5.0
    detour_factor: float = 1.4
    roads: Mapping[tuple[str, str], float] = field(default_factory=dict)
    most_places: int = 4
    least_officers_a_place: int = 1
    reserve_officers: int = 0
    reserve_minutes: float = 30.0
    speed_kmh: float = 30.0
    most_posts: int = 3
    least_at_post: int = 1
    gives_way: tuple[str, ...] = ()
    limit_most_km: float = 10.0
    limit_step_km: float = 1.0
    units_are_bound: bool = False
    away_km: float = 25.0
    split_km: float = 5.0
    pins: tuple[Pin, ...] = ()
    effort: Effort = field(default_factory=Effort)


def check_inputs(
    ratios: Ratios, units: Sequence[Unit], posts: Sequence[Post], options: Options
) -> None:
    """Refuse what contradicts itself, all at once.

    Raises
    ------
    RawanError
        With one sentence for each mistake.
    """
    said: list[str] = []
    for name, (officers, tps) in ratios.items():
        if officers < 1 or tps < 1:
            said.append(f"pattern, {name}: {officers} officers for {tps} TPS is no ratio.")
    names = [unit.name for unit in units]
    for unit in units:
        if unit.officers < 0:
            said.append(f"unit {unit.name}: {unit.officers} officers is below zero.")
        if unit.officers > MOST_OFFICERS:
            said.append(f"unit {unit.name}: {unit.officers} officers is no strength of a unit.")
        if not np.isfinite([unit.lat, unit.lon]).all():
            said.append(f"unit {unit.name}: its home has no coordinates.")
    said += [
        f"post {post.name}: it has no coordinates."
        for post in posts
        if not np.isfinite([post.lat, post.lon]).all()
    ]
    for kind, listed in (("unit", names), ("post", [post.name for post in posts])):
        said += [
            f"{kind} {name} stands twice; give it once."
            for name in sorted({name for name in listed if listed.count(name) > 1})
        ]
    for rule in options.gives_way:
        if rule not in GIVES_WAY:
            said.append(f'gives_way: "{rule}" is no rule.{did_you_mean(rule, GIVES_WAY)}')
        elif options.gives_way.count(rule) > 1 and f"gives_way: {rule} stands twice." not in said:
            said.append(f"gives_way: {rule} stands twice.")
    for pin in options.pins:
        if pin.unit not in names:
            said.append(f'pin: "{pin.unit}" is no unit.{did_you_mean(pin.unit, names)}')
        if pin.officers < 0:
            said.append(f"pin {pin.unit}, {pin.place}: {pin.officers} officers is below zero.")
    for unit in units:
        pinned = sum(pin.officers for pin in options.pins if pin.unit == unit.name)
        if pinned > unit.officers >= 0:
            said.append(
                f"unit {unit.name} has {unit.officers} officers and {pinned} are pinned: "
                f"{pinned - unit.officers} too many."
            )
    positive = ("limit_km", "detour_factor", "speed_kmh", "limit_step_km", "most_places")
    said += [f"{key} must be above zero." for key in positive if not getattr(options, key) > 0]
    zero = ("reserve_officers", "least_officers_a_place", "away_km", "split_km", "reserve_minutes")
    said += [f"{key} is below zero." for key in zero if not getattr(options, key) >= 0]
    if options.reserve_officers and not posts:
        said.append(
            f"reserve: {options.reserve_officers} officers and no post to stand at; give a post."
        )
    if said:
        raise RawanError("\n".join(said))
