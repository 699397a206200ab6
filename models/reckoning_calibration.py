"""The reckoning of probabilities: how far what a list stated can be believed after one election.

Owns what is asked of `risk` and of the probability of belonging to the top k. The list itself and
its measures are in `models.reckoning`, exact distributions in `models.expected_number`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from models.additive import Array
from models.calibration_bins import CalibrationBins, calibration_bins, readable_bins
from models.evidence import NotApplicable, draw_past, evaluate_probabilities
from models.expected_number import Number, Share, number, share_of
from models.metrics import UndefinedMetric
from models.reckoning import Held, Measured, as_prediction, figure, standing
from models.reliability import bins, check_probability

LEAST_HAPPENED = 5
"""With fewer places where it happened, no bin of probabilities has a rate worth a look."""


@dataclass(frozen=True)
class Calibrated:
    """How far the stated probabilities can be believed.

    `scores` (names of `models.evidence.PROBABILITY`) and `bins` are empty where nothing happened,
    and `bins` where too little did.
    """

    number: Number
    scores: dict[str, Measured | NotApplicable]
    bins: CalibrationBins | None


@dataclass(frozen=True)
class Group:
    """Places whose probability of belonging to the top k lies in [least, below)."""

    least: float
    below: float
    share: Share
    number: Number | None


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
    ours = replace(as_prediction(held, held.rank), probability=held.probability)
    drawn = draw_past([ours], draws, np.random.default_rng(seed))
    found = None
    if counted.observed >= LEAST_HAPPENED:
        bin_of = readable_bins(held.probability, bins(held.probability))
        if bin_of.max() > 0:
            found = calibration_bins(held.probability, held.happened, bin_of)
    blocks_with = len(np.unique(held.block[held.happened]))
    scores = evaluate_probabilities([ours], drawn)
    told = {name: figure(score, blocks_with) for name, score in scores.items()}
    return Calibrated(counted, told, found)


def in_top(held: Held, k: int) -> Number | None:
    """Hold the places with an incident among the first k against their probabilities.

    None where places are tied across the cut, since then nobody knows which they are, or where
    the list states no probability.
    """
    where = standing(held.rank, k)
    if held.probability is None or (where == 0).any():
        return None
    return number(held.probability[where == 1], held.happened[where == 1])


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
