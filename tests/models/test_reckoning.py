"""A list held against what happened: hand-made numbers, and what no order of rows may change."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.evidence import NotApplicable
from models.expected_number import number, number_distribution, share_of
from models.metrics import UndefinedMetric
from models.reckoning import (
    Held,
    Measured,
    capture_curve,
    rank_measures,
    standing,
    steps,
)
from models.reckoning_calibration import by_promise, calibration, in_top

FEW = 60  # draws: enough to have an interval


def held(
    rank: list[int],
    count: list[int],
    block: list[int] | None = None,
    baseline: list[int] | None = None,
    probability: list[float] | None = None,
) -> Held:
    n = len(rank)
    return Held(
        rank=np.array(rank),
        count=np.array(count),
        block=np.array(block or list(range(n))),
        onset=np.ones(n, dtype=bool),
        baseline_rank=None if baseline is None else np.array(baseline),
        probability=None if probability is None else np.array(probability),
    )


@st.composite
def lists(draw: st.DrawFn) -> Held:
    n = draw(st.integers(2, 25))
    scores = draw(st.lists(st.integers(0, 6), min_size=n, max_size=n))
    rank = [1 + sum(other > score for other in scores) for score in scores]
    count = draw(st.lists(st.integers(0, 3), min_size=n, max_size=n).filter(any))
    block = draw(st.lists(st.integers(0, 7), min_size=n, max_size=n))
    block = [sorted(set(block)).index(b) for b in block]
    shares = st.floats(0, 1, allow_subnormal=False)
    probability = draw(st.lists(shares, min_size=n, max_size=n))
    baseline = draw(st.permutations(range(1, n + 1)))
    return held(rank, count, block, baseline, probability)


def value(found: Measured | NotApplicable) -> float:
    assert isinstance(found, Measured)
    return found.value


@settings(max_examples=40)
@given(lists())
def test_all_places_hold_all_incidents_and_no_order_beats_the_ceiling(one: Held) -> None:
    n = len(one.rank)
    ranked = rank_measures(one, [1, n], FEW)
    assert value(ranked.at[-1].measures["capture"].ours) == pytest.approx(1)
    first = ranked.at[0].measures
    assert value(first["capture"].ours) <= value(first["ceiling"].ours) + 1e-12
    assert ranked.at[0].ties[0] - 1e-12 <= value(first["capture"].ours)
    assert value(first["capture"].ours) <= ranked.at[0].ties[1] + 1e-12


@settings(max_examples=40)
@given(lists(), st.integers(0, 2**32 - 1))
def test_the_order_of_rows_changes_nothing(one: Held, seed: int) -> None:
    order = np.random.default_rng(seed).permutation(len(one.rank))
    assert one.baseline_rank is not None
    assert one.probability is not None
    moved = Held(
        one.rank[order],
        one.count[order],
        one.block[order],
        one.onset[order],
        one.baseline_rank[order],
        one.probability[order],
    )
    k = max(1, len(order) // 2)
    there = rank_measures(moved, [k], FEW).at[0].measures
    for name, found in rank_measures(one, [k], FEW).at[0].measures.items():
        again = there[name]
        for a, b in ((found.ours, again.ours), (found.difference, again.difference)):
            assert isinstance(a, NotApplicable) == isinstance(b, NotApplicable)
            if isinstance(a, Measured) and isinstance(b, Measured):
                assert (a.value, a.low or 0, a.high or 0) == pytest.approx(
                    (b.value, b.low or 0, b.high or 0)
                )
    assert calibration(one, FEW).number.expected == pytest.approx(
        calibration(moved, FEW).number.expected
    )
    assert np.allclose(capture_curve(one.rank, one.count), capture_curve(moved.rank, moved.count))


@settings(max_examples=40)
@given(lists())
def test_the_curve_has_the_captures(one: Held) -> None:
    ks = range(1, len(one.rank) + 1)
    at = [value(a.measures["capture"].ours) for a in rank_measures(one, ks, 2).at]
    assert capture_curve(one.rank, one.count).tolist() == pytest.approx(at)


@given(st.lists(st.floats(0, 1, allow_subnormal=False), min_size=1, max_size=8))
def test_the_number_of_places_has_the_chances_of_all_outcomes_added_up(ps: list[float]) -> None:
    found = number_distribution(np.array(ps))
    expected = np.zeros(len(ps) + 1)
    for outcome in product([0, 1], repeat=len(ps)):
        chance = np.prod([p if o else 1 - p for p, o in zip(ps, outcome, strict=True)])
        expected[sum(outcome)] += chance
    assert found.tolist() == pytest.approx(expected.tolist(), abs=1e-12)


def test_thousands_of_places_have_a_distribution_that_adds_up() -> None:
    found = number_distribution(np.full(20_000, 0.003))
    assert found.sum() == pytest.approx(1)
    assert len(found) < 500
    assert (np.arange(len(found)) * found).sum() == pytest.approx(60)


def test_more_than_was_expected_lies_above_the_interval() -> None:
    found = number(np.full(10, 0.1), np.array([True] * 5 + [False] * 5))
    assert found.expected == pytest.approx(1)
    assert (found.low, found.high, found.observed, found.is_within) == (0, 3, 5, False)
    assert found.chance_of_none == pytest.approx(0.9**10)
    assert found.chance_as_far == pytest.approx(2 * 0.0016349374)


def test_measures_are_those_that_a_hand_reckons() -> None:
    one = held([1, 2, 3, 4, 5, 6], [2, 0, 1, 0, 1, 0], baseline=[6, 5, 4, 3, 2, 1])
    at = rank_measures(one, [3], FEW).at[0]
    assert value(at.measures["capture"].ours) == pytest.approx(3 / 4)
    assert value(at.measures["precision"].ours) == pytest.approx(2 / 3)
    assert value(at.measures["ceiling"].ours) == pytest.approx(1)
    assert value(at.measures["pai"].ours) == pytest.approx(1.5)
    capture = at.measures["capture"]
    assert capture.baseline is not None
    assert capture.difference is not None
    assert value(capture.baseline) == pytest.approx(1 / 4)
    assert value(capture.difference) == pytest.approx(1 / 2)
    assert at.captured is not None
    assert (at.captured.happened, at.captured.places) == (2, 3)


def test_incidents_in_a_handful_of_blocks_have_no_interval() -> None:
    """Drawing four kecamatan again would give an interval of no width: a false certainty."""
    one = held([1, 2, 3, 4, 5, 6], [1, 1, 1, 1, 0, 0])
    found = rank_measures(one, [3], FEW)
    assert found.blocks_with == 4
    assert found.at[0].measures["capture"].ours == Measured(0.75, None, None)
    wider = rank_measures(held([1, 2, 3, 4, 5, 6], [1, 1, 1, 1, 1, 0]), [3], FEW)
    capture = wider.at[0].measures["capture"].ours
    assert isinstance(capture, Measured)
    assert capture.low is not None
    assert capture.high is not None
    assert capture.low < 0.6 < capture.high


def test_where_nothing_happened_there_is_no_score() -> None:
    one = held([1, 2, 3], [0, 0, 0], probability=[0.1, 0.1, 0.1])
    with pytest.raises(UndefinedMetric, match="nothing to measure"):
        rank_measures(one, [1])
    found = calibration(one)
    assert found.scores == {}
    assert found.bins is None
    assert found.number.chance_of_none == pytest.approx(0.9**3)


def test_a_list_without_probabilities_has_no_calibration() -> None:
    with pytest.raises(UndefinedMetric, match="no probability"):
        calibration(held([1, 2], [1, 0]))
    assert in_top(held([1, 2], [1, 0]), 1) is None


def test_a_place_tied_across_the_cut_is_neither_hit_nor_missed() -> None:
    one = held([1, 2, 2, 4], [0, 1, 0, 1], probability=[0.4, 0.3, 0.3, 0.1])
    assert standing(one.rank, 2).tolist() == [1, 0, 0, -1]
    assert standing(one.rank, 3).tolist() == [1, 1, 1, -1]
    assert in_top(one, 2) is None
    top = in_top(one, 3)
    assert top is not None
    assert (top.expected, top.observed) == (pytest.approx(1.0), 1)
    at = rank_measures(one, [2, 3], FEW).at
    assert at[0].captured is None
    assert at[1].captured is not None


def test_promises_are_held_in_groups_and_nobody_is_lost() -> None:
    one = held([1, 2, 3, 4], [1, 1, 0, 0], probability=[0.5, 0.2, 0.1, 0.1])
    groups = by_promise(one, np.array([1.0, 0.3, 0.29, 0.0]))
    assert [(g.share.places, g.share.happened) for g in groups] == [(2, 0), (1, 1), (1, 1)]
    assert groups[-1].below == 1
    assert groups[-1].number is not None
    assert groups[-1].number.expected == pytest.approx(0.5)


def test_a_share_of_none_has_no_figure_and_its_interval_is_exact() -> None:
    count = np.array([0] * 10)
    assert share_of(count, np.zeros(10, dtype=bool)) is None
    found = share_of(count, np.ones(10, dtype=bool))
    assert found is not None
    assert (found.low, round(found.high, 4)) == (0.0, 0.2589)  # 1 - 0.05 ** (1 / 10)


@given(st.integers(1, 3000), st.lists(st.integers(-5, 5000), max_size=3))
def test_every_k_to_look_at_can_be_looked_at(places: int, also: list[int]) -> None:
    found = steps(places, also)
    assert found
    assert all(1 <= k <= places for k in found)
    assert list(found) == sorted(set(found))
