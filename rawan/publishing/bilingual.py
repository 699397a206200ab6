"""Figures and words of the model card that no language has been chosen for yet."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from rawan.publishing.texts import number, text
from rawan.settings import Language

_LANGUAGES: tuple[Language, Language] = ("id", "en")


@dataclass(frozen=True)
class Figure:
    """A number, with its 90 % interval where it has one; finite, told with so many digits."""

    value: float
    low: float | None = None
    high: float | None = None
    digits: int = 3

    def __post_init__(self) -> None:
        given = [v for v in (self.value, self.low, self.high) if v is not None]
        if not all(map(math.isfinite, given)) or (self.low is None) != (self.high is None):
            raise ValueError("a figure of the card is not finite, or has half an interval")

    def written(self, lang: Language) -> str:
        """Return the number, and its interval in brackets."""
        value, low, high = (self._shown(v, lang) for v in (self.value, self.low, self.high))
        return value if self.low is None else f"{value} ({low} – {high})"

    def _shown(self, value: float | None, lang: Language) -> str:
        # What rounds to nothing has no sign.
        return "" if value is None else number(round(value, self.digits) + 0.0, lang, self.digits)


@dataclass(frozen=True)
class Words:
    """The same words in both languages; where a figure is asked for, why there is none."""

    id: str
    en: str

    def __post_init__(self) -> None:
        if not (self.id.strip() and self.en.strip()):
            raise ValueError("words of the card are missing in a language")

    @classmethod
    def same(cls, words: str) -> "Words":
        """Return words that are the same in both languages, such as a name."""
        return cls(words, words)

    @classmethod
    def of(cls, key: str, **fill: "str | int | float | Figure | Words") -> "Words":
        """Return an entry of the texts, filled in as each language writes numbers.

        Examples
        --------
        >>> Words.of("card.reason.unknown_share", share=0.25).en
        'known for 0.250 of the places only'
        """
        return cls(*(_filled(key, lang, fill) for lang in _LANGUAGES))

    def said(self, lang: Language) -> str:
        """Return the words of a language."""
        return self.id if lang == "id" else self.en


Told = Figure | Words  # a figure, or why there is none


def short_number(value: float, lang: Language, digits: int = 3) -> str:
    """Return a number without zeros at its end.

    Examples
    --------
    >>> short_number(12.0, "id"), short_number(0.25, "id")
    ('12', '0,25')
    """
    written = number(value, lang, digits)
    return written.rstrip("0").rstrip(",.") if digits else written


def _filled(
    key: str, lang: Language, fill: Mapping[str, str | int | float | Figure | Words]
) -> str:
    return text(key, lang).format(**{name: written(value, lang) for name, value in fill.items()})


def written(value: str | int | float | Figure | Words, lang: Language) -> str:
    """Return a value as a language writes it."""
    if isinstance(value, Words):
        return value.said(lang)
    if isinstance(value, Figure):
        return value.written(lang)
    return number(value, lang) if isinstance(value, float) else str(value)
