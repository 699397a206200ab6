"""What the planner asks for when there are more people, and what is wrong with it.

Owns the form of the request and of the villages it is made for.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from models.additive import Array
from models.extra_terms import RULES
from rawan.errors import RawanError, did_you_mean

NEEDED = (
    *("village_code", "village", "district", "polsek", "lat", "lon", "tps", "base"),
    *("is_blind_spot", "rank"),
)


@dataclass(frozen=True)
class ExtraPin:
    """The planner's word on a village: so many teams, at least or exactly."""

    village_code: str
    teams: int
    is_exact: bool = False


@dataclass(frozen=True)
class Asked:
    """What the planner asks for.

    Attributes
    ----------
    officers : how many more, in teams of `team`.
    q : share of a village's expected incidents that one officer faces; an assumption.
    day, stage, unit : of the duty, and the unit that the officers belong to.
    visit_days : days before, on which the teams visit blind spots, `visits` a team a day.
    cap : most teams in a village.
    gives_way : rules in the order in which they give way.
    """

    officers: int
    q: float
    day: date
    stage: str
    unit: str
    team: int = 2
    visit_days: tuple[date, ...] = ()
    visits: int = 4
    cap: int = 5
    pins: tuple[ExtraPin, ...] = ()
    gives_way: tuple[str, ...] = RULES
    is_calibrated: bool = True


def refuse(villages: pl.DataFrame, draws: Array, point: Array, asked: Asked) -> None:
    """Tell all that is wrong with a request at once."""
    absent = [name for name in NEEDED if name not in villages.columns]
    if absent:
        raise RawanError(f"villages: the column {absent[0]} is missing.")
    units = villages.height
    if draws.ndim != 2 or draws.shape[1] != units or len(point) != units or not units:
        raise RawanError(
            f"villages: {units} rows, but draws for {draws.shape[-1]}. Run rawan run again."
        )
    wrong: list[str] = []
    for name, value, least in (
        ("officers", asked.officers, 0),
        ("officers of a team", asked.team, 1),
        ("visits a team a day", asked.visits, 0),
        ("most teams in a village", asked.cap, 1),
    ):
        if value < least:
            wrong.append(f"more people: {name} are {value}. Give {least} or more.")
    if not 0 < asked.q < 1:
        wrong.append(f"more people: q is {asked.q}. Give a share between 0 and 1.")
    if any(day >= asked.day for day in asked.visit_days):
        wrong.append(f"more people: visits must be made before {asked.day}, the day of the duty.")
    if len(set(asked.visit_days)) < len(asked.visit_days):
        wrong.append("more people: a day of visits stands twice.")
    if sorted(asked.gives_way) != sorted(RULES):
        wrong.append(f"more people: gives_way must name each of {', '.join(RULES)} once.")
    for name in ("tps", "base", "rank"):
        column = pl.col(name).cast(pl.Float64)
        good = (column.is_finite() & (column >= 0)).fill_null(False)
        bad = villages.filter(~good)["village_code"]
        if len(bad):
            wrong.append(f"village {bad[0]}: {name} is empty, negative or no number.")
    without = villages.filter(pl.col("polsek").is_null())["village_code"]
    if len(without):
        wrong.append(f"village {without[0]}: has no polsek. Name one, so that it has a sector.")
    if not (
        np.isfinite(draws).all() and np.isfinite(point).all() and min(draws.min(), point.min()) >= 0
    ):
        wrong.append("draws: a number of expected incidents is negative or no number.")
    if not wrong and villages["tps"].sum() == 0:
        wrong.append("villages: none of them has a TPS.")
    codes = villages["village_code"].to_list()
    wrong += [f"village {code}: stands twice." for code in sorted(_twice(codes))]
    wrong += _wrong_pins(asked, codes)
    if wrong:
        raise RawanError("\n".join(wrong))


def _wrong_pins(asked: Asked, codes: Sequence[str]) -> list[str]:
    pinned = [pin.village_code for pin in asked.pins]
    known = set(codes)
    wrong = [f"pin: village {code} is pinned twice. Keep one." for code in sorted(_twice(pinned))]
    for pin in asked.pins:
        if pin.village_code not in known:
            hint = did_you_mean(pin.village_code, codes)
            wrong.append(f'pin: there is no village "{pin.village_code}".{hint}')
        if pin.teams < 0:
            wrong.append(f"pin of village {pin.village_code}: {pin.teams} teams. Give 0 or more.")
    return wrong


def _twice(names: Sequence[str]) -> set[str]:
    return {name for name, times in Counter(names).items() if times > 1}
