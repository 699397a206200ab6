"""The deployment plan: from scores and the planner's file to who goes where, checked.

Owns the order of the parts and what is told with them. What each part decides is its own module's;
a plan that one of the independent checkers faults is not made.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from rawan.errors import RawanError
from rawan.planning.checks import check_whole
from rawan.planning.days_of_plan import Days, plan_days
from rawan.planning.escort.plan import EscortPlan
from rawan.planning.inputs import Region, Run, read_region, read_run
from rawan.planning.logistics import (
    delayed,
    escort_faults,
    logistics_task,
    planned_logistics,
    riding,
    with_units,
)
from rawan.planning.more.additional import Additional
from rawan.planning.more_people import SHOWN, plan_more, village_table
from rawan.planning.rows import PLAN_COLUMNS
from rawan.planning.rules.patterns import Pattern
from rawan.planning.rules.polling import PollingTable
from rawan.planning.rules.resource_checks import checked
from rawan.planning.rules.resources import PlanRefused, Resources
from rawan.planning.told import assumptions_of, unmet_of
from rawan.planning.village_classes import chosen_classes, stations, village_classes
from rawan.planning.voting_day import Voting, plan_voting
from rawan.planning.whatif import WhatIf, changed
from rawan.progress import Progress
from rawan.publishing.manifest import code_hash, hash_of
from rawan.publishing.texts import text
from rawan.settings import Language, Settings

COLUMNS = {
    "plan_id": pl.String,
    "run_id": pl.String,
    "data_origin": pl.String,
    **PLAN_COLUMNS,
    "place": pl.String,
    "is_cut_off": pl.Boolean,
    "officers_done": pl.Int64,
}
_TASKS = ("escort", "visit", "patrol", "tps", "reserve", "extra", "recap")


class PlanFaulty(RawanError):
    """A checker found the plan wrong, so that it is not handed out; `faults` says what."""

    def __init__(self, faults: list[str]) -> None:
        shown = "\n".join(f"  {fault}" for fault in faults[:10])
        more = f"\n  and {len(faults) - 10} more" if len(faults) > 10 else ""
        super().__init__(
            f"the plan breaks rules that it must keep, so it is not written:\n{shown}{more}\n"
            "That is a mistake of the program, not of the planner's file. Please report it."
        )
        self.faults = tuple(faults)


@dataclass(frozen=True)
class Plan:
    """A plan that every checker passed, and all that its readers are told.

    Attributes
    ----------
    rows : the plan table, `COLUMNS`.
    villages : one row a village: class by the rules with its reason, expected incidents, TPS, and
        officers on voting day.
    additional : more people; None if nobody more was asked for.
    curve : what the next people buy, in any case.
    delays : what comes late of the escort under stated delays, by their words.
    totals : numbers that every output prints alike.
    gave_way, unmet, assumptions : sentences.
    """

    plan_id: str
    run: Run
    region: Region
    resources: Resources
    whatif: WhatIf
    pattern: Pattern
    lang: Language
    rows: pl.DataFrame
    polling: PollingTable
    voting: Voting
    villages: pl.DataFrame
    additional: Additional | None
    curve: pl.DataFrame
    days: Days | None
    escort: EscortPlan | None
    delays: Mapping[str, pl.DataFrame]
    totals: Mapping[str, int]
    gave_way: tuple[str, ...]
    unmet: tuple[str, ...]
    assumptions: tuple[str, ...]

    @property
    def is_simulation(self) -> bool:
        """Return whether the data are invented ones."""
        return self.run.data_origin == "SIMULASI"

    @property
    def objective(self) -> float:
        """Return the share of risk at TPS that is covered as the pattern asks."""
        return self.voting.static.objective


def make_plan(
    settings: Settings,
    resources: Resources,
    changes: WhatIf,
    run_id: str = "latest",
    progress: Progress | None = None,
    today: date | None = None,
    base: Plan | None = None,
) -> Plan:
    """Plan an election's people on a complete run, or refuse.

    Parameters
    ----------
    resources : the planner's file, as it is.
    changes : what differs from it; an empty one for the plan itself.
    run_id : of the complete run; "latest" is the newest.
    today : the day on which people's overrides must still count.
    base : a plan made before; of it the escort is taken where nothing in it changed.

    Raises
    ------
    PlanRefused
        If the input contradicts itself or cannot be met, one sentence for each.
    PlanImpossible
        If the people do not suffice when all that may give way has done so.
    PlanFaulty
        If a checker faults the plan.
    RawanError
        If there is no run, or a table is missing or wrong.
    """
    progress = progress or Progress(quiet=True)
    lang = settings.output.language
    resources = changed(resources, changes)
    with progress.step("read the run and the tables"):
        run = read_run(settings, run_id, today or date.today())  # noqa: DTZ011 - days of people
        if resources.election != run.election:
            raise PlanRefused(
                f"plan {resources.title}",
                [
                    f"election: the file plans {resources.election}, and run {run.run_id} is of "
                    f"{run.election}. Name a run of that election with --run."
                ],
            )
        if text("plan.extra_unit", lang) in {unit.name for unit in resources.units}:
            raise PlanRefused(
                f"plan {resources.title}",
                [f"units {text('plan.extra_unit', lang)}: more people bear this name. Rename it."],
            )
        region = read_region(settings, resources.election, run.cutoff)
        pattern = region.pattern(resources)
        by_rule = village_classes(region, run, resources)
        classes, class_notes = chosen_classes(
            region, run, resources, changes.reports, by_rule, lang
        )
        polling = stations(region, resources, classes, lang)
        checked(resources, polling.frame, pattern)
    with progress.step("plan voting day"):
        voting = plan_voting(region, run, resources, pattern, polling.frame, lang)
    with progress.step("place more people"):
        villages = village_table(region, run, by_rule, polling.frame, voting.static.table)
        extra = resources.extra_officers
        more = plan_more(region, run, resources, villages, extra or SHOWN, lang)
        additional = more if extra else None
    with progress.step("plan the escort of logistics"):
        task = logistics_task(region, run, resources, polling.frame)
        escort = planned_logistics(task, None if base is None else base.escort, lang)
        aboard, outside = riding(escort, region.election) if escort else ({}, [])
        is_new = base is None or escort is not base.escort
        delays = {} if base is None else dict(base.delays)
        if is_new:
            delays = delayed(escort, resources, lang) if escort else {}
    with progress.step("plan the days around it"):
        days = plan_days(region, resources, polling.frame, aboard, lang)
    plan_id = _plan_id(region, run, resources, changes, polling, lang)
    rows = _together(plan_id, run, voting, additional, days, escort, region, lang)
    totals = _totals(resources, rows, polling, voting)
    plan = Plan(
        plan_id=plan_id,
        run=run,
        region=region,
        resources=resources,
        whatif=changes,
        pattern=pattern,
        lang=lang,
        rows=rows,
        polling=polling,
        voting=voting,
        villages=villages,
        additional=additional,
        curve=more.curve,
        days=days,
        escort=escort,
        delays=delays,
        totals=totals,
        gave_way=(
            *(gave.sentence(lang) for gave in voting.static.gave_way),
            *(additional.gave_way if additional else ()),
        ),
        unmet=tuple(unmet_of(polling, voting, days, escort, outside, villages, totals, lang)),
        assumptions=tuple(
            assumptions_of(run, resources, pattern, polling, class_notes, more, days, escort, lang)
        ),
    )
    with progress.step("check the plan"):
        if faults := plan_faults(plan):
            raise PlanFaulty(faults)
    return plan


def plan_faults(plan: Plan) -> list[str]:
    """Return what the independent checkers find, all of them."""
    units = {unit.name: unit.officers for unit in plan.resources.units}
    faults = plan.voting.faults()
    if plan.days is not None:
        faults += plan.days.faults()
        if plan.escort is not None:
            faults += escort_faults(plan.escort, plan.rows, plan.days.plan.rows)
    return faults + check_whole(
        plan.rows,
        plan.polling.frame,
        units,
        text("plan.extra_unit", plan.lang),
        plan.resources.extra_officers,
        plan.totals,
    )


def _plan_id(
    region: Region,
    run: Run,
    resources: Resources,
    changes: WhatIf,
    polling: PollingTable,
    lang: Language,
) -> str:
    content = {
        "run": run.run_id,
        "file": resources.model_dump(mode="json"),
        "what_if": changes.as_json(),
        "overrides": [str(override) for override in run.standing.overrides],
        "tps": polling.frame.to_dicts(),
        "lang": lang,
        "code": code_hash(),
    }
    return f"{region.election.voting_day:%Y%m%d}-{hash_of(content)[:12]}"


def _together(
    plan_id: str,
    run: Run,
    voting: Voting,
    additional: Additional | None,
    days: Days | None,
    escort: EscortPlan | None,
    region: Region,
    lang: Language,
) -> pl.DataFrame:
    parts = [voting.static.table]
    if additional is not None:
        parts.append(additional.rows)
    roster = days.plan.rows if days is not None else pl.DataFrame(schema=PLAN_COLUMNS)
    if escort is not None:
        riders = roster.filter(pl.col("task") == "escort")
        parts.append(with_units(escort, riders, region.election, lang))
        roster = roster.filter(pl.col("task") != "escort")
    parts.append(roster)
    order = {task: number for number, task in enumerate(_TASKS)}
    rows = pl.concat(parts, how="diagonal_relaxed").with_columns(
        plan_id=pl.lit(plan_id),
        run_id=pl.lit(run.run_id),
        data_origin=pl.lit(run.data_origin),
        officers_done=pl.lit(None, pl.Int64),
        is_cut_off=pl.col("is_cut_off").fill_null(False),
        place=pl.coalesce("place", "village_code"),
        note=pl.col("note").replace("", None),
    )
    return (
        rows.with_columns(pl.col("task").replace_strict(order, default=len(order)).alias("at"))
        .sort("day", "at", "polsek", "team", "village_code", maintain_order=True, nulls_last=True)
        .select(pl.col(name).cast(kind) for name, kind in COLUMNS.items())
    )


def _totals(
    resources: Resources, rows: pl.DataFrame, polling: PollingTable, voting: Voting
) -> dict[str, int]:
    figures = voting.static.figures
    of_task = dict(rows.group_by("task").agg(pl.col("officers").sum()).iter_rows())
    return {
        "tps": int(polling.frame["tps"].sum()),
        "officers": resources.officers(),
        "officers_at_tps": figures.at_tps,
        "officers_at_posts": figures.reserve,
        "officers_left": figures.left,
        "officers_other": resources.officers("task_force") + resources.officers("standby"),
        "officers_extra": int(of_task.get("extra", 0)),
        "teams": figures.teams,
        "villages": int(rows["village_code"].n_unique() - rows["village_code"].has_nulls()),
        "sectors": int(polling.frame["polsek"].n_unique()),
    }
