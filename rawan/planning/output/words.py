"""What every output of a plan says of itself, and the words for its columns.

Owns these words only; where they stand is the outputs' business.
"""

from datetime import datetime

from rawan.planning.plan import Plan
from rawan.publishing.paper.edition_words import Marks
from rawan.publishing.texts import date_text, number, text
from rawan.settings import Language

SHOWN = (
    *("unit", "officers", "polsek", "district", "village", "tps", "class", "task", "day", "team"),
    *("post", "km", "note", "officers_done"),
)
"""Columns of the deployment table in the order of a `lampiran surat perintah`, after its number."""
_HEADED = ("no", "stage", *SHOWN, "village_code", "plan_id")


def plan_marks(plan: Plan) -> Marks:
    """Return what every file made from a plan says of itself."""
    lang = plan.lang
    return Marks(
        status=text("plan.draft", lang),
        simulation="SIMULASI" if plan.is_simulation else "",
        region=plan.run.region,
        audience=text("brief.for", lang).format(audience=text("brief.planner", lang)),
        cutoff=text("brief.cutoff", lang).format(date=date_text(plan.run.cutoff, lang)),
        run_id=text("plan.of_run", lang).format(plan=plan.plan_id, run=plan.run.run_id),
        made_on="",
    )


def made_on(plan: Plan) -> datetime:
    """Return when the run was computed: the same plan gives the same bytes."""
    return datetime.fromisoformat(plan.run.made_on).replace(tzinfo=None)


def heads(lang: Language) -> dict[str, str]:
    """Return the head of each column of the deployment table."""
    return {name: text(f"plan.column.{name}", lang) for name in _HEADED}


def percent(share: float, lang: Language) -> str:
    """Return a share in percent with one digit."""
    return f"{number(100 * share, lang, 1)} %"


def total_lines(plan: Plan) -> list[tuple[str, int]]:
    """Return the totals with their words, in the order to show."""
    return [(text(f"plan.total.{name}", plan.lang), value) for name, value in plan.totals.items()]


def summary(plan: Plan) -> list[str]:
    """Return what the plan comes to in a few sentences."""
    lang, totals, static = plan.lang, plan.totals, plan.voting.static
    said = [
        text("plan.summary.covered", lang).format(
            tps=totals["tps"],
            teams=totals["teams"],
            officers=totals["officers_at_tps"],
            villages=totals["villages"],
            sectors=totals["sectors"],
        ),
        text("plan.summary.people", lang).format(**totals),
        text("plan.summary.objective", lang).format(
            objective=percent(static.objective, lang),
            bound=percent(static.bound, lang),
            gap=percent(static.gap, lang),
        ),
    ]
    said += [
        text("plan.summary.beside", lang).format(
            name=row["name"],
            covered=percent(row["covered"], lang),
            low=percent(row["low"], lang),
            high=percent(row["high"], lang),
        )
        for row in plan.voting.beside.iter_rows(named=True)
        if row["way"] in ("tps", "top")
    ]
    if plan.additional is not None:
        said += [
            text("plan.summary.extra", lang).format(
                name=row["name"],
                faced=number(row["faced"], lang, 3),
                low=number(row["faced_low"], lang, 3),
                high=number(row["faced_high"], lang, 3),
            )
            for row in plan.additional.comparison.iter_rows(named=True)
        ]
    else:
        following = plan.curve.row(0, named=True)["next_ten"]
        if following is not None:
            said.append(
                text("plan.summary.next_ten", lang).format(faced=number(following, lang, 3))
            )
    return said
