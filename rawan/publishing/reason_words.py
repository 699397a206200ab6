"""The words of reasons as data/contracts/reasons.toml has them: read, checked, looked up.

Owns the form of that file and which features are told as one reason. The numbers, and the
sentences made of both, are in `reasons.py`.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any, cast

from rawan.errors import RawanError, did_you_mean
from rawan.features import registry
from rawan.settings import PROJECT_ROOT, Language

CONTRACT = PROJECT_ROOT / "data" / "contracts" / "reasons.toml"
LANGUAGES: tuple[Language, ...] = ("id", "en")
OTHER = "other"

Both = dict[Language, str]

# For each section its entries and the words in braces that an entry may hold.
_SIZE_WORDS = frozenset({"factor", "contribution", "usual", "points"})
_SCALES = ("log_odds", "log_rate", "count", "index", "score")
_FACT_WORDS = frozenset({"evidence", "usual_incidents", "reports", "value", "typical"})
_ENTRIES: dict[str, dict[str, frozenset[str]]] = {
    "sentence": dict.fromkeys(("raises", "lowers"), frozenset({"name", "facts", "size"})),
    "sizes": dict.fromkeys(_SCALES, _SIZE_WORDS),
    "short": dict.fromkeys(_SCALES, _SIZE_WORDS),
    "words": {
        "incidents_none": frozenset(),
        "incidents_one": frozenset({"newest"}),
        "incidents_many": frozenset({"n", "newest"}),
        "reports_none": frozenset(),
        "reports_one": frozenset(),
        "reports_many": frozenset({"n"}),
        "between": frozenset({"first", "last"}),
        "member": frozenset({"member", "value"}),
        "filled": frozenset({"value"}),
        "no_facts": frozenset(),
        "type": frozenset({"type"}),
        "under": frozenset({"value"}),
        "over": frozenset({"value"}),
    },
}
_GROUP_KEYS = {"kind", "features", "evidence", "adds", "unit", "facts", "name"}
_OPEN = "{group}"
# What a spreadsheet would take for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Unit:
    """How a value of a unit is written: `{n}` with so many digits, after a multiplication."""

    words: Both
    digits: int
    times: float


@dataclass(frozen=True)
class Group:
    """Features that are told as one reason.

    Attributes
    ----------
    name : its name in tables; may hold "{group}".
    features : names or patterns of features.
    evidence : "{group}" or a type group of incidents, "reports", or None.
    adds : whether the value told is the sum over its features, in `unit`.
    facts : by language, what is told.
    label : by language, what it is called; may hold "{type}".
    """

    name: str
    features: tuple[str, ...]
    evidence: str | None
    adds: bool
    unit: str | None
    facts: dict[Language, tuple[str, ...]]
    label: Both


@dataclass(frozen=True)
class Reason:
    """A group as it applies to a feature or is found by its name: with the type group it holds."""

    name: str
    group: Group
    type_group: str | None

    @property
    def evidence(self) -> str | None:
        """The type group of the incidents that are its evidence, or "reports", or None."""
        evidence = self.group.evidence
        return self.type_group if evidence == _OPEN else evidence


@dataclass(frozen=True)
class Contract:
    """Everything that data/contracts/reasons.toml says."""

    texts: dict[str, dict[str, Both]]
    units: dict[str, Unit]
    types: dict[str, Both]
    groups: tuple[Group, ...]
    other: dict[Language, tuple[str, ...]]

    def words(self, section: str, name: str, lang: Language) -> str:
        """Return a template."""
        return self.texts[section][name][lang]

    def of_feature(self, feature: str) -> Reason:
        """Return the reason that tells of a feature; one that no group takes is its own."""
        for group in self.groups:
            for pattern in group.features:
                found = _pattern(pattern).fullmatch(feature)
                if found:
                    captured = found.groupdict().get("group")
                    return Reason(group.name.replace(_OPEN, captured or ""), group, captured)
        return self._own(feature)

    def named(self, name: str) -> Reason:
        """Return the reason of a name, as tables hold it."""
        for group in self.groups:
            found = _pattern(group.name).fullmatch(name)
            if found:
                return Reason(name, group, found.groupdict().get("group"))
        return self._own(name)

    def label(self, reason: Reason, lang: Language) -> str:
        """Return what a reason is called, its first letter a capital."""
        words = reason.group.label[lang]
        if reason.type_group is not None:
            known = self.types.get(reason.type_group)
            called = (
                self.words("words", "type", lang).format(type=reason.type_group)
                if known is None
                else known[lang]
            )
            words = words.replace("{type}", called)
        return words[:1].upper() + words[1:]

    def _own(self, feature: str) -> Reason:
        known = registry().get(feature)
        labels = {lang: feature if known is None else known.labels[lang] for lang in LANGUAGES}
        return Reason(
            feature, Group(feature, (feature,), None, False, None, self.other, labels), None
        )


@cache
def contract() -> Contract:
    """Return the words that ship with it."""
    return read_contract(CONTRACT)


def read_contract(path: Path) -> Contract:
    """Read and check the words of reasons.

    Raises
    ------
    RawanError
        If the file cannot be read, or an entry is wrong; all wrong entries are told at once.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise RawanError(f"{path}: cannot be read: {error}. Correct it, then run again.") from error
    mistakes = list(_mistakes(content))
    if mistakes:
        told = "\n".join(f"{path.name}, {mistake}" for mistake in mistakes)
        raise RawanError(f"{told}\nCorrect {path}, then run again.")
    kinds = {name: _facts(entry["facts"]) for name, entry in content["kinds"].items()}
    return Contract(
        texts={section: content[section] for section in _ENTRIES},
        units={
            name: Unit(
                {lang: entry[lang] for lang in LANGUAGES}, entry["digits"], entry.get("times", 1)
            )
            for name, entry in content["units"].items()
        },
        types=content["types"],
        groups=tuple(
            Group(
                name=name,
                features=tuple(entry["features"]),
                evidence=entry.get("evidence"),
                adds=entry.get("adds", False),
                unit=entry.get("unit"),
                facts=_facts(entry["facts"]) if "facts" in entry else kinds[entry["kind"]],
                label=entry["name"],
            )
            for name, entry in content["groups"].items()
        ),
        other=kinds[OTHER],
    )


def _facts(entry: Mapping[str, Any]) -> dict[Language, tuple[str, ...]]:
    return {lang: tuple(entry[lang]) for lang in LANGUAGES}


@cache
def _pattern(pattern: str) -> re.Pattern[str]:
    """Return a pattern of names as a regular expression; "{group}" takes all that it can."""
    escaped = re.escape(pattern).replace(r"\*", ".*").replace(re.escape(_OPEN), "(?P<group>.+)", 1)
    return re.compile(escaped)


def _mistakes(content: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong, each with the entry it is wrong in."""
    sections = [*_ENTRIES, "kinds", "units", "types", "groups"]
    for section in content:
        if section not in sections:
            yield f"[{section}]: there is no such section.{did_you_mean(section, sections)}"
    for section in sections:
        if not isinstance(content.get(section), dict):
            yield f"[{section}]: is missing."
    for section, entries in _ENTRIES.items():
        given = _table(content, section)
        for name in given.keys() - entries.keys():
            yield f"[{section}] {name}: there is no such entry.{did_you_mean(name, entries)}"
        for name, allowed in entries.items():
            yield from _both(f"[{section}] {name}", given.get(name), allowed)
    kinds = _table(content, "kinds")
    if OTHER not in kinds:
        yield f"[kinds.{OTHER}]: is missing; a feature that no group takes would have no words."
    for name, entry in kinds.items():
        yield from _keys(f"[kinds.{name}]", entry, {"facts"})
        yield from _fact_lists(f"[kinds.{name}]", _table(entry, "facts"))
    for name, entry in _table(content, "types").items():
        yield from _both(f"[types] {name}", entry, frozenset())
    for name, entry in _table(content, "units").items():
        yield from _unit(f'[units] "{name}"', entry)
    for name, entry in _table(content, "groups").items():
        yield from _group(f"[groups.{name}]", name, entry, kinds)


def _group(where: str, name: str, entry: Any, kinds: Mapping[str, Any]) -> Iterator[str]:
    yield from _keys(where, entry, _GROUP_KEYS)
    if not isinstance(entry, dict):
        return
    if entry.get("kind") not in kinds:
        kind = str(entry.get("kind", ""))
        yield f'{where} kind: "{kind}" is not a kind.{did_you_mean(kind, kinds)}'
    features = entry.get("features")
    if not isinstance(features, list) or not features:
        yield f"{where} features: is missing; name the features that are told as one."
        features = []
    is_open = _OPEN in name
    for feature in features:
        if (_OPEN in str(feature)) != is_open or str(feature).count(_OPEN) > 1:
            yield f'{where} features: "{feature}" and the name must both hold {_OPEN} once, or neither.'
        elif "*" not in str(feature) and not is_open and feature not in registry():
            yield (
                f'{where} features: "{feature}" is not a feature.'
                f"{did_you_mean(str(feature), registry())}"
            )
    if entry.get("evidence") == _OPEN and not is_open:
        yield f"{where} evidence: {_OPEN} has no meaning without {_OPEN} in the name."
    if entry.get("adds") and not isinstance(entry.get("unit"), str):
        yield f"{where} unit: is missing; a sum over features needs one."
    if "facts" in entry:
        yield from _fact_lists(where, _table(entry, "facts"))
    yield from _both(f"{where} name", entry.get("name"), frozenset({"type"} if is_open else ()))


def _unit(where: str, entry: Any) -> Iterator[str]:
    yield from _keys(where, entry, {*LANGUAGES, "digits", "times"})
    if isinstance(entry, dict):
        yield from _both(
            where, {k: v for k, v in entry.items() if k in LANGUAGES}, frozenset({"n"})
        )
        if type(entry.get("digits")) is not int or not 0 <= entry["digits"] <= 6:
            yield f"{where} digits: must be a whole number from 0 to 6."
        if type(entry.get("times", 1)) not in (int, float):
            yield f"{where} times: must be a number."


def _fact_lists(where: str, facts: Mapping[str, Any]) -> Iterator[str]:
    for lang in LANGUAGES:
        if not isinstance(facts.get(lang), list) or not facts[lang]:
            yield f"{where} facts.{lang}: is missing; both languages are needed."
            continue
        for fact in facts[lang]:
            yield from _template(f"{where} facts.{lang}", fact, _FACT_WORDS)


def _both(where: str, entry: Any, allowed: frozenset[str]) -> Iterator[str]:
    if not isinstance(entry, dict):
        yield f"{where}: is missing."
        return
    yield from _keys(where, entry, set(LANGUAGES))
    for lang in LANGUAGES:
        if lang not in entry:
            yield f"{where}.{lang}: is missing; both languages are needed."
        else:
            yield from _template(f"{where}.{lang}", entry[lang], allowed)


def _template(where: str, template: Any, allowed: frozenset[str]) -> Iterator[str]:
    if not isinstance(template, str) or not template.strip() or not template.isprintable():
        yield f"{where}: must be a text of one line."
        return
    if template.startswith(_FORMULA):
        yield f'{where}: must not start with "{template[0]}", which a spreadsheet takes for a formula.'
    try:
        parts = list(Formatter().parse(template))
    except ValueError as error:
        yield f'{where}: "{template}" cannot be filled in: {error}. Braces come in pairs.'
        return
    for _, word, form, conversion in parts:
        if word is not None and (word not in allowed or form or conversion):
            written = word + (f"!{conversion}" if conversion else "") + (f":{form}" if form else "")
            known = ", ".join(f"{{{name}}}" for name in sorted(allowed)) or "none"
            yield f'{where}: "{{{written}}}" is not known here. Known: {known}.'


def _keys(where: str, entry: Any, known: set[str]) -> Iterator[str]:
    if not isinstance(entry, dict):
        yield f"{where}: must be a table."
        return
    for key in entry.keys() - known:
        yield f"{where} {key}: there is no such key.{did_you_mean(key, known)}"


def _table(content: Any, name: str) -> dict[str, Any]:
    found = content.get(name) if isinstance(content, dict) else None
    return cast(dict[str, Any], found) if isinstance(found, dict) else {}
