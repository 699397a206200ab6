"""Ridge logistic regression on windows: log-odds of an outcome within the next window."""

from models.additive import Array, Scale, TrainingSet
from models.likelihood import Logistic
from models.ridge import Ridge


class RidgeLogistic(Ridge):
    """Regularised logistic regression of whether anything happened; recent windows weigh more.

    Bazzi et al. (2022), "The Promise and Pitfalls of Conflict Prediction", found penalised
    regressions on detailed histories as good as anything more involved.
    """

    name = "ridge_logistic"
    scale: Scale = "log_odds"
    complexity = 7
    least_outcomes = 5
    likelihood = Logistic()

    def target(self, training: TrainingSet) -> Array:
        """Return whether the outcome occurred, 0 or 1."""
        return training.outcome
