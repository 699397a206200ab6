"""The reckoning: one published list held against what then happened, with intervals.

Owns what a single list at a single cutoff can tell. The measures of a ranking are those of
`models.evidence`, that of probabilities those of `models.reliability`; here they are taken at
several k, beside the baseline, and the number of places with an incident is held against the
probabilities by its exact distribution.

One election is one draw of time: only blocks of space can be drawn again. The intervals tell how
much hangs on the places where it happened, and not how another election would have gone. The
intervals of ranks cannot be tested at all: nobody learns a place's true rank.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from models.additive import Array
from models.backtest import Prediction
from models.calibration_bins import CalibrationBins, calibration_bins, readable_bins
from models.evidence import (
    Draws,
    Estimate,
    NotApplicable,
    difference,
    draw_past,
    evaluate,
    evaluate_probabilities,
    tie_range,
)
from models.expected_number import Number, Share, number, share_of
from models.metrics import Counts, Outcomes, UndefinedMetric
from models.reliability import bins, check_probability

AT_K = ("capture", "ceiling", "pei", "pai", "precision")
WHOLE = ("auc", "ap", "onset_auc")
LEAST_HAPPENED = 5
"""With fewer places where it happened, no bin of probabilities has a rate worth a look."""

# A prediction has days; those of a single list are told apart by nothing.
_DAY = date(2000, 1, 1)
_STEPS = (1, 2, 5)


@dataclass(frozen=True)
class Held:
    """What a list said of each place, and what then happened there; arrays of one length.

    Attributes
    ----------
    rank : 1 is the highest; ties share a rank.
    count : incidents within the days asked about.
    block : number of each place's block of space, 0 and up.
    onset : no such incident within the two years before.
    baseline_rank : by past incidents only; None where the list has none.
    probability : stated, that it happens within these days; None where none was.
    """

    rank: NDArray[np.int64]
    count: Counts
    block: NDArray[np.int64]
    onset: Outcomes
    baseline_rank: NDArray[np.int64] | None = None
    probability: Array | None = None

    def __post_init__(self) -> None:
        given = (self.count, self.block, self.onset, self.baseline_rank, self.probability)
        if not len(self.rank) or {len(a) for a in given if a is not None} != {len(self.rank)}:
            raise ValueError("a list takes one value of each kind for every place, and a place")

    @property
    def happened(self) -> Outcomes:
        """Tell for each place whether anything happened."""
        return self.count > 0


@dataclass(frozen=True)
class Compared:
    """A measure of the list, of the baseline, and how much higher the list's is (paired)."""

    ours: Estimate | NotApplicable
    baseline: Estimate | NotApplicable | None
    difference: Estimate | NotApplicable | None


@dataclass(frozen=True)
class AtK:
    """The measures of the first k places, and capture with all ties falling worst and best."""

    k: int
    measures: dict[str, Compared]
    ties: tuple[float, float]


@dataclass(frozen=True)
class Ranked:
    """How a list ranked what happened: at each k, and as a whole.

    `blocks_with` is the number of blocks in which anything happened: with a handful of them the
    intervals are coarse.
    """

    at: tuple[AtK, ...]
    whole: dict[str, Compared]
    blocks: int
    blocks_with: int


@dataclass(frozen=True)
class Calibrated:
    """How far the stated probabilities can be believed.

    `scores` (names of `models.evidence.PROBABILITY`) and `bins` are empty where nothing happened,
    and `bins` where too little did.
    """

    number: Number
    scores: dict[str, Estimate | NotApplicable]
    bins: CalibrationBins | None


@dataclass(frozen=True)
class Group:
    """Places whose probability of belonging to the top k lies in [least, below)."""

    least: float
    below: float
    share: Share
    number: Number | None


def steps(places: int, also: Iterable[int] = ()) -> tuple[int, ...]:
    """Return the k to look at: 5, 10, 20, 50, 100 … up to half of the places, and the given ones.

    Examples
    --------
    >>> steps(260, also=[26])
    (5, 10, 20, 26, 50, 100)
    >>> steps(3, also=[26])
    (3,)
    """
    found = {min(max(k, 1), places) for k in also}
    size = 1
    while size <= places:
        found |= {size * step for step in _STEPS if 5 <= size * step <= places / 2}
        size *= 10
    return tuple(sorted(found or {places}))


def rank_measures(held: Held, ks: Sequence[int], draws: int = 1000, seed: int = 0) -> Ranked:
    """Return capture, precision and their kin at each k, and AUC and its kin, with intervals.

    Parameters
    ----------
    held : the list and what happened.
    ks : numbers of places, each from 1 to all of them.
    draws, seed : of the bootstrap over blocks of space; the same draws for list and baseline.

    Raises
    ------
    UndefinedMetric
        If nothing happened: there is nothing to measure.
    ValueError
        If a k is out of range.
    """
    if not held.happened.any():
        raise UndefinedMetric("nothing happened: there is nothing to measure")
    ours = _prediction(held, held.rank)
    theirs = None if held.baseline_rank is None else _prediction(held, held.baseline_rank)
    drawn = draw_past([ours], draws, np.random.default_rng(seed))
    at = [
        AtK(k, _compared(AT_K, ours, theirs, k, drawn), tie_range([ours], k, "capture")) for k in ks
    ]
    whole = _compared(WHOLE, ours, theirs, 1, drawn)
    blocks = len(np.unique(held.block))
    return Ranked(tuple(at), whole, blocks, len(np.unique(held.block[held.happened])))


def capture_curve(rank: NDArray[np.int64], count: Counts) -> Array:
    """Return the share of incidents within the first 1, 2, … n places, ties by expectation.

    Raises
    ------
    UndefinedMetric
        If there was no incident.

    Examples
    --------
    >>> capture_curve(np.array([1, 2, 2, 4]), np.array([2, 1, 1, 0])).tolist()
    [0.5, 0.75, 1.0, 1.0]
    """
    if count.sum() == 0:
        raise UndefinedMetric("there was no incident to capture")
    levels, level = np.unique(rank, return_inverse=True)
    size = np.bincount(level, minlength=len(levels))
    hits = np.bincount(level, count, minlength=len(levels))
    ends = np.concatenate([[0], np.cumsum(size)])
    captured = np.concatenate([[0.0], np.cumsum(hits)]) / count.sum()
    return np.asarray(np.interp(np.arange(1, len(rank) + 1), ends, captured))


def calibration(held: Held, draws: int = 1000, seed: int = 0) -> Calibrated:
    """Hold the stated probabilities against what happened.

    Where nothing happened only the number is held against what was expected: no score can be
    given for telling places apart.

    Raises
    ------
    UndefinedMetric
        If the list states no probability.
    ValueError
        If one is not between 0 and 1.
    """
    if held.probability is None:
        raise UndefinedMetric("the list states no probability")
    counted = number(held.probability, held.happened)
    if not held.happened.any():
        return Calibrated(counted, {}, None)
    ours = replace(_prediction(held, held.rank), probability=held.probability)
    drawn = draw_past([ours], draws, np.random.default_rng(seed))
    found = None
    if counted.observed >= LEAST_HAPPENED:
        bin_of = readable_bins(held.probability, bins(held.probability))
        if bin_of.max() > 0:
            found = calibration_bins(held.probability, held.happened, bin_of)
    return Calibrated(counted, evaluate_probabilities([ours], drawn), found)


def by_promise(held: Held, promise: Array, bounds: Sequence[float] = (0.3, 0.8)) -> list[Group]:
    """Return what happened by the stated probability of belonging to the top k.

    Who truly belonged there nobody learns. What can be looked at is whether more happened where
    more was promised, and as much as the probabilities of an incident allow.

    Parameters
    ----------
    promise : (n,) probability of belonging to the top k, 0 to 1.
    bounds : where one group ends and the next begins, rising.
    """
    check_probability(promise)
    groups = []
    edges = [0.0, *bounds, np.inf]
    for least, below in pairwise(edges):
        among = (promise >= least) & (promise < below)
        share = share_of(held.count, among)
        if share is not None:
            stated = held.probability
            counted = None if stated is None else number(stated[among], held.happened[among])
            groups.append(Group(least, min(below, 1.0), share, counted))
    return groups


def _prediction(held: Held, rank: NDArray[np.int64]) -> Prediction:
    """Return a list as the backtest holds them, in an order that does not hang on its rows."""
    return Prediction(_DAY, _DAY, -rank.astype(np.float64), held.count, held.block, held.onset)


def _compared(
    names: Sequence[str], ours: Prediction, theirs: Prediction | None, k: int, drawn: Draws
) -> dict[str, Compared]:
    mine = evaluate([ours], k, drawn, names)
    if theirs is None:
        return {name: Compared(mine[name], None, None) for name in names}
    other = evaluate([theirs], k, drawn, names)
    return {
        name: Compared(mine[name], other[name], difference(name, [ours], [theirs], k, drawn))
        for name in names
    }
