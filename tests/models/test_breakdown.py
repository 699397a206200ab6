"""Where a list fails: planted failures are found, sums add up, and small groups say little."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.additive import Array
from models.backtest import Prediction
from models.breakdown import (
    MIN_LEAF,
    Condition,
    Undefined,
    by_group,
    error_tree,
    misses,
    parts,
)
from models.evidence import Draws, Estimate, draw_past

FIRST = date(2016, 1, 1)


def prediction(number: int, score: Array, count: NDArray[np.int64], blocks: int = 6) -> Prediction:
    start = FIRST + timedelta(days=182 * number)
    places = len(score)
    return Prediction(
        cutoff=start,
        until=start + timedelta(days=182),
        score=score,
        count=count,
        block=np.arange(places) % blocks,
        onset_candidate=np.ones(places, dtype=bool),
    )


def blind_past(cutoffs: int = 8, places: int = 120) -> tuple[list[Prediction], NDArray[np.bool_]]:
    """Return a list that knows where it happens, but in the last third of the places."""
    random = np.random.default_rng(3)
    is_blind = np.arange(places) >= 2 * places // 3
    risk = np.where(np.arange(places) % 4 == 0, 0.6, 0.02)
    found = []
    for number in range(cutoffs):
        count = random.poisson(risk)
        score = np.where(is_blind, random.random(places) * 0.01, risk + random.random(places))
        found.append(prediction(number, score, count))
    return found, is_blind


def drawn(past: list[Prediction], draws: int = 200) -> Draws:
    return draw_past(past, draws, np.random.default_rng(1))


def test_a_group_where_the_list_is_blind_stands_out() -> None:
    past, is_blind = blind_past()
    groups = [is_blind.astype(np.int64)] * len(past)
    seen, blind = by_group(past, groups, 2, 30, drawn(past))
    assert isinstance(seen.captured, Estimate)
    assert isinstance(blind.captured, Estimate)
    assert blind.captured.value == 0
    assert blind.captured.high < seen.captured.low
    assert isinstance(seen.auc, Estimate)
    assert isinstance(blind.auc, Estimate)
    assert blind.auc.low < 0.5 < seen.auc.low


@settings(max_examples=25)
@given(st.integers(0, 10_000), st.integers(1, 5), st.integers(1, 30))
def test_groups_add_up_to_all_places(seed: int, number: int, k: int) -> None:
    random = np.random.default_rng(seed)
    past = [
        prediction(at, random.integers(0, 4, 30).astype(float), random.poisson(0.2, 30))
        for at in range(3)
    ]
    groups = [random.integers(0, number, 30) for _ in past]
    found = by_group(past, groups, number, k, drawn(past, 20))
    assert sum(group.places for group in found) == 90
    assert sum(group.incidents for group in found) == sum(int(p.count.sum()) for p in past)
    missed = sum(float(misses(p, k).sum()) for p in past)
    by_share = sum(
        group.incidents * (1 - group.captured.value)
        for group in found
        if isinstance(group.captured, Estimate)
    )
    assert by_share == pytest.approx(missed)
    for group in found:
        for figure in (group.captured, group.auc):
            if isinstance(figure, Estimate):
                assert 0 <= figure.low <= figure.value <= figure.high <= 1


def test_what_is_undefined_says_why() -> None:
    score = np.array([0.9, 0.8, 0.2, 0.1])
    past = [prediction(0, score, np.array([0, 0, 1, 2]), blocks=2)]
    calm, troubled, nobody = by_group(past, [np.array([0, 0, 1, 1])], 3, 1, drawn(past))
    assert calm.captured == Undefined("no_incident")
    assert calm.auc == Undefined("no_incident")
    assert isinstance(troubled.captured, Estimate)
    assert troubled.auc == Undefined("one_kind")
    assert (nobody.places, nobody.captured) == (0, Undefined("no_incident"))


def test_one_incident_proves_little() -> None:
    score = np.linspace(1, 0, 40)
    count = np.zeros(40, dtype=np.int64)
    count[0] = 1
    past = [prediction(0, score, count)]
    (group,) = by_group(past, [np.zeros(40, dtype=np.int64)], 1, 4, drawn(past))
    assert isinstance(group.captured, Estimate)
    assert isinstance(group.auc, Estimate)
    assert (group.captured.value, group.captured.high) == (1, 1)
    assert group.captured.low < 0.3
    assert group.auc.low < 0.3


def test_a_place_with_many_incidents_proves_no_more_than_one_with_one() -> None:
    once, often = np.zeros(40, dtype=np.int64), np.zeros(40, dtype=np.int64)
    once[0], often[0] = 1, 50
    lows = []
    for count in (once, often):
        past = [prediction(0, np.linspace(1, 0, 40), count)]
        (group,) = by_group(past, [np.zeros(40, dtype=np.int64)], 1, 4, drawn(past))
        assert isinstance(group.captured, Estimate)
        lows.append(group.captured.low)
    assert lows[0] == lows[1]


@given(
    st.lists(
        st.one_of(st.integers(0, 3).map(float), st.floats(-1e6, 1e6), st.just(float("nan"))),
        min_size=1,
        max_size=60,
    )
)
def test_parts_hold_every_place_and_their_limits_are_true(values: list[float]) -> None:
    array = np.array(values)
    found = parts([array, array])
    (first, second) = found.of
    assert (first == second).all()
    assert set(first.tolist()) == set(range(found.number))
    assert all(a <= b for a, b in zip(found.low, found.high, strict=True))
    assert all(a < b for a, b in zip(found.high, found.low[1:], strict=False))
    for value, part in zip(values, first, strict=True):
        if np.isnan(value):
            assert part == len(found.low)
        else:
            assert found.low[part] <= value <= found.high[part]


def test_different_values_never_end_in_one_part_alone() -> None:
    assert parts([np.array([0.0, 5, 5, 5, 5, 5, 5])]).low == (0.0, 5.0)
    assert parts([np.array([5.0, 5.0])]).low == (5.0,)
    assert len(parts([np.arange(90.0)]).low) == 3


def test_the_tree_finds_the_planted_failure() -> None:
    random = np.random.default_rng(5)
    n = 600
    features = random.random((n, 4))
    wrong = (features[:, 2] > 0.7) & (features[:, 0] <= 0.4)
    error = np.where(wrong, random.integers(1, 3, n), 0).astype(float)
    leaves = error_tree(features, ["near", "noise", "far", "dull"], error)
    worst = leaves[0]
    assert worst.share > 0.95
    by_name = {condition.name: condition for condition in worst.conditions}
    assert by_name["far"].above == pytest.approx(0.7, abs=0.02)
    assert by_name["near"].at_most == pytest.approx(0.4, abs=0.03)


@settings(max_examples=25)
@given(st.integers(0, 10_000))
def test_the_rules_hold_every_place_once_and_all_errors(seed: int) -> None:
    random = np.random.default_rng(seed)
    features = random.integers(0, 6, (200, 3)).astype(float)
    error = random.poisson(0.3, 200).astype(float) + (features[:, 1] > 3)
    leaves = error_tree(features, ["a", "b", "c"], error)
    assert sum(leaf.share for leaf in leaves) == pytest.approx(1)
    assert sum(leaf.error for leaf in leaves) == pytest.approx(error.sum())
    inside = np.array(
        [
            np.all([holds(c, features["abc".index(c.name)]) for c in leaf.conditions], axis=0)
            for features in (features.T,)
            for leaf in leaves
        ]
    )
    assert (inside.sum(axis=0) == 1).all()
    assert inside.sum(axis=1).tolist() == [leaf.places for leaf in leaves]
    assert min(leaf.places for leaf in leaves) >= MIN_LEAF
    assert error_tree(features, ["a", "b", "c"], error) == leaves


def holds(condition: Condition, values: Array) -> NDArray[np.bool_]:
    above = -np.inf if condition.above is None else condition.above
    at_most = np.inf if condition.at_most is None else condition.at_most
    return (values > above) & (values <= at_most)


def test_a_tree_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing was wrong"):
        error_tree(np.zeros((50, 1)), ["a"], np.zeros(50))
    with pytest.raises(ValueError, match="not finite"):
        error_tree(np.full((50, 1), np.nan), ["a"], np.ones(50))
