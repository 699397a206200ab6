"""People over days: who is on duty where and when, with rest, and what need stays unmet.

Owns the integer programme and the roster drawn from it. Stages, dates and tables are the business
of `rawan/planning/stages.py`.

The programme counts officers and knows no persons. The officers of a crew flow through the days:
on each morning so many of them have been on duty for k days in a row; from there a day of duty
leads to k + 1, a day of rest to none, and from k = `most_days`, as from a long duty, rest is the
only way. Whole flows from a morning to the next split into whole paths, and a path is a person: so
that whatever the programme counts can be kept by persons, each at one place a day and rested
(flow decomposition; Ahuja, Magnanti and Orlin 1993, "Network Flows", section 3.5).

First the unmet need, weighted, is made least; then, at that, the officers that are sent to a place
where their crew had nobody the day before and that is not its home.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csc_matrix

from models.additive import Array

_GAP = 1e-6
_KINDS = ("short", "long")


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
    crews: Sequence[Crew], needs: Sequence[Need], most_days: int, seconds: float = 60.0
) -> Shifts:
    """Return the roster with the least unmet need, and then the least sending about.

    The order of crews and needs changes nothing.

    Parameters
    ----------
    most_days : duty days in a row after which a day of rest must follow; at least 1.
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
    counted, bound = programme.solve(seconds)
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


@dataclass
class _Programme:
    """Columns and rows of the integer programme, gathered one by one.

    `columns` names a variable: ("x", crew, need), ("short" | "long" | "rest", crew, day, k),
    ("unmet", need), ("sent", crew, day, place).
    """

    columns: dict[tuple[object, ...], int] = field(default_factory=dict)
    upper: list[float] = field(default_factory=list)
    entries: list[tuple[int, int, float]] = field(default_factory=list)
    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)
    weights: dict[int, float] = field(default_factory=dict)

    def add(self, name: tuple[object, ...], upper: float = np.inf) -> None:
        self.columns[name] = len(self.columns)
        self.upper.append(upper)

    def row(self, terms: dict[tuple[object, ...], float], low: float, high: float) -> None:
        for name, value in terms.items():
            if name in self.columns:
                self.entries.append((len(self.low), self.columns[name], value))
        self.low.append(low)
        self.high.append(high)

    def solve(self, seconds: float) -> tuple[Array, float]:
        """Return the whole numbers, and the bound on the weighted unmet need."""
        unmet = np.zeros(len(self.columns))
        for column, weight in self.weights.items():
            unmet[column] = weight
        first = self._search(unmet, [], seconds)
        if first is None:
            raise RuntimeError(f"no roster was found within {seconds} s; give it more time")
        found, bound = first
        sent = np.zeros(len(self.columns))
        for name, column in self.columns.items():
            sent[column] = name[0] == "sent"
        # Half of the least weight: whole people cannot use the slack.
        slack = 0.5 * min(self.weights.values()) if _are_whole(self.weights) else 1e-7
        least = LinearConstraint(unmet[None, :], -np.inf, float(unmet @ found) + slack)
        second = self._search(sent, [least], seconds)
        return (found if second is None else second[0]), bound

    def _search(
        self, cost: Array, more: list[LinearConstraint], seconds: float
    ) -> tuple[Array, float] | None:
        rows, columns, values = zip(*self.entries, strict=True)
        matrix = csc_matrix((values, (rows, columns)), shape=(len(self.low), len(self.columns)))
        answer = milp(
            cost,
            constraints=[LinearConstraint(matrix, self.low, self.high), *more],
            bounds=Bounds(0, np.array(self.upper)),
            integrality=np.ones(len(cost)),
            options={"time_limit": seconds, "mip_rel_gap": _GAP},
        )
        if answer.x is None:
            return None
        bound = answer.mip_dual_bound
        return np.rint(answer.x), max(0.0, float(answer.fun if bound is None else bound))


def _are_whole(weights: dict[int, float]) -> bool:
    return all(float(weight).is_integer() for weight in weights.values())


def _programme(crews: Sequence[Crew], needs: Sequence[Need], most_days: int) -> _Programme:
    made = _Programme()
    days = max(need.day for need in needs) + 1
    on: dict[tuple[int, str], list[int]] = {}
    for number, need in enumerate(needs):
        on.setdefault((need.day, _kind(need)), []).append(number)
        made.add(("unmet", number), need.officers)
        made.weights[made.columns["unmet", number]] = need.weight
    for number, crew in enumerate(crews):
        _flow(made, number, crew, needs, on, days, most_days)
    for number, need in enumerate(needs):
        met: dict[tuple[object, ...], float] = {
            ("x", crew, number): 1.0 for crew in range(len(crews))
        }
        made.row({**met, ("unmet", number): 1.0}, need.officers, need.officers)
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
    """Add a crew: its duties, its mornings and its sending about."""
    at: dict[tuple[int, str], dict[tuple[object, ...], float]] = {}
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
                    at.setdefault((day, need.place), {})["x", number, row] = 1.0
            made.row(work, 0, 0)
        for k in range(most_days + 1):
            made.row(_morning(number, day, k, most_days), *_start(day, k, crew))
    for (day, place), here in at.items():
        if place != crew.home:
            made.add(("sent", number, day, place), crew.officers)
            before = {name: -1.0 for name in at.get((day - 1, place), {})}
            made.row({**here, **before, ("sent", number, day, place): -1.0}, -np.inf, 0)


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
        todo = {
            row: value("x", number, row) for row, need in enumerate(needs) if need.day == day
        }
        quota = {
            (kind, k): value(kind, number, day, k) for kind in _KINDS for k in range(rests_at)
        }
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
