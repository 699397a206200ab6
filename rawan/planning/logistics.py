"""The escort of ballot boxes within a plan: its task, and whose people ride with what.

Owns the way between the escort and the roster: how many ride on which day of which stage, and
their units on the escort's rows. Routes and times are `escort/plan.py`'s, who serves on which day
is `days/stages.py`'s.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl

from rawan.calendar import Election
from rawan.planning.escort.checker import check_escort
from rawan.planning.escort.delays import Delay, under_delay
from rawan.planning.escort.inputs import EscortOptions, EscortTask
from rawan.planning.escort.plan import EscortPlan, plan_escort
from rawan.planning.escort.tables import escort_task
from rawan.planning.inputs import Region, Run
from rawan.planning.rules.polling import polling_table
from rawan.planning.rules.resources import Resources
from rawan.publishing.texts import number, text
from rawan.settings import Language

SOLUTIONS = 100
"""Where the search of routes stops: seconds for a regency; its bound is told with the plan."""
DELAY_HOURS = 2.0
Riding = Mapping[tuple[str, date], int]


def logistics_task(
    region: Region, run: Run | None, resources: Resources, tps: pl.DataFrame
) -> EscortTask | None:
    """Return the task of the escort; None where the planner gives no store or no vehicle.

    Parameters
    ----------
    run : whose logistics index says how risky a stop is; without one, none is.

    Raises
    ------
    RawanError
        If a seat, a point or the boat to an island is missing.
    """
    if resources.store is None or not resources.vehicles:
        return None
    points = [pl.col(name).cast(pl.Float64, strict=False) for name in ("lat", "lon")]
    index: dict[str, float] = {}
    if run is not None:
        listed = run.ranking.filter(pl.col("hazard") == "logistics")
        index = dict(listed.select("village_code", "index").drop_nulls().iter_rows())
    options = EscortOptions(
        voting_day=region.election.voting_day,
        weather_slack_hours=resources.weather_slack_hours,
        detour_factor=resources.detour_factor,
        solutions=SOLUTIONS,
        **_days(region.election),
    )
    return escort_task(
        tps,
        pl.DataFrame(region.files.villages).with_columns(points),
        pl.DataFrame(region.files.districts),
        resources.store,
        resources.vehicles,
        resources.boats,
        options,
        index,
        region.roads,
        {(road.from_code, road.to_code): road.reason for road in resources.closed_roads},
    )


def bare_task(region: Region, resources: Resources, lang: Language) -> EscortTask | None:
    """Return the task of the escort without any ranking, to hold a published one against."""
    tps = polling_table(region.files, region.election.id, lang=lang).frame
    return logistics_task(region, None, resources, tps)


def planned_logistics(
    task: EscortTask | None, before: EscortPlan | None, lang: Language
) -> EscortPlan | None:
    """Plan the escort, or take the one that was planned before if its task is the same."""
    if task is None:
        return None
    if before is not None and before.task == task:
        return before
    return plan_escort(task, lang)


def delayed(escort: EscortPlan, resources: Resources, lang: Language) -> dict[str, pl.DataFrame]:
    """Return what comes late if all start later, and if a boat is missed, by its words."""
    hours = number(DELAY_HOURS, lang, 0)
    found = {
        text("plan.delay.start", lang).format(hours=hours): under_delay(
            escort, Delay(start_hours=DELAY_HOURS), lang
        )
    }
    used = {crossing.name for crossing in escort.task.crossings}
    for boat in resources.boats:
        if boat.name in used:
            said = text("plan.delay.boat", lang).format(boat=boat.name)
            found[said] = under_delay(escort, Delay(boats_missed=(boat.name,)), lang)
    return found


def riding(escort: EscortPlan, election: Election) -> tuple[dict[tuple[str, date], int], list[str]]:
    """Return the officers aboard by stage and day, and the escort's stages outside any stage."""
    aboard: Counter[tuple[str, date]] = Counter()
    outside: set[str] = set()
    for row in escort.rows.iter_rows(named=True):
        stage = stage_of(election, row["day"])
        if stage is None:
            outside.add(row["stage"])
        else:
            aboard[stage, row["day"]] += row["officers"]
    return {key: people for key, people in sorted(aboard.items()) if people}, sorted(outside)


def stage_of(election: Election, day: date) -> str | None:
    """Return the stage in which boxes travel on a day, if the calendar has one."""
    for name in ("logistics", "recap", "voting", "quiet", "dispute"):
        stage = election.stages.get(name)
        if stage is not None and stage.start <= day <= stage.end:
            return name
    return None


def with_units(
    escort: EscortPlan, roster: pl.DataFrame, election: Election, lang: Language
) -> pl.DataFrame:
    """Return the escort's rows with the units of the roster, vehicle by vehicle.

    A vehicle whose people come from two units has a further row for the second. Where the roster
    has too few, the row says how many are missing, and the vehicle has so many fewer.

    Parameters
    ----------
    roster : plan rows of the stages, task `escort`.
    """
    there: dict[tuple[str, date], list[list[Any]]] = defaultdict(list)
    for unit, stage, day, officers in (
        roster.group_by("unit", "stage", "day")
        .agg(pl.col("officers").sum())
        .sort("unit")
        .iter_rows()
    ):
        there[stage, day].append([unit, officers])
    unit_of: dict[tuple[date, str], str] = {}
    rows: list[dict[str, Any]] = []
    for row in escort.rows.iter_rows(named=True):
        stage = stage_of(election, row["day"])
        if stage is None:
            continue
        people: list[tuple[str, int]] = []
        wanted = row["officers"]
        for waiting in there[stage, row["day"]]:
            taken = min(wanted, waiting[1])
            if taken:
                waiting[1] -= taken
                wanted -= taken
                people.append((waiting[0], taken))
        team = (row["day"], row["team"])
        if people:
            unit_of[team] = people[0][0]
        unit = unit_of.get(team, text("plan.no_unit", lang))
        note = row["note"]
        if wanted:
            short = text("plan.escort_short", lang).format(officers=wanted)
            note = f"{note} {short}".strip()
        same = {**row, "stage": stage, "note": note}
        rows.append({**same, "unit": unit, "officers": people[0][1] if people else 0})
        rows += [
            {**same, "unit": other, "officers": officers, "tps": 0}
            for other, officers in people[1:]
        ]
    return pl.DataFrame(rows, schema=escort.rows.schema)


def escort_faults(escort: EscortPlan, rows: pl.DataFrame, roster: pl.DataFrame) -> list[str]:
    """Return what the escort's own checker finds, and where sums, rows and roster differ."""
    left: Counter[tuple[str, str]] = Counter()
    for item in escort.left:
        left[item.stage, item.place] += item.tps
    said = [
        f"escort, {finding.rule}, {finding.place}: {finding.what}"
        for finding in check_escort(escort.routes, escort.task, dict(left))
    ]
    said += [
        f"escort, {line.subject}: {line.planned} planned and {line.expected} there."
        for line in escort.lines
        if line.planned != line.expected
    ]
    sums = [
        {
            (day, unit): officers
            for day, unit, officers in frame.filter(pl.col("task") == "escort")
            .group_by("day", "unit")
            .agg(pl.col("officers").sum())
            .filter(pl.col("officers") > 0)
            .iter_rows()
        }
        for frame in (rows, roster)
    ]
    return said + [
        f"escort, {day}: {unit} rides with {sums[0].get((day, unit), 0)} officers and the roster "
        f"has {sums[1].get((day, unit), 0)}."
        for day, unit in sorted({*sums[0], *sums[1]})
        if sums[0].get((day, unit), 0) != sums[1].get((day, unit), 0)
    ]


def _days(election: Election) -> dict[str, Any]:
    """Return the days on which boxes go out, by the calendar where it gives the stage."""
    stage = election.stages.get("logistics")
    if stage is None:
        return {}
    first = (stage.start - election.voting_day).days
    last = min((stage.end - election.voting_day).days, -1)
    if not first < last:
        return {}
    return {"store_day": first, "village_days": tuple(range(first + 1, last + 1))}
