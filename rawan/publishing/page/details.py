"""What the published page knows of each village, for JSON: read only when one is chosen.

Owns reasons, parts of the score, incidents, reports, ranks of past runs and neighbours, as they
travel. What is asked of all villages at once is in `data.py`.
"""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from urllib.parse import urlsplit

import polars as pl

from rawan.publishing.bilingual import Words
from rawan.publishing.edition import Edition, RunFacts
from rawan.publishing.page.data import Json, is_whole, pair, village_numbers

THOUSANDTHS = 1000  # contributions are shown with three decimals


def details(edition: Edition) -> Json:
    """Return what the drawer of a village reads; every value in it is untrusted."""
    number = village_numbers(edition)
    return {
        "reasons": _reasons(edition.reasons, number),
        "parts": _parts(edition),
        "evidence": _evidence(edition.evidence, number),
        "reports": _reports(edition.reports, number),
        "history": _history(edition, number),
        "neighbours": _neighbours(edition.neighbours, number),
    }


def _labels(
    frame: pl.DataFrame,
) -> tuple[list[list[str | None]], dict[tuple[str | None, str | None], int]]:
    """Return the different labels of a frame in both languages, and the number of each."""
    pairs = set(frame.select("label_id", "label_en").iter_rows())
    found = sorted(pairs, key=lambda labels: (labels[0] or "", labels[1] or ""))
    return [list(labels) for labels in found], {labels: i for i, labels in enumerate(found)}


def _reasons(reasons: pl.DataFrame, number: Mapping[str, int]) -> Json:
    labels, at = _labels(reasons)
    groups = sorted(reasons["group"].unique().to_list())
    group_at = {group: i for i, group in enumerate(groups)}
    columns = ["hazard", "village_code", "group", "label_id", "label_en"]
    columns += ["relative", "is_told", "sentence_id", "sentence_en"]
    found: dict[str, dict[int, list[Json]]] = {}
    ordered = reasons.sort("hazard", "village_code", "position").select(columns)
    for hazard, code, group, id_, en, relative, told, said_id, said_en in ordered.iter_rows():
        if code not in number:
            continue
        row = [at[id_, en], group_at[group], round(relative * THOUSANDTHS), int(told)]
        said = [said_id, said_en] if said_id is not None and said_en is not None else []
        found.setdefault(hazard, {}).setdefault(number[code], []).append([*row, *said])
    return {"labels": labels, "groups": groups, "of": found}


def _parts(edition: Edition) -> Json:
    """Return the parts of every score by list; a list that has those of an earlier one names it."""
    if not is_whole(edition):
        return None
    told: list[Json] = []
    for info in edition.facts.lists:
        rows = edition.rows_of(info.hazard, info.stage).sort("rank", "village_code")
        one = _parts_of(rows, edition.facts)
        alike = next((i for i, other in enumerate(told) if other == one), None)
        told.append(one if alike is None else alike)
    return told


def _parts_of(rows: pl.DataFrame, facts: RunFacts) -> Json:
    components = [json.loads(value) for value in rows["components"]]
    known = {key for row in components for key in row}
    labels = facts.component_labels
    keys = [key for key in labels if key in known] + sorted(known - labels.keys())
    return {
        "labels": [pair(labels.get(key, Words.same(key))) for key in keys],
        "rows": [
            in_thousandths([row.get(key, 0.0) for key in keys], score)
            for row, score in zip(components, rows["score"], strict=True)
        ],
    }


def in_thousandths(parts: Sequence[float], total: float) -> list[int]:
    """Round parts to thousandths so that they still add up to the rounded total.

    Largest remainder: each part is rounded down, and the thousandths left over go to
    the parts that lost most.

    Examples
    --------
    >>> in_thousandths([0.3334, 0.3333, 0.3333], 1.0)
    [334, 333, 333]
    """
    exact = [part * THOUSANDTHS for part in parts]
    down = [math.floor(value) for value in exact]
    left = round(total * THOUSANDTHS) - sum(down)
    by_loss = sorted(range(len(parts)), key=lambda i: (down[i] - exact[i], i))
    for step in range(abs(left)):
        at = by_loss[step % len(parts)] if left > 0 else by_loss[-1 - step % len(parts)]
        down[at] += 1 if left > 0 else -1
    return down


def _evidence(evidence: pl.DataFrame, number: Mapping[str, int]) -> Json:
    """Return incidents by village, newest first, each with its sources put together."""
    labels, at = _labels(evidence)
    found: dict[int, dict[str, list[Json]]] = {}
    columns = ["village_code", "event_id", "occurred_on", "known_on", "label_id", "label_en"]
    columns += ["type", "is_outcome", "source_url"]
    ordered = evidence.select(columns).sort(columns, nulls_last=True)
    for row, values in enumerate(ordered.iter_rows()):
        code, event, occurred, known, id_, en, kind, is_outcome, url = values
        if code not in number:
            continue
        incident = found.setdefault(number[code], {}).setdefault(
            f"row {row}" if event is None else event,
            [
                *(_day(occurred), _day(known), at[id_, en], event or "", [], 0),
                *(int(bool(is_outcome)), kind),
            ],
        )
        if url is not None and is_web_address(url):
            incident[4].append(url)
        else:
            incident[5] += 1
    return {"labels": labels, "of": {place: _newest(ev.values()) for place, ev in found.items()}}


def _newest(events: Iterable[list[Json]]) -> list[Json]:
    return sorted(events, key=lambda event: (event[0] or "", event[3]), reverse=True)


def _reports(reports: pl.DataFrame, number: Mapping[str, int]) -> Json:
    """Return reports by village, newest first: when, what kind, and both grades."""
    labels, at = _labels(reports)
    found: dict[int, list[Json]] = {}
    columns = ["village_code", "occurred_on", "known_on", "label_id", "label_en"]
    columns += ["source_grade", "information_grade"]
    ordered = reports.select(columns).sort(columns, nulls_last=True)
    for code, occurred, known, id_, en, source, information in ordered.reverse().iter_rows():
        if code in number:
            row = [_day(occurred), _day(known), at[id_, en], source, information]
            found.setdefault(number[code], []).append(row)
    return {"labels": labels, "of": dict(sorted(found.items()))}


def _history(edition: Edition, number: Mapping[str, int]) -> Json:
    """Return the ranks over past runs by list and village, earliest first."""
    lists = {(info.hazard, info.stage): i for i, info in enumerate(edition.facts.lists)}
    runs: dict[tuple[str, str], int] = {}
    found: list[dict[int, list[Json]]] = [{} for _ in lists]
    columns = ["cutoff", "run_id", "hazard", "stage", "village_code", "rank"]
    columns += ["rank_low", "rank_high"]
    ordered = edition.history.select(columns).sort("cutoff", "run_id", "village_code")
    for cutoff, run, hazard, stage, code, rank, low, high in ordered.iter_rows():
        at = lists.get((hazard, stage))
        if at is None or code not in number:
            continue
        which = runs.setdefault((run, cutoff.isoformat()), len(runs))
        found[at].setdefault(number[code], []).append([which, rank, low, high])
    return {"runs": [list(run) for run in runs], "of": found}


def _neighbours(neighbours: pl.DataFrame, number: Mapping[str, int]) -> Json:
    found: dict[int, list[Json]] = {}
    ordered = neighbours.select("village_code", "km", "neighbour_code").sort(
        "village_code", "km", "neighbour_code"
    )
    for code, km, other in ordered.iter_rows():
        if code in number and other in number:
            found.setdefault(number[code], []).append([number[other], round(km, 1)])
    return found


def is_web_address(url: str) -> bool:
    """Return whether a source may become a link: http or https, with a host."""
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False


def _day(value: date | str | None) -> str | None:
    return value.isoformat() if isinstance(value, date) else value
