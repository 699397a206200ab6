"""The plan as one page: offline, nothing fetched, a table with a filter, a map and the curve.

Owns what stands on it. Its shape is `templates/plan.html.jinja`, the filter `templates/plan.js`.
All that data brought in is escaped; the page works without its script, but for the filter.
"""

from dataclasses import dataclass
from importlib.resources import files
from math import cos, radians
from typing import Any
from urllib.parse import quote

import polars as pl
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from rawan.planning.output.words import heads, percent, plan_marks, summary, total_lines
from rawan.planning.plan import Plan
from rawan.publishing.cells import KM_PER_DEGREE, Ring, village_cells
from rawan.publishing.page.render import content_policy
from rawan.publishing.paper.plain_text import shown
from rawan.publishing.texts import date_text, number, text

_WIDTH = 640.0
_SHADES = ("#eef2f6", "#c3d0dc", "#8fa7bd", "#557899", "#1f3f5f")
_COLUMNS = (
    *("day", "task", "unit", "officers", "polsek", "village", "tps", "class", "team", "note"),
)
_CURVE_WIDTH, _CURVE_HEIGHT = 520.0, 200.0


@dataclass(frozen=True)
class Shape:
    """A village on the map: its outline, its shade and its words."""

    points: str
    fill: str
    title: str


def render_plan(plan: Plan, ranking: str | None) -> str:
    """Return the page of a plan as one string of HTML; the same plan gives the same string.

    Parameters
    ----------
    ranking : relative path of the ranking's page, that villages link to.
    """
    lang = plan.lang
    script = (files("rawan.publishing") / "templates" / "plan.js").read_text(encoding="utf-8")
    script = script.replace("\r\n", "\n")
    environment = Environment(
        loader=PackageLoader("rawan.publishing"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    shapes, dots, height = _map(plan)
    return environment.get_template("plan.html.jinja").render(
        lang=lang,
        t=lambda key: text(f"plan.{key}", lang),
        word=lambda key: text(key, lang),
        policy=content_policy([script]),
        script=Markup(script),  # noqa: S704 - our own file
        marks=plan_marks(plan),
        plan=plan,
        heads=heads(lang),
        columns=_COLUMNS,
        rows=[_row(plan, row, ranking) for row in plan.rows.iter_rows(named=True)],
        choices={
            name: sorted({r for r in _told(plan, name) if r}) for name in ("day", "task", "polsek")
        },
        summary=summary(plan),
        totals=total_lines(plan),
        beside=[
            [row["name"], *(_share(row[k], plan) for k in ("covered", "low", "high"))]
            for row in plan.voting.beside.iter_rows(named=True)
        ],
        comparison=_comparison(plan),
        curve=_curve(plan),
        curve_line=_curve_line(plan),
        escort=_escort(plan),
        delays=_delays(plan),
        size=(_WIDTH, height),
        curve_size=(_CURVE_WIDTH, _CURVE_HEIGHT),
        shapes=shapes,
        dots=dots,
        shades=_SHADES,
        election=plan.region.election.names[lang],
        voting_day=date_text(plan.region.election.voting_day, lang),
        not_for=text("not_for.sentence", lang),
    )


def _row(plan: Plan, row: dict[str, Any], ranking: str | None) -> dict[str, Any]:
    lang = plan.lang
    cells = {
        "day": row["day"].isoformat(),
        "task": text(f"plan.task.{row['task']}", lang),
        "unit": row["unit"],
        "officers": str(row["officers"] or ""),
        "polsek": row["polsek"] or row["post"] or "",
        "village": row["village"] or row["district"] or "",
        "tps": str(row["tps"] or ""),
        "class": text(f"plan_rules.class.{row['class']}", lang) if row["class"] else "",
        "team": row["team"],
        "note": row["note"] or "",
    }
    link = None
    if ranking is not None and row["village_code"]:
        link = f"{quote(ranking)}#conflict/{_stage(plan)}/{row['village_code']}"
    return {
        "cells": [shown(cells[name]) for name in _COLUMNS],
        "link": link,
        **{name: shown(cells[name]) for name in ("day", "task", "polsek")},
        "officers": row["officers"],
        "tps": (row["tps"] or 0) if row["task"] == "tps" else 0,
    }


def _stage(plan: Plan) -> str:
    """Return the stage of the list that a village's link leads to."""
    stages = plan.run.ranking.filter(pl.col("hazard") == "conflict")["stage"].unique().sort()
    return "voting" if "voting" in stages or not len(stages) else str(stages[0])


def _told(plan: Plan, name: str) -> list[str]:
    if name == "day":
        return [day.isoformat() for day in plan.rows["day"]]
    if name == "task":
        return [text(f"plan.task.{task}", plan.lang) for task in plan.rows["task"]]
    both = plan.rows.select(pl.coalesce("polsek", "post").alias("at"))["at"]
    return [shown(value) for value in both.drop_nulls()]


def _share(value: float | None, plan: Plan) -> str:
    return "" if value is None else percent(value, plan.lang)


def _comparison(plan: Plan) -> list[list[str]]:
    if plan.additional is None:
        return []
    names = ("faced", "faced_low", "faced_high", "plan_gains", "plan_gains_low", "plan_gains_high")
    return [
        [row["name"], *("" if row[n] is None else number(row[n], plan.lang, 3) for n in names)]
        for row in plan.additional.comparison.iter_rows(named=True)
    ]


def _escort(plan: Plan) -> list[list[str]]:
    """Return the legs of the escort: vehicles, officers, TPS, kilometres and the last arrival."""
    if plan.escort is None:
        return []
    legs = (
        plan.escort.routes.group_by("date", "stage")
        .agg(
            pl.col("vehicle").n_unique().alias("vehicles"),
            pl.col("officers", "tps", "km").sum(),
            pl.col("arrive").max(),
            pl.col("is_late").sum(),
        )
        .sort("date", "stage")
    )
    return [
        [
            row["date"].isoformat(),
            text(f"plan_escort.stage.{row['stage']}", plan.lang),
            *(str(row[name]) for name in ("vehicles", "officers", "tps")),
            number(row["km"], plan.lang, 0),
            f"{row['arrive']:%d.%m. %H.%M}",
            str(row["is_late"]),
        ]
        for row in legs.iter_rows(named=True)
    ]


def _delays(plan: Plan) -> list[str]:
    """Return a sentence for each delay: how much comes late, and of that what has a way out."""
    return [
        text("plan.delay.told", plan.lang).format(
            delay=name,
            stops=int(frame["is_late"].sum()),
            moved=int((~frame["is_late"]).sum()),
            saved=int((frame["is_late"] & frame["is_in_time_then"].fill_null(False)).sum()),
        )
        for name, frame in plan.delays.items()
    ]


def _curve(plan: Plan) -> list[list[str]]:
    """Return every tenth officer of the curve."""
    return [
        [
            str(row["officers"]),
            *(
                "" if row[n] is None else number(row[n], plan.lang, 3)
                for n in ("faced", "low", "high", "next_ten")
            ),
        ]
        for row in plan.curve.iter_rows(named=True)
        if row["officers"] % 10 == 0
    ]


def _curve_line(plan: Plan) -> dict[str, str]:
    """Return the curve and its band as points of a drawing; its axis begins at zero."""
    frame = plan.curve
    most = max(float(str(frame["high"].max() or 0.0)), 1e-9)
    last = max(int(str(frame["officers"].max() or 0)), 1)

    def at(officers: int, value: float) -> str:
        x = _CURVE_WIDTH * officers / last
        return f"{x:.1f},{_CURVE_HEIGHT * (1 - value / most):.1f}"

    line = " ".join(at(o, f) for o, f in frame.select("officers", "faced").iter_rows())
    low = [at(o, f) for o, f in frame.select("officers", "low").iter_rows()]
    high = [at(o, f) for o, f in frame.select("officers", "high").iter_rows()]
    return {
        "line": line,
        "band": " ".join([*high, *reversed(low)]),
        "most": number(most, plan.lang, 2),
        "last": str(last),
    }


def _map(plan: Plan) -> tuple[list[Shape], list[dict[str, Any]], float]:
    """Return the villages shaded by officers for each, and the posts, in a drawing's units."""
    known = plan.villages.filter(pl.col("lat").is_not_null() & pl.col("lon").is_not_null())
    codes = known["village_code"].to_list()
    cells = village_cells(known["lat"].to_list(), known["lon"].to_list(), codes)
    corners = [point for rings in cells.values() for ring in rings for point in ring]
    if not corners:
        return [], [], 0.0
    left, right = min(x for x, _ in corners), max(x for x, _ in corners)
    low, high = min(y for _, y in corners), max(y for _, y in corners)
    scale = _WIDTH / max(right - left, 1e-9)
    base = known["base"].to_list()
    cuts = [float(str(known["base"].quantile(q) or 0.0)) for q in (0.2, 0.4, 0.6, 0.8)]

    def place(x: float, y: float) -> tuple[float, float]:
        return round((x - left) * scale, 1), round((high - y) * scale, 1)

    def points(ring: Ring) -> str:
        return " ".join("{},{}".format(*place(x, y)) for x, y in ring)

    shapes = [
        Shape(points(ring), _SHADES[sum(value > cut for cut in cuts)], _title(plan, row))
        for row, value in zip(known.iter_rows(named=True), base, strict=True)
        for ring in cells[row["village_code"]]
    ]
    # The same projection as the cells': kilometres from the middle of the points.
    lats, lons = known["lat"], known["lon"]
    middle = (float(str(lats.min())) + float(str(lats.max()))) / 2
    center = (float(str(lons.min())) + float(str(lons.max()))) / 2

    opened = set(plan.rows.filter(pl.col("task") == "reserve")["post"].drop_nulls())
    dots = []
    for post in plan.resources.posts:
        if post.name in opened:
            east = (post.lon - center) * KM_PER_DEGREE * cos(radians(middle))
            x, y = place(east, (post.lat - middle) * KM_PER_DEGREE)
            dots.append({"x": x, "y": y, "name": shown(post.name)})
    return shapes, dots, round((high - low) * scale, 1)


def _title(plan: Plan, row: dict[str, Any]) -> str:
    return text("plan.map_title", plan.lang).format(
        village=shown(row["village"]),
        code=row["village_code"],
        tps=row["tps"],
        officers=number(row["base"], plan.lang, 1),
        reason=shown(row[f"reason_{plan.lang}"] or ""),
    )
