"""Where a list fails: planted failures are found, sums add up, and small groups say little."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.additive import Array
from models.backtest import Prediction
from models.breakdown import Undefined, by_group, parts
from models.error_tree import misses
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
