"""People over the days of the stages, and a checker that finds what is wrong with a roster."""

from dataclasses import replace
from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rawan.calendar import Election, Stage
from rawan.errors import RawanError
from rawan.planning.days.checker import check_stages
from rawan.planning.days.stages import StageNeed, StagePlan, plan_stages

AREAS = pl.DataFrame(
    {
        "district_code": ["99.01.01", "99.01.02", "99.01.03"],
        "district": ["Contoh Satu", "Contoh Dua", "Contoh Tiga"],
        "polsek": ["Polsek A", "Polsek A", "Polsek B"],
        "tps": [10, 6, 13],
    }
)
OFFICERS = {"Polsek A": 9, "Polsek B": 6, "Satuan Contoh": 12}
HOMES = {"Polsek A": "Polsek A", "Polsek B": "Polsek B"}


def stage(name: str, first: date, last: date) -> Stage:
    return Stage(name, first, last, {"id": name, "en": name})


ELECTION = Election(
    "simulasi2024",
    "regional",
    date(2024, 11, 27),
    {"id": "SIMULASI", "en": "SIMULASI"},
    {
        s.id: s
        for s in (
            stage("logistics", date(2024, 11, 24), date(2024, 11, 26)),
            stage("quiet", date(2024, 11, 24), date(2024, 11, 26)),
            stage("voting", date(2024, 11, 27), date(2024, 11, 27)),
            stage("recap", date(2024, 11, 27), date(2024, 12, 16)),
        )
    },
)
NEEDS = (
    StageNeed("logistics", "patrol", 2, "district"),
    StageNeed("quiet", "patrol", 1, "sector"),
    StageNeed("voting", "tps", 0.5, "tps", weight=3.0, is_long=True),
    StageNeed("recap", "recap", 2, "district", 2.0, days=(date(2024, 11, 28), date(2024, 12, 3))),
    StageNeed("recap", "reserve", 3, "region", days=(date(2024, 11, 28), date(2024, 12, 3))),
)


def plan(needs: tuple[StageNeed, ...] = NEEDS, **other: Any) -> StagePlan:
    given_ = {"officers": OFFICERS, "homes": HOMES, "most_days": 5, "lang": "en"} | other
    return plan_stages(
        ELECTION, needs, AREAS, given_.pop("officers"), given_.pop("homes"), **given_
    )


def wrongs(found: StagePlan, most_days: int = 5, **changed: pl.DataFrame) -> list[str]:
    tables = {"rows": found.rows, "asked": found.asked, "unmet": found.unmet} | changed
    return check_stages(**tables, officers=OFFICERS, most_days=most_days)


def test_needs_follow_the_calendar_and_the_rule() -> None:
    asked = plan().asked
    voting = asked.filter(stage="voting")
    assert set(voting["day"]) == {date(2024, 11, 27)}
    assert dict(zip(voting["district"], voting["officers"], strict=True)) == {
        "Contoh Satu": 5,
        "Contoh Dua": 3,
        "Contoh Tiga": 7,
    }
    assert asked.filter(stage="recap", task="recap")["day"].n_unique() == 6
    assert asked.filter(stage="logistics").height == 9
    assert asked.filter(stage="quiet").height == 6
    assert asked.filter(task="reserve")["polsek"].null_count() == 6


def test_the_roster_stands_before_a_checker_that_knows_nothing_of_the_solver() -> None:
    found = plan()
    assert wrongs(found) == []
    assert found.weighted == pytest.approx(found.bound)
    assert found.rows["officers"].sum() + found.unmet["unmet"].sum() == (
        found.asked["officers"].sum()
    )


def test_what_is_unmet_is_told_by_day_and_place() -> None:
    # Of 27 officers, 15 are up for the night of the count and rest on the next day.
    found = plan(officers={**OFFICERS, "Satuan Contoh": 2})
    assert set(found.unmet["day"]) == {date(2024, 11, 28)}
    assert found.unmet["unmet"].min() > 0
    assert found.unmet["polsek"].null_count() < found.unmet.height


@given(
    st.dictionaries(st.sampled_from(sorted(OFFICERS)), st.integers(0, 8), min_size=1),
    st.integers(1, 4),
)
@settings(max_examples=15)
def test_however_few_there_are_nobody_is_in_two_places(
    officers: dict[str, int], most_days: int
) -> None:
    found = plan(officers=officers, most_days=most_days)
    tables = (found.rows, found.asked, found.unmet)
    assert check_stages(*tables, officers=officers, most_days=most_days) == []


def test_the_order_of_rules_units_and_areas_changes_nothing() -> None:
    mine = plan()
    other = plan_stages(
        ELECTION, NEEDS[::-1], AREAS[::-1], dict(reversed(OFFICERS.items())), HOMES, lang="en"
    )
    assert other.rows.equals(mine.rows)
    assert other.unmet.equals(mine.unmet)


def test_a_need_that_is_one_units_own_is_met_by_it_alone() -> None:
    rule = StageNeed("quiet", "patrol", 2, "sector", only=("Satuan Contoh",))
    assert set(plan((rule,)).rows["unit"]) == {"Satuan Contoh"}


def test_the_checker_finds_an_officer_in_two_places() -> None:
    found = plan()
    twice = found.rows[0].with_columns(polsek=pl.lit("Polsek B"), district=pl.lit("Contoh Tiga"))
    told = wrongs(found, rows=pl.concat([found.rows, twice]))
    assert any("is in two places" in line for line in told)


def test_the_checker_finds_who_had_no_rest() -> None:
    found = plan()
    night = found.rows.filter(task="tps")[0]
    next_day = night.with_columns(day=pl.lit(date(2024, 11, 28)), task=pl.lit("recap"))
    told = wrongs(found, rows=pl.concat([found.rows, next_day]))
    assert any("has no rest after the night of 2024-11-27" in line for line in told)
    assert any("more than 2 days in a row" in line for line in wrongs(found, most_days=2))


def test_the_checker_finds_a_need_that_was_hidden() -> None:
    found = plan()
    assert any("were asked for" in line for line in wrongs(found, rows=found.rows[1:]))
    few = plan(officers={"Polsek A": 1})
    told = check_stages(few.rows, few.asked, few.unmet[1:], {"Polsek A": 1}, 5)
    assert len([line for line in told if "were asked for" in line]) == 1


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"team": pl.lit("Polsek A 1-99")}, "goes beyond the"),
        ({"team": pl.lit("Polsek A")}, "is no unit with numbers"),
        ({"unit": pl.lit("Satuan Lain")}, "is no unit with numbers"),
        ({"officers": pl.col("officers") + 1}, "is told to have"),
    ],
)
def test_the_checker_finds_teams_that_cannot_be(change: dict[str, pl.Expr], told: str) -> None:
    found = plan()
    assert any(told in line for line in wrongs(found, rows=found.rows.with_columns(**change)))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"stage": "campain"}, "the calendar gives no stage"),
        ({"officers": -1}, "-1 officers"),
        ({"weight": 0.0}, "the weight above 0"),
        ({"only": ("Satuan Lain",)}, 'there is no unit "Satuan Lain"'),
        ({"days": (date(2024, 11, 1), date(2024, 11, 2))}, "not within the stage's own days"),
    ],
)
def test_a_rule_that_cannot_be_is_told_in_a_sentence(change: dict[str, Any], told: str) -> None:
    with pytest.raises(RawanError, match=told):
        plan((replace(NEEDS[0], **change),))


def test_contradictions_between_rules_and_units_are_told() -> None:
    with pytest.raises(RawanError, match="asked for twice on 2024-11-24"):
        plan((NEEDS[0], NEEDS[0]))
    with pytest.raises(RawanError, match="ask for nobody"):
        plan(())
    with pytest.raises(RawanError, match="has -1 officers"):
        plan(officers={"Polsek A": -1})
    with pytest.raises(RawanError, match="Give 1 or more"):
        plan(most_days=0)
