"""Which rule gives way, where and how far, when there are too few people.

The planner's order is kept: a rule gives way only when all before it have given what they can.
A graded rule (the travel limit, the TPS of a team) loosens step by step, in every sector alike;
the last step is taken sector by sector, the least risk first, and only as far as it is needed.
Minimum cover never gives way.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from models.near_places import Floats, Ints, pairs_within
from models.teams import Teams, form_teams
from rawan.planning.voting.inputs import Options, PlanImpossible, Ratios, Unit
from rawan.planning.voting.spots import Spots
from rawan.publishing.texts import number, text
from rawan.settings import Language


@dataclass(frozen=True)
class GaveWay:
    """A rule that gave way: in which sector ("" for all), what was asked, and what was done."""

    rule: str
    sector: str
    asked: float
    used: float

    def sentence(self, lang: Language) -> str:
        """Return it in words.

        Examples
        --------
        >>> GaveWay("ratio_rawan", "Polsek A", 2, 3).sentence("en")
        'Polsek A: a team covers up to 3 TPS of class rawan instead of 2.'
        """
        rule, _, kind = self.rule.partition("_")
        key = f"plan_static.gave_way.{'ratio' if rule == 'ratio' else self.rule}"
        digits = 1 if self.rule == "travel_limit" else 0
        return text(key, lang).format(
            sector=self.sector,
            kind=kind,
            asked=number(self.asked, lang, digits),
            used=number(self.used, lang, digits),
        )


@dataclass
class Rules:
    """The rules as they stand: travel limit by sector, TPS of a team by (sector, class)."""

    limit_km: dict[int, float]
    most_tps: dict[tuple[int, str], int]
    reserve: int


@dataclass
class Forming:
    """Forms the teams of a sector and a class under given rules, each question once."""

    spots: Spots
    ratios: Ratios
    options: Options
    known: dict[tuple[int, str, int, float, bool], Teams] = field(default_factory=dict)
    pairs: dict[int, tuple[Ints, Ints, Floats]] = field(default_factory=dict)

    def most_places(self, kind: str) -> int:
        """Return how many places a team of this class may cover, by minimum cover."""
        least, officers = self.options.least_officers_a_place, self.ratios[kind][0]
        if not least:
            return self.options.most_places
        return min(self.options.most_places, officers // least)

    def members(self, sector: int, kind: str) -> Ints:
        """Return the places of a sector with TPS of a class."""
        return np.flatnonzero((self.spots.sector == sector) & (self.spots.tps[kind] > 0))

    def teams(self, sector: int, kind: str, rules: Rules, with_km: bool = False) -> Teams:
        """Return the teams; their places are numbers within `members`."""
        t, limit = rules.most_tps[sector, kind], rules.limit_km[sector]
        key = (sector, kind, t, limit, with_km)
        if key not in self.known:
            members = self.members(sector, kind)
            pairs = self._pairs(sector, members, limit)
            self.known[key] = form_teams(
                self.spots.tps[kind][members],
                *pairs,
                most_tps=t,
                most_places=self.most_places(kind),
                effort=self.options.effort,
                with_km=with_km,
            )
        return self.known[key]

    def officers(self, sector: int, rules: Rules) -> int:
        """Return the officers that the teams of a sector take."""
        return sum(
            self.ratios[kind][0] * len(self.teams(sector, kind, rules).teams)
            for kind in self.ratios
        )

    def _pairs(self, sector: int, members: Ints, limit: float) -> tuple[Ints, Ints, Floats]:
        spots, options = self.spots, self.options
        group = spots.group[members]
        # A road that is known replaces the straight line, also where it is shorter.
        first, second, km = pairs_within(
            spots.lat[members], spots.lon[members], group, np.inf, options.detour_factor
        )
        if options.roads:
            for at, (a, b) in enumerate(zip(first, second, strict=True)):
                codes = spots.code[members[a]], spots.code[members[b]]
                road = options.roads.get(codes, options.roads.get(codes[::-1]))
                km[at] = km[at] if road is None else road
        near = km <= limit
        return first[near], second[near], km[near]


def settle(
    spots: Spots, ratios: Ratios, units: Sequence[Unit], options: Options, forming: Forming
) -> tuple[Rules, tuple[GaveWay, ...]]:
    """Return the rules under which the people suffice, and what gave way for that.

    Raises
    ------
    PlanImpossible
        If they do not suffice when everything in `gives_way` has given what it can.
    """
    for kind, (officers, _) in ratios.items():
        if forming.most_places(kind) < 1 and spots.tps[kind].any():
            raise PlanImpossible(
                f"minimum cover asks for {options.least_officers_a_place} officers in every place, "
                f"and a team of class {kind} has {officers}. Lower least_officers_a_place, or "
                "give another pattern.",
                "minimum_cover",
                kind,
                options.least_officers_a_place - officers,
            )
    sectors = range(len(spots.sectors))
    rules = Rules(
        dict.fromkeys(sectors, options.limit_km),
        {(sector, kind): ratios[kind][1] for sector in sectors for kind in ratios},
        options.reserve_officers,
    )
    people = _People(spots, units, options, forming)
    for rule in options.gives_way:
        short = people.shortage(rules)
        if short <= 0:
            break
        if rule == "reserve":
            rules.reserve = max(0, rules.reserve - short)
        elif rule == "travel_limit":
            most = int(np.ceil((options.limit_most_km - options.limit_km) / options.limit_step_km))
            _loosen(people, rules, max(most, 0), partial(_longer, options))
        else:
            kind = rule.removeprefix("ratio_")
            if kind in ratios:
                _loosen(people, rules, _room(spots, forming, ratios, kind), _larger(ratios, kind))
    short = people.shortage(rules)
    if short > 0:
        raise people.impossible(rules, short)
    if "reserve" in options.gives_way:  # what the last step freed goes back to the reserve
        rules.reserve = min(options.reserve_officers, rules.reserve - short)
    return rules, _told(spots, ratios, options, rules)


@dataclass
class _People:
    """How many there are, and how many are asked for."""

    spots: Spots
    units: Sequence[Unit]
    options: Options
    forming: Forming

    def shortage(self, rules: Rules) -> int:
        """Return the officers that are missing; below zero, those left over."""
        need = [self.forming.officers(s, rules) for s in range(len(self.spots.sectors))]
        everyone = sum(unit.officers for unit in self.units)
        if not self.options.units_are_bound:
            return sum(need) + rules.reserve - everyone
        own = self.own()
        free = everyone - sum(own)
        free -= sum(u.officers for u in self.units if u.sector and u.sector not in self._names())
        asked = sum(max(0, n - o) for n, o in zip(need, own, strict=True)) + rules.reserve
        return asked - free

    def own(self) -> list[int]:
        """Return the officers bound to each sector."""
        return [
            sum(unit.officers for unit in self.units if unit.sector == name)
            for name in self.spots.sectors
        ]

    def may_loosen(self, sector: int, rules: Rules) -> bool:
        """Say whether fewer officers in this sector would help anyone."""
        if not self.options.units_are_bound:
            return True
        return self.forming.officers(sector, rules) > self.own()[sector]

    def pinned(self, sector: int) -> int:
        """Return the officers pinned to a sector or a place in it: its teams must take them."""
        name = self.spots.sectors[sector]
        codes = {
            code
            for code, s in zip(self.spots.code, self.spots.sector, strict=True)
            if int(s) == sector
        }
        return sum(p.officers for p in self.options.pins if p.place == name or p.place in codes)

    def _names(self) -> set[str]:
        return set(self.spots.sectors)

    def impossible(self, rules: Rules, short: int) -> PlanImpossible:
        """Return the error that names rule, place and shortfall."""
        need = {
            name: self.forming.officers(sector, rules) - own
            for sector, (name, own) in enumerate(zip(self.spots.sectors, self.own(), strict=True))
        }
        worst = max(sorted(need), key=lambda name: need[name])
        everyone = sum(unit.officers for unit in self.units)
        teams = sum(self.forming.officers(s, rules) for s in range(len(self.spots.sectors)))
        gave = ", ".join(self.options.gives_way) or "nothing"
        bound = (
            f"; officers of a polsek stay in its sector, and {worst} lacks {need[worst]}"
            if self.options.units_are_bound
            else ""
        )
        return PlanImpossible(
            f"minimum cover cannot be had: teams take {teams} officers and the reserve "
            f"{rules.reserve}, there are {everyone}: {short} are missing{bound}. It may give way: "
            f"{gave}. Add people, name more rules in gives_way, or lower least_officers_a_place.",
            "minimum_cover",
            worst,
            short,
        )


Step = Callable[[Rules, int, int], None]


def _longer(options: Options, rules: Rules, sector: int, level: int) -> None:
    """Set the travel limit of a sector to so many steps above what was asked."""
    if not level:
        rules.limit_km[sector] = options.limit_km
        return
    longer = options.limit_km + level * options.limit_step_km
    rules.limit_km[sector] = min(longer, options.limit_most_km)


def _larger(ratios: Ratios, kind: str) -> Step:
    def step(rules: Rules, sector: int, level: int) -> None:
        rules.most_tps[sector, kind] = ratios[kind][1] + level

    return step


def _room(spots: Spots, forming: Forming, ratios: Ratios, kind: str) -> int:
    """Return the steps after which a larger team covers nothing more anywhere."""
    places = forming.most_places(kind)
    largest = [
        int(np.sort(spots.tps[kind][forming.members(sector, kind)])[-places:].sum())
        for sector in range(len(spots.sectors))
    ]
    return max(0, max(largest, default=0) - ratios[kind][1])


def _loosen(people: _People, rules: Rules, most: int, step: Step) -> None:
    """Loosen a graded rule by the least level that suffices, sector by sector at the last."""
    spots, forming = people.spots, people.forming
    # Least risk for one officer first.
    risk = [float(spots.weight[spots.sector == s].sum()) for s in range(len(spots.sectors))]
    order = sorted(range(len(risk)), key=lambda s: (risk[s], spots.sectors[s]))
    order = [sector for sector in order if people.may_loosen(sector, rules)]
    level = dict.fromkeys(order, 0)

    def to(sector: int, wanted: int) -> None:
        """Go to a level, or as near to it as the pins of the sector allow."""
        floor, low = people.pinned(sector), 0
        step(rules, sector, wanted)
        if forming.officers(sector, rules) < floor:
            low, high = 0, wanted
            while high - low > 1:
                middle = (low + high) // 2
                step(rules, sector, middle)
                low, high = (
                    (middle, high) if forming.officers(sector, rules) >= floor else (low, middle)
                )
            wanted = low
            step(rules, sector, wanted)
        level[sector] = wanted

    def everywhere(wanted: int) -> int:
        for sector in order:
            to(sector, wanted)
        return people.shortage(rules)

    if most < 1:
        return
    low, high = 0, most
    if everywhere(most) <= 0:
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if everywhere(middle) <= 0 else (middle, high)
        everywhere(low)
        for sector in order:
            if people.shortage(rules) <= 0:
                break
            to(sector, high)
    for sector in order:
        _no_further(forming, rules, sector, level[sector], step)


def _no_further(forming: Forming, rules: Rules, sector: int, level: int, step: Step) -> None:
    """Go back to the lowest level that needs no more people: what buys nothing does not give."""
    step(rules, sector, level)
    need, low, high = forming.officers(sector, rules), -1, level
    while high - low > 1:
        middle = (low + high) // 2
        step(rules, sector, middle)
        low, high = (low, middle) if forming.officers(sector, rules) <= need else (middle, high)
    step(rules, sector, high)


def _told(spots: Spots, ratios: Ratios, options: Options, rules: Rules) -> tuple[GaveWay, ...]:
    gave: list[GaveWay] = []
    for rule in options.gives_way:
        if rule == "reserve" and rules.reserve < options.reserve_officers:
            gave.append(GaveWay(rule, "", options.reserve_officers, rules.reserve))
        for sector, name in enumerate(spots.sectors):
            if rule == "travel_limit" and rules.limit_km[sector] > options.limit_km:
                gave.append(GaveWay(rule, name, options.limit_km, rules.limit_km[sector]))
            kind = rule.removeprefix("ratio_")
            used = rules.most_tps.get((sector, kind), 0)
            if rule != kind and kind in ratios and used > ratios[kind][1]:
                gave.append(GaveWay(rule, name, ratios[kind][1], used))
    return tuple(gave)
