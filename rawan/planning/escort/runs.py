"""The runs of an escort: which vehicle goes from which depot to which stops, on which day.

Owns how the task falls into runs (store to kecamatan and piers, kecamatan to villages, and the
ways back) and hands each to the solver. Tables and totals are `plan.py`'s.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from models.routing import solve
from models.routing_task import Fleet, Route, Routing, Stop, Task, drive
from rawan.planning.escort.inputs import Crossing, Drop, EscortTask, Point, VehicleKind
from rawan.planning.escort.roads import Ways, ways

Stage = Literal["store", "villages", "back_villages", "back_pier", "back_store"]
_OPEN = 4 * 24 * 60  # a window that never closes, for the ways back


@dataclass(frozen=True)
class Run:
    """Vehicles from one depot on one day; `numbers[fleet][i]` is the i-th vehicle's own number.

    On the ways back boxes are taken up at the stops; the visits are in the order driven.
    """

    stage: Stage
    day: int
    depot: Point
    drops: tuple[Drop, ...]
    ways: Ways
    kinds: tuple[VehicleKind, ...]
    numbers: tuple[tuple[int, ...], ...]
    task: Task
    routing: Routing

    def name(self, route: Route) -> str:
        """Return what the plan calls a vehicle: its kind and its number."""
        return f"{self.kinds[route.fleet].name} {self.numbers[route.fleet][route.vehicle]}"

    def is_in_time(self) -> bool:
        """Return whether all loads are brought, and none late."""
        return not self.routing.unserved and not self.late()

    def late(self) -> list[tuple[Route, int]]:
        """Return (route, position of the visit) for what arrives after its window."""
        return [
            (route, at)
            for route in self.routing.routes
            for at, visit in enumerate(route.visits)
            if visit.arrive > self.task.stops[visit.stop].latest
        ]


@dataclass(frozen=True)
class Sailing:
    """Boats of one crossing on one day: minutes of that day, and the TPS aboard."""

    crossing: Crossing
    day: int
    depart: int
    arrive: int
    tps: int
    boats: int
    is_late: bool
    is_back: bool = False


def by_kind(task: EscortTask) -> tuple[VehicleKind, ...]:
    """Return the kinds of vehicles, the largest first, so that their order changes nothing."""
    return tuple(sorted(task.vehicles, key=lambda kind: (-kind.load_tps, kind.name)))


def store_runs(task: EscortTask) -> list[Run]:
    """Return the runs from the store: one a day, islands with little time left on days before."""
    options = task.options
    by_day: dict[int, list[tuple[Drop, int]]] = {}
    latest = options.seat_latest - slack(task)
    for drop in sorted(task.seats, key=lambda drop: drop.point.code):
        by_day.setdefault(options.store_day, []).append((drop, latest))
    for crossing in sorted(task.crossings, key=lambda c: c.name):
        day = pier_day(task, crossing)
        by_day.setdefault(day, []).append((at_pier(crossing), _pier_latest(task, crossing)))
    return [
        _run(task, "store", day, task.store, by_day[day], options.start, options.solutions)
        for day in sorted(by_day)
    ]


def slack(task: EscortTask) -> int:
    """Return the minutes by which windows close earlier, for the weather."""
    return round(task.options.weather_slack_hours * 60)


def at_pier(crossing: Crossing) -> Drop:
    """Return what a lorry brings to the pier for an island."""
    return replace(crossing.drop, point=crossing.pier)


def pier_day(task: EscortTask, crossing: Crossing) -> int:
    """Return the day on which an island's boxes leave the store."""
    options = task.options
    return min(options.store_day, -crossing.days_before - options.weather_slack_days)


def _pier_latest(task: EscortTask, crossing: Crossing) -> int:
    """Return when boxes must be at the pier for the first boat they can catch at all."""
    options = task.options
    between = ways([task.store, crossing.pier], task.roads, task.closed, options.detour_factor)
    speed = min(kind.speed_kmh for kind in task.vehicles if kind.number)
    handling = options.visit_minutes + np.ceil(crossing.drop.tps * options.unload_minutes)
    ready = options.start + between.km[0, 1] / speed * 60 + handling
    for depart in sorted(crossing.departs):
        if depart >= ready:
            return int(depart - handling)
    return options.seat_latest - slack(task)  # none today: the first boat of the next day


def _run(
    task: EscortTask,
    stage: Stage,
    day: int,
    depot: Point,
    drops: Sequence[tuple[Drop, int]],
    start: int,
    solutions: int,
    numbers: tuple[tuple[int, ...], ...] | None = None,
    close: int | None = None,
) -> Run:
    """Solve one run; `numbers` are the vehicles at hand of each kind, all of them if not given."""
    options = task.options
    kinds = by_kind(task)
    if numbers is None:
        numbers = tuple(tuple(range(1, kind.number + 1)) for kind in kinds)
    between = ways(
        [depot, *(drop.point for drop, _ in drops)],
        task.roads, task.closed, options.detour_factor,
    )  # fmt: skip
    stops = tuple(
        Stop(drop.tps, max(latest, 0), min(options.earliest, max(latest, 0)), options.visit_minutes)
        for drop, latest in drops
    )
    fleets = tuple(
        Fleet(len(at_hand), kind.load_tps, kind.speed_kmh)
        for kind, at_hand in zip(kinds, numbers, strict=True)
    )
    close = max(options.close if close is None else close, start)
    problem = Task(
        between.km, stops, fleets, start, close,
        options.unload_minutes, options.load_minutes, options.most_trips,
        # A village's boxes are few: one size of parts does, and saves half the search.
        None if stage == "store" else min(f.capacity for f in fleets),
    )  # fmt: skip
    aim = options.aim if stage == "store" else "fewest"
    routing = solve(problem, aim, solutions)
    held = tuple(drop for drop, _ in drops)
    return Run(stage, day, depot, held, between, kinds, numbers, problem, routing)


def village_runs(task: EscortTask, days: Sequence[int], is_back: bool = False) -> list[Run]:
    """Return a run from each kecamatan to its villages, the hardest kecamatan on the first day.

    Hardest is the highest logistics index, then the farthest from the store. A vehicle serves one
    kecamatan a day. A kecamatan that no day has vehicles enough for is served as well as can be.
    """
    options = task.options
    kinds = by_kind(task)
    free = {day: [list(range(1, kind.number + 1)) for kind in kinds] for day in days}
    seats = {drop.district_code: drop for drop in task.seats}
    far = ways(
        [task.store, *(seats[code].point for code in sorted(seats))],
        task.roads, task.closed, options.detour_factor,
    )  # fmt: skip
    km = {code: float(far.km[0, i]) for i, code in enumerate(sorted(seats), start=1)}
    order = sorted(seats, key=lambda code: (-_hardest(task, code), -km[code], code))
    speed = min(kind.speed_kmh for kind in kinds if kind.number)
    found = []
    for code in order:
        drops = [
            (drop, options.back_latest if is_back else options.village_latest - slack(task))
            for drop in sorted(task.villages, key=lambda drop: drop.point.code)
            if drop.district_code == code and drop.tps
        ]
        if not drops or not np.isfinite(km[code]):
            continue
        start = options.start + int(np.ceil(round(km[code] / speed * 60, 6)))
        if is_back:
            start = options.back_from_villages[1]
        best: Run | None = None
        for day in days:
            numbers = _at_hand(kinds, free[day], sum(drop.tps for drop, _ in drops))
            run = _run(
                task, "villages", day, seats[code].point, drops, start,
                max(20, options.solutions // 10), numbers, _OPEN if is_back else None,
            )  # fmt: skip
            if best is None or _shortfall(run) < _shortfall(best):
                best = run
            if best.is_in_time():
                break
        if best is None:
            continue
        for route in best.routing.routes:
            free[best.day][route.fleet].remove(best.numbers[route.fleet][route.vehicle])
        found.append(best)
    return found


def _hardest(task: EscortTask, district_code: str) -> float:
    known = [
        drop.index or 0.0
        for drop in (*task.seats, *task.villages)
        if drop.district_code == district_code
    ]
    return max(known, default=0.0)


def _at_hand(
    kinds: Sequence[VehicleKind], free: list[list[int]], tps: int
) -> tuple[tuple[int, ...], ...]:
    """Return the free vehicles that could be of use for a load, one a kind more than fill it."""
    return tuple(
        tuple(numbers[: -(-tps // kind.load_tps) + 1])
        for kind, numbers in zip(kinds, free, strict=True)
    )


def _shortfall(run: Run) -> tuple[int, int]:
    return sum(left.load for left in run.routing.unserved), len(run.late())


def sailings(task: EscortTask, runs: Sequence[Run]) -> list[Sailing]:
    """Return the boats that bring islands' boxes over, as soon as they lie at the pier."""
    found = []
    for crossing in sorted(task.crossings, key=lambda c: c.name):
        ready = [
            (run.day * 24 * 60 + visit.depart, visit.load)
            for run in runs
            for route in run.routing.routes
            for visit in route.visits
            if run.drops[visit.stop] == at_pier(crossing)
        ]
        if ready:
            at, tps = max(clock for clock, _ in ready), sum(load for _, load in ready)
            found += cross(crossing, at, tps)
    return found


def cross(crossing: Crossing, ready: int, tps: int) -> list[Sailing]:
    """Return the sailings of so many TPS from the first hour on; `ready` counts from day H."""
    found: list[Sailing] = []
    day = ready // (24 * 60)
    hours = sorted(crossing.departs)
    free_at = ready
    while tps:
        for hour in hours:
            clock = day * 24 * 60 + hour
            if clock < free_at or not tps:
                continue
            aboard = min(tps, crossing.number * crossing.load_tps)
            boats = -(-aboard // crossing.load_tps)
            sailing = round(crossing.hours * 60)
            late = day > -crossing.days_before
            found.append(Sailing(crossing, day, hour, hour + sailing, aboard, boats, late))
            tps -= aboard
            free_at = clock + 2 * sailing  # the boats are back no sooner
        day += 1
    return found


def back_runs(task: EscortTask) -> tuple[list[Run], list[Sailing]]:
    """Return the ways back: villages to kecamatan, islands to their kecamatan, and to the store.

    Routes are those that would bring the boxes, driven the other way round with windows open.
    """
    options = task.options
    day, minute = options.back_from_villages
    runs = [
        _turned(run, "back_villages", minute) for run in village_runs(task, [day], is_back=True)
    ]
    # A lorry may be busy with villages until the morning after.
    busy = max((route.back for run in runs for route in run.routing.routes), default=0)
    boats = []
    seats = {drop.district_code: drop for drop in task.seats}
    kinds = by_kind(task)
    smallest = len(kinds) - 1
    extra: dict[str, int] = {}
    for number, crossing in enumerate(sorted(task.crossings, key=lambda c: c.name), start=1):
        code, tps = crossing.drop.district_code, crossing.drop.tps
        if not tps or code not in seats:
            continue
        extra[code] = extra.get(code, 0) + tps
        home = [
            replace(sailing, is_back=True, is_late=False)
            for sailing in cross(crossing, (day + 1) * 24 * 60, tps)
        ]
        boats += home
        numbers = tuple(
            (number,) if at == smallest and number <= kind.number else ()
            for at, kind in enumerate(kinds)
        )
        last = max(home, key=lambda sailing: (sailing.day, sailing.arrive))
        start = max(last.arrive, busy - (last.day - day) * 24 * 60)
        run = _run(
            task, "back_pier", last.day, seats[code].point,
            [(at_pier(crossing), _OPEN)], start, 20, numbers, _OPEN,
        )  # fmt: skip
        runs.append(_turned(run, "back_pier", start))
    whole = [replace(d, tps=d.tps + extra.get(d.district_code, 0)) for d in task.seats]
    day, minute = options.back_to_store
    drops = [
        (drop, max(minute, options.seat_latest))
        for drop in sorted(whole, key=lambda drop: drop.point.code)
    ]
    run = _run(task, "store", day, task.store, drops, minute, options.solutions, close=_OPEN)
    return [*runs, _turned(run, "back_store", minute)], boats


def _turned(run: Run, stage: Stage, start: int) -> Run:
    """Return a run driven the other way round, trip by trip, with every window open."""
    stops = tuple(replace(stop, earliest=0, latest=_OPEN) for stop in run.task.stops)
    task = replace(run.task, stops=stops, start=start, close=max(start, _OPEN))
    routes = []
    for route in run.routing.routes:
        chain: list[tuple[int, int]] = []
        for trip in sorted({visit.trip for visit in route.visits}):
            there = [(v.stop, v.load) for v in route.visits if v.trip == trip]
            chain += [(-1, 0)] * bool(chain) + there[::-1]
        routes.append(drive(task, route.fleet, route.vehicle, chain))
    routing = replace(run.routing, routes=tuple(routes))
    return replace(run, stage=stage, task=task, routing=routing)
