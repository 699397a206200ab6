"""Reasons as sentences: the numbers of `numbers.py` put into the words of `words.py`.

Owns how numbers and days are written. A sentence is made from one row of the table of reasons
and the templates alone, so that it can be told again in the other language.
"""

import math
from collections.abc import Mapping
from datetime import date
from functools import cached_property
from string import Formatter
from typing import Any

import polars as pl

from rawan.features import find
from rawan.publishing.reasons.words import Contract, Reason, Unit
from rawan.publishing.texts import date_text, number, text
from rawan.settings import Language

_DIGITS = 2
_LARGEST_FACTOR = 1000
Row = Mapping[str, Any]
Fact = tuple[str, frozenset[str]]


class Teller:
    """Tells reasons in one language.

    Parameters
    ----------
    words : templates.
    lang : language.
    """

    def __init__(self, words: Contract, lang: Language) -> None:
        self._words = words
        self._lang: Language = lang
        self._reasons: dict[str, tuple[Reason, str, list[Fact]]] = {}

    def sentences(self, table: pl.DataFrame) -> list[str]:
        """Return a sentence for each row of a table of reasons."""
        return [self.sentence(row) for row in table.iter_rows(named=True)]

    def shorts(self, table: pl.DataFrame) -> list[str]:
        """Return each reason's name with its size, for a line that holds several."""
        return [
            f"{self.label(row['group'])} ({self._size('short', row)})"
            for row in table.iter_rows(named=True)
        ]

    def label(self, group: str) -> str:
        """Return what a reason is called."""
        return self._known(group)[1]

    def sentence(self, row: Row) -> str:
        """Return one reason as a sentence: what is known, its direction and its size."""
        _, label, facts = self._known(row["group"])
        found = self._found(row, frozenset().union(*(needs for _, needs in facts)))
        told = [fact.format_map(found) for fact, needs in facts if needs <= found.keys()]
        sentence = self._sentence_raises if row["relative"] > 0 else self._sentence_lowers
        return sentence.format(
            name=label,
            facts="; ".join(told) or self._words.words("words", "no_facts", self._lang),
            size=self._size("sizes", row),
        )

    @cached_property
    def _sentence_raises(self) -> str:
        return self._words.words("sentence", "raises", self._lang)

    @cached_property
    def _sentence_lowers(self) -> str:
        return self._words.words("sentence", "lowers", self._lang)

    def _known(self, group: str) -> tuple[Reason, str, list[Fact]]:
        """Return a reason, what it is called, and its facts with the words that each needs."""
        if group not in self._reasons:
            reason = self._words.named(group)
            facts = [
                (fact, frozenset(word for _, word, _, _ in Formatter().parse(fact) if word))
                for fact in reason.group.facts[self._lang]
            ]
            self._reasons[group] = (reason, self._words.label(reason, self._lang), facts)
        return self._reasons[group]

    def _found(self, row: Row, needs: frozenset[str]) -> dict[str, str]:
        """Return those of the words needed that are known for a village."""
        found: dict[str, str] = {}
        if "evidence" in needs and row["incidents"] is not None:
            found["evidence"] = self._incidents(row)
        if "usual_incidents" in needs and row["usual_incidents"] is not None:
            found["usual_incidents"] = self.amount(row["usual_incidents"], _DIGITS)
        if "reports" in needs and row["reports"] is not None:
            found["reports"] = self._counted("reports", row["reports"])
        if row["value"] is not None:
            unit = self._unit(row)
            if "value" in needs:
                found["value"] = self._value(row, unit)
            if "typical" in needs and row["typical"] is not None and not row["is_filled"]:
                found["typical"] = self._measured(row["typical"], unit)
        return found

    def _incidents(self, row: Row) -> str:
        newest = ""
        if row["newest"] is not None:
            newest = self._day(row["newest_from"], row["newest"])
        return self._counted("incidents", row["incidents"], newest=newest)

    def _day(self, first: date | None, last: date) -> str:
        """Return a day, or the interval that the source's date gives."""
        if first is None or first == last:
            return date_text(last, self._lang)
        return self._words.words("words", "between", self._lang).format(
            first=date_text(first, self._lang), last=date_text(last, self._lang)
        )

    def _counted(self, what: str, n: int, **more: str) -> str:
        form = "none" if n == 0 else "one" if n == 1 else "many"
        return self._words.words("words", f"{what}_{form}", self._lang).format(n=n, **more)

    def _value(self, row: Row, unit: Unit | str) -> str:
        value = self._measured(row["value"], unit)
        if row["is_filled"]:
            value = self._words.words("words", "filled", self._lang).format(value=value)
        if row["is_family"] and row["member"] is not None:
            feature = find(row["member"])
            member = row["member"] if feature is None else feature.labels[self._lang]
            value = self._words.words("words", "member", self._lang).format(
                member=member, value=value
            )
        return value

    def _unit(self, row: Row) -> Unit | str:
        """Return how a row's value is written; the unit's own name where no words are declared."""
        group = self._known(row["group"])[0].group
        feature = find(row["member"] or "")
        unit = group.unit if group.adds else None if feature is None else feature.unit
        return self._words.units.get(unit or "", unit or "")

    def _measured(self, value: float, unit: Unit | str) -> str:
        if isinstance(unit, Unit):
            return unit.words[self._lang].format(n=self.amount(value * unit.times, unit.digits))
        if unit == "0 or 1" and value in (0, 1):
            return text("word.yes" if value else "word.no", self._lang)
        return f"{self.amount(value, _DIGITS)} {unit}".rstrip()

    def amount(self, value: float, digits: int) -> str:
        """Return a number without idle zeros; one too small for its digits is told as that."""
        if 0 < value < 0.5 * 10.0**-digits:
            return self._words.words("words", "under", self._lang).format(
                value=number(10.0**-digits, self._lang, digits)
            )
        rounded = round(value, digits) + 0.0
        written = f"{rounded:.{digits}f}"
        written = written.rstrip("0").rstrip(".") if "." in written else written
        return written.replace(".", ",") if self._lang == "id" else written

    def _size(self, section: str, row: Row) -> str:
        scale, relative, contribution = row["scale"], row["relative"], row["contribution"]
        template = self._words.words(section, scale, self._lang)
        points = f"{relative:+.{_DIGITS}f}"
        if not float(points) and relative:
            points = ("+" if relative > 0 else "-") + self.amount(abs(relative), _DIGITS)
        return template.format(
            factor=self.factor(relative) if "{factor}" in template else "",
            contribution=self.amount(contribution, _DIGITS),
            usual=self.amount(contribution - relative, _DIGITS),
            points=points.replace(".", ",") if self._lang == "id" else points,
        )

    def factor(self, relative: float) -> str:
        """Return exp(relative) with as many digits as a reader can use."""
        factor = math.exp(min(relative, math.log(_LARGEST_FACTOR) + 1))
        if factor >= _LARGEST_FACTOR:
            return self._words.words("words", "over", self._lang).format(value=_LARGEST_FACTOR)
        digits = 0 if factor >= 10 else 1 if factor >= 1.95 else 2
        return self.amount(factor, digits)
