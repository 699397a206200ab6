"""The checker finds each kind of mistake: a right plan is broken on purpose, one rule at a time."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import polars as pl
import pytest

from rawan.planning.escort.checker import check_escort
from rawan.planning.escort.plan import EscortPlan, plan_escort
from tests.planning.escort_region import region


@pytest.fixture(scope="module")
def plan() -> EscortPlan:
    return plan_escort(region(), "en")


Broken = Callable[[pl.DataFrame], pl.DataFrame]


def first(stage: str) -> pl.Expr:
    """Return the first row of a stage."""
    is_stage = pl.col("stage") == stage
    return is_stage & (is_stage.cum_sum() == 1)


def put(stage: str, **values: object) -> Broken:
    return lambda routes: routes.with_columns(
        pl.when(first(stage))
        .then(value if isinstance(value, pl.Expr) else pl.lit(value))
        .otherwise(pl.col(name))
        .cast(routes.schema[name])
        .alias(name)
        for name, value in values.items()
    )


def later(name: str, **by: float) -> pl.Expr:
    return pl.col(name) + timedelta(**by)


BROKEN: dict[str, tuple[str, Broken]] = {
    "a stop is left out": ("served_once", lambda r: r.filter(~first("store"))),
    "a stop is served twice": (
        "served_once",
        lambda r: pl.concat([r, r.filter(first("villages"))]),
    ),
    "boxes of a TPS are lost": ("served_once", put("back_store", tps=pl.col("tps") - 1)),
    "a place is served that needs nothing": ("served_once", put("villages", code="99.01.09.2001")),
    "more is aboard than there is room": ("capacity", put("store", tps=pl.lit(21))),
    "a vehicle that does not exist": ("capacity", put("store", vehicle="Truk 9")),
    "a kind that does not exist": ("capacity", put("store", kind="Helikopter")),
    "too many trips": ("capacity", put("store", trip=9)),
    "leaves before it arrives": ("one_place", put("store", leave=later("depart", hours=1))),
    "unloads in no time": ("one_place", put("villages", depart=pl.col("arrive"))),
    "comes from elsewhere": ("one_place", put("villages", from_code="99.01.02")),
    "stays too long for its next stop": (
        "one_place",
        put("villages", depart=later("depart", hours=9)),
    ),
    "a way is shorter than it is": ("distances", put("villages", km=0.5)),
    "drives too fast": ("distances", put("store", arrive=pl.col("leave"))),
    "is late and not told": ("windows", put("store", arrive=later("arrive", hours=12))),
    "is told as late and is not": ("windows", put("villages", is_late=True)),
    "the window stays open too long": ("windows", put("villages", latest=later("latest", hours=1))),
    "an officer is missing": ("officers", put("store", officers=pl.col("officers") - 1)),
    "an officer too many on the boat": ("officers", put("boat", officers=pl.col("officers") + 1)),
    "drives over water": ("water", put("villages", code="99.01.03.2009")),
    "the boat lands elsewhere": ("water", put("boat", code="99.01.01.2001")),
    "no boat sails then": ("boats", put("boat", leave=later("leave", minutes=-10))),
    "crosses too fast": ("boats", put("boat", arrive=later("arrive", hours=-1))),
    "the boat is too full": ("boats", put("boat", tps=21)),
    "sails without its boxes": (
        "boats",
        lambda r: r.filter(~pl.col("code").str.ends_with("/pier")),
    ),
    "sails too late and does not tell": ("boats", put("boat", date=later("date", days=2))),
    "comes back too soon": ("boats", put("back_boat", date=later("date", days=-3))),
    "boxes do not fit the TPS": ("boxes", put("store", boxes=pl.col("boxes") + 1)),
}  # fmt: skip


def test_a_right_plan_passes(plan: EscortPlan) -> None:
    assert check_escort(plan.routes, plan.task) == []


@pytest.mark.parametrize("name", BROKEN)
def test_a_plan_broken_on_purpose_is_found_out(plan: EscortPlan, name: str) -> None:
    rule, breaks = BROKEN[name]
    routes = breaks(plan.routes)
    assert not routes.equals(plan.routes)
    assert rule in {finding.rule for finding in check_escort(routes, plan.task)}


def test_a_road_that_was_closed_after_planning_is_found(plan: EscortPlan) -> None:
    row = plan.routes.filter(pl.col("stage") == "villages").row(0, named=True)
    task = replace(plan.task, closed={(row["from_code"], row["code"]): "longsor"})
    assert "distances" in {finding.rule for finding in check_escort(plan.routes, task)}


def test_a_shared_vehicle_is_found_in_two_runs(plan: EscortPlan) -> None:
    day = plan.routes.filter(pl.col("stage") == "villages")["date"][0]
    runs = plan.routes.filter((pl.col("stage") == "villages") & (pl.col("date") == day))
    names = runs["vehicle"].unique(maintain_order=True).to_list()
    assert len(names) > 1
    kinds = dict(zip(runs["vehicle"], runs["kind"], strict=True))
    routes = plan.routes.with_columns(
        vehicle=pl.when((pl.col("vehicle") == names[1]) & (pl.col("date") == day))
        .then(pl.lit(names[0])).otherwise(pl.col("vehicle")),
        kind=pl.when((pl.col("vehicle") == names[1]) & (pl.col("date") == day))
        .then(pl.lit(kinds[names[0]])).otherwise(pl.col("kind")),
    )  # fmt: skip
    assert "one_place" in {finding.rule for finding in check_escort(routes, plan.task)}


def test_what_the_plan_tells_as_left_is_no_finding_and_what_it_hides_is(plan: EscortPlan) -> None:
    stop = plan.routes.filter(first("villages")).row(0, named=True)
    routes = plan.routes.filter(~first("villages"))
    said = {("villages", stop["place"]): stop["tps"]}
    assert not [f for f in check_escort(routes, plan.task, said) if f.rule == "served_once"]
    assert [f for f in check_escort(routes, plan.task) if f.rule == "served_once"]
