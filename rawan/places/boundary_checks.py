"""Whether outlines fit together and fit the gazetteer: overlaps, gaps, villages off their place.

Owns the measures and their tolerances; takes outlines on the flat map, in kilometres. Nothing
is mended here: what does not fit is told.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from rawan.places.equal_area import Floats, Geometries

# Neighbours drawn apart differ by slivers. Told is more than this, or than this share of the
# smaller of the two.
OVERLAP_KM2 = 0.01
OVERLAP_SHARE = 0.005
GAP_KM2 = 0.01


@dataclass(frozen=True)
class Finding:
    """Something about a file of outlines that its user should know.

    `codes` are the villages it concerns; `km2` is its area, where it has one.
    """

    kind: str
    sentence: str
    codes: tuple[str, ...] = ()
    km2: float | None = None


def overlaps(codes: Sequence[str], flat: Geometries, areas: Floats) -> Iterator[Finding]:
    """Find pairs of villages that claim the same ground, the largest first."""
    first, second = shapely.STRtree(flat).query(flat, predicate="intersects")
    once = first < second
    first, second = first[once], second[once]
    shared = shapely.area(shapely.intersection(flat[first], flat[second]))
    smaller = np.minimum(areas[first], areas[second])
    told = np.flatnonzero((shared > OVERLAP_KM2) | (shared > OVERLAP_SHARE * smaller))
    for pair in sorted(told, key=lambda pair: (-shared[pair], codes[first[pair]])):
        a, b = sorted((codes[first[pair]], codes[second[pair]]))
        km2, share = float(shared[pair]), float(shared[pair] / smaller[pair])
        yield Finding(
            "overlap",
            f"{a} and {b} share {km2:.3f} km² ({share:.1%} of the smaller).",
            (a, b),
            km2,
        )


def gaps(codes: Sequence[str], flat: Geometries) -> Iterator[Finding]:
    """Find holes between the outlines, the largest first."""
    whole = shapely.union_all(flat)
    rings = [ring for part in shapely.get_parts(whole) for ring in part.interiors]
    filled = np.array([shapely.Polygon(ring) for ring in rings], dtype=object)
    filled = filled[shapely.area(filled) > GAP_KM2]
    holes = shapely.difference(filled, whole)  # an island inside a hole is no gap
    areas = np.asarray(shapely.area(holes), dtype=np.float64)
    tree = shapely.STRtree(flat)
    for hole in sorted(np.flatnonzero(areas > GAP_KM2).tolist(), key=lambda hole: -areas[hole]):
        around = tree.query(holes[hole], predicate="intersects")
        beside = tuple(sorted(codes[village] for village in around))
        km2 = float(areas[hole])
        yield Finding("gap", f"{km2:.3f} km² between {', '.join(beside)}.", beside, km2)


def points_outside(codes: Sequence[str], flat: Geometries, points: Geometries) -> Iterator[Finding]:
    """Find villages whose own point lies outside their outline, the farthest first.

    Parameters
    ----------
    points : one point a village on the flat map, None where the gazetteer has none.
    """
    distances = np.asarray(shapely.distance(flat, points), dtype=np.float64)
    for village in sorted(
        np.flatnonzero(distances > 0).tolist(), key=lambda village: -distances[village]
    ):
        yield Finding(
            "point outside",
            f"{codes[village]}: its point in the gazetteer lies {distances[village]:.2f} km "
            "outside its outline.",
            (codes[village],),
        )
