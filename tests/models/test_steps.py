"""Boosted step functions: read off exactly, and rising where they are promised to rise."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.ensemble import HistGradientBoostingClassifier

from models.additive import Candidate
from models.boosted_steps import BoostedSteps
from models.explainable_boosting import ExplainableBoosting
from models.steps import in_steps, read_steps, that_vary
from tests.models.learning import Array, learnt, region, with_features


def boosted(*features: str, **monotone: int) -> list[Candidate]:
    return [
        BoostedSteps(features, monotone, 3.0),
        ExplainableBoosting(features, monotone, 3.0),
    ]


@pytest.mark.parametrize("which", [0, 1], ids=["boosted_steps", "explainable_boosting"])
def test_a_score_rises_where_it_is_promised_to_rise(which: int) -> None:
    """Also where the training rows, by chance or not, say otherwise."""
    training = region(level=0.5)
    against = with_features(training, size=-training.features["clash_decayed"])
    candidate = boosted("clash_decayed_long", "size", clash_decayed_long=1, size=1)[which]
    fitted = candidate.fit(against)
    grid = pl.DataFrame(
        {name: np.linspace(-20, 40, 500) for name in ("clash_decayed_long", "size")}
    )
    for score in [fitted, *candidate.draw(fitted, against, 3, np.random.default_rng(0))]:
        parts = score.contributions(grid)
        assert np.ptp(parts["clash_decayed_long"]) > 0
        for name in ("clash_decayed_long", "size"):
            assert (np.diff(parts[name]) >= 0).all()
    free = boosted("clash_decayed_long", "size")[which].fit(against)
    assert np.diff(free.contributions(grid)["size"]).min() < 0  # the promise was one


@pytest.mark.parametrize("which", [0, 1], ids=["boosted_steps", "explainable_boosting"])
def test_a_score_falls_where_it_is_promised_to_fall(which: int) -> None:
    training = region(level=0.5)
    fitted = boosted("clash_decayed", clash_decayed=-1)[which].fit(training)
    grid = pl.DataFrame({"clash_decayed": np.linspace(0, 30, 400)})
    assert (np.diff(fitted.score(grid)) <= 0).all()


@pytest.mark.parametrize("which", [0, 1], ids=["boosted_steps", "explainable_boosting"])
def test_a_threshold_is_found_where_it_lies(which: int) -> None:
    """A line cannot tell that only the middle is dangerous."""
    random = np.random.default_rng(0)
    training = learnt(n=6000)
    size = training.features["size"].to_numpy()
    happened = (random.random(6000) < np.where(np.abs(size) < 0.5, 0.5, 0.05)).astype(float)
    rows = with_features(training, size=size)
    rows = type(rows)(
        rows.features, happened, happened, rows.cutoff_index, rows.years_ago, rows.block
    )
    fitted = boosted("size", "near")[which].fit(rows)
    now = pl.DataFrame({"size": [-2.0, 0.0, 2.0], "near": [5.0] * 3})
    low, middle, high = fitted.score(now)
    assert middle > max(low, high) + 1.5


def test_contributions_have_mean_zero_over_the_training_rows() -> None:
    training = region(level=0.5)
    weight = 0.5 ** (training.years_ago / 3.0)
    for candidate in boosted("clash_decayed", "size"):
        parts = candidate.fit(training).contributions(training.features)
        for name in ("clash_decayed", "size"):
            assert np.average(parts[name], weights=weight) == pytest.approx(0, abs=1e-9)


@given(st.integers(0, 2**32 - 1), st.integers(2, 40))
def test_rows_fall_into_the_step_that_their_score_looks_up(seed: int, most: int) -> None:
    random = np.random.default_rng(seed)
    values = random.choice([random.normal(size=200), random.poisson(2, 200)])
    values = np.where(random.random(200) < 0.1, np.nan, values)
    steps = in_steps(pl.DataFrame({"x": values}), ["x"], most)
    (edges,) = steps.edges
    assert len(edges) < most
    assert (np.diff(edges) > 0).all()
    known = ~np.isnan(values)
    assert (np.isnan(steps.codes[:, 0]) == ~known).all()
    below = (values[known][:, None] > edges[None, :]).sum(axis=1)
    assert steps.codes[known, 0].tolist() == below.tolist()
    assert set(steps.codes[known, 0]) == set(range(len(edges) + 1))


def test_few_values_are_a_step_each() -> None:
    steps = in_steps(pl.DataFrame({"x": [0.0, 0.0, 1.0, 4.0]}), ["x"], 8)
    assert steps.edges[0].tolist() == [0.5, 2.5]


def test_a_model_that_is_no_sum_is_not_read_as_one() -> None:
    random = np.random.default_rng(0)
    inputs = random.integers(0, 3, (4000, 2)).astype(float)
    outcome = (inputs[:, 0] == inputs[:, 1]).astype(int)
    steps = in_steps(pl.DataFrame({"a": inputs[:, 0], "b": inputs[:, 1]}), ["a", "b"], 8)
    model = HistGradientBoostingClassifier(max_iter=20, random_state=0).fit(inputs, outcome)
    with pytest.raises(ValueError, match="no sum of functions"):
        read_steps(model.decision_function, steps, np.ones(4000), {})


def test_a_sum_is_read_as_it_is_the_unknown_included() -> None:
    random = np.random.default_rng(0)
    inputs = np.where(random.random((500, 2)) < 0.2, np.nan, random.integers(0, 5, (500, 2)))
    frame = pl.DataFrame({"a": inputs[:, 0], "b": inputs[:, 1]})
    steps = in_steps(frame, ["a", "b"], 8)

    def decide(codes: Array) -> Array:
        return np.asarray(np.where(np.isnan(codes), 7.0, codes**2).sum(axis=1) - 3)

    score = read_steps(decide, steps, np.ones(500), {})
    assert score.score(frame) == pytest.approx(decide(steps.codes), abs=1e-9)


def test_a_feature_whose_rows_nearly_all_hold_the_highest_value_has_no_steps() -> None:
    values = np.concatenate([np.linspace(0, 0.9, 40), np.ones(4000)])
    found = in_steps(pl.DataFrame({"a": values, "b": np.arange(4040.0)}), ["a", "b"], 32)
    assert found.names == ("b",)


def test_what_is_unknown_or_the_same_among_some_rows_does_not_vary_there() -> None:
    codes = np.array([[0.0, np.nan, 1.0, np.nan], [1.0, np.nan, 1.0, 2.0], [0.0, np.nan, 1.0, 3.0]])
    assert that_vary(codes).tolist() == [0, 3]
    assert that_vary(codes[:2]).tolist() == [0]
    assert that_vary(codes[:0]).tolist() == []
