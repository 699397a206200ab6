"""Whether past presence explains present rank, and the list with that influence taken away.

People who are sent somewhere see and report what happens there, so presence may raise a place's
count and with it its rank, which sends people there again (Lum and Isaac 2016, "To predict and
serve?", Significance 13). Here that is measured and taken out of a score; nothing is published.

Presence also follows risk, and no record tells the two apart for sure: what is left of the
correlation once the drivers of risk are allowed for is an upper hint of feedback, not proof.
Drivers must therefore be traits that presence cannot change, such as size, terrain and closeness
of elections, and not counts of what was reported.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata
from threadpoolctl import threadpool_limits

from models.additive import Array
from models.bootstrap import block_weights

LEAST_UNITS = 20
"""Units with people sent to them below which nothing is said."""

_NOTHING_LEFT = 1e-9


@dataclass(frozen=True)
class Presence:
    """How far past presence and score go together beyond the drivers of risk.

    Attributes
    ----------
    correlation, low, high : partial rank correlation, -1 to 1, with its 90 % interval.
    per_doubling : what twice the person-days add to the score, other things alike.
    score_without : (n,) the score as it would be if all units had had the mean presence.
    changed_at_k : units of the first k that leave them in the list without presence.
    units : units to which people had been sent.
    """

    correlation: float
    low: float
    high: float
    per_doubling: float
    score_without: Array
    changed_at_k: int
    units: int


@dataclass(frozen=True)
class PresenceUntold:
    """Why nothing can be said of presence.

    too_few: people had been sent to `number` units, and it takes `needed`; everywhere_alike: the
    drivers leave nothing of presence unexplained; score_alike: they leave nothing of the score.
    """

    kind: Literal["too_few", "everywhere_alike", "score_alike"]
    number: int
    needed: int


def influence_of_presence(
    score: Array,
    presence: Array,
    drivers: Array,
    block: NDArray[np.int64],
    k: int,
    draws: int,
    random: np.random.Generator,
    least_units: int = LEAST_UNITS,
) -> Presence | PresenceUntold:
    """Tell how far past presence explains a score, and what the score is without it.

    The correlation is Pearson's between what a regression on the ranks of the drivers leaves of
    the ranks of score and of presence. Its interval is a bootstrap over blocks of space. The
    score without presence is the residual of a regression of the score on the logarithm of
    presence and on the drivers, with the drivers' part and the mean presence put back; so what
    the drivers say of a place stays.

    Parameters
    ----------
    score : (n,) finite scores, higher means riskier.
    presence : (n,) person-days of past deployments known at the cutoff, decayed; not below zero.
    drivers : (n, m) drivers of risk that presence cannot change; m may be 0.
    block : (n,) number of each unit's block of space.
    k : units that can be given more people.
    draws : of the bootstrap.
    random : source of randomness.
    least_units : units with presence below which nothing is said.

    Raises
    ------
    ValueError
        If an input is not finite, presence is below zero, or k is out of range.
    """
    if not (np.isfinite(score).all() and np.isfinite(drivers).all()):
        raise ValueError("a score or a driver is not finite")
    if not (np.isfinite(presence).all() and (presence >= 0).all()):
        raise ValueError("presence is below zero or not finite")
    if not 1 <= k <= len(score):
        raise ValueError(f"k = {k} is not between 1 and {len(score)}")
    units = int((presence > 0).sum())
    if units < least_units:
        return PresenceUntold("too_few", units, least_units)
    even = np.ones(len(score))
    ranked = rankdata(drivers, axis=0) if drivers.shape[1] else drivers
    pair = np.column_stack([rankdata(score), rankdata(presence)])
    # One thread: the last bit must not depend on the number of cores.
    with threadpool_limits(limits=1):
        if _is_explained(pair[:, 1], ranked):
            return PresenceUntold("everywhere_alike", units, least_units)
        if _is_explained(pair[:, 0], ranked):
            return PresenceUntold("score_alike", units, least_units)
        drawn = [
            _correlation(pair, ranked, weight) for weight in block_weights(block, draws, random)
        ]
        doublings = np.log2(1 + presence)
        unexplained = _left_over(doublings, drivers, even)
        slope = float(unexplained @ score / (unexplained @ unexplained))
    without = score - slope * (doublings - doublings.mean())
    low, high = np.quantile(drawn, [0.05, 0.95])
    return Presence(
        correlation=_correlation(pair, ranked, even),
        low=float(low),
        high=float(high),
        per_doubling=slope,
        score_without=without,
        changed_at_k=len(_first(score, k) - _first(without, k)),
        units=units,
    )


def _left_over(values: Array, given: Array, weight: Array) -> Array:
    """Return what a weighted regression on `given`, with an intercept, leaves of the values."""
    matrix = np.column_stack([np.ones(len(values)), given])
    # Columns of one size, so that none is taken for rounding.
    matrix = matrix / np.maximum(np.abs(matrix).max(axis=0), 1e-300)
    root = np.sqrt(weight)
    found = np.linalg.lstsq(matrix * root[:, None], values * root, rcond=None)[0]
    return np.asarray(values - matrix @ found)


def _is_explained(ranks: Array, given: Array) -> bool:
    left = _left_over(ranks, given, np.ones(len(ranks)))
    return bool(left.std() < _NOTHING_LEFT * len(ranks))


def _correlation(pair: Array, given: Array, weight: Array) -> float:
    ours, theirs = (_left_over(values, given, weight) for values in pair.T)
    spread = np.sqrt((weight * ours) @ ours * ((weight * theirs) @ theirs))
    return float((weight * ours) @ theirs / spread)


def _first(score: Array, k: int) -> set[int]:
    return set(np.argsort(-score, kind="stable")[:k].tolist())
