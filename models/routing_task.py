"""What routes are sought for, what they look like, and how a vehicle drives a chain of stops.

Owns the words and the clock; the search is `routing.py`'s.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from models.routing_bounds import Bounds

Floats = NDArray[np.float64]
Aim = Literal["fewest", "earliest"]
Reason = Literal["no_road", "too_late", "no_room"]


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


def minutes_of(km: float, speed_kmh: float) -> int:
    """Return whole minutes of driving, rounded up; no float dust makes a minute of its own."""
    return int(np.ceil(round(km / speed_kmh * 60, 6)))


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


def check(task: Task) -> None:
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
