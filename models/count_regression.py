"""Ridge regression of counts: log-rate of outcome incidents within the next window."""

from models.additive import Array, Scale, TrainingSet
from models.likelihood import NegativeBinomial
from models.ridge import Ridge


class CountRegression(Ridge):
    """Regularised negative-binomial regression of how much happened.

    Where the logistic regression learns only whether anything happened, this one learns
    from how much: which places have most of it. Counts of incidents are far more spread
    than Poisson's, under which the few worst windows would decide everything; with a
    dispersion of 1 a window's pull grows no faster than its logarithm.
    """

    name = "count_regression"
    scale: Scale = "log_rate"
    complexity = 8
    least_outcomes = 5
    likelihood = NegativeBinomial(dispersion=1.0)

    def target(self, training: TrainingSet) -> Array:
        """Return the number of outcome incidents."""
        return training.count
