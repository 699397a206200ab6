"""The units around each unit: by distance where there are coordinates, else by block.

Owns sums and means over them. Who counts as near is decided once, here, and from places alone:
no count of incidents has a say.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.spatial import cKDTree

from models.additive import Array

Rows = NDArray[np.int64]
Mask = NDArray[np.bool_]

EARTH_KM = 6371.0
NEAREST = 80
"""Beyond so many neighbours the kernel has nothing left to add."""

_TYPICAL = 8
# The kernel's scale in distances to the eighth neighbour: 5 km among villages of 8 km2.
_REACH = 1.1


class Neighbourhood(Protocol):
    """What is around each of n units, the unit itself left out."""

    def around(self, values: Array) -> Array:
        """Return (n,) weighted sums of the values of the units around each unit."""
        ...

    def mean_around(self, values: Array, told: Mask, most: int) -> Array:
        """Return (n,) means over the `most` nearest units with `told`; NaN where there are none."""
        ...


@dataclass(frozen=True)
class NearUnits:
    """Units near each unit, each with a weight that falls with distance.

    Attributes
    ----------
    weights : (n, n) sparse; row i holds the weights of the units around unit i.
    """

    weights: csr_array

    @classmethod
    def of_pairs(cls, units: int, rows: Rows, columns: Rows, weights: Array) -> "NearUnits":
        """Return the neighbourhood in which unit `rows[p]` has unit `columns[p]` beside it.

        Raises
        ------
        ValueError
            If a unit is its own neighbour, or a weight is below zero or not finite.
        """
        if (rows == columns).any():
            raise ValueError("a unit is its own neighbour")
        if not (np.isfinite(weights).all() and (weights >= 0).all()):
            raise ValueError("a weight of a neighbour is below zero or not finite")
        return cls(csr_array((weights, (rows, columns)), shape=(units, units)))

    @classmethod
    def of_places(
        cls, lat: Array, lon: Array, scale_km: float | None = None, nearest: int = NEAREST
    ) -> "NearUnits":
        """Return the `nearest` units of each unit under a Gaussian kernel of great-circle distance.

        Units without coordinates (NaN) have none around them, and are around none.

        Parameters
        ----------
        lat, lon : (n,) degrees.
        scale_km : the kernel's standard deviation. None: 1.1 times the median distance to the
            eighth nearest unit, so that it fits villages as it fits counties.
        nearest : how many units to look at.
        """
        known = np.flatnonzero(np.isfinite(lat) & np.isfinite(lon))
        several = min(nearest, len(known) - 1)
        if several < 1:
            nobody = np.zeros(0, np.int64)
            return cls.of_pairs(len(lat), nobody, nobody, np.zeros(0))
        phi, theta = np.radians(lat[known]), np.radians(lon[known])
        points = np.column_stack(
            [np.cos(phi) * np.cos(theta), np.cos(phi) * np.sin(theta), np.sin(phi)]
        )
        tables = cKDTree(points).query(points, k=several + 1)
        chord, found = (np.asarray(table) for table in tables)
        km = 2 * EARTH_KM * np.arcsin(np.minimum(chord / 2, 1.0))
        # A unit is first among its own neighbours, unless others lie at the very same place.
        others = found != np.arange(len(known))[:, None]
        others[others.all(axis=1), -1] = False
        km = np.asarray(km[others].reshape(-1, several))
        found = found[others].reshape(-1, several)
        if scale_km is None:
            scale_km = _REACH * float(np.median(km[:, min(_TYPICAL, several) - 1]))
        # All at one place: all are equally near.
        weights = np.exp(-0.5 * (km / scale_km) ** 2) if scale_km > 0 else np.ones_like(km)
        rows = np.repeat(known, several)
        return cls.of_pairs(len(lat), rows, known[found.ravel()], weights.ravel())

    def around(self, values: Array) -> Array:
        """Return (n,) weighted sums of the values of the units around each unit."""
        return np.asarray(self.weights @ values)

    def mean_around(self, values: Array, told: Mask, most: int) -> Array:
        """Return (n,) means over the `most` nearest units with `told`; NaN where there are none."""
        pairs = self.weights.tocoo()
        kept = told[pairs.col] & (pairs.data > 0)
        row, column, weight = pairs.row[kept], pairs.col[kept], pairs.data[kept]
        order = np.lexsort((column, -weight, row))
        row, column, weight = row[order], column[order], weight[order]
        place = np.arange(len(row)) - np.searchsorted(row, row)
        close = place < most
        row, column, weight = row[close], column[close], weight[close]
        n = len(values)
        total = np.bincount(row, weight * values[column], minlength=n)
        reach = np.bincount(row, weight, minlength=n)
        with np.errstate(invalid="ignore"):
            return np.asarray(total / reach)


@dataclass(frozen=True)
class SameBlock:
    """The other units of each unit's block, all alike: what is known without coordinates.

    Attributes
    ----------
    block : (n,) number of each unit's block, 0 and up.
    """

    block: Rows

    def around(self, values: Array) -> Array:
        """Return (n,) sums of the values of the other units of each unit's block."""
        return np.bincount(self.block, values)[self.block] - values

    def mean_around(self, values: Array, told: Mask, most: int) -> Array:
        """Return (n,) means over the other units of the block with `told`; `most` has no say."""
        seen = told.astype(np.float64)
        with np.errstate(invalid="ignore"):
            return np.asarray(self.around(np.where(told, values, 0.0)) / self.around(seen))
