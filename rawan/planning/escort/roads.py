"""Kilometres between the places of an escort: roads where given, straight lines times a factor.

Owns that choice and what a closed road does to it. Nothing here knows of water: a way to an
island is never asked for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rawan.planning.escort.inputs import Point

_EARTH_KM = 6371.0
Pair = tuple[str, str]


@dataclass(frozen=True)
class Ways:
    """Kilometres between points, the first of them the depot.

    Attributes
    ----------
    km : (n, n) symmetric; infinite where every way is closed.
    is_road : (n, n) True where the kilometres are those of a road that was given.
    detours : (from, to, by way of, kilometres more) for each closed road.
    unused : closed roads that lead between no two of these points.
    """

    km: NDArray[np.float64]
    is_road: NDArray[np.bool_]
    detours: tuple[tuple[str, str, str, float], ...]
    unused: frozenset[Pair]


def straight_km(a: Point, b: Point) -> float:
    """Return the great circle between two points (haversine), in kilometres.

    Examples
    --------
    >>> round(straight_km(Point("a", "a", 0.0, 105.0), Point("b", "b", 1.0, 105.0)), 1)
    111.2
    """
    lat_a, lon_a, lat_b, lon_b = map(float, np.radians([a.lat, a.lon, b.lat, b.lon]))
    half = np.sin((lat_a - lat_b) / 2) ** 2
    half += np.cos(lat_a) * np.cos(lat_b) * np.sin((lon_a - lon_b) / 2) ** 2
    return float(2 * _EARTH_KM * np.arcsin(np.sqrt(half)))


def ways(
    points: Sequence[Point],
    roads: Mapping[Pair, float],
    closed: Mapping[Pair, str],
    detour_factor: float,
) -> Ways:
    """Return the kilometres between points; a closed road is gone round by way of others.

    Between the ends of a closed road the shortest way over other places of the list counts. No
    other way is made longer, or shorter, by a closed road.
    """
    n = len(points)
    km = np.zeros((n, n))
    for i in range(n):
        for j in range(i):
            km[i, j] = km[j, i] = straight_km(points[i], points[j]) * detour_factor
    is_road = np.zeros((n, n), dtype=bool)
    for (one, other), length in sorted(roads.items()):
        for i, j in _between(points, one, other):
            km[i, j] = km[j, i] = length
            is_road[i, j] = is_road[j, i] = True
    open_km = km.copy()
    shut: list[tuple[int, int]] = []
    unused = set()
    for one, other in sorted(closed):
        pairs = _between(points, one, other)
        if not pairs:
            unused.add((one, other))
        for i, j in pairs:
            open_km[i, j] = open_km[j, i] = np.inf
            is_road[i, j] = is_road[j, i] = False
            shut.append((i, j))
    shortest, middle = _round_about(open_km)
    detours = []
    for i, j in shut:
        more = float(shortest[i, j] - km[i, j])
        by = points[middle[i, j]].name if np.isfinite(more) else ""
        detours.append((points[i].name, points[j].name, by, more))
        open_km[i, j] = open_km[j, i] = shortest[i, j]
    return Ways(open_km, is_road, tuple(detours), frozenset(unused))


def _between(points: Sequence[Point], one: str, other: str) -> list[tuple[int, int]]:
    ends = [[i for i, p in enumerate(points) if p.answers_to(code)] for code in (one, other)]
    return [(i, j) for i in ends[0] for j in ends[1] if i != j]


def _round_about(km: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the shortest ways over other places, and one place on each (Floyd 1962)."""
    best = km.copy()
    middle = np.full(km.shape, -1, dtype=np.int64)
    for k in range(len(km)):
        by = best[:, [k]] + best[[k], :]
        middle = np.where(by < best, k, middle)
        best = np.minimum(best, by)
    return best, middle
