"""What the sheets of the workbook say: an edition's frames as rows with heads.

Owns which columns a reader gets and in what order. Writing them is `workbook_sheet.py`.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import polars as pl

from rawan.publishing.edition import Edition
from rawan.publishing.paper.edition_words import (
    list_name,
    lists_of,
    override_words,
    overrides,
    with_cut,
)
from rawan.publishing.paper.workbook_sheet import Cell, Column, Kind, Table
from rawan.publishing.texts import date_text, text, texts
from rawan.settings import Language

# Name, how it is written, width. What an edition lacks, or a list leaves empty, is left out.
_RANKING: tuple[tuple[str, Kind, float], ...] = (
    ("rank", "whole", 9),
    ("rank_low", "whole", 10),
    ("rank_high", "whole", 10),
    ("override", "wrap", 18),
    ("override_reason", "wrap", 24),
    ("override_by", "text", 16),
    ("village_code", "text", 15),
    ("village", "text", 22),
    ("district", "text", 18),
    ("polsek", "text", 22),
    ("band", "text", 13),
    ("risk", "share", 9),
    ("index", "number", 9),
    ("top_k_probability", "share", 11),
    ("baseline_rank", "whole", 11),
    ("rank_change", "signed", 11),
    ("blind_spot", "text", 8),
    ("tps", "whole", 6),
    ("drivers", "wrap", 50),
    ("tied_with", "whole", 8),
    ("coverage", "share", 10),
    ("rank_if_like_neighbours", "whole", 13),
    ("share_imputed", "share", 10),
    ("incidents_used", "whole", 9),
    ("reports_used", "whole", 9),
    ("tps_source", "text", 20),
)
# What stands to the right of it is for the screen: a page would be too small to read.
_LAST_PRINTED = "drivers"
_DECIDED = {"override", "override_reason", "override_by"}
_MAY_BE_EMPTY = {"risk", "index", "rank_if_like_neighbours", "override_reason", "override_by"}
_CHANGES: tuple[tuple[str, Kind, float], ...] = (
    ("rank_before", "whole", 10),
    ("rank_after", "whole", 10),
    ("gained", "signed", 11),
    *((f"by_{part}", "signed", 12) for part in ("time", "data", "model", "places")),
    *((name, "text", 12) for name in ("entered", "left", "is_beyond")),
)


def list_sheets(edition: Edition, lang: Language) -> Iterator[tuple[str, Table]]:
    """Return each list with what it is called."""
    for info, rows in lists_of(edition):
        title = f"{info.hazard_label.said(lang)}-{info.stage_label.said(lang)}"
        yield title, _ranking_table(edition, rows, lang, note=list_name(info, lang))


def blind_spots(edition: Edition, lang: Language) -> Table:
    """Return the villages that no source names, list by list."""
    named = [
        rows.filter(pl.col("blind_spot")).with_columns(list=pl.lit(list_name(info, lang)))
        for info, rows in lists_of(edition)
    ]
    empty = text("workbook.no_blind", lang)
    return _ranking_table(edition, pl.concat(named), lang, text("notes.blind.meaning", lang), empty)


def by_polsek(edition: Edition, lang: Language) -> Table:
    """Return for each polsek and list how many villages stand above the cut, and which."""
    columns = [
        Column(text("column.polsek", lang), "text", 26),
        Column(text("workbook.column.list", lang), "text", 30),
        Column(_head("villages", lang), "whole", 10),
        Column(_head("inside", lang), "whole", 10),
        Column(_head("tied", lang), "whole", 10),
        Column(_head("expected", lang), "number", 12),
        *_columns(("rank", "village_code", "village", "top_k_probability", "band"), lang),
        Column(_head("place", lang), "text", 22),
    ]
    lists = [
        (list_name(info, lang), _by(with_cut(rows, edition.facts.top_k), "polsek"))
        for info, rows in lists_of(edition)
    ]
    names = sorted({polsek for _, parts in lists for polsek in parts})
    rows: list[list[Cell]] = []
    heads = []
    for polsek in names:
        for name, parts in lists:
            part = parts.get(polsek)
            if part is None:
                continue
            heads.append(len(rows))
            rows.append([polsek, name, *_counts(part), *[None] * 6])
            above = part.filter(pl.col("place") != "outside")
            rows += [[polsek, name, *[None] * 4, *_above(row, lang)] for row in above.to_dicts()]
    return Table(columns, rows, heads=frozenset(heads))


def reasons_told(edition: Edition, lang: Language) -> Table:
    """Return the reasons that differ enough from the average village to be told."""
    keys = ["hazard", "village_code"]
    place = edition.ranking.unique(keys, keep="first", maintain_order=True).select(
        *keys, "village", "polsek", "rank", pl.int_range(pl.len()).alias("order")
    )
    told = edition.reasons.filter(pl.col("is_told")) if edition.reasons.height else None
    rows: list[Sequence[Cell]] = []
    if told is not None:
        hazards = {info.hazard: info.hazard_label.said(lang) for info in edition.facts.lists}
        joined = told.join(place, on=keys, how="inner").sort("order", "position")
        rows = [
            [hazards.get(hazard, hazard), *row]
            for hazard, *row in joined.select(
                *("hazard", "rank", "village_code", "village", "polsek", "position"),
                *(f"label_{lang}", f"sentence_{lang}", "relative"),
            ).iter_rows()
        ]
    columns = [
        Column(text("column.hazard", lang), "text", 14),
        *_columns(("rank", "village_code", "village", "polsek"), lang),
        Column(_head("position", lang), "whole", 8),
        Column(_head("reason", lang), "wrap", 34),
        Column(_head("sentence", lang), "wrap", 80),
        Column(_head("relative", lang), "effect", 16),
    ]
    note = "" if edition.are_reasons_whole else text("brief.partial", lang)
    return Table(columns, rows, note=note, empty=text("workbook.no_reasons", lang))


def changed(edition: Edition, lang: Language) -> Table:
    """Return what changed since the last list, or a line that there is none."""
    columns = [
        Column(text("column.hazard", lang), "text", 14),
        *_columns(("village_code", "village", "district", "polsek"), lang),
        *(Column(_head(name, lang), kind, width) for name, kind, width in _CHANGES),
    ]
    if edition.changes is None or edition.compared_with is None:
        return Table(columns, [], empty=text("workbook.no_earlier", lang))
    hazards = {info.hazard: info.hazard_label.said(lang) for info in edition.facts.lists}
    names = edition.ranking.select("village_code", "village", "district", "polsek").unique(
        "village_code", keep="first", maintain_order=True
    )
    gained = pl.col("rank_before").cast(pl.Int64) - pl.col("rank_after").cast(pl.Int64)
    moved = edition.changes.with_columns(gained.alias("gained")).join(
        names, on="village_code", how="left"
    )
    order = pl.col("hazard").replace_strict(
        {hazard: number for number, hazard in enumerate(hazards)}, default=len(hazards)
    )
    rows = [
        [hazards.get(hazard, hazard), *row]
        for hazard, *row in moved.sort(
            order, -pl.col("gained").abs(), "village_code", nulls_last=False
        )
        .select(
            *("hazard", "village_code", "village", "district", "polsek"),
            *(name for name, _, _ in _CHANGES),
        )
        .iter_rows()
    ]
    run, cutoff = edition.compared_with
    note = text("workbook.compared_with", lang).format(run=run, date=date_text(cutoff, lang))
    return Table(columns, rows, note=note, empty=text("workbook.nothing", lang))


def _ranking_table(
    edition: Edition, rows: pl.DataFrame, lang: Language, note: str = "", empty: str = ""
) -> Table:
    whole = _with_overrides(edition, rows, lang)
    if not edition.standing.overrides:
        whole = whole.drop(_DECIDED, strict=False)
    shown = [
        (name, kind, width)
        for name, kind, width in _RANKING
        if name in whole.columns and not (name in _MAY_BE_EMPTY and _is_empty(whole[name]))
    ]
    if "list" in whole.columns:
        shown.insert(0, ("list", "text", 30))
    if "band" in whole.columns:
        whole = whole.with_columns(_band(lang))
    columns = [Column(_head(name, lang), kind, width) for name, kind, width in shown]
    values = whole.select(name for name, _, _ in shown).rows()
    first = [name for name, _, _ in _RANKING]
    first = ["list", *first[: first.index(_LAST_PRINTED) + 1]]
    printed = sum(name in first for name, _, _ in shown)
    return Table(columns, values, note=note, empty=empty, printed=printed)


def _with_overrides(edition: Edition, rows: pl.DataFrame, lang: Language) -> pl.DataFrame:
    """Set what people decided beside the ranks; where there are several, the newest first."""
    found = overrides(edition)
    held: dict[str, list[str | None]] = {}
    for key in rows.select("hazard", "village_code").iter_rows():
        of_row = found.get(key, [])
        for name, values in (
            ("override", [override_words(one, lang) for one in of_row]),
            ("override_reason", [one.reason for one in of_row]),
            ("override_by", [one.by for one in of_row]),
        ):
            held.setdefault(name, []).append("\n".join(v for v in values if v) or None)
    return rows.with_columns(
        pl.Series(name, values, dtype=pl.String) for name, values in held.items()
    )


def _counts(part: pl.DataFrame) -> list[Cell]:
    inside = int((part["place"] == "inside").sum())
    tied = int((part["place"] == "tied").sum())
    return [part.height, inside, tied, round(float(part["top_k_probability"].sum()), 6)]


def _above(row: dict[str, Any], lang: Language) -> list[Cell]:
    return [
        row["rank"],
        row["village_code"],
        row["village"],
        row["top_k_probability"],
        text(f"band.{row['band']}", lang),
        text(f"workbook.place.{row['place']}", lang),
    ]


def _by(rows: pl.DataFrame, name: str) -> dict[str, pl.DataFrame]:
    return {str(key): part for (key,), part in rows.group_by(name, maintain_order=True)}


def _columns(names: Sequence[str], lang: Language) -> list[Column]:
    how = {name: (kind, width) for name, kind, width in _RANKING}
    return [Column(_head(name, lang), *how[name]) for name in names]


def _head(name: str, lang: Language) -> str:
    key = f"column.{name}"
    return text(key if key in texts() else f"workbook.{key}", lang)


def _band(lang: Language) -> pl.Expr:
    bands = ("kurang_rawan", "rawan", "sangat_rawan", "khusus")
    return pl.col("band").replace({name: text(f"band.{name}", lang) for name in bands})


def _is_empty(values: pl.Series) -> bool:
    return values.null_count() == values.len()
