"""An independent check of an escort: the table of routes against what was asked, and nothing else.

Shares no code with the solver, the roads or the plan: distances, loads, clocks and officers are
reckoned here anew from the rows. Finds; never mends.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from math import asin, ceil, cos, radians, sin, sqrt
from typing import Any

import polars as pl

from rawan.planning.escort.inputs import Drop, EscortTask, Point

_OUT = ("store", "villages")
_SEA = ("boat", "back_boat")
_DUST_KM = 0.01  # the table rounds kilometres to metres


@dataclass(frozen=True)
class Finding:
    """A rule that a plan breaks, where, and how."""

    rule: str
    place: str
    what: str


Rows = list[dict[str, Any]]


def check_escort(
    routes: pl.DataFrame, task: EscortTask, left: dict[tuple[str, str], int] | None = None
) -> list[Finding]:
    """Return what is wrong with the routes of an escort; nothing, if all rules are kept.

    Parameters
    ----------
    routes : the plan's table of routes.
    left : TPS that the plan itself says are not brought, by (stage, place).
    """
    rows = routes.sort("vehicle", "arrive").to_dicts()
    rules = (
        _served_once(rows, task, dict(left or {})),
        _capacity(rows, task),
        _one_place(rows, task),
        _distances(rows, task),
        _windows(rows, task),
        _officers(rows, task),
        _water(rows, task),
        _boats(rows, task),
        _boxes(rows, task),
    )
    return [finding for rule in rules for finding in rule]


def _stops(task: EscortTask) -> dict[str, dict[str, Drop]]:
    """Return what each stage has to bring or fetch, by code of the place."""
    afloat: dict[str, int] = defaultdict(int)
    for crossing in task.crossings:
        afloat[crossing.drop.district_code] += crossing.drop.tps
    piers = {c.pier.code: replace(c.drop, point=c.pier) for c in task.crossings}
    villages = {drop.point.code: drop for drop in task.villages}
    whole = {
        drop.point.code: replace(drop, tps=drop.tps + afloat[drop.district_code])
        for drop in task.seats
    }
    return {
        "store": {**{drop.point.code: drop for drop in task.seats}, **piers},
        "villages": villages,
        "boat": {crossing.drop.point.code: crossing.drop for crossing in task.crossings},
        "back_villages": villages,
        "back_boat": piers,
        "back_pier": piers,
        "back_store": whole,
    }


def _served_once(
    rows: Rows, task: EscortTask, left: dict[tuple[str, str], int]
) -> Iterable[Finding]:
    brought: dict[tuple[str, str], int] = defaultdict(int)
    names = {}
    for row in rows:
        brought[row["stage"], row["code"]] += row["tps"]
        names[row["code"]] = row["place"]
    present = {row["stage"] for row in rows}
    is_back = any(stage.startswith("back_") for stage in present)
    for stage, stops in _stops(task).items():
        if stage.startswith("back_") and not is_back:
            continue
        for code, drop in stops.items():
            got = brought.pop((stage, code), 0)
            name = names.get(code, drop.point.name)
            missing = drop.tps - got - left.get((stage, name), 0)
            if missing > 0:
                yield Finding("served_once", name, f"{stage}: {missing} TPS are not brought")
            if missing < 0:
                yield Finding("served_once", name, f"{stage}: {-missing} TPS too many")
    for (stage, code), tps in brought.items():
        yield Finding("served_once", code, f"{stage}: {tps} TPS for a place that needs none")


def _capacity(rows: Rows, task: EscortTask) -> Iterable[Finding]:
    kinds = {kind.name: kind for kind in task.vehicles}
    trips: dict[tuple[Any, ...], int] = defaultdict(int)
    for row in rows:
        if row["is_boat"]:
            continue
        if row["kind"] not in kinds:
            yield Finding("capacity", row["vehicle"], f"there are no vehicles {row['kind']}")
            continue
        number = row["vehicle"].removeprefix(row["kind"]).strip()
        if not number.isdigit() or not 1 <= int(number) <= kinds[row["kind"]].number:
            yield Finding("capacity", row["vehicle"], "there is no such vehicle")
        trips[row["stage"], row["date"], row["vehicle"], row["trip"], row["kind"]] += row["tps"]
        if row["trip"] > task.options.most_trips:
            yield Finding("capacity", row["vehicle"], f"makes {row['trip']} trips a day")
    for (stage, day, vehicle, trip, kind), tps in trips.items():
        if tps > kinds[kind].load_tps:
            room = kinds[kind].load_tps
            what = f"{stage}, {day}, trip {trip}: {tps} TPS aboard, and there is room for {room}"
            yield Finding("capacity", vehicle, what)


def _one_place(rows: Rows, task: EscortTask) -> Iterable[Finding]:
    """No vehicle or boat is at two places at once; a stop takes its time."""
    options = task.options
    by_vehicle: dict[str, Rows] = defaultdict(list)
    for row in rows:
        if row["leave"] > row["arrive"] or row["arrive"] > row["depart"]:
            yield Finding("one_place", row["vehicle"], f"{row['place']}: leaves before it is there")
        if not row["is_boat"]:
            least = options.visit_minutes + ceil(round(row["tps"] * options.unload_minutes, 6))
            if row["depart"] - row["arrive"] < timedelta(minutes=least):
                yield Finding("one_place", row["vehicle"], f"{row['place']}: leaves too soon")
            by_vehicle[row["vehicle"]].append(row)
    points = _points(task)
    speed = {kind.name: kind.speed_kmh for kind in task.vehicles}
    for vehicle, own in by_vehicle.items():
        own.sort(key=lambda row: (row["arrive"], row["order"]))
        for at, after in enumerate(own):
            before = own[at - 1] if at else None
            same_run = before is not None and _run_of(before) == _run_of(after)
            same_trip = same_run and before is not None and before["trip"] == after["trip"]
            depot = "store" if after["stage"].endswith("store") else after["district_code"]
            start = before["code"] if same_trip and before is not None else depot
            if after["from_code"] != start:
                yield Finding("one_place", vehicle, f"{after['place']}: comes from elsewhere")
            if before is None:
                continue
            if not same_run and before["date"] == after["date"]:
                yield Finding("one_place", vehicle, f"{after['place']}: in two runs on one day")
            free = before["depart"]
            if same_run and not same_trip:
                back = _leg_km(task, points.get(before["code"]), points.get(depot))
                minutes = back / speed.get(after["kind"], 1.0) * 60 + options.load_minutes
                free += timedelta(minutes=minutes)
            if after["leave"] < free:
                what = f"{after['place']}: on its way while still busy with {before['place']}"
                yield Finding("one_place", vehicle, what)


def _run_of(row: dict[str, Any]) -> tuple[Any, ...]:
    return row["stage"], row["date"]


def _leg_km(task: EscortTask, one: Point | None, other: Point | None) -> float:
    """Return the least that a way can have, in kilometres; a closed one is no shorter."""
    if one is None or other is None:
        return 0.0
    road = _given(task.roads, one, other)
    return float(_line_km(one, other) * task.options.detour_factor if road is None else road)


def _points(task: EscortTask) -> dict[str, Point]:
    found = {"store": task.store}
    for drop in (*task.seats, *task.villages):
        found[drop.point.code] = drop.point
    for crossing in task.crossings:
        found[crossing.pier.code] = crossing.pier
        found[crossing.drop.point.code] = crossing.drop.point
    return found


def _distances(rows: Rows, task: EscortTask) -> Iterable[Finding]:
    """Kilometres are those of the road or the line, closed roads are gone round, and speed kept."""
    points = _points(task)
    speed = {kind.name: kind.speed_kmh for kind in task.vehicles}
    for row in rows:
        if row["is_boat"] or row["kind"] not in speed:
            continue
        ends = points.get(row["from_code"]), points.get(row["code"])
        if ends[0] is None or ends[1] is None:
            yield Finding("distances", row["place"], "one end of the way is no place of the task")
            continue
        line = _line_km(ends[0], ends[1]) * task.options.detour_factor
        road = _given(task.roads, ends[0], ends[1])
        if _given(task.closed, ends[0], ends[1]) is not None:
            if row["km"] < line - _DUST_KM or (road is None and abs(row["km"] - line) < _DUST_KM):
                yield Finding("distances", row["place"], "drives on a road that is closed")
        elif abs(row["km"] - (line if road is None else road)) > _DUST_KM:
            should = line if road is None else road
            yield Finding("distances", row["place"], f"{row['km']} km, and it is {should:.2f}")
        driven = (row["arrive"] - row["leave"]).total_seconds() / 60
        if driven < (row["km"] - _DUST_KM) / speed[row["kind"]] * 60:
            yield Finding("distances", row["place"], f"{row['km']} km in {driven:.0f} minutes")


def _given(known: Any, one: Point, other: Point) -> Any:
    for a, b in known:
        for start, end in ((one, other), (other, one)):
            if a in (start.code, *start.codes) and b in (end.code, *end.codes):
                return known[a, b]
    return None


def _line_km(one: Point, other: Point) -> float:
    lat, there = radians(one.lat), radians(other.lat)
    half = sin((lat - there) / 2) ** 2
    half += cos(lat) * cos(there) * sin(radians(one.lon - other.lon) / 2) ** 2
    return 2 * 6371.0 * asin(sqrt(half))


def _windows(rows: Rows, task: EscortTask) -> Iterable[Finding]:
    """Windows close when they should, and what arrives late is told as late, and only that."""
    options = task.options
    slack = timedelta(hours=options.weather_slack_hours)
    shut = {"store": options.seat_latest, "villages": options.village_latest}
    piers = {crossing.pier.code for crossing in task.crossings}
    for row in rows:
        if row["stage"] not in _OUT or row["latest"] is None:
            continue
        midnight = datetime.combine(row["date"], time())
        last = midnight + timedelta(minutes=shut[row["stage"]]) - slack
        wrong = row["latest"] > last if row["code"] in piers else row["latest"] != last
        if wrong:
            yield Finding("windows", row["place"], f"the window should close at {last:%H.%M}")
        if row["is_late"] != (row["arrive"] > min(row["latest"], last)):
            said = "is told as late" if row["is_late"] else "is late and not told"
            yield Finding("windows", row["place"], f"arrives {row['arrive']:%H.%M} and {said}")


def _officers(rows: Rows, task: EscortTask) -> Iterable[Finding]:
    """Each vehicle has the officers of its kind, and more by its riskiest stop; boats likewise."""
    kinds = {kind.name: kind for kind in task.vehicles}
    boats = {crossing.name: crossing for crossing in task.crossings}
    risk = {c: d.index or 0.0 for stage in _stops(task).values() for c, d in stage.items()}
    runs: dict[tuple[Any, ...], Rows] = defaultdict(list)
    for row in rows:
        key = (row["stage"], row["date"], row["vehicle"], row["leave"] if row["is_boat"] else None)
        runs[key].append(row)
    for (stage, day, vehicle, _), own in runs.items():
        aboard = sum(row["officers"] for row in own)
        if own[0]["is_boat"]:
            if vehicle not in boats:
                continue
            crossing = boats[vehicle]
            needed = crossing.officers * ceil(own[0]["tps"] / crossing.load_tps)
        elif own[0]["kind"] in kinds:
            highest = max(risk.get(row["code"], 0.0) for row in own)
            more = [n for least, n in sorted(task.options.extra_officers) if highest >= least]
            needed = kinds[own[0]["kind"]].officers + (more[-1] if more else 0)
        else:
            continue
        if aboard != needed:
            what = f"{stage}, {day}: {aboard} officers, and the rule asks for {needed}"
            yield Finding("officers", vehicle, what)


def _water(rows: Rows, task: EscortTask) -> Iterable[Finding]:
    """No lorry lands on an island, and a boat goes between its pier and its landing only."""
    landings = {crossing.drop.point.code for crossing in task.crossings}
    ends = {c.name: {c.pier.code, c.drop.point.code} for c in task.crossings}
    for row in rows:
        if not row["is_boat"] and landings & {row["code"], row["from_code"]}:
            yield Finding("water", row["place"], f"{row['vehicle']} drives over water")
        if row["is_boat"] != (row["stage"] in _SEA):
            yield Finding("water", row["place"], f"{row['vehicle']} is in a stage not its own")
        if row["is_boat"] and {row["code"], row["from_code"]} != ends.get(row["vehicle"]):
            yield Finding("water", row["place"], f"{row['vehicle']} does not sail there")


def _boats(rows: Rows, task: EscortTask) -> Iterable[Finding]:
    """Boats sail at their hours, take their time, are not too full, and wait for their boxes."""
    voting = task.options.voting_day
    for crossing in task.crossings:
        own = [row for row in rows if row["is_boat"] and row["vehicle"] == crossing.name]
        pier = [r for r in rows if r["stage"] == "store" and r["code"] == crossing.pier.code]
        ready = max((row["depart"] for row in pier), default=None)
        for row in own:
            hour = row["leave"].hour * 60 + row["leave"].minute
            if hour not in crossing.departs:
                yield Finding("boats", row["place"], f"no boat sails at {row['leave']:%H.%M}")
            if (row["arrive"] - row["leave"]).total_seconds() < crossing.hours * 3600 - 60:
                yield Finding("boats", row["place"], "crosses faster than the boat can")
            if row["tps"] > crossing.number * crossing.load_tps:
                yield Finding("boats", row["place"], f"{row['tps']} TPS do not fit aboard")
            if row["stage"] == "back_boat":
                if row["date"] <= voting:
                    yield Finding("boats", row["place"], "comes back before the votes are counted")
                continue
            if ready is None or row["leave"] < ready:
                yield Finding("boats", row["place"], "sails before its boxes are at the pier")
            is_late = row["date"] > voting - timedelta(days=crossing.days_before)
            if is_late != row["is_late"]:
                yield Finding("boats", row["place"], "its last good day is not told rightly")


def _boxes(rows: Rows, task: EscortTask) -> Iterable[Finding]:
    for row in rows:
        if row["boxes"] != row["tps"] * task.options.boxes_per_tps:
            what = f"{row['boxes']} boxes for {row['tps']} TPS"
            yield Finding("boxes", row["place"], what)
