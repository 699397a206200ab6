"""More people for a plan: what is planned already, and who is asked for.

Owns the table of villages that the question starts from. Where more people go, under uncertainty,
is `more/additional.py`'s.
"""

from datetime import date, timedelta

import polars as pl

from rawan.planning.inputs import Region, Run
from rawan.planning.more.additional import Additional, plan_additional
from rawan.planning.more.request import Asked
from rawan.planning.rules.polling_facts import Facts
from rawan.planning.rules.resources import Resources
from rawan.publishing.texts import text
from rawan.settings import Language

SHOWN = 100
"""Officers up to which the curve goes where nobody more was asked for."""


def village_table(
    region: Region, run: Run, classes: pl.DataFrame, tps: pl.DataFrame, table: pl.DataFrame
) -> pl.DataFrame:
    """Return one row a village: its risk, its TPS, and the officers that voting day gives it.

    `base` shares a team's officers out by the TPS that it covers; a team whose TPS are known by
    kecamatan only is in no village's number.

    Parameters
    ----------
    classes : of each village by the rules, see `plan_inputs.village_classes`.
    tps : the table of TPS.
    table : plan rows of voting day.
    """
    facts = Facts(region.files, region.election.id)
    conflict = run.ranking.filter(pl.col("hazard") == "conflict").sort("stage")
    voting = conflict.filter(pl.col("stage") == "voting")
    listed = voting if voting.height else conflict.unique("village_code", maintain_order=True)
    base = (
        table.filter((pl.col("task") == "tps") & pl.col("village_code").is_not_null())
        .join(
            table.filter(pl.col("task") == "tps")
            .group_by("team")
            .agg(pl.col("officers").sum().alias("of_team"), pl.col("tps").sum().alias("all_tps")),
            on="team",
        )
        .group_by("village_code")
        .agg((pl.col("of_team") * pl.col("tps") / pl.col("all_tps")).sum().round(6).alias("base"))
    )
    stations = (
        tps.filter(pl.col("village_code").is_not_null())
        .group_by("village_code")
        .agg(pl.col("tps").sum())
    )
    points = [(code, *facts.point(code)) for code in run.codes]
    known = [
        (code, row["village"], row["district"], facts.polsek.get(row["district_code"]))
        for code, row in facts.villages.items()
    ]
    names = ["village_code", "village", "district", "polsek"]
    return (
        pl.DataFrame({"village_code": list(run.codes)})
        .join(pl.DataFrame(known, schema=names, orient="row"), on="village_code", how="left")
        .join(
            pl.DataFrame(points, schema=["village_code", "lat", "lon"], orient="row"),
            on="village_code",
            how="left",
        )
        .join(
            listed.select("village_code", "rank", pl.col("blind_spot").alias("is_blind_spot")),
            on="village_code",
            how="left",
        )
        .join(stations, on="village_code", how="left")
        .join(base, on="village_code", how="left")
        .join(
            classes.select("village_code", "class", "reason_id", "reason_en"),
            on="village_code",
            how="left",
        )
        .with_columns(
            pl.col("tps", "base").fill_null(0),
            expected=pl.Series(run.draws.mean(axis=0)),
        )
        .sort("village_code")
    )


def plan_more(
    region: Region,
    run: Run,
    resources: Resources,
    villages: pl.DataFrame,
    officers: int,
    lang: Language,
) -> Additional:
    """Place so many more officers in teams, and let them visit blind spots before.

    Parameters
    ----------
    villages : as `village_table` returns it; the draws follow the same order of codes.
    """
    asked = Asked(
        officers=officers,
        q=resources.faced_share,
        day=region.election.voting_day,
        stage="voting",
        unit=text("plan.extra_unit", lang),
        team=resources.extra_team,
        visit_days=_visit_days(region, run.cutoff),
        is_calibrated=run.is_calibrated,
    )
    return plan_additional(villages, run.draws, run.point, asked, lang)


def _visit_days(region: Region, cutoff: date) -> tuple[date, ...]:
    """Return the days of the quiet period, or the three days before voting."""
    voting = region.election.voting_day
    quiet = region.election.stages.get("quiet")
    first = voting - timedelta(days=3) if quiet is None else quiet.start
    last = voting - timedelta(days=1) if quiet is None else min(quiet.end, voting - timedelta(1))
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return tuple(day for day in days if day >= cutoff)
