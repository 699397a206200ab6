"""Measures of a ranking: equal to their definitions, blind to row order, never an empty value."""

from collections.abc import Callable
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.metrics import brier_score_loss, roc_auc_score

from models.metrics import (
    UndefinedMetric,
    auc,
    brier,
    capture_at,
    ceiling_at,
    inclusion,
    pai_at,
    pei_at,
    precision_at,
)

Scores = NDArray[np.float64]
Counts = NDArray[np.int64]
Measure = Callable[[Scores, Counts, int], float]

AT_K: dict[str, Measure] = {
    "capture": capture_at,
    "precision": precision_at,
    "pai": pai_at,
    "pei": pei_at,
    "ceiling": lambda _, count, k: ceiling_at(count, k),
}


@st.composite
def ranked(draw: st.DrawFn, max_places: int = 40) -> tuple[Scores, Counts, int]:
    """Scores with many ties, counts with at least one incident, and a k within range."""
    n = draw(st.integers(1, max_places))
    levels = st.one_of(st.integers(-2, 2).map(float), st.floats(-1e6, 1e6))
    score = draw(st.lists(levels, min_size=n, max_size=n))
    count = draw(st.lists(st.integers(0, 5), min_size=n, max_size=n).filter(any))
    return np.array(score), np.array(count), draw(st.integers(1, n))


def top_sets(score: Scores, k: int) -> list[list[int]]:
    """The k highest places under every order in which ties could fall."""
    return [
        sorted(range(len(score)), key=lambda place: (-score[place], order[place]))[:k]
        for order in permutations(range(len(score)))
    ]


@given(ranked(max_places=6))
@settings(max_examples=60)
def test_each_measure_is_the_mean_over_all_orders_of_tied_places(
    case: tuple[Scores, Counts, int],
) -> None:
    score, count, k = case
    tops = top_sets(score, k)
    best = sum(sorted(count.tolist(), reverse=True)[:k]) / count.sum()
    capture = np.mean([count[top].sum() / count.sum() for top in tops])
    precision = np.mean([(count[top] > 0).sum() / k for top in tops])
    among = [np.mean([place in top for top in tops]) for place in range(len(score))]
    assert inclusion(score, k) == pytest.approx(among)
    assert capture_at(score, count, k) == pytest.approx(capture)
    assert precision_at(score, count, k) == pytest.approx(precision)
    assert ceiling_at(count, k) == pytest.approx(best)
    assert pai_at(score, count, k) == pytest.approx(capture * len(score) / k)
    assert pei_at(score, count, k) == pytest.approx(capture / best)


@given(ranked(), st.randoms(use_true_random=False))
def test_row_order_never_matters(case: tuple[Scores, Counts, int], shuffler: object) -> None:
    score, count, k = case
    order = np.arange(len(score))
    shuffler.shuffle(order)  # type: ignore[attr-defined] # hypothesis hands out a random.Random
    for name, measure in AT_K.items():
        shuffled = measure(score[order], count[order], k)
        assert shuffled == pytest.approx(measure(score, count, k), rel=1e-12), name


@given(ranked())
def test_no_list_beats_the_ceiling(case: tuple[Scores, Counts, int]) -> None:
    score, count, k = case
    assert 0 <= capture_at(score, count, k) <= ceiling_at(count, k) + 1e-12
    assert 0 <= pei_at(score, count, k) <= 1 + 1e-12
    assert pei_at(count.astype(float), count, k) == pytest.approx(1)


@given(ranked())
def test_attending_everywhere_captures_everything(case: tuple[Scores, Counts, int]) -> None:
    score, count, _ = case
    assert capture_at(score, count, len(score)) == pytest.approx(1)
    assert inclusion(score, len(score)) == pytest.approx(1)


@given(ranked())
def test_k_places_are_attended_in_expectation(case: tuple[Scores, Counts, int]) -> None:
    score, _, k = case
    chance = inclusion(score, k)
    assert chance.sum() == pytest.approx(k)
    assert ((chance >= 0) & (chance <= 1)).all()


@given(ranked())
def test_auc_is_that_of_scikit_learn_and_counts_ties_half(
    case: tuple[Scores, Counts, int],
) -> None:
    score, count, _ = case
    happened = count > 0
    if happened.all():
        with pytest.raises(UndefinedMetric):
            auc(score, happened)
        return
    pairs = score[happened][:, None] - score[~happened][None, :]
    by_hand = ((pairs > 0) + 0.5 * (pairs == 0)).mean()
    assert auc(score, happened) == pytest.approx(by_hand)
    assert auc(score, happened) == pytest.approx(roc_auc_score(happened, score))
    assert auc(-score, happened) == pytest.approx(1 - by_hand)


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=30))
def test_brier_is_that_of_scikit_learn(pairs: list[tuple[float, bool]]) -> None:
    probability, outcome = np.array([p for p, _ in pairs]), np.array([o for _, o in pairs])
    expected = brier_score_loss(outcome, probability, labels=[False, True])
    assert brier(probability, outcome) == pytest.approx(expected)


def test_several_incidents_in_one_place_count_each_for_capture_and_once_for_precision() -> None:
    score, count = np.array([3.0, 2.0, 1.0, 0.0]), np.array([4, 0, 1, 0])
    assert capture_at(score, count, 2) == pytest.approx(0.8)
    assert precision_at(score, count, 2) == pytest.approx(0.5)
    assert pai_at(score, count, 2) == pytest.approx(1.6)
    assert pei_at(score, count, 2) == pytest.approx(0.8)


@pytest.mark.parametrize("name", ["capture", "pai", "pei", "ceiling"])
def test_where_nothing_happened_there_is_nothing_to_capture(name: str) -> None:
    with pytest.raises(UndefinedMetric, match="no incident"):
        AT_K[name](np.array([0.2, 0.1]), np.array([0, 0]), 1)


@pytest.mark.parametrize("happened", [True, False])
def test_auc_of_one_kind_of_outcome_is_undefined(happened: bool) -> None:
    with pytest.raises(UndefinedMetric, match="one kind"):
        auc(np.array([0.2, 0.1]), np.array([happened, happened]))


@pytest.mark.parametrize("k", [-1, 0, 4])
@pytest.mark.parametrize("name", list(AT_K))
def test_a_k_beyond_the_places_is_refused(name: str, k: int) -> None:
    with pytest.raises(ValueError, match=f"k = {k} is not between 1 and 3"):
        AT_K[name](np.array([0.3, 0.2, 0.1]), np.array([1, 0, 0]), k)


@pytest.mark.parametrize("broken", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("name", ["capture", "precision", "pai", "pei"])
def test_a_score_that_is_not_finite_is_refused(name: str, broken: float) -> None:
    with pytest.raises(ValueError, match="not finite"):
        AT_K[name](np.array([0.3, broken, 0.1]), np.array([1, 0, 0]), 2)


def test_auc_and_brier_refuse_a_missing_number_too() -> None:
    happened = np.array([True, False, True])
    with pytest.raises(ValueError, match="finite"):
        auc(np.array([0.3, np.nan, 0.1]), happened)
    with pytest.raises(ValueError, match="finite"):
        brier(np.array([0.3, np.nan, 0.1]), happened)


def test_brier_of_nothing_is_undefined() -> None:
    with pytest.raises(UndefinedMetric):
        brier(np.array([]), np.array([], dtype=bool))
