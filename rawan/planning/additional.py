"""More people under uncertainty: from a table of villages to plan rows, curve and stability.

Owns the planner's words for it: pins, reasons, which rule gave way, and who visits which blind
spot. Where the teams go is decided in `models/extra.py`; the simple rules it is held against are in
`models/extra_beside.py`.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from models.additive import Array
from models.extra import ExtraPlan, GaveWay, plan_extra
from models.extra_beside import compare, on_expected, proportional, top_of_list, without_rules
from models.extra_terms import RULES, Counts, Places, Saturating, Terms
from rawan.errors import RawanError, did_you_mean
from rawan.planning.additional_tables import (
    comparison_frame,
    curve_frame,
    stability_frame,
)
from rawan.planning.additional_visits import visit_rows
from rawan.planning.plan_rows import plan_rows
from rawan.publishing.texts import number, text
from rawan.settings import Language

NEEDED = (
    *("village_code", "village", "district", "polsek", "lat", "lon", "tps", "base"),
    *("is_blind_spot", "rank"),
)


@dataclass(frozen=True)
class ExtraPin:
    """The planner's word on a village: so many teams, at least or exactly."""

    village_code: str
    teams: int
    is_exact: bool = False


@dataclass(frozen=True)
class Asked:
    """What the planner asks for.

    Attributes
    ----------
    officers : how many more, in teams of `team`.
    q : share of a village's expected incidents that one officer faces; an assumption.
    day, stage, unit : of the duty, and the unit that the officers belong to.
    visit_days : days before, on which the teams visit blind spots, `visits` a team a day.
    cap : most teams in a village.
    gives_way : rules in the order in which they give way.
    """

    officers: int
    q: float
    day: date
    stage: str
    unit: str
    team: int = 2
    visit_days: tuple[date, ...] = ()
    visits: int = 4
    cap: int = 5
    pins: tuple[ExtraPin, ...] = ()
    gives_way: tuple[str, ...] = RULES
    is_calibrated: bool = True


@dataclass(frozen=True)
class Additional:
    """The plan as tables, and sentences for those who read it.

    Attributes
    ----------
    rows : a plan table: tasks `extra` and `visit`.
    curve : by officers: `faced, low, high, next_ten, without_rules`.
    stability : by village: `teams, chosen, expected, low, high, rule`; a village that neither is
        chosen nor could have been is not there.
    comparison : the plan beside simple rules, under the same draws.
    gave_way, assumptions : sentences for the reader.
    """

    rows: pl.DataFrame
    curve: pl.DataFrame
    stability: pl.DataFrame
    comparison: pl.DataFrame
    gave_way: tuple[str, ...]
    assumptions: tuple[str, ...]


def plan_additional(
    villages: pl.DataFrame,
    draws: Array,
    point: Array,
    asked: Asked,
    lang: Language = "id",
) -> Additional:
    """Plan where so many more officers go.

    Parameters
    ----------
    villages : n rows with `NEEDED`; `base` officers are planned there already; `lat`, `lon` may be
        empty. `class` is carried over where it is there.
    draws : (s, n) expected incidents in each draw, in the order of the rows.
    point : (n,) the same by point scores, for comparison.

    Raises
    ------
    RawanError
        If the request contradicts itself or the table; one sentence for each mistake.
    """
    _refuse(villages, draws, point, asked)
    # In the order of codes, and laid out alike: not a bit may depend on the order of rows.
    order = villages["village_code"].arg_sort().to_numpy()
    villages, point = villages[order], point[order]
    draws = np.ascontiguousarray(draws[:, order])
    places = _places(villages, asked)
    terms = Terms(
        officers=asked.officers,
        effect=Saturating(asked.q),
        team=asked.team,
        visits=asked.visits * len(asked.visit_days),
        gives_way=asked.gives_way,
        curve_officers=2 * asked.officers,
    )
    plan = plan_extra(draws, places, terms)
    reasons = _reasons(plan, draws, villages, lang)
    extra = _extra_rows(plan, villages, asked, reasons, lang)
    visits = visit_rows(extra, villages, plan.visited, draws.mean(axis=0), asked, lang)
    others = {
        "free": plan_extra(draws, without_rules(places, places.most), terms).teams,
        "point": on_expected(point, places, terms),
        "tps": proportional(_numbers(villages, "tps"), places, terms.teams),
        "top": top_of_list(_numbers(villages, "rank"), places, terms.teams),
    }
    beside = compare(draws, places, terms, plan.teams, others)
    return Additional(
        rows=plan_rows([*extra, *visits]),
        curve=curve_frame(plan.curve),
        stability=stability_frame(plan, draws, villages),
        comparison=comparison_frame(plan, beside, lang),
        gave_way=_told(plan, places, villages, asked.gives_way, lang),
        assumptions=_assumptions(asked, lang),
    )


def _refuse(villages: pl.DataFrame, draws: Array, point: Array, asked: Asked) -> None:
    """Tell all that is wrong with a request at once."""
    absent = [name for name in NEEDED if name not in villages.columns]
    if absent:
        raise RawanError(f"villages: the column {absent[0]} is missing.")
    units = villages.height
    if draws.ndim != 2 or draws.shape[1] != units or len(point) != units or not units:
        raise RawanError(
            f"villages: {units} rows, but draws for {draws.shape[-1]}. Run rawan run again."
        )
    wrong: list[str] = []
    for name, value, least in (
        ("officers", asked.officers, 0),
        ("officers of a team", asked.team, 1),
        ("visits a team a day", asked.visits, 0),
        ("most teams in a village", asked.cap, 1),
    ):
        if value < least:
            wrong.append(f"more people: {name} are {value}. Give {least} or more.")
    if not 0 < asked.q < 1:
        wrong.append(f"more people: q is {asked.q}. Give a share between 0 and 1.")
    if any(day >= asked.day for day in asked.visit_days):
        wrong.append(f"more people: visits must be made before {asked.day}, the day of the duty.")
    if len(set(asked.visit_days)) < len(asked.visit_days):
        wrong.append("more people: a day of visits stands twice.")
    if sorted(asked.gives_way) != sorted(RULES):
        wrong.append(f"more people: gives_way must name each of {', '.join(RULES)} once.")
    for name in ("tps", "base", "rank"):
        column = pl.col(name).cast(pl.Float64)
        good = (column.is_finite() & (column >= 0)).fill_null(False)
        bad = villages.filter(~good)["village_code"]
        if len(bad):
            wrong.append(f"village {bad[0]}: {name} is empty, negative or no number.")
    without = villages.filter(pl.col("polsek").is_null())["village_code"]
    if len(without):
        wrong.append(f"village {without[0]}: has no polsek. Name one, so that it has a sector.")
    if not (
        np.isfinite(draws).all() and np.isfinite(point).all() and min(draws.min(), point.min()) >= 0
    ):
        wrong.append("draws: a number of expected incidents is negative or no number.")
    if not wrong and villages["tps"].sum() == 0:
        wrong.append("villages: none of them has a TPS.")
    codes = villages["village_code"].to_list()
    wrong += [f"village {code}: stands twice." for code in sorted(_twice(codes))]
    wrong += _wrong_pins(asked, codes)
    if wrong:
        raise RawanError("\n".join(wrong))


def _wrong_pins(asked: Asked, codes: Sequence[str]) -> list[str]:
    pinned = [pin.village_code for pin in asked.pins]
    known = set(codes)
    wrong = [f"pin: village {code} is pinned twice. Keep one." for code in sorted(_twice(pinned))]
    for pin in asked.pins:
        if pin.village_code not in known:
            hint = did_you_mean(pin.village_code, codes)
            wrong.append(f'pin: there is no village "{pin.village_code}".{hint}')
        if pin.teams < 0:
            wrong.append(f"pin of village {pin.village_code}: {pin.teams} teams. Give 0 or more.")
    return wrong


def _twice(names: Sequence[str]) -> set[str]:
    return {name for name, times in Counter(names).items() if times > 1}


def _numbers(villages: pl.DataFrame, name: str) -> Array:
    return villages[name].cast(pl.Float64).to_numpy()


def _places(villages: pl.DataFrame, asked: Asked) -> Places:
    """Return the villages as the model takes them. A pin above the cap raises it there."""
    row = {code: place for place, code in enumerate(villages["village_code"])}
    least: Counts = np.zeros(villages.height, dtype=np.int64)
    most: Counts = np.full(villages.height, asked.cap, dtype=np.int64)
    for pin in asked.pins:
        place = row[pin.village_code]
        least[place] = pin.teams
        most[place] = pin.teams if pin.is_exact else max(asked.cap, pin.teams)
    return Places(
        tuple(villages["village_code"]),
        tuple(villages["polsek"]),
        _numbers(villages, "base"),
        villages["is_blind_spot"].to_numpy(),
        least,
        most,
    )


def _reasons(
    plan: ExtraPlan, draws: Array, villages: pl.DataFrame, lang: Language
) -> dict[int, str]:
    """Return the sentence of each village that gets a team."""
    low, high = np.quantile(draws, [0.05, 0.95], axis=0)
    mean = draws.mean(axis=0)
    told: dict[int, str] = {}
    for row in np.flatnonzero(plan.teams).tolist():
        gain = text("plan_extra.reason.gain", lang).format(
            expected=number(mean[row], lang),
            low=number(low[row], lang),
            high=number(high[row], lang),
            chosen=number(100 * plan.chosen[row], lang, 0),
        )
        why = plan.reason[row]
        sector = villages["polsek"][row]
        told[row] = (
            gain
            if why == "gain"
            else text(f"plan_extra.reason.{why}", lang).format(gain=gain, sector=sector)
        )
    return told


def _extra_rows(
    plan: ExtraPlan,
    villages: pl.DataFrame,
    asked: Asked,
    reasons: Mapping[int, str],
    lang: Language,
) -> list[dict[str, Any]]:
    """Return a row for each team, numbered in the order of codes."""
    pinned = {pin.village_code for pin in asked.pins}
    frame = (
        villages
        if "class" in villages.columns
        else villages.with_columns(pl.lit(None, pl.String).alias("class"))
    )
    rows: list[dict[str, Any]] = []
    for place, village in enumerate(frame.iter_rows(named=True)):
        rows += [
            {
                "stage": asked.stage,
                "day": asked.day,
                "task": "extra",
                "team": f"{asked.unit} T{len(rows) + 1 + more}",
                "unit": asked.unit,
                "officers": asked.team,
                **{name: village[name] for name in ("polsek", "district", "village_code")},
                "village": village["village"],
                "class": village["class"],
                "is_pinned": village["village_code"] in pinned,
                "rule": text(f"plan_extra.rule.{plan.reason[place]}", lang),
                "note": reasons[place],
            }
            for more in range(int(plan.teams[place]))
        ]
    return rows


def _told(
    plan: ExtraPlan,
    places: Places,
    villages: pl.DataFrame,
    gives_way: Sequence[str],
    lang: Language,
) -> tuple[str, ...]:
    """Return a sentence for each rule that gave way, in the planner's order, and who is left."""
    names = dict(zip(villages["village_code"], villages["village"], strict=True))
    open_ = {s for s, most in zip(places.sector, places.most, strict=True) if most}

    def sentence(gone: GaveWay) -> str:
        key = gone.rule
        if key == "sector" and gone.place not in open_:
            key = "sector_closed"
        place = f"{names[gone.place]} ({gone.place})" if gone.place in names else gone.place
        return text(f"plan_extra.gave_way.{key}", lang).format(place=place, short=gone.short)

    told = [sentence(gone) for rule in gives_way for gone in plan.gave_way if gone.rule == rule]
    if plan.left:
        told.append(text("plan_extra.gave_way.left", lang).format(left=plan.left))
    return tuple(told)


def _assumptions(asked: Asked, lang: Language) -> tuple[str, ...]:
    effect = Saturating(asked.q)
    two = float(effect(np.array([2.0]))[0])
    told = [
        text("plan_extra.assumption", lang).format(
            q=number(100 * asked.q, lang, 0), two=number(100 * two, lang, 0)
        )
    ]
    if asked.visit_days:
        told.append(text("plan_extra.visit_rule", lang).format(visits=asked.visits))
    if not asked.is_calibrated:
        told.append(text("plan_extra.shares_note", lang))
    return tuple(told)
