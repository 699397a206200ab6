"""Ridge regression of any likelihood: fit, choice of the penalty, and draws of the weights.

A penalty is told in units of what the rows know before any input is looked at: with 1, the
weight of an input on its own is halved. So it means the same however often windows are
taken, and however rare the outcome is.
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from models.additive import (
    AdditiveScore,
    Array,
    SplitScore,
    TrainingSet,
    Transform,
)
from models.design import Calm, Design, by_time, make_design, recency
from models.likelihood import Likelihood

# Rows taken at a time: little memory beside the matrix itself.
_ROWS = 65_536
_MOST_STEPS = 100
_CLOSE_ENOUGH = 1e-10


class RidgeScore:
    """What the candidates share that are linear scores learned with a ridge penalty.

    The penalty is chosen among a few by the log score on the newest windows of the
    training set, learned from the older ones, so that no later window helps an earlier.

    Parameters
    ----------
    transforms : the features it may use, with their transforms.
    penalties : ridge penalties to try; a single one is taken as it is.
    recency_half_life_years : age at which a window weighs half as much as one of today.
    calm : the inputs that get a weight of their own in units without a recent incident.
    """

    likelihood: Likelihood

    def __init__(
        self,
        transforms: Mapping[str, Transform],
        penalties: Sequence[float],
        recency_half_life_years: float,
        calm: Calm | None = None,
    ) -> None:
        if not penalties or min(penalties) <= 0:
            raise ValueError("a ridge needs penalties above zero")
        self.transforms = dict(transforms)
        self.penalties = sorted(penalties)
        self.recency_half_life_years = recency_half_life_years
        self.calm = calm

    def target(self, training: TrainingSet) -> Array:
        """Return (n,) what is to be predicted."""
        raise NotImplementedError

    def fit(self, training: TrainingSet) -> AdditiveScore | SplitScore:
        """Learn the weights.

        Raises
        ------
        ValueError
            If the training rows hold only one kind of outcome.
        """
        if len(np.unique(training.outcome)) < 2:
            raise ValueError("the training windows hold only one kind of outcome")
        weight = recency(training, self.recency_half_life_years)
        # One thread: the order of additions must not depend on the number of cores.
        with threadpool_limits(limits=1):
            design = make_design(training, self.transforms, weight, self.calm)
            target = self.target(training)
            penalty = self._penalty(training, design, target, weight)
            return design.score(fit_ridge(design.matrix, target, weight, penalty, self.likelihood))

    def draw(
        self,
        fitted: AdditiveScore | SplitScore,
        training: TrainingSet,
        draws: int,
        random: np.random.Generator,
    ) -> list[AdditiveScore | SplitScore]:
        """Return scores under a bootstrap over blocks of space.

        Each block's share in the fit is drawn from an exponential distribution, and the
        fit is moved by one Newton step, which is what refitting would do to first order
        (Rubin 1981, "The Bayesian Bootstrap"; one-step as in Kline and Santos 2012, "A
        score based approach to wild bootstrap inference"). A block's rows are drawn
        together, so neither overlapping windows nor counts more spread than the
        likelihood allows make the weights look surer than they are.
        """
        weight = recency(training, self.recency_half_life_years)
        with threadpool_limits(limits=1):
            design = make_design(training, self.transforms, weight, self.calm)
            target = self.target(training)
            coefficients = design.coefficients(fitted)
            slope, curvature = _by_block(
                design.matrix, target, weight, training.block, coefficients, self.likelihood
            )
            curvature[np.diag_indices(len(coefficients) - 1)] += self._penalty_of(
                coefficients, slope.sum(axis=0), information(target, weight, self.likelihood)
            )
            shares = random.exponential(size=(draws, len(slope)))
            shares /= shares.mean(axis=1, keepdims=True)
            steps = np.linalg.solve(curvature, ((shares - 1) @ slope).T).T
        return [design.score(coefficients + step) for step in steps]

    def _penalty(
        self, training: TrainingSet, design: Design, target: Array, weight: Array
    ) -> float:
        """Return the penalty with the best log score on the newest third of the windows."""
        periods = by_time(training) if len(self.penalties) > 1 else None
        if periods is None:
            return self.penalties[-1]
        older, newest = periods
        best, least = self.penalties[-1], np.inf
        start = None
        # Of equal losses the greater penalty, which claims less, wins.
        for penalty in reversed(self.penalties):
            start = fit_ridge(
                design.matrix, target, weight * older, penalty, self.likelihood, start
            )
            loss = _loss(design.matrix, target, weight * newest, start, self.likelihood)
            if loss < least:
                best, least = penalty, loss
        return best

    def _penalty_of(self, coefficients: Array, slope: Array, known: float) -> float:
        """Return the absolute penalty that a fit was learned with.

        At the optimum the slope of the likelihood is the penalty times the weights; so it
        need not be chosen again.
        """
        weights = coefficients[:-1]
        length = float(weights @ weights)
        if length == 0:
            return self.penalties[-1] * known
        found = float(weights @ slope[:-1]) / length / known
        return min(self.penalties, key=lambda penalty: abs(np.log(penalty / max(found, 1e-12)))) * (
            known
        )


def information(target: Array, weight: Array, likelihood: Likelihood) -> float:
    """Return what the rows know of one standardised input before any is looked at."""
    mean = float(np.average(target, weights=weight))
    constant = np.array([likelihood.predictor_of(mean)])
    return float(likelihood.curvature(constant, np.array([mean]))[0] * weight.sum())


def fit_ridge(
    matrix: Array,
    target: Array,
    weight: Array,
    penalty: float,
    likelihood: Likelihood,
    start: Array | None = None,
) -> Array:
    """Return the (m + 1,) weights of standardised inputs, the intercept last.

    Newton's method with halved steps on a convex loss: the sum of weighted losses, and half
    the penalty (in units of `information`) times the squared weights; the intercept is free.

    Raises
    ------
    ValueError
        If it does not converge.
    """
    ridge = np.append(
        np.full(matrix.shape[1], penalty * information(target, weight, likelihood)), 0.0
    )
    if start is None:
        start = np.zeros(matrix.shape[1] + 1)
        start[-1] = likelihood.predictor_of(float(np.average(target, weights=weight)))
    found = start

    def objective(at: Array) -> float:
        return _loss(matrix, target, weight, at, likelihood) + float(ridge @ at**2) / 2

    value = objective(found)
    for _ in range(_MOST_STEPS):
        slope, curvature = np.zeros_like(found), np.zeros((len(found), len(found)))
        for rows, inputs in _pieces(matrix, weight):
            predictor = inputs @ found
            residual = likelihood.residual(predictor, target[rows])
            slope += inputs.T @ (weight[rows] * residual)
            bend = weight[rows] * likelihood.curvature(predictor, target[rows])
            inputs *= np.sqrt(bend)[:, None]
            curvature += inputs.T @ inputs
        slope -= ridge * found
        curvature[np.diag_indices(len(found))] += ridge
        step = np.linalg.solve(curvature, slope)
        gain = float(step @ slope)
        if gain <= _CLOSE_ENOUGH * abs(value):
            return found + step
        length = 1.0
        while (new := objective(found + length * step)) > value - 1e-4 * length * gain:
            length /= 2
            if length < 1e-8:
                return found
        found, value = found + length * step, new
    raise ValueError("the ridge regression did not converge")


def _pieces(matrix: Array, weight: Array) -> Iterator[tuple[slice, Array]]:
    """Yield rows with weight, piece by piece, as a copy with a column of ones at the end."""
    for first in range(0, len(matrix), _ROWS):
        rows = slice(first, min(first + _ROWS, len(matrix)))
        if weight[rows].any():
            ones = np.ones((rows.stop - rows.start, 1))
            yield rows, np.hstack([matrix[rows], ones])


def _loss(
    matrix: Array, target: Array, weight: Array, coefficients: Array, likelihood: Likelihood
) -> float:
    total = 0.0
    for rows, inputs in _pieces(matrix, weight):
        loss = likelihood.loss(inputs @ coefficients, target[rows])
        total += float(weight[rows] @ loss)
    return total


def _by_block(
    matrix: Array,
    target: Array,
    weight: Array,
    block: NDArray[np.int64],
    coefficients: Array,
    likelihood: Likelihood,
) -> tuple[Array, Array]:
    """Return the slope of the log-likelihood by block, (blocks, m + 1), and its curvature."""
    blocks, index = np.unique(block, return_inverse=True)
    size = len(coefficients)
    slope, curvature = np.zeros((len(blocks), size)), np.zeros((size, size))
    for rows, inputs in _pieces(matrix, weight):
        predictor = inputs @ coefficients
        residual = weight[rows] * likelihood.residual(predictor, target[rows])
        for column in range(size):
            slope[:, column] += np.bincount(
                index[rows], inputs[:, column] * residual, minlength=len(blocks)
            )
        bend = weight[rows] * likelihood.curvature(predictor, target[rows])
        inputs *= np.sqrt(bend)[:, None]
        curvature += inputs.T @ inputs
    return slope, curvature
