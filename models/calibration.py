"""From a score to a probability: one rising curve, learned from past predictions."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from models.additive import Array, Scale


@dataclass(frozen=True)
class Calibration:
    """Probability = logistic(intercept + slope * u), u the score on a scale of log-odds.

    A count enters as log(count + offset): the offset stands for what a place without any
    incident may still have.

    Attributes
    ----------
    slope_error : standard error of the slope: how surely the score tells places apart.
    """

    scale: Scale
    offset: float
    slope: float
    intercept: float
    slope_error: float = 0.0

    def probability(self, score: Array) -> Array:
        """Return the calibrated probabilities; the order of the scores is kept."""
        return np.asarray(expit(self.intercept + self.slope * self.scaled(score)))

    def scaled(self, score: Array) -> Array:
        """Return the score on its scale of log-odds, before the slope."""
        return np.log(score + self.offset) if self.scale == "count" else score

    def draw_slopes(self, draws: int, random: np.random.Generator) -> Array:
        """Return slopes that the past would allow as well; never below zero."""
        return np.maximum(random.normal(self.slope, self.slope_error, size=draws), 0.0)


def calibrate(score: Array, outcome: NDArray[np.bool_], scale: Scale) -> Calibration:
    """Learn the curve from predictions made out of time and what then happened.

    Platt (1999), "Probabilistic outputs for support vector machines", with a slope that
    is never negative: where the score told nothing, every place gets the base rate.

    Raises
    ------
    ValueError
        If only one kind of outcome occurred.
    """
    if outcome.all() or not outcome.any():
        raise ValueError("only one kind of outcome occurred: nothing to calibrate on")
    offset = max(float(score.mean()), 1e-3) if scale == "count" else 0.0
    untrained = Calibration(scale, offset, 0.0, 0.0)
    u = untrained.scaled(score)
    if np.ptp(u) == 0:
        return _base_rate(scale, offset, outcome)
    spread = float(u.std())
    with threadpool_limits(limits=1):
        model = LogisticRegression(C=10.0, solver="newton-cholesky").fit(
            ((u - u.mean()) / spread)[:, None], outcome
        )
    slope = float(model.coef_[0, 0]) / spread
    error = _slope_error(u, model.predict_proba(((u - u.mean()) / spread)[:, None])[:, 1])
    if slope <= 0:
        return _base_rate(scale, offset, outcome, error)
    intercept = float(model.intercept_[0]) - slope * float(u.mean())
    return Calibration(scale, offset, slope, intercept, error)


def _slope_error(u: Array, probability: Array) -> float:
    """Return the standard error of the slope, from the information that the outcomes hold."""
    weight = probability * (1 - probability)
    middle = float((weight * u).sum() / weight.sum())
    return float(1 / np.sqrt((weight * (u - middle) ** 2).sum()))


def _base_rate(
    scale: Scale, offset: float, outcome: NDArray[np.bool_], slope_error: float = 0.0
) -> Calibration:
    """Return the curve that gives every place the same chance (Laplace's rule of succession)."""
    rate = (outcome.sum() + 1) / (len(outcome) + 2)
    return Calibration(scale, offset, 0.0, float(np.log(rate / (1 - rate))), slope_error)
