"""Bins of a calibration plot: rates that are counted right, with room that holds its promise."""

import numpy as np
import pytest

from models.calibration_bins import CalibrationBins, calibration_bins


def test_bins_hold_the_rates_and_the_room_that_chance_leaves() -> None:
    probability = np.r_[np.full(10, 0.2), np.full(4, 0.6)]
    outcome = np.r_[np.arange(10) == 0, np.ones(4)].astype(bool)
    found = calibration_bins(probability, outcome, np.repeat([0, 3], [10, 4]))
    assert found.places == [10, 4]
    assert found.stated == pytest.approx([0.2, 0.6])
    assert found.happened == pytest.approx([0.1, 1.0])
    n, z = 10, 1.6448536
    middle = (0.1 + z**2 / 20) / (1 + z**2 / n)
    reach = z / (1 + z**2 / n) * (0.09 / n + z**2 / 400) ** 0.5
    assert (found.low[0], found.high[0]) == pytest.approx((middle - reach, middle + reach))
    assert found.high[1] == 1.0
    assert 0.5 < found.low[1] < 0.7


def test_wilson_intervals_hold_their_promise() -> None:
    random = np.random.default_rng(1)
    inside = []
    for _ in range(300):
        outcome = random.random(200) < 0.08
        found = calibration_bins(np.full(200, 0.08), outcome, np.zeros(200, dtype=np.int64))
        inside.append(found.low[0] <= 0.08 <= found.high[0])
    assert 0.85 < np.mean(inside) < 0.96


def test_a_plot_of_bins_that_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot be"):
        CalibrationBins([0.1], [0.2], [0.3], [0.4], [10])
    with pytest.raises(ValueError, match="every bin"):
        CalibrationBins([0.1, 0.2], [0.2], [0.1], [0.4], [10])
