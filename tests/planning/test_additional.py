"""The plan for more people as rows: what it says, whom it leaves, and what it refuses."""

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from rawan.errors import RawanError
from rawan.planning.more.additional import Additional, plan_additional
from rawan.planning.more.request import Asked, ExtraPin
from rawan.planning.rows import PLAN_COLUMNS

VOTING = date(2024, 11, 27)
QUIET = (date(2024, 11, 25), date(2024, 11, 26))
ASKED = Asked(20, 0.15, VOTING, "voting", "Satuan Contoh", visit_days=QUIET)


def villages(seed: int = 1, units: int = 24) -> tuple[pl.DataFrame, NDArray[np.float64]]:
    random = np.random.default_rng(seed)
    rate = random.gamma(0.5, 0.2, units)
    draws = rate * random.gamma(2.0, 0.5, (60, units))
    frame = pl.DataFrame(
        {
            "village_code": [f"99.01.{1 + row % 4:02}.{2001 + row}" for row in range(units)],
            "village": [f"Desa Contoh {row}" for row in range(units)],
            "district": [f"Kecamatan Contoh {row % 4}" for row in range(units)],
            "polsek": [f"Polsek Contoh {row % 4}" for row in range(units)],
            "lat": -4.8 + random.random(units) / 5,
            "lon": 110.8 + random.random(units) / 5,
            "tps": random.integers(2, 20, units),
            "base": random.integers(0, 3, units),
            "is_blind_spot": random.random(units) < 0.4,
            "rank": np.argsort(np.argsort(-rate)) + 1,
            "class": ["rawan"] * units,
        }
    )
    return frame, draws


def plan(asked: Asked = ASKED, lang: Any = "en", **changed: Any) -> Additional:
    frame, draws = villages()
    frame = frame.with_columns(**changed)
    return plan_additional(frame, draws, draws.mean(axis=0), asked, lang)


def extra(found: Additional) -> pl.DataFrame:
    return found.rows.filter(pl.col("task") == "extra")


def test_the_rows_are_a_plan_table_and_a_sum_of_them_is_a_sum_of_people() -> None:
    found = plan()
    assert dict(found.rows.schema) == {
        k: v() if isinstance(v, type) else v for k, v in PLAN_COLUMNS.items()
    }
    assert extra(found)["officers"].sum() == 20
    assert extra(found)["team"].n_unique() == 10
    assert set(extra(found)["day"]) == {VOTING}


def test_every_sector_has_a_team_and_every_blind_spot_at_least_a_visit() -> None:
    frame, _ = villages()
    found = plan()
    assert set(extra(found)["polsek"]) == set(frame["polsek"])
    blind = set(frame.filter("is_blind_spot")["village_code"])
    assert blind <= set(found.rows["village_code"])
    assert not found.gave_way


def test_a_team_makes_no_more_visits_than_it_can_and_is_in_one_place_on_the_day() -> None:
    found = plan(replace(ASKED, visits=1, officers=10))
    visits = found.rows.filter(pl.col("task") == "visit")
    assert visits.group_by("team", "day").len()["len"].max() == 1
    assert set(visits["day"]) <= set(QUIET)
    sums = visits.group_by("team", "day").agg(pl.col("officers").sum())
    assert set(sums["officers"]) == {2}
    placed = set(extra(found)["village_code"])
    assert not placed & set(visits["village_code"])


def test_visits_that_are_left_out_are_told_by_name() -> None:
    frame, _ = villages()
    found = plan(replace(ASKED, visit_days=()))
    blind = frame.filter("is_blind_spot")
    without = set(blind["village_code"]) - set(extra(found)["village_code"])
    told = [line for line in found.gave_way if "Blind spot" in line]
    assert len(told) == len(without) > 0
    assert all(any(code in line for line in told) for code in without)


def test_too_few_teams_for_the_sectors_is_told_sector_by_sector() -> None:
    found = plan(replace(ASKED, officers=5))
    bare = {f"Polsek Contoh {n}" for n in range(4)} - set(extra(found)["polsek"])
    assert len(bare) == 2
    assert all(any(name in line for line in found.gave_way) for name in bare)
    assert any(line.startswith("1 officers have no place") for line in found.gave_way)


def test_a_pin_stays_and_is_marked() -> None:
    frame, _ = villages()
    last = frame.sort("rank")["village_code"][-1]
    first = frame.sort("rank")["village_code"][0]
    pins = (ExtraPin(last, 7), ExtraPin(first, 0, is_exact=True))
    found = extra(plan(replace(ASKED, pins=pins)))
    mine = found.filter(pl.col("village_code") == last)
    assert mine.height == 7
    assert mine["is_pinned"].all()
    assert mine["note"][0].startswith("Set by the planner.")
    assert first not in found["village_code"].to_list()


def test_which_rule_gives_way_is_the_planners_choice() -> None:
    frame, _ = villages()
    pins = tuple(
        ExtraPin(code, 1) for code in frame.filter(polsek="Polsek Contoh 0")["village_code"][:3]
    )
    few = replace(ASKED, officers=6, pins=pins)
    kept = extra(plan(replace(few, gives_way=("visit", "sector", "pin"))))
    assert set(kept["polsek"]) == {"Polsek Contoh 0"}
    fair = extra(plan(replace(few, gives_way=("visit", "pin", "sector"))))
    assert fair["polsek"].n_unique() == 3


def test_a_sector_closed_by_pins_is_told_as_closed() -> None:
    frame, _ = villages()
    closed = frame.filter(polsek="Polsek Contoh 2")["village_code"]
    found = plan(replace(ASKED, pins=tuple(ExtraPin(c, 0, is_exact=True) for c in closed)))
    assert [line for line in found.gave_way if "Polsek Contoh 2" in line and "cap allow" in line]


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=8)
def test_the_order_of_villages_changes_nothing(seed: int) -> None:
    frame, draws = villages()
    order = np.random.default_rng(seed).permutation(24)
    mine = plan_additional(frame, draws, draws[0], ASKED)
    other = plan_additional(frame[order], draws[:, order], draws[0][order], ASKED)
    assert other.rows.equals(mine.rows)
    assert other.stability.equals(mine.stability)
    assert other.gave_way == mine.gave_way
    assert other.curve.equals(mine.curve)
    assert other.comparison.equals(mine.comparison)


def test_the_curve_says_what_the_next_ten_buy() -> None:
    curve = plan().curve
    assert curve["officers"].to_list() == list(range(0, 41, 2))
    at = dict(zip(curve["officers"], curve["faced"], strict=True))
    bought = dict(zip(curve["officers"], curve["next_ten"], strict=True))
    assert bought[20] == pytest.approx(at[30] - at[20])
    assert bought[32] is None


def test_stability_and_comparison_are_there_for_those_who_doubt() -> None:
    found = plan()
    assert found.stability["chosen"].is_sorted(descending=True)
    assert found.stability["chosen"].is_between(0, 1).all()
    assert set(extra(found)["village_code"]) <= set(found.stability["village_code"])
    assert found.comparison["way"].to_list() == ["plan", "free", "point", "tps", "top"]
    plans = dict(zip(found.comparison["way"], found.comparison["faced"], strict=True))
    assert plans["free"] >= plans["plan"]
    assert plans["plan"] == pytest.approx(found.curve.filter(officers=20)["faced"][0])


def test_the_assumption_is_on_the_plan_in_both_languages() -> None:
    assert "one officer faces 15 %" in plan(lang="en").assumptions[0]
    assert "satu personel menghadapi 15 %" in plan(lang="id").assumptions[0]
    assert "not calibrated" in plan(replace(ASKED, is_calibrated=False)).assumptions[-1]
    rows = plan(lang="id").rows.filter(task="visit")
    assert rows["note"][0].startswith("Titik buta")


def test_villages_without_a_point_are_visited_all_the_same() -> None:
    found = plan(lat=pl.lit(None, pl.Float64))
    visits = found.rows.filter(task="visit")
    assert visits.height > 0
    assert visits["km"].null_count() == visits.height


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"officers": -1}, "officers are -1"),
        ({"team": 0}, "officers of a team are 0"),
        ({"cap": 0}, "most teams in a village are 0"),
        ({"q": 1.0}, "q is 1.0"),
        ({"visit_days": (VOTING,)}, "visits must be made before 2024-11-27"),
        ({"visit_days": (QUIET[0], QUIET[0])}, "stands twice"),
        ({"gives_way": ("pin",)}, "gives_way must name each"),
        ({"pins": (ExtraPin("99.01.01.2999", 1),)}, 'no village "99.01.01.2999"'),
        ({"pins": (ExtraPin("99.01.01.2001", -1),)}, "-1 teams"),
        ({"pins": (ExtraPin("99.01.01.2001", 1), ExtraPin("99.01.01.2001", 2))}, "pinned twice"),
    ],
)
def test_a_request_that_contradicts_itself_is_told_in_a_sentence(
    change: dict[str, Any], told: str
) -> None:
    with pytest.raises(RawanError, match=told):
        plan(replace(ASKED, **change))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"tps": pl.lit(-1)}, "village 99.01.01.2001: tps is empty, negative"),
        ({"tps": pl.lit(0)}, "none of them has a TPS"),
        ({"base": pl.lit(float("nan"))}, "base is empty, negative or no number"),
        ({"polsek": pl.lit(None, pl.String)}, "has no polsek"),
        ({"village_code": pl.lit("99.01.01.2001")}, "stands twice"),
    ],
)
def test_a_table_that_cannot_be_planned_with_is_told_in_a_sentence(
    change: dict[str, pl.Expr], told: str
) -> None:
    with pytest.raises(RawanError, match=told):
        plan(**change)


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(RawanError) as raised:
        plan(replace(ASKED, officers=-1, q=2.0, pins=(ExtraPin("x", 1),)))
    assert len(str(raised.value).splitlines()) == 3


def test_draws_of_other_villages_are_refused() -> None:
    frame, draws = villages()
    with pytest.raises(RawanError, match="24 rows, but draws for 23"):
        plan_additional(frame, draws[:, 1:], draws[0][1:], ASKED)
    with pytest.raises(RawanError, match="negative"):
        plan_additional(frame, -draws, draws[0], ASKED)
