"""The logarithm of a decayed count: a yardstick on the scale of learned scores.

It has no place in the comparison by itself, as its order is that of the count; it is a
member of the average.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from models.additive import INTERCEPT, Array, NothingLearned, Scale, TrainingSet, transformed


@dataclass(frozen=True)
class LogScore:
    """log(count + offset): what the offset alone gives, and what the count adds to it."""

    feature: str
    offset: float

    @property
    def names(self) -> tuple[str, ...]:
        """The feature it looks at."""
        return (self.feature,)

    def contributions(self, features: pl.DataFrame) -> dict[str, Array]:
        """Return log(offset), and log(1 + count / offset); 0 where the count is unknown."""
        count = transformed(features[self.feature].to_numpy(), "identity")
        return {
            INTERCEPT: np.full(features.height, np.log(self.offset)),
            self.feature: np.nan_to_num(np.log1p(count / self.offset), nan=0.0),
        }

    def score(self, features: pl.DataFrame) -> Array:
        """Return the (n,) scores, higher meaning riskier: the sum of the contributions."""
        intercept, part = self.contributions(features).values()
        return intercept + part


class LogCount(NothingLearned):
    """log(decayed count + offset); the offset stands for what a place without any may have.

    Parameters
    ----------
    feature : the decayed count of outcome incidents.
    offset : what is added to it.
    """

    name = "log_count"
    scale: Scale = "log_rate"
    complexity = 1

    def __init__(self, feature: str = "clash_decayed", offset: float = 0.5) -> None:
        self.feature, self.offset = feature, offset

    def fit(self, training: TrainingSet) -> LogScore:
        """Return the logarithm itself."""
        return LogScore(self.feature, self.offset)
