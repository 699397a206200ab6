"""What a point means where no outlines are loaded: the village whose own point is nearest.

Owns reading of coordinates, the plausibility of a point, and distance. Outlines, where there
are any, are the caller's (`Resolver(locate=...)`).

A point is near two villages "nearly equally" when the second is at most a quarter farther
(`MARGIN`) than the first: without outlines nothing tells on which side of the border it lies. It
then stays with the kecamatan if both villages are in the same one, else it goes to review.
"""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rawan.places.gazetteer import Village
from rawan.places.names import Candidate

MARGIN = 1.25
BORDER_DEGREES = 0.15  # about 17 km around the village points still belongs to the region's box
_EARTH_KM = 6371.0
_NUMBER = re.compile(r"[-+]?\d{1,3}(?:[.,]\d{1,15})?")


@dataclass(frozen=True)
class Point:
    """Latitude and longitude in degrees."""

    lat: float
    lon: float


@dataclass(frozen=True)
class Problem:
    """Why a point cannot be used, and what becomes of its row."""

    fate: str
    reason: str


@dataclass(frozen=True)
class Near:
    """The village or kecamatan that a point belongs to, or the fate and reason of its row."""

    village_code: str | None = None
    district_code: str | None = None
    fate: str = ""
    reason: str = ""
    candidates: tuple[Candidate, ...] = ()


def parse_point(lat: str, lon: str) -> Point | str:
    """Return the point of two cells, or a sentence why there is none.

    Examples
    --------
    >>> parse_point("-5,6", "105.5")
    Point(lat=-5.6, lon=105.5)
    """
    values = []
    for name, cell in (("latitude", lat), ("longitude", lon)):
        cell = cell.strip().rstrip("°")
        if not _NUMBER.fullmatch(cell):
            return (
                f'"{cell[:40]}" is not a {name} in decimal degrees.'
                if cell
                else (f"the {name} is empty.")
            )
        values.append(float(cell.replace(",", ".")))
    if abs(values[0]) > 180 or abs(values[1]) > 180:
        return f"{values[0]:g}, {values[1]:g} is no point on earth."
    return Point(values[0], values[1])


class NearestVillage:
    """Finds the village nearest to a point.

    Parameters
    ----------
    villages : villages; those without a point are left out.
    limit_km : a point farther than this from every village is outside.
    """

    def __init__(self, villages: Iterable[Village], limit_km: float = 5.0) -> None:
        self._villages = [v for v in villages if v.lat is not None and v.lon is not None]
        self._lat = np.array([v.lat for v in self._villages], float)
        self._lon = np.array([v.lon for v in self._villages], float)
        self._limit = limit_km

    def implausible(self, point: Point) -> Problem | None:
        """Return why a point cannot be meant: zero, swapped, or far outside the region's box."""
        if not self._villages:
            return Problem("quarantined", "no village has a point to compare with.")
        if point.lat == 0 and point.lon == 0:
            return Problem("quarantined", "0, 0 stands for a point that was not taken.")
        if self._in_box(point):
            return None
        if self._in_box(Point(point.lon, point.lat)):
            return Problem(
                "quarantined", "latitude and longitude seem to be swapped. Swap them and try again."
            )
        if abs(point.lat) > 90:
            return Problem("quarantined", f"{point.lat:g} is not a latitude.")
        return Problem("excluded", f"{point.lat:g}, {point.lon:g} is outside the region.")

    def find(self, point: Point) -> Near:
        """Return the village nearest to a plausible point, where one is clearly nearest."""
        distances = self._distances(point)
        first, *others = np.argsort(distances, kind="stable")[:5]
        offered = tuple(
            Candidate(
                self._villages[at].village_code,
                self._villages[at].name,
                round(max(0.0, 100 * (1 - float(distances[at]) / max(self._limit, 1e-9))), 1),
            )
            for at in (first, *others)
        )
        if distances[first] > self._limit:
            return Near(
                fate="excluded",
                reason=f"the nearest village is {distances[first]:.1f} km away, farther than "
                f"{self._limit:g} km.",
            )
        rivals = [at for at in others if distances[at] <= max(MARGIN * distances[first], 0.05)]
        if not rivals:
            return Near(self._villages[first].village_code, self._villages[first].district_code)
        districts = {self._villages[at].district_code for at in (first, *rivals)}
        reason = "two villages are nearly equally near."
        if len(districts) == 1:
            return Near(None, districts.pop(), "placed", reason, offered)
        return Near(fate="review", reason=reason, candidates=offered)

    def _in_box(self, point: Point) -> bool:
        return bool(
            self._lat.min() - BORDER_DEGREES <= point.lat <= self._lat.max() + BORDER_DEGREES
            and self._lon.min() - BORDER_DEGREES <= point.lon <= self._lon.max() + BORDER_DEGREES
        )

    def _distances(self, point: Point) -> npt.NDArray[np.float64]:
        """Return the great-circle distances in km (haversine)."""
        lat, lon = math.radians(point.lat), math.radians(point.lon)
        lats, lons = np.radians(self._lat), np.radians(self._lon)
        inner = (
            np.sin((lats - lat) / 2) ** 2
            + math.cos(lat) * np.cos(lats) * np.sin((lons - lon) / 2) ** 2
        )
        return np.asarray(2 * _EARTH_KM * np.arcsin(np.sqrt(np.clip(inner, 0, 1))), np.float64)
