"""Probabilities stated and what then happened, bin by bin, with the room that chance leaves."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from models.additive import Array

INTERVAL = 0.9
LEAST_PLACES = 30
# Of the highest mean: what lies closer cannot be told apart in a plot.
_LEAST_GAP = 1 / 8


@dataclass(frozen=True)
class CalibrationBins:
    """Probabilities stated and what then happened, by bin.

    Attributes
    ----------
    stated : mean probability stated in each bin, 0 to 1.
    happened : share of each bin's places where it then happened, 0 to 1.
    low, high : 90 % interval of `happened`.
    places : places in each bin, over all cutoffs.
    """

    stated: Sequence[float]
    happened: Sequence[float]
    low: Sequence[float]
    high: Sequence[float]
    places: Sequence[int]

    def __post_init__(self) -> None:
        columns = (self.happened, self.low, self.high, self.places)
        if not len(self.stated) or {len(column) for column in columns} != {len(self.stated)}:
            raise ValueError("a calibration plot takes one value of each kind for every bin")
        for stated, happened, low, high, places in self.rows():
            if not (0 <= low <= happened <= high <= 1 and 0 <= stated <= 1 and places > 0):
                raise ValueError("a bin of the calibration plot cannot be")

    def rows(self) -> list[tuple[float, float, float, float, int]]:
        """Return stated, happened, low, high and places of each bin."""
        return list(zip(self.stated, self.happened, self.low, self.high, self.places, strict=True))


def readable_bins(probability: Array, bin_of: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return bins joined with their neighbours until each can be read in a plot.

    A bin holds at least `LEAST_PLACES` places (or all there are), and its mean lies an eighth of
    the highest mean above that of the bin below it.

    Parameters
    ----------
    probability : (n,) stated, 0 to 1.
    bin_of : (n,) number of each place's bin, 0 for the lowest probabilities, none left out.

    Examples
    --------
    >>> stated = np.repeat([0.001, 0.002, 0.05, 0.1], [100, 100, 5, 100])
    >>> bins = readable_bins(stated, np.repeat([0, 1, 2, 3], [100, 100, 5, 100]))
    >>> np.bincount(bins).tolist()
    [200, 105]
    """
    places = np.bincount(bin_of).astype(np.float64)
    total = np.bincount(bin_of, probability)
    gap = _LEAST_GAP * float((total / places).max())
    joined = [[number] for number in range(len(places))]

    def mean(numbers: list[int]) -> float:
        return float(total[numbers].sum() / places[numbers].sum())

    at = 0
    while len(joined) > 1 and at < len(joined):
        is_last = at == len(joined) - 1
        neighbour = joined[at - 1] if is_last else joined[at + 1]
        is_small = places[joined[at]].sum() < LEAST_PLACES
        if is_small or abs(mean(neighbour) - mean(joined[at])) < gap:
            first = at - 1 if is_last else at
            joined[first : first + 2] = [joined[first] + joined[first + 1]]
            at = max(0, first - 1)
        else:
            at += 1
    new = np.empty(len(places), dtype=np.int64)
    for number, members in enumerate(joined):
        new[members] = number
    return np.asarray(new[bin_of])


def calibration_bins(
    probability: Array, outcome: NDArray[np.bool_], bin_of: NDArray[np.int64]
) -> CalibrationBins:
    """Return the bins of a calibration plot, with Wilson's 90 % interval of each rate.

    The interval takes places as independent. Those of one kecamatan, or of one place at
    several cutoffs, are not: the true room is somewhat wider.

    Parameters
    ----------
    probability : (n,) stated, 0 to 1.
    outcome : (n,) whether it happened.
    bin_of : (n,) number of each place's bin; a bin without a place is left out.

    References
    ----------
    Wilson (1927), "Probable inference, the law of succession, and statistical inference",
    Journal of the American Statistical Association 22.

    Examples
    --------
    >>> found = calibration_bins(
    ...     np.array([0.1, 0.2, 0.9]), np.array([False, True, True]), np.array([0, 0, 1])
    ... )
    >>> found.places, [round(rate, 2) for rate in found.happened]
    ([2, 1], [0.5, 1.0])
    """
    places = np.bincount(bin_of)
    there = places > 0
    n = places[there].astype(np.float64)
    stated = np.bincount(bin_of, probability)[there] / n
    rate = np.bincount(bin_of, outcome.astype(np.float64))[there] / n
    z = float(norm.ppf((1 + INTERVAL) / 2))
    middle = (rate + z**2 / (2 * n)) / (1 + z**2 / n)
    reach = z * np.sqrt(rate * (1 - rate) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    # At a rate of 0 or 1 the interval ends there, but for the last bit.
    low, high = np.clip(middle - reach, 0, rate), np.clip(middle + reach, rate, 1)
    return CalibrationBins(
        stated=np.clip(stated, 0, 1).tolist(),
        happened=rate.tolist(),
        low=low.tolist(),
        high=high.tolist(),
        places=[int(number) for number in n],
    )
