"""Which places lie near each other: great-circle distances and pairs within a limit.

Straight lines times a factor; a road that is known is the caller's to put in.
"""

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


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
