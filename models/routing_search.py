"""The search for routes: a task as nodes of OR-Tools' routing library, and its solution as routes.

Owns the solver's model and its weights. What is searched how often is `routing.py`'s.
"""

from collections.abc import Sequence
from time import monotonic
from typing import Any

import numpy as np
from ortools.constraint_solver import pywrapcp, routing_enums_pb2

from models.routing_task import Aim, Route, Task, drive, unload

_TURNED_DOWN = 200  # for each solution asked for
_NEVER = 2**62
_DROPPED = 100_000_000  # a unit of load left behind; more than anything below can add up to
_LATE_MINUTE = 20_000
_VEHICLE = 5_000  # a vehicle more, if as few as possible are wanted; in minutes driven


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


class Search:
    """A task as the solver's nodes: the depot, parts of loads, and places to load again.

    Loads come in parts of size `part`; at most `most` vehicles go, and none arrives after `by`.
    """

    def __init__(
        self,
        task: Task,
        served: Sequence[int],
        aim: Aim,
        part: int,
        most: int | None = None,
        by: int | None = None,
    ) -> None:
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
        self._time(aim, by)
        self._load()
        self._may_be_left()
        if most is not None:
            self.model.SetMaximumNumberOfActiveVehicles(most)

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

    def _time(self, aim: Aim, by: int | None) -> None:
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
            latest = task.close if by is None else max(by, min(stop.earliest, task.close))
            time.CumulVar(index).SetRange(min(stop.earliest, task.close), latest)
            time.SetCumulVarSoftUpperBound(index, stop.latest, _LATE_MINUTE)
        if aim == "fewest":
            model.SetFixedCostOfAllVehicles(_VEHICLE)

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

    def run(self, solutions: int, seconds: int) -> tuple[tuple[Route, ...], bool]:
        """Return the best routes found, and whether the search ended by itself."""
        options = pywrapcp.DefaultRoutingSearchParameters()
        strategy = routing_enums_pb2.FirstSolutionStrategy
        options.first_solution_strategy = strategy.PARALLEL_CHEAPEST_INSERTION
        meta = routing_enums_pb2.LocalSearchMetaheuristic
        options.local_search_metaheuristic = meta.GUIDED_LOCAL_SEARCH
        options.solution_limit = solutions
        options.time_limit.seconds = seconds
        # A small task has few solutions, and the search would go on for ever to find as many as
        # asked: it also ends when it has turned down so many, which is counted as well.
        self.model.AddSearchMonitor(
            self.model.solver().Limit(_NEVER, _NEVER, solutions * _TURNED_DOWN, _NEVER)
        )
        began = monotonic()
        found = self.model.SolveWithParameters(options)
        is_whole = monotonic() - began < seconds  # the solver's status does not tell
        if found is None:  # every load may be left behind, so this can only be the clock
            return (), False
        chains = [self._chain(found, vehicle) for vehicle in range(len(self.vehicles))]
        routes = tuple(
            drive(self.task, kind, number, chain)
            for (kind, number), chain in zip(self.vehicles, chains, strict=True)
            if chain
        )
        return routes, is_whole

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
