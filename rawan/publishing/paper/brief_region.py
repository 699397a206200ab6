"""What the brief says of the whole region: what changed, where the cut falls, and each polsek."""

from typing import Any

import polars as pl

from rawan.publishing.edition import Edition
from rawan.publishing.paper.brief_lists import Told, names, plain, rank_of
from rawan.publishing.paper.edition_words import percent, with_cut
from rawan.publishing.texts import date_text, number, text
from rawan.settings import Language

POLSEK = 40
_NAMED = 8
_PARTS = ("time", "data", "model", "places")


def changed_lines(edition: Edition, lang: Language) -> list[str]:
    """Return for each hazard what changed since the last list, or that there is none."""
    if edition.changes is None or edition.compared_with is None:
        return [text("brief.unchanged", lang)]
    hazards = {info.hazard: info.hazard_label.said(lang) for info in edition.facts.lists}
    village = dict(edition.ranking.select("village_code", "village").iter_rows())
    lines = []
    for hazard, label in hazards.items():
        changes = edition.changes.filter(pl.col("hazard") == hazard)
        if not changes.height:
            continue
        moved = changes.filter(pl.col("rank_before") != pl.col("rank_after"))
        line = text("brief.changed_line", lang).format(
            hazard=plain(label),
            date=date_text(edition.compared_with[1], lang),
            moved=moved.height,
            beyond=int(changes["is_beyond"].fill_null(False).sum()),
            k=edition.facts.top_k,
            entered=_named(changes.filter(pl.col("entered")), village, lang),
            left=_named(changes.filter(pl.col("left")), village, lang),
        )
        lines.append(f"{line} {_causes(moved, lang)}" if moved.height else line)
    return lines or [text("brief.unchanged", lang)]


def cut_lines(edition: Edition, told: Told, lang: Language) -> list[str]:
    """Return where the cut at k falls, and what past elections say of that many villages."""
    k, rows = edition.facts.top_k, with_cut(told.rows, edition.facts.top_k)
    tied = rows.filter(pl.col("place") == "tied")
    inside = rows.filter(pl.col("place") == "inside")
    if inside.height == rows.height:
        lines = [text("brief.cut_everyone", lang).format(k=k)]
    elif tied.height:
        places = k - inside.height
        said = text("brief.cut_tied", lang)
        lines = [said.format(tied=tied.height, places=places, inside=inside.height)]
    else:
        last, following = inside.row(-1, named=True), rows.row(inside.height, named=True)
        lines = [
            text("brief.cut_between", lang).format(
                k=k,
                last=plain(last["village"]),
                last_rank=rank_of(last),
                next=plain(following["village"]),
                next_rank=rank_of(following),
                last_probability=percent(last["top_k_probability"], lang, 0),
                next_probability=percent(following["top_k_probability"], lang, 0),
            )
        ]
    return [*lines, _capture(edition, told.hazard, lang)]


def polsek_rows(
    edition: Edition, rows: pl.DataFrame, lang: Language
) -> tuple[list[list[str]], str]:
    """Return a row for each polsek, those with most expected first, and how many are left out.

    Returns
    -------
    Rows of: polsek, villages, in the first k, tied on the cut, expected, blind spots, its first
    village with its rank.
    """
    by = (
        with_cut(rows, edition.facts.top_k)
        .group_by("polsek", maintain_order=True)
        .agg(
            pl.len().alias("villages"),
            (pl.col("place") == "inside").sum().alias("inside"),
            (pl.col("place") == "tied").sum().alias("tied"),
            pl.col("top_k_probability").sum().round(6).alias("expected"),
            pl.col("blind_spot").sum().alias("blind"),
            *(pl.col(name).first() for name in ("village", "rank", "tied_with")),
        )
        .sort("expected", "rank", "polsek", descending=[True, False, False])
    )
    shown = [
        [
            plain(row["polsek"]),
            *(str(row[name]) for name in ("villages", "inside", "tied")),
            number(row["expected"], lang, 1),
            str(row["blind"]),
            f"{rank_of(row)} {plain(row['village'])}",
        ]
        for row in by.head(POLSEK).iter_rows(named=True)
    ]
    left = by.height - len(shown)
    return shown, text("brief.more_polsek", lang).format(number=left) if left else ""


def _named(changes: pl.DataFrame, village: dict[str, str], lang: Language) -> str:
    codes = changes.sort("rank_after", "rank_before", "village_code")["village_code"]
    found = [village.get(code, code) for code in codes]
    return names(found, _NAMED, lang) if found else text("brief.nobody", lang)


def _causes(moved: pl.DataFrame, lang: Language) -> str:
    """Return how many villages moved mainly by what; where two weigh alike, by the first."""
    sizes = [pl.col(f"by_{part}").fill_null(0).abs() for part in _PARTS]
    largest = moved.select(pl.concat_list(sizes).list.arg_max().alias("main"))["main"].to_list()
    counts: dict[str, Any] = {part: largest.count(i) for i, part in enumerate(_PARTS)}
    return text("brief.causes", lang).format(**counts)


def _capture(edition: Edition, hazard: str, lang: Language) -> str:
    curve = edition.curve
    if curve.height:
        curve = curve.filter((pl.col("hazard") == hazard) & (pl.col("k") == edition.facts.top_k))
    if not curve.height:
        return text("brief.no_capture", lang)
    row = curve.row(0, named=True)
    shares = {name: percent(row[name], lang, 0) for name in ("capture", "low", "high")}
    return text("brief.capture", lang).format(
        cutoffs=edition.cutoffs_tested,
        k=edition.facts.top_k,
        baseline=percent(row["baseline_capture"], lang, 0),
        **shares,
    )
