"""Calibration: a probability that means what it says, and never a different order."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.special import expit

from models.additive import Scale
from models.calibration import calibrate

Scores = NDArray[np.float64]


def simulated(n: int, seed: int) -> tuple[Scores, NDArray[np.bool_]]:
    """Log-odds that are exactly right, and outcomes drawn from them."""
    random = np.random.default_rng(seed)
    log_odds = random.normal(-2.0, 1.5, n)
    return log_odds, random.random(n) < expit(log_odds)


def test_log_odds_that_are_right_are_left_as_they_are() -> None:
    log_odds, outcome = simulated(200_000, 1)
    curve = calibrate(log_odds, outcome, "log_odds")
    assert curve.slope == pytest.approx(1, abs=0.03)
    assert curve.intercept == pytest.approx(0, abs=0.05)


@pytest.mark.parametrize(("claimed", "slope"), [(3.0, 1 / 3), (0.5, 2.0)])
def test_scores_that_claim_too_much_or_too_little_are_put_right(
    claimed: float, slope: float
) -> None:
    log_odds, outcome = simulated(200_000, 2)
    curve = calibrate(claimed * log_odds + 1.0, outcome, "log_odds")
    assert curve.slope == pytest.approx(slope, rel=0.03)
    assert curve.probability(claimed * log_odds + 1.0) == pytest.approx(expit(log_odds), abs=0.01)


@pytest.mark.parametrize("scale", ["log_odds", "count"])
def test_the_mean_probability_is_the_base_rate(scale: Scale) -> None:
    log_odds, outcome = simulated(5000, 3)
    score = log_odds if scale == "log_odds" else np.exp(log_odds)
    curve = calibrate(score, outcome, scale)
    assert curve.probability(score).mean() == pytest.approx(outcome.mean(), abs=0.002)


@given(
    st.lists(st.tuples(st.floats(0, 50), st.booleans()), min_size=3, max_size=60),
    st.sampled_from(["log_odds", "count"]),
)
def test_calibration_never_changes_the_order(pairs: list[tuple[float, bool]], scale: Scale) -> None:
    score, outcome = np.array([s for s, _ in pairs]), np.array([o for _, o in pairs])
    if outcome.all() or not outcome.any():
        return
    curve = calibrate(score, outcome, scale)
    rising = curve.probability(np.linspace(0, 60, 100))
    assert curve.slope >= 0
    assert (np.diff(rising) >= 0).all()
    assert ((rising >= 0) & (rising <= 1)).all()


def test_a_higher_score_means_a_higher_probability_where_the_score_tells_anything() -> None:
    log_odds, outcome = simulated(3000, 4)
    curve = calibrate(log_odds, outcome, "log_odds")
    assert (np.diff(curve.probability(np.linspace(-5, 3, 50))) > 0).all()


def test_a_score_that_pointed_the_wrong_way_gives_everyone_the_base_rate() -> None:
    log_odds, outcome = simulated(3000, 5)
    curve = calibrate(-log_odds, outcome, "log_odds")
    probability = curve.probability(np.array([-100.0, 0.0, 100.0]))
    assert curve.slope == 0
    assert probability == pytest.approx(outcome.mean(), abs=0.001)


@pytest.mark.parametrize("value", [0.0, 0.1, 1 / 3, -2.3])
@pytest.mark.parametrize("n", [100, 999, 5000])
def test_a_score_that_was_the_same_everywhere_gives_everyone_the_base_rate(
    value: float, n: int
) -> None:
    """Rounding of the mean must not pass for a spread: 0.1 a hundred times is no signal."""
    outcome = np.random.default_rng(6).random(n) < 0.3
    curve = calibrate(np.full(n, value), outcome, "log_odds")
    assert curve.probability(np.array([value, value + 0.5])) == pytest.approx(
        outcome.mean(), abs=0.01
    )


def test_a_place_without_any_incident_keeps_a_probability_and_a_little_count_is_little() -> None:
    random = np.random.default_rng(7)
    count = np.where(random.random(20_000) < 0.3, random.gamma(1.0, size=20_000), 0.0)
    true = 0.03 + 0.1 * count.clip(max=5)
    curve = calibrate(count, random.random(20_000) < true, "count")
    none, little, much = curve.probability(np.array([0.0, 0.1, 3.0]))
    assert none == pytest.approx(0.03, abs=0.015)
    assert none < little < 0.07
    assert much == pytest.approx(0.33, abs=0.1)


@pytest.mark.parametrize("happened", [True, False])
def test_one_kind_of_outcome_is_nothing_to_calibrate_on(happened: bool) -> None:
    with pytest.raises(ValueError, match="one kind of outcome"):
        calibrate(np.arange(4.0), np.full(4, happened), "log_odds")
