"""The yardstick: past outcome incidents, each worth half as much a year later."""

from models.additive import AdditiveScore, NothingLearned, Scale, TrainingSet, plain_sum

# Small enough never to outweigh a decayed incident of the last decades, so it only breaks ties.
_TIE_BREAK = 1e-6


class DecayedCount(NothingLearned):
    """Count of outcome incidents with half-life twelve months; ties by the all-time mean.

    Nothing is learned. What is hard to beat is a strong baseline: Bazzi et al. (2022),
    "The Promise and Pitfalls of Conflict Prediction", Review of Economics and Statistics.
    """

    name = "decayed_count"
    scale: Scale = "count"
    complexity = 0

    def fit(self, training: TrainingSet) -> AdditiveScore:
        """Return the count itself."""
        return plain_sum({"clash_decayed": 1.0, "clash_per_year": _TIE_BREAK})
