"""Routes of vehicles that carry loads from one depot, with windows, trips and unlike vehicles.

Owns the model and what its solver (OR-Tools' routing library) stops at. What the places are, how
far apart, and what people ride along is the caller's. Nothing here depends on a clock unless the
safety limit is reached, and then the result says so: two runs give the same routes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from ortools.constraint_solver import pywrapcp, routing_enums_pb2

from models.routing_bounds import Bounds, bounds

Floats = NDArray[np.float64]
Aim = Literal["fewest", "earliest"]
Reason = Literal["no_road", "too_late", "no_room"]

_DROPPED = 100_000_000  # a part of a load left behind; more than anything below can add up to
_LATE_MINUTE = 20_000
_VEHICLE = 5_000  # a vehicle more, if as few as possible are wanted; in minutes driven
_SPAN = 20  # a minute later until the last vehicle is back, if as early as possible is wanted
_SOONER = 3  # a minute later at one part of a load, likewise


@dataclass(frozen=True)
class Stop:
    """A load to be brought to a place.

    `demand` is in units of load; `earliest` and `latest` are minutes of the clock at which a
    vehicle may begin to unload and must have arrived; `service_minutes` go by once a visit.
    """

    demand: int
    latest: int
    earliest: int = 0
    service_minutes: int = 0


@dataclass(frozen=True)
class Fleet:
    """So many vehicles of one kind, what each carries, and how fast it goes."""

    number: int
    capacity: int
    speed_kmh: float


@dataclass(frozen=True)
class Task:
    """What is to be brought where, and with what.

    Attributes
    ----------
    km : (n + 1, n + 1) kilometres by road, the depot first; infinite where there is no road.
    stops : the n stops, in the order of `km`.
    fleets : kinds of vehicles.
    start, close : minutes of the clock: when vehicles leave, loaded, at the earliest, and after
        which nothing is unloaded any more, not even late.
    unit_minutes : to unload one unit of load.
    load_minutes : to load again at the depot before another trip.
    most_trips : trips of one vehicle; 1 means that it does not come back for more.
    part : a load may come in parts of this size at the least (one smaller rest); None tries
        the smallest vehicle and half of it, and keeps what is better.
    """

    km: Floats
    stops: tuple[Stop, ...]
    fleets: tuple[Fleet, ...]
    start: int
    close: int
    unit_minutes: float = 0.0
    load_minutes: int = 0
    most_trips: int = 1
    part: int | None = None


@dataclass(frozen=True)
class Visit:
    """A vehicle at a stop: minutes of the clock, load left there, kilometres since the last."""

    stop: int
    load: int
    trip: int
    km: float
    arrive: int
    begin: int
    depart: int


@dataclass(frozen=True)
class Route:
    """What one vehicle does; `vehicle` counts from 0 within its kind (`fleet`).

    `km` includes the way back of every trip; `back` is the minute at which it is at the depot.
    """

    fleet: int
    vehicle: int
    visits: tuple[Visit, ...]
    km: float
    back: int


@dataclass(frozen=True)
class Unserved:
    """Load of a stop that no vehicle brings, and why.

    `no_road`: no way leads there; `too_late`: no vehicle can be there before all is closed;
    `no_room`: the vehicles have neither room nor time for it beside the rest.
    """

    stop: int
    load: int
    reason: Reason


@dataclass(frozen=True)
class Routing:
    """Routes, what is left behind, and lower bounds that no other routes could beat.

    `is_repeatable` is False only if the safety limit of the clock cut the search short.
    """

    routes: tuple[Route, ...]
    unserved: tuple[Unserved, ...]
    bounds: Bounds
    is_repeatable: bool
    aim: Aim
    km: float = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "km", float(sum(route.km for route in self.routes)))


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
    >>> km = np.array([[0.0, 10.0, 12.0], [10.0, 0.0, 3.0], [12.0, 3.0, 0.0]])
    >>> two = (Stop(demand=4, latest=600), Stop(demand=5, latest=600))
    >>> found = solve(Task(km, two, (Fleet(2, 10, 30.0),), start=480, close=900))
    >>> len(found.routes), found.km
    (1, 25.0)
    """
    _check(task)
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
    chains, is_whole = _Model(task, served, aim, part).search(solutions, seconds)
    return tuple(drive(task, kind, number, chain) for kind, number, chain in chains if chain), (
        is_whole
    )


def _worth(task: Task, routes: Sequence[Route], aim: Aim) -> tuple[float, ...]:
    """Return what counts of routes, the first thing first; less is better."""
    visits = [visit for route in routes for visit in route.visits]
    late = sum(max(0, visit.arrive - task.stops[visit.stop].latest) for visit in visits)
    last = max((visit.arrive for visit in visits), default=0)
    km = sum(route.km for route in routes)
    left = -sum(visit.load for visit in visits)
    order = (len(routes), km, last) if aim == "fewest" else (last, km, len(routes))
    return (left, late, *order)


def _in_order(left: list[Unserved]) -> tuple[Unserved, ...]:
    return tuple(sorted((u for u in left if u.load), key=lambda u: u.stop))


def minutes_of(km: float, speed_kmh: float) -> int:
    """Return whole minutes of driving, rounded up; no float dust makes a minute of its own."""
    return int(np.ceil(round(km / speed_kmh * 60, 6)))


def _check(task: Task) -> None:
    """Refuse a task that contradicts itself."""
    n = len(task.stops)
    if task.km.shape != (n + 1, n + 1):
        raise ValueError(f"km must be {(n + 1, n + 1)} for {n} stops, and is {task.km.shape}")
    if np.isnan(task.km).any() or (task.km < 0).any():
        raise ValueError("kilometres are 0 or more, and none is missing")
    if any(f.number < 0 or f.capacity < 1 or not f.speed_kmh > 0 for f in task.fleets):
        raise ValueError("a fleet has vehicles, room and speed")
    if any(stop.demand < 0 or stop.service_minutes < 0 for stop in task.stops):
        raise ValueError("a stop has a demand and a service time of 0 or more")
    if any(stop.earliest > stop.latest for stop in task.stops):
        raise ValueError("a stop's window ends before it begins")
    if task.close < task.start or task.most_trips < 1 or (task.part is not None and task.part < 1):
        raise ValueError("the day ends after it begins, and has trips and parts of 1 or more")


def parts_of(demand: int, largest: int, part: int) -> list[int]:
    """Return the parts in which a load may come: whole vehicles, then parts, then the rest.

    Examples
    --------
    >>> parts_of(277, 90, 40)
    [90, 90, 40, 40, 17]
    """
    full = max(0, demand // largest - 1) if demand > largest else 0
    rest = demand - full * largest
    small = [part] * (rest // part) + ([rest % part] if rest % part else [])
    return [largest] * full + small


class _Model:
    """The task as the solver's nodes: the depot, parts of loads, and places to load again."""

    def __init__(self, task: Task, served: Sequence[int], aim: Aim, part: int) -> None:
        self.task = task
        self.vehicles = [
            (kind, number) for kind, f in enumerate(task.fleets) for number in range(f.number)
        ]
        capacities = [f.capacity for f in task.fleets if f.number]
        self.largest = max(capacities)
        self.nodes = [
            (number, load)
            for number in served
            for load in parts_of(task.stops[number].demand, self.largest, part)
        ]
        total = sum(load for _, load in self.nodes)
        # More trips than the load can fill are of no use, some loose ends aside.
        useful = min((task.most_trips - 1) * len(self.vehicles), -(-2 * total // min(capacities)))
        self.reloads = useful if task.most_trips > 1 else 0
        count = 1 + len(self.nodes) + self.reloads
        self.place = [0, *(number + 1 for number, _ in self.nodes), *([0] * self.reloads)]
        self.manager = pywrapcp.RoutingIndexManager(count, len(self.vehicles), 0)
        self.model = pywrapcp.RoutingModel(self.manager)
        self._time(aim)
        self._load()
        self._may_be_left()

    def _matrix(self, speed_kmh: float) -> list[list[int]]:
        """Return minutes between nodes: what goes by at the first, then the way."""
        task = self.task
        km = task.km[np.ix_(self.place, self.place)]
        far = 10 * (task.close - task.start + 1)
        minutes = np.full(km.shape, far)
        known = np.isfinite(km)
        minutes[known] = np.ceil(np.round(km[known] / speed_kmh * 60, 6))
        for node, (number, load) in enumerate(self.nodes, start=1):
            once = np.array([0 if p == number + 1 else 1 for p in self.place])
            minutes[node] += unload(task, load) + once * task.stops[number].service_minutes
        minutes[1 + len(self.nodes) :] += task.load_minutes
        return minutes.astype(int).tolist()  # type: ignore[no-any-return]  # numpy's tolist

    def _time(self, aim: Aim) -> None:
        task, model = self.task, self.model
        transits = [
            model.RegisterTransitMatrix(self._matrix(fleet.speed_kmh)) for fleet in task.fleets
        ]
        of_vehicle = [transits[kind] for kind, _ in self.vehicles]
        for vehicle, transit in enumerate(of_vehicle):
            model.SetArcCostEvaluatorOfVehicle(transit, vehicle)
        horizon = 2 * task.close + 24 * 60  # the way back may end after all is closed
        model.AddDimensionWithVehicleTransits(of_vehicle, task.close, horizon, False, "time")
        time = model.GetDimensionOrDie("time")
        for vehicle in range(len(self.vehicles)):
            time.CumulVar(model.Start(vehicle)).SetRange(task.start, task.start)
        for node, (number, _) in enumerate(self.nodes, start=1):
            index, stop = self.manager.NodeToIndex(node), task.stops[number]
            time.CumulVar(index).SetRange(min(stop.earliest, task.close), task.close)
            time.SetCumulVarSoftUpperBound(index, stop.latest, _LATE_MINUTE)
        if aim == "fewest":
            model.SetFixedCostOfAllVehicles(_VEHICLE)
        else:
            time.SetGlobalSpanCostCoefficient(_SPAN)
            # A node has room for one soft bound in a dimension: the second keeps the same time.
            model.AddDimensionWithVehicleTransits(of_vehicle, task.close, horizon, False, "sooner")
            sooner = model.GetDimensionOrDie("sooner")
            for node in range(1, 1 + len(self.nodes)):
                index = self.manager.NodeToIndex(node)
                sooner.SetCumulVarSoftUpperBound(index, task.start, _SOONER)
        self.time = time

    def _load(self) -> None:
        model, largest = self.model, self.largest
        demand = [0, *(load for _, load in self.nodes), *([-largest] * self.reloads)]
        transit = model.RegisterUnaryTransitVector(demand)
        capacity = [self.task.fleets[kind].capacity for kind, _ in self.vehicles]
        model.AddDimensionWithVehicleCapacity(transit, largest, capacity, True, "load")
        load = model.GetDimensionOrDie("load")
        # Only where it loads again may a vehicle's count of load delivered jump.
        for node in range(1, 1 + len(self.nodes)):
            load.SlackVar(self.manager.NodeToIndex(node)).SetValue(0)
        for vehicle in range(len(self.vehicles)):
            load.SlackVar(model.Start(vehicle)).SetValue(0)
        if self.reloads:
            trip = [*([0] * (1 + len(self.nodes))), *([1] * self.reloads)]
            counted = model.RegisterUnaryTransitVector(trip)
            model.AddDimension(counted, 0, self.task.most_trips - 1, True, "trips")

    def _may_be_left(self) -> None:
        for node in range(1, 1 + len(self.nodes)):
            weight = _DROPPED * self.nodes[node - 1][1]
            self.model.AddDisjunction([self.manager.NodeToIndex(node)], weight)
        for node in range(1 + len(self.nodes), len(self.place)):
            self.model.AddDisjunction([self.manager.NodeToIndex(node)], 0)

    def search(
        self, solutions: int, seconds: int
    ) -> tuple[list[tuple[int, int, list[tuple[int, int]]]], bool]:
        """Return (kind, vehicle, chain of (stop, load); stop -1 loads again), and repeatability."""
        options = pywrapcp.DefaultRoutingSearchParameters()
        strategy = routing_enums_pb2.FirstSolutionStrategy
        options.first_solution_strategy = strategy.PARALLEL_CHEAPEST_INSERTION
        meta = routing_enums_pb2.LocalSearchMetaheuristic
        options.local_search_metaheuristic = meta.GUIDED_LOCAL_SEARCH
        options.solution_limit = solutions
        options.time_limit.seconds = seconds
        began = monotonic()
        found = self.model.SolveWithParameters(options)
        is_cut = monotonic() - began >= seconds  # the solver's status does not tell
        if found is None:  # every load may be left behind, so this can only be the clock
            return [], False
        chains = []
        for vehicle, (kind, number) in enumerate(self.vehicles):
            chains.append((kind, number, self._chain(found, vehicle)))
        return chains, not is_cut

    def _chain(self, found: Any, vehicle: int) -> list[tuple[int, int]]:
        chain: list[tuple[int, int]] = []
        index = found.Value(self.model.NextVar(self.model.Start(vehicle)))
        while not self.model.IsEnd(index):
            node = self.manager.IndexToNode(index)
            if node > len(self.nodes):
                if chain and chain[-1][0] >= 0:
                    chain.append((-1, 0))
            else:
                number, load = self.nodes[node - 1]
                if chain and chain[-1][0] == number:
                    load += chain.pop()[1]
                chain.append((number, load))
            index = found.Value(self.model.NextVar(index))
        if chain and chain[-1][0] < 0:
            chain.pop()
        return chain


def unload(task: Task, load: int) -> int:
    """Return the minutes that it takes to unload a load, without what goes by once a visit."""
    return int(np.ceil(round(load * task.unit_minutes, 6)))


def drive(task: Task, fleet: int, vehicle: int, chain: Sequence[tuple[int, int]]) -> Route:
    """Drive a chain of (stop, load) as early as it goes; stop -1 is the depot, to load again."""
    clock, at, total, trip = task.start, 0, 0.0, 1
    speed = task.fleets[fleet].speed_kmh
    visits: list[Visit] = []
    for number, load in [*chain, (-1, 0)]:
        km = float(task.km[at, number + 1])
        clock += minutes_of(km, speed)
        total += km
        at = number + 1
        if number < 0:
            back = clock
            clock += task.load_minutes
            trip += 1
            continue
        stop = task.stops[number]
        begin = max(clock, stop.earliest)
        done = begin + stop.service_minutes + unload(task, load)
        visits.append(Visit(number, load, trip, km, clock, begin, done))
        clock = done
    return Route(fleet, vehicle, tuple(visits), total, back)
