"""The all-time mean: outcome incidents a year since the record began."""

from models.additive import AdditiveScore, NothingLearned, Scale, TrainingSet, plain_sum


class MeanRate(NothingLearned):
    """Mean number of outcome incidents a year; nothing is learned and nothing is forgotten.

    Parameters
    ----------
    rate : the feature that holds it.
    """

    name = "mean_rate"
    scale: Scale = "count"
    complexity = 2

    def __init__(self, rate: str = "clash_per_year") -> None:
        self.rate = rate

    def fit(self, training: TrainingSet) -> AdditiveScore:
        """Return the rate itself."""
        return plain_sum({self.rate: 1.0})
