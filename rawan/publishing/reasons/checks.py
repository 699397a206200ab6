"""What may stand in data/contracts/reasons.toml, and what is wrong with one that was edited.

Only looks: every mistake is told with the entry it stands in. The words themselves are read
in `words.py`.
"""

from collections.abc import Iterator, Mapping
from string import Formatter
from typing import Any, cast

from rawan.errors import did_you_mean, nearest
from rawan.features import registry
from rawan.settings import Language

LANGUAGES: tuple[Language, ...] = ("id", "en")
OTHER = "other"
OPEN = "{group}"

# For each section its entries and the words in braces that an entry may hold.
_SIZE_WORDS = frozenset({"factor", "contribution", "usual", "points"})
_SCALES = ("log_odds", "log_rate", "count", "index", "score")
_FACT_WORDS = frozenset({"evidence", "usual_incidents", "reports", "value", "typical"})
ENTRIES: dict[str, dict[str, frozenset[str]]] = {
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
# What a spreadsheet would take for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def mistakes_in(content: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong, each as a sentence that names its entry."""
    sections = [*ENTRIES, "kinds", "units", "types", "groups"]
    for section in content:
        if section not in sections:
            yield f"[{section}]: there is no such section.{did_you_mean(section, sections)}"
    for section in sections:
        if not isinstance(content.get(section), dict):
            yield f"[{section}]: is missing."
    for section, entries in ENTRIES.items():
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
    is_open = OPEN in name
    for feature in features:
        if (OPEN in str(feature)) != is_open or str(feature).count(OPEN) > 1:
            yield (
                f'{where} features: "{feature}" and the name of the group must both hold '
                f"{OPEN} once, or neither."
            )
        elif "*" not in str(feature) and not is_open and feature not in registry():
            near = nearest(str(feature), registry())
            hint = f' Did you mean "{near}"?' if near else " See data/contracts/features.toml."
            yield f'{where} features: "{feature}" is not a feature.{hint}'
    if entry.get("evidence") == OPEN and not is_open:
        yield f"{where} evidence: {OPEN} has no meaning without {OPEN} in the name."
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
        yield f'{where}: must not start with "{template[0]}": a spreadsheet takes it for a formula.'
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
