"""Bins of a calibration plot: rates that are counted right, with room that holds its promise."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.calibration_bins import LEAST_PLACES, CalibrationBins, calibration_bins, readable_bins
from models.reliability import bins


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


@given(
    st.lists(st.floats(0, 1, allow_subnormal=False), min_size=1, max_size=300),
    st.integers(1, 12),
)
def test_readable_bins_keep_order_and_every_place(stated: list[float], number: int) -> None:
    probability = np.array(stated)
    found = readable_bins(probability, bins(probability, number))
    highest = [probability[found == each].max() for each in range(found.max() + 1)]
    lowest = [probability[found == each].min() for each in range(found.max() + 1)]
    assert all(a < b for a, b in zip(highest, lowest[1:], strict=False))
    if found.max() > 0:
        assert np.bincount(found).min() >= LEAST_PLACES


def test_probabilities_far_apart_stay_apart() -> None:
    probability = np.repeat([0.01, 0.2, 0.21, 0.8], [40, 40, 40, 40])
    found = readable_bins(probability, bins(probability))
    assert np.bincount(found).tolist() == [40, 80, 40]
