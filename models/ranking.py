"""Ranks with ties shown as ties, and with honest intervals."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.stats import rankdata
from threadpoolctl import threadpool_limits

from models.additive import Array, Fitted

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


def draw_scores(
    scorers: Sequence[Fitted],
    draws: int,
    features: pl.DataFrame,
    uncertain: frozenset[str],
    evidence: Array,
    random: np.random.Generator,
    unseen: Array | float = 0.0,
) -> Array:
    """Return (draws, n) scores that the data and the model would allow as well.

    Model: each draw has its own score. Data: a unit's history is a count, and a count is
    a noisy view of a rate. Under a gamma prior of the region's mean rate the rate is the
    count so far plus the prior's share, times a gamma factor of mean 1 that is the wider
    the less was seen (Gelman et al. 2013, "Bayesian Data Analysis", section 2.6). So a
    unit of which nothing is known may still turn out high. What no record shows, such as
    incidents that nobody reported, is a normal term on the score's own scale.

    Parameters
    ----------
    scorers : scores that the training rows would allow (`Candidate.draw`), taken in turn.
    draws : how many to draw.
    features : n rows.
    uncertain : names of the features that are counts of the unit's own past.
    evidence : (n,) incidents behind those counts, in decayed counts.
    random : source of randomness; ties within a draw fall in random order.
    unseen : standard deviation of what no record shows, in units of the score; 0 for none.
    """
    prior = max(float(evidence.mean()), 0.01)
    shape = evidence + prior
    used = {name for scorer in scorers for name in scorer.names}
    raw = {name: features[name].to_numpy().astype(np.float64) for name in sorted(used & uncertain)}
    scores = np.empty((draws, features.height))
    # One thread: the last bit must not depend on the number of cores.
    with threadpool_limits(limits=1):
        for draw in range(draws):
            factor = random.gamma(shape) / shape
            seen = features.with_columns(
                pl.Series(name, (values + values.mean()) * factor) for name, values in raw.items()
            )
            score = scorers[draw % len(scorers)].score(seen)
            if np.any(unseen):
                score = score + random.normal(scale=unseen, size=len(score))
            scores[draw] = _untied(score, random)
    return scores


def _untied(score: Array, random: np.random.Generator) -> Array:
    """Return the 0..n-1 order of the scores as floats, ties in random order."""
    order = np.lexsort((random.random(len(score)), score))
    place = np.empty(len(score))
    place[order] = np.arange(len(score))
    return place
