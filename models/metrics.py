"""Measures of a ranking: how much of what happened fell where the list pointed.

Every measure takes the expectation over the orders of tied places, so that no value
depends on row order. A measure that is undefined raises; it never returns an empty value.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from models.additive import Array

Counts = NDArray[np.int64]


class UndefinedMetric(ValueError):
    """The measure has no value on these data."""


def inclusion(score: Array, k: int) -> Array:
    """Return the probability that each place is among the k highest, ties in random order.

    Raises
    ------
    ValueError
        If k is not between 1 and the number of places, or a score is not finite.

    Examples
    --------
    >>> inclusion(np.array([0.9, 0.5, 0.5, 0.1]), k=2).tolist()
    [1.0, 0.5, 0.5, 0.0]
    """
    if not 1 <= k <= len(score):
        raise ValueError(f"k = {k} is not between 1 and {len(score)}")
    _check_finite(score)
    threshold = np.sort(score)[-k]
    above, tied = score > threshold, score == threshold
    share = (k - above.sum()) / tied.sum()
    return np.asarray(above + tied * share, dtype=np.float64)


def capture_at(score: Array, count: Counts, k: int) -> float:
    """Share of all incidents that fall in the k places ranked highest.

    Parameters
    ----------
    score : (n_places,) float, higher means riskier; finite.
    count : (n_places,) incidents after the cutoff; at least one in all.
    k : places that can be attended, 1 <= k <= n_places.

    Raises
    ------
    UndefinedMetric
        If there was no incident: there is nothing to capture.

    References
    ----------
    Chainey, Tompson and Uhlig (2008), "The utility of hotspot mapping", Security Journal 21.

    Examples
    --------
    >>> capture_at(np.array([0.9, 0.5, 0.5, 0.1]), np.array([2, 1, 1, 0]), k=2)
    0.75
    """
    if count.sum() == 0:
        raise UndefinedMetric("there was no incident to capture")
    return float(inclusion(score, k) @ count / count.sum())


def ceiling_at(count: Counts, k: int) -> float:
    """Capture of the best possible order: no list could do better."""
    return capture_at(count.astype(np.float64), count, k)


def pai_at(score: Array, count: Counts, k: int) -> float:
    """Predictive accuracy index: capture divided by the share of places attended."""
    return capture_at(score, count, k) / (k / len(score))


def pei_at(score: Array, count: Counts, k: int) -> float:
    """Predictive efficiency index: capture divided by the best possible capture."""
    return capture_at(score, count, k) / ceiling_at(count, k)


def precision_at(score: Array, count: Counts, k: int) -> float:
    """Share of the k places ranked highest in which anything happened."""
    return float(inclusion(score, k) @ (count > 0) / k)


def auc(score: Array, outcome: NDArray[np.bool_]) -> float:
    """Probability that a place with the outcome scores above one without; ties count half.

    Raises
    ------
    UndefinedMetric
        If only one kind of outcome occurred.
    """
    _check_finite(score)
    positives = int(outcome.sum())
    negatives = len(outcome) - positives
    if positives == 0 or negatives == 0:
        raise UndefinedMetric("only one kind of outcome occurred")
    ranks = rankdata(score)
    total = float(ranks[outcome].sum()) - positives * (positives + 1) / 2
    return total / (positives * negatives)


def brier(probability: Array, outcome: NDArray[np.bool_]) -> float:
    """Mean squared difference between stated probability and outcome; 0 is best.

    Raises
    ------
    UndefinedMetric
        If there is no place at all.
    """
    if len(outcome) == 0:
        raise UndefinedMetric("there is no place")
    _check_finite(probability)
    return float(np.mean((probability - outcome) ** 2))


def _check_finite(values: Array) -> None:
    if not np.isfinite(values).all():
        raise ValueError("a score is not finite")
