"""The words people read, in Bahasa Indonesia (default) and English.

They stand in `words/`, both languages side by side, one file an output, keyed by the place they
are used in: `page.`, `column.`, `card.`. A word in braces is filled in where it is used.
"""

import tomllib
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from rawan.errors import did_you_mean
from rawan.settings import Language

_FOLDER = Path(__file__).with_name("words")

MONTHS: dict[Language, tuple[str, ...]] = {
    "id": (
        *("Januari", "Februari", "Maret", "April", "Mei", "Juni"),
        *("Juli", "Agustus", "September", "Oktober", "November", "Desember"),
    ),
    "en": (
        *("January", "February", "March", "April", "May", "June"),
        *("July", "August", "September", "October", "November", "December"),
    ),
}


@cache
def texts() -> dict[str, dict[Language, str]]:
    """Return every entry by its dotted key."""
    found: dict[str, dict[Language, str]] = {}

    def walk(table: dict[str, Any], prefix: str) -> None:
        for name, entry in table.items():
            if set(entry) == {"id", "en"}:
                if prefix + name in found:
                    raise ValueError(f"the words for {prefix + name!r} stand in two files")
                found[prefix + name] = entry
            else:
                walk(entry, f"{prefix}{name}.")

    for file in sorted(_FOLDER.glob("*.toml")):
        walk(tomllib.loads(file.read_text(encoding="utf-8")), "")
    return found


def text(key: str, lang: Language) -> str:
    """Return the words for a key in one language.

    Raises
    ------
    KeyError
        If there is no such key; the message names the nearest one.

    Examples
    --------
    >>> text("page.village", "id")
    'Desa'
    """
    words = texts().get(key)
    if words is None:
        raise KeyError(f"no words for {key!r}.{did_you_mean(key, texts())}")
    return words[lang]


def date_text(day: date, lang: Language) -> str:
    """Return a date in words.

    Examples
    --------
    >>> from datetime import date
    >>> date_text(date(2024, 11, 27), "id")
    '27 November 2024'
    """
    return f"{day.day} {MONTHS[lang][day.month - 1]} {day.year}"


def number(value: float, lang: Language, digits: int = 3) -> str:
    """Return a number with the language's decimal mark."""
    written = f"{value:.{digits}f}"
    return written.replace(".", ",") if lang == "id" else written
