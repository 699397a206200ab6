"""Scores that are sums: every published model is one, so that its reasons are exact."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray

Array = NDArray[np.float64]
Transform = Literal["identity", "log1p"]
Scale = Literal["count", "log_odds", "log_rate", "index"]
INTERCEPT = "intercept"


@dataclass(frozen=True)
class TrainingSet:
    """Rows to learn from: one a (unit, cutoff) with what followed.

    Attributes
    ----------
    features : frame of n rows, one column a feature.
    outcome : (n,) 0 or 1.
    count : (n,) outcome incidents in the window.
    cutoff_index : (n,) int, 0 for the oldest cutoff.
    years_ago : (n,) years between the row's cutoff and the day of learning.
    block : (n,) int, block of space, such as the kecamatan.
    """

    features: pl.DataFrame
    outcome: Array
    count: Array
    cutoff_index: NDArray[np.int64]
    years_ago: Array
    block: NDArray[np.int64]

    def where(self, kept: NDArray[np.bool_]) -> "TrainingSet":
        """Return the rows for which `kept` is true."""
        return TrainingSet(
            features=self.features.filter(pl.Series(kept)),
            outcome=self.outcome[kept],
            count=self.count[kept],
            cutoff_index=self.cutoff_index[kept],
            years_ago=self.years_ago[kept],
            block=self.block[kept],
        )


class Fitted(Protocol):
    """A learned score that is a sum over features, so that its reasons are exact."""

    @property
    def names(self) -> tuple[str, ...]:
        """The features it looks at."""
        ...

    def contributions(self, features: pl.DataFrame) -> dict[str, Array]:
        """Return what each feature, and the intercept, adds to each unit's score."""
        ...

    def score(self, features: pl.DataFrame) -> Array:
        """Return the (n,) scores, higher meaning riskier: the sum of the contributions."""
        ...


def summed(contributions: Mapping[str, Array]) -> Array:
    """Return the score that contributions add up to, always in the same order."""
    return np.asarray(np.sum(list(contributions.values()), axis=0))


def _total(parts: Iterable[tuple[str, Array]], units: int) -> Array:
    """Return the sum of parts without holding them all: draws for many units need it quick."""
    total = np.zeros(units)
    for _, values in parts:
        total += values
    return total


@dataclass(frozen=True)
class AdditiveScore:
    """A score linear in its inputs: the sum of `weight * (transformed - center) / scale`.

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

    def contributions(self, features: pl.DataFrame) -> dict[str, Array]:
        """Return what each feature adds to each unit's score; together they are the score."""
        return dict(self._parts(features))

    def score(self, features: pl.DataFrame) -> Array:
        """Return the (n,) scores, higher meaning riskier: the sum of the contributions."""
        return _total(self._parts(features), features.height)

    def _parts(self, features: pl.DataFrame) -> Iterator[tuple[str, Array]]:
        yield INTERCEPT, np.full(features.height, self.intercept)
        for name, transform, center, scale, weight in zip(
            self.names, self.transforms, self.center, self.scale, self.weights, strict=True
        ):
            values = transformed(features[name].to_numpy(), transform)
            part = (values - center) / scale * weight
            # Unknown everywhere at a cutoff (NaN) stands at the center: it adds nothing.
            part[np.isnan(values)] = 0.0
            yield name, part


def plain_sum(weights: Mapping[str, float]) -> AdditiveScore:
    """Return the score that is a weighted sum of features as they stand."""
    m = len(weights)
    as_is: Transform = "identity"
    return AdditiveScore(
        names=tuple(weights),
        transforms=(as_is,) * m,
        center=np.zeros(m),
        scale=np.ones(m),
        weights=np.array(list(weights.values()), dtype=np.float64),
        intercept=0.0,
    )


@dataclass(frozen=True)
class ShapeScore:
    """A score that is a sum of one step function a feature (a generalised additive model).

    Attributes
    ----------
    names : names of the m features used.
    edges : for each feature its (b,) rising thresholds; a value x falls into step
        `searchsorted(edges, x, side="left")`: step 0 holds x <= edges[0].
    steps : for each feature the (b + 1,) values of its steps.
    unknown : (m,) what a value unknown everywhere at a cutoff (NaN) adds.
    intercept : constant, shown as a component of its own.
    """

    names: tuple[str, ...]
    edges: tuple[Array, ...]
    steps: tuple[Array, ...]
    unknown: Array
    intercept: float

    def contributions(self, features: pl.DataFrame) -> dict[str, Array]:
        """Return what each feature adds to each unit's score; together they are the score."""
        return dict(self._parts(features))

    def score(self, features: pl.DataFrame) -> Array:
        """Return the (n,) scores, higher meaning riskier: the sum of the contributions."""
        return _total(self._parts(features), features.height)

    def _parts(self, features: pl.DataFrame) -> Iterator[tuple[str, Array]]:
        yield INTERCEPT, np.full(features.height, self.intercept)
        for name, edges, steps, unknown in zip(
            self.names, self.edges, self.steps, self.unknown, strict=True
        ):
            values = transformed(features[name].to_numpy(), "identity")
            found = steps[np.searchsorted(edges, values, side="left")]
            yield name, np.where(np.isnan(values), unknown, found)


@dataclass(frozen=True)
class SplitScore:
    """A score with other weights in units of which a flag is true, such as calm ones.

    Attributes
    ----------
    flag : the column that tells them.
    within, otherwise : the scores where it is true, and where it is not.
    """

    flag: str
    within: AdditiveScore
    otherwise: AdditiveScore

    @property
    def names(self) -> tuple[str, ...]:
        """The features it looks at."""
        return tuple(dict.fromkeys([*self.otherwise.names, *self.within.names, self.flag]))

    def contributions(self, features: pl.DataFrame) -> dict[str, Array]:
        """Return what each feature adds; what the flag adds is between the two intercepts."""
        is_within = features[self.flag].cast(pl.Boolean).to_numpy()
        within, otherwise = (part.contributions(features) for part in (self.within, self.otherwise))
        nothing = np.zeros(features.height)
        parts = {
            name: np.where(is_within, within.get(name, nothing), otherwise.get(name, nothing))
            for name in self.names
        }
        shift = self.within.intercept - self.otherwise.intercept
        parts[self.flag] = parts[self.flag] + np.where(is_within, shift, 0.0)
        return {INTERCEPT: np.full(features.height, self.otherwise.intercept), **parts}

    def score(self, features: pl.DataFrame) -> Array:
        """Return the (n,) scores, higher meaning riskier: the sum of the contributions."""
        return summed(self.contributions(features))


@dataclass(frozen=True)
class SumScore:
    """A weighted sum of other scores; a feature that several use has one contribution."""

    parts: tuple[Fitted, ...]
    shares: Array

    @property
    def names(self) -> tuple[str, ...]:
        """The features that any of the parts looks at."""
        return tuple(dict.fromkeys(name for part in self.parts for name in part.names))

    def contributions(self, features: pl.DataFrame) -> dict[str, Array]:
        """Return what each feature adds to each unit's score; together they are the score."""
        total: dict[str, Array] = {}
        for part, share in zip(self.parts, self.shares, strict=True):
            for name, values in part.contributions(features).items():
                total[name] = total.get(name, 0.0) + share * values
        return total

    def score(self, features: pl.DataFrame) -> Array:
        """Return the (n,) scores, higher meaning riskier: the sum of the contributions."""
        return summed(self.contributions(features))


class Candidate(Protocol):
    """A way of scoring that can be learned and drawn from.

    `scale` tells what a score is: a count, log-odds, a log-rate, or an index with weights set
    by hand. `complexity` orders candidates from simple to involved. `least_outcomes` is how
    many outcomes it needs to be learned at all; 0 for what learns nothing.
    """

    @property
    def name(self) -> str:
        """The name in configuration, lists and tables."""
        ...

    @property
    def scale(self) -> Scale:
        """What a score is."""
        ...

    @property
    def complexity(self) -> int:
        """The place in the order from simple to involved."""
        ...

    @property
    def least_outcomes(self) -> int:
        """Outcomes that a training set must hold."""
        ...

    def fit(self, training: TrainingSet) -> Fitted:
        """Learn the score from the rows of a training set."""
        ...

    def draw(
        self, fitted: Any, training: TrainingSet, draws: int, random: np.random.Generator
    ) -> Sequence[Fitted]:
        """Return scores that the training rows would allow as well, at most `draws` of them."""
        ...


class NothingLearned:
    """What candidates share that learn nothing: only their inputs are uncertain."""

    least_outcomes = 0

    def draw(
        self, fitted: Any, training: TrainingSet, draws: int, random: np.random.Generator
    ) -> Sequence[Fitted]:
        """Return the score itself: there is no other."""
        return [fitted]


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
