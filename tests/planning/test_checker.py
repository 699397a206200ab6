"""The checker: it passes a good plan, and finds and names every kind of violation put into it."""

import ast
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

import rawan.planning.voting.checker as checker
from rawan.planning.voting.static import Pin, StaticPlan
from tests.planning.region import place, planned, units, violations

PINS = (Pin("Unit A", "Polsek A", 2),)
PEOPLE = units(20, 6, 6)
TPS = pl.DataFrame(
    [
        place(0, tps=5, is_cut_off=False),
        place(1, tps=3, is_cut_off=False),
        place(2, tps=8, is_cut_off=False),
        place(2, tps=1, is_cut_off=True),
        place(9, tps=2, is_cut_off=False, polsek="Polsek B"),
        place(9, tps=3, is_cut_off=False, polsek="Polsek B", **{"class": "rawan"}),
    ],
    infer_schema_length=None,
)
Frame = pl.DataFrame


@pytest.fixture(scope="module")
def plan() -> StaticPlan:
    return planned(TPS, PEOPLE, pins=PINS)


def changed(row: pl.Expr, **values: object) -> Callable[[Frame], Frame]:
    """Set columns in the rows that are meant."""

    def change(table: Frame) -> Frame:
        assert table.filter(row).height, "the change meets no row"
        return table.with_columns(
            pl.when(row)
            .then(value if isinstance(value, pl.Expr) else pl.lit(value))
            .otherwise(pl.col(name))
            .alias(name)
            for name, value in values.items()
        )

    return change


SHARED, OF_SHARED = pl.col("team") == "T00001", pl.col("place") == "99.01.01.2001"
RESERVE = pl.col("task") == "reserve"
MORE = pl.col("officers") + 1


def test_a_good_plan_passes(plan: StaticPlan) -> None:
    assert violations(plan, TPS, PEOPLE, pins=PINS) == []
    shared = plan.table.filter(SHARED)
    assert shared.height == 2, "the changes below lean on a team in two places"
    assert shared["officers"].to_list() == [2, 0]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda t: t.filter(~OF_SHARED), "99.01.01.2001, class kurang_rawan: 3 TPS not covered"),
        (lambda t: pl.concat([t, t.filter(OF_SHARED)]), "3 TPS covered twice"),
        (changed(OF_SHARED, tps=4), "1 TPS covered twice or not there"),
        (changed(OF_SHARED, place="99.01.01.2077"), "place 99.01.01.2077"),
        (changed(OF_SHARED, task="reserve"), "T00001: in two places at one time (task"),
        (changed(OF_SHARED, polsek="Polsek B"), "T00001: in two places at one time (polsek"),
        (changed(OF_SHARED, polsek="Polsek B"), "lies in Polsek A, not in Polsek B"),
        (changed(pl.col("place") == "99.01.01.2009", team="T00001"), "in two places at one time"),
        (changed(pl.col("place") == "99.01.01.2009", team="T00001"), "travel limit exceeded"),
        (changed(pl.col("is_cut_off"), team="T00001"), "T00001: covers places on both sides"),
        (changed(OF_SHARED, village_code=None), "known by its kecamatan only with another"),
        (changed(pl.col("team") == "T00002", team="T00001"), "T00001: ratio exceeded, 16 TPS"),
        (changed(SHARED & (pl.col("officers") > 0), officers=1), "1 officers instead of 2"),
        (changed(OF_SHARED, officers=2), "T00001: an officer of"),
        (changed(OF_SHARED, officers=2), "T00001: an officer counted twice, 4 instead of 2"),
        (changed(SHARED, officers=-2), "below zero"),
        (changed(SHARED, **{"class": "aman"}), "class aman has no ratio"),
        (changed(SHARED, task="escort"), "task escort is none"),
        (changed(pl.col("officers") > 0, unit="Unit B"), "unit Unit B: gives"),
        (changed(SHARED, unit="Nobody"), "unit Nobody: is not among the units"),
        (changed(SHARED, km=0.5), "0.5 km told"),
        (changed(RESERVE, officers=MORE), "officers at posts instead of 4"),
        (changed(RESERVE, post="Pos 9"), "post Pos 9 is not among the posts"),
        (changed(pl.col("unit") == "Unit A", unit="Polres"), "pin not kept: Unit A gives 0"),
        (changed(SHARED & (pl.col("officers") > 0), officers=1), "totals do not add up: sector"),
        (changed(RESERVE, officers=MORE), "totals do not add up: unit"),
    ],
)
def test_a_violation_is_found_and_named(
    plan: StaticPlan, change: Callable[[Frame], Frame], says: str
) -> None:
    said = violations(plan, TPS, PEOPLE, table=change(plan.table), pins=PINS)
    assert any(says in sentence for sentence in said), said


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"limit_km": 2.0}, "T00001: travel limit exceeded"),
        ({"roads": {("99.01.01.2000", "99.01.01.2001"): 7.0}}, "lie 7.0 km apart"),
        ({"least_officers_a_place": 2}, "T00001: minimum cover broken, 2 officers for 2 places"),
        ({"reserve_officers": 9}, "4 officers at posts instead of 9"),
        ({"most_posts": 0}, "posts instead of at most 0"),
        ({"pins": (Pin("Unit A", "Polsek A", 1, "exactly"),)}, "instead of exactly 1"),
        ({"units_are_bound": True}, "is bound to"),
    ],
)
def test_a_plan_made_under_other_limits_does_not_pass(
    plan: StaticPlan, more: dict[str, object], says: str
) -> None:
    strayed = changed(SHARED, unit="Unit B")(plan.table)
    table = strayed if "units_are_bound" in more else plan.table
    said = violations(plan, TPS, PEOPLE, table=table, **({"pins": PINS} | more))
    assert any(says in sentence for sentence in said), said


def test_what_is_declared_to_have_given_way_is_no_violation_and_the_rest_is() -> None:
    order = ("reserve", "ratio_kurang_rawan")
    tps = pl.DataFrame([place(n, tps=6) for n in range(2)], infer_schema_length=None)
    people = units(2)
    tight = planned(tps, people, gives_way=order)
    assert [g.rule for g in tight.gave_way] == ["reserve", "ratio_kurang_rawan"]
    assert violations(tight, tps, people, gives_way=order) == []
    silent = StaticPlan(**{**vars(tight), "gave_way": ()})
    said = violations(silent, tps, people, gives_way=order)
    assert any(
        "ratio exceeded, 12 TPS of class kurang_rawan instead of at most 8" in s for s in said
    )
    assert any("reserve: 0 officers at posts instead of 4" in s for s in said)


def test_totals_of_another_plan_do_not_add_up(plan: StaticPlan) -> None:
    for name, column in (("class", "tps"), ("sector", "teams"), ("unit", "left")):
        totals = plan.totals | {name: plan.totals[name].with_columns(pl.col(column) + 1)}
        said = violations(plan, TPS, PEOPLE, totals=totals, pins=PINS)
        assert said
        assert all("totals do not add up" in sentence for sentence in said)


def test_it_shares_no_code_with_the_planner() -> None:
    tree = ast.parse(Path(checker.__file__).read_text(encoding="utf-8"))
    named = {
        alias.name if isinstance(node, ast.Import) else str(node.module)
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    assert not {name for name in named if name.split(".")[0] in ("rawan", "models", "scipy")}
