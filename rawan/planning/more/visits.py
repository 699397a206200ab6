"""Who visits which blind spot: teams on the days before they take up their places.

Owns the rounds. A team visits what lies in its own sector first, then what is nearest.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from math import asin, cos, inf, radians, sin, sqrt
from typing import Any, Protocol

import numpy as np
import polars as pl

from models.additive import Array
from models.extra_terms import Flags
from rawan.publishing.texts import text
from rawan.settings import Language

EARTH_KM = 6371.0


class Rounds(Protocol):
    """What the rounds need of a request."""

    @property
    def stage(self) -> str:
        """Return the stage of the duty."""
        ...

    @property
    def visit_days(self) -> tuple[date, ...]:
        """Return the days of visits."""
        ...

    @property
    def visits(self) -> int:
        """Return the most visits a team makes a day."""
        ...


def visit_rows(
    teams: Sequence[Mapping[str, Any]],
    villages: pl.DataFrame,
    visited: Flags,
    risk: Array,
    asked: Rounds,
    lang: Language,
) -> list[dict[str, Any]]:
    """Return a row for each visit, by day and team.

    Parameters
    ----------
    teams : plan rows of the teams, each with its village.
    visited : (n,) the villages to visit; never more than the teams can.
    risk : (n,) the riskier is given out first.

    Notes
    -----
    `km` is the straight line from the team's village; empty where a point is unknown. The first
    stop of a team's day counts its officers, the others none.
    """
    table = villages.to_dicts()
    home = {row["village_code"]: row for row in table}
    days = sorted(asked.visit_days)
    full = asked.visits * len(days)
    load = [0] * len(teams)
    stops: list[list[int]] = [[] for _ in teams]
    first = sorted(
        np.flatnonzero(visited).tolist(), key=lambda row: (-risk[row], table[row]["village_code"])
    )
    for row in first:
        here = table[row]
        _, _, number = min(
            (
                teams[number]["polsek"] != here["polsek"],
                _km(home[teams[number]["village_code"]], here),
                number,
            )
            for number in range(len(teams))
            if load[number] < full
        )
        load[number] += 1
        stops[number].append(row)
    rows: list[dict[str, Any]] = []
    for number, mine in enumerate(stops):
        for stop, row in enumerate(mine):
            team, here = teams[number], table[row]
            km = _km(home[team["village_code"]], here)
            rows.append(
                {
                    "stage": asked.stage,
                    "day": days[stop // asked.visits],
                    "task": "visit",
                    "team": team["team"],
                    "unit": team["unit"],
                    "officers": team["officers"] if stop % asked.visits == 0 else 0,
                    **{name: here[name] for name in ("polsek", "district", "village_code")},
                    "village": here["village"],
                    "class": here.get("class"),
                    "km": None if km == inf else round(km, 1),
                    "rule": text("plan_extra.rule.visit", lang),
                    "note": text("plan_extra.reason.visit", lang),
                }
            )
    return sorted(rows, key=lambda row: row["day"])


def _km(one: Mapping[str, Any], other: Mapping[str, Any]) -> float:
    """Return the great circle between two villages (haversine); infinite if a point is unknown."""
    points = (one["lat"], one["lon"], other["lat"], other["lon"])
    if any(value is None or value != value for value in points):
        return inf
    a_lat, a_lon, b_lat, b_lon = map(radians, points)
    chord = sin((b_lat - a_lat) / 2) ** 2
    chord += cos(a_lat) * cos(b_lat) * sin((b_lon - a_lon) / 2) ** 2
    return 2 * EARTH_KM * asin(sqrt(min(1.0, chord)))
