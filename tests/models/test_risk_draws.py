"""Draws of expected incidents: they sum to what is calibrated, and keep the order of the draw."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from models.additive import AdditiveScore
from models.calibration import Calibration
from models.ranking import draw_scores
from models.risk_draws import draw_log_odds, expected_incidents

Draws = NDArray[np.float64]


@st.composite
def log_odds(draw: st.DrawFn) -> Draws:
    shape = draw(st.tuples(st.integers(1, 5), st.integers(2, 9)))
    return draw(arrays(np.float64, shape, elements=st.floats(-30, 30))) + 0.25


@given(log_odds(), st.floats(0.01, 0.99))
def test_every_draw_expects_the_calibrated_total(drawn: Draws, share: float) -> None:
    total = share * drawn.shape[1]
    expected = expected_incidents(drawn, total)
    assert expected.sum(axis=1) == pytest.approx(np.full(len(drawn), total), rel=1e-9)
    assert ((expected >= 0) & (expected <= 1)).all()


@given(log_odds(), st.sampled_from([None, 0.5, 1.5]))
def test_the_riskier_of_two_units_is_expected_to_have_more(
    drawn: Draws, total: float | None
) -> None:
    expected = expected_incidents(drawn, total)
    order = np.argsort(drawn, axis=1)
    assert (np.diff(np.take_along_axis(expected, order, axis=1), axis=1) >= 0).all()


@given(log_odds())
def test_without_calibration_they_are_shares(drawn: Draws) -> None:
    assert expected_incidents(drawn, None).sum(axis=1) == pytest.approx(np.ones(len(drawn)))


@given(log_odds(), st.floats(-50, 50))
def test_a_constant_added_to_a_draw_changes_nothing(drawn: Draws, constant: float) -> None:
    same = expected_incidents(drawn + constant, 1.0)
    assert same == pytest.approx(expected_incidents(drawn, 1.0), abs=1e-9)


def test_an_order_is_refused_since_it_does_not_say_how_far_apart_two_are() -> None:
    with pytest.raises(ValueError, match="orders"):
        expected_incidents(np.array([[2.0, 0.0, 1.0], [0.0, 1.0, 2.0]]), 1.0)


@pytest.mark.parametrize("total", [0.0, -1.0, 2.0, 5.0])
def test_a_total_that_cannot_be_is_refused(total: float) -> None:
    with pytest.raises(ValueError, match="total"):
        expected_incidents(np.array([[0.5, 0.1]]), total)


def test_what_is_not_finite_is_refused() -> None:
    with pytest.raises(ValueError, match="finite"):
        expected_incidents(np.array([[0.5, np.nan]]), 1.0)


def test_log_odds_have_the_spread_that_the_ranks_are_drawn_with() -> None:
    features = pl.DataFrame({"x": [0.0, 1.0, 3.0]})
    one = np.ones(1)
    score = AdditiveScore(("x",), ("identity",), 0 * one, one, one, 0.0)
    curve = Calibration("log_odds", 0.0, 1.5, 0.0)
    spread = np.array([0.1, 0.5, 1.0])
    drawn = draw_log_odds([score], 4000, features, spread, curve, np.random.default_rng(1))
    assert drawn.mean(axis=0) == pytest.approx([0.0, 1.5, 4.5], abs=0.06)
    assert drawn.std(axis=0) == pytest.approx(spread, rel=0.06)
    orders = draw_scores([score], 4000, features, spread, curve, np.random.default_rng(2))
    first = (drawn.argmax(axis=1) == 2).mean()
    assert first == pytest.approx((orders.argmax(axis=1) == 2).mean(), abs=0.03)
