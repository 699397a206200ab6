"""The escort of ballot boxes: from the store to kecamatan, villages and islands, and back.

Owns the plan, its tables and its totals. What it is made from is `inputs.py`, which vehicle
goes where `runs.py`, what a delay does `delays.py`; `checker.py` checks it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

import polars as pl

from models.routing_task import Route, minutes_of
from rawan.planning.escort.inputs import EscortTask, check
from rawan.planning.escort.notes import Left, notes_of, stays_at_seat
from rawan.planning.escort.runs import Run, Sailing, back_runs, sailings, store_runs, village_runs
from rawan.planning.rows import COVERING
from rawan.publishing.texts import text
from rawan.settings import Language

ROUTES: dict[str, Any] = {
    "stage": pl.String,
    "date": pl.Date,
    "vehicle": pl.String,
    "kind": pl.String,
    "is_boat": pl.Boolean,
    "trip": pl.Int64,
    "order": pl.Int64,
    "from_code": pl.String,
    "code": pl.String,
    "place": pl.String,
    "district_code": pl.String,
    "district": pl.String,
    "km": pl.Float64,
    "is_road": pl.Boolean,
    "leave": pl.Datetime("us"),
    "arrive": pl.Datetime("us"),
    "depart": pl.Datetime("us"),
    "latest": pl.Datetime("us"),
    "is_late": pl.Boolean,
    "tps": pl.Int64,
    "boxes": pl.Int64,
    "officers": pl.Int64,
    "index": pl.Float64,
    "rule": pl.String,
    "is_assumed": pl.Boolean,
}
"""Columns of the routes: one row a stop; officers stand in a vehicle's first row of a day, `km` is
from the place before (`from_code`), and the way back to the depot is in no row."""


@dataclass(frozen=True)
class Line:
    """A sum that must come out: what there is, and what the plan holds."""

    subject: str
    expected: int
    planned: int


@dataclass(frozen=True)
class EscortPlan:
    """The escort as planned.

    Attributes
    ----------
    routes : `ROUTES`, in order of time.
    rows : the plan table's rows of the escort (`COVERING`), ways out and back.
    left : what no vehicle brings; empty if all is served.
    lines : sums that reconcile, or do not.
    notes : sentences that belong on the plan: assumptions, distances, closed roads, lateness.
    runs, boats : what the tables were made from.
    """

    task: EscortTask
    routes: pl.DataFrame
    rows: pl.DataFrame
    left: tuple[Left, ...]
    lines: tuple[Line, ...]
    notes: tuple[str, ...]
    runs: tuple[Run, ...]
    boats: tuple[Sailing, ...]

    def of(self, stage: str) -> list[Run]:
        """Return the runs of a stage."""
        return [run for run in self.runs if run.stage == stage]


def plan_escort(task: EscortTask, lang: Language = "id", with_back: bool = True) -> EscortPlan:
    """Plan the escort: routes, officers, boats, what is late and what is left.

    Raises
    ------
    RawanError
        If the task contradicts itself; one sentence for each mistake.
    """
    check(task)
    out = store_runs(task)
    boats = sailings(task, out)
    runs = [*out, *village_runs(task, task.options.village_days)]
    if with_back:
        back, home = back_runs(task)
        runs, boats = [*runs, *back], [*boats, *home]
    routes = routes_table(task, runs, boats)
    left = tuple(_left(task, runs, boats, lang))
    return EscortPlan(
        task, routes, _rows(routes, lang), left, _lines(task, routes, left),
        tuple(notes_of(task, runs, routes, left, lang)), tuple(runs), tuple(boats),
    )  # fmt: skip


def moment(task: EscortTask, day: int, minute: float) -> datetime:
    """Return a minute of a day counted from voting day as a date and time."""
    midnight = datetime.combine(task.options.voting_day, time())  # the region's own clock
    return midnight + timedelta(days=day, minutes=minute)


def routes_table(task: EscortTask, runs: Iterable[Run], boats: Iterable[Sailing]) -> pl.DataFrame:
    """Return one row for each stop of each vehicle and each crossing of the boats."""
    rows = [
        row for run in runs for route in run.routing.routes for row in _road_rows(task, run, route)
    ]
    rows += [_boat_row(task, boat) for boat in boats]
    frame = pl.DataFrame(rows, schema=ROUTES, orient="row")
    return frame.sort("date", "stage", "vehicle", "trip", "order", "arrive")


def _road_rows(task: EscortTask, run: Run, route: Route) -> list[dict[str, object]]:
    kind, options = run.kinds[route.fleet], task.options
    drops = [run.drops[visit.stop] for visit in route.visits]
    riskiest = max((drop.index or 0.0 for drop in drops), default=0.0)
    more = task.officers_more(riskiest)
    rows: list[dict[str, object]] = []
    trip, at = 0, 0
    for order, (visit, drop) in enumerate(zip(route.visits, drops, strict=True), start=1):
        if visit.trip != trip:
            trip, at = visit.trip, 0
        # On a later trip the vehicle has come back and loaded again: it leaves when it must.
        left_at = visit.arrive - minutes_of(visit.km, kind.speed_kmh)
        window = run.task.stops[visit.stop].latest
        is_out = run.stage in ("store", "villages")
        before = run.depot if at == 0 else run.drops[at - 1].point
        rows.append(
            {
                "stage": run.stage,
                "date": moment(task, run.day, 0).date(),
                "vehicle": run.name(route),
                "kind": kind.name,
                "is_boat": False,
                "trip": visit.trip,
                "order": order,
                "from_code": before.code,
                "code": drop.point.code,
                "place": drop.point.name,
                "district_code": drop.district_code,
                "district": drop.district,
                "km": round(visit.km, 3),
                "is_road": bool(run.ways.is_road[at, visit.stop + 1]),
                "leave": moment(task, run.day, left_at),
                "arrive": moment(task, run.day, visit.arrive),
                "depart": moment(task, run.day, visit.depart),
                "latest": moment(task, run.day, window) if is_out else None,
                "is_late": visit.arrive > window,
                "tps": visit.load,
                "boxes": visit.load * options.boxes_per_tps,
                "officers": kind.officers + more if order == 1 else 0,
                "index": drop.index,
                "rule": f"{kind.officers}+{more}" if more else f"{kind.officers}",
                "is_assumed": drop.is_assumed,
            }
        )
        at = visit.stop + 1
    return rows


def _boat_row(task: EscortTask, boat: Sailing) -> dict[str, object]:
    crossing, drop = boat.crossing, boat.crossing.drop
    ends = (crossing.pier, drop.point)
    start, end = ends[::-1] if boat.is_back else ends
    handling = 0 if boat.is_back else task.options.visit_minutes
    last = moment(task, -crossing.days_before, 24 * 60 - 1)
    return {
        "stage": "back_boat" if boat.is_back else "boat",
        "date": moment(task, boat.day, 0).date(),
        "vehicle": crossing.name,
        "kind": "boat",
        "is_boat": True,
        "trip": 1,
        "order": 1,
        "from_code": start.code,
        "code": end.code,
        "place": end.name,
        "district_code": drop.district_code,
        "district": drop.district,
        "km": None,
        "is_road": False,
        "leave": moment(task, boat.day, boat.depart),
        "arrive": moment(task, boat.day, boat.arrive),
        "depart": moment(task, boat.day, boat.arrive + handling),
        "latest": None if boat.is_back else last,
        "is_late": boat.is_late,
        "tps": boat.tps,
        "boxes": boat.tps * task.options.boxes_per_tps,
        "officers": crossing.officers * boat.boats,
        "index": drop.index,
        "rule": f"{crossing.officers}",
        "is_assumed": drop.is_assumed,
    }


def _rows(routes: pl.DataFrame, lang: Language) -> pl.DataFrame:
    """Return the rows of the plan table: who rides with what, when, and how far."""
    rows = []
    for row in routes.to_dicts():
        code = row["code"].split("/")[0]
        is_village = code.count(".") == 3
        key = "late" if row["is_late"] else "row"
        rows.append(
            {
                "stage": f"logistics_{row['stage']}",
                "day": row["date"],
                "task": "escort",
                "team": row["vehicle"],
                "officers": row["officers"],
                "district": row["district"],
                "village_code": code if is_village else None,
                "village": row["place"] if is_village else None,
                "tps": row["tps"],
                "km": row["km"],
                "is_assumed": row["is_assumed"],
                "is_pinned": False,
                "rule": text("plan_escort.rule", lang).format(rule=row["rule"]),
                "note": text(f"plan_escort.note.{key}", lang).format(
                    leave=f"{row['leave']:%H.%M}", arrive=f"{row['arrive']:%H.%M}",
                    boxes=row["boxes"], place=row["place"],
                ),
                "place": code,
                "is_cut_off": row["is_boat"],
            }
        )  # fmt: skip
    return pl.DataFrame(rows, schema=COVERING, orient="row")


def _left(
    task: EscortTask, runs: Sequence[Run], boats: Sequence[Sailing], lang: Language
) -> Iterable[Left]:
    for run in runs:
        for left in run.routing.unserved:
            reason = text(f"plan_escort.left.{left.reason}", lang)
            yield Left(run.stage, run.drops[left.stop].point.name, left.load, reason)
    for crossing in task.crossings:
        sailed = sum(b.tps for b in boats if b.crossing == crossing and not b.is_back)
        if rest := crossing.drop.tps - sailed:
            reason = text("plan_escort.left.no_pier", lang)
            yield Left("boat", crossing.drop.point.name, rest, reason)


def _lines(task: EscortTask, routes: pl.DataFrame, left: Sequence[Left]) -> tuple[Line, ...]:
    def sum_of(stage: str) -> int:
        held = routes.filter(pl.col("stage") == stage)["tps"].sum()
        return int(held) + sum(item.tps for item in left if item.stage == stage)

    afloat = sum(c.drop.tps for c in task.crossings)
    at_seats = sum(stays_at_seat(task).values())
    boxes = int(routes.filter(pl.col("stage") == "store")["boxes"].sum())
    boxes += sum(item.tps for item in left if item.stage == "store") * task.options.boxes_per_tps
    lines = [
        Line("store", task.tps, sum_of("store")),
        Line("boxes", task.tps * task.options.boxes_per_tps, boxes),
        Line("villages", sum(d.tps for d in task.seats), sum_of("villages") + at_seats),
        Line("boat", afloat, sum_of("boat")),
    ]
    if "back_store" in routes["stage"]:
        lines.append(Line("back_store", task.tps, sum_of("back_store")))
    return tuple(lines)
