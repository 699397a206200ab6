"""From a point to a village: pinned where it is clear, never where it is not."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl
import pytest
import shapely
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from rawan.errors import RawanError
from rawan.places.claims import SCHEMA
from rawan.places.points import Located, Locator

KM = 1 / 111.195  # of latitude, in degrees

# A row of three squares of a tenth of a degree; the third is of another kecamatan. The second
# claims a strip of the third as well, and north of the first there is the sea.
A, B, C = "99.99.01.2001", "99.99.01.2002", "99.99.02.2001"
OUTLINES = {
    A: shapely.box(120.0, -3.0, 120.1, -2.9),
    B: shapely.box(120.1, -3.0, 120.21, -2.9),
    C: shapely.box(120.2, -3.0, 120.3, -2.9),
}


def gazetteer(places: Mapping[str, tuple[float | None, float | None]]) -> pl.DataFrame:
    schema = {"village_code": pl.String, "lat": pl.Float64, "lon": pl.Float64}
    rows = [(code, *place) for code, place in places.items()]
    return pl.DataFrame(rows, schema=schema, orient="row").with_columns(
        district_code=pl.col("village_code").str.slice(0, 8)
    )


POINTS = gazetteer({A: (-2.95, 120.05), B: (-2.95, 120.15), C: (-2.95, 120.25)})
BY_OUTLINE = Locator(OUTLINES, POINTS, 5.0)
BY_POINT = Locator(None, POINTS, 5.0)


@pytest.mark.parametrize(("lon", "code"), [(120.001, A), (120.099, A), (120.15, B), (120.25, C)])
def test_a_point_inside_one_outline_is_in_that_village(lon: float, code: str) -> None:
    assert BY_OUTLINE.locate(-2.95, lon) == Located(code, code[:8], "outline", None)


def test_on_the_border_of_two_villages_of_one_kecamatan_it_is_the_kecamatan() -> None:
    found = BY_OUTLINE.locate(-2.95, 120.1)
    assert (found.village_code, found.district_code) == (None, A[:8])
    assert found.method == "outline"
    assert found.candidates == ()
    assert "several villages" in (found.reason or "")


@pytest.mark.parametrize("lon", [120.2, 120.205, 120.21])
def test_where_two_kecamatan_overlap_a_person_chooses(lon: float) -> None:
    found = BY_OUTLINE.locate(-2.95, lon)
    assert (found.village_code, found.district_code) == (None, None)
    assert found.candidates == (B, C)
    assert not found.is_outside


def test_on_the_outer_border_it_is_the_village() -> None:
    assert BY_OUTLINE.locate(-2.95, 120.0).village_code == A


def test_on_the_water_near_a_village_it_is_that_village() -> None:
    found = BY_OUTLINE.locate(-2.9 + 0.49 * KM, 120.05)
    assert found == Located(A, A[:8], "outline nearby", None)


def test_farther_out_it_is_outside_the_region() -> None:
    found = BY_OUTLINE.locate(-2.9 + 0.51 * KM, 120.05)
    assert found.is_outside
    assert found.reason == "the point lies in no outline and more than 0.5 km from any."
    assert found.village_code is found.district_code is found.method is None


def test_on_the_water_between_two_villages_neither_is_guessed() -> None:
    north = -2.9 + 0.3 * KM
    assert BY_OUTLINE.locate(north, 120.1001).district_code == A[:8]
    assert BY_OUTLINE.locate(north, 120.1001).village_code is None
    assert BY_OUTLINE.locate(north, 120.2099).candidates == (B, C)


def test_a_village_without_outline_is_found_by_its_point() -> None:
    locator = Locator({A: OUTLINES[A], B: OUTLINES[B]}, POINTS, 5.0)
    assert locator.locate(-2.95, 120.26) == Located(C, C[:8], "nearest", None)
    assert locator.locate(-2.95, 120.15).method == "outline"
    # Elsewhere the outlines decide, however near the points.
    farther = Locator({A: OUTLINES[A], B: OUTLINES[B]}, POINTS, 20.0)
    assert farther.locate(-2.9 + 0.4 * KM, 120.05).method == "outline nearby"
    assert farther.locate(-2.9 + 0.6 * KM, 120.05).is_outside


def test_a_village_without_point_is_found_by_its_outline() -> None:
    places = gazetteer({A: (None, None), B: (-2.95, 120.15), C: (-2.95, 120.25)})
    assert Locator(OUTLINES, places, 5.0).locate(-2.95, 120.05).village_code == A


def test_outlines_of_villages_that_the_gazetteer_lacks_do_not_count() -> None:
    locator = Locator(OUTLINES | {"98.01.01.2001": shapely.box(119, -4, 122, -2)}, POINTS, 5.0)
    assert locator.locate(-2.95, 120.05).village_code == A
    assert locator.locate(-3.5, 121.0).is_outside


@pytest.mark.parametrize(
    ("share", "village", "district"),
    # The share of the way from A's point to B's; a tenth of a degree is 11 km.
    [(0.1, A, A[:8]), (0.17, A, A[:8]), (0.2, None, A[:8]), (0.4, None, A[:8])],
)
def test_without_outlines_the_nearest_is_taken_only_if_it_is_by_far_the_nearest(
    share: float, village: str | None, district: str
) -> None:
    found = BY_POINT.locate(-2.95, 120.05 + 0.1 * share)
    assert (found.village_code, found.district_code) == (village, district)
    assert found.method == "nearest"
    assert (found.reason is None) == (village is not None)


def test_between_two_kecamatan_without_outlines_a_person_chooses() -> None:
    found = BY_POINT.locate(-2.95, 120.195)
    assert found.district_code is None
    assert found.candidates == (B, C)
    # A third of the way the nearer kecamatan is taken, though the village is not.
    found = BY_POINT.locate(-2.95, 120.175)
    assert (found.village_code, found.district_code) == (None, B[:8])


@given(st.floats(0, 360), st.floats(0.01, 9.99))
def test_the_distance_limit_is_a_great_circle(bearing: float, km: float) -> None:
    lat, lon = math.radians(-2.95), math.radians(120.05)
    way, angle = km / 6371.0088, math.radians(bearing)
    north = math.asin(
        math.sin(lat) * math.cos(way) + math.cos(lat) * math.sin(way) * math.cos(angle)
    )
    east = lon + math.atan2(
        math.sin(angle) * math.sin(way) * math.cos(lat),
        math.cos(way) - math.sin(lat) * math.sin(north),
    )
    locator = Locator(None, gazetteer({A: (-2.95, 120.05)}), 5.0)
    found = locator.locate(math.degrees(north), math.degrees(east))
    if abs(km - 5) > 1e-6:
        assert (found.village_code == A) == (km < 5)
        assert found.is_outside == (km > 5)


def test_villages_at_one_and_the_same_point_are_not_told_apart() -> None:
    twins = Locator(None, gazetteer({A: (-2.95, 120.05), C: (-2.95, 120.05)}), 5.0)
    assert twins.locate(-2.95, 120.05).candidates == (A, C)


@pytest.mark.parametrize("locator", [BY_OUTLINE, BY_POINT])
@pytest.mark.parametrize(
    ("lat", "lon", "says"),
    [
        (math.nan, 120.05, "empty or no numbers"),
        (-2.95, math.inf, "empty or no numbers"),
        (0.0, 0.0, "0, 0 stands for"),
        (-0.0, 0.0, "0, 0 stands for"),
        (120.05, -2.95, "swapped"),
        (95.0, 120.05, "within -90 and 90"),
        (-2.95, 500.0, "within -90 and 90"),
        (1e300, -1e300, "within -90 and 90"),
    ],
)
def test_coordinates_that_mean_no_place_say_why(
    locator: Locator, lat: float, lon: float, says: str
) -> None:
    found = locator.locate(lat, lon)
    assert says in (found.reason or "")
    assert found.village_code is found.district_code is found.method is None
    assert not found.is_outside


def test_coordinates_count_as_swapped_only_where_they_would_fit_the_region() -> None:
    assert BY_OUTLINE.locate(-2.95, 100.0).is_outside
    # A region on the diagonal, where both orders fit: the order given counts.
    both = Locator({A: shapely.box(10, 10, 11, 11)}, gazetteer({A: (10.5, 10.5)}), 5.0)
    assert both.locate(10.2, 10.8).village_code == A


def test_without_outlines_and_points_a_point_is_refused_and_no_point_is_none() -> None:
    locator = Locator(None, gazetteer({A: (None, None)}), 5.0)
    assert locator.locate_many([], []).is_empty()
    with pytest.raises(RawanError, match="rawan boundaries"):
        locator.locate(-5.5, 105.5)


def test_no_points_give_no_rows() -> None:
    found = BY_OUTLINE.locate_many([], [])
    assert found.height == 0
    assert dict(found.schema) == SCHEMA


DEGREES = st.one_of(
    st.floats(-3.02, -2.88),
    st.floats(119.98, 120.32),
    st.sampled_from([-2.95, -2.9, -3.0, 120.0, 120.1, 120.2, 120.21, 0.0, math.nan, math.inf]),
    st.floats(),
)


@given(st.lists(st.tuples(DEGREES, DEGREES), max_size=20))
@hypothesis_settings(max_examples=30)
def test_many_points_at_once_mean_what_each_means_alone(
    points: list[tuple[float, float]],
) -> None:
    for locator in (BY_OUTLINE, BY_POINT):
        many = locator.locate_many([p[0] for p in points], [p[1] for p in points])
        for row, (lat, lon) in zip(many.iter_rows(named=True), points, strict=True):
            row["candidates"] = tuple(row["candidates"])
            assert Located(**row) == locator.locate(lat, lon)


def test_a_long_column_keeps_its_order_across_chunks() -> None:
    lons = np.resize([120.05, 120.15, 120.25, 130.0], 600_001)
    found = BY_OUTLINE.locate_many(np.full(len(lons), -2.95), lons)
    expected = np.resize(np.array([A, B, C, None], dtype=object), len(lons))
    assert found["village_code"].to_list() == expected.tolist()


# Any invented region: a field cut along any lines, one village a piece.
CUTS = st.lists(st.integers(1, 99), min_size=0, max_size=4, unique=True)


def cut(east: list[int], north: list[int]) -> dict[str, Any]:
    """Return the pieces of a square degree cut at hundredths, along slanted lines."""
    xs, ys = [0, *sorted(east), 100], [0, *sorted(north), 100]
    pieces = {}
    for row in range(len(ys) - 1):
        for column in range(len(xs) - 1):
            corners = [
                (xs[column], ys[row]),
                (xs[column + 1], ys[row]),
                (xs[column + 1], ys[row + 1]),
                (xs[column], ys[row + 1]),
            ]
            slanted = [(120 + (x + y / 3) / 100, -3 + y / 100) for x, y in corners]
            pieces[f"99.99.{row + 1:02}.{2001 + column}"] = shapely.Polygon(slanted)
    return pieces


def places_of(pieces: Mapping[str, Any]) -> pl.DataFrame:
    return gazetteer({code: (p.centroid.y, p.centroid.x) for code, p in pieces.items()})


@given(CUTS, CUTS, st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=30))
def test_a_point_inside_exactly_one_outline_is_found_there(
    east: list[int], north: list[int], shares: list[tuple[float, float]]
) -> None:
    pieces = cut(east, north)
    lons = [120 + 4 / 3 * share for share, _ in shares]
    lats = [-3 + share for _, share in shares]
    found = Locator(pieces, places_of(pieces), 5.0).locate_many(lats, lons)
    for lat, lon, code in zip(lats, lons, found["village_code"], strict=True):
        inside = [c for c, p in pieces.items() if p.intersects(shapely.Point(lon, lat))]
        if len(inside) == 1:
            assert code == inside[0]
        if len(inside) > 1:
            assert code is None


@given(CUTS, CUTS, st.randoms(use_true_random=False))
@hypothesis_settings(max_examples=30)
def test_the_order_of_outlines_and_of_the_gazetteer_does_not_matter(
    east: list[int], north: list[int], random: Any
) -> None:
    pieces = cut(east, north)
    codes = list(pieces)
    random.shuffle(codes)
    grid = [(-3.01 + i / 20, 119.99 + j / 20) for i in range(21) for j in range(28)]
    lats, lons = [p[0] for p in grid], [p[1] for p in grid]
    shuffled = {code: pieces[code] for code in codes}
    for outlines, other in ((pieces, shuffled), (None, None)):
        expected = Locator(outlines, places_of(pieces), 5.0).locate_many(lats, lons)
        found = Locator(other, places_of(shuffled), 5.0).locate_many(lats, lons)
        assert found.equals(expected)
