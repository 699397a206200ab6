"""Crews: fewest officer-kilometres, whole people, pins kept, teams from one unit."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.crews import Crews, NotEnough, Pin, send_officers


def sent(found: Crews, unit: int, groups: tuple[int, ...]) -> int:
    return sum(n for group, _, u, n in found.rows if u == unit and group in groups)


def numbers(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int64)


@settings(max_examples=20, deadline=None)
@given(
    st.lists(st.integers(0, 2), min_size=2, max_size=2),
    st.lists(st.integers(1, 2), min_size=2, max_size=2),
    st.lists(st.integers(1, 4), min_size=2, max_size=2),
    st.lists(st.integers(0, 9), min_size=4, max_size=4),
)
def test_no_allocation_is_cheaper(
    teams: list[int], size: list[int], supply: list[int], km: list[int]
) -> None:
    cost = np.array(km, dtype=float).reshape(2, 2)
    need = numbers(*teams) * numbers(*size)
    ask = (numbers(*teams), numbers(*size), numbers(*supply), cost)
    # By hand: how many of each group the first unit sends; the second sends the rest.
    ways = [
        sum(cost[0, g] * x[g] + cost[1, g] * (need[g] - x[g]) for g in (0, 1))
        for x in product(*(range(n + 1) for n in need))
        if sum(x) <= supply[0] and need.sum() - sum(x) <= supply[1]
    ]
    if not ways:
        with pytest.raises(NotEnough, match=f"{need.sum() - sum(supply)} officers are missing"):
            send_officers(*ask)
        return
    found = send_officers(*ask, split_km=1e-6)
    assert found.cost == pytest.approx(min(ways), abs=0.01)
    assert found.bound <= found.objective + 1e-9
    for group in (0, 1):
        by_team: dict[int, int] = {}
        for g, team, _, officers in found.rows:
            if g == group:
                by_team[team] = by_team.get(team, 0) + officers
        assert sorted(by_team.values()) == [size[group]] * teams[group]
    assert all(sent(found, u, (0, 1)) <= supply[u] for u in (0, 1))


def test_a_team_comes_from_one_unit_unless_that_costs_more_than_a_split() -> None:
    cost = np.array([[0.0, 0.0], [3.0, 3.0]])
    asked = numbers(1, 1), numbers(2, 2), numbers(3, 4), cost
    together = send_officers(*asked, split_km=5.0)
    assert (together.mixed, together.cost) == (0, 6.0)
    apart = send_officers(*asked, split_km=1.0)
    assert (apart.mixed, apart.cost, apart.objective) == (1, 3.0, 4.0)


def test_a_pinned_number_stays_and_the_rest_is_solved_around_it() -> None:
    cost = np.array([[1.0, 1.0], [9.0, 9.0]])
    asked = numbers(2, 1), numbers(2, 2), numbers(6, 6), cost
    assert sent(send_officers(*asked), 1, (0, 1)) == 0
    assert sent(send_officers(*asked, pins=[Pin(1, (0,), 2)]), 1, (0,)) == 2
    none = send_officers(*asked, pins=[Pin(0, (0,), 0, 0)])
    assert sent(none, 0, (0,)) == 0
    assert sent(none, 1, (0,)) == 4
    odd = send_officers(*asked, pins=[Pin(1, (0, 1), 3, 3)])
    assert sent(odd, 1, (0, 1)) == 3


def test_who_may_not_go_does_not_and_what_is_missing_is_told_by_group() -> None:
    cost = np.array([[1.0, np.inf], [np.inf, 1.0]])
    asked = numbers(1, 2), numbers(2, 2)
    with pytest.raises(NotEnough) as short:
        send_officers(*asked, numbers(9, 3), cost)
    assert short.value.missing.tolist() == pytest.approx([0, 1])
    found = send_officers(*asked, numbers(9, 4), cost)
    assert (sent(found, 0, (1,)), sent(found, 1, (0,))) == (0, 0)


def test_pins_that_contradict_are_refused() -> None:
    cost = np.ones((2, 1))
    with pytest.raises(NotEnough):
        send_officers(
            numbers(1), numbers(2), numbers(2, 2), cost, [Pin(0, (0,), 2), Pin(1, (0,), 1)]
        )
    with pytest.raises(NotEnough):
        send_officers(numbers(1), numbers(2), numbers(1, 2), cost, [Pin(0, (0,), 2)])


def test_journeys_that_only_prices_bring_in_are_found() -> None:
    """The nearest ten units are empty: the start offers each group six of them."""
    random = np.random.default_rng(0)
    cost = np.vstack([np.ones((10, 5)), 50 + random.random((4, 5))])
    supply = numbers(*[0] * 10, *[5] * 4)
    found = send_officers(numbers(*[1] * 5), numbers(*[2] * 5), supply, cost)
    assert found.bound <= found.objective <= found.bound + 5 * 5.0
    assert sum(n for *_, n in found.rows) == 10


def test_numbers_below_zero_and_costs_that_are_none_are_refused() -> None:
    with pytest.raises(ValueError, match="below zero"):
        send_officers(numbers(-1), numbers(2), numbers(2), np.ones((1, 1)))
    with pytest.raises(ValueError, match="cost"):
        send_officers(numbers(1), numbers(2), numbers(2), np.full((1, 1), np.nan))
