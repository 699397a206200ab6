"""The rate of outcomes where everything were reported alike: counts corrected for effort."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from models.additive import INTERCEPT, Array, NothingLearned, Scale, TrainingSet
from models.effort import Told, effort_and_risk
from models.effort_inputs import EFFORT_COLUMNS, told_of

# Where nothing has happened in the whole region, a rate a year of this much is expected.
_LEAST_A_YEAR = 1e-4

_State = tuple[Told, Told]


def _own_outcomes(now: _State, real: _State) -> _State:
    return replace(now[0], outcomes=real[0].outcomes), now[1]


def _own_others(now: _State, real: _State) -> _State:
    return replace(now[0], others=real[0].others), now[1]


def _outcomes_around(now: _State, real: _State) -> _State:
    return now[0], replace(now[1], outcomes=real[1].outcomes)


def _others_around(now: _State, real: _State) -> _State:
    return now[0], replace(now[1], others=real[1].others)


# In the order of the path; each puts what is told in the place of what is expected.
_SWITCHES: dict[str, Callable[[_State, _State], _State]] = {
    "clash_around": _outcomes_around,
    "told_besides_around": _others_around,
    "clash_all": _own_outcomes,
    "told_besides": _own_others,
}
_SIZE = "clash_expected_year"


@dataclass(frozen=True)
class EffortScore:
    """log of the outcomes a year that a unit would have on record with average effort.

    A unit of which as much is told as is expected, and around which it is so too, has the rate
    of its size. From there what is told is switched on, one kind after the other: outcomes
    around, what else is told around, outcomes here, what else is told here. What a kind adds is
    the mean of its step on this way and on the way back to front, so that their order hardly
    matters; on each way the steps add up exactly. See Shapley (1953), of whose value this is
    the part that two orders give.

    Attributes
    ----------
    level : log of the region's mean rate a year, the part that is the same for all.
    """

    level: float

    @property
    def names(self) -> tuple[str, ...]:
        """The features it looks at; what is expected of each count is part of its reading."""
        return (_SIZE, *_SWITCHES)

    def contributions(self, features: pl.DataFrame) -> dict[str, Array]:
        """Return what size and each kind of news add to each unit's score; they sum to it."""
        real = (told_of(features), told_of(features, "_around"))
        start = (_as_expected(real[0]), _as_expected(real[1]))
        parts = {name: np.zeros(features.height) for name in _SWITCHES}
        for path in (list(_SWITCHES), list(reversed(_SWITCHES))):
            state, before = start, np.zeros(features.height)
            for name in path:
                state = _SWITCHES[name](state, real)
                after = effort_and_risk(*state)[1]
                parts[name] += (after - before) / 2
                before = after
        return {
            INTERCEPT: np.full(features.height, self.level),
            _SIZE: _log_rate(features) - self.level,
            **parts,
        }

    def score(self, features: pl.DataFrame) -> Array:
        """Return the (n,) scores, higher meaning riskier: what the contributions add up to."""
        risk = effort_and_risk(told_of(features), told_of(features, "_around"))[1]
        return _log_rate(features) + risk


def _as_expected(told: Told) -> Told:
    return replace(told, outcomes=told.outcomes_expected, others=told.others_expected)


def _log_rate(features: pl.DataFrame) -> Array:
    rate = features[_SIZE].to_numpy().astype(np.float64)
    return np.asarray(np.log(np.maximum(rate, _LEAST_A_YEAR)))


class EffortRate(NothingLearned):
    """The rate of outcomes corrected for how much of a place is told at all.

    Reads the columns that `effort_inputs.with_effort_columns` adds. What is learned from past
    windows is the region's level alone; the correction has its constants from `effort.py`.
    It means to be right about the true risk. Where little is reported it ranks a place higher
    than a score of what will be on record does, and a backtest on records gives it no credit
    for that.
    """

    name = "effort_rate"
    columns = EFFORT_COLUMNS
    scale: Scale = "log_rate"
    complexity = 6
    least_outcomes = 5

    def fit(self, training: TrainingSet) -> EffortScore:
        """Return the score, its level that of the newest training rows."""
        newest = training.cutoff_index == training.cutoff_index.max()
        return EffortScore(float(_log_rate(training.features)[newest].mean()))
