"""Measures of a ranking: how much of what happened fell where the list pointed.

Every measure takes the expectation over the orders of tied places, so that no value
depends on row order; best and worst case over those orders are apart. A measure that is
undefined raises; it never returns an empty value. How far stated probabilities can be
believed is in `models.reliability`, intervals are in `models.evidence`.

Weights are for the bootstrap: a place with weight 2 counts twice, one with weight 0 not at
all. Measures at k keep the list that was made of the places as they are, and weigh what
happened in them; AUC and average precision are those of the repeated places.
"""

import numpy as np
from numpy.typing import NDArray

from models.additive import Array

Counts = NDArray[np.int64]
Outcomes = NDArray[np.bool_]


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
    check_finite(score)
    threshold = np.sort(score)[-k]
    above, tied = score > threshold, score == threshold
    share = (k - above.sum()) / tied.sum()
    return np.asarray(above + tied * share, dtype=np.float64)


def inclusion_range(score: Array, count: Counts, k: int) -> tuple[Array, Array]:
    """Return who is among the k highest in the worst and in the best order of tied places.

    The worst order puts those with the fewest incidents first, the best those with the
    most; either is the extreme for capture and for precision alike.

    Examples
    --------
    >>> worst, best = inclusion_range(np.array([0.5, 0.5, 0.1]), np.array([0, 2, 1]), k=1)
    >>> worst.tolist(), best.tolist()
    ([1.0, 0.0, 0.0], [0.0, 1.0, 0.0])
    """
    check_finite(score)
    return inclusion(_ordered(score, -count), k), inclusion(_ordered(score, count), k)


def capture_at(score: Array, count: Counts, k: int, weight: Counts | None = None) -> float:
    """Share of all incidents that fall in the k places ranked highest.

    Parameters
    ----------
    score : (n_places,) float, higher means riskier; finite.
    count : (n_places,) incidents after the cutoff; at least one in all.
    k : places that can be attended, 1 <= k <= n_places.
    weight : (n_places,) how often each place counts; once if not given.

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
    return _captured(inclusion(score, k), count, weight)


def capture_range_at(score: Array, count: Counts, k: int) -> tuple[float, float]:
    """Return the capture in the worst and in the best order of tied places."""
    worst, best = inclusion_range(score, count, k)
    return _captured(worst, count), _captured(best, count)


def ceiling_at(count: Counts, k: int, weight: Counts | None = None) -> float:
    """Capture of the best possible order: no list could do better."""
    return capture_at(count.astype(np.float64), count, k, weight)


def pai_at(
    score: Array,
    count: Counts,
    k: int,
    exposure: Array | None = None,
    weight: Counts | None = None,
) -> float:
    """Predictive accuracy index: capture divided by the share of places attended.

    Parameters
    ----------
    exposure : (n_places,) what the share is taken of, such as population or area; each
        place counts the same if not given.

    Raises
    ------
    UndefinedMetric
        If there was no incident, or the attended places hold no exposure.
    ValueError
        If an exposure is negative or not finite.

    Examples
    --------
    >>> score, count = np.array([0.9, 0.5, 0.1, 0.0]), np.array([3, 1, 0, 0])
    >>> pai_at(score, count, k=1), pai_at(score, count, k=1, exposure=np.array([5.0, 1, 2, 2]))
    (3.0, 1.5)
    """
    size = np.ones(len(score)) if exposure is None else exposure
    check_exposure(size)
    times = size if weight is None else size * weight
    attended = total(inclusion(score, k), times)
    if attended == 0:
        raise UndefinedMetric("the attended places hold no exposure")
    return capture_at(score, count, k, weight) / (attended / total(times))


def pei_at(score: Array, count: Counts, k: int, weight: Counts | None = None) -> float:
    """Predictive efficiency index: capture divided by the best possible capture."""
    best = ceiling_at(count, k, weight)
    if best == 0:
        raise UndefinedMetric("there was no incident that a list of k places could capture")
    return capture_at(score, count, k, weight) / best


def precision_at(score: Array, count: Counts, k: int, weight: Counts | None = None) -> float:
    """Share of the k places ranked highest in which anything happened.

    Raises
    ------
    UndefinedMetric
        If all of the k places have weight 0.
    """
    return _precise(inclusion(score, k), count, weight)


def precision_range_at(score: Array, count: Counts, k: int) -> tuple[float, float]:
    """Return the precision in the worst and in the best order of tied places."""
    worst, best = inclusion_range(score, count, k)
    return _precise(worst, count), _precise(best, count)


def auc(score: Array, outcome: Outcomes, weight: Counts | None = None) -> float:
    """Probability that a place with the outcome scores above one without; ties count half.

    Raises
    ------
    UndefinedMetric
        If only one kind of outcome occurred.
    """
    hits, misses = _by_level(score, outcome, weight)
    positives, negatives = float(hits.sum()), float(misses.sum())
    if positives == 0 or negatives == 0:
        raise UndefinedMetric("only one kind of outcome occurred")
    above = np.cumsum(misses) - misses
    return total(hits, negatives - above - misses / 2) / (positives * negatives)


def average_precision(score: Array, outcome: Outcomes, weight: Counts | None = None) -> float:
    """Mean, over the places with the outcome, of the precision of the list down to there.

    Tied places count by the exact expectation over their orders (see `tied_precision`).

    Raises
    ------
    UndefinedMetric
        If the outcome did not occur.

    References
    ----------
    McSherry and Najork (2008), "Computing information retrieval performance measures
    efficiently in the presence of tied scores", ECIR.

    Examples
    --------
    >>> outcome = np.array([True, False, True])
    >>> round(average_precision(np.array([0.9, 0.5, 0.1]), outcome), 4)
    0.8333
    >>> average_precision(np.array([0.5, 0.5]), np.array([True, False]))
    0.75
    """
    hits, misses = _by_level(score, outcome, weight)
    positives = float(hits.sum())
    if positives == 0:
        raise UndefinedMetric("the outcome did not occur")
    size = hits + misses
    parts = tied_precision(
        hits, size, np.cumsum(hits) - hits, np.cumsum(size) - size, harmonic(int(size.sum()))
    )
    return float(parts.sum()) / positives


def tied_precision(hits: Array, size: Array, hits_above: Array, above: Array, sums: Array) -> Array:
    """Return the expected sum of precisions at the hits within groups of tied places.

    In a random order the group's place j of `size` holds a hit with probability
    hits / size, and then (j - 1)(hits - 1) / (size - 1) of the places before it in the
    group are hits too. So the precision there is (hits_above + 1 + (j - 1) a) / (above + j)
    with a = (hits - 1) / (size - 1), and its sum over j is
    a size + (hits_above + 1 - a (above + 1)) (H(above + size) - H(above)),
    with H the harmonic numbers.

    Parameters
    ----------
    hits, size : arrays of one shape: places with the outcome, and all places, of each group.
    hits_above, above : the same of all groups with a higher score.
    sums : harmonic numbers from 0 up to the number of all places (see `harmonic`).
    """
    among = np.where(size > 1, (hits - 1) / np.maximum(size - 1, 1), 0.0)
    spread = sums[(above + size).astype(np.int64)] - sums[above.astype(np.int64)]
    expected = among * size + (hits_above + 1 - among * (above + 1)) * spread
    return np.where(hits > 0, hits / np.maximum(size, 1) * expected, 0.0)


def harmonic(until: int) -> Array:
    """Return the harmonic numbers H(0) = 0, H(1) = 1, H(2) = 1 + 1/2, ... H(until)."""
    return np.concatenate([[0.0], np.cumsum(1 / np.arange(1, until + 1))])


def brier(probability: Array, outcome: Outcomes, weight: Counts | None = None) -> float:
    """Mean squared difference between stated probability and outcome; 0 is best.

    Raises
    ------
    UndefinedMetric
        If there is no place at all.
    """
    check_finite(probability)
    times = np.ones(len(outcome)) if weight is None else weight.astype(np.float64)
    if times.sum() == 0:
        raise UndefinedMetric("there is no place")
    return total(times, (probability - outcome) ** 2) / total(times)


def total(*factors: Array | Counts | Outcomes) -> float:
    """Return the sum of products; unlike `@` it is the same to the bit on one core and on two."""
    product = factors[0].astype(np.float64)
    for factor in factors[1:]:
        product = product * factor
    return float(product.sum())


def check_finite(values: Array) -> None:
    """Raise a ValueError if a score is not finite."""
    if not np.isfinite(values).all():
        raise ValueError("a score is not finite")


def check_exposure(exposure: Array) -> None:
    """Raise a ValueError if an exposure is negative or not finite."""
    if not np.isfinite(exposure).all() or (exposure < 0).any():
        raise ValueError("an exposure is negative or not finite")


def _captured(included: Array, count: Counts, weight: Counts | None = None) -> float:
    weighed = count if weight is None else count * weight
    if weighed.sum() == 0:
        raise UndefinedMetric("there was no incident to capture")
    return total(included, weighed) / total(weighed)


def _precise(included: Array, count: Counts, weight: Counts | None = None) -> float:
    attended = included if weight is None else included * weight
    if attended.sum() == 0:
        raise UndefinedMetric("none of the k places counts")
    return total(attended, count > 0) / total(attended)


def _ordered(score: Array, then: Counts) -> Array:
    """Return numbers that order places by score, and those of the same score by `then`."""
    order = np.lexsort((then, score))
    differs = (np.diff(score[order]) != 0) | (np.diff(then[order]) != 0)
    number = np.empty(len(score))
    number[order] = np.concatenate([[0], np.cumsum(differs)])[: len(score)]
    return number


def _by_level(score: Array, outcome: Outcomes, weight: Counts | None) -> tuple[Array, Array]:
    """Return the places with and without the outcome at each score, the highest first."""
    check_finite(score)
    times = np.ones(len(score)) if weight is None else weight.astype(np.float64)
    levels, level = np.unique(-score, return_inverse=True)
    hits = np.bincount(level, times * outcome, minlength=len(levels))
    misses = np.bincount(level, times * ~outcome, minlength=len(levels))
    return hits.astype(np.float64), misses.astype(np.float64)
