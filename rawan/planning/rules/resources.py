"""The planner's file `plan.toml`: who and what there is, and what the planner has decided.

Owns the form of the file and what is wrong in it by itself. Whether it fits the polling stations
and the pattern looks `resource_checks.py`; `docs/planning-input.md` explains every key.
"""

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from rawan.errors import RawanError, did_you_mean
from rawan.planning.rules.class_rules import ClassRules
from rawan.planning.rules.patterns import Vulnerability

UnitKind = Literal["tps", "reserve", "task_force", "standby"]
Rule = Literal[
    "reserve",
    "travel_limit",
    "ratio_kurang_rawan",
    "ratio_rawan",
    "ratio_sangat_rawan",
    "ratio_khusus",
]

_Name = Annotated[str, Field(strict=True, min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]+$")]
_Said = Annotated[str, Field(strict=True, max_length=2000, pattern=r"^[^\x00-\x1f]*$")]
_Code = Annotated[str, Field(strict=True, pattern=r"^[0-9]{2}\.[0-9]{2}\.[0-9]{2}(\.[0-9]{4})?$")]
_Village = Annotated[str, Field(strict=True, pattern=r"^[0-9]{2}\.[0-9]{2}\.[0-9]{2}\.[0-9]{4}$")]
_District = Annotated[str, Field(strict=True, pattern=r"^[0-9]{2}\.[0-9]{2}\.[0-9]{2}$")]
_People = Annotated[int, Field(strict=True, ge=0, le=1_000_000)]
_Some = Annotated[int, Field(strict=True, ge=1, le=1_000_000)]
_Latitude = Annotated[float, Field(strict=True, ge=-90, le=90, allow_inf_nan=False)]
_Longitude = Annotated[float, Field(strict=True, ge=-180, le=180, allow_inf_nan=False)]
_Amount = Annotated[float, Field(strict=True, gt=0, le=10_000, allow_inf_nan=False)]
_NotNegative = Annotated[float, Field(strict=True, ge=0, le=10_000, allow_inf_nan=False)]
_Clock = Annotated[str, Field(strict=True, pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
_Flag = Annotated[bool, Field(strict=True)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Unit(_Table):
    """So many officers of one unit, at home at a village or the seat of a kecamatan.

    `kind` says what they are for: `tps` at polling stations, `reserve` at advance posts,
    `task_force` and `standby` for neither. `polsek` is the sector that is the unit's own, if any.
    """

    name: _Name
    officers: _People
    base_code: _Code
    kind: UnitKind = "tps"
    polsek: _Name | None = None
    note: _Said = ""


class Post(_Table):
    """A candidate for an advance post, in degrees; a fixed one is opened in any case."""

    name: _Name
    lat: _Latitude
    lon: _Longitude
    is_fixed: _Flag = False
    note: _Said = ""


class Vehicle(_Table):
    """So many vehicles of a kind, the officers that go with each, and the TPS that one carries."""

    name: _Name
    kind: Literal["large", "small"]
    number: _Some
    officers: _People
    load_tps: _Some
    speed_kmh: _Amount = 30.0
    note: _Said = ""


class Boat(_Table):
    """A boat from a pier to the landing of a village, its sailing time and the last good day.

    `days_before` voting the boxes must have sailed at the latest; `departs` are the hours.
    """

    name: _Name
    from_code: _Village
    to_code: _Village
    hours: _Amount
    number: _Some = 1
    officers: _People = 2
    load_tps: _Some = 20
    departs: Annotated[tuple[_Clock, ...], Field(min_length=1)] = ("08:00",)
    days_before: Annotated[int, Field(strict=True, ge=0, le=30)] = 3
    note: _Said = ""


class Store(_Table):
    """Where the ballot boxes leave from."""

    name: _Name
    lat: _Latitude
    lon: _Longitude


class Pin(_Table):
    """A choice that stays: a unit gives so many officers to a village or kecamatan."""

    unit: _Name
    place: _Code
    officers: _People
    kind: Literal["at_least", "exactly"] = "at_least"
    note: _Said = ""


class ClosedRoad(_Table):
    """No road between two places, either way."""

    from_code: _Code
    to_code: _Code
    reason: _Said = ""


class VillageClass(_Table):
    """The class that the planner gives a village, and why."""

    village_code: _Village
    vulnerability: Vulnerability
    reason: Annotated[_Said, Field(min_length=1)]


class PlacedTps(_Table):
    """TPS of a class that the planner knows to lie in a kecamatan."""

    district_code: _District
    vulnerability: Vulnerability
    tps: _People
    source: _Said = ""


class Resources(_Table):
    """What the planner's file says; every key is explained in `docs/planning-input.md`.

    `gives_way` are the rules that may give way if people are too few, the first one first.
    `class_rules` are the thresholds of the classes. More people go in teams of `extra_team`, and
    one officer faces `faced_share` of a village's expected incidents: an assumption to count by.
    Distances between places are straight lines times `detour_factor`, unless a road is given.
    """

    title: _Name
    election: _Name
    pattern: _Name
    assumptions: tuple[Annotated[_Said, Field(min_length=1)], ...] = ()
    units: Annotated[tuple[Unit, ...], Field(min_length=1)]
    posts: tuple[Post, ...] = ()
    vehicles: tuple[Vehicle, ...] = ()
    boats: tuple[Boat, ...] = ()
    store: Store | None = None
    pins: tuple[Pin, ...] = ()
    closed_roads: tuple[ClosedRoad, ...] = ()
    classes: tuple[VillageClass, ...] = ()
    placed: tuple[PlacedTps, ...] = ()
    gives_way: tuple[Rule, ...] = ()
    class_rules: ClassRules = ClassRules()
    extra_officers: _People = 0
    extra_team: Annotated[int, Field(strict=True, ge=1, le=100)] = 2
    faced_share: Annotated[float, Field(strict=True, gt=0, lt=1)] = 0.2
    team_limit_km: _Amount = 5.0
    limit_most_km: _Amount = 10.0
    most_places: Annotated[int, Field(strict=True, ge=1, le=50)] = 4
    least_officers_a_place: Annotated[int, Field(strict=True, ge=0, le=100)] = 1
    units_are_bound: _Flag = False
    speed_kmh: _Amount = 30.0
    detour_factor: Annotated[float, Field(strict=True, ge=1, le=10, allow_inf_nan=False)] = 1.4
    reserve_minutes: _Amount = 30.0
    most_posts: Annotated[int, Field(strict=True, ge=0, le=1000)] = 3
    least_at_post: _People = 1
    weather_slack_hours: _NotNegative = 1.0
    rest_hours: _NotNegative = 8.0

    def officers(self, kind: UnitKind | None = None) -> int:
        """Return the officers of one kind, or all of them."""
        return sum(unit.officers for unit in self.units if kind in (None, unit.kind))


class PlanRefused(RawanError):
    """The planner's input contradicts itself or cannot be met; `sentences` says each mistake."""

    def __init__(self, where: str, sentences: list[str]) -> None:
        listed = "\n".join(f"  {sentence}" for sentence in sentences)
        super().__init__(f"{where}: this cannot be planned:\n{listed}")
        self.sentences = tuple(sentences)


class PlanFileWrong(PlanRefused):
    """The planner's file cannot be read, or holds mistakes of form."""

    exit_code = 2


def read_resources(path: Path) -> Resources:
    """Read and check the planner's file; paths and the network are never followed from it.

    Raises
    ------
    PlanFileWrong
        If it cannot be read, or with every mistake of form in it at once, one sentence each.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        hint = "There is no such file. Copy plan.toml of the project and change it."
        raise PlanFileWrong(str(path), [hint]) from None
    except (OSError, ValueError, RecursionError) as error:  # TOML and Unicode errors are values
        raise PlanFileWrong(str(path), [f"It is not proper TOML: {error}."]) from None
    return as_resources(content, str(path))


def as_resources(content: dict[str, Any], where: str) -> Resources:
    """Return the content of a planner's file, checked; `where` names it in a mistake."""
    try:
        return Resources.model_validate(content)
    except ValidationError as error:
        mistakes = error.errors()
        told = [
            _explain(mistake, content) for mistake in mistakes if not _follows(mistake, mistakes)
        ]
        raise PlanFileWrong(where, told) from None


def _follows(mistake: Any, mistakes: Sequence[Any]) -> bool:
    """Return whether a list is called too short only because an entry in it is wrong."""
    start = mistake["loc"]
    return mistake["type"] == "too_short" and any(
        len(other["loc"]) > len(start) and other["loc"][: len(start)] == start for other in mistakes
    )


def _explain(mistake: Any, content: dict[str, Any]) -> str:
    """Put one of pydantic's findings into a sentence that names the place and the way out."""
    location = list(mistake["loc"])
    where = _place(location, content)
    if mistake["type"] == "extra_forbidden":
        return f"{where}: is not a key.{did_you_mean(str(location[-1]), _keys(location[:-1]))}"
    if mistake["type"] == "missing":
        return f"{where}: is missing. Give it."
    if mistake["type"] == "tuple_type" and len(location) == 1:
        return f"{where}: write it as a list, or as tables headed [[{where}]]."
    given = mistake["input"]
    if isinstance(given, bool):
        shown = str(given).lower()
    else:
        shown = repr(given)[:80] if isinstance(given, str | int | float) else "this"
    if mistake["type"] == "greater_than_equal" and isinstance(given, int | float) and given < 0:
        return f"{where}: {shown} is below zero. Give 0 or more."
    return f"{where}: {shown} will not do. {mistake['msg'][:200]}."


def _place(location: list[Any], content: dict[str, Any]) -> str:
    """Return a location in words: `units "Polres": officers`, not `units.0.officers`."""
    if len(location) > 1 and isinstance(location[1], int):
        entries = content.get(str(location[0]))
        entry = entries[location[1]] if isinstance(entries, list) else None
        names = ("name", "unit", "village_code", "district_code", "from_code")
        said = entry if isinstance(entry, dict) else {}
        name = next((said[n] for n in names if isinstance(said.get(n), str) and said[n]), None)
        # A number counts from 1, as people do.
        which = f'"{name[:80]}"' if name else str(location[1] + 1)
        rest = ".".join(str(part) for part in location[2:])
        return f"{location[0]} {which}" + (f", {rest}" if rest else "")
    return ".".join(str(part) for part in location)


def _keys(location: list[Any]) -> list[str]:
    """Return the keys that the table at `location` may hold."""
    fields = Resources.model_fields
    for part in location:
        if isinstance(part, int) or part not in fields:
            continue
        for kind in (fields[part].annotation, *get_args(fields[part].annotation)):
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                return list(kind.model_fields)
    return list(fields)
