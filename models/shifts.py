"""People over days: who is on duty where and when, with rest, and what need stays unmet.

Owns the integer programme and the roster drawn from it. Stages, dates and tables are the business
of `rawan/planning/stages.py`.

The programme counts officers and knows no persons. The officers of a crew flow through the days:
on each morning so many of them have been on duty for k days in a row; from there a day of duty
leads to k + 1, a day of rest to none, and from k = `most_days`, as from a long duty, rest is the
only way. Whole flows from a morning to the next split into whole paths, and a path is a person: so
that whatever the programme counts can be kept by persons, each at one place a day and rested
(flow decomposition; Ahuja, Magnanti and Orlin 1993, "Network Flows", section 3.5).

First the unmet need, weighted, is made least. At that it is spread, so that no place is left bare
while another has all it asked for: the second quarter of a need that is missing counts more than
the first, and so on. Of what is then equal, the least way from home is taken, and after that a
fixed matching of crews to places, so that a crew goes to the same places day after day.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csc_matrix

from models.additive import Array

_KINDS = ("short", "long")
_TIERS = 4
# What a quarter more of a need missing counts, and the whole of it, against the longest way.
_SPREAD, _FIRST = 30.0, 3000.0


@dataclass(frozen=True, order=True)
class Crew:
    """The officers of a unit; `home` is a place to which nobody has to be sent, or ''."""

    name: str
    officers: int
    home: str = ""


@dataclass(frozen=True, order=True)
class Need:
    """So many officers for a task at a place on a day.

    Attributes
    ----------
    day : days from the first day of the plan, from 0.
    weight : what an officer missing counts; above zero.
    is_long : the duty goes on through the night: the next day is for rest.
    only : names of the crews that may do it; empty for any.
    """

    day: int
    stage: str
    place: str
    task: str
    officers: int
    weight: float = 1.0
    is_long: bool = False
    only: tuple[str, ...] = ()


@dataclass(frozen=True, order=True)
class Duty:
    """An officer of a crew, by number from 1, on a day; `need` is a row of `Shifts.needs`."""

    day: int
    crew: str
    officer: int
    need: int


@dataclass(frozen=True)
class Shifts:
    """A roster.

    Attributes
    ----------
    needs : in the order of days.
    unmet : for each need the officers that are missing.
    weighted : their sum, each with its need's weight.
    bound : no roster leaves less unmet than this, weighted.
    moves : times that an officer is sent to another place than the last, or the first time from
        home.
    """

    needs: tuple[Need, ...]
    duties: tuple[Duty, ...]
    unmet: tuple[int, ...]
    weighted: float
    bound: float
    moves: int


def plan_shifts(
    crews: Sequence[Crew],
    needs: Sequence[Need],
    most_days: int,
    km: Mapping[tuple[str, str], float] | None = None,
    seconds: float = 120.0,
) -> Shifts:
    """Return the roster with the least unmet need, spread, and then the least way from home.

    The order of crews and needs changes nothing.

    Parameters
    ----------
    most_days : duty days in a row after which a day of rest must follow; at least 1.
    km : way from a crew's home to a place; one that is not named, or all if None, is one unit
        long, and none where the place is the home.
    seconds : after which each of the two searches stops with what it has; the bound then tells.

    Raises
    ------
    ValueError
        If a crew stands twice, a number is negative, or a weight is not above zero.
    """
    people, wanted = sorted(crews), sorted(needs)
    _check(people, wanted, most_days)
    if not people or not wanted:
        unmet = tuple(need.officers for need in wanted)
        least = _weighted(wanted, unmet)
        return Shifts(tuple(wanted), (), unmet, least, least, 0)
    programme = _programme(people, wanted, most_days)
    counted, bound = programme.solve(_ways(people, wanted, km or {}), wanted, seconds)
    duties: list[Duty] = []
    moves = 0
    for number, crew in enumerate(people):
        mine, sent = _roster(programme, counted, number, crew, wanted)
        duties += mine
        moves += sent
    met = np.bincount([duty.need for duty in duties], minlength=len(wanted))
    unmet = tuple(need.officers - int(given) for need, given in zip(wanted, met, strict=True))
    return Shifts(
        tuple(wanted), tuple(sorted(duties)), unmet, _weighted(wanted, unmet), bound, moves
    )


def _check(crews: Sequence[Crew], needs: Sequence[Need], most_days: int) -> None:
    names = [crew.name for crew in crews]
    if len(set(names)) < len(names):
        raise ValueError(f"crew {next(n for n in names if names.count(n) > 1)!r} stands twice")
    for crew in crews:
        if crew.officers < 0:
            raise ValueError(f"crew {crew.name!r} has {crew.officers} officers")
    for need in needs:
        if need.officers < 0 or need.day < 0 or not 0 < need.weight < np.inf:
            raise ValueError(
                f"need {need.task!r} at {need.place!r}: a number is negative, or its weight is not "
                "above zero"
            )
        unknown = set(need.only) - set(names)
        if unknown:
            raise ValueError(f"need {need.task!r} at {need.place!r}: no crew {min(unknown)!r}")
    if most_days < 1:
        raise ValueError(f"most_days = {most_days} is below 1")


def _weighted(needs: Sequence[Need], unmet: Sequence[int]) -> float:
    return float(sum(need.weight * missing for need, missing in zip(needs, unmet, strict=True)))


def _ways(
    crews: Sequence[Crew], needs: Sequence[Need], km: Mapping[tuple[str, str], float]
) -> dict[tuple[int, str], float]:
    """Return for each crew and place what sending an officer there counts, at most 1.

    The product of the two positions, as a small part of it, is what matches crews to places in
    one fixed order.
    """
    places = sorted({need.place for need in needs})
    longest = max([1.0, *km.values()])
    found: dict[tuple[int, str], float] = {}
    for number, crew in enumerate(crews):
        for position, place in enumerate(places):
            away = km.get((crew.home, place), float(place != crew.home)) / longest
            matched = (number + 1) * (position + 1) / (len(crews) * len(places))
            found[number, place] = (away + 0.01 * matched) / 1.01
    return found


@dataclass
class _Programme:
    """Columns and rows of the integer programme, gathered one by one.

    `columns` names a variable: ("x", crew, need), ("short" | "long" | "rest", crew, day, k),
    ("unmet", need, quarter).
    """

    columns: dict[tuple[object, ...], int] = field(default_factory=dict)
    upper: list[float] = field(default_factory=list)
    entries: list[tuple[int, int, float]] = field(default_factory=list)
    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)

    def add(self, name: tuple[object, ...], upper: float = np.inf) -> None:
        self.columns[name] = len(self.columns)
        self.upper.append(upper)

    def row(self, terms: dict[tuple[object, ...], float], low: float, high: float) -> None:
        for name, value in terms.items():
            if name in self.columns:
                self.entries.append((len(self.low), self.columns[name], value))
        self.low.append(low)
        self.high.append(high)

    def solve(
        self, ways: dict[tuple[int, str], float], needs: Sequence[Need], seconds: float
    ) -> tuple[Array, float]:
        """Return the whole numbers, and the bound on the weighted unmet need."""
        unmet, all_ = np.zeros(len(self.columns)), np.zeros(len(self.columns))
        for name, column in self.columns.items():
            if name[0] == "unmet":
                need, quarter = needs[int(str(name[1]))], int(str(name[2]))
                unmet[column] = need.weight
                all_[column] = need.weight * (_FIRST + quarter * _SPREAD)
            elif name[0] == "x":
                all_[column] = ways[int(str(name[1])), needs[int(str(name[2]))].place]
        least = min(need.weight for need in needs)
        first = self._search(unmet / least, seconds)
        if first is None:
            raise RuntimeError(f"no roster was found within {seconds} s; give it more time")
        found, bound = first
        second = self._search(all_ / least, seconds)
        # What spread and ways count is small, not nothing: they must not have cost a need.
        if second is not None and unmet @ second[0] <= unmet @ found + 1e-9 * least:
            found = second[0]
        return found, bound * least

    def _search(self, cost: Array, seconds: float) -> tuple[Array, float] | None:
        rows, columns, values = zip(*self.entries, strict=True)
        matrix = csc_matrix((values, (rows, columns)), shape=(len(self.low), len(self.columns)))
        answer = milp(
            cost,
            constraints=LinearConstraint(matrix, self.low, self.high),
            bounds=Bounds(0, np.array(self.upper)),
            integrality=np.ones(len(cost), dtype=np.int64),
            options={"time_limit": seconds, "mip_rel_gap": 0.0},
        )
        # Stopped by the clock before anything was found, there is no answer to read.
        found = getattr(answer, "x", None)
        if found is None:
            return None
        # The bound is None where nothing had to be searched.
        bound = answer.fun if answer.mip_dual_bound is None else answer.mip_dual_bound
        return np.rint(found), max(0.0, float(bound or 0.0))


def _programme(crews: Sequence[Crew], needs: Sequence[Need], most_days: int) -> _Programme:
    made = _Programme()
    days = max(need.day for need in needs) + 1
    on: dict[tuple[int, str], list[int]] = {}
    for number, need in enumerate(needs):
        on.setdefault((need.day, _kind(need)), []).append(number)
        for tier in range(_TIERS):
            made.add(("unmet", number, tier), (need.officers + tier) // _TIERS)
    for number, crew in enumerate(crews):
        _flow(made, number, crew, needs, on, days, most_days)
    for number, need in enumerate(needs):
        met: dict[tuple[object, ...], float] = {
            ("x", crew, number): 1.0 for crew in range(len(crews))
        }
        met |= {("unmet", number, tier): 1.0 for tier in range(_TIERS)}
        made.row(met, need.officers, need.officers)
    return made


def _flow(
    made: _Programme,
    number: int,
    crew: Crew,
    needs: Sequence[Need],
    on: dict[tuple[int, str], list[int]],
    days: int,
    most_days: int,
) -> None:
    """Add a crew: its duties and its mornings."""
    for day in range(days):
        for k in range(most_days + 1):
            made.add(("rest", number, day, k), crew.officers)
            for kind in _KINDS:
                if k < most_days and (day, kind) in on:
                    made.add((kind, number, day, k), crew.officers)
        for kind in _KINDS:
            work: dict[tuple[object, ...], float] = {
                (kind, number, day, k): -1.0 for k in range(most_days)
            }
            for row in on.get((day, kind), []):
                need = needs[row]
                if not need.only or crew.name in need.only:
                    made.add(("x", number, row), min(crew.officers, need.officers))
                    work["x", number, row] = 1.0
            made.row(work, 0, 0)
        for k in range(most_days + 1):
            made.row(_morning(number, day, k, most_days), *_start(day, k, crew))


def _morning(number: int, day: int, k: int, most_days: int) -> dict[tuple[object, ...], float]:
    """Return who leaves the morning of a day after k days on duty, less who came to it."""
    leave: dict[tuple[object, ...], float] = {
        (way, number, day, k): 1.0 for way in ("rest", *_KINDS)
    }
    if day and k == 0:
        leave |= {("rest", number, day - 1, before): -1.0 for before in range(most_days + 1)}
    if day and k:
        leave["short", number, day - 1, k - 1] = -1.0
    if day and k == most_days:
        leave |= {("long", number, day - 1, before): -1.0 for before in range(most_days)}
    return leave


def _start(day: int, k: int, crew: Crew) -> tuple[float, float]:
    number = float(crew.officers) if day == 0 and k == 0 else 0.0
    return number, number


def _kind(need: Need) -> str:
    return "long" if need.is_long else "short"


def _roster(
    made: _Programme, counted: Array, number: int, crew: Crew, needs: Sequence[Need]
) -> tuple[list[Duty], int]:
    """Give the counts of a crew to its officers; who can stay at a place stays there.

    Returns the duties, and how often somebody is sent to another place.
    """

    def value(*name: object) -> int:
        column = made.columns.get(name)
        return 0 if column is None else int(counted[column])

    rests_at = max(int(str(name[3])) for name in made.columns if name[0] == "rest")
    in_row = [0] * crew.officers
    place = [crew.home] * crew.officers
    duties: list[Duty] = []
    moves = 0
    for day in range(max(need.day for need in needs) + 1):
        todo = {row: value("x", number, row) for row, need in enumerate(needs) if need.day == day}
        quota = {(kind, k): value(kind, number, day, k) for kind in _KINDS for k in range(rests_at)}
        chosen: dict[int, int] = {}
        for is_stay in (True, False):
            for row in todo:
                for officer in range(crew.officers):
                    if not todo[row]:
                        break
                    way = (_kind(needs[row]), in_row[officer])
                    is_here = place[officer] == needs[row].place
                    if officer in chosen or not quota.get(way) or (is_stay and not is_here):
                        continue
                    quota[way] -= 1
                    todo[row] -= 1
                    chosen[officer] = row
        for officer in range(crew.officers):
            if officer not in chosen:
                in_row[officer] = 0
                continue
            need = needs[chosen[officer]]
            in_row[officer] = rests_at if need.is_long else in_row[officer] + 1
            moves += place[officer] != need.place
            place[officer] = need.place
            duties.append(Duty(day, crew.name, officer + 1, chosen[officer]))
    return duties, moves
