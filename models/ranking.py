"""Ranks with ties shown as ties, and with honest intervals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.stats import rankdata
from threadpoolctl import threadpool_limits

from models.additive import Array, Fitted, SumScore
from models.calibration import Calibration

Ranks = NDArray[np.int64]


@dataclass(frozen=True)
class Ranking:
    """Ranks of n units; 1 is the highest, ties share the smallest rank.

    Attributes
    ----------
    rank, rank_low, rank_high, tied_with : (n,) int.
    top_k_probability : (n,) share of draws with rank at most k.
    tied_at_k : units sharing the score at which the cut falls; 0 if it falls between two scores.
    """

    rank: Ranks
    rank_low: Ranks
    rank_high: Ranks
    tied_with: Ranks
    top_k_probability: Array
    tied_at_k: int


def ranks(score: Array) -> Ranks:
    """Return ranks from the highest score down; ties share the smallest rank.

    Examples
    --------
    >>> ranks(np.array([0.5, 0.9, 0.5])).tolist()
    [2, 1, 2]
    """
    return rankdata(-score, method="min").astype(np.int64)


def rank_with_uncertainty(score: Array, draws: Array, k: int, interval: float) -> Ranking:
    """Rank units by score and take intervals from draws of their scores.

    Parameters
    ----------
    score : (n,) finite scores, higher means riskier.
    draws : (n_draws, n) plausible scores without ties (see `draw_scores`).
    k : units that can be given more people.
    interval : width of the rank interval, such as 0.9.

    Raises
    ------
    ValueError
        If a score is not finite or k is out of range.
    """
    if not (np.isfinite(score).all() and np.isfinite(draws).all()):
        raise ValueError("a score is not finite")
    if not 1 <= k <= len(score):
        raise ValueError(f"k = {k} is not between 1 and {len(score)}")
    rank = ranks(score)
    drawn = np.argsort(np.argsort(-draws, axis=1, kind="stable"), axis=1) + 1
    tail = (1 - interval) / 2
    low = np.quantile(drawn, tail, axis=0, method="inverted_cdf")
    high = np.quantile(drawn, 1 - tail, axis=0, method="inverted_cdf")
    _, inverse, sizes = np.unique(rank, return_inverse=True, return_counts=True)
    threshold = np.sort(score)[-k]
    at_cut = int((score == threshold).sum())
    splits = int((score >= threshold).sum()) > k
    return Ranking(
        rank=rank,
        rank_low=np.minimum(low, rank).astype(np.int64),
        rank_high=np.maximum(high, rank).astype(np.int64),
        tied_with=(sizes[inverse] - 1).astype(np.int64),
        top_k_probability=(drawn <= k).mean(axis=0),
        tied_at_k=at_cut if splits else 0,
    )


def village_spread(
    evidence: Array, coverage: Array, base: float, unseen: float, heard: float
) -> Array:
    """Return (n,) how uncertain each unit's risk is beside its score, as log-odds or log-rates.

    The variance is that of a prior, cut down by what was seen: `base` squared, for what no
    record shows of any place, and 1 / (1 / unseen + evidence + heard * coverage). An incident
    counted says as much of a rate's logarithm as one unit of precision, and being heard of
    without one says a little (normal approximation of a Poisson rate; Gelman et al. 2013,
    "Bayesian Data Analysis", section 2.6). So it is the widest where nothing was ever heard.

    Parameters
    ----------
    evidence : (n,) outcome incidents, in decayed counts.
    coverage : (n,) share of time in which any source named the unit, 0 to 1.
    base : standard deviation that no evidence takes away.
    unseen : variance of a unit of which nothing was heard, on top.
    heard : units of precision that full coverage is worth.

    Examples
    --------
    >>> village_spread(np.array([0.0, 4.0]), np.array([0.0, 1.0]), 0.5, 0.6, 0.5).round(3).tolist()
    [0.922, 0.642]
    """
    return np.asarray(np.sqrt(base**2 + 1 / (1 / unseen + evidence + heard * coverage)))


def draw_scores(
    scorers: Sequence[Fitted],
    draws: int,
    features: pl.DataFrame,
    spread: Array,
    curve: Calibration,
    random: np.random.Generator,
) -> Array:
    """Return (draws, n) orders of scores that the data and the model would allow as well.

    Model: each draw has its own score, and its own slope from the score to log-odds; where
    the past shows no skill the slope is near zero and scores hardly matter. Data: each unit's
    log-odds are moved by a normal term of their own width.

    Parameters
    ----------
    scorers : scores that the training rows would allow (`Candidate.draw`), taken in turn.
    draws : how many to draw.
    features : n rows.
    spread : (n,) standard deviations in log-odds (see `village_spread`).
    curve : from score to log-odds, as learned on past predictions.
    random : source of randomness; ties within a draw fall in random order.
    """
    scores = np.empty((draws, features.height))
    slopes = curve.draw_slopes(draws, random)
    lasting = _parts_of_all(scorers)
    # One thread: the last bit must not depend on the number of cores.
    with threadpool_limits(limits=1):
        # What learns nothing is a part of every draw: it is asked once.
        known = {number: part.score(features) for number, part in lasting.items()}
        for draw in range(draws):
            score = _scored(scorers[draw % len(scorers)], features, known)
            moved = slopes[draw] * curve.scaled(score) + spread * random.normal(size=len(score))
            scores[draw] = _untied(moved, random)
    return scores


def _parts_of_all(scorers: Sequence[Fitted]) -> dict[int, Fitted]:
    """Return the parts, by their identity, that every one of several sums holds."""
    if len(scorers) < 2 or not all(isinstance(scorer, SumScore) for scorer in scorers):
        return {}
    sums = [scorer for scorer in scorers if isinstance(scorer, SumScore)]
    shared = set.intersection(*({id(part) for part in each.parts} for each in sums))
    return {id(part): part for part in sums[0].parts if id(part) in shared}


def _scored(scorer: Fitted, features: pl.DataFrame, known: Mapping[int, Array]) -> Array:
    """Return a score, of a sum's parts only those reckoned that are not known."""
    if not known or not isinstance(scorer, SumScore):
        return scorer.score(features)
    total = np.zeros(features.height)
    for part, share in zip(scorer.parts, scorer.shares.tolist(), strict=True):
        total += share * (known[id(part)] if id(part) in known else part.score(features))
    return total


def draw_indices(
    scorers: Sequence[Fitted],
    draws: int,
    features: pl.DataFrame,
    uncertain: frozenset[str],
    random: np.random.Generator,
) -> Array:
    """Return (draws, n) orders of an index with other weights and other counts behind it.

    A count is a noisy view of a rate. Under a gamma prior of the region's mean rate the rate
    is the count so far plus the prior's share, times a gamma factor of mean 1 that is the
    wider the less was seen (Gelman et al. 2013, "Bayesian Data Analysis", section 2.6). So a
    unit of which nothing is known may still turn out high.

    Parameters
    ----------
    scorers : the index with other weights, taken in turn.
    draws : how many to draw.
    features : n rows.
    uncertain : names of the features that are counts of the unit's own past.
    random : source of randomness; ties within a draw fall in random order.
    """
    used = {name for scorer in scorers for name in scorer.names}
    raw = {name: features[name].to_numpy().astype(np.float64) for name in sorted(used & uncertain)}
    scores = np.empty((draws, features.height))
    with threadpool_limits(limits=1):
        for draw in range(draws):
            seen = features.with_columns(
                pl.Series(name, _another(values, random)) for name, values in raw.items()
            )
            scores[draw] = _untied(scorers[draw % len(scorers)].score(seen), random)
    return scores


def _another(count: Array, random: np.random.Generator) -> Array:
    """Return rates that may lie behind counts."""
    shape = count + max(float(count.mean()), 0.01)
    return np.asarray((count + count.mean()) * random.gamma(shape) / shape)


def _untied(score: Array, random: np.random.Generator) -> Array:
    """Return the 0..n-1 order of the scores as floats, ties in random order."""
    order = np.lexsort((random.random(len(score)), score))
    place = np.empty(len(score))
    place[order] = np.arange(len(score))
    return place
