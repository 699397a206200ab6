"""The lists of an edition as the brief tells them: equal ones once, with reasons in sentences.

Owns the rows of villages. The pages they stand on are `brief_data.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import polars as pl

from rawan.publishing.bilingual import short_number
from rawan.publishing.edition import Edition, ListInfo
from rawan.publishing.paper.edition_words import lists_of, override_words, overrides, percent
from rawan.publishing.paper.plain_text import breakable, cut, shown
from rawan.publishing.texts import text
from rawan.settings import Language

MAIN_HAZARD = "conflict"
SENTENCES = 2
LONGEST_NAME = 60
LONGEST_SENTENCE = 260
# How many of three squares are filled beside the word; `khusus` is crossed.
LEVELS = {"kurang_rawan": 1, "rawan": 2, "sangat_rawan": 3, "khusus": 4}
# Lists with the same values of these are one list told several times.
_EQUAL = ("village_code", "rank", "rank_low", "rank_high", "top_k_probability", "risk", "index")


@dataclass(frozen=True)
class Told:
    """A list, or several with the same scores; the rows are those of the first."""

    infos: tuple[ListInfo, ...]
    rows: pl.DataFrame

    @property
    def hazard(self) -> str:
        """Return the hazard, which equal lists share."""
        return self.infos[0].hazard

    def title(self, lang: Language) -> str:
        """Return what the list is called."""
        return plain(self.infos[0].hazard_label.said(lang))

    def stages(self, lang: Language) -> str:
        """Return for which stages it holds."""
        names = "; ".join(info.stage_label.said(lang) for info in self.infos)
        key = "brief.stages_equal" if len(self.infos) > 1 else "brief.stages"
        return plain(text(key, lang).format(stages=names), LONGEST_SENTENCE)


def told_lists(edition: Edition) -> list[Told]:
    """Return the lists to tell, that of clashes first; those with equal scores once."""
    found: list[Told] = []
    for info, rows in lists_of(edition):
        same = [
            number
            for number, told in enumerate(found)
            if told.hazard == info.hazard and _are_equal(told.rows, rows)
        ]
        if same:
            first = found[same[0]]
            found[same[0]] = Told((*first.infos, info), first.rows)
        else:
            found.append(Told((info,), rows))
    return sorted(found, key=lambda told: told.hazard != MAIN_HAZARD)


class Rows:
    """Villages as rows for people.

    Parameters
    ----------
    edition : where they stand.
    lang : language of the words.
    """

    def __init__(self, edition: Edition, lang: Language) -> None:
        self._edition, self._lang = edition, lang
        self._overrides = overrides(edition)

    def table(self, rows: pl.DataFrame) -> list[dict[str, Any]]:
        """Return each village with everything that is told of it, numbered from 1."""
        return [
            self._row(row, number) for number, row in enumerate(rows.iter_rows(named=True), start=1)
        ]

    def line(self, row: dict[str, Any]) -> str:
        """Return a village in one line."""
        return text("brief.other_row", self._lang).format(
            rank=rank_of(row),
            village=plain(row["village"]),
            low=row["rank_low"],
            high=row["rank_high"],
            band=text(f"band.{row['band']}", self._lang),
        )

    def decided(self) -> dict[tuple[str, str], str]:
        """Return by hazard and village what people decided, in the order of the lists."""
        hazards = {i.hazard: i.hazard_label.said(self._lang) for i in self._edition.facts.lists}
        rows = self._edition.ranking.unique(
            ["hazard", "village_code"], keep="first", maintain_order=True
        )
        wanted = rows.filter(pl.col("village_code").is_in([code for _, code in self._overrides]))
        found = {}
        for row in wanted.iter_rows(named=True):
            key = (row["hazard"], row["village_code"])
            if key in self._overrides:
                said = " ".join(self._override(one) for one in self._overrides[key])
                where = f"{plain(hazards.get(key[0], key[0]))} {rank_of(row)}"
                found[key] = f"{plain(row['village'])} ({where}). {said}"
        return found

    def _row(self, row: dict[str, Any], number: int) -> dict[str, Any]:
        key = (row["hazard"], row["village_code"])
        return {
            "number": number,
            "rank": rank_of(row),
            "interval": f"{row['rank_low']}–{row['rank_high']}",
            "code": row["village_code"],
            "village": plain(row["village"]),
            "about": self._about(row),
            "band": text(f"band.{row['band']}", self._lang),
            "level": LEVELS[row["band"]],
            "value": self._value(row),
            "tps": self._tps(row),
            "overrides": [self._override(one) for one in self._overrides.get(key, [])],
            "reasons": self.reasons(row),
        }

    def reasons(self, row: dict[str, Any]) -> list[str]:
        """Return two sentences of reason; where there are none, the short ones, or that none is."""
        sentences = self._sentences.get((row["hazard"], row["village_code"]))
        if sentences:
            return [plain(sentence, LONGEST_SENTENCE) for sentence in sentences[:SENTENCES]]
        if row.get("drivers"):
            return [plain(row["drivers"], LONGEST_SENTENCE)]
        if sentences is not None and self._edition.are_reasons_whole:
            return [text("brief.no_reason_found", self._lang)]
        return [text("brief.no_reason", self._lang)]

    @cached_property
    def _sentences(self) -> dict[tuple[str, str], list[str]]:
        """Return by hazard and village the sentences of what is told, the largest effect first."""
        found: dict[tuple[str, str], list[str]] = {}
        reasons = self._edition.reasons
        if not reasons.height:
            return found
        read = reasons.sort("position").select(
            "hazard", "village_code", "is_told", f"sentence_{self._lang}"
        )
        for hazard, code, is_told, sentence in read.iter_rows():
            of_village = found.setdefault((hazard, code), [])
            if is_told and sentence and len(of_village) < SENTENCES:
                of_village.append(sentence)
        return found

    def _about(self, row: dict[str, Any]) -> str:
        parts = [plain(row["district"]), row["village_code"]]
        if row.get("blind_spot"):
            parts.append(text("brief.legend_blind", self._lang))
        if steps := row.get("rank_change"):
            key = "brief.change_up" if steps > 0 else "brief.change_down"
            parts.append(text(key, self._lang).format(steps=abs(steps)))
        return " · ".join(parts)

    def _value(self, row: dict[str, Any]) -> list[str]:
        share = percent(row["top_k_probability"], self._lang, 0)
        in_first = text("brief.in_first", self._lang).format(k=row["top_k"], share=share)
        if row.get("risk") is not None:
            said = text("brief.probability", self._lang)
            return [said.format(share=percent(row["risk"], self._lang)), in_first]
        if row.get("index") is not None:
            said = text("brief.index", self._lang)
            return [said.format(index=short_number(row["index"], self._lang, 1)), in_first]
        return [in_first]

    def _tps(self, row: dict[str, Any]) -> str:
        tps = row.get("tps")
        return text("brief.unknown", self._lang) if tps is None else str(tps)

    def _override(self, override: Any) -> str:
        what = override_words(override, self._lang)
        if override.by:
            what = text("brief.override_by", self._lang).format(what=what, by=override.by)
        if override.reason:
            what = f"{what}: {override.reason}"
        return plain(text("brief.override", self._lang).format(what=what), LONGEST_SENTENCE)


def plain(words: str, length: int = LONGEST_NAME) -> str:
    """Return a text from anywhere fit for a line of so many characters."""
    return breakable(cut(shown(words), length))


def rank_of(row: dict[str, Any]) -> str:
    """Return a rank, with a sign where others share it.

    Examples
    --------
    >>> rank_of({"rank": 3, "tied_with": 2})
    '3='
    """
    return f"{row['rank']}=" if row["tied_with"] else str(row["rank"])


def names(words: Sequence[str], most: int, lang: Language) -> str:
    """Return names in a line, and how many more there are."""
    said = ", ".join(plain(name) for name in words[:most])
    if len(words) <= most:
        return said
    return text("brief.more_names", lang).format(names=said, number=len(words) - most)


def _are_equal(one: pl.DataFrame, other: pl.DataFrame) -> bool:
    columns = [name for name in _EQUAL if name in one.columns]
    return one.select(columns).equals(other.select(columns))
