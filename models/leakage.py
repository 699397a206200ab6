"""Signs that the future is among the features: what no honest feature can do."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from models.additive import Array, NothingLearned, Scale, TrainingSet
from models.metrics import UndefinedMetric, auc


@dataclass(frozen=True)
class Suspect:
    """A feature that tells outcomes apart too well, with its AUC, whichever way it points."""

    name: str
    auc: float


def too_telling(
    frame: pl.DataFrame, names: Sequence[str], threshold: float, least_outcomes: int
) -> list[Suspect]:
    """Return the features that alone order the outcomes of past windows almost perfectly.

    A copy of the label, or of anything reckoned from it, does so at every cutoff; a feature
    of the past does not. The AUC is averaged over cutoffs, weighted by their outcomes.

    Parameters
    ----------
    frame : one row a (unit, cutoff) whose window is over: features, cutoff, outcome_count.
    names : the features to look at.
    threshold : AUC from which a feature is suspect, such as 0.98.
    least_outcomes : outcomes below which nothing can be said, and nothing is.
    """
    cutoffs = [rows for _, rows in frame.group_by("cutoff", maintain_order=True)]
    happened = [rows["outcome_count"].to_numpy() > 0 for rows in cutoffs]
    if sum(int(outcome.sum()) for outcome in happened) < least_outcomes:
        return []
    found = []
    for name in names:
        values, weights = [], []
        for rows, outcome in zip(cutoffs, happened, strict=True):
            feature = rows[name].cast(pl.Float64).fill_null(0.0).fill_nan(0.0).to_numpy()
            try:
                values.append(auc(feature, outcome))
            except UndefinedMetric:
                continue
            weights.append(int(outcome.sum()))
        if not values:
            continue
        mean = float(np.average(values, weights=weights))
        if max(mean, 1 - mean) >= threshold:
            found.append(Suspect(name, max(mean, 1 - mean)))
    return found


@dataclass(frozen=True)
class Remembered:
    """What a memory says: the outcome of a row it has seen, and the base rate of any other."""

    names: tuple[str, ...]
    outcome_of: dict[int, float]
    base_rate: float

    def contributions(self, features: pl.DataFrame) -> dict[str, Array]:
        """Return the one contribution there is."""
        return {self.names[0]: self.score(features)}

    def score(self, features: pl.DataFrame) -> Array:
        """Return (n,) the remembered outcomes."""
        marks = features[self.names[0]].to_list()
        return np.array([self.outcome_of.get(mark, self.base_rate) for mark in marks])


class Memory(NothingLearned):
    """A learner that knows by heart: chance on rows it never saw, perfect on those it did.

    It shows whether a backtest lets a model see what it is asked about; no honest model is
    as sensitive. Each row must carry a mark of its own.
    """

    name = "memory"
    scale: Scale = "log_odds"
    complexity = 0

    def __init__(self, mark: str) -> None:
        self.mark = mark

    def fit(self, training: TrainingSet) -> Remembered:
        """Remember every row."""
        marks = training.features[self.mark].to_list()
        outcome_of = dict(zip(marks, training.outcome.tolist(), strict=True))
        return Remembered((self.mark,), outcome_of, float(training.outcome.mean()))


def chance_band(
    outcomes: Sequence[NDArray[np.bool_]], standard_errors: float
) -> tuple[float, float]:
    """Return the band that the mean AUC of a score without skill stays within.

    Under chance an AUC has variance (n + 1) / (12 * n1 * n0) (Mann and Whitney 1947, "On a
    test of whether one of two random variables is stochastically larger"); ties make it less.

    Parameters
    ----------
    outcomes : (n,) outcomes at each cutoff, both kinds among them.
    standard_errors : half the width of the band.
    """
    variances = [
        (len(outcome) + 1) / (12 * int(outcome.sum()) * int((~outcome).sum()))
        for outcome in outcomes
    ]
    error = float(np.sqrt(np.sum(variances))) / len(variances)
    return 0.5 - standard_errors * error, 0.5 + standard_errors * error
