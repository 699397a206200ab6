"""Routes of vehicles that carry loads from one depot, with windows, trips and unlike vehicles.

Owns what is searched for in which order. What the places are, how far apart, and what people ride
along is the caller's. Nothing here depends on a clock unless the safety limit is reached, and then
the result says so: two runs give the same routes.
"""

from collections.abc import Sequence

import numpy as np

from models.routing_bounds import bounds
from models.routing_search import Search
from models.routing_task import Aim, Route, Routing, Task, Unserved, check, minutes_of

_FEWER = 6  # times that one vehicle less is tried
_SOONER = 5  # times that an earlier end is tried


def solve(task: Task, aim: Aim = "fewest", solutions: int = 200, seconds: int = 60) -> Routing:
    """Find routes: all loads first, then in time, then fewest vehicles or the earliest end.

    Cheapest insertion, then guided local search (Voudouris and Tsang 1999) until `solutions`
    were found. A vehicle that comes back for more passes a node that takes its load off, as in
    OR-Tools' example of vehicle routing with reloads.

    Parameters
    ----------
    solutions : where the search stops; counted, so that a busy machine finds the same.
    seconds : safety limit; if it is reached, `is_repeatable` is False.

    Raises
    ------
    ValueError
        If the task contradicts itself.

    Examples
    --------
    >>> from models.routing_task import Fleet, Stop
    >>> km = np.array([[0.0, 10.0, 12.0], [10.0, 0.0, 3.0], [12.0, 3.0, 0.0]])
    >>> two = (Stop(demand=4, latest=600), Stop(demand=5, latest=600))
    >>> found = solve(Task(km, two, (Fleet(2, 10, 30.0),), start=480, close=900))
    >>> len(found.routes), found.km
    (1, 25.0)
    """
    check(task)
    reachable = np.isfinite(task.km[0, 1:]) & np.isfinite(task.km[1:, 0])
    fastest = max((f.speed_kmh for f in task.fleets if f.number), default=0.0)
    left: list[Unserved] = []
    open_: list[int] = []
    for number, stop in enumerate(task.stops):
        if not reachable[number]:
            left.append(Unserved(number, stop.demand, "no_road"))
        elif fastest and task.start + minutes_of(task.km[0, number + 1], fastest) > task.close:
            left.append(Unserved(number, stop.demand, "too_late"))
        else:
            open_.append(number)
    served = [number for number in open_ if task.stops[number].demand]
    limits = bounds(
        task.km, [(s.demand, s.service_minutes) for s in task.stops], served,
        [(f.number, f.capacity, f.speed_kmh) for f in task.fleets],
        task.close - task.start, task.unit_minutes, task.load_minutes, task.most_trips,
    )  # fmt: skip
    if not served or not fastest:
        left += [Unserved(n, task.stops[n].demand, "no_room") for n in served]
        return Routing((), _in_order(left), limits, True, aim)
    smallest = min(f.capacity for f in task.fleets if f.number)
    sizes = {task.part} if task.part else {smallest, max(1, smallest // 2)}
    tries = [_routes(task, served, aim, size, solutions, seconds) for size in sorted(sizes)]
    routes = min(tries, key=lambda tried: _worth(task, tried[0], aim))[0]
    is_repeatable = all(tried[1] for tried in tries)
    brought = np.zeros(len(task.stops), dtype=np.int64)
    for route in routes:
        for visit in route.visits:
            brought[visit.stop] += visit.load
    for number in served:
        if rest := task.stops[number].demand - int(brought[number]):
            left.append(Unserved(number, rest, "no_room"))
    return Routing(routes, _in_order(left), limits, is_repeatable, aim)


def _routes(
    task: Task, served: Sequence[int], aim: Aim, part: int, solutions: int, seconds: int
) -> tuple[tuple[Route, ...], bool]:
    """Search with loads in parts of one size; return routes and whether the search was whole."""
    best, is_whole = Search(task, served, aim, part).run(solutions, seconds)
    if aim == "earliest":  # where loads hardly fit, packing them closely finds more room
        packed, is_this = Search(task, served, "fewest", part).run(solutions, seconds)
        is_whole = is_whole and is_this
        best = min(best, packed, key=lambda routes: _worth(task, routes, aim))
    soonest = _ideal(task, served)
    for _ in range(_FEWER if aim == "fewest" else _SOONER):
        most, by = None, None
        if aim == "fewest":
            most = len(best) - 1
        else:
            by = (soonest + _last(best)) // 2
        if most == 0 or by == _last(best):
            break
        tried, is_this = Search(task, served, aim, part, most, by).run(solutions, seconds)
        is_whole = is_whole and is_this
        if _worth(task, tried, aim) < _worth(task, best, aim):
            best = tried
        elif by is None:
            break
        else:
            soonest = by
    return best, is_whole


def _last(routes: Sequence[Route]) -> int:
    """Return when the last stop is reached."""
    return max((visit.arrive for route in routes for visit in route.visits), default=0)


def _ideal(task: Task, served: Sequence[int]) -> int:
    """Return when a vehicle straight from the depot reaches the farthest stop; none is earlier."""
    fastest = max(fleet.speed_kmh for fleet in task.fleets if fleet.number)
    return max(task.start + minutes_of(task.km[0, number + 1], fastest) for number in served)


def _worth(task: Task, routes: Sequence[Route], aim: Aim) -> tuple[float, ...]:
    """Return what counts of routes, the first thing first; less is better."""
    visits = [visit for route in routes for visit in route.visits]
    late = sum(max(0, visit.arrive - task.stops[visit.stop].latest) for visit in visits)
    last = _last(routes)
    km = sum(route.km for route in routes)
    left = -sum(visit.load for visit in visits)
    order = (len(routes), km, last) if aim == "fewest" else (last, km, len(routes))
    return (left, late, *order)


def _in_order(left: list[Unserved]) -> tuple[Unserved, ...]:
    return tuple(sorted((u for u in left if u.load), key=lambda u: u.stop))
