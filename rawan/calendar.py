"""The election calendar: elections with their stages, and the cutoffs that models learn from."""

import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
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


def cutoffs(calendar: Calendar) -> list[date]:
    """Return the cutoffs from the first with a full window behind it to the published one.

    They lie `window_days` apart, so that windows never overlap.
    """
    step = timedelta(days=calendar.window_days)
    found = [calendar.cutoff]
    while found[-1] - step >= calendar.history_from + step:
        found.append(found[-1] - step)
    return sorted(found)


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
