"""Routes: nothing is lost, nothing is overloaded, what cannot be is told, twice is the same."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from models.routing import solve
from models.routing_bounds import bounds
from models.routing_search import parts_of
from models.routing_task import Fleet, Floats, Routing, Stop, Task, drive

DAY = {"start": 7 * 60, "close": 24 * 60}


def line(*at: float) -> Floats:
    """Return the distances of places on a straight road, the depot at 0."""
    points = np.array([0.0, *at])
    apart: Floats = np.abs(points[:, None] - points[None, :])
    return apart


def task(at: tuple[float, ...], loads: tuple[int, ...], *fleets: Fleet, latest: int = 960) -> Task:
    return Task(line(*at), tuple(Stop(q, latest) for q in loads), fleets, **DAY)


def brought(found: Routing, stops: int) -> list[int]:
    visits = [v for route in found.routes for v in route.visits]
    left = {u.stop: u.load for u in found.unserved}
    return [sum(v.load for v in visits if v.stop == n) + left.get(n, 0) for n in range(stops)]


def test_one_vehicle_does_what_one_vehicle_can() -> None:
    found = solve(task((10, 20, 30), (3, 3, 4), Fleet(3, 10, 60.0)), solutions=20)
    assert len(found.routes) == 1
    assert found.km == pytest.approx(60)
    assert [v.arrive for v in found.routes[0].visits] == sorted(
        v.arrive for v in found.routes[0].visits
    )


def test_a_load_larger_than_any_vehicle_comes_in_parts() -> None:
    found = solve(task((10,), (25,), Fleet(3, 10, 60.0)), solutions=20)
    assert not found.unserved
    assert len(found.routes) == 3 == found.bounds.vehicles
    assert brought(found, 1) == [25]


def test_fewer_vehicles_go_again_and_load_in_between() -> None:
    again = replace(task((10,), (25,), Fleet(3, 10, 60.0)), most_trips=3, load_minutes=45)
    found = solve(again, solutions=20)
    assert len(found.routes) == 1
    visits = found.routes[0].visits
    assert [v.trip for v in visits] == [1, 2, 3]
    for before, after in pairwise(visits):
        assert after.arrive - before.depart == 10 + 45 + 10


def test_the_earliest_end_takes_more_vehicles() -> None:
    again = replace(task((60,), (20,), Fleet(2, 10, 60.0)), most_trips=2)
    few, early = solve(again, "fewest", 20), solve(again, "earliest", 20)
    assert (len(few.routes), len(early.routes)) == (1, 2)
    last = max(v.arrive for route in early.routes for v in route.visits)
    assert last == 7 * 60 + 60


def test_what_has_no_road_no_room_or_no_time_is_left_and_says_why() -> None:
    cut = line(10, 20, 2000)
    cut[1, :] = cut[:, 1] = np.inf
    cut[1, 1] = 0.0
    stops = (Stop(2, 960), Stop(9, 960), Stop(1, 960))
    found = solve(Task(cut, stops, (Fleet(1, 5, 60.0),), **DAY), solutions=20)
    assert [(u.stop, u.load, u.reason) for u in found.unserved] == [
        (0, 2, "no_road"),
        (1, 4, "no_room"),
        (2, 1, "too_late"),
    ]


def test_late_is_better_than_never_and_waiting_better_than_too_early() -> None:
    late = solve(task((60,), (1,), Fleet(1, 5, 30.0), latest=8 * 60), solutions=20)
    assert not late.unserved
    assert late.routes[0].visits[0].arrive == 9 * 60
    early = Task(line(10.0), (Stop(1, 960, earliest=600),), (Fleet(1, 5, 60.0),), **DAY)
    visit = solve(early, solutions=20).routes[0].visits[0]
    assert (visit.arrive, visit.begin) == (430, 600)


def test_a_window_comes_before_a_vehicle_saved() -> None:
    stops = (Stop(1, 7 * 60 + 61), Stop(1, 7 * 60 + 61))
    apart = Task(line(60.0, -60.0), stops, (Fleet(2, 5, 60.0),), **DAY)
    found = solve(apart, solutions=20)
    assert len(found.routes) == 2
    assert all(v.arrive == 8 * 60 for route in found.routes for v in route.visits)


def test_two_runs_give_the_same_routes() -> None:
    asked = task((5, 9, 14, 22, 31), (4, 7, 3, 8, 6), Fleet(2, 12, 40.0), Fleet(2, 6, 50.0))
    first = solve(asked, solutions=30)
    assert first == solve(asked, solutions=30)
    assert first.is_repeatable


def test_nothing_to_bring_needs_nobody() -> None:
    found = solve(task((5,), (0,), Fleet(2, 12, 40.0)))
    assert (found.routes, found.unserved, found.bounds.vehicles) == ((), (), 0)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"km": np.zeros((3, 3))}, "km must be"),
        ({"km": np.array([[0.0, -1.0], [-1.0, 0.0]])}, "0 or more"),
        ({"fleets": (Fleet(1, 0, 40.0),)}, "room and speed"),
        ({"stops": (Stop(-1, 960),)}, "demand"),
        ({"stops": (Stop(1, 5, earliest=6),)}, "window"),
        ({"close": 0}, "ends after"),
    ],
)
def test_a_task_that_contradicts_itself_is_refused(change: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        solve(replace(task((5,), (1,), Fleet(1, 5, 40.0)), **change))  # type: ignore[arg-type]


def test_parts_add_up_and_fit() -> None:
    for demand in range(300):
        parts = parts_of(demand, 90, 45)
        assert sum(parts) == demand
        assert max(parts, default=0) <= 90


@given(
    st.lists(st.tuples(st.integers(-40, 40), st.integers(0, 25)), min_size=1, max_size=5),
    st.integers(1, 3),
    st.integers(1, 3),
)
@hypothesis_settings(max_examples=25)
def test_no_load_is_lost_no_vehicle_overloaded_and_no_bound_beaten(
    stops: list[tuple[int, int]], vehicles: int, trips: int
) -> None:
    asked = replace(
        task(tuple(float(at) for at, _ in stops), tuple(q for _, q in stops),
             Fleet(vehicles, 10, 60.0), Fleet(1, 5, 40.0)),
        most_trips=trips, load_minutes=20, unit_minutes=1.0,
    )  # fmt: skip
    found = solve(asked, solutions=10)
    assert brought(found, len(stops)) == [load for _, load in stops]
    for route in found.routes:
        room = asked.fleets[route.fleet].capacity
        for trip in {v.trip for v in route.visits}:
            assert sum(v.load for v in route.visits if v.trip == trip) <= room
        assert max(v.trip for v in route.visits) <= trips
        again = drive(asked, route.fleet, route.vehicle, [])
        assert again.km == 0
    ids = [(route.fleet, route.vehicle) for route in found.routes]
    assert len(ids) == len(set(ids))
    if not found.unserved:
        assert len(found.routes) >= found.bounds.vehicles
        assert found.km >= found.bounds.km - 1e-9


def test_bounds_count_large_vehicles_first_when_each_goes_once() -> None:
    # 1,350 fit into 15 large ones, the other 242 take six small ones.
    km = line(10.0)
    fleet = [(15, 90, 30.0), (6, 45, 30.0)]
    assert bounds(km, [(1592, 0)], [0], fleet, 600, 0.5, 45, 1).vehicles == 21
    assert bounds(km, [(1592, 0)], [0], fleet, 600, 0.5, 45, 3).vehicles <= 6
