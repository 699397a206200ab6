"""More people under uncertainty: from a table of villages to plan rows, curve and stability.

Owns the way from a request (`request.py`) to rows with reasons, and what is told of
rules that gave way. Where the teams go is decided in `models/extra.py`; the simple rules it is held
against are in `models/extra_beside.py`, the rounds of visits in `visits.py`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from models.additive import Array
from models.extra import ExtraPlan, GaveWay, plan_extra
from models.extra_beside import compare, on_expected, proportional, top_of_list, without_rules
from models.extra_terms import Counts, Places, Saturating, Terms
from rawan.planning.more.request import Asked, refuse
from rawan.planning.more.tables import (
    comparison_frame,
    curve_frame,
    stability_frame,
)
from rawan.planning.more.visits import visit_rows
from rawan.planning.rows import plan_rows
from rawan.publishing.texts import number, text
from rawan.settings import Language


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
    refuse(villages, draws, point, asked)
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
