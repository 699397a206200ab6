"""More people under uncertainty: the best plan, its rules, and what it is held against."""

from collections.abc import Iterator
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import LinearConstraint, milp

from models.extra import ExtraPlan, added_share, plan_extra
from models.extra_beside import (
    compare,
    faced,
    on_expected,
    proportional,
    top_of_list,
    without_rules,
)
from models.extra_cautious import plan_cautious, worst_mean
from models.extra_terms import RULES, Places, Saturating, Terms

Floats = NDArray[np.float64]
Case = tuple[Floats, Places, Terms]


def region(
    units: int, seed: int, *, sectors: int = 3, cap: int = 3, pinned: bool = True
) -> tuple[Floats, Places]:
    """Draws and places of an invented region; codes are in no order."""
    random = np.random.default_rng(seed)
    draws = random.gamma(0.5, 0.1, (12, units)) * random.gamma(0.5, 1, units)
    least = random.integers(0, 2, units) * (random.random(units) < 0.3) * pinned
    most = np.maximum(least, random.integers(0, cap + 1, units) if pinned else cap)
    return draws, Places(
        tuple(f"v{place}" for place in random.permutation(units)),
        tuple(f"s{place}" for place in random.integers(0, sectors, units)),
        random.integers(0, 4, units).astype(float),
        random.random(units) < 0.3,
        least.astype(np.int64),
        most.astype(np.int64),
    )


@st.composite
def cases(draw: st.DrawFn, most_units: int = 6) -> Case:
    draws, places = region(
        draw(st.integers(1, most_units)),
        draw(st.integers(0, 2**32 - 1)),
        sectors=draw(st.integers(1, 3)),
        pinned=draw(st.booleans()),
    )
    terms = Terms(
        draw(st.integers(0, 14)),
        Saturating(draw(st.sampled_from([0.05, 0.2, 0.6]))),
        team=draw(st.integers(1, 3)),
        visits=draw(st.integers(0, 3)),
        gives_way=tuple(draw(st.permutations(RULES))),
    )
    return draws, places, terms


def value(case: Case, teams: NDArray[np.int64]) -> float:
    return float(faced(*case, teams).mean())


def plans_within_the_rules(places: Places, number: int) -> Iterator[NDArray[np.int64]]:
    allowed = {s for s, most in zip(places.sector, places.most, strict=True) if most}
    ranges = [range(low, high + 1) for low, high in zip(places.least, places.most, strict=True)]
    for plan in product(*ranges):
        held = {s for s, teams in zip(places.sector, plan, strict=True) if teams}
        if sum(plan) == number and held == allowed:
            yield np.array(plan)


def placed(plan: ExtraPlan) -> int:
    return int(plan.teams.sum())


@given(cases())
@settings(max_examples=100)
def test_no_plan_that_keeps_the_rules_faces_more(case: Case) -> None:
    _, places, _ = case
    plan = plan_extra(*case)
    found = [value(case, teams) for teams in plans_within_the_rules(places, placed(plan))]
    if found:
        assert value(case, plan.teams) == pytest.approx(max(found), rel=1e-12)
        assert plan.faced.mean == pytest.approx(max(found), rel=1e-12)


@pytest.mark.parametrize("seed", range(4))
def test_the_programme_solved_by_branch_and_bound_finds_nothing_better(seed: int) -> None:
    draws, places = region(40, seed, sectors=6, cap=4)
    terms = Terms(90, Saturating(0.2))
    plan = plan_extra(draws, places, terms)
    assert not [gone for gone in plan.gave_way if gone.rule != "visit" and gone.rule != "sector"]
    worth = added_share(places, terms)
    levels = worth.shape[1]
    may = np.isfinite(worth)
    gain = np.where(may, draws.mean(axis=0)[:, None] * np.where(may, worth, 0), 0).ravel()
    first = np.zeros((len(set(places.sector)), gain.size))
    for row, sector in enumerate(sorted(set(places.sector))):
        for unit, mine in enumerate(places.sector):
            if mine == sector:
                first[row, unit * levels : (unit + 1) * levels] = 1
    open_sectors = (first @ may.ravel() > 0).astype(float)
    least = (np.arange(levels) < places.least[:, None]).astype(float).ravel()
    best = milp(
        -gain,
        constraints=[
            LinearConstraint(np.ones((1, gain.size)), placed(plan), placed(plan)),
            LinearConstraint(first, open_sectors, np.inf),
        ],
        bounds=(least, may.astype(float).ravel()),
        integrality=np.ones(gain.size),
    )
    assert plan.faced.mean - plan.before.mean == pytest.approx(-best.fun, rel=1e-7)


@given(cases())
@settings(max_examples=40)
def test_more_people_never_face_less_and_the_curve_says_what_they_buy(case: Case) -> None:
    draws, places, terms = case
    long = plan_extra(draws, places, Terms(**{**vars(terms), "curve_officers": 30}))
    for officers in range(terms.officers + 5):
        mine = plan_extra(draws, places, Terms(**{**vars(terms), "officers": officers}))
        step = placed(mine)
        assert long.curve.officers[step] == step * terms.team
        assert long.curve.faced[step] == pytest.approx(mine.faced.mean, rel=1e-12)
        assert long.curve.low[step] <= long.curve.high[step]
    assert (np.diff(long.curve.faced) >= -1e-12).all()


@given(cases())
def test_the_curve_is_concave_once_the_rules_are_kept(case: Case) -> None:
    draws, places, terms = case
    plan = plan_extra(draws, places, Terms(**{**vars(terms), "curve_officers": 60}))
    pinned = {s for s, least in zip(places.sector, places.least, strict=True) if least}
    asked = int(places.least.sum()) + len(
        {s for s, most in zip(places.sector, places.most, strict=True) if most} - pinned
    )
    assert (np.diff(plan.curve.faced[asked:], 2) <= 1e-12).all()
    assert (np.diff(plan.curve.free, 2) <= 1e-12).all()
    assert (plan.curve.free >= plan.curve.faced - 1e-12).all()


@given(cases(), st.integers(0, 2**32 - 1))
def test_the_order_of_rows_changes_nothing(case: Case, seed: int) -> None:
    draws, places, terms = case
    order = np.random.default_rng(seed).permutation(len(places.code))
    mine, other = plan_extra(*case), plan_extra(draws[:, order], places.at(order), terms)
    assert other.teams.tolist() == mine.teams[order].tolist()
    assert other.visited.tolist() == mine.visited[order].tolist()
    assert other.chosen.tolist() == mine.chosen[order].tolist()
    assert other.reason == tuple(mine.reason[row] for row in order)
    assert (other.faced, other.gave_way, other.left) == (mine.faced, mine.gave_way, mine.left)
    assert other.curve.faced.tolist() == mine.curve.faced.tolist()


@given(cases())
def test_a_pin_stays_and_a_cap_holds(case: Case) -> None:
    _, places, _ = case
    plan = plan_extra(*case)
    assert (plan.teams <= places.most).all()
    short = dict.fromkeys(places.code, 0)
    short.update({gone.place: gone.short for gone in plan.gave_way if gone.rule == "pin"})
    missing = np.array([short[code] for code in places.code])
    assert (plan.teams + missing >= places.least).all()
    assert (plan.teams[missing > 0] + missing[missing > 0] == places.least[missing > 0]).all()


@given(cases())
def test_fairness_holds_whenever_there_are_people_enough(case: Case) -> None:
    _, places, terms = case
    plan = plan_extra(*case)
    closed = set(places.sector) - {
        s for s, most in zip(places.sector, places.most, strict=True) if most
    }
    pinned = {s for s, least in zip(places.sector, places.least, strict=True) if least}
    asked = int(places.least.sum()) + len(set(places.sector) - closed - pinned)
    if terms.teams >= asked:
        gone = {gone.place for gone in plan.gave_way if gone.rule == "sector"}
        assert gone == closed
        assert not [gone for gone in plan.gave_way if gone.rule == "pin"]
    without = places.is_blind & (plan.teams == 0)
    assert plan.visited.sum() == min(without.sum(), placed(plan) * terms.visits)
    assert not (plan.visited & ~without).any()


@given(cases())
@settings(max_examples=40)
def test_a_rule_that_gives_way_later_is_broken_no_more_often(case: Case) -> None:
    draws, places, terms = case

    def short(rule: str, *gives_way: str) -> int:
        asked = Terms(**{**vars(terms), "gives_way": gives_way})
        plan = plan_extra(draws, places, asked)
        return sum(gone.short for gone in plan.gave_way if gone.rule == rule)

    for rule, other in (("pin", "sector"), ("sector", "pin")):
        assert short(rule, "visit", other, rule) <= short(rule, "visit", rule, other)


@given(cases())
def test_every_officer_is_placed_or_told_to_be_left(case: Case) -> None:
    _, places, terms = case
    plan = plan_extra(*case)
    assert placed(plan) * terms.team + plan.left == terms.officers
    assert placed(plan) == min(terms.teams, int(places.most.sum()))
    assert [bool(reason) for reason in plan.reason] == (plan.teams > 0).tolist()


def test_what_all_draws_agree_on_is_chosen_in_all() -> None:
    draws = np.tile([0.5, 0.1, 0.1], (20, 1))
    draws[::4, 1] = 0.4
    none = np.zeros(3, dtype=np.int64)
    places = Places(("a", "b", "c"), ("s",) * 3, np.zeros(3), none > 0, none, none + 1)
    plan = plan_extra(draws, places, Terms(4, Saturating(0.2)))
    assert plan.chosen.tolist() == [1.0, 1.0, 0.0]
    one = plan_extra(draws, places, Terms(2, Saturating(0.2)))
    assert one.chosen.tolist() == [1.0, 0.0, 0.0]


def test_where_officers_stand_already_more_of_them_face_less() -> None:
    draws = np.full((5, 2), 0.2)
    none = np.zeros(2, dtype=np.int64)
    places = Places(("a", "b"), ("s", "s"), np.array([6.0, 0.0]), none > 0, none, none + 5)
    plan = plan_extra(draws, places, Terms(6, Saturating(0.2)))
    assert plan.teams.tolist() == [0, 3]


@given(cases())
def test_nothing_faces_more_than_the_plan_without_rules(case: Case) -> None:
    draws, places, terms = case
    free = without_rules(places, np.full(len(places.code), 99))
    plan = plan_extra(draws, free, terms)
    random = np.random.default_rng(0)
    others = {
        "tps": proportional(random.random(len(places.code)) + 0.1, free, terms.teams),
        "top": top_of_list(random.integers(0, 3, len(places.code)), free, terms.teams),
        "point": on_expected(draws[0], free, terms),
    }
    beside = compare(draws, free, terms, plan.teams, others)
    for name, teams in others.items():
        assert teams.sum() == terms.teams
        assert beside[name].plan_gains.mean >= -1e-12
        assert beside[name].faced.mean <= plan.faced.mean + 1e-12


def test_simple_rules_do_not_depend_on_the_order_of_rows() -> None:
    _, places = region(9, 3)
    weight = np.array([3, 1, 1, 2, 3, 3, 0, 1, 2], dtype=float)
    rank = np.array([1, 4, 4, 4, 1, 1, 9, 8, 7])
    order = np.random.default_rng(5).permutation(9)
    for teams in range(20):
        mine = proportional(weight, places, teams)[order]
        assert mine.tolist() == proportional(weight[order], places.at(order), teams).tolist()
        listed = top_of_list(rank, places, teams)[order]
        assert listed.tolist() == top_of_list(rank[order], places.at(order), teams).tolist()
        assert listed.sum() == mine.sum() == teams


def test_top_of_the_list_gives_one_team_each() -> None:
    _, places = region(5, 1)
    assert top_of_list(np.array([3, 1, 5, 2, 4]), places, 2).tolist() == [0, 1, 0, 1, 0]
    assert top_of_list(np.array([3, 1, 5, 2, 4]), places, 6).tolist() == [1, 2, 1, 1, 1]


@pytest.mark.parametrize("seed", range(6))
def test_no_plan_that_keeps_the_rules_does_better_in_the_worst_draws(seed: int) -> None:
    draws, places = region(5, seed, sectors=2, cap=2)
    terms = Terms(8, Saturating(0.3))
    plan = plan_cautious(draws, places, terms, share=0.3, gap=0.0)
    number = min(terms.teams, int(places.most.sum()))
    found = [
        worst_mean(faced(draws, places, terms, teams), 0.3)
        for teams in plans_within_the_rules(places, number)
    ]
    assert (plan is None) == (not found)
    if plan is not None:
        assert plan.worst == pytest.approx(max(found), rel=1e-6)
        assert plan.bound == pytest.approx(plan.worst, rel=1e-6)
        assert (plan.teams >= places.least).all()


def test_the_whole_share_of_draws_is_the_mean_of_all() -> None:
    draws, places = region(12, 2, cap=2, pinned=False)
    terms = Terms(12, Saturating(0.2))
    cautious = plan_cautious(draws, places, terms, share=1.0, gap=0.0)
    assert cautious is not None
    assert cautious.worst == pytest.approx(plan_extra(draws, places, terms).faced.mean, rel=1e-6)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"code": ("a", "a")}, "stands twice"),
        ({"least": np.array([3, 0])}, "village a: pins ask for 3 teams, 2 are allowed"),
        ({"base": np.array([-1.0, 0.0])}, "negative"),
        ({"base": np.array([np.nan, 0.0])}, "not finite"),
        ({"sector": ("s",)}, "different lengths"),
    ],
)
def test_what_contradicts_itself_is_refused(change: dict[str, object], told: str) -> None:
    none = np.zeros(2, dtype=np.int64)
    parts = {
        "code": ("a", "b"),
        "sector": ("s", "s"),
        "base": np.zeros(2),
        "is_blind": none > 0,
        "least": none,
        "most": none + 2,
    }
    with pytest.raises(ValueError, match=told):
        plan_extra(np.ones((3, 2)), Places(**{**parts, **change}), Terms(4, Saturating(0.2)))


def test_an_effect_that_grows_with_each_officer_is_refused() -> None:
    draws, places = region(4, 0, pinned=False)
    with pytest.raises(ValueError, match="concave"):
        plan_extra(draws, places, Terms(8, lambda officers: officers**2))
    with pytest.raises(ValueError, match="concave"):
        plan_extra(draws, places, Terms(8, lambda officers: 0.5 + 0 * officers))
