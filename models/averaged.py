"""The average of several scores, with weights learned out of time."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit
from threadpoolctl import threadpool_limits

from models.additive import AdditiveScore, Array, Candidate, Fitted, Scale, SumScore, TrainingSet
from models.design import by_time


class Averaged:
    """Weighted mean of scores on a logarithmic scale.

    Members that err in different ways make a mean that errs less. Their weights are not
    below zero and sum to 1. They are learned by the log score of the newest windows of the
    training set from members that learned from the older ones, and drawn towards equal
    weights, which are hard to beat; then every member is learned again from all windows.

    Breiman (1996), "Stacked regressions", Machine Learning 24, for weights out of sample and
    not below zero; Clemen (1989), "Combining forecasts: a review", for equal ones.

    Parameters
    ----------
    members : the candidates to average; each on a scale of log-odds or log-rates.
    pull : how strongly weights are drawn towards equal ones, in units of what the newest
        windows know: with 1 half of what they would differ by is left; infinite for equal
        weights, which need no learning.
    """

    name = "averaged"
    scale: Scale = "log_odds"
    complexity = 11

    def __init__(self, members: Sequence[Candidate], pull: float) -> None:
        if not members:
            raise ValueError("an average needs members")
        for member in members:
            if member.scale not in ("log_odds", "log_rate"):
                raise ValueError(f"{member.name} has no logarithmic scale: it cannot be averaged")
        self.members, self.pull = tuple(members), pull

    @property
    def least_outcomes(self) -> int:
        """Outcomes that the most demanding member needs."""
        return max(member.least_outcomes for member in self.members)

    def fit(self, training: TrainingSet) -> SumScore:
        """Learn the weights, and each member from all windows.

        Raises
        ------
        ValueError
            If a member cannot be learned from the training rows.
        """
        shares = self._shares(training)
        return SumScore(tuple(member.fit(training) for member in self.members), shares)

    def draw(
        self,
        fitted: SumScore,
        training: TrainingSet,
        draws: int,
        random: np.random.Generator,
    ) -> list[Fitted]:
        """Return averages of what each member draws; the weights stay as learned.

        All members draw from the same seed, so that they see the same blocks of space
        weigh more or less.
        """
        seed = int(random.integers(2**63))
        drawn = [
            member.draw(part, training, draws, np.random.default_rng(seed))
            for member, part in zip(self.members, fitted.parts, strict=True)
        ]
        longest = max(len(scores) for scores in drawn)
        return [
            joined([scores[turn % len(scores)] for scores in drawn], fitted.shares)
            for turn in range(longest)
        ]

    def _shares(self, training: TrainingSet) -> Array:
        equal = np.full(len(self.members), 1 / len(self.members))
        periods = by_time(training) if np.isfinite(self.pull) else None
        if periods is None:
            return equal
        older, newest = periods
        then = training.where(older)
        # Seen from the day on which the newest third began.
        then = replace(then, years_ago=then.years_ago - training.years_ago[newest].max())
        judged = training.where(newest)
        with threadpool_limits(limits=1):
            scores = np.column_stack(
                [member.fit(then).score(judged.features) for member in self.members]
            )
            return _weights(scores, judged.outcome, self.pull)


def _weights(scores: Array, outcome: Array, pull: float) -> Array:
    """Return weights, at least 0 and summing to 1, under which the scores tell outcomes best.

    The log-odds of the outcome are a constant and the weighted sum, whatever its steepness.
    """
    members = scores.shape[1]
    centered = scores - scores.mean(axis=0)
    rate = outcome.mean()
    known = pull * rate * (1 - rate) * float(centered.var(axis=0).mean())

    def misfit(at: Array) -> tuple[float, Array]:
        log_odds = at[0] + centered @ at[1:]
        residual = expit(log_odds) - outcome
        apart = at[1:] - at[1:].mean()
        loss = np.mean(np.logaddexp(0.0, log_odds) - outcome * log_odds)
        slope = centered.T @ residual / len(outcome) + known * apart
        return float(loss + known * apart @ apart / 2), np.append(residual.mean(), slope)

    start = np.append(np.log(rate / (1 - rate)), np.full(members, 1 / members))
    bounds = [(None, None)] + [(0.0, None)] * members
    found = minimize(misfit, start, jac=True, bounds=bounds, method="L-BFGS-B").x[1:]
    total = float(found.sum())
    return np.asarray(found / total) if total > 0 else np.full(members, 1 / members)


def joined(parts: Sequence[Fitted], shares: Array) -> Fitted:
    """Return the weighted sum of scores, linear ones over the same inputs made into one.

    The sum is the same to the last bits, and scored in a fraction of the time.
    """
    linear: dict[tuple[object, ...], AdditiveScore] = {}
    others: list[Fitted] = []
    weights: list[float] = []
    for part, share in zip(parts, shares.tolist(), strict=True):
        if not isinstance(part, AdditiveScore):
            others.append(part)
            weights.append(share)
            continue
        inputs = (part.names, part.transforms, part.center.tobytes(), part.scale.tobytes())
        so_far = linear.get(inputs)
        linear[inputs] = replace(
            part,
            weights=share * part.weights + (0.0 if so_far is None else so_far.weights),
            intercept=share * part.intercept + (0.0 if so_far is None else so_far.intercept),
        )
    return SumScore(
        (*linear.values(), *others), np.array([*np.ones(len(linear)), *weights], dtype=np.float64)
    )
