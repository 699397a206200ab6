"""How many places were to see an incident by their probabilities, and how many did.

Owns the exact distributions: that of the number of places (Poisson-binomial), and the interval
of a share (binomial). Lists and their measures are in `models.reckoning`.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta

from models.additive import Array
from models.metrics import Counts, Outcomes
from models.reliability import check_probability

_TAIL = 0.05


@dataclass(frozen=True)
class Number:
    """How many places were to see an incident by their probabilities, and how many did.

    Attributes
    ----------
    expected, low, high : mean and central 90 % interval of the number, taking places as
        independent; they are not quite, so that the true interval is somewhat wider.
    observed : the number there was.
    chance_of_none : probability that there would be none.
    chance_as_far : probability of a number as far out on either side (twice the smaller tail).
    """

    expected: float
    low: int
    high: int
    observed: int
    chance_of_none: float
    chance_as_far: float

    @property
    def is_within(self) -> bool:
        """Tell whether what was observed lies within the interval."""
        return self.low <= self.observed <= self.high


@dataclass(frozen=True)
class Share:
    """Places where it happened among some, with the exact 90 % interval of their share."""

    places: int
    happened: int
    incidents: int
    share: float
    low: float
    high: float


def number(probability: Array, happened: Outcomes) -> Number:
    """Hold the number of places where it happened against its exact distribution.

    Examples
    --------
    >>> found = number(np.array([0.5, 0.5]), np.array([False, False]))
    >>> found.expected, found.low, found.high, found.chance_of_none, found.chance_as_far
    (1.0, 0, 2, 0.25, 0.5)
    """
    chance = number_distribution(probability)
    up_to = np.cumsum(chance)
    observed = int(happened.sum())
    below = float(up_to[min(observed, len(chance) - 1)])
    above = float(chance[observed:].sum())
    return Number(
        expected=float(probability.sum()),
        low=int(np.searchsorted(up_to, _TAIL)),
        high=min(int(np.searchsorted(up_to, 1 - _TAIL)), len(chance) - 1),
        observed=observed,
        chance_of_none=float(chance[0]),
        chance_as_far=min(1.0, 2 * min(below, above)),
    )


def number_distribution(probability: Array) -> Array:
    """Return the probability of 0, 1, 2 … places (Poisson-binomial), up to all that can matter.

    Beyond twelve standard deviations and thirty places above the mean nothing is left that a
    double could hold beside 1.

    Raises
    ------
    ValueError
        If a probability is not between 0 and 1.

    References
    ----------
    Chen and Liu (1997), "Statistical applications of the Poisson-binomial and conditional
    Bernoulli distributions", Statistica Sinica 7.

    Examples
    --------
    >>> number_distribution(np.array([0.5, 0.5])).tolist()
    [0.25, 0.5, 0.25]
    """
    check_probability(probability)
    spread = float(np.sqrt((probability * (1 - probability)).sum()))
    most = min(len(probability), int(np.ceil(probability.sum() + 12 * spread + 30)))
    chance = np.zeros(most + 1)
    chance[0] = 1.0
    for each in np.sort(probability):  # in an order of its own, so that rows can come in any
        moved = chance[:-1] * each
        chance *= 1 - each
        chance[1:] += moved
    return chance


def share_of(count: Counts, among: NDArray[np.bool_]) -> Share | None:
    """Return the share of some places in which it happened; None if there are no such places.

    References
    ----------
    Clopper and Pearson (1934), "The use of confidence or fiducial limits illustrated in the
    case of the binomial", Biometrika 26.

    Examples
    --------
    >>> found = share_of(np.array([2, 0, 0, 0]), np.array([True, True, False, False]))
    >>> found.happened, found.share, round(found.low, 3), round(found.high, 3)
    (1, 0.5, 0.025, 0.975)
    """
    n = int(among.sum())
    if n == 0:
        return None
    hits = int((among & (count > 0)).sum())
    low = float(beta.ppf(_TAIL, hits, n - hits + 1)) if hits else 0.0
    high = float(beta.ppf(1 - _TAIL, hits + 1, n - hits)) if hits < n else 1.0
    return Share(n, hits, int(count[among].sum()), hits / n, low, high)
