"""A column mapping from its TOML: read, checked whole, every mistake told at once.

Owns the form of the file. What a mapping then says of a header is in `rawan.sources.mapping`.
"""

import hashlib
import json
import tomllib
from collections.abc import Iterable
from collections.abc import Mapping as Table
from typing import Any

from rawan.errors import did_you_mean
from rawan.sources.contract import contract, fields_of, required_of
from rawan.sources.headers import key
from rawan.sources.mapping import Condition, Mapping, Precision
from rawan.sources.selecting import FORMS, PARTS

_LISTS = ("match", "ignore", "drop")
_TABLES = (
    "columns", "constants", "forms", "spans", "ticks", "exclude", "only", "values", "when",
    "precision",
)  # fmt: skip
_KEYS = ("kind", *_LISTS, *_TABLES)


def parse_mapping(name: str, text: str) -> tuple[Mapping | None, list[str]]:
    """Return the mapping that a text in TOML says, or None and every mistake in it."""
    try:
        content = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        return None, [f"is not valid TOML: {error}."]
    mistakes = _shape(content)
    if not mistakes:
        mistakes = _meaning(content)
    if mistakes:
        return None, mistakes
    canonical = json.dumps(content, sort_keys=True, ensure_ascii=False, default=str)
    table = {part: content.get(part, {}) for part in _TABLES}
    return Mapping(
        name=name,
        kind=content["kind"],
        match=tuple(pattern.lower() for pattern in content["match"]),
        columns=table["columns"],
        ignore=frozenset(content.get("ignore", [])),
        drop=frozenset(content.get("drop", [])),
        values={
            field: {_plain(theirs): ours for theirs, ours in words.items()}
            for field, words in table["values"].items()
        },
        constants=table["constants"],
        forms=table["forms"],
        spans={field: (columns[0], columns[1]) for field, columns in table["spans"].items()},
        precision={
            field: Precision(
                entry["column"],
                {value: part for part in PARTS for value in entry.get(part, [])},
            )
            for field, entry in table["precision"].items()
        },
        when={
            field: Condition(column, tuple(values))
            for field, entry in table["when"].items()
            for column, values in entry.items()
        },
        ticks={field: tuple(columns) for field, columns in table["ticks"].items()},
        exclude={column: tuple(values) for column, values in table["exclude"].items()},
        only={column: tuple(values) for column, values in table["only"].items()},
        digest=hashlib.sha256(canonical.encode()).hexdigest(),
    ), []


def _shape(content: Table[str, Any]) -> list[str]:
    """Return what is wrong with the keys and the types of their values."""
    mistakes = [
        f'"{name}" is not a key.{did_you_mean(name, _KEYS)}'
        for name in content
        if name not in _KEYS
    ]
    mistakes += [
        f'the key "{name}" is missing.' for name in ("kind", "match") if name not in content
    ]
    kind = content.get("kind", "")
    if "kind" in content and (not isinstance(kind, str) or kind not in contract()["kinds"]):
        mistakes.append(f'"{kind}" is not a kind.{did_you_mean(str(kind), contract()["kinds"])}')
    for name in _LISTS:
        value = content.get(name, [])
        if not _are_texts(value) or (name in content and name == "match" and not value):
            mistakes.append(f'"{name}" must be a list of texts.')
    for part in _TABLES:
        if not isinstance(content.get(part, {}), dict):
            mistakes.append(f"[{part}] must be a table.")
            continue
        for name, value in content.get(part, {}).items():
            mistakes += _entry(part, name, value)
    return mistakes


def _entry(part: str, name: str, value: Any) -> list[str]:
    """Return what is wrong with the value of one entry of a table."""
    where = f'"{name}" in [{part}]'
    if part in ("columns", "constants", "forms"):
        if not isinstance(value, str) or not value.strip():
            what = "column of" if part == "columns" else "value of"
            return [f"the {what} {where} must be a text."]
        if part == "forms" and value not in FORMS:
            return [f'{where}: "{value}" is not a form.{did_you_mean(value, FORMS)}']
    elif part == "values":
        if not isinstance(value, dict) or not _are_texts(list(value.values())):
            return [f"[values.{name}] must be a table: value of the source = value of ours."]
        lower = [_plain(theirs) for theirs in value]
        twice = sorted({theirs for theirs in lower if lower.count(theirs) > 1})
        return [
            f'[values.{name}]: "{theirs}" stands twice (capitals do not count).' for theirs in twice
        ]
    elif part == "when":
        if (
            not isinstance(value, dict)
            or len(value) != 1
            or not all(map(_are_texts, value.values()))
        ):
            return [f"[when.{name}] must hold one entry: column = [values]."]
    elif part == "precision":
        return _precision(name, value)
    elif not _are_texts(value) or not value or (part == "spans" and len(value) != 2):
        needed = "two columns: [first, last]" if part == "spans" else "a list of texts"
        return [f"{where} must be {needed}."]
    return []


def _precision(name: str, value: Any) -> list[str]:
    if not isinstance(value, dict) or not isinstance(value.get("column"), str):
        return [f'[precision.{name}] must name a column: column = "...".']
    known = ("column", *PARTS)
    mistakes = [
        f'"{part}" in [precision.{name}] is not a key.{did_you_mean(part, known)}'
        for part in value
        if part not in known
    ]
    return mistakes + [
        f'"{part}" in [precision.{name}] must be a list of texts.'
        for part in PARTS
        if not _are_texts(value.get(part, []))
    ]


def _meaning(content: Table[str, Any]) -> list[str]:
    """Return what is wrong with the fields and columns of a mapping of the right shape."""
    kind, mistakes = content["kind"], []
    known = fields_of(kind)
    for part in _TABLES:
        if part not in ("exclude", "only"):
            mistakes += [
                f'"{field}" in [{part}] is not a field of {kind}.{did_you_mean(field, known)}'
                for field in content.get(part, {})
                if field not in known
            ]
    sources = {
        part: set(content.get(part, {})) for part in ("columns", "constants", "spans", "ticks")
    }
    given = [field for fields in sources.values() for field in fields]
    for field in sorted({field for field in given if given.count(field) > 1}):
        listed = ", ".join(part for part in sources if field in sources[part])
        mistakes.append(f'"{field}" has more than one source ({listed}); keep one.')
    readable = sources["columns"] | sources["spans"]
    for part in ("values", "forms", "when", "precision"):
        mistakes += [
            f'"{field}" in [{part}] has no column: name it in [columns].'
            for field in content.get(part, {})
            if field in known and field not in readable
        ]
    mistakes += [
        f'the required field "{field}" has no column.'
        for field in required_of(kind)
        if field not in given
    ]
    return mistakes + _columns(content)


def _columns(content: Table[str, Any]) -> list[str]:
    """Return what is wrong with the columns: used and dropped, or one under two spellings."""
    mistakes: list[str] = []
    used: dict[str, str] = {}
    for field, column in content.get("columns", {}).items():
        used.setdefault(column, field)
    for part in ("spans", "ticks"):
        for field, columns in content.get(part, {}).items():
            for column in columns:
                used.setdefault(column, field)
    drop, ignore = content.get("drop", []), content.get("ignore", [])
    mistakes += [
        f'"{column}" is mapped to {used[column]} and dropped; do one.'
        for column in drop
        if column in used
    ]
    mistakes += [
        f'"{column}" is mapped to {used[column]} and ignored; do one.'
        for column in ignore
        if column in used
    ]
    mistakes += [
        f'"{column}" is ignored and dropped; do one.' for column in ignore if column in drop
    ]
    others = [entry["column"] for entry in content.get("precision", {}).values()]
    for part in (
        *content.get("when", {}).values(),
        content.get("exclude", {}),
        content.get("only", {}),
    ):
        others += part
    return mistakes + _twins([*used, *drop, *ignore, *others])


def _twins(columns: Iterable[str]) -> list[str]:
    by_key: dict[str, str] = {}
    mistakes: list[str] = []
    for column in dict.fromkeys(columns):
        twin = by_key.setdefault(key(column), column)
        if twin != column:
            mistakes.append(
                f'"{twin}" and "{column}" are one name (capitals, blanks and signs do not count).'
            )
    return mistakes


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _plain(text: str) -> str:
    return text.strip().lower()
