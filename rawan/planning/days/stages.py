"""People over the days of the stages: needs by the calendar, and the roster as plan-table rows.

Owns the way from a stage's rule to needs by day and place, and from duties to rows. Who goes where
is decided in `models/shifts.py`; whether the rows keep what was asked looks `checker.py`,
which shares no code with either.

Officers are numbers of their unit, never names: the team "Unit Contoh 3-7" is its officers 3 to 7.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from math import ceil
from typing import Literal

import polars as pl

from models.shifts import Crew, Duty, Need, plan_shifts
from rawan.calendar import Election
from rawan.errors import RawanError, did_you_mean
from rawan.planning.rows import plan_rows
from rawan.publishing.texts import text
from rawan.settings import Language

Per = Literal["sector", "district", "tps", "region"]
Task = Literal["recap", "patrol", "escort", "tps", "reserve"]

_SAME = "|"
_NEEDS = {
    "stage": pl.String,
    "day": pl.Date,
    "task": pl.String,
    "polsek": pl.String,
    "district": pl.String,
    "officers": pl.Int64,
    "is_long": pl.Boolean,
}
_UNMET = {**{name: kind for name, kind in _NEEDS.items() if name != "is_long"}, "unmet": pl.Int64}


@dataclass(frozen=True)
class StageNeed:
    """A rule of the planner: so many officers in a stage.

    Attributes
    ----------
    officers : for each sector, kecamatan, TPS (a part of an officer may be meant; a kecamatan's
        sum is rounded up) or for the region as a whole.
    weight : what an officer missing counts, such as the stage's risk; above zero.
    is_long : it goes on through the night, such as voting with the count: rest follows.
    days : first and last day, where they are not the stage's own.
    only : units that may do it; empty for any.
    """

    stage: str
    task: Task
    officers: float
    per: Per
    weight: float = 1.0
    is_long: bool = False
    days: tuple[date, date] | None = None
    only: tuple[str, ...] = ()


@dataclass(frozen=True)
class StagePlan:
    """The roster as tables.

    Attributes
    ----------
    rows : a plan table.
    asked : what was asked for, by stage, day, task and place.
    unmet : the same, with the officers that are missing; needs that are met are not there.
    weighted, bound : unmet need, weighted, and the least that any roster leaves.
    moves : times that an officer is sent to another sector.
    """

    rows: pl.DataFrame
    asked: pl.DataFrame
    unmet: pl.DataFrame
    weighted: float
    bound: float
    moves: int


def plan_stages(
    election: Election,
    rules: Sequence[StageNeed],
    areas: pl.DataFrame,
    officers: Mapping[str, int],
    homes: Mapping[str, str],
    *,
    most_days: int = 5,
    km: Mapping[tuple[str, str], float] | None = None,
    lang: Language = "id",
) -> StagePlan:
    """Plan people over the stages' days.

    Parameters
    ----------
    rules : what each stage needs.
    areas : one row a kecamatan: `district_code`, `district`, `polsek`, `tps`.
    officers : of each unit.
    homes : the polsek in which a unit stands, where it has one.
    most_days : duty days in a row after which a day of rest must follow.
    km : way from one polsek to another; where not given, one is as far as the other.

    Raises
    ------
    RawanError
        If a rule or a unit cannot be; the message names it.
    """
    first = _first_day(election, rules)
    wanted = _needs(election, rules, areas, officers, first)
    crews = [Crew(unit, number, homes.get(unit, "")) for unit, number in officers.items()]
    for crew in crews:
        if crew.officers < 0:
            raise RawanError(f'unit "{crew.name}": has {crew.officers} officers. Give 0 or more.')
    if most_days < 1:
        raise RawanError(f"most duty days in a row: {most_days}. Give 1 or more.")
    plan = plan_shifts(crews, wanted, most_days, km)
    names = dict(zip(areas["district_code"], areas["district"], strict=True))
    told = [_told(need, first, names) for need in plan.needs]
    rows = plan_rows(_row(duties, plan.needs, told, lang) for duties in _teams(plan.duties))
    unmet = [
        {**here, "unmet": missing}
        for here, missing in zip(told, plan.unmet, strict=True)
        if missing
    ]
    return StagePlan(
        rows,
        pl.DataFrame(told, schema=_NEEDS),
        pl.DataFrame([{k: row[k] for k in _UNMET} for row in unmet], schema=_UNMET),
        plan.weighted,
        plan.bound,
        plan.moves,
    )


def _first_day(election: Election, rules: Iterable[StageNeed]) -> date:
    days = [_days(election, rule)[0] for rule in rules]
    if not days:
        raise RawanError("the stages ask for nobody: give at least one need.")
    return min(days)


def _days(election: Election, rule: StageNeed) -> tuple[date, date]:
    """Return the first and last day of a rule.

    Raises
    ------
    RawanError
        If the calendar does not have the stage, or the days lie outside it.
    """
    stage = election.stages.get(rule.stage)
    if stage is None:
        raise RawanError(
            f'need "{rule.task}": the calendar gives no stage "{rule.stage}" for {election.id}.'
            f"{did_you_mean(rule.stage, election.stages)}"
        )
    first, last = rule.days or (stage.start, stage.end)
    if not stage.start <= first <= last <= stage.end:
        raise RawanError(
            f'need "{rule.task}" in stage "{rule.stage}": {first} to {last} is not within the '
            f"stage's own days, {stage.start} to {stage.end}."
        )
    return first, last


def _needs(
    election: Election,
    rules: Sequence[StageNeed],
    areas: pl.DataFrame,
    officers: Mapping[str, int],
    start: date,
) -> list[Need]:
    found: list[Need] = []
    seen: set[tuple[int, str, str, str]] = set()
    for rule in rules:
        _refuse(rule, officers)
        first, last = _days(election, rule)
        for number in range((last - first).days + 1):
            day = (first - start).days + number
            for polsek, district, people in _places(rule, areas):
                key = (day, rule.stage, polsek, f"{rule.task}{_SAME}{district}")
                if key in seen:
                    raise RawanError(
                        f'need "{rule.task}" in stage "{rule.stage}": asked for twice on '
                        f"{start + timedelta(days=day)} at {polsek or 'the region'}. Keep one."
                    )
                seen.add(key)
                found.append(Need(*key, people, rule.weight, rule.is_long, rule.only))
    return found


def _refuse(rule: StageNeed, officers: Mapping[str, int]) -> None:
    name = f'need "{rule.task}" in stage "{rule.stage}"'
    if not 0 <= rule.officers < 1e6 or not 0 < rule.weight < 1e6:
        raise RawanError(
            f"{name}: {rule.officers} officers with weight {rule.weight}. Officers must be 0 or "
            "more, the weight above 0."
        )
    for unit in rule.only:
        if unit not in officers:
            raise RawanError(f'{name}: there is no unit "{unit}".{did_you_mean(unit, officers)}')


def _places(rule: StageNeed, areas: pl.DataFrame) -> list[tuple[str, str, int]]:
    """Return polsek, district code and officers of each place of a rule; '' is the whole."""
    if rule.per == "region":
        return [("", "", ceil(rule.officers))]
    if rule.per == "sector":
        return [(polsek, "", ceil(rule.officers)) for polsek in sorted(set(areas["polsek"]))]
    rows = sorted(areas.select("polsek", "district_code", "tps").iter_rows())
    if rule.per == "district":
        return [(polsek, code, ceil(rule.officers)) for polsek, code, _ in rows]
    # A sum that is whole but for the last bit is whole.
    return [(polsek, code, ceil(rule.officers * tps - 1e-9)) for polsek, code, tps in rows]


def _told(need: Need, first: date, names: Mapping[str, str]) -> dict[str, object]:
    task, code = need.task.split(_SAME)
    return {
        "stage": need.stage,
        "day": first + timedelta(days=need.day),
        "task": task,
        "polsek": need.place or None,
        "district": names[code] if code else None,
        "officers": need.officers,
        "is_long": need.is_long,
    }


def _teams(duties: Iterable[Duty]) -> Iterable[list[Duty]]:
    """Return the officers of a unit with the same duty, in runs of numbers that follow on."""
    ordered = sorted(duties, key=lambda d: (d.day, d.need, d.crew, d.officer))
    for _, same in groupby(ordered, key=lambda d: (d.day, d.need, d.crew)):
        for _, run in groupby(enumerate(same), key=lambda item: item[1].officer - item[0]):
            yield [duty for _, duty in run]


def _row(
    duties: list[Duty],
    needs: Sequence[Need],
    told: Sequence[Mapping[str, object]],
    lang: Language,
) -> dict[str, object]:
    unit, first, last = duties[0].crew, duties[0].officer, duties[-1].officer
    here = told[duties[0].need]
    is_long = needs[duties[0].need].is_long
    return {
        **{name: here[name] for name in ("stage", "day", "task", "polsek", "district")},
        "team": f"{unit} {first}-{last}",
        "unit": unit,
        "officers": len(duties),
        "rule": "stage",
        "note": text("plan_extra.stage.long", lang) if is_long else None,
    }
