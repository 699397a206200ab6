"""Teams: every TPS once, nobody out of reach, and no fewer teams possible."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.near_places import pairs_within, straight_km
from models.team_sets import Team
from models.teams import Effort, Teams, form_teams

NONE = np.array([], dtype=np.int64)


def on_a_line(tps: list[int], apart: list[int], limit: float, t: int, most_places: int) -> Teams:
    """Places on a line, so many km from each to the next."""
    at = np.concatenate([[0], np.cumsum(apart[: len(tps) - 1])])
    pairs = [(a, b) for a, b in combinations(range(len(tps)), 2) if at[b] - at[a] <= limit]
    first = np.array([a for a, _ in pairs], dtype=np.int64)
    second = np.array([b for _, b in pairs], dtype=np.int64)
    km = np.array([float(at[b] - at[a]) for a, b in pairs])
    return form_teams(np.array(tps), first, second, km, t, most_places)


def fewest_by_hand(tps: tuple[int, ...], near: set[tuple[int, int]], t: int, places: int) -> int:
    """Try every team for the first place that is left: slow, and sure."""
    if not any(tps):
        return 0
    first = next(p for p, left in enumerate(tps) if left)
    best = sum(tps)
    others = [p for p in range(len(tps)) if p != first and tps[p]]
    for size in range(min(places, len(others) + 1)):
        for more in combinations(others, size):
            members = (first, *more)
            if not all(pair in near for pair in combinations(sorted(members), 2)):
                continue
            for taken in splits(tuple(tps[p] for p in members), t):
                left = list(tps)
                for p, number in zip(members, taken, strict=True):
                    left[p] -= number
                best = min(best, 1 + fewest_by_hand(tuple(left), near, t, places))
    return best


def splits(there: tuple[int, ...], t: int) -> list[tuple[int, ...]]:
    """Every way to fill a team as far as it goes, at least one TPS from each place."""
    full = min(t, sum(there))
    if len(there) == 1:
        return [(full,)]
    found: list[tuple[int, ...]] = []

    def walk(taken: tuple[int, ...]) -> None:
        if len(taken) == len(there):
            if sum(taken) == full:
                found.append(taken)
            return
        for number in range(1, there[len(taken)] + 1):
            walk((*taken, number))

    walk(())
    return found


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.integers(0, 4), min_size=1, max_size=4),
    st.lists(st.integers(1, 3), min_size=4, max_size=4),
    st.integers(1, 4),
    st.integers(1, 3),
)
def test_no_cover_has_fewer_teams(tps: list[int], apart: list[int], t: int, places: int) -> None:
    found = on_a_line(tps, apart, 3.0, t, places)
    at = np.concatenate([[0], np.cumsum(apart)])
    near = {(a, b) for a, b in combinations(range(len(tps)), 2) if at[b] - at[a] <= 3}
    assert len(found.teams) == fewest_by_hand(tuple(tps), near, t, places)
    assert found.least == len(found.teams)
    covered = np.zeros(len(tps), dtype=int)
    for team in found.teams:
        stops = [place for place, _ in team.covers]
        assert len(stops) <= places
        assert sum(number for _, number in team.covers) <= t
        assert all(pair in near for pair in combinations(sorted(stops), 2))
        assert team.km == sum(abs(at[stops[0]] - at[place]) for place in stops)
        for place, number in team.covers:
            covered[place] += number
    assert covered.tolist() == tps


def test_full_teams_inside_a_place_first_would_need_one_more() -> None:
    found = on_a_line([1, 2, 1], [2, 2], 2.0, 2, 2)
    assert [team.covers for team in found.teams] == [((0, 1), (1, 1)), ((1, 1), (2, 1))]


def test_with_as_many_teams_the_nearer_places_go_together() -> None:
    # Two pairs either way: 0-1 and 2-3 take 2 km, 0-2 and 1-3 would take 8.
    found = on_a_line([3, 3, 3, 3], [1, 3, 1], 10.0, 6, 2)
    assert [team.covers for team in found.teams] == [((0, 3), (1, 3)), ((2, 3), (3, 3))]
    assert found.km == pytest.approx(2.0)
    assert found.least_km == pytest.approx(2.0)


def test_places_without_a_pair_form_teams_of_their_own() -> None:
    found = form_teams(np.array([3, 0, 3]), NONE, NONE, np.array([]), 6, 4)
    assert found.teams == (Team(((0, 3),), 0.0), Team(((2, 3),), 0.0))


def test_a_search_cut_off_still_covers_everything_and_says_so() -> None:
    random = np.random.default_rng(3)
    lat, lon = random.random(14) * 0.05, random.random(14) * 0.05
    tps = random.integers(1, 9, 14)
    pairs = pairs_within(lat, lon, np.zeros(14, dtype=np.int64), 2.5, 1.4)
    found = form_teams(tps, *pairs, 7, 2, Effort(seconds=1e-6))
    assert found.stopped > 0
    assert sum(number for team in found.teams for _, number in team.covers) == tps.sum()
    best = form_teams(tps, *pairs, 7, 2)
    assert found.least <= best.least <= len(best.teams) <= len(found.teams)
    assert found.least_km <= best.km + 1e-9 or len(found.teams) != len(best.teams)


def test_where_sets_are_left_out_the_bound_does_not_lean_on_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("models.team_sets.MOST_SETS", 10)
    found = on_a_line([1, 1, 1, 1, 1, 1], [1] * 5, 9.0, 6, 6)
    assert found.restricted == 1
    assert found.least == 1 <= len(found.teams)


def test_pairs_are_of_one_group_and_within_the_limit() -> None:
    lat = np.array([0.0, 0.01, 0.02, 0.03])
    lon = np.zeros(4)
    first, second, km = pairs_within(lat, lon, np.array([0, 0, 0, -1]), 2.0, 1.5)
    assert list(zip(first.tolist(), second.tolist(), strict=True)) == [(0, 1), (1, 2)]
    assert km == pytest.approx(1.5 * 1.11195, rel=1e-3)
    assert straight_km(lat[:1], lon[:1], lat[3:], lon[3:])[0, 0] == pytest.approx(3.3359, rel=1e-3)


@pytest.mark.parametrize(
    ("tps", "pair", "t", "says"),
    [
        ([-1, 2], (0, 1), 2, "below zero"),
        ([1, 2], (0, 5), 2, "not there"),
        ([1, 2], (0, 1), 0, "covers nothing"),
    ],
)
def test_what_cannot_be_is_refused(
    tps: list[int], pair: tuple[int, int], t: int, says: str
) -> None:
    a, b = np.array([pair[0]]), np.array([pair[1]])
    with pytest.raises(ValueError, match=says):
        form_teams(np.array(tps), a, b, np.ones(1), t, 2)
