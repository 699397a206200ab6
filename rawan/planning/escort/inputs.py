"""What an escort of ballot boxes is planned from: plain values, and what is wrong in them.

Owns their form and meaning. The planner's file and the making of the table of TPS are left to
`rules/resources.py` and `rules/polling.py`; `tables.py` goes from those to here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from rawan.errors import RawanError

Aim = Literal["fewest", "earliest"]


@dataclass(frozen=True)
class Point:
    """A place of the plan, in degrees; `codes` are the codes that a road may name it by.

    `code` is unlike any other: a village's, a kecamatan's for its seat, "store", or one of these
    with "/pier" or "/island" where a village has both shores.
    """

    code: str
    name: str
    lat: float
    lon: float
    codes: tuple[str, ...] = ()

    def answers_to(self, code: str) -> bool:
        """Return whether a road that names this code means this place."""
        return code == self.code or code in self.codes


@dataclass(frozen=True)
class Drop:
    """TPS whose boxes go to a place; `index` is its logistics index, 0 to 100, None if unknown."""

    point: Point
    district_code: str
    district: str
    tps: int
    index: float | None = None
    is_assumed: bool = False


@dataclass(frozen=True)
class VehicleKind:
    """So many vehicles of a kind, the officers that go with each, and the TPS one carries."""

    name: str
    number: int
    officers: int
    load_tps: int
    speed_kmh: float = 30.0


@dataclass(frozen=True)
class Crossing:
    """Boats from a pier to an island, and the TPS there; `departs` are minutes of the day.

    The boxes must have sailed `days_before` voting day at the latest. `drop.point` is the landing;
    lorries bring the boxes to `pier` and no farther.
    """

    name: str
    pier: Point
    drop: Drop
    hours: float
    number: int
    officers: int
    load_tps: int
    departs: tuple[int, ...]
    days_before: int


@dataclass(frozen=True)
class EscortOptions:
    """The planner's choices; what is not published is an assumption and is told with the plan.

    Attributes
    ----------
    voting_day : H; days are counted from it, -3 is H-3.
    store_day, village_days : when boxes leave the store, and the kecamatan; the riskiest first.
    start, seat_latest, village_latest : minutes of the day. Windows close `weather_slack_hours`
        earlier, so that there is room for rain.
    close : minute of the day after which nothing is unloaded any more.
    earliest : minute of the day at which a place can take boxes.
    visit_minutes, unload_minutes, load_minutes : for each visit, for each TPS, and to load again.
    weather_slack_days : an island's boxes leave so many days before their last good day.
    most_trips : trips of one vehicle a day.
    boxes_per_tps : two in November 2024, governor and regent.
    extra_officers : (index, officers): a vehicle gets that many more officers if the logistics
        index of its riskiest stop is that high or higher; the highest line that fits counts. A
        road is as risky as the riskier of its ends.
    back_from_villages, back_to_store : (day, minute) at which boxes start on their way back.
    back_latest : minute of voting day by which a village's boxes are taken up; above 24 hours it
        is the day after.
    solutions : where the search of the store's routes stops; the villages' stops at a
        tenth.
    """

    voting_day: date
    store_day: int = -3
    village_days: tuple[int, ...] = (-2, -1)
    start: int = 7 * 60
    earliest: int = 7 * 60
    seat_latest: int = 17 * 60
    village_latest: int = 17 * 60
    close: int = 24 * 60
    visit_minutes: int = 15
    unload_minutes: float = 0.5
    load_minutes: int = 45
    weather_slack_hours: float = 1.0
    weather_slack_days: int = 0
    most_trips: int = 3
    boxes_per_tps: int = 2
    detour_factor: float = 1.4
    extra_officers: tuple[tuple[float, int], ...] = ((60.0, 1), (80.0, 2))
    back_from_villages: tuple[int, int] = (0, 18 * 60)
    back_latest: int = 36 * 60
    back_to_store: tuple[int, int] = (6, 8 * 60)
    aim: Aim = "fewest"
    solutions: int = 100


@dataclass(frozen=True)
class EscortTask:
    """Everything that an escort is planned from.

    Attributes
    ----------
    seats : one drop a kecamatan: all its TPS but those behind water.
    villages : drops within the kecamatan, on the mainland; their TPS are part of the seats'. TPS
        of a seat that no village has (known by kecamatan only) stay at the seat.
    crossings : islands by boat; their TPS are not part of the seats'.
    roads : kilometres by road between two codes where known, either way; "store" is the store.
    closed : pairs of codes with no road between them, and why.
    """

    store: Point
    seats: tuple[Drop, ...]
    villages: tuple[Drop, ...]
    crossings: tuple[Crossing, ...]
    vehicles: tuple[VehicleKind, ...]
    options: EscortOptions
    roads: Mapping[tuple[str, str], float] = field(default_factory=dict)
    closed: Mapping[tuple[str, str], str] = field(default_factory=dict)

    @property
    def tps(self) -> int:
        """Return all TPS whose boxes are to be brought."""
        return sum(d.tps for d in self.seats) + sum(c.drop.tps for c in self.crossings)

    def officers_more(self, index: float | None) -> int:
        """Return the officers more for a vehicle whose riskiest stop has this index."""
        fits = [line for line in self.options.extra_officers if (index or 0.0) >= line[0]]
        return max(fits)[1] if fits else 0


def check(task: EscortTask) -> None:
    """Refuse a task that contradicts itself, all mistakes at once.

    Raises
    ------
    RawanError
        One sentence for each mistake.
    """
    found = [*_counts(task), *_options(task.options)]
    at_seat = {drop.district_code: drop.tps for drop in task.seats}
    for code, tps in sorted(at_seat.items()):
        there = sum(drop.tps for drop in task.villages if drop.district_code == code)
        if there > tps:
            found.append(f"kecamatan {code}: its villages have {there} TPS and it has {tps}.")
    found += [
        f"{drop.point.name}: its kecamatan {drop.district_code} has no seat."
        for drop in task.villages
        if drop.district_code not in at_seat
    ]
    islands = {crossing.drop.point.code for crossing in task.crossings}
    found += [
        f"{drop.point.name}: is reached by boat and cannot be a stop of a lorry as well."
        for drop in task.villages
        if drop.point.code in islands
    ]
    if found:
        listed = "\n".join(f"  {sentence}" for sentence in found)
        raise RawanError(f"escort: this cannot be planned:\n{listed}")


def _counts(task: EscortTask) -> list[str]:
    found = []
    if not any(kind.number > 0 for kind in task.vehicles):
        found.append("vehicles: there is none. Give [[vehicles]] at least one.")
    found += [
        f"vehicles, {kind.name}: number, officers, load and speed are above zero."
        for kind in task.vehicles
        if kind.number < 0 or kind.officers < 0 or kind.load_tps < 1 or not kind.speed_kmh > 0
    ]
    every = [*task.seats, *task.villages, *(c.drop for c in task.crossings)]
    found += [f"{drop.point.name}: {drop.tps} TPS is below zero." for drop in every if drop.tps < 0]
    for kinds, names in (
        ("vehicles", [kind.name for kind in task.vehicles]),
        ("boats", [crossing.name for crossing in task.crossings]),
        ("kecamatan", [drop.district_code for drop in task.seats]),
        ("villages", [drop.point.code for drop in task.villages]),
    ):
        twice = sorted({name for name in names if names.count(name) > 1})
        found += [f"{kinds}: {name} is there twice." for name in twice]
    for crossing in task.crossings:
        if not crossing.departs or crossing.number < 1 or crossing.load_tps < 1:
            found.append(f"boats, {crossing.name}: needs a boat, room in it and an hour to sail.")
        if not 0 <= crossing.hours < 24:
            found.append(f"boats, {crossing.name}: sails for 0 to 24 hours.")
    return found


def _options(options: EscortOptions) -> list[str]:
    found = []
    slack = round(options.weather_slack_hours * 60)
    if options.start > min(options.seat_latest, options.village_latest) - slack:
        found.append("windows: they close before the vehicles start. Start earlier or wait less.")
    if not options.village_days or min(options.village_days) <= options.store_day:
        found.append("days: boxes leave the kecamatan after the day on which they come there.")
    if any(day >= 0 for day in options.village_days):
        found.append("days: boxes are in the villages before voting day.")
    if options.detour_factor < 1:
        found.append("detour_factor: no road is shorter than the straight line. Give 1 or more.")
    return found
