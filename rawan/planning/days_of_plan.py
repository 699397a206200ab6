"""The days around voting: who patrols, escorts and guards the recapitulation.

Owns the needs that a plan starts from where the planner's file says none; each is an assumption
and told as one. Who serves on which day is `days/stages.py`'s. Units that stand at TPS and posts on
voting day serve on that day alone, so that nobody is in two places and all of them are rested.
"""

from dataclasses import dataclass
from datetime import timedelta

import polars as pl

from rawan.calendar import Election
from rawan.planning.days.checker import check_stages
from rawan.planning.days.stages import StageNeed, StagePlan, plan_stages
from rawan.planning.inputs import Region
from rawan.planning.logistics import Riding
from rawan.planning.rules.resources import Resources
from rawan.publishing.texts import text
from rawan.settings import Language

MOST_DAYS = 5
PATROL_A_SECTOR = 2
RECAP_A_DISTRICT = 4
RECAP_DAYS = 5


@dataclass(frozen=True)
class Days:
    """The roster, and what it was made for."""

    plan: StagePlan
    officers: dict[str, int]
    assumptions: tuple[str, ...]

    def faults(self) -> list[str]:
        """Return what the independent checker finds; an empty list is a good roster."""
        found = self.plan
        return check_stages(found.rows, found.asked, found.unmet, self.officers, MOST_DAYS)


def plan_days(
    region: Region, resources: Resources, tps: pl.DataFrame, aboard: Riding, lang: Language
) -> Days | None:
    """Plan the days around voting; None if there is no unit for them, or nothing to do.

    Parameters
    ----------
    aboard : officers who ride with ballot boxes, by stage and day.
    """
    officers = {
        unit.name: unit.officers
        for unit in resources.units
        if unit.kind in ("task_force", "standby") and unit.officers
    }
    needs, told = _needs(region.election, aboard, lang)
    if not officers or not needs:
        return None
    homes = {u.name: u.polsek for u in resources.units if u.polsek and u.name in officers}
    areas = (
        tps.group_by("district_code", "district", "polsek")
        .agg(pl.col("tps").sum())
        .sort("district_code")
    )
    plan = plan_stages(
        region.election, needs, areas, officers, homes, most_days=MOST_DAYS, lang=lang
    )
    return Days(plan, officers, told)


def _needs(
    election: Election, aboard: Riding, lang: Language
) -> tuple[list[StageNeed], tuple[str, ...]]:
    needs: list[StageNeed] = []
    told = [text("plan.days.apart", lang)]
    voting = election.voting_day
    if "quiet" in election.stages:
        needs.append(StageNeed("quiet", "patrol", PATROL_A_SECTOR, "sector"))
        told.append(text("plan.days.quiet", lang).format(officers=PATROL_A_SECTOR))
    needs += [
        StageNeed(stage, "escort", float(people), "region", weight=2.0, days=(day, day))
        for (stage, day), people in aboard.items()
    ]
    if aboard:
        told.append(text("plan.days.escort", lang).format(officers=max(aboard.values())))
    if "voting" in election.stages:
        needs.append(StageNeed("voting", "patrol", PATROL_A_SECTOR, "sector", is_long=True))
        told.append(text("plan.days.voting", lang).format(officers=PATROL_A_SECTOR))
    recap = election.stages.get("recap")
    if recap is not None and recap.end > voting:
        first = max(recap.start, voting + timedelta(days=1))
        last = min(recap.end, first + timedelta(days=RECAP_DAYS - 1))
        needs.append(StageNeed("recap", "recap", RECAP_A_DISTRICT, "district", days=(first, last)))
        told.append(
            text("plan.days.recap", lang).format(officers=RECAP_A_DISTRICT, days=RECAP_DAYS)
        )
        if recap.end > last:
            result = (recap.end, recap.end)
            needs.append(StageNeed("recap", "patrol", PATROL_A_SECTOR, "sector", days=result))
            told.append(text("plan.days.result", lang).format(officers=PATROL_A_SECTOR))
    return needs, tuple(told)
