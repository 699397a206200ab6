"""Likelihoods of one window's outcome, as functions of a linear predictor."""

from typing import Protocol

import numpy as np
from scipy.special import expit

from models.additive import Array

# Beyond it a log-rate is no rate of this world, and its exponential would overflow.
_HIGHEST = 50.0


class Likelihood(Protocol):
    """What ridge regression needs to know of a likelihood; all arrays are (n,)."""

    def loss(self, predictor: Array, target: Array) -> Array:
        """Return the negative log-likelihood, without terms of the target alone."""
        ...

    def residual(self, predictor: Array, target: Array) -> Array:
        """Return its slope, turned round: how much higher the predictor should be."""
        ...

    def curvature(self, predictor: Array, target: Array) -> Array:
        """Return its second derivative; never below zero."""
        ...

    def predictor_of(self, mean: float) -> float:
        """Return the predictor that stands for a mean."""
        ...


class Logistic:
    """An outcome of 0 or 1; the predictor is its log-odds."""

    def loss(self, predictor: Array, target: Array) -> Array:
        """Return log(1 + exp(predictor)) - target * predictor."""
        return np.asarray(np.logaddexp(0.0, predictor) - target * predictor)

    def residual(self, predictor: Array, target: Array) -> Array:
        """Return the outcome less its probability."""
        return np.asarray(target - expit(predictor))

    def curvature(self, predictor: Array, target: Array) -> Array:
        """Return p (1 - p)."""
        probability = expit(predictor)
        return np.asarray(probability * (1 - probability))

    def predictor_of(self, mean: float) -> float:
        """Return the log-odds."""
        return float(np.log(mean / (1 - mean)))


class NegativeBinomial:
    """A count with variance `mean + dispersion * mean ** 2`; the predictor is its log-mean.

    With a dispersion of 0 it is Poisson's. See Cameron and Trivedi (2013), "Regression
    Analysis of Count Data", section 3.3 (NB2).
    """

    def __init__(self, dispersion: float) -> None:
        self.dispersion = dispersion

    def _mean(self, predictor: Array) -> Array:
        return np.asarray(np.exp(np.minimum(predictor, _HIGHEST)))

    def loss(self, predictor: Array, target: Array) -> Array:
        """Return (target + 1 / dispersion) log(1 + dispersion * mean) - target * predictor."""
        mean = self._mean(predictor)
        if self.dispersion == 0:
            return mean - target * predictor
        excess = np.log1p(self.dispersion * mean)
        return np.asarray((target + 1 / self.dispersion) * excess - target * predictor)

    def residual(self, predictor: Array, target: Array) -> Array:
        """Return the count less its mean, as a share of `1 + dispersion * mean`."""
        mean = self._mean(predictor)
        return (target - mean) / (1 + self.dispersion * mean)

    def curvature(self, predictor: Array, target: Array) -> Array:
        """Return the observed curvature, which keeps the loss convex."""
        mean = self._mean(predictor)
        return mean * (1 + self.dispersion * target) / (1 + self.dispersion * mean) ** 2

    def predictor_of(self, mean: float) -> float:
        """Return the logarithm."""
        return float(np.log(mean))
