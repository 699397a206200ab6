"""What the published page knows at first sight: places, lists, map, curve and changes, for JSON.

Owns the choice and order of what travels, in both languages at once, and the last check that
reasons add up. What is asked of one village only is in `details.py`, the file around it is
made by `render.py`, the cells of the map by `cells.py`.
"""

import json
import math
from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from rawan.gates.validate import Finding
from rawan.publishing.bilingual import Words
from rawan.publishing.cells import Ring, outlines, village_cells
from rawan.publishing.edition import Edition, ListInfo
from rawan.publishing.gate_summary import owner_of
from rawan.publishing.texts import MONTHS, texts
from rawan.settings import Language

SUM_TOLERANCE = 1e-9  # of the contract: components sum to score
# Without these there is no list; any other column may be withheld from an audience.
NEEDED = (
    *("hazard", "stage", "village_code", "village", "district", "polsek"),
    *("rank", "rank_low", "rank_high", "tied_with", "band", "blind_spot", "top_k_probability"),
)
PLAIN = (
    *("rank", "rank_low", "rank_high", "tied_with", "band", "blind_spot"),
    *("rank_if_like_neighbours", "drivers", "rank_change", "baseline_rank"),
    *("incidents_used", "reports_used"),
)
SHARES = ("top_k_probability", "coverage", "share_imputed")
WORDS = ("page.", "band.", "column.")

Json = Any  # whatever json.dumps takes


def village_numbers(edition: Edition) -> dict[str, int]:
    """Return the place of each village in everything that travels, by its code."""
    codes = edition.ranking["village_code"].unique().sort()
    return {code: i for i, code in enumerate(codes)}


def payload(edition: Edition, lang: Language) -> Json:
    """Return what the page's scripts read when it opens; every value in it is untrusted.

    Raises
    ------
    ValueError
        If a list must not be published; see `render_page`.
    """
    if missing := [name for name in NEEDED if name not in edition.ranking.columns]:
        raise ValueError(f"ranking lacks {', '.join(missing)}: no page can be made without.")
    facts, ranking = edition.facts, edition.ranking
    number = village_numbers(edition)
    places = ranking.sort("village_code", "hazard", "stage").unique(
        "village_code", keep="first", maintain_order=True
    )
    return {
        "lang": lang,
        "words": {
            each: {key: words[each] for key, words in texts().items() if key.startswith(WORDS)}
            for each in MONTHS
        },
        "months": MONTHS,
        "k": facts.top_k,
        "facts": _facts(edition),
        "places": {
            "code": places["village_code"].to_list(),
            "name": places["village"].to_list(),
            "district": coded(places["district"]),
            "polsek": coded(places["polsek"]),
            **({"tps": places["tps"].to_list()} if "tps" in places.columns else {}),
            **(
                {"tps_source": coded(places["tps_source"])}
                if "tps_source" in places.columns
                else {}
            ),
        },
        "map": _map(edition.villages, places, number),
        "lists": _lists(edition),
        "curve": _curve(edition.curve),
        "changes": _changes(edition.changes, number),
        "districts": _districts(edition.by_district),
        "overrides": _overrides(edition, number),
        "findings": (findings := [_finding(f) for f in edition.findings if _is_to_mend(f)]),
        # What a gate found stands once, with who mends it.
        "warnings": [
            told
            for told in map(pair, facts.warnings)
            if told not in [finding["text"] for finding in findings]
        ],
    }


def pair(words: Words) -> list[str]:
    """Return words as they travel: Bahasa Indonesia, English."""
    return [words.id, words.en]


def coded(column: pl.Series) -> Json:
    """Return a column of repeating words as a list of words and a number for each row."""
    words = sorted(column.drop_nulls().unique().to_list())
    at = {word: i for i, word in enumerate(words)}
    return {"words": words, "at": [at.get(word) for word in column]}


def is_whole(edition: Edition) -> bool:
    """Return whether the parts of each score may be told, so that they add up to it."""
    return edition.are_reasons_whole and {"components", "score"} <= set(edition.ranking.columns)


def _facts(edition: Edition) -> Json:
    facts, standing = edition.facts, edition.standing
    approval, erratum = standing.approval, standing.erratum
    return {
        "region": facts.region,
        "election": pair(facts.election),
        "run": facts.run_id,
        "cutoff": facts.cutoff.isoformat(),
        "made": facts.made_on.date().isoformat(),
        "cutoffs_tested": edition.cutoffs_tested,
        "whole": edition.are_reasons_whole,
        "lacking": list(edition.lacking),
        "compared": None
        if edition.compared_with is None
        else [edition.compared_with[0], edition.compared_with[1].isoformat()],
        "status": standing.status,
        "approval": approval and {"by": approval.by, "on": approval.on.date().isoformat()},
        "erratum": erratum
        and {"by": erratum.by, "on": erratum.on.date().isoformat(), "reason": erratum.reason},
    }


def _map(villages: pl.DataFrame, places: pl.DataFrame, number: Mapping[str, int]) -> Json:
    placed = (
        villages.filter(
            pl.col("village_code").is_in(list(number))
            & pl.col("lat").is_finite()
            & pl.col("lon").is_finite()
        )
        .sort("village_code", "lat", "lon")
        .unique("village_code", keep="first", maintain_order=True)
    )
    codes = placed["village_code"].to_list()
    cells = village_cells(placed["lat"].to_list(), placed["lon"].to_list(), codes)
    district = dict(places.select("village_code", "district").iter_rows())
    drawn: list[str | None] = [None] * len(number)
    for code, rings in cells.items():
        drawn[number[code]] = _path(rings)
    borders = outlines(cells, {code: district[code] for code in codes})
    corners = [corner for rings in cells.values() for ring in rings for corner in ring]
    xs, ys = [x for x, _ in corners] or [0.0], [-y for _, y in corners] or [0.0]
    return {
        "cells": drawn,
        "borders": [[name, _path(rings)] for name, rings in borders.items()],
        "box": [min(xs), min(ys), max(xs), max(ys)],
    }


def _path(rings: Iterable[Ring]) -> str:
    """Return rings as an SVG path; y is turned, since north is up and SVG counts downwards."""
    return "".join(
        "M" + "L".join(f"{x:g} {-y + 0.0:g}" for x, y in ring[:-1]) + "z" for ring in rings
    )


def _lists(edition: Edition) -> list[Json]:
    parts = edition.ranking.partition_by("hazard", "stage", as_dict=True)
    told = {(info.hazard, info.stage) for info in edition.facts.lists}
    if told != set(parts):
        raise ValueError(
            f"ranking has the lists {sorted(parts)}, facts.lists tells of "
            f"{sorted(told)}; give one ListInfo for each list."
        )
    number = village_numbers(edition)
    return [_list(parts[info.hazard, info.stage], info, number) for info in edition.facts.lists]


def _list(rows: pl.DataFrame, info: ListInfo, number: Mapping[str, int]) -> Json:
    name = f"list {info.hazard}/{info.stage}"
    rows = rows.sort("rank", "village_code")
    _check_sums(rows, name)
    columns = set(rows.columns)
    return {
        "hazard": info.hazard,
        "stage": info.stage,
        "label": [pair(info.hazard_label), pair(info.stage_label)],
        "days": info.horizon_days,
        "start": info.start.isoformat(),
        "end": info.end.isoformat(),
        "model": pair(info.model),
        "note": pair(info.model_note),
        "beats": rows["model_beats_baseline"][0] if "model_beats_baseline" in columns else None,
        "basis": info.score_basis,
        "place": [number[code] for code in rows["village_code"]],
        **_values(rows, name),
        **{column: rows[column].to_list() for column in PLAIN if column in columns},
        **{column: rows[column].round(4).to_list() for column in SHARES if column in columns},
    }


def _values(rows: pl.DataFrame, name: str) -> Json:
    """Return probability or index, whichever the list has; nothing where both are withheld."""
    given = [column for column in ("risk", "index") if column in rows.columns]
    if not given:
        return {"is_index": False}
    empty = {column: rows[column].is_null() for column in given}
    full = [column for column in given if not bool(empty[column].any())]
    if len(full) != 1 or any(not bool(empty[c].all()) for c in given if c not in full):
        raise ValueError(
            f"{name}: every row needs either risk or index, and all rows the same one."
        )
    return {"is_index": full[0] == "index", "value": rows[full[0]].round(4).to_list()}


def _check_sums(rows: pl.DataFrame, name: str) -> None:
    if not {"components", "score"} <= set(rows.columns):
        return
    for code, score, written in rows.select("village_code", "score", "components").iter_rows():
        total = math.fsum(json.loads(written).values())
        if not abs(total - score) <= SUM_TOLERANCE * max(1.0, abs(score)):
            raise ValueError(
                f"{name}, village {code}: components sum to {total!r}, the score is "
                f"{score!r}; a list whose reasons do not add up must not be published."
            )


def _curve(curve: pl.DataFrame) -> Json:
    """Return by hazard what past elections say of each number of villages."""
    values = ["capture", "low", "high", "baseline_capture"]
    return {
        str(hazard): {
            "k": rows["k"].to_list(),
            **{name: rows[name].round(4).to_list() for name in values},
        }
        for (hazard,), rows in curve.sort("hazard", "k")
        .partition_by("hazard", as_dict=True, maintain_order=True)
        .items()
    }


def _changes(changes: pl.DataFrame | None, number: Mapping[str, int]) -> Json:
    """Return by hazard what moved; a village that is on the earlier list only has no place."""
    if changes is None:
        return None
    plain = ["rank_before", "rank_after", "by_time", "by_data", "by_model", "by_places"]
    plain += ["entered", "left", "is_beyond"]
    moved = pl.col("rank_before").is_null() | pl.col("rank_after").is_null()
    moved |= pl.col("rank_before") != pl.col("rank_after")
    told = changes.filter(moved | pl.any_horizontal("entered", "left", "is_beyond")).sort(
        "hazard", "rank_after", "village_code", nulls_last=True
    )
    return {
        str(hazard): {
            "place": [number.get(code, -1) for code in rows["village_code"]],
            "code": [None if code in number else code for code in rows["village_code"]],
            **{name: rows[name].to_list() for name in plain},
        }
        for (hazard,), rows in told.partition_by(
            "hazard", as_dict=True, maintain_order=True
        ).items()
    }


def _districts(by_district: pl.DataFrame) -> list[Json]:
    """Return the kecamatan of which something is known that names no village."""
    counts = ["incidents_district_only", "reports_district_only", "tps_vulnerable_district_only"]
    told = by_district.select("district", *counts).sort("district")
    return [list(row) for row in told.iter_rows() if any(row[1:])]


def _overrides(edition: Edition, number: Mapping[str, int]) -> list[Json]:
    made = edition.facts.made_on.date()
    return [
        {
            "place": number[held.village_code],
            "hazard": held.hazard,
            "kind": held.kind,
            "by": held.by,
            "reason": held.reason,
            "until": held.until.isoformat(),
            "over": held.until < made,
        }
        for held in edition.standing.overrides
        if held.village_code in number
    ]


def _is_to_mend(finding: Finding) -> bool:
    return finding.status == "failed" and not finding.is_hard


def _finding(finding: Finding) -> Json:
    return {
        "text": [finding.sentence("id"), finding.sentence("en")],
        "owner": owner_of(finding),
    }
