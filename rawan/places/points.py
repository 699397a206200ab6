"""From a point on the map to a village: by outlines where they are loaded, else by nearness.

Owns what a pair of coordinates may mean, and when it means nothing. What becomes of a point
that several villages may claim is in `rawan.places.claims`. Outlines come from
`rawan.places.outlines`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
import shapely
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import KDTree

from rawan.errors import RawanError
from rawan.places.claims import Answers, Claims, Indices, Method
from rawan.places.equal_area import FlatMap, Floats

Mask = NDArray[np.bool_]

EARTH_KM = 6371.0088  # mean radius
NEARBY_KM = 0.5

_RIVALS = 8
_CHUNK = 250_000

_NO_NUMBER = "the coordinates are empty or no numbers."
_ZERO = "0, 0 stands for a position that is not known."
_SWAPPED = "latitude and longitude are swapped. Exchange the two."
_NO_DEGREES = "latitude must lie within -90 and 90, longitude within -180 and 180."
_CLAIMED = "the point lies on the border or in the overlap of several villages."
_BESIDE = "the point lies in no outline, and no village is clearly the nearest."
_BETWEEN = "no village's point is clearly the nearest, and no outline tells more."


@dataclass(frozen=True)
class Located:
    """What a point means.

    With a village: its code and its kecamatan's. With a kecamatan alone: `reason` says why no
    village is pinned. With neither: `reason` says why, and `candidates` are the villages between
    which a person must choose, or `is_outside` is true, or the coordinates mean no place.
    """

    village_code: str | None
    district_code: str | None
    method: Method | None
    reason: str | None
    candidates: tuple[str, ...] = ()
    is_outside: bool = False


# The box of a region of which nothing is on the map: no point lies in it.
_NOWHERE = (180.0, 90.0, -180.0, -90.0)


class Locator:
    """Finds the village of a point.

    Parameters
    ----------
    outlines : polygon by village code in degrees of WGS 84; None or empty where none are loaded.
    villages : village_code, district_code, lat, lon; a village without point is found by its
        outline only.
    nearest_km : how far a point may lie from a village's point where there is no outline.

    Notes
    -----
    A village that the outlines lack is still found by its point: where a point lies in no
    outline and the nearest village's point is such a village's, nearness decides.
    """

    def __init__(
        self, outlines: Mapping[str, Any] | None, villages: pl.DataFrame, nearest_km: float
    ) -> None:
        ordered = villages.sort("village_code")
        self._codes, self._districts = ordered["village_code"], ordered["district_code"]
        self._district_of = self._districts.rank("dense").fill_null(0).to_numpy().astype(np.int64)
        self._nearest_km = nearest_km
        place = {code: index for index, code in enumerate(self._codes)}
        drawn = [(place[code], shape) for code, shape in (outlines or {}).items() if code in place]
        drawn.sort(key=lambda entry: entry[0])
        self._drawn = np.array([index for index, _ in drawn], dtype=np.int64)
        self._shapes = np.array([*(shape for _, shape in drawn), None], dtype=object)[:-1]
        degrees = ordered.select(pl.col("lat", "lon").cast(pl.Float64).fill_null(np.nan)).to_numpy()
        self._pointed = np.flatnonzero(np.isfinite(degrees).all(axis=1))
        degrees = degrees[self._pointed]
        self._is_blind = not len(self._drawn) and not len(self._pointed)
        self._box = _NOWHERE if self._is_blind else _box(degrees, self._shapes, nearest_km)
        self._points = KDTree(unit_vectors(degrees)) if len(degrees) else None
        self._has_outline = np.zeros(len(place), dtype=bool)
        self._has_outline[self._drawn] = True
        if len(self._drawn):
            bounds = shapely.total_bounds(self._shapes)
            self._map = FlatMap(float(bounds[1] + bounds[3]) / 2)
            self._flat = self._map.flatten(self._shapes)
            self._tree, self._flat_tree = shapely.STRtree(self._shapes), shapely.STRtree(self._flat)
            shapely.prepare(self._shapes)

    def locate(self, lat: float, lon: float) -> Located:
        """Return what one point means; degrees of WGS 84."""
        row = self.locate_many([lat], [lon]).row(0, named=True)
        return Located(**(row | {"candidates": tuple(row["candidates"])}))

    def locate_many(self, lats: ArrayLike, lons: ArrayLike) -> pl.DataFrame:
        """Return what each point means, one row a point in their order; see `claims.SCHEMA`.

        Parameters
        ----------
        lats, lons : degrees of WGS 84; NaN where there is none.

        Raises
        ------
        RawanError
            If there is a point, and no village has an outline or a point to hold it against.
        """
        lat, lon = (np.asarray(degrees, dtype=np.float64) for degrees in (lats, lons))
        if self._is_blind and (np.isfinite(lat) & np.isfinite(lon)).any():
            raise RawanError(
                "No village has an outline or a point. Load outlines with: rawan boundaries FILE"
            )
        starts = range(0, max(len(lat), 1), _CHUNK)
        parts = [self._chunk(lat[at : at + _CHUNK], lon[at : at + _CHUNK]) for at in starts]
        return pl.concat(parts)

    def _chunk(self, lat: Floats, lon: Floats) -> pl.DataFrame:
        answers = Answers(lat, self._district_of)
        open_ = self._screened(answers, lat, lon)
        if len(self._drawn):
            open_ = self._inside(answers, open_, lat, lon)
        if not self._has_outline.all():
            open_ = self._nearest(answers, open_, lat, lon)
        if len(self._drawn):
            open_ = self._nearby(answers, open_, lat, lon)
        away = f"the point lies more than {self._nearest_km:g} km from every village's point."
        if len(self._drawn):
            away = f"the point lies in no outline and more than {NEARBY_KM:g} km from any."
        answers.refuse(open_, away)
        answers.is_outside[open_] = True
        return answers.frame(self._codes, self._districts)

    def _screened(self, answers: Answers, lat: Floats, lon: Floats) -> Indices:
        """Return the points that can be a place; tell of the others what is wrong."""
        finite = np.isfinite(lat) & np.isfinite(lon)
        zero = (lat == 0) & (lon == 0)
        swapped = finite & ~self._in_box(lat, lon) & self._in_box(lon, lat)
        degrees = (np.abs(lat) <= 90) & (np.abs(lon) <= 180)
        answers.refuse(np.flatnonzero(~finite), _NO_NUMBER)
        answers.refuse(np.flatnonzero(zero), _ZERO)
        answers.refuse(np.flatnonzero(swapped), _SWAPPED)
        answers.refuse(np.flatnonzero(finite & ~swapped & ~degrees), _NO_DEGREES)
        return np.flatnonzero(finite & ~zero & ~swapped & degrees)

    def _in_box(self, lat: Floats, lon: Floats) -> Mask:
        west, south, east, north = self._box
        return (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)

    def _inside(self, answers: Answers, open_: Indices, lat: Floats, lon: Floats) -> Indices:
        at, shape = self._tree.query(shapely.points(lon[open_], lat[open_]))
        point = open_[at]
        # Asked of the outlines, not of the points: those are prepared, so it does not take a walk
        # along all their corners.
        held = shapely.intersects_xy(self._shapes[shape], lon[point], lat[point])
        claims = Claims(point[held], self._drawn[shape[held]], np.zeros(int(held.sum())))
        answers.settle(claims, "outline", _CLAIMED)
        return np.setdiff1d(open_, point[held])

    def _nearest(self, answers: Answers, open_: Indices, lat: Floats, lon: Floats) -> Indices:
        if self._points is None or not len(open_):
            return open_
        rivals = min(_RIVALS, len(self._pointed))
        vectors = unit_vectors(np.column_stack([lat[open_], lon[open_]]))
        chord, near = self._points.query(vectors, k=list(range(1, rivals + 1)))
        km = 2 * EARTH_KM * np.arcsin(np.minimum(chord / 2, 1))
        village = self._pointed[near]
        ours = (km[:, 0] <= self._nearest_km) & ~self._has_outline[village[:, 0]]
        point = np.repeat(open_[ours], rivals)
        claims = Claims(point, village[ours].ravel(), km[ours].ravel())
        answers.settle(claims, "nearest", _BETWEEN)
        return open_[~ours]

    def _nearby(self, answers: Answers, open_: Indices, lat: Floats, lon: Floats) -> Indices:
        close = open_[self._in_box(lat[open_], lon[open_])]
        points = shapely.points(self._map.project(np.column_stack([lon[close], lat[close]])))
        at, shape = self._flat_tree.query(points, predicate="dwithin", distance=NEARBY_KM)
        km = shapely.distance(points[at], self._flat[shape])
        answers.settle(Claims(close[at], self._drawn[shape], km), "outline nearby", _BESIDE)
        return np.setdiff1d(open_, close[at])


def unit_vectors(degrees: Floats) -> Floats:
    """Return (n, 3) vectors for (n, 2) degrees of latitude and longitude.

    The great circle between two points is 2 R asin(chord / 2), the haversine formula.
    """
    lat, lon = np.radians(degrees).T
    return np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])


def _box(
    degrees: Floats, shapes: NDArray[np.object_], margin_km: float
) -> tuple[float, float, float, float]:
    """Return west, south, east and north of all points and outlines, with a margin."""
    margin = max(margin_km, NEARBY_KM) / 100  # a degree is 111 km, less along far parallels
    corners = [*shapely.bounds(shapes), *np.column_stack([degrees[:, ::-1], degrees[:, ::-1]])]
    west, south = np.min([corner[:2] for corner in corners], axis=0) - margin
    east, north = np.max([corner[2:] for corner in corners], axis=0) + margin
    return float(west), float(south), float(east), float(north)
