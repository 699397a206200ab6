"""Rows to learn from, in which it is known what matters."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.special import expit

from models.additive import AdditiveScore, Fitted, TrainingSet, Transform

Array = NDArray[np.float64]
TRANSFORMS: dict[str, Transform] = {"past": "log1p", "near": "identity", "size": "identity"}


def learnt(n: int = 1200, windows: int = 6, blocks: int = 12, seed: int = 0) -> TrainingSet:
    """Rows in which `past` matters much, `near` little and `size` not at all."""
    random = np.random.default_rng(seed)
    past, near, size = random.gamma(1, 2, n), random.normal(5, 3, n), random.normal(0, 1, n)
    window = np.sort(np.arange(n) % windows)
    block = random.integers(0, blocks, n)
    log_odds = -2.5 + 1.2 * np.log1p(past) + 0.1 * (near - 5) + random.normal(0, 0.5, blocks)[block]
    return TrainingSet(
        features=pl.DataFrame({"past": past, "near": near, "size": size}),
        outcome=(happened := (random.random(n) < expit(log_odds)).astype(float)),
        count=happened * (1 + random.poisson(0.5, n)),
        cutoff_index=window,
        years_ago=(windows - window) / 2,
        block=block,
    )


def with_features(training: TrainingSet, **columns: object) -> TrainingSet:
    return replace(training, features=training.features.with_columns(**columns))


def region(
    units: int = 240, windows: int = 8, blocks: int = 24, seed: int = 0, level: float = 0.15
) -> TrainingSet:
    """Rows of units with lasting rates, alike within a block, that were counted and count on.

    `size` tells nothing. The columns have the names that the candidates look for.
    """
    random = np.random.default_rng(seed)
    block = np.arange(units) % blocks
    rate = level * random.gamma(2, 0.5, blocks)[block] * random.gamma(0.7, 1 / 0.7, units)
    parts = []
    past = random.poisson(4 * rate).astype(float)
    decayed, last = 0.5 * past, random.poisson(rate).astype(float)
    for window in range(windows):
        future = random.poisson(rate).astype(float)
        others = (np.bincount(block, decayed)[block] - decayed) / (units / blocks - 1)
        parts.append(
            pl.DataFrame(
                {
                    "clash_decayed": decayed,
                    "clash_decayed_long": past,
                    "clash_per_year": past / (2 + window / 2),
                    "clash_182_days": last,
                    "district_clash_decayed": others,
                    "near_clash_decayed": others + random.gamma(0.2, 0.2, units),
                    "size": random.normal(size=units),
                    "is_onset_candidate": decayed < 0.25,
                    "count": future,
                    "window": window,
                    "block": block,
                }
            )
        )
        decayed, past, last = 0.7 * decayed + future, past + future, future
    rows = pl.concat(parts)
    count = rows["count"].to_numpy()
    return TrainingSet(
        features=rows.drop("count", "window", "block"),
        outcome=(count > 0).astype(np.float64),
        count=count,
        cutoff_index=rows["window"].to_numpy().astype(np.int64),
        years_ago=(windows - rows["window"].to_numpy()) / 2,
        block=rows["block"].to_numpy(),
    )


def coefficients(scores: Sequence[Fitted]) -> Array:
    """Return (draws, m + 1) weights of linear scores, the intercept last."""
    linear = [score for score in scores if isinstance(score, AdditiveScore)]
    assert len(linear) == len(scores)
    return np.array([[*score.weights, score.intercept] for score in linear])
