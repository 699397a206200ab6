"""The backtest: nothing from the future teaches, and chance wins nothing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray

from models.additive import AdditiveScore, Candidate, NothingLearned, Scale, TrainingSet
from models.backtest import (
    Backtest,
    Prediction,
    Skip,
    Table,
    pooled,
    rolling_origin,
)
from models.decayed_count import DecayedCount
from models.metrics import auc
from models.ridge_logistic import RidgeLogistic
from models.scorecard import Scorecard
from rawan import choosing
from rawan.settings import Models, Settings

WINDOW = 182
FIRST = date(2014, 1, 1)
Array = NDArray[np.float64]


def day(number: int) -> date:
    """Return the cutoff of a window by its number."""
    return FIRST + timedelta(days=WINDOW * number)


@dataclass
class Column(NothingLearned):
    """Scores by a single feature, as it stands: a candidate whose skill is known in advance."""

    name: str
    feature: str
    scale: Scale = "log_odds"
    complexity: int = 1

    def fit(self, training: TrainingSet) -> AdditiveScore:
        one = np.ones(1)
        return AdditiveScore((self.feature,), ("identity",), np.zeros(1), one, one, 0.0)


@dataclass
class Spy(Column):
    """Remembers every training set it was given."""

    def __post_init__(self) -> None:
        self.seen: list[TrainingSet] = []

    def fit(self, training: TrainingSet) -> AdditiveScore:
        self.seen.append(training)
        return super().fit(training)


def ridge(*features: str) -> RidgeLogistic:
    return RidgeLogistic(dict.fromkeys(features, "identity"), (1.0, 100.0), 6.0)


def make_table(
    count: Callable[[int, dict[str, Array], np.random.Generator], Array],
    windows: int = 10,
    units: int = 150,
    blocks: int = 10,
    seed: int = 0,
    known_after: int = 30,
) -> Table:
    """Return features of pure chance, and the counts that `count` makes of them."""
    random = np.random.default_rng(seed)
    parts = []
    for window in range(windows):
        features = {name: random.normal(size=units) for name in ("signal", "noise")}
        features["clash_decayed"] = random.gamma(0.3, size=units)
        features["clash_per_year"] = features["clash_decayed"] / 5
        happened = count(window, features, random).astype(np.int64)
        known_on = day(window) + timedelta(days=known_after)
        parts.append(
            pl.DataFrame(
                {
                    **features,
                    "unit_code": [f"u{unit:04}" for unit in range(units)],
                    "cutoff": [day(window)] * units,
                    "block": [f"b{unit % blocks:02}" for unit in range(units)],
                    "outcome_count": happened,
                    "window_until": [day(window + 1)] * units,
                    "outcomes_known_on": [[known_on] * n for n in happened],
                    "is_onset_candidate": np.arange(units) % 3 > 0,
                    "is_tested": True,
                },
                schema_overrides={"outcomes_known_on": pl.List(pl.Date)},
            )
        )
    return Table(pl.concat(parts))


def known(on: pl.Expr) -> pl.Expr:
    """Return the column that lets every outcome incident of a row be known on one day."""
    return on.repeat_by("outcome_count")


def by_chance(rate: float) -> Callable[..., Array]:
    return lambda _, features, random: random.random(len(features["signal"])) < rate


def by_signal(_: int, features: dict[str, Array], __: np.random.Generator) -> Array:
    return features["signal"] > 1


def cutoffs(first: int, windows: int) -> list[date]:
    return [day(number) for number in range(first, windows)]


def scores(backtest: Backtest, name: str) -> list[bytes]:
    return [prediction.score.tobytes() for prediction in backtest.predictions[name]]


# Nothing from the future


def skill_at_the_last_cutoff(table: Table) -> float:
    newest = table.frame["cutoff"].max()
    backtest = rolling_origin([ridge("signal", "noise")], table, [newest], 30, 5)
    (prediction,) = backtest.predictions["ridge_logistic"]
    return auc(prediction.score, prediction.happened)


def test_what_becomes_known_later_teaches_nothing_even_where_it_would_tell_everything() -> None:
    """The trap: every outcome follows `signal`, but all that is known in time is chance."""
    windows, in_time, late = 8, pl.col("cutoff") + timedelta(days=30), pl.lit(day(9))
    trapped, free = [], []
    for seed in range(20):
        frame = make_table(by_signal, windows, units=300, seed=seed).frame
        frame = frame.with_columns(
            is_chance=pl.Series(np.random.default_rng(seed).random(frame.height) < 0.1)
            & (pl.col("cutoff") < day(windows - 1))
        ).with_columns(
            outcome_count=pl.when("is_chance").then(1).otherwise("outcome_count"),
        )
        for known_on, skills in (
            (pl.when("is_chance").then(in_time).otherwise(late), trapped),
            (in_time, free),
        ):
            table = Table(frame.with_columns(outcomes_known_on=known(known_on)))
            skills.append(skill_at_the_last_cutoff(table))
    assert np.mean(trapped) == pytest.approx(0.5, abs=0.2)
    assert min(free) > 0.95  # known in time it does tell everything: the trap is one


def test_a_window_does_not_teach_its_own_prediction() -> None:
    """The trap: in each window `signal` is perfect, with a sign that only that window tells."""
    windows = 24
    signs = np.random.default_rng(5).permutation(np.repeat([-1, 1], windows // 2))
    table = make_table(lambda window, f, _: f["signal"] * signs[window] > 1, windows)
    backtest = rolling_origin([ridge("signal")], table, cutoffs(4, windows), 15, 5)
    measured = [auc(p.score, p.happened) > 0.5 for p in backtest.predictions["ridge_logistic"]]
    assert 0.2 < np.mean(measured) < 0.8


@pytest.mark.parametrize("number", [4, 6, 8])
def test_nothing_after_a_cutoff_changes_a_byte_of_its_predictions(number: int) -> None:
    windows = 10
    table = make_table(by_signal, windows)
    candidates: list[Candidate] = [
        DecayedCount(),
        Scorecard({"noise": 1.0}, {"noise": "identity"}),
        ridge("signal", "noise"),
    ]
    random = np.random.default_rng(9)
    later = pl.col("cutoff") > day(number)
    other = {
        name: pl.when(later).then(pl.Series(1e3 * random.random(table.frame.height)))
        for name in ("signal", "noise", "clash_decayed", "clash_per_year")
    }
    news = pl.lit(day(number) + timedelta(days=1))
    # And what follows the cutoff itself, and news of older windows that comes after it.
    changed = Table(
        table.frame.with_columns(
            **{name: value.otherwise(name) for name, value in other.items()},
            outcome_count=pl.when(pl.col("cutoff") >= day(number))
            .then(pl.Series(random.integers(0, 3, table.frame.height)))
            .otherwise("outcome_count"),
            outcomes_known_on=pl.when(pl.col("cutoff") >= day(number))
            .then(news.repeat_by(5))
            .when(pl.Series(random.random(table.frame.height) < 0.3))
            .then(pl.col("outcomes_known_on").list.concat(news))
            .otherwise("outcomes_known_on"),
        )
    )
    before = rolling_origin(candidates, table, [day(number)], 15, 5)
    after = rolling_origin(candidates, changed, [day(number)], 15, 5)
    assert before.cutoffs == after.cutoffs == [day(number)]
    for candidate in candidates:
        assert scores(before, candidate.name) == scores(after, candidate.name), candidate.name
    next_day = [day(number + 1)] if number + 1 < windows else []
    for later_day in next_day:  # the change is one: from the next cutoff on it shows
        one, two = (rolling_origin(candidates, t, [later_day], 15, 5) for t in (table, changed))
        assert scores(one, "ridge_logistic") != scores(two, "ridge_logistic")


def test_only_windows_that_are_over_teach() -> None:
    table = make_table(by_chance(0.2), windows=8)
    for today, newest in [
        (day(5), day(4)),
        (day(5) - timedelta(days=1), day(3)),
        (day(5) + timedelta(days=WINDOW - 1), day(4)),
    ]:
        training = table.training(today)
        assert training.features["cutoff"].max() == newest
        assert training.features["cutoff"].min() == day(0)


def test_an_outcome_teaches_from_the_day_on_which_it_is_known() -> None:
    table = make_table(by_chance(0.2), windows=2)
    for known_on, taught in [(day(1), True), (day(1) + timedelta(days=1), False)]:
        told = known(pl.lit(known_on))
        training = Table(table.frame.with_columns(outcomes_known_on=told)).training(day(1))
        happened = table.at(day(0))["outcome_count"].to_numpy() > 0
        assert training.outcome.tolist() == (happened & taught).tolist()


def test_a_training_row_says_when_and_where_it_comes_from() -> None:
    training = make_table(by_chance(0.2), windows=3, units=6, blocks=2).training(day(3))
    assert training.cutoff_index.tolist() == [0] * 6 + [1] * 6 + [2] * 6
    assert training.years_ago == pytest.approx(np.repeat([3, 2, 1], 6) * WINDOW / 365.25)
    assert training.block.tolist() == [0, 1] * 9


def test_each_cutoff_is_learned_anew_from_all_that_was_known() -> None:
    spy = Spy("spy", "signal")
    rolling_origin([spy], make_table(by_chance(0.2), windows=6), cutoffs(2, 6), 15, 1)
    assert [training.cutoff_index.max() + 1 for training in spy.seen] == [2, 3, 4, 5]


# Which cutoffs count


def test_a_cutoff_that_cannot_be_tested_is_skipped_with_its_reason() -> None:
    calm, everywhere = 5, 6
    counts = {0: 1, calm: 0, everywhere: 150}

    def count(window: int, features: dict[str, Array], _: np.random.Generator) -> Array:
        return np.arange(len(features["signal"])) < counts.get(window, 3)

    told: list[str] = []
    table = make_table(count, windows=8)
    spy = Spy("spy", "signal")
    backtest = rolling_origin([spy], table, [day(n) for n in range(8)], 15, 7, told.append)
    assert backtest.skipped == {
        day(0): Skip("too_few", 0),
        day(1): Skip("too_few", 1),
        day(2): Skip("too_few", 4),
        day(calm): Skip("no_outcome", 0),
        day(everywhere): Skip("everywhere", 150),
    }
    assert backtest.cutoffs == [day(3), day(4), day(7)]
    assert len(spy.seen) == 3
    assert len(told) == 8
    assert str(day(7)) in told[-1]


def test_without_any_cutoff_to_test_there_is_nothing_measured() -> None:
    backtest = rolling_origin([DecayedCount()], make_table(by_chance(0.2)), [], 15, 5)
    assert backtest.cutoffs == []
    assert backtest.predictions == {"decayed_count": []}


def predicted(score: Sequence[float], count: Sequence[int], **more: Any) -> Prediction:
    n = len(score)
    return Prediction(
        cutoff=more.get("cutoff", FIRST),
        until=more.get("until", FIRST + timedelta(days=WINDOW)),
        score=np.array(score, dtype=float),
        count=np.array(count),
        block=np.array(more.get("block", np.arange(n))),
        onset_candidate=np.array(more.get("onset", [True] * n)),
    )


def test_scores_and_outcomes_are_pooled_in_step() -> None:
    score, happened = pooled([predicted([3, 1], [0, 2]), predicted([2, 4], [1, 0])])
    assert score.tolist() == [3, 1, 2, 4]
    assert happened.tolist() == [False, True, True, False]


def test_a_block_keeps_its_number_where_a_unit_is_missing_at_a_cutoff() -> None:
    """Else a draw of blocks would pair one kecamatan's past with another's."""
    table = make_table(by_chance(0.2), windows=6, units=60, blocks=5)
    gap = (pl.col("cutoff") == day(4)) & (pl.col("unit_code") == "u0000")
    backtest = rolling_origin(
        [Column("one", "signal")], Table(table.frame.filter(~gap)), cutoffs(4, 6), 6, 1
    )
    with_gap, whole = backtest.predictions["one"]
    assert with_gap.block.tolist() == whole.block.tolist()[1:]


def test_by_chance_no_challenger_is_chosen() -> None:
    """Outcomes shuffled: each of two challengers may win one time in twenty, not more."""
    settings = Settings(models=Models(comparison_draws=200))
    candidates: list[Candidate] = [
        DecayedCount(),
        Scorecard(
            {"signal": 1.0, "clash_decayed": 1.0},
            dict.fromkeys(("signal", "clash_decayed"), "identity"),
        ),
        ridge("signal", "noise", "clash_decayed"),
    ]
    chosen = []
    for seed in range(40):
        table = make_table(by_chance(0.08), windows=12, seed=seed)
        backtest = rolling_origin(candidates, table, cutoffs(4, 12), 15, 5)
        choice = choosing.judge(candidates, backtest, settings, 15, 150)
        chosen.append(choice.candidate.name)
    assert chosen.count("decayed_count") >= 0.9 * len(chosen)


def test_a_sample_takes_whole_blocks_at_all_their_cutoffs() -> None:
    table = make_table(by_chance(0.2), windows=3, units=100, blocks=10)
    sample = table.sampled(25, np.random.default_rng(0))
    units = sample.at(day(0))
    assert units.height == 30
    for number in range(3):
        rows = table.at(day(number)).filter(pl.col("block").is_in(units["block"].implode()))
        assert sample.at(day(number)).equals(rows)
    assert table.sampled(100, np.random.default_rng(0)) is table
    again = table.sampled(25, np.random.default_rng(0))
    assert again.frame.equals(sample.frame)
