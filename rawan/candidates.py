"""The candidates as the configuration asks for them, with the features that each looks at."""

from collections.abc import Callable, Sequence

import numpy as np

from models.additive import Candidate
from models.averaged import Averaged
from models.boosted_steps import BoostedSteps
from models.count_regression import CountRegression
from models.decayed_count import DecayedCount
from models.effort_rate import EffortRate
from models.explainable_boosting import ExplainableBoosting
from models.kernel_density import KernelDensity
from models.last_value import LastValue
from models.log_count import LogCount
from models.mean_rate import MeanRate
from models.ridge_logistic import RidgeLogistic
from models.scorecard import Scorecard
from models.shrunk_rate import ShrunkRate
from rawan.errors import UsageError, did_you_mean
from rawan.features import learned, own_counts, registry
from rawan.settings import CandidateName, Settings

BASELINE = DecayedCount.name

# Own incidents by half-life, with those of neighbours, near before far.
_KERNELS = {
    "clash_decayed": ("near_outcome",),
    "clash_decayed_long": ("neighbour_clash_decayed",),
}


def make_candidates(settings: Settings, columns: Sequence[str]) -> list[Candidate]:
    """Return the candidates of the configuration, the simplest first.

    `columns` are those of the table that they will look at.

    Raises
    ------
    UsageError
        If the scorecard or the index of logistics weighs a feature that does not exist.
    """
    transforms = {name: feature.transform for name, feature in registry().items()}
    for section, weights in (
        ("models.scorecard", settings.models.scorecard),
        ("logistics_index.weights", settings.logistics_index.weights),
    ):
        for name in weights:
            if name not in transforms:
                raise UsageError(
                    f'{section}: "{name}" is not a feature.{did_you_mean(name, transforms)}'
                )
    models = settings.models
    inputs, half_life = learned(columns), models.recency_half_life_years
    # More incidents here never lower the risk; of everything else the data may say either.
    rising = dict.fromkeys(sorted(own_counts(inputs)), 1)
    ridge = RidgeLogistic(inputs, models.penalties, half_life)
    counts = CountRegression(inputs, models.penalties, half_life)
    make: dict[CandidateName, Callable[[], Candidate]] = {
        "decayed_count": DecayedCount,
        "mean_rate": MeanRate,
        "last_value": LastValue,
        "scorecard": lambda: Scorecard(models.scorecard, transforms),
        "shrunk_rate": ShrunkRate,
        "kernel_density": lambda: KernelDensity(_KERNELS),
        "effort_rate": EffortRate,
        "ridge_logistic": lambda: ridge,
        "count_regression": lambda: counts,
        "boosted_steps": lambda: BoostedSteps(list(inputs), rising, half_life),
        "explainable_boosting": lambda: ExplainableBoosting(list(inputs), rising, half_life),
        "averaged": lambda: Averaged([ridge, counts, LogCount(), EffortRate()], np.inf),
    }
    made = [make[name]() for name in set(models.candidates)]
    return sorted(made, key=lambda candidate: (candidate.complexity, candidate.name))
