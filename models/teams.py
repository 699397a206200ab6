"""Polling stations (TPS) of one class to teams, under a ratio of so many TPS to a team.

A team covers up to `most_tps` TPS in one place, or in several places that lie pairwise within
reach of each other. TPS of one place may go to several teams, so full teams inside a place first
is not always best: of three places in a row, one TPS, two and one, teams of two TPS need two
teams if the middle place is shared out and three if it is filled first.

The number of teams comes first, the kilometres inside teams second. A set of places that a team
may cover is a column; how many teams cover it is an integer, and how many TPS of a place go to
it is then a flow, whole by itself. That is a mixed-integer programme for each connected part,
solved by HiGHS through SciPy. It stops after a number of nodes, so that the same input gives the
same plan on every machine; the seconds are a safety on top, and a result says when they ended it.

Officers, sectors and which rule gives way are left to the caller.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components, maximum_flow

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Places = tuple[int, ...]

MOST_SETS = 2000
"""Sets of places in one part above which larger sets are left out; the result says so."""


@dataclass(frozen=True)
class Effort:
    """When the solver stops: nodes of the search tree, relative gap, seconds for one search.

    Kilometres come second, and have a wider gap and fewer nodes of their own.
    """

    nodes: int = 500
    gap: float = 0.001
    km_nodes: int = 50
    km_gap: float = 0.02
    seconds: float = 30.0


@dataclass(frozen=True)
class Team:
    """The places of a team, its base first, each with the TPS it covers there, and kilometres.

    `km` is the sum of the distances from the base to the team's other places.
    """

    covers: tuple[tuple[int, int], ...]
    km: float


@dataclass(frozen=True)
class Teams:
    """Teams that cover every TPS once, with what is proven about them.

    Attributes
    ----------
    teams : sorted by base.
    least : no cover has fewer teams than this.
    km : inside all teams.
    least_km : no cover with as many teams as this one has fewer; 0 where nothing is proven.
    stopped : parts in which the solver ended at its limits and not at its gap.
    restricted : parts so dense that sets of many places were left out.
    """

    teams: tuple[Team, ...]
    least: int
    km: float
    least_km: float
    stopped: int
    restricted: int


@dataclass
class _Part:
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


def form_teams(
    tps: Ints,
    first: Ints,
    second: Ints,
    km: Floats,
    most_tps: int,
    most_places: int,
    effort: Effort | None = None,
    with_km: bool = True,
) -> Teams:
    """Cover every TPS once with as few teams as possible, then with few kilometres inside them.

    Parameters
    ----------
    tps : (n,) TPS of each place, not below zero.
    first, second, km : (m,) pairs of places that one team may cover together, each pair once,
        with their distance. What may not be shared (another sector, the other side of water, too
        far) is no pair.
    most_tps : TPS that a team covers at most.
    most_places : places that a team covers at most.
    effort : when the solver stops.
    with_km : False leaves out the search for few kilometres, where only the number is asked.

    Raises
    ------
    ValueError
        If a number is below zero, a ratio below one, or a pair names no place.

    Examples
    --------
    >>> pairs = np.array([0, 1]), np.array([1, 2]), np.array([1.0, 1.0])
    >>> found = form_teams(np.array([1, 2, 1]), *pairs, most_tps=2, most_places=2)
    >>> [team.covers for team in found.teams], found.least
    ([((0, 1), (1, 1)), ((1, 1), (2, 1))], 2)
    """
    if most_tps < 1 or most_places < 1:
        raise ValueError(f"a team of {most_tps} TPS in {most_places} places covers nothing")
    n = len(tps)
    if (np.asarray(tps) < 0).any():
        raise ValueError("a number of TPS is below zero")
    if len(first) and (min(first.min(), second.min()) < 0 or max(first.max(), second.max()) >= n):
        raise ValueError("a pair names a place that is not there")
    effort = effort or Effort()
    shares = most_tps > 1 and most_places > 1
    distance = {
        (min(int(a), int(b)), max(int(a), int(b))): float(d)
        for a, b, d in zip(first, second, km, strict=True)
        if shares and a != b and tps[a] > 0 and tps[b] > 0
    }
    teams: list[Team] = []
    least, least_km, stopped, restricted = 0, 0.0, 0, 0
    for part in _parts(tps, distance, most_tps, most_places):
        found = _solve(part, effort, with_km)
        teams += found.teams
        least += found.least
        least_km += found.least_km
        stopped += found.stopped
        restricted += found.restricted
    teams.sort(key=lambda team: team.covers)
    total = sum(team.km for team in teams)
    return Teams(tuple(teams), least, total, least_km, stopped, restricted)


def _parts(
    tps: Ints, distance: dict[tuple[int, int], float], most_tps: int, most_places: int
) -> list[_Part]:
    n = len(tps)
    pairs = np.array(sorted(distance), dtype=np.int64).reshape(-1, 2)
    graph = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(n, n))
    _, label = connected_components(graph.tocsr(), directed=False)
    by_label: dict[int, _Part] = {}
    for place in range(n):
        if tps[place] > 0:
            part = by_label.setdefault(int(label[place]), _Part({}, {}, most_tps))
            part.tps[place] = int(tps[place])
    for pair, km in sorted(distance.items()):
        by_label[int(label[pair[0]])].km[pair] = km
    parts = list(by_label.values())
    for part in parts:
        _list_sets(part, min(most_places, most_tps))
    return parts


def _list_sets(part: _Part, largest: int) -> None:
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


def _solve(part: _Part, effort: Effort, with_km: bool) -> Teams:
    greedy = _greedy(part)
    if len(part.tps) == 1:
        return Teams(tuple(greedy), len(greedy), 0.0, 0.0, 0, 0)
    best, least, was_stopped = greedy, part.fewest, False
    if len(greedy) > least:
        counts, bound, was_stopped = _search(part, np.ones(len(part.sets)), effort, None)
        # With sets left out the bound of the programme is not one of the whole question.
        if not part.is_restricted:
            least = max(least, int(np.ceil(bound - 1e-6)))
        if counts is not None and counts.sum() < len(best):
            best = _share_out(part, counts)
    least_km = 0.0
    if with_km and _km(best) > 0:
        costs = np.array([_base(part, places)[1] for places in part.sets])
        counts, bound, late = _search(part, costs, effort, len(best))
        was_stopped |= late
        if counts is not None:
            fewer = _share_out(part, counts)
            if len(fewer) <= len(best) and _km(fewer) < _km(best):
                best = fewer
        least_km = 0.0 if part.is_restricted else min(max(bound, 0.0), _km(best))
    is_left_out = int(part.is_restricted)
    return Teams(tuple(best), least, _km(best), least_km, int(was_stopped), is_left_out)


def _search(
    part: _Part, costs: Floats, effort: Effort, teams: int | None
) -> tuple[Ints | None, float, bool]:
    """Return how many teams cover each set, the proven bound of the costs, and if it was cut off.

    Unknowns are the teams of each set, then the TPS of each place in it that they take.
    """
    takes = [(s, place) for s, places in enumerate(part.sets) for place in places]
    number = {place: row for row, place in enumerate(part.tps)}
    sets, flows, places = len(part.sets), len(takes), len(part.tps)
    tps = np.array(list(part.tps.values()))
    set_of = np.array([s for s, _ in takes])
    place_of = np.array([number[place] for _, place in takes])
    column = sets + np.arange(flows)
    size = sets + flows

    def matrix(rows: Ints, columns: Ints, values: Floats, height: int) -> csr_array:
        return coo_array((values, (rows, columns)), shape=(height, size)).tocsr()

    everyone = matrix(place_of, column, np.ones(flows), places)
    room = matrix(
        np.concatenate([set_of, np.arange(sets)]),
        np.concatenate([column, np.arange(sets)]),
        np.concatenate([np.ones(flows), np.full(sets, -float(part.most_tps))]),
        sets,
    )
    # A place alone asks for so many teams that touch it, and all of them for so many: true of
    # whole teams, and not of the fractions that the relaxation would use.
    touching = matrix(place_of, set_of, np.ones(flows), places)
    every = matrix(np.zeros(sets, dtype=np.int64), np.arange(sets), np.ones(sets), 1)
    most = np.inf if teams is None else float(teams)
    found = milp(
        np.concatenate([costs, np.zeros(flows)]),
        integrality=np.concatenate([np.ones(sets), np.zeros(flows)]),
        bounds=Bounds(0.0, np.inf),
        constraints=[
            LinearConstraint(everyone, tps, tps),
            LinearConstraint(room, -np.inf, 0.0),
            LinearConstraint(touching, -(-tps // part.most_tps), np.inf),
            LinearConstraint(every, float(part.fewest), most),
        ],
        options={
            "node_limit": effort.nodes if teams is None else effort.km_nodes,
            "mip_rel_gap": effort.gap if teams is None else effort.km_gap,
            "time_limit": effort.seconds,
        },
    )
    bound = found.mip_dual_bound
    proven = float(bound) if bound is not None and np.isfinite(bound) else 0.0
    if found.x is None:
        return None, proven, True
    return np.rint(found.x[:sets]).astype(np.int64), proven, found.status != 0


def _share_out(part: _Part, counts: Ints) -> list[Team]:
    """Give the TPS to the chosen teams: a flow from places over sets, whole by itself."""
    chosen = [(part.sets[s], int(counts[s])) for s in np.flatnonzero(counts)]
    places = list(part.tps)
    number = {place: 1 + row for row, place in enumerate(places)}
    sink = 1 + len(places) + len(chosen)
    arcs = [(0, number[place], tps) for place, tps in part.tps.items()]
    for s, (members, count) in enumerate(chosen):
        arcs += [(number[place], 1 + len(places) + s, part.tps[place]) for place in members]
        arcs.append((1 + len(places) + s, sink, count * part.most_tps))
    start, end, room = (np.array(values, dtype=np.int32) for values in zip(*arcs, strict=True))
    graph = csr_array((room, (start, end)), shape=(sink + 1, sink + 1))
    flow = maximum_flow(graph, 0, sink)
    if flow.flow_value != sum(part.tps.values()):
        return _greedy(part)  # the solver's whole numbers were not whole; its bound still holds
    taken = flow.flow.tocsr()
    teams: list[Team] = []
    for s, (members, _) in enumerate(chosen):
        left = {place: int(taken[number[place], 1 + len(places) + s]) for place in members}
        teams += _fill(part, left)
    return teams


def _fill(part: _Part, left: dict[int, int]) -> list[Team]:
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


def _greedy(part: _Part) -> list[Team]:
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


def _team(part: _Part, now: dict[int, int]) -> Team:
    base, km = _base(part, tuple(sorted(now)))
    others = tuple((place, now[place]) for place in sorted(now) if place != base)
    return Team(((base, now[base]), *others), km)


def _base(part: _Part, places: Places) -> tuple[int, float]:
    """Return the place from which the others are nearest in sum, and that sum."""
    sums = [(sum(_between(part, base, other) for other in places), base) for base in places]
    km, base = min(sums)
    return base, km


def _between(part: _Part, a: int, b: int) -> float:
    return 0.0 if a == b else part.km[(min(a, b), max(a, b))]


def _km(teams: Sequence[Team]) -> float:
    return sum(team.km for team in teams)


def pairs_within(
    lat: Floats, lon: Floats, group: Ints, limit_km: float, factor: float
) -> tuple[Ints, Ints, Floats]:
    """Return the pairs of places of one group whose straight line times a factor is in reach.

    Parameters
    ----------
    lat, lon : (n,) degrees.
    group : (n,) places of different groups are no pair; below zero: in no pair at all.
    limit_km : the longest distance, after the factor.
    factor : kilometres of road for one in a straight line.
    """
    first: list[int] = []
    second: list[int] = []
    km: list[float] = []
    for label in np.unique(group[group >= 0]):
        members = np.flatnonzero(group == label)
        apart = factor * straight_km(lat[members], lon[members], lat[members], lon[members])
        for a, b in combinations(range(len(members)), 2):
            if apart[a, b] <= limit_km:
                first.append(int(members[a]))
                second.append(int(members[b]))
                km.append(float(apart[a, b]))
    return np.array(first, dtype=np.int64), np.array(second, dtype=np.int64), np.array(km)


def straight_km(lat: Floats, lon: Floats, to_lat: Floats, to_lon: Floats) -> Floats:
    """Return the (n, m) great-circle distances in km (haversine; mean radius 6371.0088 km).

    Examples
    --------
    >>> one = np.array([0.0])
    >>> round(float(straight_km(one, one, one, one + 1)[0, 0]), 1)
    111.2
    """
    a, b = np.radians(lat)[:, None], np.radians(to_lat)[None, :]
    turn = np.radians(to_lon)[None, :] - np.radians(lon)[:, None]
    half = np.sin((b - a) / 2) ** 2 + np.cos(a) * np.cos(b) * np.sin(turn / 2) ** 2
    return np.asarray(2 * 6371.0088 * np.arcsin(np.sqrt(np.clip(half, 0.0, 1.0))))
