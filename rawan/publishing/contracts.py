"""The contracts of what is published: their columns, who may read them, and what breaks a reader.

A contract is a JSON Schema of one row in `data/contracts/`, with a semantic version. What each
released version promised is kept in `data/contracts/released/`, and never edited.

A change breaks a reader if a program that was right about every row of the old version can be
wrong about a row of the new one. So a further value of an enumeration breaks: a reader that knew
all values meets one that it does not know. A further column does not: readers take columns by
name, and the documentation says so. Whether the meaning of a column is still the same no program
can tell; that is for the person who changes it, and asks for a new major version where it is not.
"""

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import jsonschema
import polars as pl

from rawan.errors import RawanError
from rawan.settings import PROJECT_ROOT, Audience

CONTRACTS = PROJECT_ROOT / "data" / "contracts"
RELEASED = CONTRACTS / "released"
RANKING = CONTRACTS / "ranking.v1.json"
AREAS = CONTRACTS / "areas.v1.json"
DEPLOYMENT = CONTRACTS / "plan.v1.json"
FILES = CONTRACTS / "files.toml"
"""What the columns mean of the files that stand beside the ranking, and who may read them."""
# Who may read a column: the audiences from the one with most rights down.
_READERS: dict[str, tuple[Audience, ...]] = {
    "open": ("intel", "planner", "partner"),
    "internal": ("intel", "planner"),
    "secret": ("intel",),
    # Made from features: for partners where nothing that went in is withheld from them.
    "derived": ("intel", "planner"),
}
# Bounds by which a reader may rely on a value, and whether a smaller number loosens them.
_BOUNDS = {"minimum": True, "minLength": True, "maximum": False, "maxLength": False}
_FORMS = ("pattern", "format", "const")


@dataclass(frozen=True)
class Break:
    """Where rows break a contract: the number of the row from 0, its column, and how."""

    row: int
    column: str
    message: str


def read_contract(path: Path) -> dict[str, Any]:
    """Return a contract.

    Raises
    ------
    RawanError
        If it cannot be read or is none.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, ValueError) as error:
        raise RawanError(
            f"{path}: cannot be read as a contract ({type(error).__name__}). Set up again."
        ) from None
    if not isinstance(content, dict) or not isinstance(content.get("properties"), dict):
        raise RawanError(f"{path}: is no contract: it declares no columns. Set up again.")
    return content


def first_break(
    frame: pl.DataFrame, contract: Mapping[str, Any], lacking: Collection[str] = ()
) -> Break | None:
    """Return where rows first break a contract, or None; columns withheld are not asked for.

    A contract speaks of one column at a time, so each value that occurs is looked at once,
    however many rows have it.

    Examples
    --------
    >>> contract = {"required": ["rank"], "properties": {"rank": {"type": "integer", "minimum": 1}}}
    >>> first_break(pl.DataFrame({"rank": [2, 0, 0]}), contract)
    Break(row=1, column='rank', message='0 is less than the minimum of 1')
    """
    wanted = {k: v for k, v in contract["properties"].items() if k not in lacking}
    for name in contract["required"]:
        if name not in frame.columns and name not in lacking:
            return Break(0, name, "the column is missing")
    for name in frame.columns:
        if name not in wanted:
            return Break(0, name, "the contract has no such column")
        validator = jsonschema.Draft202012Validator(wanted[name])
        column = frame[name]
        values = column.cast(pl.String) if column.dtype == pl.Date else column
        for value in values.unique(maintain_order=True):
            for error in validator.iter_errors(value):
                row = values.eq_missing(pl.Series([value], dtype=values.dtype)).arg_max()
                return Break(row or 0, name, error.message)
    return None


def readers(sensitivity: str) -> tuple[Audience, ...]:
    """Return the audiences that may read what is of a sensitivity; of an unknown one, nobody.

    Examples
    --------
    >>> readers("internal"), readers("a new word")
    (('intel', 'planner'), ())
    """
    return _READERS.get(sensitivity, ())


def lacking(contract: Mapping[str, Any], audience: Audience) -> tuple[str, ...]:
    """Return the columns of a contract that an audience does not get, in its order."""
    return tuple(
        name
        for name, column in contract["properties"].items()
        if audience not in readers(str(column.get("sensitivity")))
    )


def released(name: str) -> list[dict[str, Any]]:
    """Return what each released version of a contract promised, oldest first.

    Parameters
    ----------
    name : of the contract, such as "ranking".
    """
    found = [read_contract(path) for path in RELEASED.glob(f"{name}-*.json")]
    return sorted(found, key=lambda contract: version(contract))


def version(contract: Mapping[str, Any]) -> tuple[int, int, int]:
    """Return the version of a contract as numbers.

    Raises
    ------
    ValueError
        If it is no semantic version.

    Examples
    --------
    >>> version({"version": "1.10.0"}) > version({"version": "1.9.3"})
    True
    """
    numbers = re.fullmatch(r"(\d+)\.(\d+)\.(\d+)", str(contract.get("version")))
    if numbers is None:
        raise ValueError(f"{contract.get('version')!r} is no version such as 1.2.0")
    major, minor, patch = map(int, numbers.groups())
    return major, minor, patch


def breaking_changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Return what a reader of the old version would trip over in the new one, a sentence each.

    Examples
    --------
    >>> old = {"required": ["rank"], "properties": {"rank": {"type": "integer", "minimum": 1}}}
    >>> new = {"required": ["rank"], "properties": {"rank": {"type": ["integer", "null"]}}}
    >>> for line in breaking_changes(old, new):
    ...     print(line)
    rank: may be empty now
    rank: minimum 1 is gone
    """
    columns = new["properties"]
    found = []
    for name, was in old["properties"].items():
        if name not in columns:
            found.append(f"{name}: is gone; a column that is renamed is one that is gone")
            continue
        if name in old.get("required", ()) and name not in new.get("required", ()):
            found.append(f"{name}: may be missing now")
        found += [f"{name}: {what}" for what in _loosened(was, columns[name])]
    return found


def version_problems(history: Sequence[Mapping[str, Any]], now: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with the version of a contract, held against those released.

    Any change needs a higher version than the last released; a further column a higher minor
    one; what breaks a reader a higher major one.

    Parameters
    ----------
    history : the released versions, oldest first.
    """
    if not history:
        return []
    last, (major, minor, _) = history[-1], version(now)
    if _content(last) == _content(now):
        is_same = version(last) == version(now)
        return [] if is_same else ["nothing changed since the last release but the version"]
    found = []
    if version(now) <= version(last):
        found.append(f"changed since {last['version']}, and the version is not higher")
    same_major = [contract for contract in history if version(contract)[0] == major]
    for contract in same_major:
        added = sorted(set(now["properties"]) - set(contract["properties"]))
        if added and minor <= version(contract)[1]:
            found.append(f"{', '.join(added)}: added since {contract['version']}; raise the minor")
        found += [
            f"{what}; against {contract['version']} that needs version {major + 1}.0.0"
            for what in breaking_changes(contract, now)
        ]
    return found


def _loosened(was: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    found = []
    old_types, new_types = _types(was), _types(now)
    if "null" in new_types and "null" not in old_types:
        found.append("may be empty now")
    if old_types - {"null"} != new_types - {"null"}:
        told = [" or ".join(sorted(types - {"null"})) for types in (old_types, new_types)]
        found.append(f"was {told[0]} and is {told[1]}")
    if "enum" in was:
        if "enum" not in now:
            found.append("its values are no longer listed")
        elif more := [value for value in now["enum"] if value not in was["enum"]]:
            found.append(f"may now be {', '.join(map(str, more))}, which readers do not know")
    for bound, is_lower in _BOUNDS.items():
        if bound not in was:
            continue
        if bound not in now:
            found.append(f"{bound} {was[bound]} is gone")
        elif now[bound] != was[bound] and (now[bound] < was[bound]) == is_lower:
            found.append(f"{bound} was {was[bound]} and is {now[bound]}")
    found += [
        f"{form} was {was[form]} and is {now.get(form) or 'gone'}"
        for form in _FORMS
        if form in was and was[form] != now.get(form)
    ]
    lost = [a for a in readers(_secrecy(was)) if a not in readers(_secrecy(now))]
    if lost:
        found.append(f"{', '.join(a for a in get_args(Audience) if a in lost)} no longer gets it")
    return found


def _types(column: Mapping[str, Any]) -> set[str]:
    """Return the types of a column's values; those of an enumeration are its values' own."""
    if "type" in column:
        kind = column["type"]
        return {kind} if isinstance(kind, str) else set(kind)
    names = {str: "string", bool: "boolean", int: "integer", float: "number", type(None): "null"}
    return {names.get(type(value), "object") for value in column.get("enum", ())}


def _secrecy(column: Mapping[str, Any]) -> str:
    return str(column.get("sensitivity"))


def _content(contract: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in contract.items() if name != "version"}
