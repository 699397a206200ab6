"""The whole plan: its parts together, what if, and what is refused."""

import random
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from rawan.errors import RawanError, UsageError
from rawan.planning import plan as planning
from rawan.planning.comparing import compare_plans, side_of
from rawan.planning.inputs import place_names
from rawan.planning.plan import Plan, PlanFaulty, make_plan, plan_faults
from rawan.planning.rules.resources import PlanRefused, Resources
from rawan.planning.voting.static import PlanImpossible
from rawan.planning.voting_day import plan_voting
from rawan.planning.whatif import Names, Report, WhatIf, read_whatif
from rawan.publishing.trust.decided import override, withdraw
from tests.conftest import Bench
from tests.planning.invented_plan import RISK, RUN, TPS, planned_region, planner, settings_of

RISKIEST = max(RISK, key=lambda code: RISK[code])
SAFE = "99.99.01.2002"


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return planned_region(tmp_path_factory.mktemp("plan") / "region")


@pytest.fixture(scope="module")
def whole(bench: Bench) -> Plan:
    return made(bench, planner(extra_officers=6))


def made(bench: Bench, resources: Resources | None = None, **changes: Any) -> Plan:
    return make_plan(settings_of(bench), resources or planner(), WhatIf(**changes))


def of(plan: Plan, task: str) -> pl.DataFrame:
    return plan.rows.filter(pl.col("task") == task)


def test_every_tps_is_covered_once_and_nobody_is_in_two_places(whole: Plan) -> None:
    covered: Counter[str] = Counter()
    serving: Counter[tuple[object, str]] = Counter()
    for row in whole.rows.iter_rows(named=True):
        if row["task"] == "tps":
            covered[row["village_code"]] += row["tps"]
        serving[row["day"], row["unit"]] += row["officers"]
    assert covered == TPS
    has = {unit.name: unit.officers for unit in whole.resources.units} | {"Personel tambahan": 6}
    assert all(officers <= has[unit] for (_, unit), officers in serving.items())
    assert plan_faults(whole) == []


def test_the_totals_are_those_of_the_rows_and_of_the_planners_file(whole: Plan) -> None:
    totals = whole.totals
    parts = ("officers_at_tps", "officers_at_posts", "officers_left", "officers_other")
    assert sum(totals[name] for name in parts) == totals["officers"] == 96
    assert totals["tps"] == sum(TPS.values())
    assert totals["officers_extra"] == of(whole, "extra")["officers"].sum() == 6


def test_each_kind_of_unit_does_its_own(whole: Plan) -> None:
    kinds = {unit.name: unit.kind for unit in whole.resources.units}
    assert {kinds[unit] for unit in of(whole, "tps")["unit"]} == {"tps"}
    assert {kinds[unit] for unit in of(whole, "reserve")["unit"]} == {"reserve"}
    others = whole.rows.filter(pl.col("task").is_in(["patrol", "recap"]))
    assert {kinds[unit] for unit in others["unit"]} == {"standby"}


def test_the_reserve_goes_to_the_tps_only_where_it_may_give_way(bench: Bench) -> None:
    units = [
        {"name": "Unit Rekaan", "officers": 40, "base_code": "99.99.01"},
        {"name": "Cadangan Rekaan", "officers": 6, "base_code": "99.99.02", "kind": "reserve"},
    ]
    plan = made(bench, planner(units=units, gives_way=["reserve", "ratio_kurang_rawan"]))
    assert set(of(plan, "tps")["unit"]) == {"Unit Rekaan", "Cadangan Rekaan"}
    assert "Cadangan dikurangi dari 6 menjadi" in plan.gave_way[0]


def test_classes_follow_the_rules_where_no_number_is_published(whole: Plan) -> None:
    at_tps = of(whole, "tps")
    riskiest = at_tps.filter(pl.col("village_code") == RISKIEST)
    assert set(riskiest["class"]) == {"sangat_rawan"}
    # The pattern asks for two officers at each TPS of that class.
    assert riskiest["officers"].sum() == 2 * TPS[RISKIEST]


def test_an_override_of_people_lifts_a_village(tmp_path: Path) -> None:
    bench = planned_region(tmp_path / "region")
    from datetime import date, timedelta

    private = settings_of(bench).output.private
    until = date.today() + timedelta(days=30)  # noqa: DTZ011 - an override ends by itself
    override(private, SAFE, "conflict", "khusus", "pemilihan kepala desa", "Penguji", until)
    plan = made(bench)
    rows = of(plan, "tps").filter(pl.col("village_code") == SAFE)
    assert set(rows["class"]) == {"khusus"}
    assert any("pemilihan kepala desa" in said for said in plan.assumptions)


def test_a_sudden_report_raises_a_village_in_this_plan_only(bench: Bench, whole: Plan) -> None:
    raised = made(bench, reports=(Report(SAFE), Report("99.99.02.2001", "khusus")))
    classes = dict(of(raised, "tps").select("village_code", "class").iter_rows())
    assert (classes[SAFE], classes["99.99.02.2001"]) == ("rawan", "khusus")
    before = dict(of(whole, "tps").select("village_code", "class").iter_rows())
    assert before[SAFE] == "kurang_rawan"
    assert raised.totals["officers_at_tps"] > whole.totals["officers_at_tps"]


def test_more_people_face_more_and_change_nothing_else(bench: Bench, whole: Plan) -> None:
    faced = []
    for officers in (0, 2, 6, 12):
        plan = made(bench, officers=officers)
        assert of(plan, "extra")["officers"].sum() == officers
        assert of(plan, "tps").drop("plan_id").equals(of(whole, "tps").drop("plan_id"))
        told = side_of(plan).told["more_people"]
        faced.append(told[0]["faced"] if told else plan.curve["faced"][0])
    assert faced == sorted(faced)
    assert faced[0] < faced[-1]


def test_fewer_people_are_taken_from_the_tps_and_something_gives_way(bench: Bench) -> None:
    plan = made(bench, officers=-20)
    assert plan.resources.officers("tps") == 40
    assert plan.gave_way
    assert plan_faults(plan) == []
    with pytest.raises(UsageError, match="have 60 officers: 40 too many"):
        made(bench, officers=-100)


def test_a_pin_stays(bench: Bench) -> None:
    units = [
        {"name": "Unit Rekaan", "officers": 40, "base_code": "99.99.01"},
        {"name": "Unit Jauh", "officers": 20, "base_code": "99.99.03"},
    ]
    resources = planner(units=units, gives_way=[])
    names = place_names(settings_of(bench))
    whatif = read_whatif(names, pins=["Unit Jauh=Rejocontoh:2"])
    plan = make_plan(settings_of(bench), resources, whatif)
    teams = of(plan, "tps").filter(pl.col("village_code") == SAFE)["team"].to_list()
    sent = of(plan, "tps").filter(pl.col("team").is_in(teams) & (pl.col("unit") == "Unit Jauh"))
    assert sent["officers"].sum() >= 2


def test_a_closed_road_parts_a_team(bench: Bench) -> None:
    resources = planner(gives_way=[], least_officers_a_place=0)
    together = [
        team["village_code"].to_list()
        for team in of(made(bench, resources), "tps").partition_by("team")
        if team["village_code"].n_unique() > 1
    ]
    assert together, "the region must have a team that covers two villages"
    first, last = together[0][:2]
    plan = made(bench, resources, closed=((first, last),))
    for team in of(plan, "tps").partition_by("team"):
        assert not {first, last} <= set(team["village_code"])


def test_the_order_of_rows_changes_nothing(bench: Bench, tmp_path: Path) -> None:
    other = planned_region(tmp_path / "region")
    shuffle = random.Random(3).shuffle
    for path in (other.folder / "reference").glob("*.csv"):
        head, *rows = path.read_text(encoding="utf-8").splitlines()
        shuffle(rows)
        path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    for name in ("ranking", "draws"):
        path = other.folder / "private" / RUN / f"{name}.parquet"
        pl.read_parquet(path).sample(fraction=1.0, shuffle=True, seed=5).write_parquet(path)
    resources = planner(extra_officers=4)
    assert made(other, resources).rows.equals(made(bench, resources).rows)


# The escort of logistics

TRUCKS = {
    "store": {"name": "Gudang Rekaan", "lat": -5.5, "lon": 105.5},
    "vehicles": [
        {"name": "Truk Rekaan", "kind": "large", "number": 3, "officers": 3, "load_tps": 40}
    ],
}


def test_who_rides_with_the_boxes_is_of_the_units_that_are_free(bench: Bench) -> None:
    plan = made(bench, planner(**TRUCKS))
    aboard = of(plan, "escort")
    assert set(aboard["unit"]) == {"Siaga Rekaan"}
    assert plan.escort is not None
    assert aboard["officers"].sum() == plan.escort.routes["officers"].sum()
    assert set(aboard["stage"]) == {"logistics", "recap"}
    assert plan_faults(plan) == []
    assert len(plan.delays) == 2  # all start later, and the one boat is missed


def test_escorts_that_are_missing_are_told_and_not_made_up(bench: Bench) -> None:
    units = planner().model_dump(mode="json")["units"]
    plan = made(bench, planner(units=[*units[:2], {**units[2], "officers": 4}], **TRUCKS))
    aboard = of(plan, "escort")
    assert plan.escort is not None
    missing = plan.escort.routes["officers"].sum() - aboard["officers"].sum()
    assert missing > 0
    assert any("Kurang" in note for note in aboard["note"])
    assert any("Pengawalan logistik: kurang" in said for said in plan.unmet)
    assert plan_faults(plan) == []


def test_an_escort_that_did_not_change_is_not_planned_again(bench: Bench) -> None:
    first = made(bench, planner(**TRUCKS))
    settings = settings_of(bench)
    second = make_plan(settings, planner(**TRUCKS), WhatIf(officers=4), base=first)
    assert second.escort is first.escort
    closed = WhatIf(closed=(("99.99.01", "99.99.02"),))
    third = make_plan(settings, planner(**TRUCKS), closed, base=first)
    assert third.escort is not first.escort


# Side by side


def test_the_comparison_adds_up(bench: Bench, whole: Plan) -> None:
    same = compare_plans(side_of(whole), side_of(whole))
    assert same.is_same
    assert same.kept_teams == whole.totals["teams"]
    raised = made(bench, planner(extra_officers=6), reports=(Report(SAFE),))
    change = compare_plans(side_of(whole), side_of(raised))
    assert not change.is_same
    moved = sum(one.second - one.first for one in change.by_polsek)
    assert moved == raised.totals["officers_at_tps"] - whole.totals["officers_at_tps"]
    assert change.kept_teams + change.new_teams == raised.totals["teams"]
    assert change.kept_teams + change.gone_teams == whole.totals["teams"]
    assert any("Polsek Umpama" in line for line in change.lines("id"))


# What is refused


def test_too_few_people_is_one_sentence_with_rule_and_shortfall(bench: Bench) -> None:
    units = [{"name": "Unit Rekaan", "officers": 9, "base_code": "99.99.01"}]
    with pytest.raises(PlanImpossible) as refused:
        made(bench, planner(units=units))
    assert refused.value.rule == "minimum_cover"
    assert refused.value.shortfall > 0
    assert str(refused.value.shortfall) in str(refused.value)


def test_contradictions_are_told_by_name(bench: Bench) -> None:
    for changes, words in (
        ({"election": "pemilu2019"}, "the file plans pemilu2019"),
        ({"pattern": "lampung_pemilu2023"}, "Did you mean"),
        ({"units": [*planner().model_dump(mode="json")["units"][:1]] * 2}, "stands 2 times"),
        ({"boats": []}, "only a boat reaches"),
        (
            {"units": [{"name": "Personel tambahan", "officers": 90, "base_code": "99.99.01"}]},
            "Rename it",
        ),
    ):
        with pytest.raises(RawanError, match=words):
            made(bench, planner(**changes))


def test_a_withdrawn_run_is_not_planned_on(tmp_path: Path) -> None:
    bench = planned_region(tmp_path / "region")
    withdraw(settings_of(bench).output.private, RUN, "Penguji", "batas desa keliru")
    with pytest.raises(RawanError, match="was withdrawn by Penguji: batas desa keliru"):
        made(bench)


def test_a_run_without_draws_says_what_to_do(tmp_path: Path) -> None:
    bench = planned_region(tmp_path / "region")
    (bench.folder / "private" / RUN / "draws.parquet").unlink()
    with pytest.raises(RawanError, match="rawan run"):
        made(bench)


def test_a_plan_that_a_checker_faults_is_not_made(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = plan_voting

    def careless(*arguments: Any) -> Any:
        voting = real(*arguments)
        table = voting.static.table
        return replace(voting, static=replace(voting.static, table=table.slice(1)))

    monkeypatch.setattr(planning, "plan_voting", careless)
    with pytest.raises(PlanFaulty) as refused:
        made(bench)
    assert any("TPS not covered" in fault for fault in refused.value.faults)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (pl.col("officers") * 2, "would be in two places"),
        (pl.lit("Unit Lain").alias("unit"), "there is no unit Unit Lain"),
        (pl.lit("upacara").alias("task"), "there is no task upacara"),
        (pl.lit(-1).cast(pl.Int64).alias("officers"), "-1 officers"),
        (pl.lit(0).cast(pl.Int64).alias("tps"), "0 TPS are covered and there are 51"),
        (pl.lit("T00001").alias("team"), "tasks at one time"),
    ],
)
def test_the_whole_is_checked_by_its_rows_alone(whole: Plan, change: pl.Expr, words: str) -> None:
    spoiled = replace(whole, rows=whole.rows.with_columns(change))
    assert any(words in fault for fault in plan_faults(spoiled))


# What a planner writes on the command line

NAMES = Names(
    {"99.99.01.2001": "Sukarekaan", "99.99.02.2001": "Sukarekaan", SAFE: "Rejocontoh"},
    {"99.99.01": "Umpama"},
)


def test_places_may_be_written_as_name_or_code() -> None:
    whatif = read_whatif(
        NAMES,
        officers="+50",
        closed=["rejocontoh - 99.99.01.2001"],
        pins=["Unit = A=Umpama:3"],
        reports=["Rejocontoh=khusus", "99.99.02.2001"],
    )
    assert whatif.officers == 50
    assert whatif.closed == ((SAFE, "99.99.01.2001"),)
    assert (whatif.pins[0].unit, whatif.pins[0].place, whatif.pins[0].officers) == (
        "Unit = A",
        "99.99.01",
        3,
    )
    assert whatif.reports == (Report(SAFE, "khusus"), Report("99.99.02.2001"))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"officers": "lima"}, "is no number"),
        ({"officers": "+9999999"}, "cannot be planned"),
        ({"closed": ["Rejocontoh"]}, "Write it as"),
        ({"closed": ["Rejocontoh - Rejocontoh"]}, "the same place"),
        ({"closed": ["Rejocontoh - Sukarekaan"]}, "99.99.01.2001, 99.99.02.2001"),
        ({"pins": ["Unit A"]}, "is no pin"),
        ({"pins": ["Unit A=Rejocontoh:-2"]}, "is no pin"),
        ({"pins": ["Unit A=Rejocontho:2"]}, "Did you mean"),
        ({"reports": ["Umpama"]}, "A report is of a village"),
        ({"reports": ["Rejocontoh=gawat"]}, "is no class"),
        ({"reports": ["\x00"]}, "no such village"),
    ],
)
def test_what_cannot_be_read_is_told_with_the_way_out(options: Any, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        read_whatif(NAMES, **options)


def test_a_pin_of_an_unknown_unit_is_refused(bench: Bench) -> None:
    whatif = read_whatif(NAMES, pins=["Unit Rekan=Rejocontoh:2"])
    with pytest.raises(PlanRefused, match="Unit Rekaan"):
        make_plan(settings_of(bench), planner(), whatif)
