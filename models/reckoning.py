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
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from models.additive import Array
from models.backtest import Prediction
from models.evidence import (
    Draws,
    Estimate,
    NotApplicable,
    difference,
    draw_past,
    evaluate,
    tie_range,
)
from models.expected_number import Share, share_of
from models.metrics import Counts, Outcomes, UndefinedMetric

AT_K = ("capture", "ceiling", "pei", "pai", "precision")
WHOLE = ("auc", "ap", "onset_auc")
LEAST_BLOCKS = 5
"""With incidents in fewer blocks of space, drawing blocks again only seems to tell an interval.

Where all lie in one block every draw that has any gives the same value, and the interval would
be that of a certainty."""
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
class Measured:
    """A figure with its 90 % interval; without one where incidents lie in too few blocks."""

    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Compared:
    """A measure of the list, of the baseline, and how much higher the list's is (paired)."""

    ours: Measured | NotApplicable
    baseline: Measured | NotApplicable | None
    difference: Measured | NotApplicable | None


@dataclass(frozen=True)
class AtK:
    """The measures of the first k places.

    Attributes
    ----------
    ties : capture if all ties at the cut fell worst, and if they fell best.
    captured : of the places where it happened, how many are among the first k; None where one of
        them is tied across the cut.
    """

    k: int
    measures: dict[str, Compared]
    ties: tuple[float, float]
    captured: Share | None


@dataclass(frozen=True)
class Ranked:
    """How a list ranked what happened: at each k, and as a whole.

    `blocks_with` is the number of blocks in which anything happened: with fewer than
    `LEAST_BLOCKS` there are no intervals.
    """

    at: tuple[AtK, ...]
    whole: dict[str, Compared]
    blocks: int
    blocks_with: int


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
    ours = as_prediction(held, held.rank)
    theirs = None if held.baseline_rank is None else as_prediction(held, held.baseline_rank)
    drawn = draw_past([ours], draws, np.random.default_rng(seed))
    blocks = len(np.unique(held.block))
    blocks_with = len(np.unique(held.block[held.happened]))
    at = [
        AtK(
            k,
            _compared(AT_K, ours, theirs, k, drawn, blocks_with),
            tie_range([ours], k, "capture"),
            _captured(held, k),
        )
        for k in ks
    ]
    whole = _compared(WHOLE, ours, theirs, 1, drawn, blocks_with)
    return Ranked(tuple(at), whole, blocks, blocks_with)


def standing(rank: NDArray[np.int64], k: int) -> NDArray[np.int8]:
    """Return 1 for places among the first k, 0 for those tied across the cut, -1 for the others.

    Examples
    --------
    >>> standing(np.array([1, 2, 2, 4]), k=2).tolist()
    [1, 0, 0, -1]
    """
    _, level, size = np.unique(rank, return_inverse=True, return_counts=True)
    last = np.cumsum(size)[level]
    is_in, is_out = last <= k, last - size[level] >= k
    return np.where(is_in, 1, np.where(is_out, -1, 0)).astype(np.int8)


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


def as_prediction(held: Held, rank: NDArray[np.int64]) -> Prediction:
    """Return a list as the backtest holds them: a higher score is a smaller rank."""
    return Prediction(_DAY, _DAY, -rank.astype(np.float64), held.count, held.block, held.onset)


def _captured(held: Held, k: int) -> Share | None:
    where = standing(held.rank, k)[held.happened]
    if (where == 0).any():
        return None
    return share_of((where == 1).astype(np.int64), np.ones(len(where), dtype=bool))


def _compared(
    names: Sequence[str],
    ours: Prediction,
    theirs: Prediction | None,
    k: int,
    drawn: Draws,
    blocks_with: int,
) -> dict[str, Compared]:
    def told(found: Estimate | NotApplicable) -> Measured | NotApplicable:
        return figure(found, blocks_with)

    mine = evaluate([ours], k, drawn, names)
    if theirs is None:
        return {name: Compared(told(mine[name]), None, None) for name in names}
    other = evaluate([theirs], k, drawn, names)
    return {
        name: Compared(
            told(mine[name]),
            told(other[name]),
            told(difference(name, [ours], [theirs], k, drawn)),
        )
        for name in names
    }


def figure(found: Estimate | NotApplicable, blocks_with: int) -> Measured | NotApplicable:
    """Return an estimate, without its interval where incidents lie in too few blocks."""
    if isinstance(found, NotApplicable):
        return found
    if blocks_with < LEAST_BLOCKS:
        return Measured(found.value, None, None)
    return Measured(found.value, found.low, found.high)
