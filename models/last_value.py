"""The last value: what happened in the last window happens again."""

from models.additive import AdditiveScore, NothingLearned, Scale, TrainingSet, plain_sum


class LastValue(NothingLearned):
    """Number of outcome incidents in the window before the cutoff; nothing is learned.

    Parameters
    ----------
    last : the feature that counts them.
    """

    name = "last_value"
    scale: Scale = "count"
    complexity = 1

    def __init__(self, last: str = "clash_182_days") -> None:
        self.last = last

    def fit(self, training: TrainingSet) -> AdditiveScore:
        """Return the count itself."""
        return plain_sum({self.last: 1.0})
