"""The error tree: it finds the planted failure, and its rules hold every place once."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.additive import Array
from models.error_tree import MIN_LEAF, Condition, error_tree


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
    with pytest.raises(ValueError, match="weight is not above zero"):
        error_tree(np.zeros((50, 1)), ["a"], np.ones(50), np.zeros(50))


def test_where_nothing_explains_the_errors_there_is_no_rule() -> None:
    with_rules = 0
    for seed in range(60):
        random = np.random.default_rng(seed)
        error = (random.random(150) < 0.4).astype(float)
        leaves = error_tree(random.random((150, 8)), list("abcdefgh"), error)
        with_rules += len(leaves) > 1
    assert with_rules <= 6


def test_a_place_with_more_incidents_weighs_more() -> None:
    far = np.repeat([0.0, 1.0], 60)
    error, weight = far * 0.5, np.repeat([3.0, 1.0], 60)
    worst, other = error_tree(far[:, None], ["far"], error, weight)
    assert (worst.weight, worst.error, worst.mean) == (60, 30, 0.5)
    assert (other.weight, other.error) == (180, 0)
