"""Village cells for the map of the published page.

Owns the shapes: where only a point is known for each village, a cell stands for it.
Cells are for pointing and clicking; they are no administrative boundaries. Drawing,
colours and words are in `page/render.py` and its templates.
"""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import Voronoi, cKDTree

Ring = list[tuple[float, float]]
FloatArray = NDArray[np.float64]

KM_PER_DEGREE = 111.195  # mean Earth radius 6371.0 km
RADIUS_IN_NEIGHBOUR_DISTANCES = 2.2
RADIUS_OF_A_LONE_POINT_KM = 2.0
SHARED_POINT_SPREAD = 0.1  # of the radius: villages on one point are set this far apart
CIRCLE_SEGMENTS = 6  # in each quarter


def village_cells(
    lat: Sequence[float], lon: Sequence[float], ids: Sequence[str]
) -> dict[str, list[Ring]]:
    """Voronoi cell of each village, clipped to a circle so that the sea stays empty.

    Parameters
    ----------
    lat, lon : degrees, finite, one for each village.
    ids : unique name of each village, in the same order.

    Returns
    -------
    dict
        For each id its rings, a list of (x, y) in kilometres east and north of the
        middle of the region, rounded to two decimals. Cells do not overlap; villages
        that share one point share its cell in equal parts. The result does not depend
        on the order of the rows.

    Raises
    ------
    ValueError
        If the lengths differ, an id repeats or a coordinate is not on the globe.

    Examples
    --------
    >>> cells = village_cells([-5.6, -5.6], [105.5, 105.6], ["a", "b"])
    >>> sorted(cells)
    ['a', 'b']
    """
    _check(lat, lon, ids)
    if not ids:
        return {}
    order = sorted(range(len(ids)), key=lambda i: ids[i])
    names = [ids[i] for i in order]
    points = project(
        np.asarray(lat, dtype=np.float64)[order],
        np.asarray(lon, dtype=np.float64)[order],
    )
    radius = _radius_km(points)
    points = _apart(points, radius)
    circles = shapely.buffer(shapely.points(points), radius, quad_segs=CIRCLE_SEGMENTS)
    cells = shapely.intersection(_voronoi(points, radius), circles)
    return {name: _rings(cell) for name, cell in zip(names, cells, strict=True)}


def outlines(
    cells: Mapping[str, Sequence[Ring]], groups: Mapping[str, str]
) -> dict[str, list[Ring]]:
    """Outer rings of all cells of a group, such as a kecamatan, taken together.

    Parameters
    ----------
    cells : result of `village_cells`.
    groups : name of the group by village id; ids without a cell are left out.
    """
    members: dict[str, list[object]] = {}
    for village, group in sorted(groups.items()):
        for ring in cells.get(village, ()):
            members.setdefault(group, []).append(shapely.Polygon(ring).buffer(0.02))
    return {
        group: _rings(shapely.simplify(shapely.union_all(shapes), 0.03))
        for group, shapes in sorted(members.items())
    }


def project(lat: FloatArray, lon: FloatArray) -> FloatArray:
    """Kilometres east and north of the middle: a local equirectangular projection."""
    middle_lat = (float(lat.min()) + float(lat.max())) / 2
    middle_lon = (float(lon.min()) + float(lon.max())) / 2
    east = (lon - middle_lon) * KM_PER_DEGREE * math.cos(math.radians(middle_lat))
    north = (lat - middle_lat) * KM_PER_DEGREE
    return np.column_stack([east, north])


def _check(lat: Sequence[float], lon: Sequence[float], ids: Sequence[str]) -> None:
    if not len(lat) == len(lon) == len(ids):
        raise ValueError(
            f"{len(lat)} latitudes, {len(lon)} longitudes and {len(ids)} ids: "
            "give one of each for every village."
        )
    seen: set[str] = set()
    for y, x, name in zip(lat, lon, ids, strict=True):
        if name in seen:
            raise ValueError(f"Village {name} is given twice; one point for each.")
        seen.add(name)
        if not (abs(y) <= 90 and abs(x) <= 180):  # also false for NaN
            raise ValueError(
                f"Village {name}: ({y}, {x}) is no latitude and longitude in degrees; "
                "leave villages without a place out."
            )


def _radius_km(points: FloatArray) -> float:
    distinct = np.unique(points.round(4), axis=0)
    if len(distinct) < 2:
        return RADIUS_OF_A_LONE_POINT_KM
    distances, _ = cKDTree(distinct).query(distinct, k=[2])
    return RADIUS_IN_NEIGHBOUR_DISTANCES * float(np.median(distances))


def _apart(points: FloatArray, radius: float) -> FloatArray:
    """Set villages on the same point around it, so that each can be seen and chosen."""
    _, place, count = np.unique(points.round(4), axis=0, return_inverse=True, return_counts=True)
    place = place.reshape(-1)
    apart = points.copy()
    for shared in np.flatnonzero(count > 1):
        members = np.flatnonzero(place == shared)
        angle = 2 * np.pi * np.arange(len(members)) / len(members)
        shift = np.column_stack([np.cos(angle), np.sin(angle)])
        apart[members] += SHARED_POINT_SPREAD * radius * shift
    return apart


def _voronoi(points: FloatArray, radius: float) -> NDArray[np.object_]:
    """Voronoi cells in the order of the points.

    Four far points stand around the real ones: too far to touch what lies within the
    radius, they make one, two or collinear points an ordinary case. Qhull draws the
    diagram: GEOS 3.14 gives overlapping cells where points lie on a right angle.
    """
    low, high = points.min(axis=0), points.max(axis=0)
    reach = 6 * radius + float((high - low).max())
    far = np.array(
        [
            [low[0] - reach, low[1] - reach],
            [low[0] - reach, high[1] + reach],
            [high[0] + reach, low[1] - reach],
            [high[0] + reach, high[1] + reach],
        ]
    )
    diagram = Voronoi(np.vstack([points, far]))
    cells = np.empty(len(points), dtype=np.object_)
    for i, region in enumerate(diagram.point_region[: len(points)]):
        corners = diagram.vertices[diagram.regions[region]]
        cells[i] = shapely.multipoints(corners).convex_hull
    return cells


def _rings(shape: object) -> list[Ring]:
    rings: list[Ring] = []
    for part in shapely.get_parts(shapely.normalize(shape)):
        if shapely.get_type_id(part) != 3 or shapely.is_empty(part):
            continue
        corners = shapely.get_coordinates(shapely.get_exterior_ring(part)).round(2)
        corners += 0.0  # -0.0 becomes 0.0
        rings.append([(float(x), float(y)) for x, y in corners])
    return rings
