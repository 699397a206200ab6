"""Empirical Bayes: a unit's own rate, drawn towards its kecamatan's and the region's."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit, gammaln
from threadpoolctl import threadpool_limits

from models.additive import AdditiveScore, Array, Scale, TrainingSet, plain_sum
from models.bootstrap import block_weights

# log of the prior's strength, and log-odds of the kecamatan's share: bounds that leave out
# nothing of use and keep the search finite.
_BOUNDS = ((-4.0, 6.0), (-6.0, 6.0))
_REFITS = 20


class ShrunkRate:
    """Expected incidents of a window under a gamma prior of each unit's rate.

    The past count of a unit is Poisson around its rate. The rate has a gamma prior whose
    mean lies between the kecamatan's past count a unit and the region's: so a unit with few
    incidents is judged by its surroundings, and one with many by its own. The next count is
    then negative binomial, and the prior's strength and the kecamatan's share in its mean
    are those with the greatest likelihood over the training windows.

    Clayton and Kaldor (1987), "Empirical Bayes estimates of age-standardized relative risks
    for use in disease mapping", Biometrics 43; a local mean after Marshall (1991), "Mapping
    disease and mortality rates using empirical Bayes estimators", Applied Statistics 40.

    Parameters
    ----------
    own : the unit's own past count.
    district : the past count a unit elsewhere in its kecamatan, decayed alike; None for none.
    """

    name = "shrunk_rate"
    scale: Scale = "count"
    complexity = 4
    least_outcomes = 5

    def __init__(
        self, own: str = "clash_decayed_long", district: str | None = "district_clash_decayed"
    ) -> None:
        self.own, self.district = own, district

    def fit(self, training: TrainingSet) -> AdditiveScore:
        """Learn the prior.

        Raises
        ------
        ValueError
            If the training rows hold no outcome, or no past incident.
        """
        # One thread: the order of additions must not depend on the number of cores.
        with threadpool_limits(limits=1):
            return self._fit(training, np.ones(len(training.count)))

    def draw(
        self,
        fitted: AdditiveScore,
        training: TrainingSet,
        draws: int,
        random: np.random.Generator,
    ) -> Sequence[AdditiveScore]:
        """Return at most twenty scores, each learned anew with blocks of space reweighted."""
        with threadpool_limits(limits=1):
            return [
                self._fit(training, weight)
                for weight in block_weights(training.block, min(draws, _REFITS), random)
            ]

    def _fit(self, training: TrainingSet, weight: Array) -> AdditiveScore:
        own = training.features[self.own].to_numpy().astype(np.float64)
        count = training.count
        region = float(np.average(own, weights=weight))
        if not (count.any() and region > 0):
            raise ValueError("the training windows hold no outcome, or no past incident")
        around = np.full(len(own), region)
        if self.district is not None:
            told = training.features[self.district].cast(float).to_numpy()
            around = np.where(np.isnan(told), region, told)
        has_district = bool(np.ptp(around) > 0)
        happened = count > 0
        total = float(weight @ count)
        means = {"own": float(weight @ own), "around": float(weight @ around)}
        everywhere = float(weight.sum()) * region

        def misfit(at: NDArray[np.float64]) -> float:
            strength, share = np.exp(at[0]), expit(at[1]) if has_district else 0.0
            prior = share * around[happened] + (1 - share) * region
            shape = own[happened] + strength * prior
            shapes = means["own"] + strength * (share * means["around"] + (1 - share) * everywhere)
            # The odds of one more incident that match the mean: the window's length, in effect.
            odds = total / shapes
            rising = gammaln(shape + count[happened]) - gammaln(shape)
            return (
                float(
                    -(weight[happened] @ rising)
                    - total * np.log(odds / (1 + odds))
                    + shapes * np.log1p(odds)
                )
                / total
            )

        start = np.zeros(2 if has_district else 1)
        found = minimize(misfit, start, bounds=_BOUNDS[: len(start)], method="L-BFGS-B").x
        strength, share = np.exp(found[0]), expit(found[1]) if has_district else 0.0
        shapes = means["own"] + strength * (share * means["around"] + (1 - share) * everywhere)
        # Expected incidents are odds * (own + strength * prior).
        unit = total / shapes
        names = (self.own,) if self.district is None else (self.own, self.district)
        score = plain_sum(dict(zip(names, (unit, unit * strength * share), strict=False)))
        # An unknown kecamatan stands at the region's mean.
        return replace(
            score,
            center=np.array([0.0, region])[: len(names)],
            intercept=float(unit * strength * region),
        )
