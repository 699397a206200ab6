"""The change since the last list: its parts add up exactly, and nobody is lost on the way."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from models.change import PARTS, Change, decompose
from models.ranking import ranks

Scores = NDArray[np.float64]
CODES = [f"99.99.01.20{number:02}" for number in range(1, 13)]


@st.composite
def two_lists(draw: st.DrawFn) -> tuple[list[str], Scores, list[str], list[Scores]]:
    before = draw(st.lists(st.sampled_from(CODES), unique=True))
    after = draw(st.lists(st.sampled_from(CODES), unique=True))

    def some(n: int) -> Scores:
        return draw(arrays(np.float64, n, elements=st.integers(-3, 3).map(float)))

    return before, some(len(before)), after, [some(len(after)) for _ in range(3)]


@given(two_lists())
def test_the_steps_of_every_village_add_up_to_its_change_exactly(
    case: tuple[list[str], Scores, list[str], list[Scores]],
) -> None:
    before, published, after, stages = case
    found = decompose(before, published, after, *stages)
    total = found.rank_before - found.rank_after
    summed = np.sum([found.steps[part] for part in PARTS], axis=0)
    np.testing.assert_array_equal(summed, total)
    assert sum(found.moved_mainly_by().values()) == len(set(before) | set(after))


@given(two_lists())
def test_the_ranks_are_those_of_the_two_lists(
    case: tuple[list[str], Scores, list[str], list[Scores]],
) -> None:
    before, published, after, stages = case
    found = decompose(before, published, after, *stages)
    assert found.codes[: len(after)] == tuple(after)
    was = dict(zip(before, ranks(published) if before else [], strict=True))
    is_now = dict(zip(after, ranks(stages[2]) if after else [], strict=True))
    for code, rank_before, rank_after in zip(
        found.codes, found.rank_before, found.rank_after, strict=True
    ):
        assert was.get(code) == (None if np.isnan(rank_before) else rank_before)
        assert is_now.get(code) == (None if np.isnan(rank_after) else rank_after)


def change(
    published: list[float], passed: list[float], informed: list[float], renewed: list[float]
) -> Change:
    codes = CODES[: len(published)]
    stages = [np.array(stage) for stage in (passed, informed, renewed)]
    return decompose(codes, np.array(published), codes, *stages)


def test_each_part_moves_what_it_alone_moves() -> None:
    found = change([4, 3, 2, 1], [2, 3, 1, 0], [2, 3, 1, 9], [2, 9, 1, 3])
    assert found.steps["time"].tolist() == [-1, 1, 0, 0]
    assert found.steps["data"].tolist() == [-1, -1, -1, 3]
    assert found.steps["model"].tolist() == [0, 1, 0, -1]
    assert found.steps["places"].tolist() == [0, 0, 0, 0]
    told = {part: n for part, n in found.moved_mainly_by().items() if n}
    assert told == {"data": 2, "several": 2}


def test_the_same_list_again_moves_nobody() -> None:
    found = change([3, 2, 2, 1], [3, 2, 2, 1], [3, 2, 2, 1], [3, 2, 2, 1])
    assert all((found.steps[part] == 0).all() for part in PARTS)
    assert found.moved_mainly_by()["unmoved"] == 4


def test_scores_are_compared_on_the_old_model_only() -> None:
    found = change([4, 3], [2, 1.5], [2, 2.5], [70, 90])
    assert found.score_steps["time"].tolist() == [-2, -1.5]
    assert found.score_steps["data"].tolist() == [0, 1]
    assert set(found.score_steps) == {"time", "data"}


def test_a_village_that_comes_or_goes_is_told_and_moves_the_others_by_places_alone() -> None:
    stage = np.array([9.0, 2.0, 1.0])
    found = decompose(
        ["gone", "stays", "last"], np.array([9.0, 2.0, 1.0]), ["new", "stays", "last"], *[stage] * 3
    )
    assert found.appeared == ("new",)
    assert found.disappeared == ("gone",)
    assert found.codes == ("new", "stays", "last", "gone")
    grown = decompose(["stays"], np.array([2.0]), ["new", "stays"], *[np.array([9.0, 2.0])] * 3)
    assert grown.steps["places"].tolist()[1] == -1
    assert grown.steps["time"].tolist()[1] == 0
    assert grown.moved_mainly_by()["places"] == 1


def test_a_village_is_moved_by_what_moved_it_its_way() -> None:
    """The last one rose by two: three by data, one back by the model."""
    found = change([4, 3, 2, 1], [4, 3, 2, 1], [4, 3, 2, 9], [9, 3, 2, 8])
    rose = found.codes.index(CODES[3])
    assert found.steps["data"][rose] == 3
    assert found.steps["model"][rose] == -1
    assert found.moved_mainly_by()["data"] == 3


@pytest.mark.parametrize(
    ("codes", "score", "told"),
    [
        (["a", "a"], [1.0, 2.0], "stands twice"),
        (["a", "b"], [1.0], "1 scores for 2 units"),
        (["a", "b"], [1.0, np.inf], "not finite"),
    ],
)
def test_lists_that_cannot_be_compared_are_refused(
    codes: list[str], score: list[float], told: str
) -> None:
    one = np.array([1.0])
    with pytest.raises(ValueError, match=told):
        decompose(codes, np.array(score), ["a"], one, one, one)
