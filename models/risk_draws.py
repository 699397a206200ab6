"""Draws of what may be expected of each unit, for plans that are made under uncertainty.

Owns the way from drawn log-odds to drawn expected incidents. Where the draws come from is told in
`ranking.py`; what is done with them is the business of `extra.py`.
"""

from collections.abc import Sequence

import numpy as np
import polars as pl
from scipy.special import expit, logit
from threadpoolctl import threadpool_limits

from models.additive import Array, Fitted
from models.calibration import Calibration

_STEPS = 100  # a bracket of doubles is closed long before


def draw_log_odds(
    scorers: Sequence[Fitted],
    draws: int,
    features: pl.DataFrame,
    spread: Array,
    curve: Calibration,
    random: np.random.Generator,
) -> Array:
    """Return (draws, n) log-odds, up to a constant a draw, that data and model would allow.

    The same model of uncertainty as `ranking.draw_scores`, which keeps the order alone: each draw
    has its own score, its own slope, and each unit a normal term of its own width.

    Parameters
    ----------
    scorers : scores that the training rows would allow, taken in turn.
    draws : how many to draw.
    features : n rows.
    spread : (n,) standard deviations in log-odds (`ranking.village_spread`).
    curve : from score to log-odds, as learned on past predictions.
    random : source of randomness.
    """
    slopes = curve.draw_slopes(draws, random)
    drawn = np.empty((draws, features.height))
    # One thread: the last bit must not depend on the number of cores.
    with threadpool_limits(limits=1):
        for draw in range(draws):
            scaled = curve.scaled(scorers[draw % len(scorers)].score(features))
            drawn[draw] = slopes[draw] * scaled + spread * random.normal(size=len(scaled))
    return drawn


def expected_incidents(drawn: Array, total: float | None) -> Array:
    """Return (s, n) what each of s draws expects of each of n units.

    With a total, logistic(drawn + a), `a` being the one number a draw for which the units' sum is
    the total: a unit's chance of the outcome, so that an incident counts once a unit. How many
    there will be in all is not drawn: the draws say where. Without a total, where nothing is
    calibrated, exp(drawn) as shares of the draw's sum: each row sums to 1 and says nothing of how
    many there will be.

    A unit's mean over draws is not its calibrated probability: below one half, the wider a unit is
    drawn, the higher its mean, at the cost of the others.

    Parameters
    ----------
    drawn : (s, n) finite log-odds up to a constant a draw, such as `draw_log_odds` gives.
    total : sum over units of the calibrated probabilities, between 0 and n; or None.

    Raises
    ------
    ValueError
        If a value is not finite, the total is out of range, or `drawn` holds places in an order
        (0 to n - 1 in every row) and no log-odds: an order no longer says how far apart two are.

    Examples
    --------
    >>> expected_incidents(np.array([[0.0, 0.0], [-9.0, -9.0]]), 1.0).tolist()
    [[0.5, 0.5], [0.5, 0.5]]
    >>> expected_incidents(np.log([[1.0, 3.0]]), None).round(2).tolist()
    [[0.25, 0.75]]
    """
    if drawn.ndim != 2 or not drawn.size or not np.isfinite(drawn).all():
        raise ValueError("the draws are not a filled table of finite numbers")
    units = drawn.shape[1]
    if units > 2 and (np.sort(drawn, axis=1) == np.arange(units)).all():
        raise ValueError("the draws are orders, not log-odds")
    if total is None:
        weight = np.exp(drawn - drawn.max(axis=1, keepdims=True))
        return np.asarray(weight / weight.sum(axis=1, keepdims=True))
    if not 0 < total < units:
        raise ValueError(f"a total of {total} is not between 0 and {units}, the number of units")
    return np.asarray(expit(drawn + _shift(drawn, total)[:, None]))


def _shift(drawn: Array, total: float) -> Array:
    """Return (s,) the numbers that bring each draw's sum to the total.

    The sum rises with the number. It is too low where even the highest unit has the mean chance
    and too high where the lowest has: bisection between the two.
    """
    middle = float(logit(total / drawn.shape[1]))
    low, high = middle - drawn.max(axis=1), middle - drawn.min(axis=1)
    for _ in range(_STEPS):
        half = (low + high) / 2
        is_low = expit(drawn + half[:, None]).sum(axis=1) < total
        low, high = np.where(is_low, half, low), np.where(is_low, high, half)
        if float((high - low).max()) < 1e-13 * max(1.0, float(np.abs(half).max())):
            break
    return np.asarray((low + high) / 2)
