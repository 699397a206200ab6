"""Scores that are sums: every published model is one, so that its reasons are exact."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray

Array = NDArray[np.float64]
Transform = Literal["identity", "log1p"]
Scale = Literal["count", "log_odds", "index"]
INTERCEPT = "intercept"


@dataclass(frozen=True)
class TrainingSet:
    """Rows to learn from: one a (unit, cutoff) with its outcome.

    Attributes
    ----------
    features : frame of n rows, one column a feature.
    outcome : (n,) 0 or 1.
    cutoff_index : (n,) int, 0 for the oldest cutoff.
    years_ago : (n,) years between the row's cutoff and the day of learning.
    block : (n,) int, block of space, such as the kecamatan.
    """

    features: pl.DataFrame
    outcome: Array
    cutoff_index: NDArray[np.int64]
    years_ago: Array
    block: NDArray[np.int64]


@dataclass(frozen=True)
class AdditiveScore:
    """A fitted score: the sum over features of `weight * (transformed - center) / scale`.

    Attributes
    ----------
    names : names of the m features used.
    transforms : how each is transformed first.
    center, scale, weights : (m,) arrays; scale is above zero.
    intercept : constant, shown as a component of its own.
    """

    names: tuple[str, ...]
    transforms: tuple[Transform, ...]
    center: Array
    scale: Array
    weights: Array
    intercept: float

    def standardised(self, features: pl.DataFrame) -> Array:
        """Return the (n, m) matrix that the weights multiply.

        A value unknown everywhere at a cutoff (NaN) stands at the center: it adds nothing.
        """
        columns = [
            transformed(features[name].to_numpy(), transform)
            for name, transform in zip(self.names, self.transforms, strict=True)
        ]
        if not columns:
            return np.zeros((features.height, 0))
        matrix = (np.column_stack(columns) - self.center) / self.scale
        return np.asarray(np.nan_to_num(matrix, nan=0.0), dtype=np.float64)

    def contributions(self, features: pl.DataFrame) -> dict[str, Array]:
        """Return what each feature adds to each unit's score; together they are the score."""
        matrix = self.standardised(features) * self.weights
        parts = {name: matrix[:, column] for column, name in enumerate(self.names)}
        return {INTERCEPT: np.full(features.height, self.intercept), **parts}

    def score(self, features: pl.DataFrame) -> Array:
        """Return the (n,) scores, higher meaning riskier: the sum of the contributions."""
        return np.asarray(np.sum(list(self.contributions(features).values()), axis=0))


class Candidate(Protocol):
    """A way of scoring that can be learned and drawn from.

    `scale` tells what a score is: a count, log-odds, or an index with weights set by hand.
    `complexity` orders candidates from simple to involved.
    """

    name: str
    scale: Scale
    complexity: int

    def fit(self, training: TrainingSet) -> AdditiveScore:
        """Learn the score from the rows of a training set."""
        ...

    def draw_weights(
        self,
        fitted: AdditiveScore,
        training: TrainingSet,
        draws: int,
        random: np.random.Generator,
    ) -> Array:
        """Return (draws, m + 1) plausible weights, the intercept last."""
        ...


class FixedWeights:
    """What candidates share that learn no weights: only their inputs are uncertain."""

    def draw_weights(
        self,
        fitted: AdditiveScore,
        training: TrainingSet,
        draws: int,
        random: np.random.Generator,
    ) -> Array:
        """Return the same weights for every draw."""
        return np.tile(np.append(fitted.weights, fitted.intercept), (draws, 1))


def transformed(values: Array, transform: Transform) -> Array:
    """Return values as a model sees them; NaN (unknown everywhere at a cutoff) stays NaN.

    Raises
    ------
    ValueError
        If a value is infinite.
    """
    array = np.asarray(values, dtype=np.float64)
    if np.isinf(array).any():
        raise ValueError("a feature holds an infinite value")
    return np.log1p(array) if transform == "log1p" else array


def known_features(features: pl.DataFrame, names: Mapping[str, Transform]) -> list[str]:
    """Return the features that tell rows apart: known for a fifth of them, and not constant."""
    return [
        name
        for name in names
        if features[name].null_count() <= 0.8 * features.height
        and features[name].drop_nulls().n_unique() > 1
    ]
