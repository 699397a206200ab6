"""What would change a rank: the rank asked for is that of a list made anew, and so is the cut."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from models.ranking import ranks
from models.sensitivity import distance_to_cut, moves, rank_among_others

Scores = NDArray[np.float64]


def whole(n: int) -> st.SearchStrategy[Scores]:
    """Whole numbers, which sum without rounding and tie often."""
    return arrays(np.float64, n, elements=st.integers(-4, 4).map(float))


@st.composite
def parts(draw: st.DrawFn) -> dict[str, Scores]:
    n = draw(st.integers(1, 15))
    return {name: draw(whole(n)) for name in "abc"[: draw(st.integers(1, 3))]}


@given(parts())
def test_the_rank_if_usual_is_that_of_a_list_made_anew(contributions: dict[str, Scores]) -> None:
    score = np.sum(list(contributions.values()), axis=0)
    found = moves(score, contributions)
    for column, values in enumerate(contributions.values()):
        for unit in range(len(score)):
            made_anew = score.copy()
            made_anew[unit] += np.median(values) - values[unit]
            assert found.rank_if_usual[unit, column] == ranks(made_anew)[unit]


def test_a_village_that_is_usual_already_keeps_its_rank_to_the_bit() -> None:
    random = np.random.default_rng(1)
    usual = np.full(500, 0.1)
    usual[:10] = 0.7
    rest = np.repeat(random.normal(size=50), 10)
    found = moves(usual + rest, {"usual": usual, "rest": rest})
    assert (found.rank_if_usual[10:, 0] == found.rank[10:]).all()


def test_a_village_that_would_score_as_others_do_is_tied_with_them() -> None:
    """To a machine (0.1 + 0.2) - 0.1 is more than 0.2, and (0.7 + 0.1) - 0.7 less than 0.1."""
    for past, rest in ((0.1, 0.2), (0.7, 0.1)):
        parts = {"past": np.array([past, 0.0, 0.0, 0.0]), "rest": np.full(4, rest)}
        score = parts["past"] + parts["rest"]
        assert score[0] - past != rest
        assert moves(score, parts).rank_if_usual[0, 0] == 1


def test_the_largest_moves_come_first_and_groups_that_move_nothing_are_left_out() -> None:
    past = np.array([5.0, 0.0, 0.0, 0.0])
    place = np.array([0.0, 2.0, 1.5, 1.0])
    nothing = np.zeros(4)
    found = moves(past + place, {"nothing": nothing, "place": place, "past": past})
    assert found.rank.tolist() == [1, 2, 3, 4]
    # The median of `place` is 1.25, that of `past` 0.
    assert found.largest(0, most=3) == [("past", 4)]
    assert found.largest(1, most=3) == [("place", 3)]
    assert found.largest(1, most=0) == []


def test_no_groups_move_nothing() -> None:
    assert moves(np.array([1.0, 2.0]), {}).largest(0, most=3) == []


@given(st.integers(1, 12).flatmap(lambda n: st.tuples(whole(n), st.integers(1, n))))
def test_the_distance_to_the_cut_is_what_it_takes_to_cross_it(case: tuple[Scores, int]) -> None:
    score, k = case
    found = distance_to_cut(score, k)
    rank = ranks(score)
    if k == len(score):
        assert np.isnan(found.gap).all()
        assert (found.villages == 0).all()
        return
    for unit in range(len(score)):
        others = np.delete(score, unit)
        if found.villages[unit] > 0:
            # So many others set just above it, and not one fewer, put it out.
            overtaking = (others > score[unit]).sum() + found.villages[unit]
            tied = (others == score[unit]).sum()
            assert overtaking + tied == k
            lowered = score.copy()
            lowered[unit] -= found.gap[unit] + 0.5
            assert ranks(lowered)[unit] > k
            assert rank[unit] <= k
        elif found.villages[unit] < 0:
            raised = score.copy()
            raised[unit] -= found.gap[unit]
            assert ranks(raised)[unit] <= k < rank[unit]
            assert (others > score[unit]).sum() + found.villages[unit] == k - 1
        else:
            assert found.gap[unit] == 0
            tied = (score == score[unit]).sum()
            assert rank[unit] <= k < rank[unit] + tied - 1


def test_a_tie_across_the_cut_lies_on_it() -> None:
    found = distance_to_cut(np.array([3.0, 1.0, 1.0, 1.0, 0.0]), k=2)
    assert found.gap.tolist() == [2.0, 0.0, 0.0, 0.0, -1.0]
    assert found.villages.tolist() == [2, 0, 0, 0, -3]


@pytest.mark.parametrize("k", [0, 4])
def test_a_cut_outside_the_list_is_an_error(k: int) -> None:
    with pytest.raises(ValueError, match="k = "):
        distance_to_cut(np.zeros(3), k)


def test_a_score_that_is_not_finite_has_no_rank() -> None:
    with pytest.raises(ValueError, match="not finite"):
        rank_among_others(np.array([1.0, np.nan]), np.zeros(2))
