"""Reserves: the posts that reach most risk, and people in proportion to what each covers."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.reserves import place_reserves

FREE = np.zeros(3, dtype=bool)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 4), st.integers(1, 12))
def test_no_choice_of_posts_reaches_more(seed: int, most: int, officers: int) -> None:
    random = np.random.default_rng(seed)
    risk = random.integers(0, 5, 8).astype(float)
    minutes = random.integers(5, 60, (5, 8)).astype(float)
    fixed = np.array([True, False, False, False, False])
    found = place_reserves(risk, minutes, fixed, officers, 20.0, most)
    opened = min(most, officers)
    reached = max(
        risk[(minutes[[0, *more]] <= 20).any(axis=0)].sum()
        for more in combinations(range(1, 5), opened - 1)
    )
    total = risk.sum()
    assert found.share == pytest.approx(reached / total if total else 0.0)
    assert found.share <= found.bound <= 1
    assert found.officers.sum() == officers
    assert found.officers[0] >= 1
    assert (found.officers > 0).sum() <= opened
    for place, post in enumerate(found.post):
        if post >= 0:
            assert found.officers[post] > 0
            assert minutes[post, place] <= 20


def test_people_are_split_by_the_risk_covered_whole_by_the_largest_remainder() -> None:
    minutes = np.where(np.eye(3, dtype=bool), 5.0, 90.0)
    found = place_reserves(np.array([6.0, 3.0, 1.0]), minutes, FREE, 11, 30.0, 3)
    # 6.6, 3.3 and 1.1: the largest remainder is the first one's.
    assert found.officers.tolist() == [7, 3, 1]


def test_a_post_that_adds_nothing_is_not_opened_unless_it_is_fixed() -> None:
    minutes = np.array([[5.0, 5.0], [5.0, 5.0], [5.0, 90.0]])
    risk = np.array([1.0, 1.0])
    assert (place_reserves(risk, minutes, FREE, 6, 30.0, 3).officers > 0).sum() == 1
    fixed = np.array([False, False, True])
    found = place_reserves(risk, minutes, fixed, 6, 30.0, 3)
    assert found.officers[2] >= 1
    assert found.share == 1.0


def test_a_place_out_of_reach_is_told() -> None:
    minutes = np.array([[5.0, np.inf]])
    found = place_reserves(np.array([1.0, 3.0]), minutes, FREE[:1], 2, 30.0, 1)
    assert found.post.tolist() == [0, -1]
    assert (found.share, found.bound) == (0.25, 0.25)


def test_nobody_opens_nothing_and_too_few_for_the_fixed_posts_are_refused() -> None:
    minutes, fixed = np.full((3, 1), 5.0), np.ones(3, dtype=bool)
    assert place_reserves(np.ones(1), minutes, fixed, 0, 30.0, 3).officers.tolist() == [0, 0, 0]
    with pytest.raises(ValueError, match="3 are fixed"):
        place_reserves(np.ones(1), minutes, fixed, 5, 30.0, 3, least_at_post=2)
    with pytest.raises(ValueError, match="below zero"):
        place_reserves(-np.ones(1), minutes, fixed, 5, 30.0, 3)
