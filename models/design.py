"""From training rows to the matrix of a linear score: standardised inputs, weights, periods.

A linear score may look otherwise at units without a recent incident, where the histories
that tell most are all zero: `Calm` names the inputs that get a weight of their own there.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from models.additive import (
    AdditiveScore,
    Array,
    SplitScore,
    TrainingSet,
    Transform,
    known_features,
    transformed,
)

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Calm:
    """Inputs that get a weight of their own in units without a recent incident.

    Attributes
    ----------
    flag : the column that is true there.
    names : the inputs.
    """

    flag: str
    names: tuple[str, ...]


@dataclass(frozen=True)
class Design:
    """The inputs of a linear score, brought to mean 0 and standard deviation 1.

    Attributes
    ----------
    names, transforms, center, scale : of the m inputs, as in `AdditiveScore`.
    calm : the flag, and the places of those inputs among the m that have a weight of their
        own where it is true; None where no input has.
    matrix : (n, m) or (n, m + 1 + number of own weights) float64, column by column in memory.
        A value unknown everywhere at a cutoff stands at 0.
    """

    names: tuple[str, ...]
    transforms: tuple[Transform, ...]
    center: Array
    scale: Array
    calm: tuple[str, list[int]] | None
    matrix: Array

    def score(self, coefficients: Array) -> AdditiveScore | SplitScore:
        """Return the score with these weights, the intercept last."""
        m = len(self.names)
        otherwise = AdditiveScore(
            names=self.names,
            transforms=self.transforms,
            center=self.center,
            scale=self.scale,
            weights=coefficients[:m].copy(),
            intercept=float(coefficients[-1]),
        )
        if self.calm is None:
            return otherwise
        flag, places = self.calm
        weights = coefficients[:m].copy()
        weights[places] += coefficients[m + 1 : -1]
        within = AdditiveScore(
            names=self.names,
            transforms=self.transforms,
            center=self.center,
            scale=self.scale,
            weights=weights,
            intercept=float(coefficients[-1] + coefficients[m]),
        )
        return SplitScore(flag=flag, within=within, otherwise=otherwise)

    def coefficients(self, score: AdditiveScore | SplitScore) -> Array:
        """Return the weights of a score of this design, the intercept last."""
        if isinstance(score, AdditiveScore):
            return np.append(score.weights, score.intercept)
        places = [] if self.calm is None else self.calm[1]
        own = (score.within.weights - score.otherwise.weights)[places]
        shift = score.within.intercept - score.otherwise.intercept
        return np.concatenate([score.otherwise.weights, [shift], own, [score.otherwise.intercept]])


def make_design(
    training: TrainingSet,
    transforms: Mapping[str, Transform],
    weight: Array,
    calm: Calm | None = None,
) -> Design:
    """Return the inputs that tell rows apart, standardised by their weighted mean and spread.

    Parameters
    ----------
    training : n rows.
    transforms : the features that may be used, with their transforms.
    weight : (n,) weight of each row.
    calm : which inputs get a weight of their own in units without a recent incident.
    """
    features = training.features
    names = known_features(features, transforms)
    own: list[int] = []
    flag = None
    if calm is not None and features[calm.flag].n_unique() > 1:
        own = [names.index(name) for name in calm.names if name in names]
        flag = features[calm.flag].cast(pl.Float64).to_numpy()
    m = len(names)
    width = m if flag is None else m + 1 + len(own)
    # One copy of the rows and no more: a million rows of fifty inputs are 0.4 GB.
    matrix = np.empty((features.height, width), order="F")
    center, scale = np.zeros(m), np.ones(m)
    for place, name in enumerate(names):
        column = transformed(features[name].to_numpy(), transforms[name])
        known = ~np.isnan(column)
        seen, weights = (column, weight) if known.all() else (column[known], weight[known])
        center[place] = np.average(seen, weights=weights)
        spread = np.sqrt(np.average((seen - center[place]) ** 2, weights=weights))
        scale[place] = spread if spread > 1e-9 else 1.0
        matrix[:, place] = np.where(known, (column - center[place]) / scale[place], 0.0)
    if flag is not None:
        matrix[:, m] = flag
        for extra, place in enumerate(own):
            matrix[:, m + 1 + extra] = flag * matrix[:, place]
    return Design(
        names=tuple(names),
        transforms=tuple(transforms[name] for name in names),
        center=center,
        scale=scale,
        calm=None if flag is None or calm is None else (calm.flag, own),
        matrix=matrix,
    )


def recency(training: TrainingSet, half_life_years: float) -> Array:
    """Return (n,) weights: a window weighs half as much as one `half_life_years` younger."""
    return np.asarray(0.5 ** (training.years_ago / half_life_years))


def by_time(training: TrainingSet) -> tuple[Mask, Mask] | None:
    """Return the rows of the older windows and those of the newest third, to judge on.

    No outcome of the older may fall where the newest are asked about, though windows may
    overlap. The youngest row is at least a window old, as its window is over; so a row is
    older if it lies that much before the newest third. None where either holds only one
    kind of outcome: then nothing can be judged.
    """
    newest = training.cutoff_index > np.quantile(training.cutoff_index, 2 / 3)
    if not newest.any():
        return None
    age = training.years_ago
    older = ~newest & (age >= age[newest].max() + age.min() - 1e-9)
    for rows in (older, newest):
        if len(np.unique(training.outcome[rows])) < 2:
            return None
    return older, newest
