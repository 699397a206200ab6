"""Who is near whom: by distance, by pairs, or by block."""

import numpy as np
import pytest

from models.neighbourhood import EARTH_KM, NearUnits, SameBlock

KM = 180 / np.pi / EARTH_KM  # degrees of latitude in a kilometre


def test_the_kernel_weighs_by_distance_in_km_wherever_the_region_lies() -> None:
    for lon in (105.0, 180.0):  # and across the date line
        lat = np.array([0.0, 5 * KM, 0.0])
        around = NearUnits.of_places(lat, np.array([lon, lon, lon - 10 * KM]), scale_km=5.0)
        weights = around.weights.toarray()
        assert weights[0] == pytest.approx([0, np.exp(-0.5), np.exp(-2)])
        assert (weights == weights.T).all()


def test_a_line_of_villages_has_only_so_many_nearest() -> None:
    around = NearUnits.of_places(np.arange(30) * KM, np.full(30, 105.0), 5.0, nearest=4)
    assert (around.weights.toarray()[10] > 0).nonzero()[0].tolist() == [8, 9, 11, 12]


def test_without_a_scale_the_kernel_fits_villages_as_it_fits_counties() -> None:
    random = np.random.default_rng(0)
    lat, lon = random.uniform(-1, 1, 300) * KM, random.uniform(-1, 1, 300) * KM
    near, far = (NearUnits.of_places(lat * s, lon * s) for s in (10, 1000))
    assert np.abs(near.weights.toarray() - far.weights.toarray()).mean() < 1e-3
    assert near.weights.mean() > 0.01


def test_villages_at_the_very_same_place_are_near_each_other_and_not_themselves() -> None:
    around = NearUnits.of_places(np.zeros(6), np.zeros(6), nearest=3)
    weights = around.weights.toarray()
    assert (np.diag(weights) == 0).all()
    assert (weights.sum(axis=1) == 3).all()


def test_a_village_without_coordinates_has_nobody_around_it() -> None:
    lat = np.array([0.0, np.nan, KM])
    around = NearUnits.of_places(lat, np.array([0.0, 0.0, np.nan]))
    assert around.around(np.ones(3)).tolist() == [0, 0, 0]
    around = NearUnits.of_places(np.array([0.0, np.nan, KM]), np.zeros(3), 1.0)
    assert around.around(np.array([1.0, 8.0, 2.0])) == pytest.approx(
        [2 * np.exp(-0.5), 0, np.exp(-0.5)]
    )


def test_pairs_are_taken_as_given() -> None:
    around = NearUnits.of_pairs(3, np.array([0, 2]), np.array([1, 0]), np.array([0.5, 2.0]))
    assert around.around(np.array([1.0, 10.0, 100.0])).tolist() == [5, 0, 2]
    with pytest.raises(ValueError, match="own neighbour"):
        NearUnits.of_pairs(2, np.array([1]), np.array([1]), np.ones(1))
    with pytest.raises(ValueError, match="below zero"):
        NearUnits.of_pairs(2, np.array([1]), np.array([0]), -np.ones(1))


def test_a_mean_takes_the_nearest_that_told() -> None:
    lat = np.arange(6) * KM
    around = NearUnits.of_places(lat, np.zeros(6), scale_km=3.0)
    values = np.array([1.0, 2.0, 4.0, 8.0, 16.0, 32.0])
    told = np.array([True, False, True, True, False, True])
    one = around.mean_around(values, told, 1)
    assert one[[0, 4, 5]].tolist() == [4, 8, 8]
    w = np.exp(-0.5 * (np.array([1, 3]) / 3.0) ** 2)
    assert around.mean_around(values, told, 2)[4] == pytest.approx(
        (np.exp(-0.5 / 9) * 8 + np.exp(-0.5 / 9) * 32) / (2 * np.exp(-0.5 / 9))
    )
    assert around.mean_around(values, told, 2)[0] == pytest.approx(
        (np.exp(-0.5 * 4 / 9) * 4 + w[1] * 8) / (np.exp(-0.5 * 4 / 9) + w[1])
    )


def test_a_block_is_all_that_is_known_without_coordinates() -> None:
    block = SameBlock(np.array([0, 0, 0, 1, 2, 2]))
    values = np.array([1.0, 2.0, 4.0, 8.0, 16.0, 32.0])
    assert block.around(values).tolist() == [6, 5, 3, 0, 32, 16]
    told = np.array([True, False, True, True, False, True])
    means = block.mean_around(values, told, 20)
    assert means[[0, 1, 2, 4]].tolist() == [4, 2.5, 1, 32]
    assert np.isnan(means[[3, 5]]).all()
