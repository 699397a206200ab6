"""What the brief and the sheets of a polsek say, as data for their template.

Owns what stands on which page. Rows of villages are `brief_lists.py`, the paragraphs on the
whole region `brief_region.py`, the maps `brief_map.py`.
"""

from typing import Any

import polars as pl

from rawan.publishing.edition import Edition
from rawan.publishing.paper.brief_lists import (
    LONGEST_SENTENCE,
    Rows,
    Told,
    names,
    plain,
    told_lists,
)
from rawan.publishing.paper.brief_map import Atlas, Drawing
from rawan.publishing.paper.brief_region import changed_lines, cut_lines, polsek_rows
from rawan.publishing.paper.edition_words import marks
from rawan.publishing.texts import text
from rawan.settings import Language

VILLAGES = 10
OTHERS = 5  # villages of each other list on a sheet
# Largest width and height of the maps [points]: a good half of the width of A4.
_REGION_MAP = (300.0, 265.0)
_SHEET_MAP = (260.0, 175.0)
_WARNINGS = 4
_NAMES = 20
_NAMES_ON_SHEET = 40
_DECIDED = 6  # what people decided on villages that are not among the first ten
_TALK = ("conflict", "logistics")
_WORDS = (
    *("rank", "interval", "village", "band", "tps", "number", "polsek"),
    *("map_alt", "map_note", "map_none", "north", "legend_blind"),
    *("legend_own", "legend_polsek", "talk", "unknowns", "changed", "per_polsek", "inside"),
    *("tied", "expected", "villages", "blind_spots", "first", "page"),
)


class Brief:
    """The pages of an edition in one language; what they share is worked out once.

    Attributes
    ----------
    polsek : their names, in order.
    """

    def __init__(self, edition: Edition, lang: Language) -> None:
        self._edition, self._lang = edition, lang
        self._lists = told_lists(edition)
        self._rows = Rows(edition, lang)
        of = edition.ranking.select("village_code", "polsek").unique("village_code")
        self._polsek_of: dict[str, str] = dict(of.iter_rows())
        self.polsek = sorted(set(self._polsek_of.values()))
        here = edition.villages.filter(pl.col("village_code").is_in(list(self._polsek_of)))
        self._atlas = Atlas(here, self._polsek_of)
        self._parts = [
            {str(name): rows for (name,), rows in told.rows.group_by("polsek", maintain_order=True)}
            for told in self._lists
        ]

    def region(self) -> dict[str, Any]:
        """Return the brief of the whole region."""
        edition, lang = self._edition, self._lang
        title = text("brief.title", lang)
        rows = [told.rows for told in self._lists]
        page = self._page("brief", f"{title}: {plain(edition.facts.region)}", rows, OTHERS * 2)
        k = edition.facts.top_k
        table, more = polsek_rows(edition, self._lists[0].rows, lang)
        page |= {
            "changed": changed_lines(edition, lang),
            "cut_title": text("brief.cut", lang).format(k=k),
            "cut": cut_lines(edition, self._lists[0], lang),
            "polsek": table,
            "polsek_more": more,
            "expected_note": text("brief.expected_note", lang).format(k=k),
        }
        page["words"]["inside"] = text("brief.inside", lang).format(k=k)
        return page

    def sheet(self, polsek: str) -> dict[str, Any]:
        """Return the page of one polsek."""
        title = text("brief.sheet_title", self._lang).format(polsek=plain(polsek))
        empty = self._lists[0].rows.clear()
        rows = [parts.get(polsek, empty) for parts in self._parts]
        return self._page("sheet", title, rows, OTHERS, polsek)

    def _page(
        self,
        kind: str,
        title: str,
        rows: list[pl.DataFrame],
        others: int,
        polsek: str | None = None,
    ) -> dict[str, Any]:
        edition, lang = self._edition, self._lang
        said = marks(edition, lang)
        first = rows[0].head(VILLAGES)
        inputs = edition.facts.inputs
        made_from = text("brief.inputs", lang).format(
            number=len(inputs), rows=sum(file.rows for file in inputs)
        )
        return {
            "kind": kind,
            "lang": lang,
            "title": title,
            "status": plain(said.status, LONGEST_SENTENCE),
            "is_withdrawn": edition.standing.erratum is not None,
            "simulation": said.simulation,
            "simulation_note": text("brief.simulation", lang) if said.simulation else "",
            "marks": [
                *(plain(words) for words in (said.region, said.audience, said.cutoff)),
                *(said.run_id, said.made_on, *([made_from] if inputs else [])),
            ],
            "purpose": text("brief.purpose", lang),
            "not_for": text("not_for.sentence", lang),
            "words": {name: text(f"brief.{name}", lang) for name in _WORDS},
            "main": self._main(rows[0], first),
            "decided": self._decided(first, polsek),
            "others": [
                self._other(told, part, others)
                for told, part in zip(self._lists[1:], rows[1:], strict=True)
            ],
            "map": self._map(rows[0], first["village_code"].to_list(), polsek),
            "talk": self._talk(),
            "unknown": self._unknown(rows[0], polsek),
        }

    def _main(self, rows: pl.DataFrame, first: pl.DataFrame) -> dict[str, Any]:
        told, lang = self._lists[0], self._lang
        number = text("brief.main_list", lang)
        notes = [told.stages(lang), self._scale(told)]
        if first.height < rows.height:
            last = first.row(-1, named=True)
            beyond = rows[VILLAGES:].filter(pl.col("rank") == last["rank"]).height
            if beyond:
                tied = text("brief.tied_beyond", lang)
                notes.append(tied.format(number=first.height, others=beyond))
        return {
            "title": number.format(hazard=told.title(lang), number=first.height),
            "notes": notes,
            "rows": self._rows.table(first),
        }

    def _scale(self, told: Told) -> str:
        lang = self._lang
        of_all = text("brief.of_all", lang).format(number=told.rows.height)
        is_index = "risk" not in told.rows.columns or told.rows["risk"].null_count()
        key = "brief.index_note" if is_index else "brief.probability_note"
        return f"{of_all} {text(key, lang).format(days=told.infos[0].horizon_days)}"

    def _decided(self, first: pl.DataFrame, polsek: str | None) -> list[str]:
        """Return what people decided on other villages and lists than those of the table."""
        in_table = set(first.select("hazard", "village_code").iter_rows())
        lines = [
            line
            for key, line in self._rows.decided().items()
            if key not in in_table
            and key[1] in self._polsek_of
            and polsek in (None, self._polsek_of[key[1]])
        ]
        if len(lines) <= _DECIDED:
            return lines
        more = text("brief.more_decided", self._lang).format(number=len(lines) - _DECIDED)
        return [*lines[:_DECIDED], more]

    def _other(self, told: Told, rows: pl.DataFrame, most: int) -> dict[str, Any]:
        first = rows.head(most).iter_rows(named=True)
        return {
            "title": told.title(self._lang),
            "stages": told.stages(self._lang),
            "rows": [self._rows.line(row) for row in first],
        }

    def _map(
        self, rows: pl.DataFrame, numbered: list[str], polsek: str | None
    ) -> dict[str, Any] | None:
        bands = dict(rows.select("village_code", "band").iter_rows())
        blind = set(rows.filter(pl.col("blind_spot"))["village_code"])
        own = None if polsek is None else list(bands)
        room = _REGION_MAP if polsek is None else _SHEET_MAP
        drawing: Drawing | None = self._atlas.draw(bands, blind, numbered, room, own, polsek)
        if drawing is None:
            return None
        at = enumerate(numbered, start=1)
        legend = [
            {"level": level, "label": text(f"band.{band}", self._lang)}
            for level, band in enumerate(("kurang_rawan", "rawan", "sangat_rawan", "khusus"), 1)
            if band != "khusus" or "khusus" in bands.values()
        ]
        return {
            "svg": drawing.svg,
            "size": [drawing.width, drawing.height],
            "labels": [
                [number, *drawing.places[code]] for number, code in at if code in drawing.places
            ],
            "legend": legend,
            "has_blind": bool(blind),
        }

    def _talk(self) -> list[dict[str, str]]:
        titles = {told.hazard: told.title(self._lang) for told in self._lists}
        return [
            {
                "hazard": title,
                "who": text(f"brief.talk_to.{hazard if hazard in _TALK else 'other'}", self._lang),
            }
            for hazard, title in titles.items()
        ]

    def _unknown(self, rows: pl.DataFrame, polsek: str | None) -> list[str]:
        edition, lang = self._edition, self._lang
        said = [self._blind(rows, polsek)]
        widths = rows["rank_high"] - rows["rank_low"]
        if rows.height:
            middle = text("brief.wide", lang)
            everyone = self._lists[0].rows.height
            said.append(middle.format(width=round(float(str(widths.median()))), number=everyone))
        if not edition.are_reasons_whole:
            said.append(text("brief.partial", lang))
        missing = self._atlas.missing(rows["village_code"])
        if missing and len(missing) < rows.height:
            named = dict(rows.select("village_code", "village").iter_rows())
            line = names([named[code] for code in missing], VILLAGES, lang)
            said.append(text("brief.map_missing", lang).format(names=line))
        warnings = edition.facts.warnings
        said += [plain(one.said(lang), LONGEST_SENTENCE) for one in warnings[:_WARNINGS]]
        if len(warnings) > _WARNINGS:
            more = text("brief.more_warnings", lang)
            said.append(more.format(number=len(warnings) - _WARNINGS))
        failed = sum(finding.status != "passed" for finding in edition.findings)
        if failed:
            said.append(text("brief.failed", lang).format(number=failed))
        return said

    def _blind(self, rows: pl.DataFrame, polsek: str | None) -> str:
        """Return the blind spots by name; for a region with many of them, by polsek."""
        lang = self._lang
        blind = rows.filter(pl.col("blind_spot"))
        if not blind.height:
            return text("brief.no_blind", lang)
        if polsek is None and blind.height > _NAMES:
            counts = (
                blind["polsek"]
                .value_counts(sort=True)
                .sort("count", "polsek", descending=[True, False])
            )
            one = text("brief.blind_polsek", lang)
            named = [one.format(polsek=name, number=number) for name, number in counts.iter_rows()]
        else:
            named = blind["village"].to_list()
        line = names(named, _NAMES if polsek is None else _NAMES_ON_SHEET, lang)
        return text("brief.blind", lang).format(number=blind.height, names=line)
