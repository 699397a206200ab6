"""The published escort of 24 November 2024, reckoned anew, and beside it the same planned freely.

Owns that comparison and its verdicts; the figures and their sources stand in
`data/reference/published_escort.csv`.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
import polars as pl

from models.routing import solve
from models.routing_task import Fleet, Routing, Stop, Task
from rawan.errors import RawanError
from rawan.planning.escort.inputs import Drop, EscortTask
from rawan.planning.escort.roads import ways
from rawan.planning.escort.runs import Run, by_kind, sailings, slack, store_runs
from rawan.publishing.texts import number, text
from rawan.settings import PROJECT_ROOT, Language

Verdict = Literal["reproduced", "adds_up", "inferred", "not_reproduced"]
FILE = PROJECT_ROOT / "data" / "reference" / "published_escort.csv"
_SCHEMA = {
    "convoy": pl.String,
    "district_codes": pl.String,
    "large": pl.Int64,
    "small": pl.Int64,
    "officers_on_vehicle": pl.Int64,
    "officers_beside": pl.Int64,
    "officers": pl.Int64,
    "military": pl.Int64,
    "source": pl.String,
}


@dataclass(frozen=True)
class Convoy:
    """One published convoy: its kecamatan, trucks, and officers on and beside each."""

    name: str
    districts: tuple[str, ...]
    large: int
    small: int
    on_vehicle: int
    beside: int
    source: str

    @property
    def vehicles(self) -> int:
        """Return its trucks of both kinds."""
        return self.large + self.small

    @property
    def in_large(self) -> float:
        """Return its trucks in large ones, a small one taken as half: an assumption."""
        return self.large + self.small / 2


@dataclass(frozen=True)
class PublishedLine:
    """One figure: as published (None where no source has it), as computed, and what to think.

    - `reproduced`: a published rule gives the published figure;
    - `adds_up`: published parts come to a published or known whole;
    - `inferred`: the rule was inferred from the figure itself, which proves nothing;
    - `not_reproduced`: none of these.
    """

    subject: str
    published: float | None
    computed: float
    verdict: Verdict
    verdict_text: str
    rule: str
    source: str


def read_convoys(path: Path = FILE) -> tuple[tuple[Convoy, ...], int, str]:
    """Return the convoys, the officers of all of them as published, and the source of that.

    Raises
    ------
    RawanError
        If the file is missing or a cell is not of its column's kind.
    """
    try:
        rows = pl.read_csv(path, schema=_SCHEMA).to_dicts()
    except (pl.exceptions.PolarsError, OSError) as error:
        raise RawanError(f"{path}: cannot be read ({error}). Restore it.") from None
    whole = [row for row in rows if row["convoy"] == "all"]
    if len(whole) != 1 or whole[0]["officers"] is None:
        raise RawanError(f'{path}: one row "all" gives the officers of all convoys. Restore it.')
    convoys = tuple(
        Convoy(
            row["convoy"], tuple(row["district_codes"].split(";")), row["large"], row["small"],
            row["officers_on_vehicle"], row["officers_beside"], row["source"],
        )
        for row in rows
        if row["convoy"] != "all"
    )  # fmt: skip
    return convoys, whole[0]["officers"], whole[0]["source"]


def inferred_load(convoys: tuple[Convoy, ...], tps: dict[str, int]) -> float:
    """Return the TPS that a large truck must have carried, if each truck went once.

    The largest of the convoys' TPS for each large truck, a small one taken as half. It is
    inferred from the escort itself: no source gives a load.
    """
    return max(sum(tps[code] for code in c.districts) / c.in_large for c in convoys)


def published_escort(
    tps: dict[str, int], lang: Language = "id", path: Path = FILE
) -> list[PublishedLine]:
    """Return the published escort's figures beside what their rule gives.

    Parameters
    ----------
    tps : TPS of the regional election 2024 by kecamatan.
    """
    convoys, officers, source = read_convoys(path)
    missing = [code for c in convoys for code in c.districts if code not in tps]
    if missing:
        raise RawanError(f"{path}: no TPS of {', '.join(missing)} are known. Give them.")
    vehicles = sum(c.vehicles for c in convoys)
    computed = sum(c.vehicles * (c.on_vehicle + c.beside) for c in convoys)

    def line(
        key: str, published: float | None, got: float, verdict: Verdict, rule: str, source: str
    ) -> PublishedLine:
        verdict = verdict if published is None or published == got else "not_reproduced"
        said = text(f"plan_escort.published.{verdict}", lang)
        return PublishedLine(key, published, got, verdict, said, rule, source)

    def say(key: str, **values: object) -> str:
        return text(f"plan_escort.published.{key}", lang).format(**values)

    first = convoys[0]
    rule = say("rule_officers", vehicles=vehicles, on=first.on_vehicle, beside=first.beside)
    lines = [line(say("officers"), officers, computed, "reproduced", rule, source)]
    for kind in ("large", "small"):
        parts = [getattr(c, kind) for c in convoys]
        summed = " + ".join(str(part) for part in parts)
        # The sources give the parts only; their sum is what three officers each come out with.
        lines.append(line(say(kind), None, sum(parts), "adds_up", summed, first.source))
    served = {code for c in convoys for code in c.districts}
    parts = [len(c.districts) for c in convoys]
    summed = " + ".join(str(part) for part in parts)
    got = len(served) if len(served) == sum(parts) else sum(parts)
    lines.append(line(say("districts"), len(tps), got, "adds_up", summed, first.source))
    load = inferred_load(convoys, tps)
    for convoy in convoys:
        held = sum(tps[code] for code in convoy.districts)
        # In half large trucks, since that is what a small one counts.
        needed = float(np.ceil(round(held / load * 2, 6)) / 2)
        rule = say("rule_trucks", tps=held, capacity=number(load, lang, 1))
        lines.append(
            line(
                say("convoy_trucks", convoy=convoy.name), convoy.in_large, needed, "inferred",
                rule, convoy.source,
            )
        )  # fmt: skip
    return lines


def side_by_side(
    task: EscortTask, lang: Language = "id", path: Path = FILE
) -> tuple[pl.DataFrame, dict[str, Routing]]:
    """Return the published escort beside the same planned freely, one row a way to do it.

    `column`: each convoy drives as one, the shortest way through its kecamatan, and all its
    trucks unload together; `convoys`: the same trucks, best routes inside each convoy, one trip
    each; both as our reading, since no source tells how they drove. The others are free of
    convoys and let vehicles go again: `as_early` with the fewest vehicles that are no later than
    `convoys`, `fewest` with the fewest that keep the window, `earliest`. Loads are the task's.

    Columns: way, title, large, small, officers, km, last_arrive and mean_arrive (minutes of the
    day at a kecamatan, the mean weighted by TPS), island_day and island_minute (days
    to voting and minute at which the first island has its boxes; null where they end at the
    seat), least_vehicles (no plan does with less), left_tps.
    """
    convoys, _, _ = read_convoys(path)
    afloat: dict[str, int] = {}
    for crossing in task.crossings:
        code = crossing.drop.district_code
        afloat[code] = afloat.get(code, 0) + crossing.drop.tps
    whole = {
        drop.district_code: replace(drop, tps=drop.tps + afloat.get(drop.district_code, 0))
        for drop in task.seats
    }
    officers = max(kind.officers for kind in task.vehicles)
    rows, found = [], {}
    for way in ("column", "convoys"):
        routings = [_convoy(task, convoy, whole, way) for convoy in convoys]
        row = _row(way, routings, lang)
        row |= {
            "large": sum(c.large for c in convoys), "small": sum(c.small for c in convoys),
            "officers": officers * sum(c.vehicles for c in convoys),
        }  # fmt: skip
        if way == "column":  # the kilometres of all trucks of a column
            pairs = zip(routings, convoys, strict=True)
            row["km"] = sum(routing.km * convoy.vehicles for routing, convoy in pairs)
        rows.append(row)
    options = task.options
    last = max(v.arrive for g in routings for route in g.routes for v in route.visits)
    as_early = last + slack(task)  # the window closes earlier by the slack
    for way, changed in (
        (
            "as_early",
            replace(options, aim="fewest", seat_latest=min(as_early, options.seat_latest)),
        ),
        ("fewest", replace(options, aim="fewest")),
        ("earliest", replace(options, aim="earliest")),
    ):
        free = replace(task, options=changed)
        runs = store_runs(free)
        kinds = by_kind(task)
        routings = [run.routing for run in runs]
        used = [route.fleet for routing in routings for route in routing.routes]
        boats = sailings(free, runs)
        lands = min(((b.day, b.arrive) for b in boats), default=None)
        rows.append(
            _row(way, routings, lang, [_at_seats(task, run) for run in runs])
            | {
                "large": sum(at == 0 for at in used),
                "small": sum(at > 0 for at in used),
                "officers": sum(kinds[at].officers for at in used),
                "island_day": lands[0] if lands else None,
                "island_minute": lands[1] if lands else None,
                "least_vehicles": max(routing.bounds.vehicles for routing in routings),
            }
        )
        found[way] = routings[-1]
    return pl.DataFrame(rows, infer_schema_length=None), found


def _convoy(task: EscortTask, convoy: Convoy, whole: dict[str, Drop], way: str) -> Routing:
    """Solve one published convoy: as one column, or its trucks freely among its kecamatan."""
    options = task.options
    drops = [whole[code] for code in sorted(convoy.districts)]
    between = ways(
        [task.store, *(drop.point for drop in drops)],
        task.roads, task.closed, options.detour_factor,
    )  # fmt: skip
    latest = options.seat_latest - slack(task)
    stops = tuple(Stop(drop.tps, latest, 0, options.visit_minutes) for drop in drops)
    large, small = (by_kind(task)[0], by_kind(task)[-1])
    fleets: tuple[Fleet, ...] = (
        Fleet(convoy.large, large.load_tps, large.speed_kmh),
        Fleet(convoy.small, small.load_tps, small.speed_kmh),
    )
    unload = options.unload_minutes
    if way == "column":
        speed = min(large.speed_kmh, small.speed_kmh)
        fleets = (Fleet(1, sum(drop.tps for drop in drops), speed),)
        unload /= convoy.vehicles
    problem = Task(
        between.km, stops, fleets, options.start, options.close, unload, options.load_minutes, 1
    )
    return solve(problem, "fewest", options.solutions)


def _at_seats(task: EscortTask, run: Run) -> set[int]:
    """Return the stops of a run that are a kecamatan's seat, and no pier."""
    return {at for at, drop in enumerate(run.drops) if drop in task.seats}


def _row(
    way: str, routings: list[Routing], lang: Language, seats: list[set[int]] | None = None
) -> dict[str, object]:
    visits = [
        v
        for at, routing in enumerate(routings)
        for route in routing.routes
        for v in route.visits
        if seats is None or v.stop in seats[at]
    ]
    loads = sum(v.load for v in visits)
    return {
        "way": way,
        "title": text(f"plan_escort.side.{way}", lang),
        "large": 0,
        "small": 0,
        "officers": 0,
        "km": sum(routing.km for routing in routings),
        "last_arrive": max((v.arrive for v in visits), default=None),
        "mean_arrive": sum(v.arrive * v.load for v in visits) / loads if loads else None,
        "island_day": None,
        "island_minute": None,
        "least_vehicles": None,
        "left_tps": sum(left.load for routing in routings for left in routing.unserved),
    }
