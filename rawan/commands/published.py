"""What `rawan plan --published` shows: published deployments beside what their rules give."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from rawan.commands.options import print_json, print_lines
from rawan.errors import UsageError

if TYPE_CHECKING:
    from polars import DataFrame

    from rawan.planning.escort.published import PublishedLine
    from rawan.settings import Settings


def show_published(settings: "Settings", as_json: bool, planfile: Path | None) -> None:
    """Show the published deployments beside what their rules give.

    With a planner's file, the published escort is planned freely too.
    """
    from rawan.planning.rules.published import published_table
    from rawan.publishing.texts import text

    lang = settings.output.language
    rows = published_table(lang)
    escort = _published_escort(settings)
    if as_json:
        told: dict[str, Any] = {
            "deployments": [vars(row) for row in rows],
            "escort": [vars(line) for line in escort],
        }
        if planfile is not None:
            told["escort_side_by_side"] = _side_by_side(settings, planfile).to_dicts()
        print_json(told)
        return
    print_lines([text("plan.published.title", lang)])
    for row in rows:
        computed = row.computed if row.computed is not None else row.fitted
        allowed = ""
        if row.is_allowed:
            allowed = text("plan.published.allowed", lang).format(
                least=row.least, computed=row.computed
            )
        if row.fitted is not None and row.fitted != row.computed:
            allowed += text("plan.published.fitted", lang).format(fitted=row.fitted)
        line = text("plan.published.line", lang).format(
            deployment=row.deployment,
            subject=row.subject,
            published=row.published,
            computed="-" if computed is None else computed,
            verdict=row.verdict_text,
            allowed=allowed,
        )
        print_lines(
            [line, *(f"    {said}" for said in (row.rule, row.reason, row.source_url) if said)]
        )
    print_lines([text("plan.published.escort", lang)])
    for figure in escort:
        shown = "-" if figure.published is None else f"{figure.published:g}"
        said = text("plan.published.escort_line", lang).format(
            subject=figure.subject,
            published=shown,
            computed=f"{figure.computed:g}",
            verdict=figure.verdict_text,
        )
        print_lines([said, f"    {figure.rule}", f"    {figure.source}"])
    if planfile is not None:
        side = _side_by_side(settings, planfile)
        print_lines([text("plan.published.side", lang)])
        for way in side.iter_rows(named=True):
            island = "-"
            if way["island_day"] is not None:
                island = f"H{way['island_day']:+d} {_clock(way['island_minute'])}"
            print_lines(
                [
                    text("plan.published.side_line", lang).format(
                        title=way["title"],
                        large=way["large"],
                        small=way["small"],
                        officers=way["officers"],
                        km=round(way["km"]),
                        last=_clock(way["last_arrive"]),
                        island=island,
                    )
                ]
            )


def _clock(minutes: float | None) -> str:
    """Return minutes of the day as a clock."""
    return "-" if minutes is None else f"{int(minutes) // 60:02d}.{int(minutes) % 60:02d}"


def _side_by_side(settings: "Settings", planfile: Path) -> "DataFrame":
    """Return the published escort beside the same task planned freely, one row a way."""
    from rawan.planning.escort.published import side_by_side
    from rawan.planning.inputs import read_region
    from rawan.planning.logistics import bare_task
    from rawan.planning.rules.resources import read_resources
    from rawan.progress import Progress

    resources = read_resources(planfile)
    region = read_region(settings, resources.election, settings.calendar.cutoff)
    task = bare_task(region, resources, settings.output.language)
    if task is None:
        raise UsageError(f"{planfile}: the escort needs a [store] and [[vehicles]]. Give them.")
    with Progress().step("plan the published escort freely"):
        return side_by_side(task, settings.output.language)[0]


def _published_escort(settings: "Settings") -> "list[PublishedLine]":
    """Return the figures of the published escort, where its kecamatan are the region's."""
    from rawan.planning.escort.published import published_escort
    from rawan.planning.rules.published import REFERENCE
    from rawan.planning.rules.spreading import read_rows

    tps: dict[str, int] = {}
    for row in read_rows(REFERENCE / "districts.csv", ("district_code", "tps_pilkada_2024")):
        tps[row["district_code"]] = int(row["tps_pilkada_2024"] or 0)
    return published_escort(tps, settings.output.language)
