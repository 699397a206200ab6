"""People over days: nobody in two places, everybody rested, and as little unmet as can be."""

from collections import defaultdict
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.shifts import Crew, Need, Shifts, plan_shifts

PLACES = ("east", "north", "west")


@st.composite
def problems(draw: st.DrawFn) -> tuple[list[Crew], list[Need], int]:
    homes = st.sampled_from((*PLACES, ""))
    crews = [Crew(f"crew {n}", draw(st.integers(0, 5)), draw(homes)) for n in range(2)]
    needs = draw(
        st.lists(
            st.builds(
                Need,
                day=st.integers(0, 5),
                stage=st.just("recap"),
                place=st.sampled_from(PLACES),
                task=st.sampled_from(("patrol", "recap")),
                officers=st.integers(0, 6),
                weight=st.sampled_from((1.0, 2.0, 3.5)),
                is_long=st.booleans(),
                only=st.sampled_from(((), ("crew 1",))),
            ),
            max_size=8,
        )
    )
    return crews, needs, draw(st.integers(1, 3))


def days_of(plan: Shifts) -> dict[tuple[str, int], list[tuple[int, Need]]]:
    found: dict[tuple[str, int], list[tuple[int, Need]]] = defaultdict(list)
    for duty in plan.duties:
        found[duty.crew, duty.officer].append((duty.day, plan.needs[duty.need]))
    return found


@given(problems())
@settings(max_examples=60)
def test_nobody_is_in_two_places_and_everybody_rests(
    problem: tuple[list[Crew], list[Need], int],
) -> None:
    crews, needs, most_days = problem
    plan = plan_shifts(*problem)
    size = {crew.name: crew.officers for crew in crews}
    for (crew, officer), duties in days_of(plan).items():
        days = [day for day, _ in duties]
        assert 1 <= officer <= size[crew]
        assert len(set(days)) == len(days)
        for day, need in duties:
            assert day == need.day
            assert not need.only or crew in need.only
            assert not (need.is_long and day + 1 in days)
            assert not set(range(day, day + most_days + 1)) <= set(days)
    given_ = np.bincount([duty.need for duty in plan.duties], minlength=len(needs))
    asked = [need.officers for need in plan.needs]
    assert [n + missing for n, missing in zip(given_, plan.unmet, strict=True)] == asked
    assert min([0, *plan.unmet]) == 0


@given(problems(), st.randoms())
@settings(max_examples=20)
def test_the_order_of_crews_and_needs_changes_nothing(
    problem: tuple[list[Crew], list[Need], int], random: st.randoms
) -> None:
    crews, needs, most_days = problem
    other_crews, other_needs = crews[:], needs[:]
    random.shuffle(other_crews)
    random.shuffle(other_needs)
    assert plan_shifts(other_crews, other_needs, most_days) == plan_shifts(*problem)


@given(problems())
@settings(max_examples=20)
def test_one_officer_more_never_leaves_more_unmet(
    problem: tuple[list[Crew], list[Need], int],
) -> None:
    crews, needs, most_days = problem
    more = [Crew(crews[0].name, crews[0].officers + 1, crews[0].home), *crews[1:]]
    assert plan_shifts(more, needs, most_days).weighted <= plan_shifts(*problem).weighted + 1e-9


def least_unmet_of_all(officers: int, needs: list[Need], most_days: int) -> float:
    """Try every roster of a few officers; each needs one place a day."""
    days = max(need.day for need in needs) + 1
    paths = []
    for choice in product(*([None, *[n for n in needs if n.day == day]] for day in range(days))):
        work = [need is not None for need in choice]
        is_tired = any(all(work[d : d + most_days + 1]) for d in range(days - most_days))
        is_late = any(
            n is not None and n.is_long and d + 1 < days and work[d + 1]
            for d, n in enumerate(choice)
        )
        if not is_tired and not is_late:
            paths.append(choice)
    best = np.inf
    for plan in product(paths, repeat=officers):
        missing = {need: need.officers for need in needs}
        for path in plan:
            for need in path:
                if need is not None:
                    missing[need] -= 1
        best = min(best, sum(need.weight * max(0, n) for need, n in missing.items()))
    return best


@pytest.mark.parametrize("seed", range(8))
def test_no_roster_of_all_leaves_less_unmet(seed: int) -> None:
    random = np.random.default_rng(seed)
    needs = [
        Need(
            day,
            "recap",
            PLACES[place],
            "recap",
            int(random.integers(1, 3)),
            float(random.integers(1, 4)),
            bool(random.random() < 0.4),
        )
        for day in range(4)
        for place in random.choice(3, random.integers(0, 3), replace=False)
    ] or [Need(0, "recap", "east", "recap", 1)]
    plan = plan_shifts([Crew("crew", 2)], needs, 2)
    best = least_unmet_of_all(2, needs, 2)
    assert plan.weighted == pytest.approx(best)
    assert plan.bound == pytest.approx(best)


def test_who_counted_through_the_night_rests_the_next_day() -> None:
    needs = [
        Need(0, "voting", "east", "tps", 10, 3.0, is_long=True),
        Need(1, "recap", "east", "recap", 6, 2.0),
        Need(2, "recap", "east", "recap", 6, 2.0),
    ]
    plan = plan_shifts([Crew("crew", 12, "east")], needs, 5)
    assert plan.unmet == (0, 4, 0)


def test_what_is_missing_is_spread_and_no_place_is_left_bare() -> None:
    needs = [Need(0, "voting", place, "tps", 8, 1.0) for place in PLACES]
    plan = plan_shifts([Crew("crew", 12)], needs, 5)
    assert plan.unmet == (4, 4, 4)


def test_a_crew_stays_where_it_is_at_home_and_is_sent_only_when_needed() -> None:
    crews = [Crew(place, 4, place) for place in PLACES]
    needs = [Need(day, "recap", place, "recap", 2) for day in range(6) for place in PLACES]
    assert plan_shifts(crews, needs, 2).moves == 0
    lent = [*needs, Need(0, "recap", "east", "patrol", 4)]
    plan = plan_shifts(crews, lent, 2)
    assert plan.weighted == 0
    assert 2 <= plan.moves <= 4


def test_the_nearer_crew_is_sent() -> None:
    crews = [Crew("far", 3, "west"), Crew("near", 3, "north")]
    needs = [Need(0, "recap", "east", "recap", 2)]
    km = {("west", "east"): 40.0, ("north", "east"): 9.0}
    assert {duty.crew for duty in plan_shifts(crews, needs, 5, km).duties} == {"near"}


def test_with_nobody_all_is_unmet_and_told() -> None:
    needs = [Need(0, "recap", "east", "recap", 2, 3.0)]
    plan = plan_shifts([], needs, 5)
    assert (plan.unmet, plan.weighted, plan.duties) == ((2,), 6.0, ())


@pytest.mark.parametrize(
    ("crews", "needs", "most_days", "told"),
    [
        ([Crew("a", 1), Crew("a", 2)], [], 5, "stands twice"),
        ([Crew("a", -1)], [], 5, "-1 officers"),
        ([Crew("a", 1)], [Need(0, "s", "p", "t", -1)], 5, "negative"),
        ([Crew("a", 1)], [Need(0, "s", "p", "t", 1, 0.0)], 5, "above zero"),
        ([Crew("a", 1)], [Need(0, "s", "p", "t", 1, only=("b",))], 5, "no crew 'b'"),
        ([Crew("a", 1)], [], 0, "most_days"),
    ],
)
def test_what_cannot_be_is_refused(
    crews: list[Crew], needs: list[Need], most_days: int, told: str
) -> None:
    with pytest.raises(ValueError, match=told):
        plan_shifts(crews, needs, most_days)
