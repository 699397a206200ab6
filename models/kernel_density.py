"""Kernel density in space and time: past incidents near in both raise the risk here."""

from collections.abc import Mapping, Sequence
from itertools import product

import numpy as np

from models.additive import AdditiveScore, Array, Scale, TrainingSet, known_features, plain_sum
from models.bootstrap import block_weights

SHARES = (0.0, 0.25, 0.5, 1.0, 2.0)
"""How much an incident at each distance may weigh beside one here."""

_FLOOR = 0.1
_REFITS = 20


class KernelDensity:
    """Past outcome incidents here, and with a share those of neighbours at several distances.

    The kernel in time is the half-life of the counts, the kernel in space a step for each
    distance. Which half-life, and which share at which distance, is chosen by where the
    incidents of the training windows fell: the greatest likelihood of their places under
    the density of the day before, among all combinations of `SHARES`. Each window is later
    than the density that it judges, so no window judges itself.

    Bowers, Johnson and Pease (2004), "Prospective hot-spotting", British Journal of
    Criminology 44, for the kernel; Silverman (1986), "Density Estimation", section 3.4, for
    the choice by likelihood.

    Parameters
    ----------
    kernels : for each half-life the unit's own decayed count, with the counts of its
        neighbours at rising distances.
    """

    name = "kernel_density"
    scale: Scale = "count"
    complexity = 5
    least_outcomes = 5

    def __init__(self, kernels: Mapping[str, Sequence[str]]) -> None:
        if not kernels:
            raise ValueError("a kernel density needs a count of a unit's own incidents")
        self.kernels = {own: tuple(near) for own, near in kernels.items()}

    def fit(self, training: TrainingSet) -> AdditiveScore:
        """Choose half-life and shares.

        Raises
        ------
        ValueError
            If no training window holds an outcome.
        """
        return self._fit(training, [np.ones(len(training.count))])[0]

    def draw(
        self,
        fitted: AdditiveScore,
        training: TrainingSet,
        draws: int,
        random: np.random.Generator,
    ) -> Sequence[AdditiveScore]:
        """Return at most twenty scores, each chosen anew with blocks of space reweighted."""
        return self._fit(training, block_weights(training.block, min(draws, _REFITS), random))

    def _fit(self, training: TrainingSet, weights: Sequence[Array]) -> list[AdditiveScore]:
        """Return the density with the greatest likelihood under each weighting of the rows."""
        if not training.count.any():
            raise ValueError("no training window holds an outcome")
        best = [-np.inf] * len(weights)
        found: list[dict[str, float]] = [{} for _ in weights]
        for own, near in self.kernels.items():
            # Unknown neighbours, as without coordinates, are left out.
            known = known_features(training.features, dict.fromkeys(near, "identity"))
            names = [own, *known]
            columns = [
                np.nan_to_num(training.features[name].to_numpy().astype(np.float64), nan=0.0)
                for name in names
            ]
            shapes = [_Likelihood(columns, training, weight) for weight in weights]
            for shares in product(SHARES, repeat=len(known)):
                combined = np.array([1.0, *shares])
                for place, shape in enumerate(shapes):
                    likelihood = shape.of(combined)
                    # Of equals the first wins, which looks at fewer neighbours.
                    if likelihood > best[place]:
                        best[place] = likelihood
                        found[place] = dict(zip(names, combined.tolist(), strict=True))
        return [
            plain_sum({name: share for name, share in shares.items() if share > 0})
            for shares in found
        ]


class _Likelihood:
    """Log-likelihood of where incidents fell, given how many fell in each window.

    The density of a unit is the weighted sum of its counts, and a tenth of the region's mean
    for what can happen where nothing has. A window's total is linear in the shares, so only
    the rows in which something happened are looked at again for each combination.
    """

    def __init__(self, columns: list[Array], training: TrainingSet, weight: Array) -> None:
        happened = training.count > 0
        self.seen = np.column_stack(columns)[happened]
        self.count = (training.count * weight)[happened]
        windows, index = np.unique(training.cutoff_index, return_inverse=True)
        self.totals = np.column_stack(
            [np.bincount(index, column * weight, minlength=len(windows)) for column in columns]
        )
        self.units = np.bincount(index, weight, minlength=len(windows))
        self.window = index[happened]

    def of(self, shares: Array) -> float:
        total = (self.totals * shares).sum(axis=1)
        mean = np.maximum(total / self.units, 1e-12)
        density = (self.seen * shares).sum(axis=1) + _FLOOR * mean[self.window]
        place = density / (((1 + _FLOOR) * mean * self.units)[self.window])
        return float((self.count * np.log(place)).sum())
