"""Boosted trees of one input each: monotone step functions that add up."""

from collections.abc import Mapping, Sequence

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import threadpool_limits

from models.additive import Array, Scale, ShapeScore, TrainingSet
from models.bootstrap import block_weights
from models.design import by_time, recency
from models.steps import Steps, constant_score, in_steps, read_steps, that_vary

ROUNDS = (10, 25, 50, 100, 200)
"""How many trees may be grown; the search space."""

_REFITS = 10


class BoostedSteps:
    """Histogram gradient boosting in which no tree looks at two features.

    What is fitted are log-odds of an outcome. How many trees are grown is chosen by the log
    score on the newest windows of the training set, learned from the older ones. A feature
    with a stated direction never counts against it.

    Parameters
    ----------
    features : the features it may use.
    monotone : the direction (-1 or 1) of those that have one.
    recency_half_life_years : age at which a window weighs half as much as one of today.
    """

    name = "boosted_steps"
    scale: Scale = "log_odds"
    complexity = 9
    # About ten outcomes for each of the few steps that then stand out.
    least_outcomes = 50
    most_steps = 64

    def __init__(
        self,
        features: Sequence[str],
        monotone: Mapping[str, int],
        recency_half_life_years: float,
    ) -> None:
        self.features, self.monotone = tuple(features), dict(monotone)
        self.recency_half_life_years = recency_half_life_years

    def fit(self, training: TrainingSet) -> ShapeScore:
        """Grow the trees.

        Raises
        ------
        ValueError
            If the training rows hold only one kind of outcome.
        """
        steps = in_steps(training.features, self.features, self.most_steps)
        # One thread: on a busy machine threads that wait for each other take many times as long.
        with threadpool_limits(limits=1):
            rounds = self._rounds(training, steps)
            return self._fit(training, steps, rounds, self._weight(training))

    def draw(
        self,
        fitted: ShapeScore,
        training: TrainingSet,
        draws: int,
        random: np.random.Generator,
    ) -> Sequence[ShapeScore]:
        """Return at most ten scores, each grown anew with blocks of space reweighted."""
        steps = in_steps(training.features, self.features, self.most_steps)
        weight = self._weight(training)
        with threadpool_limits(limits=1):
            rounds = self._rounds(training, steps)
            return [
                self._fit(training, steps, rounds, weight * shares)
                for shares in block_weights(training.block, min(draws, _REFITS), random)
            ]

    def _weight(self, training: TrainingSet) -> Array:
        return recency(training, self.recency_half_life_years)

    def _model(self, names: Sequence[str], rounds: int) -> HistGradientBoostingClassifier:
        return HistGradientBoostingClassifier(
            max_iter=rounds,
            learning_rate=0.1,
            max_leaf_nodes=4,
            min_samples_leaf=20,
            l2_regularization=1.0,
            max_bins=self.most_steps,
            interaction_cst="no_interactions",
            monotonic_cst=[self.monotone.get(name, 0) for name in names],
            early_stopping=False,
            random_state=0,
        )

    def _fit(self, training: TrainingSet, steps: Steps, rounds: int, weight: Array) -> ShapeScore:
        if len(np.unique(training.outcome)) < 2:
            raise ValueError("the training windows hold only one kind of outcome")
        if not steps.names:
            return constant_score(training.outcome, weight)
        model = self._model(steps.names, rounds)
        model.fit(steps.codes, training.outcome, sample_weight=weight)
        return read_steps(model.decision_function, steps, weight, self.monotone)

    def _rounds(self, training: TrainingSet, steps: Steps) -> int:
        """Return the number of trees with the best log score on the newest third of windows."""
        periods = by_time(training)
        if periods is None or not steps.names:
            return ROUNDS[0]
        older, newest = periods
        weight = self._weight(training)
        varies = that_vary(steps.codes[older])
        if not len(varies):
            return ROUNDS[0]
        codes = steps.codes[:, varies]
        model = self._model([steps.names[column] for column in varies], ROUNDS[-1])
        model.fit(codes[older], training.outcome[older], sample_weight=weight[older])
        happened = training.outcome[newest]
        best, least = ROUNDS[0], np.inf
        staged = model.staged_decision_function(codes[newest])
        for number, log_odds in enumerate(staged, 1):
            if number in ROUNDS:
                loss = np.logaddexp(0.0, log_odds) - happened * log_odds
                mean = float(np.average(loss, weights=weight[newest]))
                if mean < least:
                    best, least = number, mean
        return best
