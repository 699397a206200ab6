"""What the published page knows: places, lists, map and evidence, as one value for JSON.

Owns the facts a page is given, the choice and order of what travels, and the last check that
reasons add up. The file around it is made by `page.py`, the cells of the map by `cells.py`.
"""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal
from urllib.parse import urlsplit

import polars as pl

from rawan.publishing.cells import Ring, outlines, village_cells
from rawan.publishing.texts import MONTHS, texts
from rawan.settings import DataOrigin, Language

SUM_TOLERANCE = 1e-9  # of the contract: components sum to score
PARTS_PER_UNIT = 1000  # contributions are shown with three decimals

Json = Any  # whatever json.dumps takes


@dataclass(frozen=True)
class StageInfo:
    """What a reader must know about one list."""

    hazard: str
    stage: str
    hazard_label: str
    stage_label: str
    horizon_days: int
    start: date
    end: date
    model: str
    model_note: str
    score_basis: Literal["stage", "window"]


@dataclass(frozen=True)
class PageFacts:
    """What a reader must know about the whole run.

    `warnings` are findings of the gates that did not stop the run; `not_for` is the
    sentence that says what the list must not be used for.
    """

    region: str
    cutoff: date
    run_id: str
    data_origin: DataOrigin
    top_k: int
    stages: list[StageInfo]
    warnings: list[str]
    component_labels: dict[str, str]
    not_for: str


def payload(
    ranking: pl.DataFrame,
    villages: pl.DataFrame,
    evidence: pl.DataFrame,
    facts: PageFacts,
    lang: Language,
) -> Json:
    """Return all that the page's scripts read; every value in it is untrusted.

    The parameters are those of `render_page`, which says what they must hold.

    Raises
    ------
    ValueError
        If a list must not be published; see `render_page`.
    """
    places = ranking.sort("village_code", "hazard", "stage").unique(
        "village_code", keep="first", maintain_order=True
    )
    number = {code: i for i, code in enumerate(places["village_code"])}
    return {
        "lang": lang,
        "words": {
            key: words[lang] for key, words in texts().items() if key.startswith(("page.", "band."))
        },
        "months": MONTHS[lang],
        "k": facts.top_k,
        "places": {
            "code": places["village_code"].to_list(),
            "name": places["village"].to_list(),
            "district": _coded(places["district"]),
            "polsek": _coded(places["polsek"]),
            "tps": places["tps"].to_list(),
            "tps_source": _coded(places["tps_source"]),
        },
        "map": _map(villages, places, number),
        "lists": _lists(ranking, facts, number),
        "evidence": _evidence(evidence, number),
    }


def _coded(column: pl.Series) -> Json:
    """Return a column of repeating words as a list of words and a number for each row."""
    words = sorted(column.drop_nulls().unique().to_list())
    at = {word: i for i, word in enumerate(words)}
    return {"words": words, "at": [at.get(word) for word in column]}


def _map(villages: pl.DataFrame, places: pl.DataFrame, number: Mapping[str, int]) -> Json:
    placed = villages.filter(
        pl.col("village_code").is_in(list(number))
        & pl.col("lat").is_finite()
        & pl.col("lon").is_finite()
    ).unique("village_code", keep="first", maintain_order=True)
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


def _lists(ranking: pl.DataFrame, facts: PageFacts, number: Mapping[str, int]) -> list[Json]:
    parts = ranking.partition_by("hazard", "stage", as_dict=True)
    told = {(info.hazard, info.stage) for info in facts.stages}
    if told != set(parts):
        raise ValueError(
            f"ranking has the lists {sorted(parts)}, facts.stages tells of "
            f"{sorted(told)}; give one StageInfo for each list."
        )
    return [
        _list(parts[info.hazard, info.stage], info, facts.component_labels, number)
        for info in facts.stages
    ]


def _list(
    rows: pl.DataFrame,
    info: StageInfo,
    labels: Mapping[str, str],
    number: Mapping[str, int],
) -> Json:
    name = f"list {info.hazard}/{info.stage}"
    rows = rows.sort("rank", "village_code")
    is_index = rows["risk"].is_null()
    if is_index.n_unique() != 1 or bool((is_index == rows["index"].is_null()).any()):
        raise ValueError(
            f"{name}: every row needs either risk or index, and all rows the same one."
        )
    components = [json.loads(value) for value in rows["components"]]
    _check_sums(rows, components, name)
    known = {key for row in components for key in row}
    keys = [key for key in labels if key in known] + sorted(known - labels.keys())
    plain = ["rank", "rank_low", "rank_high", "tied_with", "band", "blind_spot"]
    plain += ["rank_if_like_neighbours"]
    plain += ["drivers", "rank_change", "tied_at_k", "baseline_rank"]
    plain += ["incidents_used", "reports_used"]
    shares = ["top_k_probability", "coverage", "share_imputed"]
    return {
        "hazard": info.hazard,
        "stage": info.stage,
        "label": [info.hazard_label, info.stage_label],
        "days": info.horizon_days,
        "start": info.start.isoformat(),
        "end": info.end.isoformat(),
        "model": info.model,
        "note": info.model_note,
        "beats": rows["model_beats_baseline"][0],
        "basis": info.score_basis,
        "is_index": bool(is_index[0]),
        "place": [number[code] for code in rows["village_code"]],
        "value": rows["index" if is_index[0] else "risk"].round(4).to_list(),
        **{column: rows[column].to_list() for column in plain},
        **{column: rows[column].round(4).to_list() for column in shares},
        "part_labels": [labels.get(key, key) for key in keys],
        "parts": [
            in_thousandths([row.get(key, 0.0) for key in keys], score)
            for row, score in zip(components, rows["score"], strict=True)
        ],
    }


def _check_sums(rows: pl.DataFrame, components: Iterable[Mapping[str, float]], name: str) -> None:
    told = rows.select("village_code", "score").iter_rows()
    for (code, score), row in zip(told, components, strict=True):
        total = math.fsum(row.values())
        if not abs(total - score) <= SUM_TOLERANCE * max(1.0, abs(score)):
            raise ValueError(
                f"{name}, village {code}: components sum to {total!r}, the score is "
                f"{score!r}; a list whose reasons do not add up must not be published."
            )


def in_thousandths(parts: Sequence[float], total: float) -> list[int]:
    """Round parts to thousandths so that they still add up to the rounded total.

    Largest remainder: each part is rounded down, and the thousandths left over go to
    the parts that lost most.

    Examples
    --------
    >>> in_thousandths([0.3334, 0.3333, 0.3333], 1.0)
    [334, 333, 333]
    """
    exact = [part * PARTS_PER_UNIT for part in parts]
    down = [math.floor(value) for value in exact]
    left = round(total * PARTS_PER_UNIT) - sum(down)
    by_loss = sorted(range(len(parts)), key=lambda i: (down[i] - exact[i], i))
    for step in range(abs(left)):
        at = by_loss[step % len(parts)] if left > 0 else by_loss[-1 - step % len(parts)]
        down[at] += 1 if left > 0 else -1
    return down


def _evidence(evidence: pl.DataFrame, number: Mapping[str, int]) -> Json:
    """Return incidents by village, newest first, each with its sources put together."""
    found: dict[str, dict[str, Json]] = {}
    columns = ["village_code", "event_id", "occurred_on", "known_on"]
    columns += ["type_label", "source_url"]
    ordered = evidence.select(columns).sort(columns, nulls_last=True)
    for row, values in enumerate(ordered.iter_rows()):
        code, event, occurred, known, label, url = values
        if code not in number:
            continue
        incident = found.setdefault(str(number[code]), {}).setdefault(
            f"row {row}" if event is None else event,
            [_day(occurred), _day(known), label, event or "", [], 0],
        )
        if url is not None and is_web_address(url):
            incident[4].append(url)
        else:
            incident[5] += 1
    return {
        place: sorted(events.values(), key=lambda e: (e[0] or "", e[3]), reverse=True)
        for place, events in sorted(found.items())
    }


def is_web_address(url: str) -> bool:
    """Return whether a source may become a link: http or https, with a host."""
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False


def _day(value: date | str | None) -> str | None:
    return value.isoformat() if isinstance(value, date) else value
