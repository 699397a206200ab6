"""The average: weights from windows that no member had seen, and equal ones where in doubt."""

from dataclasses import dataclass, field, replace

import numpy as np
import polars as pl
import pytest

from models.additive import AdditiveScore, NothingLearned, Scale, SumScore, TrainingSet, plain_sum
from models.averaged import Averaged, joined
from models.count_regression import CountRegression
from models.design import by_time
from models.log_count import LogCount
from models.mean_rate import MeanRate
from models.ridge_logistic import RidgeLogistic
from tests.models.learning import region, with_features


@dataclass
class Column(NothingLearned):
    """Scores by one feature, and remembers what it was given to learn from."""

    name: str
    scale: Scale = "log_odds"
    complexity: int = 1
    seen: list[TrainingSet] = field(default_factory=list)

    def fit(self, training: TrainingSet) -> AdditiveScore:
        self.seen.append(training)
        return plain_sum({self.name: 1.0})


def telling(seed: int = 0) -> TrainingSet:
    """Rows with one column that tells the outcome and one that does not."""
    training = region(seed=seed, level=0.5)
    random = np.random.default_rng(seed)
    n = len(training.outcome)
    return with_features(
        training,
        tells=pl.Series(training.outcome * 2 + random.normal(size=n)),
        silent=pl.Series(random.normal(size=n) * 1.4),
    )


def test_what_tells_weighs_and_what_does_not_weighs_nothing() -> None:
    free = Averaged([Column("tells"), Column("silent")], 0.0).fit(telling())
    assert free.shares == pytest.approx([1.0, 0.0], abs=0.1)
    assert free.shares.sum() == pytest.approx(1)
    assert (free.shares >= 0).all()


def test_weights_are_drawn_towards_equal_ones() -> None:
    shares = [
        Averaged([Column("tells"), Column("silent")], pull).fit(telling()).shares[0]
        for pull in (0.0, 1.0, 100.0, np.inf)
    ]
    assert shares == sorted(shares, reverse=True)
    assert shares[0] > 0.9
    assert shares[2] == pytest.approx(0.5, abs=0.05)
    assert shares[3] == 0.5


def test_a_member_that_misleads_is_not_turned_round() -> None:
    training = telling()
    wrong = with_features(training, silent=-pl.col("tells"))
    shares = Averaged([Column("tells"), Column("silent")], 0.0).fit(wrong).shares
    assert shares[1] == pytest.approx(0.0, abs=1e-6)


def test_where_all_mislead_all_weigh_alike() -> None:
    training = telling()
    wrong = with_features(training, silent=-pl.col("tells"), tells=-pl.col("tells"))
    shares = Averaged([Column("tells"), Column("silent")], 0.0).fit(wrong).shares
    assert shares.tolist() == [0.5, 0.5]


def test_weights_come_from_windows_that_no_member_had_seen() -> None:
    training = telling()
    one, other = Column("tells"), Column("silent")
    Averaged([one, other], 1.0).fit(training)
    older, newest = by_time(training) or pytest.fail("there are both periods")
    for member in (one, other):
        then, now = member.seen
        assert now is training
        assert then.features.equals(training.features.filter(pl.Series(older)))
        # Ages count from the day on which the newest third began.
        assert then.years_ago == pytest.approx(
            training.years_ago[older] - training.years_ago[newest].max()
        )
        assert then.years_ago.min() == pytest.approx(0.5)


def test_older_outcomes_do_not_decide_the_weights_of_members_that_learn_nothing() -> None:
    training = telling()
    newest = training.cutoff_index >= 5
    turned = np.where(newest, training.outcome, 1 - training.outcome)
    members = [Column("tells"), Column("silent")]
    one, two = (
        Averaged(members, 0.5).fit(replace(training, outcome=outcome)).shares
        for outcome in (training.outcome, turned)
    )
    assert one.tolist() == two.tolist()


def test_a_count_cannot_be_averaged_with_logarithms() -> None:
    with pytest.raises(ValueError, match="mean_rate has no logarithmic scale"):
        Averaged([MeanRate()], 1.0)
    with pytest.raises(ValueError, match="members"):
        Averaged([], 1.0)


def test_it_needs_what_its_most_demanding_member_needs() -> None:
    ridge = RidgeLogistic({"size": "identity"}, (1.0,), 3.0)
    assert Averaged([LogCount(), ridge], 1.0).least_outcomes == ridge.least_outcomes


def test_linear_members_over_the_same_inputs_are_drawn_as_one() -> None:
    """Scoring many units for many draws is then as quick as for a single member."""
    training = region(level=0.5)
    inputs = dict.fromkeys(["clash_decayed", "district_clash_decayed", "size"], "log1p")
    training = with_features(training, size=pl.col("size").abs())
    members = [
        RidgeLogistic(inputs, (1.0,), 3.0),
        CountRegression(inputs, (1.0,), 3.0),
        LogCount(),
    ]
    average = Averaged(members, 1.0)
    fitted = average.fit(training)
    whole = joined(fitted.parts, fitted.shares)
    assert isinstance(whole, SumScore)
    assert len(whole.parts) == 2
    assert whole.score(training.features) == pytest.approx(
        fitted.score(training.features), abs=1e-12
    )
    drawn = average.draw(fitted, training, 300, np.random.default_rng(0))
    assert len(drawn) == 300
    scores = np.array([score.score(training.features) for score in drawn])
    assert scores.mean(axis=0) == pytest.approx(fitted.score(training.features), abs=0.1)
