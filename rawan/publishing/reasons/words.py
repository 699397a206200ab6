"""The words of reasons as data/contracts/reasons.toml has them: read, checked, looked up.

Owns which features are told as one reason and what it is called. The form of that file is
checked in `checks.py`; the numbers are in
`numbers.py`, the sentences in `sentences.py`.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from rawan.errors import RawanError
from rawan.features import find
from rawan.publishing.reasons.checks import ENTRIES, LANGUAGES, OPEN, OTHER, mistakes_in
from rawan.settings import PROJECT_ROOT, Language

CONTRACT = PROJECT_ROOT / "data" / "contracts" / "reasons.toml"
Both = dict[Language, str]


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
        return self.type_group if evidence == OPEN else evidence


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
                    return Reason(group.name.replace(OPEN, captured or ""), group, captured)
        return self._own(feature)

    def named(self, name: str) -> Reason:
        """Return the reason of a name, as tables hold it."""
        for group in self.groups:
            found = _pattern(group.name).fullmatch(name)
            if found:
                return Reason(name, group, found.groupdict().get("group"))
        return self._own(name)

    def label(self, reason: Reason, lang: Language) -> str:
        """Return what a reason is called."""
        words = reason.group.label[lang]
        if reason.type_group is not None:
            known = self.types.get(reason.type_group)
            called = (
                self.words("words", "type", lang).format(type=reason.type_group)
                if known is None
                else known[lang]
            )
            words = words.replace("{type}", called)
        return words

    def _own(self, feature: str) -> Reason:
        known = find(feature)
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
    mistakes = list(mistakes_in(content))
    if mistakes:
        told = "\n".join(f"{path.name}, {mistake}" for mistake in mistakes)
        raise RawanError(f"{told}\nCorrect {path}, then run again.")
    kinds = {name: _facts(entry["facts"]) for name, entry in content["kinds"].items()}
    return Contract(
        texts={section: content[section] for section in ENTRIES},
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
    escaped = re.escape(pattern).replace(r"\*", ".*").replace(re.escape(OPEN), "(?P<group>.+)", 1)
    return re.compile(escaped)
