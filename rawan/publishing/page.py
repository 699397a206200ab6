"""The published page: one HTML file that works offline and asks nobody for anything.

Owns what goes into the file and how it is made safe. The shape of the page is in
`templates/page.html.jinja`, `page.css` and `page.js`; the words are in `texts.py`; the
cells of the map in `cells.py`. Every value from outside is untrusted: it travels as JSON
and reaches the page as text, never as markup.
"""

import base64
import hashlib
import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from typing import Any, Literal
from urllib.parse import urlsplit

import polars as pl
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from rawan.publishing.cells import Ring, outlines, village_cells
from rawan.publishing.texts import MONTHS, TEXTS, Language, date_text, text

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
    data_origin: Literal["publik", "internal", "SIMULASI"]
    top_k: int
    stages: list[StageInfo]
    warnings: list[str]
    component_labels: dict[str, str]
    not_for: str


def render_page(
    ranking: pl.DataFrame,
    villages: pl.DataFrame,
    evidence: pl.DataFrame,
    facts: PageFacts,
    lang: Language,
) -> str:
    """The whole page as one string of HTML; the same input gives the same string.

    Parameters
    ----------
    ranking : the columns of `data/contracts/ranking.v1.json`, any number of lists.
    villages : `village_code, lat, lon`; villages without a place are not drawn.
    evidence : `village_code, occurred_on, known_on, type_label, event_id, source_url`,
        one row for each incident and source. Only http and https addresses travel on;
        any other source is counted, not named.
    facts : what to say about the run and its lists; lists appear in this order.
    lang : language of the page.

    Raises
    ------
    ValueError
        If a list is missing on either side, mixes probability and index, or has
        components that do not sum to its score: such a list must not be published.
    """
    data = _payload(ranking, villages, evidence, facts, lang)
    origins = {facts.data_origin, *ranking["data_origin"].unique().to_list()}
    template = _environment().get_template("page.html.jinja")
    scripts = [_datatables_script(), _own("page.js")]
    return template.render(
        lang=lang,
        facts=facts,
        cutoff=date_text(facts.cutoff, lang),
        is_simulation="SIMULASI" in origins,
        t=lambda key, **fill: text(f"page.{key}", lang).format(**fill),
        policy=content_policy(scripts),
        styles=[Markup(_itables("dt_bundle.css")), Markup(_own("page.css"))],
        scripts=[Markup(script) for script in scripts],
        data=Markup(safe_json(data)),
    )


def safe_json(value: Json) -> str:
    """JSON that can stand inside a script element: nothing in it can close or open one.

    Examples
    --------
    >>> safe_json({"village": "</script>"})
    '{"village":"\\\\u003c/script\\\\u003e"}'
    """
    out = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character in "<>&\u2028\u2029":
        out = out.replace(character, f"\\u{ord(character):04x}")
    return out


def content_policy(scripts: Iterable[str]) -> str:
    """Content-Security-Policy: only these scripts run, and nothing is ever fetched."""
    hashes = " ".join(
        "'sha256-"
        + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        + "'"
        for script in scripts
    )
    return (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def in_thousandths(parts: Sequence[float], total: float) -> list[int]:
    """Parts rounded to thousandths so that they still add up to the rounded total.

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


def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("rawan.publishing"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _own(name: str) -> str:
    return (files("rawan.publishing") / "templates" / name).read_text(encoding="utf-8")


def _itables(name: str) -> str:
    return (files("itables") / "html" / name).read_text(encoding="utf-8")


def _datatables_script() -> str:
    """The bundle of itables, with its table class put where `page.js` finds it.

    The bundle is an ES module. A file opened from disk cannot import another, so the
    export at its end becomes a global name and the whole stands inline.
    """
    bundle = _itables("dt_bundle.js").replace("\r\n", "\n")
    exports = re.search(r"export\s*\{[^}]*\b([\w$]+) as default\b[^}]*\};?", bundle)
    if exports is None:
        raise ValueError(
            "itables' dt_bundle.js exports no default any more; "
            "install an itables 2.5 to 2.9 or adapt _datatables_script."
        )
    handover = f"globalThis.DataTable={exports[1]};"
    bundle = bundle[: exports.start()] + handover + bundle[exports.end() :]
    # Inside a script element these two begin markup; the escapes mean the same.
    return re.sub(r"<(?=!--|/?script)", r"\\x3C", bundle, flags=re.IGNORECASE)


def _payload(
    ranking: pl.DataFrame,
    villages: pl.DataFrame,
    evidence: pl.DataFrame,
    facts: PageFacts,
    lang: Language,
) -> Json:
    places = ranking.unique("village_code", keep="first").sort("village_code")
    number = {code: i for i, code in enumerate(places["village_code"])}
    return {
        "lang": lang,
        "words": {
            key: words[lang]
            for key, words in TEXTS.items()
            if key.startswith(("page.", "band."))
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
    """A column of repeating words as a list of words and a number for each row."""
    words = sorted(column.drop_nulls().unique().to_list())
    at = {word: i for i, word in enumerate(words)}
    return {"words": words, "at": [at.get(word) for word in column]}


def _map(
    villages: pl.DataFrame, places: pl.DataFrame, number: Mapping[str, int]
) -> Json:
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
    """Rings as an SVG path; y is turned, since north is up and SVG counts downwards."""
    return "".join(
        "M" + "L".join(f"{x:g} {-y + 0.0:g}" for x, y in ring[:-1]) + "z"
        for ring in rings
    )


def _lists(
    ranking: pl.DataFrame, facts: PageFacts, number: Mapping[str, int]
) -> list[Json]:
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


def _check_sums(
    rows: pl.DataFrame, components: Iterable[Mapping[str, float]], name: str
) -> None:
    told = rows.select("village_code", "score").iter_rows()
    for (code, score), row in zip(told, components, strict=True):
        total = math.fsum(row.values())
        if not abs(total - score) <= SUM_TOLERANCE * max(1.0, abs(score)):
            raise ValueError(
                f"{name}, village {code}: components sum to {total!r}, the score is "
                f"{score!r}; a list whose reasons do not add up must not be published."
            )


def _evidence(evidence: pl.DataFrame, number: Mapping[str, int]) -> Json:
    """Incidents by village, newest first, each with its sources put together."""
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
    """Whether a source may become a link: http or https, with a host."""
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False


def _day(value: date | str | None) -> str | None:
    return value.isoformat() if isinstance(value, date) else value
