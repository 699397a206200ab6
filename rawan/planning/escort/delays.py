"""What arrives late if the start is delayed, a vehicle is out or a boat is missed, and what then.

Owns the question "what if"; the plan itself is not changed. Late or lost is reckoned on the
planned routes driven as they stand; the alternative is what a new plan under the delay would do.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import polars as pl

from models.routing import solve
from models.routing_task import Fleet, Route, Routing, Task, drive
from rawan.errors import RawanError, did_you_mean
from rawan.planning.escort.notes import clock_text
from rawan.planning.escort.plan import EscortPlan, moment
from rawan.planning.escort.runs import Run, Sailing, at_pier, cross
from rawan.publishing.texts import text
from rawan.settings import Language

OUTCOME: dict[str, Any] = {
    "stage": pl.String,
    "place": pl.String,
    "vehicle": pl.String,
    "tps": pl.Int64,
    "planned": pl.Datetime("us"),
    "now": pl.Datetime("us"),
    "latest": pl.Datetime("us"),
    "is_late": pl.Boolean,
    "alternative": pl.String,
    "other_vehicle": pl.String,
    "other_arrive": pl.Datetime("us"),
    "is_in_time_then": pl.Boolean,
}
"""One row for each stop hit: `now` is null where nobody comes any more. `other_arrive` is when
the last of it would come under the alternative; null where there is none."""


@dataclass(frozen=True)
class Delay:
    """What goes wrong on the way out: hours later, vehicles and boats (by name) that fail."""

    start_hours: float = 0.0
    vehicles_out: tuple[str, ...] = ()
    boats_missed: tuple[str, ...] = ()


def under_delay(plan: EscortPlan, delay: Delay, lang: Language = "id") -> pl.DataFrame:
    """Return each stop that comes late, is lost or sails later, with the alternative (`OUTCOME`).

    Raises
    ------
    RawanError
        If the delay is negative or names a vehicle or boat that the plan does not use.
    """
    runs = [*plan.of("store"), *plan.of("villages")]
    _check(plan, runs, delay)
    rows: list[dict[str, object]] = []
    ready: dict[str, int | None] = {}
    for run in runs:
        task = replace(run.task, start=run.task.start + round(delay.start_hours * 60))
        task = replace(task, close=max(task.close, task.start))
        again: tuple[Routing, tuple[tuple[int, ...], ...]] | None = None
        for route in run.routing.routes:
            is_out = run.name(route) in delay.vehicles_out
            driven = drive(task, route.fleet, route.vehicle, chain_of(route))
            for before, now in zip(route.visits, driven.visits, strict=True):
                latest = run.task.stops[before.stop].latest
                drop = run.drops[before.stop]
                for crossing in plan.task.crossings:
                    if drop == at_pier(crossing):
                        ready[crossing.name] = None if is_out else run.day * 1440 + now.depart
                was_late = before.arrive > latest
                if not is_out and (now.arrive <= latest or was_late):
                    continue
                if again is None:
                    again = _again(plan, run, task, delay)
                rows.append(
                    {
                        "stage": run.stage,
                        "place": drop.point.name,
                        "vehicle": run.name(route),
                        "tps": before.load,
                        "planned": moment(plan.task, run.day, before.arrive),
                        "now": None if is_out else moment(plan.task, run.day, now.arrive),
                        "latest": moment(plan.task, run.day, latest),
                        "is_late": True,
                        **_other(plan, run, again, before.stop, latest, lang),
                    }
                )
        _boats_again(plan, run, again, ready)
    rows += _sea(plan, delay, ready, lang)
    return pl.DataFrame(rows, schema=OUTCOME, orient="row").sort("planned", "place", "vehicle")


def _check(plan: EscortPlan, runs: Iterable[Run], delay: Delay) -> None:
    names = {run.name(route) for run in runs for route in run.routing.routes}
    if delay.start_hours < 0:
        raise RawanError(f"delay: {delay.start_hours} hours is below zero. Give 0 or more.")
    for name in delay.vehicles_out:
        if name not in names:
            hint = did_you_mean(name, names)
            raise RawanError(f'delay: the plan uses no vehicle "{name}".{hint}')
    boats = {crossing.name for crossing in plan.task.crossings}
    for name in delay.boats_missed:
        if name not in boats:
            raise RawanError(f'delay: there is no boat "{name}".{did_you_mean(name, boats)}')


def chain_of(route: Route) -> list[tuple[int, int]]:
    """Return a route as (stop, load), with stop -1 where the vehicle loads again."""
    chain: list[tuple[int, int]] = []
    for at, visit in enumerate(route.visits):
        if at and visit.trip != route.visits[at - 1].trip:
            chain.append((-1, 0))
        chain.append((visit.stop, visit.load))
    return chain


def _again(
    plan: EscortPlan, run: Run, task: Task, delay: Delay
) -> tuple[Routing, tuple[tuple[int, ...], ...]]:
    """Plan a run anew under the delay, without the vehicles that are out."""
    numbers = tuple(
        tuple(n for n in held if f"{kind.name} {n}" not in delay.vehicles_out)
        for kind, held in zip(run.kinds, run.numbers, strict=True)
    )
    fleets = tuple(
        Fleet(len(held), fleet.capacity, fleet.speed_kmh)
        for held, fleet in zip(numbers, task.fleets, strict=True)
    )
    solutions = max(20, plan.task.options.solutions // 4)
    return solve(replace(task, fleets=fleets), "earliest", solutions), numbers


def _other(
    plan: EscortPlan,
    run: Run,
    again: tuple[Routing, tuple[tuple[int, ...], ...]],
    stop: int,
    latest: int,
    lang: Language,
) -> dict[str, object]:
    """Return who would bring a stop's load under the new plan; the last vehicle there counts."""
    routing, numbers = again
    found = [
        (visit.arrive, f"{run.kinds[route.fleet].name} {numbers[route.fleet][route.vehicle]}")
        for route in routing.routes
        for visit in route.visits
        if visit.stop == stop
    ]
    if not found or any(left.stop == stop for left in routing.unserved):
        return {"alternative": text("plan_escort.delay.none", lang), "is_in_time_then": False}
    arrive, vehicle = max(found)
    at = moment(plan.task, run.day, arrive)
    key = "other_vehicle" if arrive <= latest else "other_vehicle_late"
    said = text(f"plan_escort.delay.{key}", lang).format(vehicle=vehicle, when=clock_text(at))
    return {
        "alternative": said,
        "other_vehicle": vehicle,
        "other_arrive": at,
        "is_in_time_then": arrive <= latest,
    }


def _boats_again(
    plan: EscortPlan,
    run: Run,
    again: tuple[Routing, tuple[tuple[int, ...], ...]] | None,
    ready: dict[str, int | None],
) -> None:
    """Where the vehicle to a pier is out, let the boat wait for the one that comes instead."""
    for crossing in plan.task.crossings:
        if again is None or ready.get(crossing.name, 0) is not None:
            continue
        there = [
            run.day * 1440 + visit.depart
            for route in again[0].routes
            for visit in route.visits
            if run.drops[visit.stop] == at_pier(crossing)
        ]
        if there:
            ready[crossing.name] = max(there)


def _sea(
    plan: EscortPlan, delay: Delay, ready: dict[str, int | None], lang: Language
) -> Iterable[dict[str, object]]:
    """Return the crossings that sail later than planned."""
    for crossing in plan.task.crossings:
        planned = [b for b in plan.boats if b.crossing == crossing and not b.is_back]
        if not planned:
            continue
        first, last = planned[0], planned[-1]
        clock = ready.get(crossing.name, 0)
        row = {
            "stage": "boat",
            "place": crossing.drop.point.name,
            "vehicle": crossing.name,
            "tps": sum(boat.tps for boat in planned),
            "planned": moment(plan.task, last.day, last.arrive),
            "latest": moment(plan.task, -crossing.days_before, 24 * 60 - 1),
        }
        if clock is None:
            none = text("plan_escort.delay.none", lang)
            yield {**row, "is_late": True, "alternative": none, "is_in_time_then": False}
            continue
        if crossing.name in delay.boats_missed:
            clock = max(clock, first.day * 1440 + first.depart + 1)
        sailed = cross(crossing, clock, sum(boat.tps for boat in planned))
        now = sailed[-1]
        if (now.day, now.arrive) <= (last.day, last.arrive):
            continue
        yield {**row, **_next(plan, sailed[0], now, lang)}


def _next(plan: EscortPlan, first: Sailing, now: Sailing, lang: Language) -> dict[str, object]:
    at = moment(plan.task, first.day, first.depart)
    key = "next_sailing_late" if now.is_late else "next_sailing"
    arrive: datetime = moment(plan.task, now.day, now.arrive)
    return {
        "now": arrive,
        "is_late": now.is_late,
        "alternative": text(f"plan_escort.delay.{key}", lang).format(when=clock_text(at)),
        "other_vehicle": now.crossing.name,
        "other_arrive": arrive,
        "is_in_time_then": not now.is_late,
    }
