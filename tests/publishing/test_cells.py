"""Cells of the map: every village has one, none overlap, the sea stays empty."""

import time

import numpy as np
import pytest
import shapely

from rawan.publishing.cells import Ring, outlines, village_cells


def area(rings: list[Ring]) -> float:
    return float(sum(shapely.Polygon(ring).area for ring in rings))


@pytest.mark.parametrize(
    "points",
    [
        [(-5.6, 105.5)],
        [(-5.6, 105.5), (-5.6, 105.6)],
        [(-5.6, 105.5), (-5.6, 105.6), (-5.7, 105.5)],
        [(-5.6, 105.5), (-5.65, 105.55), (-5.7, 105.6), (-5.75, 105.65)],
        [(-5.6, 105.5), (-5.6, 105.5), (-5.6, 105.5)],
        [(-5.6, 105.5), (-5.6, 105.5), (-5.7, 105.6)],
    ],
    ids=["one", "two", "three", "on a line", "all on one point", "two on one point"],
)
def test_every_village_has_a_cell_of_its_own(points: list[tuple[float, float]]) -> None:
    ids = [f"v{i}" for i in range(len(points))]
    cells = village_cells([p[0] for p in points], [p[1] for p in points], ids)
    assert sorted(cells) == ids
    shapes = [shapely.Polygon(ring) for name in ids for ring in cells[name]]
    assert all(area(cells[name]) > 0.1 for name in ids)
    assert shapely.union_all(shapes).area == pytest.approx(
        sum(shape.area for shape in shapes), rel=0.01
    )


def test_no_village_gives_no_cell() -> None:
    assert village_cells([], [], []) == {}


def test_north_is_up_and_east_is_right() -> None:
    cells = village_cells([-5.5, -5.7, -5.6], [105.5, 105.5, 105.9], ["n", "s", "e"])
    middle = {name: shapely.Polygon(rings[0]).centroid for name, rings in cells.items()}
    assert middle["n"].y > middle["e"].y > middle["s"].y
    assert middle["e"].x > middle["n"].x


def test_a_village_across_the_sea_does_not_fill_the_sea() -> None:
    lat = [-5.60, -5.61, -5.62, -6.60]
    cells = village_cells(lat, [105.5] * 4, list("abcd"))
    assert area(cells["d"]) < 30
    assert area(cells["d"]) > area(cells["b"])


def test_the_same_cells_in_any_row_order() -> None:
    rng = np.random.default_rng(7)
    lat = list(-5.6 + rng.random(60) / 3)
    lon = list(105.5 + rng.random(60) / 3)
    ids = [f"v{i:02}" for i in range(60)]
    turned = village_cells(lat[::-1], lon[::-1], ids[::-1])
    assert village_cells(lat, lon, ids) == turned


def test_five_thousand_villages_take_seconds() -> None:
    rng = np.random.default_rng(1)
    lat, lon = list(-5 - rng.random(5000)), list(105 + rng.random(5000))
    start = time.perf_counter()
    cells = village_cells(lat, lon, [str(i) for i in range(5000)])
    assert time.perf_counter() - start < 6
    assert len(cells) == 5000
    assert all(cells.values())


def test_the_outline_of_a_group_holds_its_cells() -> None:
    cells = village_cells([-5.6, -5.61, -5.7], [105.5] * 3, list("abc"))
    shape = outlines(cells, {"a": "north", "b": "north", "c": "south", "x": "none"})
    assert sorted(shape) == ["north", "south"]
    assert len(shape["north"]) == 1
    assert area(shape["north"]) >= area(cells["a"]) + area(cells["b"])


@pytest.mark.parametrize(
    ("lat", "ids", "message"),
    [
        ([-5.6], ["a", "b"], "1 latitudes"),
        ([-5.6, -5.7], ["a", "a"], "given twice"),
        ([-5.6, float("nan")], ["a", "b"], "Village b"),
    ],
)
def test_wrong_input_is_named(lat: list[float], ids: list[str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        village_cells(lat, [105.5] * len(lat), ids)
