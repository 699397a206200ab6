"""Officers to teams: from which unit each comes, for the fewest officer-kilometres.

Teams that stand at the same place and have the same size are one group: they are alike for the
choice. Three things are asked, in this order of making: the fewest officer-kilometres as a
transport problem (a linear programme that adds only the journeys that can help, so that a province
is a matter of seconds, and whose optimum is the bound); then whole people, teams from one unit
where that costs less than `split_km`, and pins, as a mixed-integer programme over the journeys
that the prices of the first leave open (HiGHS through SciPy, stopped after a number of nodes).

What is far or not allowed is the caller's: it stands in the costs.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import coo_array, csr_array

from models.near_places import Floats, Ints
from models.teams import Effort

NEAREST = 6
"""Units offered to each group at the start; the prices bring in every other that can help."""

_SLACK_KM = 1e6  # dearer than any journey: an officer that is missing
_ROUNDS = 60


class NotEnough(ValueError):
    """The people cannot fill the teams; `missing` officers by group, in order of the groups."""

    def __init__(self, missing: Floats) -> None:
        self.missing = missing
        short = float(missing.sum())
        super().__init__(
            f"{short:g} officers are missing" if short else "the pins cannot be kept together"
        )


@dataclass(frozen=True)
class Pin:
    """Officers of a unit over some groups together: at least `low`, at most `high`."""

    unit: int
    groups: tuple[int, ...]
    low: int
    high: int | None = None


@dataclass(frozen=True)
class Crews:
    """Who goes where.

    Attributes
    ----------
    rows : (group, number of the team in its group, unit, officers), sorted.
    cost : of all officers, splits not counted.
    mixed : teams with officers of more than one unit.
    objective : cost plus `split_km` for each mixed team; what was made small.
    bound : no allocation has a smaller objective.
    was_stopped : the solver ended at its limits and not at its gap.
    """

    rows: tuple[tuple[int, int, int, int], ...]
    cost: float
    mixed: int
    objective: float
    bound: float
    was_stopped: bool


def send_officers(
    teams: Ints,
    size: Ints,
    supply: Ints,
    cost: Floats,
    pins: Sequence[Pin] = (),
    split_km: float = 5.0,
    effort: Effort | None = None,
) -> Crews:
    """Fill every team with officers of the units.

    Parameters
    ----------
    teams : (g,) teams of each group.
    size : (g,) officers of each of its teams, one or more.
    supply : (u,) officers that each unit has.
    cost : (u, g) kilometres of one officer, not below zero; inf where the unit may not go.
    pins : what the planner has set.
    split_km : what a team from more than one unit costs, in officer-kilometres.
    effort : when the solver stops.

    Raises
    ------
    NotEnough
        If the teams cannot be filled; pins may be the reason.
    ValueError
        If a number is below zero or a cost is not a number.

    Examples
    --------
    >>> teams, size, supply = np.array([1, 1]), np.array([2, 2]), np.array([2, 2])
    >>> found = send_officers(teams, size, supply, np.array([[1.0, 5.0], [5.0, 1.0]]))
    >>> found.rows, found.cost
    (((0, 0, 0, 2), (1, 0, 1, 2)), 4.0)
    """
    if (teams < 0).any() or (size < 1).any() or (supply < 0).any():
        raise ValueError("a number of teams, officers or people is below zero")
    if np.isnan(cost).any() or (cost < 0).any():
        raise ValueError("a cost is below zero or not a number")
    effort = effort or Effort(nodes=500, gap=1e-3, seconds=60.0)
    if not (teams > 0).any():
        return Crews((), 0.0, 0, 0.0, 0.0, False)
    is_open, bound, flow = _journeys(teams * size, supply, cost, pins, split_km)
    found = _whole(teams, size, supply, cost, pins, split_km, is_open, effort)
    was_stopped = True
    if found is not None:
        whole, loose, was_stopped = found
    elif pins or np.abs(flow - np.rint(flow)).max() > 1e-6:
        # With pins the relaxation need not be whole: no answer within the limits is no answer.
        raise NotEnough(np.zeros(len(teams)))
    else:
        whole, loose = np.zeros_like(flow, dtype=np.int64), np.rint(flow).astype(np.int64)
    rows = _crew(teams, size, whole, loose)
    total = sum(float(cost[unit, group]) * officers for group, _, unit, officers in rows)
    mixed = sum(n > 1 for n in Counter((group, team) for group, team, _, _ in rows).values())
    objective = total + split_km * mixed
    return Crews(tuple(rows), total, mixed, objective, min(bound, objective), was_stopped)


def _journeys(
    need: Ints, supply: Ints, cost: Floats, pins: Sequence[Pin], split_km: float
) -> tuple[NDArray[np.bool_], float, Floats]:
    """Solve the transport problem; return the journeys worth a look, its optimum and its flow.

    A journey that is not offered and whose price is negative is brought in, until none is left:
    the optimum is then that of all journeys.
    """
    units, groups = cost.shape
    reachable = np.isfinite(cost)
    order = np.argsort(cost, axis=0, kind="stable")[:NEAREST]
    offered = np.zeros_like(reachable)
    np.put_along_axis(offered, order, True, axis=0)
    for pin in pins:
        offered[pin.unit, list(pin.groups)] = True
    offered &= reachable
    for _ in range(_ROUNDS):
        unit, group = np.nonzero(offered)
        arcs, at = len(unit), np.arange(len(unit))
        size = arcs + groups
        # Everyone is there, or is missing at a price that shows it.
        filled = _matrix(
            np.concatenate([group, np.arange(groups)]), np.arange(size), (groups, size)
        )
        upper_rows, upper = [_matrix(unit, at, (units, size))], [supply.astype(float)]
        for pin in pins:
            mine = np.flatnonzero((unit == pin.unit) & np.isin(group, pin.groups))
            one = _matrix(np.zeros(len(mine), dtype=np.int64), mine, (1, size))
            upper_rows.append(-one)
            upper.append(np.array([-float(pin.low)]))
            if pin.high is not None:
                upper_rows.append(one)
                upper.append(np.array([float(pin.high)]))
        found = linprog(  # type: ignore[call-overload] # the stubs know dense matrices only
            np.concatenate([cost[unit, group], np.full(groups, _SLACK_KM)]),
            A_ub=_stack(upper_rows),
            b_ub=np.concatenate(upper),
            A_eq=filled,
            b_eq=need.astype(float),
            method="highs",
        )
        if found.x is None:  # a pin asks for more than the groups or the unit hold
            raise NotEnough(np.zeros(groups))
        of_group, of_unit = found.eqlin.marginals, found.ineqlin.marginals[:units]
        price = np.where(reachable, cost, np.inf) - of_group[None, :] - of_unit[:, None]
        better = (price < -1e-7) & ~offered
        # Journeys under a pin are all on offer, so its own price needs no place here.
        if not better.any():
            break
        offered |= better
    missing = found.x[arcs:]
    if missing.sum() > 1e-6:
        raise NotEnough(missing)
    flow = np.zeros_like(cost)
    flow[unit, group] = found.x[:arcs]
    is_open = offered & (price <= 2 * split_km) | (flow > 1e-9)
    is_open |= reachable & (price <= split_km / 2)
    for pin in pins:
        is_open[pin.unit, list(pin.groups)] |= reachable[pin.unit, list(pin.groups)]
    return is_open, float(found.fun), flow


def _whole(
    teams: Ints,
    size: Ints,
    supply: Ints,
    cost: Floats,
    pins: Sequence[Pin],
    split_km: float,
    is_open: NDArray[np.bool_],
    effort: Effort,
) -> tuple[Ints, Ints, bool] | None:
    """Return whole teams and loose officers by (unit, group), and if the search was cut off.

    Unknowns: teams that a unit fills alone, officers that it gives to mixed teams, mixed teams.
    """
    unit, group = np.nonzero(is_open)
    arcs, groups = len(unit), len(teams)
    many = np.flatnonzero(size[group] > 1)  # a team of one is never mixed
    loose_unit, loose_group, loose = unit[many], group[many], len(many)
    width = arcs + loose + groups
    one, two, three = np.arange(arcs), arcs + np.arange(loose), arcs + loose + np.arange(groups)
    every = _matrix(
        np.concatenate([group, np.arange(groups)]), np.concatenate([one, three]), (groups, width)
    )
    mixed = coo_array(
        (
            np.concatenate([np.ones(loose), -size.astype(float)]),
            (
                np.concatenate([loose_group, np.arange(groups)]),
                np.concatenate([two, three]),
            ),
        ),
        shape=(groups, width),
    ).tocsr()
    given = coo_array(
        (
            np.concatenate([size[group].astype(float), np.ones(loose)]),
            (np.concatenate([unit, loose_unit]), np.concatenate([one, two])),
        ),
        shape=(len(supply), width),
    ).tocsr()
    limits = [
        LinearConstraint(every, teams, teams),
        LinearConstraint(mixed, 0.0, 0.0),
        LinearConstraint(given, -np.inf, supply),
    ]
    for pin in pins:
        mine = np.zeros(width)
        of_pin = (unit == pin.unit) & np.isin(group, pin.groups)
        mine[one] = np.where(of_pin, size[group], 0)
        mine[two] = of_pin[many]
        most = np.inf if pin.high is None else float(pin.high)
        limits.append(LinearConstraint(csr_array(mine[None, :]), float(pin.low), most))
    found = milp(
        np.concatenate(
            [
                cost[unit, group] * size[group],
                cost[loose_unit, loose_group],
                np.full(groups, split_km),
            ]
        ),
        integrality=np.ones(width, dtype=np.int64),
        bounds=Bounds(0.0, np.inf),
        constraints=limits,
        options={
            "node_limit": effort.nodes,
            "mip_rel_gap": effort.gap,
            "time_limit": effort.seconds,
        },
    )
    if found.x is None:
        return None
    x = np.rint(found.x).astype(np.int64)
    alone, together = np.zeros(cost.shape, dtype=np.int64), np.zeros(cost.shape, dtype=np.int64)
    alone[unit, group] = x[one]
    together[loose_unit, loose_group] = x[two]
    return alone, together, found.status != 0


def _crew(teams: Ints, size: Ints, whole: Ints, loose: Ints) -> list[tuple[int, int, int, int]]:
    """Say who is in each team of each group: whole teams first, then the mixed."""
    rows: list[tuple[int, int, int, int]] = []
    for group in np.flatnonzero(teams):
        team, full = 0, int(size[group])
        rest = {int(u): int(loose[u, group]) for u in np.flatnonzero(loose[:, group])}
        for u in map(int, np.flatnonzero(whole[:, group])):
            for _ in range(int(whole[u, group])):
                rows.append((int(group), team, u, full))
                team += 1
        for u in rest:  # what is loose may still make whole teams
            while rest[u] >= full:
                rows.append((int(group), team, u, full))
                rest[u] -= full
                team += 1
        room = full
        for u, officers in rest.items():
            left = officers
            while left:
                sent = min(left, room)
                rows.append((int(group), team, u, sent))
                left, room = left - sent, room - sent
                if not room:
                    team, room = team + 1, full
    return sorted(rows)


def _matrix(rows: Ints, columns: Ints, shape: tuple[int, int]) -> csr_array:
    return coo_array((np.ones(len(rows)), (rows, columns)), shape=shape).tocsr()


def _stack(parts: Sequence[csr_array]) -> csr_array:
    from scipy.sparse import vstack

    return csr_array(vstack(parts))
