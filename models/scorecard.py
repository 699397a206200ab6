"""An expert scorecard: weights that people set, on inputs brought to one scale."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import polars as pl

from models.additive import (
    AdditiveScore,
    NothingLearned,
    Scale,
    TrainingSet,
    Transform,
    known_features,
    transformed,
)


class Scorecard(NothingLearned):
    """Sum of weights times inputs, each measured from its least value in standard deviations.

    Parameters
    ----------
    weights : weight of each feature, as experts set it; the sum is an index, no probability.
    transforms : transform of each feature.
    """

    name = "scorecard"
    scale: Scale = "index"
    complexity = 3

    def __init__(self, weights: Mapping[str, float], transforms: Mapping[str, Transform]) -> None:
        self.weights, self.transforms = dict(weights), dict(transforms)

    def fit(self, training: TrainingSet) -> AdditiveScore:
        """Take the inputs' scale from the training rows; the weights stay as set."""
        names = known_features(
            training.features, {name: self.transforms[name] for name in self.weights}
        )
        columns = [
            transformed(training.features[name].to_numpy(), self.transforms[name]) for name in names
        ]
        return AdditiveScore(
            names=tuple(names),
            transforms=tuple(self.transforms[name] for name in names),
            center=np.array([np.nanmin(column) for column in columns]),
            scale=np.array([np.nanstd(column) or 1.0 for column in columns]),
            weights=np.array([self.weights[name] for name in names]),
            intercept=0.0,
        )


def index_0_100(
    features: pl.DataFrame, weights: Mapping[str, float]
) -> tuple[AdditiveScore, list[str]]:
    """Return an index from 0 to 100 and the names of the inputs left out.

    Each input is scaled from its least (0) to its greatest value (1) over the units, and
    weighs its share of the sum of the weights in use. An input that is the same
    everywhere tells nothing and is left out.

    Raises
    ------
    ValueError
        If no input tells the units apart.
    """
    transforms: dict[str, Transform] = dict.fromkeys(weights, "identity")
    names = [name for name in known_features(features, transforms) if weights[name] > 0]
    if not names:
        raise ValueError("no input of the index tells the units apart")
    columns = [features[name].cast(pl.Float64).to_numpy() for name in names]
    total = sum(weights[name] for name in names)
    score = AdditiveScore(
        names=tuple(names),
        transforms=tuple(transforms[name] for name in names),
        center=np.array([np.nanmin(column) for column in columns]),
        scale=np.array([np.nanmax(column) - np.nanmin(column) for column in columns]),
        weights=np.array([100 * weights[name] / total for name in names]),
        intercept=0.0,
    )
    return score, [name for name in weights if name not in names]


def draw_index_weights(
    score: AdditiveScore, concentration: float, draws: int, random: np.random.Generator
) -> list[AdditiveScore]:
    """Return indexes with weights around those set by hand, each summing to 100.

    People who set weights by hand could have set them a little otherwise: a Dirichlet
    distribution with the given concentration says how little.
    """
    shares = random.dirichlet(concentration * score.weights / score.weights.sum(), size=draws)
    return [replace(score, weights=100 * drawn) for drawn in shares]
