"""The sets of places that a team may cover, and teams filled from them without a search.

What `teams` searches over, what it starts from, and what it falls back on.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from models.near_places import Ints

Places = tuple[int, ...]

MOST_SETS = 2000
"""Sets of places in one part above which larger sets are left out; the result says so."""


@dataclass(frozen=True)
class Team:
    """The places of a team, its base first, each with the TPS it covers there, and kilometres.

    `km` is the sum of the distances from the base to the team's other places.
    """

    covers: tuple[tuple[int, int], ...]
    km: float


@dataclass
class Part:
    """Connected places: TPS, distances of pairs, and the sets that a team may cover."""

    tps: dict[int, int]
    km: dict[tuple[int, int], float]
    most_tps: int
    sets: list[Places] = field(default_factory=list)
    is_restricted: bool = False

    @property
    def fewest(self) -> int:
        """What the number of TPS alone asks for."""
        return -(-sum(self.tps.values()) // self.most_tps)


def parts_of(
    tps: Ints, distance: dict[tuple[int, int], float], most_tps: int, most_places: int
) -> list[Part]:
    """Return the connected parts with their TPS, distances and sets; places without TPS drop."""
    n = len(tps)
    pairs = np.array(sorted(distance), dtype=np.int64).reshape(-1, 2)
    graph = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(n, n))
    _, label = connected_components(graph.tocsr(), directed=False)
    by_label: dict[int, Part] = {}
    for place in range(n):
        if tps[place] > 0:
            part = by_label.setdefault(int(label[place]), Part({}, {}, most_tps))
            part.tps[place] = int(tps[place])
    for pair, km in sorted(distance.items()):
        by_label[int(label[pair[0]])].km[pair] = km
    parts = list(by_label.values())
    for part in parts:
        list_sets(part, min(most_places, most_tps))
    return parts


def list_sets(part: Part, largest: int) -> None:
    """List the sets of places that lie pairwise within reach, small ones first."""
    level: list[Places] = [(place,) for place in part.tps]
    part.sets = list(level)
    later: dict[int, set[int]] = {place: set() for place in part.tps}
    for a, b in part.km:
        later[a].add(b)
    for size in range(2, largest + 1):
        level = [
            (*places, extra)
            for places in level
            for extra in sorted(set.intersection(*(later[place] for place in places)))
        ]
        if not level:
            return
        if size > 2 and len(part.sets) + len(level) > MOST_SETS:
            part.is_restricted = True
            return
        part.sets += level


def fill(part: Part, left: dict[int, int]) -> list[Team]:
    """Fill teams with the TPS of places within reach: whole teams of one place, then the rest."""
    teams: list[Team] = []
    rest: dict[int, int] = {}
    for place, tps in left.items():
        full, rest[place] = divmod(tps, part.most_tps)
        teams += [Team(((place, part.most_tps),), 0.0)] * full
    now: dict[int, int] = {}
    for place, tps in rest.items():
        while tps:
            taken = min(tps, part.most_tps - sum(now.values()))
            now[place] = taken
            tps -= taken
            if sum(now.values()) == part.most_tps:
                teams.append(_team(part, now))
                now = {}
    if now:
        teams.append(_team(part, now))
    return teams


def greedy_teams(part: Part) -> list[Team]:
    """Fill whole teams inside places, then put each rest with the nearest rests in reach."""
    teams: list[Team] = []
    rest: dict[int, int] = {}
    for place, tps in part.tps.items():
        full, rest[place] = divmod(tps, part.most_tps)
        teams += [Team(((place, part.most_tps),), 0.0)] * full
    largest = max(len(places) for places in part.sets)
    for start in sorted(rest, key=lambda place: (-rest[place], place)):
        if not rest[start]:
            continue
        now = {start: rest[start]}
        while len(now) < largest:
            room = part.most_tps - sum(now.values())
            near = [
                (-rest[place], max(_between(part, place, member) for member in now), place)
                for place in rest
                if place not in now
                and 0 < rest[place] <= room
                and all((min(place, m), max(place, m)) in part.km for m in now)
            ]
            if not near:
                break
            place = min(near)[2]
            now[place] = rest[place]
        for place in now:
            rest[place] = 0
        teams.append(_team(part, now))
    return teams


def _team(part: Part, now: dict[int, int]) -> Team:
    base, km = base_of(part, tuple(sorted(now)))
    others = tuple((place, now[place]) for place in sorted(now) if place != base)
    return Team(((base, now[base]), *others), km)


def base_of(part: Part, places: Places) -> tuple[int, float]:
    """Return the place from which the others are nearest in sum, and that sum."""
    sums = [(sum(_between(part, base, other) for other in places), base) for base in places]
    km, base = min(sums)
    return base, km


def _between(part: Part, a: int, b: int) -> float:
    return 0.0 if a == b else part.km[(min(a, b), max(a, b))]


def km_of(teams: Sequence[Team]) -> float:
    """Return the kilometres inside all of the teams."""
    return sum(team.km for team in teams)
