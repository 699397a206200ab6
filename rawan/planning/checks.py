"""Whether a whole plan holds: its parts together, recomputed from its rows alone.

Owns what no part can see: one unit's people over all tasks of a day, more people, and the totals
that outputs print. It shares no code with what made the rows.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping

import polars as pl

BY_DAY = ("tps", "reserve", "extra", "visit", "escort", "recap", "patrol")


def check_whole(
    rows: pl.DataFrame,
    tps: pl.DataFrame,
    units: Mapping[str, int],
    extra_unit: str,
    extra_officers: int,
    totals: Mapping[str, int],
) -> list[str]:
    """Return one sentence for each thing that is wrong; an empty list is a good plan.

    Parameters
    ----------
    rows : the whole plan table.
    tps : the table of TPS that it covers.
    units : officers of each unit of the planner's file.
    extra_unit, extra_officers : the people on top of them.
    totals : what the plan tells: tps, officers_at_tps, officers_at_posts, officers_extra.
    """
    said: list[str] = []
    of_day: Counter[tuple[object, str]] = Counter()
    places: dict[tuple[object, str], set[tuple[object, ...]]] = defaultdict(set)
    sums: Counter[str] = Counter()
    for row in rows.iter_rows(named=True):
        if row["task"] not in BY_DAY:
            said.append(f"team {row['team']}: there is no task {row['task']}.")
        if row["officers"] is None or row["officers"] < 0:
            said.append(f"team {row['team']}: {row['officers']} officers.")
            continue
        of_day[row["day"], row["unit"]] += row["officers"]
        places[row["day"], row["team"]].add((row["task"], row["stage"]))
        sums[row["task"]] += row["officers"]
        if row["task"] == "tps":
            sums["all_tps"] += row["tps"] or 0
    known = {**units, extra_unit: extra_officers}
    for (day, unit), officers in sorted(of_day.items(), key=str):
        if unit not in known and officers:
            said.append(f"{day}: there is no unit {unit}.")
        elif officers > known.get(unit, 0):
            said.append(
                f"{day}: unit {unit} serves with {officers} officers in all and has "
                f"{known[unit]}: {officers - known[unit]} would be in two places."
            )
    for (day, team), tasks in sorted(places.items(), key=str):
        if len(tasks) > 1:
            said.append(f"{day}: team {team} has {len(tasks)} tasks at one time.")
    there = int(tps["tps"].sum())
    found = {
        "tps": sums["all_tps"],
        "officers_at_tps": sums["tps"],
        "officers_at_posts": sums["reserve"],
        "officers_extra": sums["extra"],
    }
    if sums["all_tps"] != there:
        said.append(f"{sums['all_tps']} TPS are covered and there are {there}.")
    for name, value in found.items():
        if totals.get(name) != value:
            said.append(f"total {name}: {totals.get(name)} told, {value} in the rows.")
    return said
