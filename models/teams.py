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

from dataclasses import dataclass

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import maximum_flow

from models.near_places import Floats, Ints
from models.team_sets import Part, Team, base_of, fill, greedy_teams, km_of, parts_of


@dataclass(frozen=True)
class Effort:
    """When the solver stops: nodes of the search tree, relative gap, seconds for one search.

    Kilometres come second, and have a wider gap and fewer nodes of their own.
    """

    nodes: int = 500
    gap: float = 0.001
    km_nodes: int = 50
    km_gap: float = 0.02
    seconds: float = 60.0


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
    for part in parts_of(tps, distance, most_tps, most_places):
        found = _solve(part, effort, with_km)
        teams += found.teams
        least += found.least
        least_km += found.least_km
        stopped += found.stopped
        restricted += found.restricted
    teams.sort(key=lambda team: team.covers)
    total = sum(team.km for team in teams)
    return Teams(tuple(teams), least, total, least_km, stopped, restricted)


def _solve(part: Part, effort: Effort, with_km: bool) -> Teams:
    greedy = greedy_teams(part)
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
    if with_km and km_of(best) > 0:
        costs = np.array([base_of(part, places)[1] for places in part.sets])
        counts, bound, late = _search(part, costs, effort, len(best))
        was_stopped |= late
        if counts is not None:
            fewer = _share_out(part, counts)
            if len(fewer) <= len(best) and km_of(fewer) < km_of(best):
                best = fewer
        least_km = 0.0 if part.is_restricted else min(max(bound, 0.0), km_of(best))
    is_left_out = int(part.is_restricted)
    return Teams(tuple(best), least, km_of(best), least_km, int(was_stopped), is_left_out)


def _search(
    part: Part, costs: Floats, effort: Effort, teams: int | None
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


def _share_out(part: Part, counts: Ints) -> list[Team]:
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
        return greedy_teams(
            part
        )  # the solver's whole numbers were not whole; its bound still holds
    taken = flow.flow.tocsr()
    teams: list[Team] = []
    for s, (members, _) in enumerate(chosen):
        left = {place: int(taken[number[place], 1 + len(places) + s]) for place in members}
        teams += fill(part, left)
    return teams
