"""Reporting effort and risk, told apart by two kinds of counts of the same places.

Where few look, few outcomes are on record, and so is little else; few outcomes where much else
is told are a sign of calm. So the log of reporting effort, a, and the log of relative risk, u, of a
unit stand behind both of its counts:

    outcomes ~ Poisson(expected outcomes * exp(a + u))
    others   ~ Poisson(expected others   * exp(a + 0.4 * u))

with normal priors, first for the stretch of land (the unit and, by a kernel, those around it),
then for the unit itself around its stretch. Expected is what a unit of its size would have if
nothing set it apart. Both are posterior modes, found by Newton's method; the posterior is
strictly log-concave. A shared-component model in the sense of Knorr-Held and Best (2001), "A
shared component model for detecting joint and selective clustering of two diseases", Journal of
the Royal Statistical Society A 164; the remedy for counts of presence that are also counts of
looking is the target-group background of Phillips et al. (2009), Ecological Applications 19.

The spreads and the share of risk in other kinds of news were set on simulated regions. Whether
they fit a real region no count can tell: it would take incidents that nobody reported.
"""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import PoissonRegressor
from threadpoolctl import threadpool_limits

from models.additive import Array
from models.neighbourhood import Neighbourhood

RISK_IN_OTHERS = 0.4
"""How much of the log risk shows in what is told besides outcomes."""

LEAST_EXPECTED = 1e-3
"""Expected outcomes below this count as this much in a log-rate."""

_LAND = (0.4, 1.0)
_UNIT = (0.3, 1.2)
_PENALTY = 5.0
_STEPS = 100
_SMALL = 1e-10
_HIGHEST = 50.0


@dataclass(frozen=True)
class Told:
    """What is told of n units, and what would be if nothing set a unit apart.

    Attributes
    ----------
    outcomes : (n,) known outcome incidents of all time.
    others : (n,) what else is told: incidents that are no outcome, and reports.
    outcomes_expected, others_expected : (n,) the same totals, spread by size alone.
    """

    outcomes: Array
    others: Array
    outcomes_expected: Array
    others_expected: Array

    def __post_init__(self) -> None:
        """Refuse what no count can be."""
        for field in fields(self):
            values = getattr(self, field.name)
            if not (np.isfinite(values).all() and (values >= 0).all()):
                raise ValueError(f"{field.name}: a count is below zero or not finite")
        for counted, expected in (
            (self.outcomes, self.outcomes_expected),
            (self.others, self.others_expected),
        ):
            if (expected[counted > 0] == 0).any():
                raise ValueError("something is told of a unit of which nothing is expected")

    def around(self, neighbourhood: Neighbourhood) -> "Told":
        """Return the same, summed over the units around each unit."""
        return Told(*(neighbourhood.around(getattr(self, field.name)) for field in fields(self)))


@dataclass(frozen=True)
class Effort:
    """How much of a unit reaches a file, and its risk once that is allowed for.

    Attributes
    ----------
    log_effort : (n,) log of reporting effort, mean 0 over the units.
    log_risk : (n,) log of risk relative to what is expected of the unit's size.
    log_rate : (n,) log of the outcomes that would be on record with average effort: a score.
    """

    log_effort: Array
    log_risk: Array
    log_rate: Array


def reporting_effort(own: Told, neighbourhood: Neighbourhood) -> Effort:
    """Return reporting effort and risk of each unit.

    Examples
    --------
    Two stretches of land have as many outcomes on record, but from the first much else is told
    too: so more is reported there, and the risk is higher in the second.

    >>> from models.neighbourhood import SameBlock
    >>> stretch, one = np.repeat([0, 1], 6), np.ones(12)
    >>> told = Told(one, np.where(stretch == 0, 9.0, 1.0), one, 5 * one)
    >>> found = reporting_effort(told, SameBlock(stretch))
    >>> found.log_effort[[0, 6]].round(1).tolist(), found.log_rate[[0, 6]].round(1).tolist()
    ([0.7, -0.7], [-0.3, 0.1])
    """
    effort, risk = effort_and_risk(own, own.around(neighbourhood))
    rate = risk + np.log(np.maximum(own.outcomes_expected, LEAST_EXPECTED))
    return Effort(effort - effort.mean(), risk, rate)


def effort_and_risk(own: Told, around: Told) -> tuple[Array, Array]:
    """Return (n,) log effort and (n,) log risk; a unit's depend on its own numbers alone.

    Parameters
    ----------
    own : what is told of each unit.
    around : the same of the units around it, without itself; zeros where there are none.
    """
    land = Told(*(getattr(own, field.name) + getattr(around, field.name) for field in fields(own)))
    nothing = np.zeros(len(own.outcomes))
    return _mode(own, _UNIT, *_mode(land, _LAND, nothing, nothing))


def _mode(
    told: Told, spreads: tuple[float, float], effort: Array, risk: Array
) -> tuple[Array, Array]:
    """Return the posterior mode under normal priors around `effort` and `risk`."""
    on_effort, on_risk = (spread**-2 for spread in spreads)
    a, u, rho = effort.copy(), risk.copy(), RISK_IN_OTHERS
    moving = np.ones(len(a), dtype=bool)
    for _ in range(_STEPS):
        outcomes = told.outcomes_expected * np.exp(np.clip(a + u, -_HIGHEST, _HIGHEST))
        others = told.others_expected * np.exp(np.clip(a + rho * u, -_HIGHEST, _HIGHEST))
        more_outcomes, more_others = told.outcomes - outcomes, told.others - others
        slope_a = more_outcomes + more_others - (a - effort) * on_effort
        slope_u = more_outcomes + rho * more_others - (u - risk) * on_risk
        bend_a = outcomes + others + on_effort
        bend_u = outcomes + rho**2 * others + on_risk
        bend_both = outcomes + rho * others
        area = bend_a * bend_u - bend_both**2
        step_a = (bend_u * slope_a - bend_both * slope_u) / area
        step_u = (bend_a * slope_u - bend_both * slope_a) / area
        # At most one at a time: a full step overshoots where an exponential is steep.
        largest = np.maximum(np.abs(step_a), np.abs(step_u))
        # A unit at rest stays there, so that others in the frame do not change its last bit.
        moving &= largest > _SMALL
        if not moving.any():
            return a, u
        share = np.where(moving, 1 / np.maximum(largest, 1.0), 0.0)
        a, u = a + share * step_a, u + share * step_u
    raise ValueError(f"reporting effort of {int(moving.sum())} units was not found")


def expected_counts(count: Array, covariates: Array) -> Array:
    """Return the counts as a Poisson regression spreads their total over the units.

    Parameters
    ----------
    count : (n,) not below zero.
    covariates : (n, m) what is no matter of reporting, such as log size; m may be 0.

    Returns
    -------
    (n,) expected counts with the same total.

    Examples
    --------
    >>> expected_counts(np.array([0.0, 3.0]), np.zeros((2, 0))).tolist()
    [1.5, 1.5]
    """
    total = float(count.sum())
    spread = covariates.std(axis=0)
    matrix = (covariates - covariates.mean(axis=0))[:, spread > 0] / spread[spread > 0]
    if total == 0 or matrix.shape[1] == 0:
        return np.full(len(count), total / len(count))
    # One thread: the order of additions must not depend on the number of cores.
    with threadpool_limits(limits=1):
        model = PoissonRegressor(alpha=_PENALTY / len(count), solver="newton-cholesky")
        mean = model.fit(matrix, count).predict(matrix)
    return np.asarray(mean * (total / mean.sum()))


def like_neighbours(
    log_risk: Array, is_blind: NDArray[np.bool_], neighbourhood: Neighbourhood, most: int = 20
) -> Array:
    """Return the log risks, those of blind spots replaced by what their neighbours have.

    A blind spot gets the mean over its nearest units that are none, weighted by nearness; where
    there is none, the mean of all that are none. With nothing but blind spots, nothing changes.

    Parameters
    ----------
    log_risk : (n,) log of relative risk, as in `Effort`.
    is_blind : (n,) whether no source reached the unit.
    neighbourhood : who is near.
    most : how many neighbours to take the mean of.
    """
    if is_blind.all() or not is_blind.any():
        return log_risk.copy()
    like = neighbourhood.mean_around(log_risk, ~is_blind, most)
    like = np.where(np.isnan(like), log_risk[~is_blind].mean(), like)
    return np.where(is_blind, like, log_risk)
