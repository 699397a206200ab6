"""Drift: it is told where inputs moved, and not where chance or few places made it look so."""

from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.drift import Drift, drift, index_by_chance, retrain_advice, stability_index


def one(then: Any, now: Any, flag_then: Any = None, flag_now: Any = None) -> Drift:
    training, units = pl.DataFrame({"x": then}), pl.DataFrame({"x": now})
    flag = None
    if flag_then is not None:
        flag = "is_x_missing"
        training = training.with_columns(pl.Series(flag, flag_then))
        units = units.with_columns(pl.Series(flag, flag_now))
    (found,) = drift(training, units, ["x"], {"x": flag})
    return found


def test_the_index_is_the_sum_written_in_its_source() -> None:
    """Two bins by hand: 50 and 50 then, 20 and 80 now, half a value more in each."""
    then = np.repeat([0.0, 1.0], 50)
    now = np.repeat([0.0, 1.0], [20, 80])
    p, q = np.array([50.5, 50.5]) / 101, np.array([20.5, 80.5]) / 101
    index, bins = stability_index(then, now)
    assert index == pytest.approx(float(((p - q) * np.log(p / q)).sum()), abs=1e-12)
    assert bins == 2


@given(
    st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=60),
    st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=60),
)
def test_the_index_is_finite_and_never_negative(then: list[float], now: list[float]) -> None:
    index, bins = stability_index(np.array(then), np.array(now))
    assert np.isfinite(index)
    assert index >= 0
    assert 1 <= bins <= 10
    assert stability_index(np.array(then), np.array(then))[0] == 0


def test_the_order_of_rows_does_not_matter() -> None:
    random = np.random.default_rng(1)
    then, now = random.gamma(1, 2, 500), random.gamma(1.5, 2, 300)
    assert stability_index(then, now) == stability_index(then[::-1], random.permutation(now))


def test_inputs_that_moved_are_told_by_how_much() -> None:
    random = np.random.default_rng(2)
    then = random.normal(0, 1, 5000)
    assert one(then, random.normal(0, 1, 2000)).level == "stable"
    assert one(then, random.normal(0.4, 1, 2000)).level == "watch"
    assert one(then, random.normal(1.0, 1, 2000)).level == "changed"


def test_a_value_that_was_the_same_everywhere_and_now_is_higher_is_told() -> None:
    moved = one(np.zeros(300), np.repeat([0.0, 1.0], 150))
    assert moved.level == "changed"
    assert (moved.zero_then, moved.zero_now) == (1.0, 0.5)


def test_a_value_that_nearly_all_had_and_now_half_have_is_told() -> None:
    assert one(np.repeat([0.0, 1.0], [5, 295]), np.repeat([0.0, 1.0], 150)).level == "changed"
    assert one(np.ones(300), np.repeat([0.0, 1.0], 150)).level == "changed"


def test_few_places_do_not_look_like_a_change_by_chance() -> None:
    """Fifty places from the same source: the bare limits would often cry wolf, this does not."""
    random = np.random.default_rng(3)
    found = [one(random.normal(size=1000), random.normal(size=50)) for _ in range(200)]
    assert sum((d.psi or 0) >= 0.1 for d in found) > 100
    assert sum(d.level != "stable" for d in found) <= 20


def test_chance_is_as_large_as_it_is_said_to_be() -> None:
    random = np.random.default_rng(4)
    limit = index_by_chance(2000, 400, 10)
    above = [
        stability_index(random.normal(size=2000), random.normal(size=400))[0] > limit
        for _ in range(400)
    ]
    assert np.mean(above) == pytest.approx(0.05, abs=0.03)


def test_values_filled_in_count_as_missing_and_not_as_values() -> None:
    random = np.random.default_rng(5)
    then, now = random.normal(size=1000), random.normal(size=400)
    filled = np.arange(400) % 5 < 2
    now[filled] = 99.0
    found = one(then, now, np.zeros(1000, dtype=bool), filled)
    assert found.missing_then == 0.0
    assert found.missing_now == pytest.approx(0.4)
    assert found.psi is not None
    assert found.psi < 0.1
    assert found.level == "changed"  # the share missing moved by 0.4


@pytest.mark.parametrize("gone", [[None] * 50, [float("nan")] * 50])
def test_an_input_that_is_gone_has_no_index_and_is_changed(gone: list[Any]) -> None:
    now = pl.Series(gone, dtype=pl.Float64)
    found = one(np.arange(100.0), now)
    assert (found.psi, found.by_chance, found.zero_now) == (None, None, None)
    assert found.missing_now == 1.0
    assert found.level == "changed"


def test_yes_and_no_are_compared_as_numbers() -> None:
    found = one([True, False] * 200, [True] * 300 + [False] * 100)
    assert (found.zero_then, found.zero_now) == (0.5, 0.25)
    assert found.level == "changed"


def test_nothing_to_compare_and_infinite_values_are_errors() -> None:
    with pytest.raises(ValueError, match="nothing to compare"):
        one(np.zeros(0), np.zeros(5))
    with pytest.raises(ValueError, match="infinite"):
        one(np.zeros(5), np.array([np.inf]))


def levels(*names: str) -> list[Drift]:
    return [
        Drift("x", 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, name)  # type: ignore[arg-type] # literals
        for name in names
    ]


def test_the_advice_names_every_rule_that_says_so() -> None:
    assert not retrain_advice(levels(*["stable"] * 8), 0).should_retrain
    assert not retrain_advice(levels("watch", *["stable"] * 7), 0).should_retrain
    assert retrain_advice(levels("watch", "watch", *["stable"] * 6), 0).because == ("many_inputs",)
    assert retrain_advice(levels("changed", *["stable"] * 7), 0).because == ("changed_inputs",)
    assert retrain_advice(levels("stable"), 2).because == ("window_closed",)
    assert not retrain_advice(levels("watch", "stable"), 0).should_retrain
    assert retrain_advice(levels("changed", "watch"), 1).because == (
        "changed_inputs",
        "many_inputs",
        "window_closed",
    )
