"""Ridge logistic regression on windows: log-odds of an outcome within the next window."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from models.additive import (
    AdditiveScore,
    Array,
    Scale,
    TrainingSet,
    Transform,
    known_features,
    transformed,
)


class RidgeLogistic:
    """Regularised logistic regression; recent windows weigh more.

    The penalty is chosen among a few by the log loss on the newest windows of the
    training set, learned from the older ones, so that no later window helps an earlier.

    Parameters
    ----------
    transforms : the features it may use, with their transforms.
    penalties : ridge penalties to try (1 / C of scikit-learn), on standardised features.
    recency_half_life_years : age at which a window weighs half as much as one of today.
    """

    name = "ridge_logistic"
    scale: Scale = "log_odds"
    complexity = 2
    least_outcomes = 5

    def __init__(
        self,
        transforms: Mapping[str, Transform],
        penalties: Sequence[float],
        recency_half_life_years: float,
    ) -> None:
        self.transforms = dict(transforms)
        self.penalties = sorted(penalties)
        self.recency_half_life_years = recency_half_life_years

    def fit(self, training: TrainingSet) -> AdditiveScore:
        """Learn the weights.

        Raises
        ------
        ValueError
            If the training rows hold only one kind of outcome.
        """
        if len(np.unique(training.outcome)) < 2:
            raise ValueError("the training windows hold only one kind of outcome")
        names = known_features(training.features, self.transforms)
        matrix, center, scale = self._standardised(training.features, names)
        weight = self._recency(training)
        fitted = _fit(matrix, training.outcome, weight, self._penalty(training, matrix, weight))
        return AdditiveScore(
            names=tuple(names),
            transforms=tuple(self.transforms[name] for name in names),
            center=center,
            scale=scale,
            weights=fitted.coef_[0].astype(np.float64),
            intercept=float(fitted.intercept_[0]),
        )

    def draw(
        self,
        fitted: AdditiveScore,
        training: TrainingSet,
        draws: int,
        random: np.random.Generator,
    ) -> list[AdditiveScore]:
        """Return scores under a bootstrap over blocks of space.

        Each block's share in the fit is drawn from an exponential distribution, and the
        fit is moved by one Newton step, which is what refitting would do to first order
        (Rubin 1981, "The Bayesian Bootstrap"; one-step as in Kline and Santos 2012, "A
        score based approach to wild bootstrap inference").
        """
        # One thread, here as in the fit: the last bit must not depend on the number of cores.
        with threadpool_limits(limits=1):
            matrix = np.column_stack(
                [fitted.standardised(training.features), np.ones(len(training.outcome))]
            )
            coefficients = np.append(fitted.weights, fitted.intercept)
            weight = self._recency(training)
            probability = expit(matrix @ coefficients)
            residual = weight * (training.outcome - probability)
            blocks, index = np.unique(training.block, return_inverse=True)
            gradient = np.zeros((len(blocks), matrix.shape[1]))
            np.add.at(gradient, index, matrix * residual[:, None])
            penalty = self._penalty(training, matrix[:, :-1], weight)
            curvature = (matrix * (weight * probability * (1 - probability))[:, None]).T @ matrix
            curvature[np.diag_indices(len(fitted.weights))] += penalty
            shares = random.exponential(size=(draws, len(blocks)))
            shares /= shares.mean(axis=1, keepdims=True)
            steps = np.linalg.solve(curvature, ((shares - 1) @ gradient).T).T
        return [
            replace(fitted, weights=drawn[:-1], intercept=float(drawn[-1]))
            for drawn in coefficients + steps
        ]

    def _recency(self, training: TrainingSet) -> Array:
        return np.asarray(0.5 ** (training.years_ago / self.recency_half_life_years))

    def _standardised(self, features: pl.DataFrame, names: list[str]) -> tuple[Array, Array, Array]:
        columns = np.array(
            [transformed(features[name].to_numpy(), self.transforms[name]) for name in names]
        )
        columns = columns.reshape(len(names), features.height).T
        center, scale = np.nanmean(columns, axis=0), np.nanstd(columns, axis=0)
        return np.nan_to_num((columns - center) / scale, nan=0.0), center, scale

    def _penalty(self, training: TrainingSet, matrix: Array, weight: Array) -> float:
        """Return the penalty with the least log loss on the newest third of the windows."""
        if len(self.penalties) == 1:
            return self.penalties[0]
        newest = training.cutoff_index > np.quantile(training.cutoff_index, 2 / 3)
        older: NDArray[np.bool_] = ~newest
        outcome = training.outcome
        if len(np.unique(outcome[older])) < 2 or len(np.unique(outcome[newest])) < 2:
            return self.penalties[-1]
        losses = []
        for penalty in self.penalties:
            fitted = _fit(matrix[older], outcome[older], weight[older], penalty)
            chance = fitted.predict_proba(matrix[newest])[:, 1].clip(1e-9, 1 - 1e-9)
            loss = -np.where(outcome[newest] == 1, np.log(chance), np.log1p(-chance))
            losses.append(float(np.average(loss, weights=weight[newest])))
        # Of equal losses the greater penalty, which claims less, wins.
        return self.penalties[len(losses) - 1 - int(np.argmin(losses[::-1]))]


def _fit(matrix: Array, outcome: Array, weight: Array, penalty: float) -> LogisticRegression:
    # One thread: the order of additions must not depend on the number of cores.
    with threadpool_limits(limits=1):
        model = LogisticRegression(C=1 / penalty, solver="newton-cholesky", max_iter=200)
        return model.fit(matrix, outcome, sample_weight=weight)
