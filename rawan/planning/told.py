"""What a plan tells beside its rows: what it does not cover, and what it assumes.

Owns which sentences there are and in what order.
"""

from collections.abc import Mapping

import polars as pl

from rawan.planning.days_of_plan import Days
from rawan.planning.escort.plan import EscortPlan
from rawan.planning.inputs import Run
from rawan.planning.more.additional import Additional
from rawan.planning.rules.patterns import Pattern
from rawan.planning.rules.polling import PollingTable, mismatches
from rawan.planning.rules.resources import Resources
from rawan.planning.voting_day import Voting
from rawan.publishing.texts import number, text
from rawan.settings import Language


def unmet_of(
    polling: PollingTable,
    voting: Voting,
    days: Days | None,
    escort: EscortPlan | None,
    outside: list[str],
    villages: pl.DataFrame,
    totals: Mapping[str, int],
    lang: Language,
) -> list[str]:
    """Return what the plan does not cover, a sentence each."""
    figures = voting.static.figures
    said = mismatches(polling, lang)
    if voting.posts:
        said.append(
            text("plan.unmet.reach", lang).format(
                minutes=number(voting.options.reserve_minutes, lang, 0),
                share=number(100 * (1 - figures.reach), lang, 1),
                least=number(100 * (1 - figures.reach_bound), lang, 1),
            )
        )
    cut_off = int(polling.frame.filter(pl.col("is_cut_off"))["tps"].sum())
    if cut_off:
        said.append(text("plan.unmet.islands", lang).format(tps=cut_off))
    blind = int(villages["is_blind_spot"].fill_null(False).sum())
    if blind:
        said.append(text("plan.unmet.blind", lang).format(villages=blind))
    if totals["officers_left"]:
        said.append(text("plan.unmet.left", lang).format(officers=totals["officers_left"]))
    if figures.stopped:
        said.append(text("plan.unmet.stopped", lang).format(number=figures.stopped))
    if escort is not None:
        late = int(escort.routes["is_late"].sum())
        if late:
            said.append(text("plan.unmet.late", lang).format(stops=late))
        left = sum(item.tps for item in escort.left)
        if left:
            said.append(text("plan.unmet.boxes", lang).format(tps=left))
    if outside:
        said.append(text("plan.unmet.outside", lang).format(stages=", ".join(outside)))
    if days is None:
        said.append(text("plan.unmet.no_days", lang))
    else:
        missing = days.plan.unmet.group_by("stage", "task", maintain_order=True).agg(
            pl.col("unmet").sum(), pl.col("day").min().alias("first"), pl.col("day").n_unique()
        )
        said += [
            text("plan.unmet.days", lang).format(
                stage=text(f"stage.{row['stage']}", lang),
                task=text(f"plan.task.{row['task']}", lang),
                officers=row["unmet"],
                days=row["day"],
            )
            for row in missing.iter_rows(named=True)
        ]
    return said


def assumptions_of(
    run: Run,
    resources: Resources,
    pattern: Pattern,
    polling: PollingTable,
    class_notes: list[str],
    more: Additional,
    days: Days | None,
    escort: EscortPlan | None,
    lang: Language,
) -> list[str]:
    """Return what the plan assumes, a sentence each, each once."""
    said = list(resources.assumptions)
    if pattern.is_fitted:
        said.append(text("plan.assumed.fitted", lang).format(pattern=pattern.id))
    if polling.spread_by is not None:
        tps = int(polling.frame.filter(pl.col("is_assumed"))["tps"].sum())
        said.append(text("plan.assumed.spread", lang).format(tps=tps, election=polling.spread_by))
    at_district = polling.frame.filter(pl.col("village_code").is_null())
    if at_district.height:
        said.append(
            text("plan.assumed.at_district", lang).format(tps=int(at_district["tps"].sum()))
        )
    said += class_notes
    said.append(
        text("plan.assumed.distance", lang).format(
            factor=number(resources.detour_factor, lang, 1),
            speed=number(resources.speed_kmh, lang, 0),
        )
    )
    said += more.assumptions
    if days is not None:
        said += days.assumptions
    if escort is not None:
        said += escort.notes
    return list(dict.fromkeys(said))
