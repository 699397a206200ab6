"""Whether the rows of the stages keep what was asked: nobody in two places, everybody rested.

Owns the check. It reads the tables alone and shares no code with what made them.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import polars as pl

_TEAM = re.compile(r"(?P<unit>.+) (?P<first>[0-9]+)-(?P<last>[0-9]+)")
_PLACE = ("stage", "day", "task", "polsek", "district")
_ONE = timedelta(days=1)


def check_stages(
    rows: pl.DataFrame,
    asked: pl.DataFrame,
    unmet: pl.DataFrame,
    officers: Mapping[str, int],
    most_days: int,
) -> list[str]:
    """Return what is wrong with a roster, a sentence each; an empty list is a good one.

    Parameters
    ----------
    rows : plan table of the stages.
    asked : needs with `stage, day, task, polsek, district, officers, is_long`.
    unmet : what the plan says is missing, with `unmet`.
    officers : of each unit.
    most_days : duty days in a row after which a day of rest must follow.
    """
    wrong: list[str] = []
    through_the_night = {_key(need) for need in asked.iter_rows(named=True) if need["is_long"]}
    duties: dict[tuple[str, int], list[tuple[date, bool, str]]] = defaultdict(list)
    given: Counter[tuple[Any, ...]] = Counter()
    for row in rows.iter_rows(named=True):
        given[_key(row)] += row["officers"]
        read = _TEAM.fullmatch(row["team"] or "")
        if read is None or read["unit"] != row["unit"] or row["unit"] not in officers:
            wrong.append(f'{row["day"]}: team "{row["team"]}" is no unit with numbers.')
            continue
        first, last = int(read["first"]), int(read["last"])
        if not 1 <= first <= last <= officers[row["unit"]]:
            wrong.append(
                f'{row["day"]}: team "{row["team"]}" goes beyond the '
                f"{officers[row['unit']]} officers of the unit."
            )
            continue
        if row["officers"] != last - first + 1:
            wrong.append(
                f'{row["day"]}: team "{row["team"]}" is told to have {row["officers"]} officers.'
            )
        for number in range(first, last + 1):
            where = f"{row['task']} at {row['polsek']}"
            duties[row["unit"], number].append((row["day"], _key(row) in through_the_night, where))
    for (unit, number), mine in sorted(duties.items()):
        wrong += _person(f"officer {number} of {unit}", sorted(mine), most_days)
    return wrong + _reconciled(given, asked, unmet)


def _person(name: str, duties: list[tuple[date, bool, str]], most_days: int) -> list[str]:
    """Return what is wrong with the days of one officer."""
    wrong: list[str] = []
    in_a_row = 0
    for (day, _, where), before in zip(duties, [None, *duties[:-1]], strict=True):
        if before is not None and before[0] == day:
            wrong.append(f"{day}: {name} is in two places, {before[2]} and {where}.")
            continue
        follows = before is not None and before[0] + _ONE == day
        if follows and before is not None and before[1]:
            wrong.append(f"{day}: {name} has no rest after the night of {before[0]}.")
        in_a_row = in_a_row + 1 if follows else 1
        if in_a_row == most_days + 1:
            wrong.append(f"{day}: {name} is on duty for more than {most_days} days in a row.")
    return wrong


def _reconciled(
    given: Mapping[tuple[Any, ...], int], asked: pl.DataFrame, unmet: pl.DataFrame
) -> list[str]:
    """Return where those given and those missing do not make what was asked for."""
    wanted: Counter[tuple[Any, ...]] = Counter()
    for need in asked.iter_rows(named=True):
        wanted[_key(need)] += need["officers"]
    missing = Counter({_key(row): row["unmet"] for row in unmet.iter_rows(named=True)})
    return [
        f"{key[1]}: {key[2]} at {key[4] or key[3] or 'the region'} ({key[0]}) has "
        f"{given.get(key, 0)} and lacks {missing[key]}, but {wanted[key]} were asked for."
        for key in sorted({*given, *wanted, *missing}, key=str)
        if given.get(key, 0) + missing[key] != wanted[key]
    ]


def _key(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in _PLACE)
