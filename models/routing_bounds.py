"""Lower bounds of routes from one depot: no routes, however clever, do with less."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Bounds:
    """The fewest vehicles, the fewest trips and the fewest kilometres that could do."""

    vehicles: int
    trips: int
    km: float


def bounds(
    km: NDArray[np.float64],
    demands: Sequence[tuple[int, int]],
    served: Sequence[int],
    fleets: Sequence[tuple[int, int, float]],
    day_minutes: int,
    unit_minutes: float,
    load_minutes: int,
    most_trips: int,
) -> Bounds:
    """Return what no routes can do with less of, if all of `served` is to be brought.

    A trip to a stop at distance d with room for Q brings at most Q, so that q units cost at least
    2 d q / Q kilometres (Haimovich and Rinnooy Kan 1985). Of a vehicle's day only the last way
    back may fall outside. Distances are taken as the shortest ways.

    Parameters
    ----------
    km : (n + 1, n + 1), the depot first.
    demands : (units, minutes of a visit) of each of the n stops.
    fleets : (number, room, km/h) of each kind.

    Examples
    --------
    >>> km = np.array([[0.0, 10.0], [10.0, 0.0]])
    >>> bounds(km, [(25, 0)], [0], [(5, 10, 30.0)], 600, 0.0, 0, 1)
    Bounds(vehicles=3, trips=3, km=50.0)
    """
    units = sum(demands[n][0] for n in served)
    kinds = [(number, room, speed) for number, room, speed in fleets if number]
    if not units or not kinds:
        return Bounds(0, 0, 0.0)
    largest = max(room for _, room, _ in kinds)
    fastest = max(speed for _, _, speed in kinds)
    trips = -(-units // largest)
    if most_trips == 1:  # the large ones go once, then the next
        trips, rest = 0, units
        for number, room, _ in sorted(kinds, key=lambda kind: -kind[1]):
            used = min(number, -(-rest // room))
            trips, rest = trips + used, rest - used * room
            if rest <= 0:
                break
    ways = _shortest(km)
    out = np.array([min(ways[0, n + 1], ways[n + 1, 0]) for n in served])
    load = np.array([demands[n][0] for n in served])
    least_km = float(2 * (out * load).sum() / largest)
    visits = sum(demands[n][1] for n in served)
    needed = least_km / fastest * 60 + units * unit_minutes + visits
    each = day_minutes + out.max() / fastest * 60 + load_minutes
    by_time = int(np.ceil(round((needed + trips * load_minutes) / each, 6))) if each > 0 else 0
    return Bounds(max(-(-trips // most_trips), by_time, 1), trips, least_km)


def _shortest(km: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the shortest ways between all places, by way of others (Floyd 1962)."""
    ways = km.copy()
    np.fill_diagonal(ways, 0.0)
    for middle in range(len(ways)):
        ways = np.minimum(ways, ways[:, [middle]] + ways[[middle], :])
    return ways
