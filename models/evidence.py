"""What past predictions prove: measures with intervals, alone and against each other.

Owns the bootstrap. A draw takes past cutoffs and blocks of space with replacement, and counts
what happened in them as often as they were drawn; two candidates are compared on the same
draws. The measures themselves are in `models.metrics` and `models.reliability`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit

from models import reliability
from models.additive import Array
from models.backtest import Prediction
from models.metrics import (
    UndefinedMetric,
    capture_range_at,
    harmonic,
    inclusion,
    precision_range_at,
    tied_precision,
)

RANKING = ("capture", "ceiling", "pei", "pai", "precision", "auc", "ap")
ONSET = "onset_auc"
MEASURES = (*RANKING, ONSET)
PROBABILITY = (
    "brier",
    "reliability",
    "resolution",
    "uncertainty",
    "log_score",
    "calibration_error",
    "calibration_slope",
)
Part = Literal["all", "history", "onset"]

_TAIL = 0.05
# Places times draws held at once; more draws are taken in turn.
_AT_ONCE = 4_000_000


@dataclass(frozen=True)
class Estimate:
    """A mean over cutoffs with its 90 % bootstrap interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class NotApplicable:
    """Why there is no figure.

    never_defined: at no cutoff were there two kinds of places, or an incident, to tell apart;
    no_probability: the candidate states none; certain: what was called certain turned out
    otherwise; no_slope: the probabilities are all the same, or separate all that happened.
    """

    why: Literal["never_defined", "no_probability", "certain", "no_slope"]


@dataclass(frozen=True)
class ByCutoff:
    """A measure at the cutoffs where it is defined, with each one's weight in the mean."""

    value: Array
    weight: Array


@dataclass(frozen=True)
class Draws:
    """What a bootstrap drew: how often each cutoff (draws, cutoffs) and block (blocks, draws).

    `seed` is what cutoffs are drawn from. `memo` keeps what each measure of each prediction
    came to under these blocks, since one is asked about many times: alone, against others, and
    among the cutoffs before a later one.
    """

    cutoffs: Array
    blocks: Array
    seed: int = 0
    memo: dict[tuple[int, str, int, str], tuple[Prediction, Array, Array]] = field(
        default_factory=dict, compare=False, repr=False
    )

    @property
    def number(self) -> int:
        """How many were drawn."""
        return len(self.cutoffs)

    def among(self, number: int) -> "Draws":
        """Return draws of so many other cutoffs, with the same blocks."""
        return replace(self, cutoffs=_draw(number, self.number, self.seed))


def draw_past(predictions: Sequence[Prediction], draws: int, random: np.random.Generator) -> Draws:
    """Draw cutoffs and blocks with replacement.

    A single block stands for the whole space, and is always there once.
    """
    seed = int(random.integers(2**63))
    blocks = max(int(p.block.max()) for p in predictions) + 1
    block = random.multinomial(blocks, np.full(blocks, 1 / blocks), size=draws).T
    return Draws(_draw(len(predictions), draws, seed), block.astype(np.float64), seed)


def _draw(cutoffs: int, draws: int, seed: int) -> Array:
    random = np.random.default_rng([seed, cutoffs])
    drawn = random.multinomial(cutoffs, np.full(cutoffs, 1 / cutoffs), size=draws)
    return drawn.astype(np.float64)


def by_cutoff(
    measure: str, predictions: Sequence[Prediction], k: int, part: Part = "all"
) -> ByCutoff:
    """Return a measure of the ranking at each cutoff where it is defined, oldest first.

    Cutoffs weigh the same, but for AUC and average precision of a part of the places: these
    weigh by the places where it happened, since some cutoffs have hardly any.
    """
    once = [_values(measure, p, k, part, _once(p)) for p in predictions]
    value, weight = (
        np.array([float(array[0]) for array in found]) for found in zip(*once, strict=True)
    )
    there = weight > 0
    return ByCutoff(value[there], weight[there])


def evaluate(
    predictions: Sequence[Prediction],
    k: int,
    drawn: Draws,
    measures: Sequence[str] = MEASURES,
    part: Part = "all",
) -> dict[str, Estimate | NotApplicable]:
    """Return measures of one candidate's rankings, means over cutoffs with 90 % intervals.

    Parameters
    ----------
    predictions : one a cutoff.
    k : places that can be attended.
    drawn : the draws of the bootstrap; the same for all that is compared.
    measures : names among `MEASURES`.
    part : all places, those where it had happened in the two years before, or the others
        (onsets). The list is that of all places; what counts is what happened in the part.
    """
    return {name: _estimated(name, [predictions], k, drawn, part) for name in measures}


def difference(
    measure: str,
    ours: Sequence[Prediction],
    theirs: Sequence[Prediction],
    k: int,
    drawn: Draws,
) -> Estimate | NotApplicable:
    """Return how much higher our measure is than theirs, with a paired 90 % interval."""
    return _estimated(measure, [ours, theirs], k, drawn, "all")


def standard_error(measure: str, predictions: Sequence[Prediction], k: int, drawn: Draws) -> float:
    """Return the standard error of a measure's mean: the spread of its bootstrap draws."""
    found = _means(measure, [predictions], k, drawn, "all")
    return float(found[1:].std(ddof=1)) if found is not None and len(found) > 2 else 0.0


def tie_range(predictions: Sequence[Prediction], k: int, measure: str) -> tuple[float, float]:
    """Return the mean capture or precision if all ties fell worst, and if they fell best."""
    ranged = {"capture": capture_range_at, "precision": precision_range_at}[measure]
    found = [ranged(p.score, p.count, k) for p in predictions]
    worst, best = np.mean(found, axis=0)
    return float(worst), float(best)


def evaluate_probabilities(
    predictions: Sequence[Prediction], drawn: Draws
) -> dict[str, Estimate | NotApplicable]:
    """Return how far the stated probabilities can be believed, pooled over cutoffs.

    Only cutoffs where a probability could be stated count. The names are those of
    `PROBABILITY`; see `models.reliability`. Of the slope a draw is one Newton step from the
    fit to all, as refitting would do to first order.
    """
    stated = [(i, p) for i, p in enumerate(predictions) if p.probability is not None]
    if not stated:
        return dict.fromkeys(PROBABILITY, NotApplicable("no_probability"))
    pool = _Pool(
        probability=np.concatenate([_probability(p) for _, p in stated]),
        happened=np.concatenate([p.happened for _, p in stated]),
        cell=np.concatenate([i * drawn.blocks.shape[0] + p.block for i, p in stated]),
        cells=drawn.cutoffs.shape[1] * drawn.blocks.shape[0],
    )
    found = _parts(pool, drawn)
    found["log_score"] = _log_score(pool, drawn)
    found["calibration_slope"] = _slope(pool, drawn)
    return {name: found[name] for name in PROBABILITY}


@dataclass(frozen=True)
class _Pool:
    """Probabilities and outcomes of all cutoffs together; `cell` is the block of a cutoff."""

    probability: Array
    happened: NDArray[np.bool_]
    cell: NDArray[np.int64]
    cells: int

    def by_cell(self, each: Array) -> Array:
        """Return the sums over each cell."""
        return np.bincount(self.cell, each, minlength=self.cells).astype(np.float64)


def _parts(pool: _Pool, drawn: Draws) -> dict[str, Estimate | NotApplicable]:
    bin_of = reliability.bins(pool.probability)
    bins = int(bin_of.max()) + 1
    terms = reliability.terms(pool.probability, pool.happened)
    whole = reliability.bin_sums(pool.probability, pool.happened, bin_of)
    by_bin = []
    for term in terms:
        cell_and_bin = np.bincount(pool.cell * bins + bin_of, term, minlength=pool.cells * bins)
        cells = cell_and_bin.astype(np.float64).reshape(pool.cells, bins)
        by_bin.append(_resummed(cells.T, drawn))
    there = by_bin[0].sum(axis=0) > 0
    kept = reliability.BinSums(*(sums[:, there] for sums in by_bin))
    value, each = reliability.parts_of(whole), reliability.parts_of(kept)
    return {
        "brier": _interval(float(value.brier), each.brier),
        "reliability": _interval(float(value.reliability), each.reliability),
        "resolution": _interval(float(value.resolution), each.resolution),
        "uncertainty": _interval(float(value.uncertainty), each.uncertainty),
        "calibration_error": _interval(
            float(reliability.error_of(whole)), reliability.error_of(kept)
        ),
    }


def _log_score(pool: _Pool, drawn: Draws) -> Estimate | NotApplicable:
    try:
        value = reliability.log_score(pool.probability, pool.happened)
    except UndefinedMetric:
        return NotApplicable("certain")
    loss = pool.by_cell(reliability.losses(pool.probability, pool.happened))
    places = pool.by_cell(np.ones(len(pool.cell)))
    losses, there = _resummed(np.stack([loss, places]), drawn)
    return _interval(value, losses[there > 0] / there[there > 0])


def _slope(pool: _Pool, drawn: Draws) -> Estimate | NotApplicable:
    try:
        fitted = reliability.calibration_slope(pool.probability, pool.happened)
    except UndefinedMetric:
        return NotApplicable("no_slope")
    x = np.asarray(logit(pool.probability))
    parts = reliability.gradient(
        x, pool.happened.astype(np.float64), fitted.intercept, fitted.slope
    )
    sums = _resummed(np.stack([pool.by_cell(part) for part in parts]), drawn)
    _, moved = reliability.newton_step(*sums)
    return _interval(fitted.slope, fitted.slope + moved[np.isfinite(moved)])


def _estimated(
    measure: str, sides: Sequence[Sequence[Prediction]], k: int, drawn: Draws, part: Part
) -> Estimate | NotApplicable:
    found = _means(measure, sides, k, drawn, part)
    return NotApplicable("never_defined") if found is None else _interval(found[0], found[1:])


def _means(
    measure: str, sides: Sequence[Sequence[Prediction]], k: int, drawn: Draws, part: Part
) -> Array | None:
    """Return the mean of a measure, or how much higher the first side's is than the second's.

    First the mean itself, then that of each draw in which it is defined; None if it never is.
    """
    values, weights = [], []
    for number, places in enumerate(zip(*sides, strict=True)):
        found = [_under(measure, prediction, k, part, drawn) for prediction in places]
        values.append(found[0][0] - (found[1][0] if len(found) > 1 else 0.0))
        often = np.concatenate([[1.0], drawn.cutoffs[:, number]])
        weights.append(found[0][1] * often)
    value, weight = np.array(values), np.array(weights)
    together = weight.sum(axis=0)
    if together[0] == 0:
        return None
    there = together > 0
    means = (np.where(weight > 0, value, 0.0) * weight).sum(axis=0)[there] / together[there]
    return np.asarray(means)


def _under(
    measure: str, prediction: Prediction, k: int, part: Part, drawn: Draws
) -> tuple[Array, Array]:
    """Return a measure at one cutoff and its weight: as it is, and under each draw of blocks."""
    key = (id(prediction), measure, k, part)
    if key not in drawn.memo:
        times = np.column_stack([np.ones(len(drawn.blocks)), drawn.blocks])
        # The prediction is kept too, so that no other one can come by its number.
        drawn.memo[key] = (prediction, *_values(measure, prediction, k, part, times))
    return drawn.memo[key][1:]


def _values(
    measure: str, prediction: Prediction, k: int, part: Part, times: Array
) -> tuple[Array, Array]:
    """Return a measure at one cutoff and its weight, for each column of `times`.

    `times` (blocks, draws) is how often each block counts; where the measure is undefined the
    weight is 0.
    """
    if measure == ONSET:
        measure, part = "auc", "onset"
    among = _among(prediction, part)
    if measure in ("auc", "ap"):
        return _telling_apart(measure, prediction, among, part, times)
    count = prediction.count * among
    block, blocks = prediction.block, len(times)

    def summed(each: Array) -> Array:
        cells = np.bincount(block, each, minlength=blocks).astype(np.float64)
        return np.asarray(_dot(cells[None], times)[0])

    included = inclusion(prediction.score, k)
    if measure == "precision":
        attended = included * among
        return _ratio(summed(attended * (prediction.count > 0)), summed(attended))
    happened = summed(count.astype(np.float64))
    captured = summed(included * count)
    if measure == "capture":
        return _ratio(captured, happened)
    if measure == "pai":
        share = summed(included) / np.maximum(summed(np.ones(len(block))), 1e-300)
        value, weight = _ratio(captured, happened)
        return np.where(share > 0, value / np.maximum(share, 1e-300), 0.0), weight * (share > 0)
    best = summed(inclusion(prediction.count.astype(np.float64), k) * count)
    if measure == "ceiling":
        return _ratio(best, happened)
    if measure == "pei":
        return _ratio(captured, best)
    raise ValueError(f"{measure!r} is not a measure")


def _telling_apart(
    measure: str, prediction: Prediction, among: NDArray[np.bool_], part: Part, times: Array
) -> tuple[Array, Array]:
    """Return AUC or average precision, by groups of tied places, the highest first."""
    score, happened = prediction.score[among], prediction.happened[among]
    value, weight = np.zeros(times.shape[1]), np.zeros(times.shape[1])
    if not len(score):
        return value, weight
    order = np.argsort(-score, kind="stable")
    starts = np.flatnonzero(np.diff(-score[order], prepend=-np.inf) != 0)
    block, hit = prediction.block[among][order], happened[order]
    step = max(1, _AT_ONCE // len(score))
    for first in range(0, times.shape[1], step):
        columns = slice(first, first + step)
        often = times[block, columns]
        size = np.add.reduceat(often, starts, axis=0)
        hits = np.add.reduceat(often * hit[:, None], starts, axis=0)
        hits_above, above = (np.cumsum(each, axis=0) - each for each in (hits, size))
        positives = hits.sum(axis=0)
        if measure == "auc":
            misses = size - hits
            negatives = misses.sum(axis=0)
            below = negatives - (above - hits_above) - misses / 2
            total, pairs = (hits * below).sum(axis=0), positives * negatives
        else:
            sums = harmonic(int(size.sum(axis=0).max()))
            total = tied_precision(hits, size, hits_above, above, sums).sum(axis=0)
            pairs = positives * (size.sum(axis=0) > positives)
            total = np.where(pairs > 0, total, 0.0)
        value[columns] = total / np.maximum(pairs, 1e-300)
        weight[columns] = np.where(pairs > 0, 1.0 if part == "all" else positives, 0.0)
    return value, weight


def _among(prediction: Prediction, part: Part) -> NDArray[np.bool_]:
    if part == "all":
        return np.ones(len(prediction.score), dtype=bool)
    return prediction.onset_candidate if part == "onset" else ~prediction.onset_candidate


def _ratio(part: Array, whole: Array) -> tuple[Array, Array]:
    there = whole > 0
    return np.where(there, part / np.where(there, whole, 1.0), 0.0), there.astype(np.float64)


def _once(prediction: Prediction) -> Array:
    return np.ones((int(prediction.block.max()) + 1, 1))


def _resummed(cells: Array, drawn: Draws) -> Array:
    """Return (r, draws) sums of (r, cells) over the cells, each as often as it was drawn."""
    step = max(1, _AT_ONCE // cells.shape[1])
    found = []
    for first in range(0, drawn.number, step):
        cutoffs, blocks = drawn.cutoffs[first : first + step], drawn.blocks[:, first : first + step]
        times = (cutoffs.T[:, None, :] * blocks[None]).reshape(cells.shape[1], -1)
        found.append(_dot(cells, times))
    return np.concatenate(found, axis=1)


def _dot(left: Array, right: Array) -> Array:
    """Return the matrix product, the same to the bit on one core and on two."""
    return np.asarray(np.einsum("ij,jk->ik", left, right, optimize=False))


def _probability(prediction: Prediction) -> Array:
    assert prediction.probability is not None  # noqa: S101 - the caller looked
    return prediction.probability


def _interval(value: float, drawn: Array) -> Estimate:
    value = float(value)
    low, high = np.quantile(drawn, [_TAIL, 1 - _TAIL]) if len(drawn) else (value, value)
    return Estimate(value, float(low), float(high))
