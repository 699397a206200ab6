"""The election calendar: elections with their stages, and the cutoffs that models learn from."""

import tomllib
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from rawan.errors import UsageError, did_you_mean
from rawan.settings import Calendar, Publish

STAGES = ("campaign", "logistics", "quiet", "voting", "recap", "dispute")


@dataclass(frozen=True)
class Stage:
    """A stage of an election; both days are inclusive. Names by language."""

    id: str
    start: date
    end: date
    names: dict[str, str]


@dataclass(frozen=True)
class Election:
    """An election of the calendar. Names by language."""

    id: str
    kind: str
    voting_day: date
    names: dict[str, str]
    stages: dict[str, Stage]


def load_calendar(path: Path) -> dict[str, Election]:
    """Read the elections of a calendar file, by id.

    Raises
    ------
    UsageError
        If the file is missing or an entry is wrong; the message names the entry.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UsageError(f"{path}: there is no election calendar.") from None
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path}: is not valid TOML: {error}.") from None
    elections: dict[str, Election] = {}
    for entry in content.get("elections", []):
        try:
            stages = {s["id"]: _stage(s) for s in entry.get("stages", [])}
            election = Election(
                entry["id"], entry["kind"], _day(entry, "voting_day"), _names(entry), stages
            )
        except (KeyError, TypeError) as error:
            raise UsageError(f"{path}, election {entry.get('id')!r}: {error} is missing.") from None
        except ValueError as error:
            raise UsageError(
                f"{path}, election {entry.get('id')!r}: {str(error).rstrip('.')}."
            ) from None
        if election.id in elections:
            raise UsageError(f"{path}, election {election.id!r}: stands twice.")
        elections[election.id] = election
    if not elections:
        raise UsageError(f"{path}: holds no [[elections]].")
    return elections


def chosen_election(
    elections: dict[str, Election], calendar: Calendar, publish: list[Publish]
) -> Election:
    """Return the election of the configuration, with every published stage in it.

    Raises
    ------
    UsageError
        If the election or a stage is not in the calendar, or a stage ends before the cutoff.
    """
    if calendar.election not in elections:
        raise UsageError(
            f'calendar.election = "{calendar.election}" is not in the election calendar.'
            f"{did_you_mean(calendar.election, elections)}"
        )
    election = elections[calendar.election]
    for stage in [stage for entry in publish for stage in entry.stages]:
        if stage not in election.stages:
            raise UsageError(
                f'publish.stages: the calendar gives no stage "{stage}" for {election.id}.'
                f"{did_you_mean(stage, election.stages)}"
            )
        if election.stages[stage].end < calendar.cutoff:
            raise UsageError(
                f'publish.stages: the stage "{stage}" of {election.id} ended on '
                f"{election.stages[stage].end}, before the cutoff {calendar.cutoff}."
            )
    return election


@dataclass(frozen=True)
class Cutoff:
    """A first day that is not known, and the window asked about: [start, until).

    `is_tested`: the backtest asks here; the others are only learned from.
    """

    day: date
    start: date
    until: date
    is_tested: bool = True


def later(day: date, period: str, times: int = 1) -> date:
    """Return the day so many periods after `day` (before it, for negative times).

    Months keep the day of the month, or end with the month where it is shorter.

    Examples
    --------
    >>> later(date(2024, 8, 31), "6mo")
    datetime.date(2025, 2, 28)
    >>> later(date(2024, 11, 20), "182d", -1)
    datetime.date(2024, 5, 22)
    """
    if period.endswith("d"):
        return day + timedelta(days=int(period[:-1]) * times)
    month = day.year * 12 + day.month - 1 + int(period[:-2]) * times
    year, month = divmod(month, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def published_window(calendar: Calendar) -> Cutoff:
    """Return the published cutoff with its window."""
    return _window(calendar, calendar.cutoff)


def cutoffs(calendar: Calendar) -> list[Cutoff]:
    """Return the cutoffs, oldest first, the published one last.

    Each has a full window's length of history behind it. Regular cutoffs lie `every` apart,
    by default the window's length with the embargo, so that windows never overlap.
    """
    earliest = later(calendar.history_from, calendar.window)
    if calendar.windows:
        tested = [
            Cutoff(w.cutoff, w.start, w.end + timedelta(days=1))
            for w in calendar.windows
            if w.cutoff < calendar.cutoff
        ]
    elif calendar.voting_days:
        days = [day - timedelta(days=calendar.lead_days) for day in calendar.voting_days]
        tested = [_window(calendar, day) for day in days if day < calendar.cutoff]
    else:
        tested = [_window(calendar, day) for day in _back(calendar, calendar.every, earliest)]
    tested = [
        replace(c, is_tested=c.day >= calendar.test_from) for c in tested if c.day >= earliest
    ]
    found = {c.day: c for c in tested}
    if calendar.learn_every is not None:
        for day in _back(calendar, calendar.learn_every, earliest):
            found.setdefault(day, replace(_window(calendar, day), is_tested=False))
    found[calendar.cutoff] = replace(published_window(calendar), is_tested=False)
    return [found[day] for day in sorted(found)]


def _window(calendar: Calendar, cutoff: date) -> Cutoff:
    start = cutoff + timedelta(days=calendar.embargo_days)
    return Cutoff(cutoff, start, later(start, calendar.window))


def _back(calendar: Calendar, every: str | None, earliest: date) -> Iterator[date]:
    """Yield the days before the published cutoff, so far apart, from the newest back."""
    for times in count(1):
        if every is None:
            gap = timedelta(days=calendar.embargo_days * times)
            day = later(calendar.cutoff - gap, calendar.window, -times)
        else:
            day = later(calendar.cutoff, every, -times)
        if day < earliest:
            return
        yield day


def _day(entry: dict[str, Any], key: str) -> date:
    day = entry[key]
    if not isinstance(day, date):
        raise ValueError(f"{key} must be a date such as 2024-11-27")
    return day


def _stage(entry: dict[str, Any]) -> Stage:
    if entry["id"] not in STAGES:
        raise ValueError(f'stage "{entry["id"]}" is none.{did_you_mean(str(entry["id"]), STAGES)}')
    stage = Stage(entry["id"], _day(entry, "start"), _day(entry, "end"), _names(entry))
    if stage.end < stage.start:
        raise ValueError(f"stage {stage.id} ends before it starts")
    return stage


def _names(entry: dict[str, Any]) -> dict[str, str]:
    return {"id": entry["name_id"], "en": entry["name_en"]}
