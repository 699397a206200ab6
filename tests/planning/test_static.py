"""The static plan: every rule kept or named, whatever the people, the rows and the pins."""

from dataclasses import replace
from random import Random

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rawan.errors import RawanError
from rawan.planning.voting.inputs import GIVES_WAY
from rawan.planning.voting.static import Pin, PlanImpossible, static_plan
from tests.planning.region import (
    KM,
    POSTS,
    RATIOS,
    options,
    place,
    planned,
    risk_of,
    tps_table,
    units,
    violations,
)

ORDER = ("reserve", "travel_limit", "ratio_kurang_rawan", "ratio_rawan")


def table(*rows: dict[str, object]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), infer_schema_length=None)


def officers_at(plan_table: pl.DataFrame, unit: str, where: str) -> int:
    teams = plan_table.filter((pl.col("place") == where) | (pl.col("polsek") == where))["team"]
    mine = (pl.col("unit") == unit) & pl.col("team").is_in(teams.unique().implode())
    return int(plan_table.filter(mine)["officers"].sum())


# What holds for every plan.


@settings(max_examples=6, deadline=None)
@given(st.integers(0, 500), st.integers(14, 26))
def test_more_people_never_lower_the_objective_beyond_the_gap(seed: int, officers: int) -> None:
    tps = tps_table(seed, places=8)
    last, gave = -1.0, None
    for more in (0, 1, 4):
        people = units(officers + more)
        try:
            plan = planned(tps, people, gives_way=ORDER)
        except PlanImpossible:
            assert gave is None, "more people made the plan impossible"
            continue
        assert violations(plan, tps, people, gives_way=ORDER) == []
        assert plan.objective >= last - plan.gap - 1e-9
        assert plan.objective <= plan.bound <= 1
        used = {(g.rule, g.sector) for g in plan.gave_way if g.rule != "reserve"}
        if gave is not None and not {rule for rule, _ in gave}:
            assert not used, "with more people another rule gave way"
        last, gave = plan.objective, used


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 500), st.randoms(use_true_random=False))
def test_the_order_of_rows_units_and_posts_changes_nothing(seed: int, random: Random) -> None:
    tps = tps_table(seed, places=8)
    people = units(12, 8, 7)
    plan = planned(tps, people, gives_way=ORDER)
    mixed = tps.sample(fraction=1.0, shuffle=True, seed=random.randrange(99))
    again = static_plan(
        mixed, RATIOS, people[::-1], POSTS[::-1], risk_of(tps), options(gives_way=ORDER)
    )
    assert again.table.equals(plan.table)
    assert again.figures == plan.figures


@settings(max_examples=6, deadline=None)
@given(
    st.integers(0, 500), st.integers(0, 3), st.sampled_from(["at_least", "exactly"]), st.booleans()
)
def test_a_pinned_choice_stays(seed: int, officers: int, kind: str, of_place: bool) -> None:
    tps = tps_table(seed, places=6)
    where = tps["place"][0] if of_place else "Polsek B"
    pin = Pin("Unit A", where, officers if not of_place else min(officers, 2), kind)
    people = units(30, 8, 8)
    plan = planned(tps, people, pins=(pin,), gives_way=ORDER)
    sent = officers_at(plan.table, "Unit A", where)
    assert sent >= pin.officers
    assert kind == "at_least" or sent == pin.officers
    assert violations(plan, tps, people, pins=(pin,)) == []


def test_the_totals_are_those_of_the_input() -> None:
    tps, people = tps_table(3), units(20, 10, 9)
    plan = planned(tps, people)
    for name, key in (("sector", "polsek"), ("class", "class")):
        there = dict(tps.group_by(key).agg(pl.col("tps").sum()).iter_rows())
        told = {row[key]: row["tps"] for row in plan.totals[name].to_dicts()}
        assert told == there
    by_unit = plan.totals["unit"]
    assert dict(by_unit.select("unit", "has").iter_rows()) == {u.name: u.officers for u in people}
    f = plan.figures
    assert by_unit["at_tps"].sum() == f.at_tps == plan.totals["sector"]["officers"].sum()
    assert by_unit["reserve"].sum() == f.reserve == 4
    assert f.at_tps + f.reserve + f.left == f.officers == 39
    assert plan.table["officers"].sum() == f.at_tps + f.reserve


# One by one.


def test_neighbours_share_a_team_and_the_far_place_does_not() -> None:
    tps = table(place(0, tps=4), place(1, tps=4), place(9, tps=3))
    plan = planned(tps, units(20), reserve_officers=0)
    rows = plan.table.select("team", "place", "tps", "officers", "rule").rows()
    assert rows == [
        ("T00001", "99.01.01.2000", 4, 2, "2/8"),
        ("T00001", "99.01.01.2001", 4, 0, "2/8"),
        ("T00002", "99.01.01.2009", 3, 2, "2/8"),
    ]
    assert (plan.objective, plan.bound, plan.gave_way) == (1.0, 1.0, ())


@pytest.mark.parametrize(
    "other",
    [
        {"polsek": "Polsek B"},
        {"is_cut_off": True},
        {"class": "rawan"},
        {"village_code": None, "place": "99.01.01"},
        {"lat": 9 * KM},
    ],
)
def test_what_may_not_share_a_team_does_not(other: dict[str, object]) -> None:
    first = place(0, tps=2, is_cut_off=False)
    tps = table(first, place(1, tps=2, **({"is_cut_off": False} | other)))
    plan = planned(tps, units(20), reserve_officers=0)
    assert plan.figures.teams == 2
    assert violations(plan, tps, units(20), reserve_officers=0) == []


def test_a_closed_road_parts_neighbours_and_a_known_road_joins_them() -> None:
    tps = table(place(0, tps=4), place(1, tps=4))
    a, b = tps["place"]
    for km, teams in ((float("inf"), 2), (9.0, 2), (4.0, 1)):
        plan = planned(tps, units(9), reserve_officers=0, roads={(b, a): km})
        assert plan.figures.teams == teams


def test_one_village_on_both_sides_of_water_has_teams_on_both() -> None:
    tps = table(place(0, tps=5, is_cut_off=False), place(0, tps=1, is_cut_off=True))
    plan = planned(tps, units(20), reserve_officers=0)
    assert sorted(plan.table.select("is_cut_off", "tps").rows()) == [(False, 5), (True, 1)]
    assert violations(plan, tps, units(20), reserve_officers=0) == []


def test_a_place_known_by_its_kecamatan_only_stands_at_the_mean_point_and_says_so() -> None:
    unknown = {"village_code": None, "village": None, "place": "99.01.01", "lat": None, "lon": None}
    tps = table(place(0), place(2), place(3, tps=1, **unknown, **{"class": "khusus"}))
    plan = planned(tps, units(20), reserve_officers=0)
    row = plan.table.filter(pl.col("place") == "99.01.01").to_dicts()[0]
    assert row["village_code"] is None
    assert row["km"] == pytest.approx(1.4 * 2, abs=0.01)
    assert "mean point" in row["note"]
    assert violations(plan, tps, units(20), reserve_officers=0) == []


def test_own_officers_come_first_or_never_leave_as_the_planner_says() -> None:
    tps = table(place(0, tps=8), place(1, tps=8, polsek="Polsek B"))
    people = [replace(units(0, 0, 4)[2], lat=0.0), units(4)[0]]
    people[1] = replace(people[1], lat=-9 * KM)  # the free officers stand farther off
    near = planned(tps, people, reserve_officers=0, away_km=0.0)
    assert officers_at(near.table, "Unit B", "Polsek A") == 2
    prefer = planned(tps, people, reserve_officers=0, away_km=25.0)
    assert officers_at(prefer.table, "Unit B", "Polsek A") == 0
    bound = planned(tps, people, reserve_officers=0, away_km=0.0, units_are_bound=True)
    assert officers_at(bound.table, "Unit B", "Polsek A") == 0


def test_a_team_of_two_units_has_a_row_for_each_and_its_tps_once() -> None:
    tps = table(place(0, tps=4), place(1, tps=3))
    people = units(1, 1)
    plan = planned(tps, people, reserve_officers=0)
    rows = plan.table.select("unit", "place", "officers", "tps").rows()
    assert rows == [
        ("Polres", "99.01.01.2000", 1, 4),
        ("Unit A", "99.01.01.2000", 1, 0),
        ("Polres", "99.01.01.2001", 0, 3),
    ]
    assert plan.figures.mixed_teams == 1
    assert violations(plan, tps, people, reserve_officers=0) == []


def test_what_is_pinned_to_a_sector_keeps_its_rules_from_giving_way_below_it() -> None:
    tps = table(
        *(place(n, tps=6) for n in (0, 1)),
        *(place(n, tps=6, polsek="Polsek B") for n in (20, 21)),
    )
    pin = Pin("Polres", "Polsek A", 4)
    asked = {"reserve_officers": 0, "gives_way": ("ratio_kurang_rawan",)}
    plan = planned(tps, units(6), pins=(pin,), **asked)
    assert [g.sector for g in plan.gave_way] == ["Polsek B"]
    assert officers_at(plan.table, "Polres", "Polsek A") == 4
    with pytest.raises(PlanImpossible, match="2 are missing"):
        planned(tps, units(4), pins=(pin,), **asked)


def test_rules_give_way_in_the_planners_order_and_no_further_than_it_buys() -> None:
    tps = table(place(0, tps=8), place(1, tps=8), place(5, tps=1), place(8, tps=1))
    full = planned(tps, units(12), gives_way=ORDER)
    assert full.gave_way == ()
    one = planned(tps, units(10), gives_way=ORDER)
    assert [(g.rule, g.asked, g.used) for g in one.gave_way] == [("reserve", 4, 2)]
    two = planned(tps, units(6), gives_way=ORDER)
    told = [(g.rule, g.sector, g.asked, g.used) for g in two.gave_way]
    # The places at 10 and 16 km join at 8.4 km by road: the limit goes to 9, not to its 10.
    assert told == [("reserve", "", 4, 0), ("travel_limit", "Polsek A", 5.0, 9.0)]
    other = planned(tps, units(6), gives_way=("ratio_kurang_rawan",), reserve_officers=0)
    assert [(g.rule, g.used) for g in other.gave_way] == [("ratio_kurang_rawan", 16)]
    with pytest.raises(PlanImpossible, match="2 are missing"):
        planned(tps, units(6), gives_way=("ratio_kurang_rawan",), reserve_officers=2)


def test_the_sector_of_least_risk_gives_way_first_and_alone_if_that_is_enough() -> None:
    tps = table(
        *(place(n, tps=7) for n in (0, 1)),
        *(place(n, tps=5, polsek="Polsek B") for n in (20, 21)),
    )
    risk = {code: 0.9 if code < "99.01.01.2020" else 0.1 for code in tps["place"]}
    asked = options(reserve_officers=0, gives_way=("ratio_kurang_rawan",))
    plan = static_plan(tps, RATIOS, units(6), POSTS, risk, asked)
    assert [(g.sector, g.used) for g in plan.gave_way] == [("Polsek B", 10)]
    # Both teams of Polsek A are as asked; one of B covers ten TPS instead of eight.
    share = 0.1 / (0.9 + 0.1)
    assert plan.objective == pytest.approx(1 - share * 0.2)
    assert plan.gave_way[0].sentence("id").startswith("Polsek B: satu tim menjaga sampai 10 TPS")


def test_what_is_not_named_does_not_give_way() -> None:
    tps = tps_table(1)
    with pytest.raises(PlanImpossible, match=r"are missing\. It may give way: nothing"):
        planned(tps, units(16))
    with pytest.raises(PlanImpossible) as impossible:
        planned(tps, units(6), gives_way=ORDER)
    error = impossible.value
    assert (error.rule, error.shortfall) == ("minimum_cover", 10)
    assert error.place in {"Polsek A", "Polsek B"}


def test_the_minimum_cover_is_the_planners() -> None:
    tps = table(*(place(n, tps=1, lat=0.1 * n * KM) for n in range(4)))
    need = {
        least: planned(tps, units(20), reserve_officers=0, least_officers_a_place=least)
        for least in (0, 1, 2)
    }
    assert {least: plan.figures.at_tps for least, plan in need.items()} == {0: 2, 1: 4, 2: 8}
    with pytest.raises(PlanImpossible, match="3 officers in every place"):
        planned(tps, units(20), least_officers_a_place=3)


def test_the_reserve_waits_where_most_risk_is_reached() -> None:
    tps = tps_table(2)
    plan = planned(tps, units(60), reserve_minutes=25.0)
    waiting = plan.table.filter(pl.col("task") == "reserve")
    assert waiting["officers"].sum() == 4
    assert "Pos 3" not in waiting["post"], "60 km away it reaches nobody"
    assert 0 < plan.figures.reach <= plan.figures.reach_bound


def test_fixed_posts_that_the_rest_of_the_reserve_cannot_man_are_named() -> None:
    tps = table(place(0, tps=8), place(8, tps=8))
    posts = [replace(post, is_fixed=True) for post in POSTS[:2]]
    asked = options(gives_way=("reserve",), least_at_post=2)
    whole = static_plan(tps, RATIOS, units(8), posts, risk_of(tps), asked)
    assert sorted(whole.table.filter(pl.col("task") == "reserve")["post"]) == ["Pos 1", "Pos 2"]
    for people, told in (
        (6, [("fixed_posts", 1)]),
        (5, [("least_at_post", 1), ("fixed_posts", 1)]),
    ):
        plan = static_plan(tps, RATIOS, units(people), posts, risk_of(tps), asked)
        assert [(g.rule, g.used) for g in plan.gave_way] == [("reserve", people - 4), *told]
        assert all(g.sentence("id") != g.sentence("en") for g in plan.gave_way)
        assert plan.table.filter(pl.col("task") == "reserve")["officers"].sum() == people - 4
    asked = options(reserve_officers=3, least_at_post=2)
    with pytest.raises(PlanImpossible, match="cannot man the 2 fixed posts"):
        static_plan(tps, RATIOS, units(9), posts, risk_of(tps), asked)


def test_a_unit_of_an_unknown_sector_is_refused_by_name() -> None:
    people = [*units(9), replace(units(0, 4)[1], sector="Polsek Aa")]
    with pytest.raises(RawanError, match=r'"Polsek Aa" is no polsek.*Did you mean "Polsek A"'):
        planned(tps_table(0, places=4), people)


def test_bound_officers_that_cannot_fill_their_sector_are_missed_by_name() -> None:
    tps = table(place(0, tps=8), place(1, tps=8, polsek="Polsek B"))
    with pytest.raises(PlanImpossible, match="Polsek A lacks 2"):
        planned(tps, units(0, 0, 9), reserve_officers=0, units_are_bound=True)


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"pins": (Pin("Nobody", "Polsek A", 1),)}, '"Nobody" is no unit'),
        ({"pins": (Pin("Polres", "Polsek Z", 1),)}, "no such place or polsek"),
        ({"pins": (Pin("Polres", "Polsek A", -1),)}, "below zero"),
        ({"pins": (Pin("Polres", "Polsek A", 99),)}, "has 30 officers and 99 are pinned: 69 too"),
        ({"pins": (Pin("Polres", "99.01.01.2000", 30),)}, "too many. Lower the pin"),
        ({"gives_way": ("ratio_rawam",)}, 'Did you mean "ratio_rawan"'),
        ({"gives_way": ("reserve", "reserve")}, "reserve stands twice"),
        ({"limit_km": 0.0}, "limit_km must be above zero"),
        ({"speed_kmh": float("nan")}, "speed_kmh must be above zero"),
        ({"reserve_officers": -1}, "reserve_officers is below zero"),
    ],
)
def test_contradictory_options_are_one_sentence(more: dict[str, object], says: str) -> None:
    with pytest.raises(RawanError, match=says):
        planned(tps_table(0, places=4), units(30), **more)


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([place(0, tps=-1)], r"place 99.01.01.2000: the number of TPS \(-1\)"),
        ([place(0), place(0)], "class kurang_rawan stands 2 times"),
        ([place(0, polsek=None)], "no polsek"),
        ([place(0, **{"class": "aman"})], "no ratio for class aman"),
        ([place(0, lat=None)], "no coordinates"),
        ([place(0, lat=91.0)], "no coordinates"),
        ([place(0, tps="many")], 'column "tps" does not hold'),
        ([place(0, tps=10**9)], "1000000000"),
        ([place(0, is_cut_off=None)], "is_cut_off is empty"),
        ([place(0), place(0, lat=1.0, **{"class": "rawan"})], "its rows differ"),
    ],
)
def test_a_wrong_tps_table_is_refused_by_place(rows: list[dict[str, object]], says: str) -> None:
    with pytest.raises(RawanError, match=says):
        planned(table(*rows), units(30))


def test_every_mistake_of_the_input_is_told_at_once() -> None:
    twice = [*units(5), *units(-5)]
    with pytest.raises(RawanError) as wrong:
        static_plan(tps_table(), {"kurang_rawan": (0, 8)}, twice, [], {}, options())
    said = str(wrong.value)
    for part in ("no ratio", "Polres stands twice", "-5 officers", "no post to stand at"):
        assert part in said


def test_a_risk_that_is_missing_is_not_zero() -> None:
    with pytest.raises(RawanError, match=r"place 99\.01\.01\.2000: no risk"):
        static_plan(table(place(0)), RATIOS, units(9), POSTS, {}, options())


def test_no_tps_is_no_plan_and_no_error() -> None:
    plan = planned(table(place(0, tps=0)), units(9), reserve_officers=0)
    assert plan.table.is_empty()
    assert plan.figures.left == 9


def test_every_rule_that_may_give_way_is_known() -> None:
    assert set(ORDER) <= set(GIVES_WAY)
