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
    """

    scale: Scale
    offset: float
    slope: float
    intercept: float

    def probability(self, score: Array) -> Array:
        """Return the calibrated probabilities; the order of the scores is kept."""
        return np.asarray(expit(self.intercept + self.slope * self._scaled(score)))

    def _scaled(self, score: Array) -> Array:
        return np.log(score + self.offset) if self.scale == "count" else score


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
    u = untrained._scaled(score)
    if np.ptp(u) == 0:
        return _base_rate(scale, offset, outcome)
    spread = float(u.std())
    with threadpool_limits(limits=1):
        model = LogisticRegression(C=10.0, solver="newton-cholesky").fit(
            ((u - u.mean()) / spread)[:, None], outcome
        )
    slope = float(model.coef_[0, 0]) / spread
    if slope <= 0:
        return _base_rate(scale, offset, outcome)
    return Calibration(scale, offset, slope, float(model.intercept_[0]) - slope * float(u.mean()))


def _base_rate(scale: Scale, offset: float, outcome: NDArray[np.bool_]) -> Calibration:
    """Return the curve that gives every place the same chance (Laplace's rule of succession)."""
    rate = (outcome.sum() + 1) / (len(outcome) + 2)
    return Calibration(scale, offset, 0.0, float(np.log(rate / (1 - rate))))
