"""The scorecard and the index: weights that people set stay as they set them."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.scorecard import Scorecard, draw_index_weights, index_0_100
from tests.models.learning import TRANSFORMS, learnt


def test_the_scorecard_keeps_the_weights_that_people_set() -> None:
    training = learnt()
    fitted = Scorecard({"past": 3.0, "near": -1.0}, TRANSFORMS).fit(training)
    past = np.log1p(training.features["past"].to_numpy())
    near = training.features["near"].to_numpy()
    by_hand = 3 * (past - past.min()) / past.std() - (near - near.min()) / near.std()
    assert fitted.score(training.features) == pytest.approx(by_hand)
    assert fitted.contributions(training.features)["past"].min() == pytest.approx(0)
    drawn = Scorecard({"past": 3.0}, TRANSFORMS).draw(fitted, training, 4, np.random.default_rng(0))
    assert drawn == [fitted]


WEIGHTS = {"water": 0.35, "access": 0.2, "roads": 0.1, "capital": 0.1, "seat": 0.1, "past": 0.15}


@given(st.sets(st.sampled_from(sorted(WEIGHTS)), min_size=1), st.integers(0, 2**32 - 1))
def test_an_index_runs_from_0_to_100(telling: set[str], seed: int) -> None:
    random = np.random.default_rng(seed)
    frame = pl.DataFrame(
        {
            name: [0.0, 7.0, *random.uniform(0, 7, 5)] if name in telling else [1.0] * 7
            for name in WEIGHTS
        }
    )
    score, left_out = index_0_100(frame, WEIGHTS)
    index = score.score(frame)
    assert set(left_out) == set(WEIGHTS) - telling
    assert index[0] == 0
    assert index[1] == pytest.approx(100)
    assert ((index >= 0) & (index <= 100 + 1e-9)).all()


def test_an_index_weighs_its_inputs_as_set_over_those_in_use() -> None:
    frame = pl.DataFrame({"a": [0.0, 10.0, 5.0], "b": [2.0, 2.0, 4.0], "c": [1.0, 1.0, 1.0]})
    score, left_out = index_0_100(frame, {"a": 0.3, "b": 0.1, "c": 0.6})
    assert left_out == ["c"]
    assert score.score(frame) == pytest.approx([0.0, 75.0, 62.5])


def test_an_input_of_the_index_unknown_in_one_place_still_counts_in_the_others() -> None:
    frame = pl.DataFrame({"a": [0.0, 1.0, None, 0.5], "b": [0.0, 1.0, 0.0, 0.0]})
    score, left_out = index_0_100(frame, {"a": 1.0, "b": 1.0})
    assert left_out == []
    assert score.score(frame) == pytest.approx([0.0, 100.0, 0.0, 25.0])


@pytest.mark.parametrize("weight", [1.0, 0.0])
def test_an_index_that_tells_nothing_apart_is_refused(weight: float) -> None:
    frame = pl.DataFrame({"a": [1.0, 1.0] if weight else [0.0, 1.0]})
    with pytest.raises(ValueError, match="no input"):
        index_0_100(frame, {"a": weight})


def test_drawn_index_weights_lie_around_those_set_by_hand_and_sum_to_100() -> None:
    frame = pl.DataFrame({"a": [0.0, 1.0], "b": [0.0, 1.0], "c": [0.0, 1.0]})
    score, _ = index_0_100(frame, {"a": 0.6, "b": 0.3, "c": 0.1})
    loose, tight = (
        np.array(
            [
                drawn.weights
                for drawn in draw_index_weights(score, held, 4000, np.random.default_rng(0))
            ]
        )
        for held in (50, 5000)
    )
    assert loose.sum(axis=1) == pytest.approx(100)
    assert loose.mean(axis=0) == pytest.approx([60, 30, 10], abs=0.5)
    assert loose[:, 0].std() > 5 * tight[:, 0].std() > 0
