"""Names of columns: when two spellings are one name, and which names tell who a person is.

Owns `data/contracts/synonyms.toml`. Which column carries which field is in
`rawan.sources.mapping`.
"""

import re
import tomllib
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cache

from rapidfuzz import fuzz, process

from rawan.settings import PROJECT_ROOT

SYNONYMS = PROJECT_ROOT / "data" / "contracts" / "synonyms.toml"

# From this likeness on (0 to 100), a name that nobody knows is taken for a misspelt one.
_MISSPELT = 85.0


@dataclass(frozen=True)
class Synonyms:
    """Names that columns go by: of each field, of persons, and words above several columns."""

    fields: dict[str, tuple[str, ...]]
    groups: tuple[str, ...]
    person_names: frozenset[str]
    person_words: frozenset[str]
    harmless: frozenset[str]
    things: frozenset[str]


@dataclass(frozen=True)
class Found:
    """Which column of a file goes by which known name; `told` are sentences on how."""

    columns: dict[str, str]
    errors: list[str]
    told: list[str]


@cache
def synonyms() -> Synonyms:
    """Return the names that columns go by."""
    content = tomllib.loads(SYNONYMS.read_text(encoding="utf-8"))
    persons = content["persons"]
    return Synonyms(
        {field: tuple(names) for field, names in content["fields"].items()},
        tuple(content["headers"]["groups"]),
        frozenset(key(name) for name in persons["names"]),
        frozenset(persons["words"]),
        frozenset(persons["harmless"]),
        frozenset(persons["things"]),
    )


def key(name: str) -> str:
    """Return what counts of a column's name: its letters and digits.

    Examples
    --------
    >>> key("Kode Desa") == key("KODE_DESA *") == "kodedesa"
    True
    """
    return re.sub(r"[\W_]+", "", name.casefold()) or name.strip()


def words(name: str) -> list[str]:
    """Return the words of a column's name, in small letters."""
    return re.findall(r"[^\W_]+", name.casefold())


def without_group(name: str) -> str:
    """Return the name without a word that stands above several columns, or '' without one.

    Examples
    --------
    >>> without_group("Lokasi Kode Desa"), without_group("Nama Desa")
    ('kode desa', '')
    """
    first, *rest = words(name) or [""]
    return " ".join(rest) if first in synonyms().groups else ""


def is_personal(name: str) -> bool:
    """Tell whether a column of this name tells who a person is.

    Examples
    --------
    >>> is_personal("Nama Ketua"), is_personal("No. HP"), is_personal("Nama Desa")
    (True, True, False)
    """
    known, parts = synonyms(), words(name)
    if known.harmless.intersection(parts):
        return False
    if parts[:1] in (["nama"], ["name"]) and not known.things.intersection(parts):
        return True
    return key(name) in known.person_names or bool(known.person_words.intersection(parts))


def find_columns(header: Collection[str], known: Iterable[str]) -> Found:
    """Find the column of a file that goes by each known name.

    The exact spelling wins; else case, blanks, underscores and punctuation do not count;
    else a word above several columns is left off. Two columns for one name are an error.

    Examples
    --------
    >>> find_columns(["KODE DESA", "Lokasi Desa"], ["kode_desa", "desa"]).columns
    {'desa': 'Lokasi Desa', 'kode_desa': 'KODE DESA'}
    """
    by_key, by_rest = defaultdict(list), defaultdict(list)
    for column in header:
        by_key[key(column)].append(column)
        if rest := without_group(column):
            by_rest[key(rest)].append(column)
    names = sorted(set(known))
    columns = {name: name for name in names if name in header}
    errors: list[str] = []
    told: list[str] = []
    for index in (by_key, by_rest):
        taken = set(columns.values())
        for name in names:
            near = [column for column in index.get(key(name), []) if column not in taken]
            if name in columns or not near:
                continue
            if len(near) > 1:
                listed = " and ".join(f'"{column}"' for column in near)
                errors.append(f'columns {listed} may both be "{name}". Name it exactly so once.')
                continue
            columns[name] = near[0]
            if index is by_rest:
                told.append(f'column "{near[0]}" is read as "{name}"')
    return Found({name: columns[name] for name in names if name in columns}, errors, told)


def misspelt(column: str, missing: Iterable[str]) -> str | None:
    """Return the known name, missing in the file, that a strange column seems to be.

    Examples
    --------
    >>> misspelt("Kecamtan", ["kecamatan", "desa"]), misspelt("Suku", ["kecamatan", "desa"])
    ('kecamatan', None)
    """
    near = process.extractOne(
        column, sorted(missing), scorer=fuzz.ratio, processor=key, score_cutoff=_MISSPELT
    )
    return None if near is None else str(near[0])
