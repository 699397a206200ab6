"""A flat map in kilometres on which areas are true, for measuring outlines.

Owns the projection. What is measured with it is in `rawan.places.boundary_checks` and
`rawan.places.points`.
"""

import math
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

Geometries = NDArray[np.object_]
Floats = NDArray[np.float64]

# The ellipsoid of WGS 84.
_RADIUS_KM = 6378.137
_ECCENTRICITY = math.sqrt((2 - 1 / 298.257223563) / 298.257223563)


class FlatMap:
    """Lambert's cylindrical equal-area projection of the WGS 84 ellipsoid.

    Areas are exact wherever the map is used. Lengths and angles are true along the parallel
    `latitude`; 1 degree north or south of 5 degrees south, lengths are wrong by less than 0.5 %.

    Parameters
    ----------
    latitude : degrees, where lengths are true: the middle of the region; within 80 of the equator.

    References
    ----------
    Snyder (1987), "Map Projections: A Working Manual", U.S. Geological Survey Professional
    Paper 1395, equations 10-13 to 10-15 and 3-12.

    Examples
    --------
    The whole ellipsoid has 510,065,622 km²:

    >>> globe = np.array([shapely.box(-180, -90, 180, 90)])
    >>> round(float(FlatMap(-5.0).areas(globe)[0]))
    510065622
    """

    def __init__(self, latitude: float) -> None:
        sine = math.sin(math.radians(max(-80.0, min(80.0, latitude))))
        cosine = math.sqrt(1 - sine**2)
        self._scale = cosine / math.sqrt(1 - (_ECCENTRICITY * sine) ** 2)

    def project(self, lonlat: Floats) -> Floats:
        """Return (n, 2) kilometres east and north for (n, 2) degrees of longitude and latitude."""
        sine = np.sin(np.radians(lonlat[:, 1]))
        inner = _ECCENTRICITY * sine
        q = (1 - _ECCENTRICITY**2) * (sine / (1 - inner**2) + np.arctanh(inner) / _ECCENTRICITY)
        east = _RADIUS_KM * self._scale * np.radians(lonlat[:, 0])
        return np.column_stack([east, _RADIUS_KM * q / (2 * self._scale)])

    def flatten(self, geometries: Geometries) -> Geometries:
        """Return the geometries on the map; corners are moved, sides stay straight."""
        flat: Any = shapely.transform(geometries, self.project)
        return np.asarray(flat, dtype=object)

    def areas(self, geometries: Geometries) -> Floats:
        """Return the area of each geometry in km²."""
        return np.asarray(shapely.area(self.flatten(geometries)), dtype=np.float64)
