"""How far stated probabilities can be believed: Brier's parts, log score, calibration.

Weights are for the bootstrap, as in `models.metrics`: a place with weight 2 counts twice.
What is undefined raises `UndefinedMetric`.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit, xlogy
from scipy.stats import rankdata

from models.additive import Array
from models.metrics import Counts, Outcomes, UndefinedMetric, check_finite, total

BINS = 10
_STEPS = 100


@dataclass(frozen=True)
class BrierParts:
    """Parts of the Brier score, scalars or arrays: reliability - resolution + uncertainty.

    Attributes
    ----------
    reliability : how far the stated probability of a bin is from what happened; 0 is best.
    resolution : how far probabilities tell places apart. Within a bin as well: the two
        terms that Murphy's parts leave out where a bin holds different probabilities
        count here, so that the sum is exact.
    uncertainty : rate (1 - rate): the score of stating the base rate everywhere.
    """

    reliability: Array
    resolution: Array
    uncertainty: Array

    @property
    def brier(self) -> Array:
        """Return the Brier score, the sum of the parts."""
        return self.reliability - self.resolution + self.uncertainty


@dataclass(frozen=True)
class BinSums:
    """Sums over the places of each bin; (bins,) or (bins, draws).

    Attributes
    ----------
    places, stated, stated_squared, happened, stated_happened : sums of 1, p, p^2, o and p o,
        p being the probability and o the outcome.
    """

    places: Array
    stated: Array
    stated_squared: Array
    happened: Array
    stated_happened: Array


@dataclass(frozen=True)
class Recalibration:
    """Outcome = logistic(intercept + slope * log-odds stated): slope 1 and intercept 0 are best.

    A slope below 1 tells that probabilities are too extreme, above 1 that they are too timid.
    """

    intercept: float
    slope: float


def bins(probability: Array, number: int = BINS) -> NDArray[np.int64]:
    """Return each place's bin, 0 for the lowest probabilities.

    The distinct probabilities are the bins where there are at most `number` of them;
    otherwise bins hold about the same number of places, equal probabilities together.

    Examples
    --------
    >>> bins(np.array([0.1, 0.3, 0.1])).tolist()
    [0, 1, 0]
    >>> bins(np.array([0.1, 0.2, 0.3, 0.4]), number=2).tolist()
    [0, 0, 1, 1]
    """
    check_probability(probability)
    _, inverse = np.unique(probability, return_inverse=True)
    if inverse.max(initial=0) < number:
        return inverse.astype(np.int64)
    share = (rankdata(probability) - 0.5) / len(probability)
    return np.unique((share * number).astype(np.int64), return_inverse=True)[1].astype(np.int64)


def brier_parts(
    probability: Array,
    outcome: Outcomes,
    bin_of: NDArray[np.int64] | None = None,
    weight: Counts | None = None,
) -> BrierParts:
    """Return reliability, resolution and uncertainty; together they are the Brier score.

    Parameters
    ----------
    bin_of : (n_places,) bin of each place; `bins(probability)` if not given.

    Raises
    ------
    UndefinedMetric
        If there is no place at all.

    References
    ----------
    Murphy (1973), "A new vector partition of the probability score", Journal of Applied
    Meteorology 12. Stephenson, Coelho and Jolliffe (2008), "Two extra components in the
    Brier score decomposition", Weather and Forecasting 23.

    Examples
    --------
    >>> parts = brier_parts(np.array([0.2, 0.2, 0.8, 0.8]), np.array([False, False, True, False]))
    >>> [round(float(part), 4) for part in (parts.reliability, parts.resolution, parts.brier)]
    [0.065, 0.0625, 0.19]
    """
    return parts_of(bin_sums(probability, outcome, bin_of, weight))


def parts_of(sums: BinSums) -> BrierParts:
    """Return the parts of the Brier score from sums over bins (their first axis)."""
    places = sums.places.sum(axis=0)
    size = np.maximum(sums.places, 1e-300)  # an empty bin adds 0 / tiny = 0
    rate = sums.happened.sum(axis=0) / places
    reliability = ((sums.stated - sums.happened) ** 2 / size).sum(axis=0) / places
    between = (sums.places * (sums.happened / size - rate) ** 2).sum(axis=0)
    spread = (sums.stated_squared - sums.stated**2 / size).sum(axis=0)
    together = (sums.stated_happened - sums.stated * sums.happened / size).sum(axis=0)
    resolution = (between + 2 * together - spread) / places
    return BrierParts(reliability, resolution, rate * (1 - rate))


def bin_sums(
    probability: Array,
    outcome: Outcomes,
    bin_of: NDArray[np.int64] | None = None,
    weight: Counts | None = None,
) -> BinSums:
    """Return the sums over bins that the Brier parts and the calibration error need."""
    check_probability(probability)
    times = _times(outcome, weight)
    number = bins(probability) if bin_of is None else bin_of
    each = (np.bincount(number, times * term) for term in terms(probability, outcome))
    return BinSums(*(sums.astype(np.float64) for sums in each))


def terms(probability: Array, outcome: Outcomes) -> tuple[Array, ...]:
    """Return what a place adds to each of the sums of a bin, in their order."""
    happened = outcome.astype(np.float64)
    square, both = probability**2, probability * happened
    return np.ones(len(outcome)), probability, square, happened, both


def calibration_error(
    probability: Array,
    outcome: Outcomes,
    bin_of: NDArray[np.int64] | None = None,
    weight: Counts | None = None,
) -> float:
    """Mean distance, over places, between a bin's mean probability and its rate; 0 is best.

    With few places it is above zero even where probabilities are true: chance alone sets
    rates apart. Read it beside its interval.

    References
    ----------
    Naeini, Cooper and Hauskrecht (2015), "Obtaining well calibrated probabilities using
    Bayesian binning", AAAI.

    Examples
    --------
    >>> error = calibration_error(np.array([0.2, 0.2, 0.8]), np.array([False, False, True]))
    >>> round(error, 4)
    0.2
    """
    return float(error_of(bin_sums(probability, outcome, bin_of, weight)))


def error_of(sums: BinSums) -> Array:
    """Return the calibration error from sums over bins (their first axis)."""
    distance = np.abs(sums.stated - sums.happened).sum(axis=0)
    return np.asarray(distance / sums.places.sum(axis=0))


def log_score(probability: Array, outcome: Outcomes, weight: Counts | None = None) -> float:
    """Mean of -log(probability stated for what happened), in natural logarithms; 0 is best.

    Raises
    ------
    UndefinedMetric
        If there is no place, or something was called certain and turned out otherwise:
        the score is infinite.

    Examples
    --------
    >>> round(log_score(np.array([0.5, 0.5]), np.array([True, False])), 4)
    0.6931
    """
    times = _times(outcome, weight)
    check_probability(probability)
    among = times > 0
    loss = losses(probability[among], outcome[among])
    if np.isinf(loss).any():
        raise UndefinedMetric("what was called certain turned out otherwise")
    return total(times[among], loss) / total(times)


def losses(probability: Array, outcome: Outcomes) -> Array:
    """Return each place's part of the log score, infinite where a certainty failed."""
    return np.asarray(-xlogy(1.0, np.where(outcome, probability, 1 - probability)))


def calibration_slope(
    probability: Array, outcome: Outcomes, weight: Counts | None = None
) -> Recalibration:
    """Fit the outcomes on the log-odds that were stated, by maximum likelihood.

    Raises
    ------
    UndefinedMetric
        If a probability is 0 or 1, or the likelihood has no highest point: only one kind
        of outcome, all probabilities the same, or outcomes that they separate wholly.

    References
    ----------
    Cox (1958), "Two further applications of a model for binary regression", Biometrika 45.
    """
    check_probability(probability)
    times = _times(outcome, weight)
    among = times > 0
    times, happened, p = times[among], outcome[among].astype(np.float64), probability[among]
    if not ((p > 0) & (p < 1)).all():
        raise UndefinedMetric("a probability of 0 or 1 has no log-odds")
    x = np.asarray(logit(p))
    if is_separated(x, outcome[among]):
        raise UndefinedMetric("the slope has no finite value: the probabilities separate all")
    middle = total(times, x) / total(times)
    spread = float(np.sqrt(total(times, (x - middle) ** 2) / total(times)))
    intercept, slope = _fit((x - middle) / spread, happened, times)
    return Recalibration(intercept - slope * middle / spread, slope / spread)


def is_separated(x: Array, outcome: Outcomes) -> bool:
    """Tell whether some x has all outcomes on one side: then no finite slope fits best."""
    yes, no = x[outcome], x[~outcome]
    if len(yes) == 0 or len(no) == 0:
        return True
    return bool(yes.min() >= no.max() or no.min() >= yes.max())


def gradient(x: Array, outcome: Array, intercept: float, slope: float) -> tuple[Array, ...]:
    """Return each place's part of the likelihood's gradient (2) and of its curvature (3)."""
    fitted = expit(intercept + slope * x)
    rest, width = outcome - fitted, fitted * (1 - fitted)
    return rest, rest * x, width, width * x, width * x**2


def newton_step(g0: Array, g1: Array, h00: Array, h01: Array, h11: Array) -> tuple[Array, Array]:
    """Return how intercept and slope move; NaN where the curvature has no inverse."""
    determinant = np.asarray(h00 * h11 - h01**2)
    flat = determinant <= 1e-12 * np.asarray(h00 * h11)
    determinant = np.where(flat, np.nan, determinant)
    return (h11 * g0 - h01 * g1) / determinant, (h00 * g1 - h01 * g0) / determinant


def check_probability(probability: Array) -> None:
    """Raise a ValueError if a probability is not finite or not between 0 and 1."""
    check_finite(probability)
    if ((probability < 0) | (probability > 1)).any():
        raise ValueError("a probability is not between 0 and 1")


def _fit(x: Array, outcome: Array, times: Array) -> tuple[float, float]:
    """Return intercept and slope by Newton's method, a step halved until it gains."""

    def loss(intercept: float, slope: float) -> float:
        u = intercept + slope * x
        return total(times, np.logaddexp(0.0, u) - outcome * u)

    intercept, slope = 0.0, 0.0
    now = loss(intercept, slope)
    for _ in range(_STEPS):
        parts = [total(times, part) for part in gradient(x, outcome, intercept, slope)]
        step = [float(part) for part in newton_step(*map(np.asarray, parts))]
        if not np.isfinite(step).all():
            break
        share = 1.0
        while (new := loss(intercept + share * step[0], slope + share * step[1])) > now:
            share /= 2
            if share < 1e-9:
                return intercept, slope
        intercept, slope, now = intercept + share * step[0], slope + share * step[1], new
        if max(map(abs, step)) < 1e-10 * (1 + abs(slope)):
            return intercept, slope
    raise UndefinedMetric("the slope has no finite value within reach")


def _times(outcome: Outcomes, weight: Counts | None) -> Array:
    times = np.ones(len(outcome)) if weight is None else weight.astype(np.float64)
    if times.sum() == 0:
        raise UndefinedMetric("there is no place")
    return times
