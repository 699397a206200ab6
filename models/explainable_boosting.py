"""The explainable boosting machine: many small steps for one input at a time, in turn."""

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from models.additive import Array, Scale, ShapeScore, TrainingSet
from models.bootstrap import block_weights
from models.design import by_time, recency
from models.steps import Steps, constant_score, in_steps, read_steps, that_vary

ROUNDS = (50, 200)
"""How often the turn may go round all inputs; the search space."""

_REFITS = 10


class ExplainableBoosting:
    """Cyclic gradient boosting of one feature at a time, without interactions.

    What is fitted are log-odds of an outcome. How many rounds are made is chosen by the log
    score on the newest windows of the training set, learned from the older ones. A feature
    with a stated direction never counts against it.

    Lou, Caruana and Gehrke (2012), "Intelligible models for classification and regression";
    the implementation is that of interpret-core.

    Parameters
    ----------
    features : the features it may use.
    monotone : the direction (-1 or 1) of those that have one.
    recency_half_life_years : age at which a window weighs half as much as one of today.
    """

    name = "explainable_boosting"
    scale: Scale = "log_odds"
    complexity = 10
    least_outcomes = 50
    most_steps = 32

    def __init__(
        self,
        features: Sequence[str],
        monotone: Mapping[str, int],
        recency_half_life_years: float,
    ) -> None:
        self.features, self.monotone = tuple(features), dict(monotone)
        self.recency_half_life_years = recency_half_life_years

    def fit(self, training: TrainingSet) -> ShapeScore:
        """Make the rounds.

        Raises
        ------
        ValueError
            If the training rows hold only one kind of outcome.
        """
        steps = in_steps(training.features, self.features, self.most_steps)
        weight = recency(training, self.recency_half_life_years)
        return self._fit(training, steps, self._rounds(training, steps, weight), weight)

    def draw(
        self,
        fitted: ShapeScore,
        training: TrainingSet,
        draws: int,
        random: np.random.Generator,
    ) -> Sequence[ShapeScore]:
        """Return at most ten scores, each boosted anew with blocks of space reweighted."""
        steps = in_steps(training.features, self.features, self.most_steps)
        weight = recency(training, self.recency_half_life_years)
        rounds = self._rounds(training, steps, weight)
        return [
            self._fit(training, steps, rounds, weight * shares)
            for shares in block_weights(training.block, min(draws, _REFITS), random)
        ]

    def _fit(self, training: TrainingSet, steps: Steps, rounds: int, weight: Array) -> ShapeScore:
        if len(np.unique(training.outcome)) < 2:
            raise ValueError("the training windows hold only one kind of outcome")
        if not steps.names:
            return constant_score(training.outcome, weight)
        model = self._boosted(steps.names, steps.codes, training.outcome, weight, rounds)
        return read_steps(model.decision_function, steps, weight, self.monotone)

    def _rounds(self, training: TrainingSet, steps: Steps, weight: Array) -> int:
        """Return the number of rounds with the best log score on the newest third of windows."""
        periods = by_time(training)
        if periods is None or not steps.names:
            return ROUNDS[0]
        older, newest = periods
        happened = training.outcome[newest]
        varies = that_vary(steps.codes[older])
        if not len(varies):
            return ROUNDS[0]
        names, codes = [steps.names[column] for column in varies], steps.codes[:, varies]
        losses = []
        for rounds in ROUNDS:
            model = self._boosted(
                names, codes[older], training.outcome[older], weight[older], rounds
            )
            log_odds = model.decision_function(codes[newest])
            loss = np.logaddexp(0.0, log_odds) - happened * log_odds
            losses.append(float(np.average(loss, weights=weight[newest])))
        return ROUNDS[int(np.argmin(losses))]

    def _boosted(
        self, names: Sequence[str], codes: Array, outcome: Array, weight: Array, rounds: int
    ) -> Any:
        # Its import takes seconds, and only this candidate needs it. It ships no types.
        from interpret.glassbox import (  # type: ignore[import-untyped]
            ExplainableBoostingClassifier,
        )

        model = ExplainableBoostingClassifier(
            feature_names=list(names),
            feature_types=["continuous"] * len(names),
            max_bins=4 * self.most_steps,
            interactions=0,
            validation_size=0,
            outer_bags=1,
            smoothing_rounds=0,
            greedy_ratio=0.0,
            learning_rate=0.04,
            min_samples_leaf=20,
            reg_lambda=1.0,
            max_rounds=rounds,
            early_stopping_rounds=0,
            monotone_constraints=[self.monotone.get(name, 0) for name in names],
            n_jobs=1,
            random_state=0,
        )
        with warnings.catch_warnings():
            # Its plots leave out the unknown; `read_steps` does not.
            warnings.filterwarnings("ignore", message="Missing values detected")
            return model.fit(codes, outcome.astype(np.int64), sample_weight=weight)
