"""The election calendar: elections with their stages, and the cutoffs that models learn from."""

import tomllib
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, get_args

from rawan.errors import UsageError, did_you_mean
from rawan.settings import Calendar, Publish, StageName, Window

STAGES: tuple[str, ...] = get_args(StageName)
MOST_CUTOFFS = 1000
"""Beyond it a period was mistyped: each cutoff has a row for every unit."""


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
    election = _known(calendar.election, elections, "calendar.election")
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
    """Return the published cutoff with its window: one of `windows`, or else the next one."""
    for window in calendar.windows:
        if window.cutoff == calendar.cutoff:
            return _listed(window)
    return _window(calendar, calendar.cutoff)


def cutoffs(calendar: Calendar) -> list[Cutoff]:
    """Return the cutoffs, oldest first, the published one last.

    Each has a full window's length of history behind it. Regular cutoffs lie `every` apart,
    by default the window's length with the embargo: then each window ends at the next cutoff.

    Raises
    ------
    UsageError
        If there are more than `MOST_CUTOFFS`.
    """
    earliest = later(calendar.history_from, calendar.window)
    asked = [c for c in _asked(calendar, earliest) if earliest <= c.day < calendar.cutoff]
    found = {c.day: replace(c, is_tested=c.day >= calendar.test_from) for c in asked}
    if calendar.learn_every is not None:
        for day in _back(calendar, calendar.learn_every, earliest):
            found.setdefault(day, replace(_window(calendar, day), is_tested=False))
    found[calendar.cutoff] = replace(published_window(calendar), is_tested=False)
    return [found[day] for day in sorted(found)]


def tested(calendar: Calendar) -> list[Cutoff]:
    """Return the cutoffs that the backtest asks: those whose window is over, oldest first.

    Raises
    ------
    UsageError
        If there is none.
    """
    complete = [c for c in cutoffs(calendar) if c.is_tested and c.until <= calendar.cutoff]
    if not complete:
        reasons = "".join(f"\n  {remark}" for remark in left_out(calendar))
        raise UsageError(
            f"calendar: no past cutoff can be tested. A window must end by cutoff = "
            f"{calendar.cutoff}, begin from test_from = {calendar.test_from} on, and have as long "
            f"a history behind it since history_from = {calendar.history_from}.{reasons}"
        )
    return complete


def left_out(calendar: Calendar) -> list[str]:
    """Return a sentence for each cutoff that was listed and is not tested."""
    if not calendar.voting_days and not calendar.windows:
        return []
    earliest = later(calendar.history_from, calendar.window)
    remarks = []
    for c in sorted(_asked(calendar, earliest), key=lambda c: c.day):
        window = f"The window from {c.start} until {c.until} (cutoff {c.day})"
        if c.day > calendar.cutoff or (c.day < calendar.cutoff < c.until):
            remarks.append(f"{window} is not over at the cutoff {calendar.cutoff}: not tested.")
        elif c.day < earliest:
            remarks.append(f"{window} has too little history before it: left out.")
        elif c.day < calendar.test_from:
            remarks.append(f"{window} lies before test_from: learned from, not tested.")
    return remarks


def overlaps(calendar: Calendar) -> list[str]:
    """Return a sentence if tested windows overlap, so that an incident counts more than once."""
    windows = sorted(tested(calendar), key=lambda c: c.start)
    pairs = sum(later.start < earlier.until for earlier, later in pairwise(windows))
    if not pairs:
        return []
    return [
        f"{pairs} of {len(windows)} tested windows begin before the one before them ends: what "
        "happens in both counts twice, and the intervals are narrower than they should be."
    ]


def with_days(calendar: Calendar, file: Path) -> Calendar:
    """Return the calendar with days in place of ids, and windows in place of a stage.

    A stage that the calendar file does not give for an election is taken to lie as many days
    from its voting day as in the configured election.

    Raises
    ------
    UsageError
        If an election or a stage is not in the file, or a stage begins before its cutoff.
    """
    if not calendar.stage and not any(isinstance(entry, str) for entry in calendar.voting_days):
        return calendar
    elections: dict[str, Election] = {}
    if calendar.stage or any(_iso(entry) is None for entry in calendar.voting_days):
        elections = load_calendar(file)
    days: dict[date, Election | None] = {}
    for entry in calendar.voting_days:
        day, election = _iso(entry), None
        if day is None:
            election = _known(str(entry), elections, "calendar.voting_days")
            day = election.voting_day
        if day in days:
            raise UsageError(f"calendar.voting_days: {entry} lies on {day}, which stands there.")
        days[day] = election
    if calendar.stage is None:
        return calendar.model_copy(update={"voting_days": sorted(days)})
    windows = _stage_windows(calendar, calendar.stage, days, elections)
    return calendar.model_copy(update={"voting_days": [], "stage": None, "windows": windows})


def _stage_windows(
    calendar: Calendar,
    name: str,
    days: dict[date, Election | None],
    elections: dict[str, Election],
) -> list[Window]:
    """Return the days of a stage in past elections, and in the published one."""
    published = _known(calendar.election, elections, "calendar.election")
    if name not in published.stages:
        raise UsageError(
            f'calendar.stage: the calendar gives no stage "{name}" for {published.id}.'
            f"{did_you_mean(name, published.stages)}"
        )
    stage = published.stages[name]
    if stage.end < calendar.cutoff:
        raise UsageError(
            f'calendar.stage: the stage "{name}" of {published.id} ended on {stage.end}, before '
            f"the cutoff {calendar.cutoff}."
        )
    windows = [
        Window(cutoff=calendar.cutoff, start=max(stage.start, calendar.cutoff), end=stage.end)
    ]
    for day, election in days.items():
        if day == published.voting_day:
            continue
        shift = day - published.voting_day
        own = election.stages.get(name) if election else None
        start, end = (own.start, own.end) if own else (stage.start + shift, stage.end + shift)
        cutoff = day - timedelta(days=calendar.lead_days)
        if start < cutoff + timedelta(days=calendar.embargo_days):
            raise UsageError(
                f'calendar.stage: the stage "{name}" of the election of {day} begins on {start}, '
                f"before its cutoff {cutoff} with {calendar.embargo_days} days of embargo. Set "
                f"lead_days to {(day - start).days + calendar.embargo_days} or more."
            )
        windows.append(Window(cutoff=cutoff, start=start, end=end))
    return windows


def _iso(entry: date | str) -> date | None:
    """Return an entry of voting_days as a day; None for an id."""
    if isinstance(entry, date):
        return entry
    try:
        return date.fromisoformat(entry)
    except ValueError:
        return None


def _known(name: str, elections: dict[str, Election], key: str) -> Election:
    if name not in elections:
        raise UsageError(
            f'{key} = "{name}" is not in the election calendar.{did_you_mean(name, elections)}'
        )
    return elections[name]


def _asked(calendar: Calendar, earliest: date) -> list[Cutoff]:
    """Return the past cutoffs that the configuration lists or spaces, and maybe later ones."""
    if calendar.windows:
        return [_listed(window) for window in calendar.windows]
    if calendar.voting_days:
        ahead = timedelta(days=calendar.lead_days)
        days = [day for day in map(_iso, calendar.voting_days) if day is not None]
        return [_window(calendar, day - ahead) for day in days]
    days = list(_back(calendar, calendar.every, earliest))
    if calendar.every is not None:
        return [_window(calendar, day) for day in days]
    # Months differ in length, so a window is told to end where the next one is asked.
    ends = [calendar.cutoff, *days]
    return [replace(_window(calendar, d), until=end) for d, end in zip(days, ends, strict=False)]


def _listed(window: Window) -> Cutoff:
    return Cutoff(window.cutoff, window.start, window.end + timedelta(days=1))


def _window(calendar: Calendar, cutoff: date) -> Cutoff:
    start = cutoff + timedelta(days=calendar.embargo_days)
    return Cutoff(cutoff, start, later(start, calendar.window))


def _back(calendar: Calendar, every: str | None, earliest: date) -> Iterator[date]:
    """Yield the days before the published cutoff, so far apart, from the newest back."""
    for times in range(1, MOST_CUTOFFS):
        if every is None:
            gap = timedelta(days=calendar.embargo_days * times)
            day = later(calendar.cutoff - gap, calendar.window, -times)
        else:
            day = later(calendar.cutoff, every, -times)
        if day < earliest:
            return
        yield day
    raise UsageError(
        f"calendar: more than {MOST_CUTOFFS} cutoffs lie since {earliest}. Set every or "
        "learn_every further apart, or history_from later."
    )


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
