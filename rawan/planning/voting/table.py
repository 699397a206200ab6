"""The plan table of voting day and its totals, from teams, crews and posts.

One row for each (team, place covered). The people of a team stand in the row of its first place,
so that a sum is a sum of people; where they come from more than one unit, that place has a row
for each unit, and its TPS stand in the first of them, so that a sum of TPS is one too.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from models.crews import Crews
from models.near_places import Floats, straight_km
from rawan.planning.rows import COVERING
from rawan.planning.voting.giving_way import Rules
from rawan.planning.voting.inputs import Options, Pin, Post, Ratios, Unit
from rawan.planning.voting.spots import Spots


@dataclass(frozen=True)
class Group:
    """Teams of one class that cover the same places, the base first: TPS of each by team."""

    kind: str
    officers: int
    sector: int
    places: tuple[int, ...]
    teams: tuple[tuple[tuple[int, int], ...], ...]


def plan_table(
    spots: Spots,
    ratios: Ratios,
    rules: Rules,
    groups: Sequence[Group],
    crews: Crews,
    units: Sequence[Unit],
    posts: Sequence[Post],
    km: Floats,
    options: Options,
) -> pl.DataFrame:
    """Return the plan table, sorted by team; `km` is (units, groups and then posts)."""
    crew: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for of_group, team, unit, officers in crews.rows:
        crew.setdefault((of_group, team), []).append((unit, officers))
    rows: list[dict[str, object]] = []
    team_number = 0
    for number, group in enumerate(groups):
        t, limit = rules.most_tps[group.sector, group.kind], rules.limit_km[group.sector]
        for at, covers in enumerate(group.teams):
            team_number += 1
            for row in _team_rows(spots, group, covers, crew[number, at], units, options):
                asked_officers, asked_tps = ratios[group.kind]
                rule = f"{asked_officers}/{asked_tps}"
                note = [str(row["note"])] if row["note"] else []
                if t > asked_tps:
                    note.append(f"ratio_{group.kind}: {asked_tps} > {t} TPS")
                if limit > options.limit_km and len(covers) > 1:
                    note.append(f"travel_limit: {options.limit_km:g} > {limit:g} km")
                rows.append(
                    {
                        **row,
                        "team": f"T{team_number:05d}",
                        "class": group.kind,
                        "rule": f"{options.pattern} {rule}".strip(),
                        "note": "; ".join(note),
                    }
                )
    for at, post in enumerate(posts):
        sent: dict[int, int] = {}
        for (group_number, _), people in crew.items():
            if group_number == len(groups) + at:
                for unit, officers in people:
                    sent[unit] = sent.get(unit, 0) + officers
        rows += [
            {
                "task": "reserve",
                "team": f"R{at + 1:03d}",
                "unit": units[unit].name,
                "officers": officers,
                "tps": 0,
                "post": post.name,
                "km": round(float(km[unit, len(groups) + at]), 3),
                "is_assumed": False,
                "is_pinned": False,
                "rule": "reserve",
                "note": "",
            }
            for unit, officers in sorted(sent.items())
        ]
    whole = [{"stage": options.stage, "day": options.day, **row} for row in rows]
    return pl.DataFrame(whole, schema=COVERING)


def _team_rows(
    spots: Spots,
    group: Group,
    covers: tuple[tuple[int, int], ...],
    people: Sequence[tuple[int, int]],
    units: Sequence[Unit],
    options: Options,
) -> list[dict[str, object]]:
    codes = {spots.code[place] for place, _ in covers} | {spots.sectors[group.sector]}
    stops = [(*covers[0], unit, officers) for unit, officers in people]
    stops = [(p, tps if not at else 0, u, o) for at, (p, tps, u, o) in enumerate(stops)]
    stops += [(place, tps, people[0][0], 0) for place, tps in covers[1:]]
    return [
        {
            "task": "tps",
            "unit": units[unit].name,
            "officers": officers,
            **_place(spots, place),
            "tps": tps,
            "km": _home_km(spots, place, units[unit], options),
            "is_pinned": _is_pinned(units[unit].name, codes, options.pins),
        }
        for place, tps, unit, officers in stops
    ]


def _place(spots: Spots, place: int) -> dict[str, object]:
    row = spots.rows[place]
    known = {name: row[name] for name in ("polsek", "district", "village_code", "village")}
    note = row.get("note") or ""
    return {
        **known,
        "place": row["place"],
        "is_cut_off": row["is_cut_off"],
        "is_assumed": bool(row.get("is_assumed")),
        "note": note,
    }


def _home_km(spots: Spots, place: int, unit: Unit, options: Options) -> float:
    here = np.array([spots.lat[place]]), np.array([spots.lon[place]])
    km = straight_km(np.array([unit.lat]), np.array([unit.lon]), *here)
    return round(options.detour_factor * float(km[0, 0]), 3)


def _is_pinned(unit: str, codes: set[str], pins: Sequence[Pin]) -> bool:
    return any(pin.unit == unit and pin.place in codes for pin in pins)


def totals_of(table: pl.DataFrame, units: Sequence[Unit]) -> dict[str, pl.DataFrame]:
    """Return TPS, teams and officers by sector and class, and by unit what it has and gives."""
    at_tps = table.filter(pl.col("task") == "tps")
    sums = [
        pl.col("tps").sum(),
        pl.col("team").n_unique().alias("teams"),
        pl.col("officers").sum(),
    ]
    given = table.group_by("unit").agg(
        *(
            pl.col("officers").filter(pl.col("task") == task).sum().alias(name)
            for task, name in (("tps", "at_tps"), ("reserve", "reserve"))
        )
    )
    has = pl.DataFrame(
        {"unit": [u.name for u in units], "has": [u.officers for u in units]},
        schema={"unit": pl.String, "has": pl.Int64},
    )
    by_unit = has.join(given, on="unit", how="left").with_columns(
        pl.col("at_tps", "reserve").fill_null(0)
    )
    return {
        "sector": at_tps.group_by("polsek").agg(*sums).sort("polsek"),
        "class": at_tps.group_by("class").agg(*sums).sort("class"),
        "unit": by_unit.with_columns(
            (pl.col("has") - pl.col("at_tps") - pl.col("reserve")).alias("left")
        ).sort("unit"),
    }
