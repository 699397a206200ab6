"""The reckoning for programs: one row a list and measure, JSON, and its lines for the card."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import polars as pl

from models.evidence import NotApplicable
from models.expected_number import Number, Share
from models.reckoning import Compared, Measured
from rawan.audit.measures import Place, Reckoning
from rawan.audit.reckon import Audit
from rawan.publishing.bilingual import Figure, Words

VERSION = 1
SCHEMA: dict[str, Any] = {
    "election": pl.String,
    "hazard": pl.String,
    "stage": pl.String,
    "run_id": pl.String,
    "cutoff": pl.Date,
    "days": pl.String,  # own: those that the list speaks of; stage: those of its stage
    "first_day": pl.Date,
    "last_day": pl.Date,
    "measure": pl.String,
    "k": pl.Int64,
    "value": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "baseline": pl.Float64,
    "baseline_low": pl.Float64,
    "baseline_high": pl.Float64,
    "difference": pl.Float64,
    "difference_low": pl.Float64,
    "difference_high": pl.Float64,
    "why": pl.String,  # why there is no value
    "data_origin": pl.String,
}


def table(audit: Audit) -> pl.DataFrame:
    """Return one row for each list, stage, span of days and measure; `SCHEMA` has the columns."""
    rows = []
    for one in audit.reckonings:
        stages = (one.span.stage,) if one.span.stage else one.listed.stages or (None,)
        for stage in stages:
            about = {
                "election": audit.election.id,
                "hazard": one.listed.hazard,
                "stage": stage,
                "run_id": one.listed.run_id,
                "cutoff": one.listed.cutoff,
                "days": "own" if one.is_own else "stage",
                "first_day": one.span.start,
                "last_day": one.span.last,
                "data_origin": audit.data_origin,
            }
            rows += [about | row for row in _measures(one)]
    return pl.DataFrame(rows, schema=SCHEMA)


def as_json(audit: Audit) -> dict[str, Any]:
    """Return the whole reckoning; days as ISO 8601, words in both languages."""
    return {
        "audit_version": VERSION,
        "region": audit.region,
        "data_origin": audit.data_origin,
        "election": {
            "id": audit.election.id,
            "voting_day": audit.election.voting_day.isoformat(),
            "names": audit.election.names,
        },
        "reckoned_on": audit.reckoned_on.isoformat(),
        "as_of": audit.as_of and audit.as_of.isoformat(),
        "newest_news": audit.newest and audit.newest.isoformat(),
        "remarks": [
            _words(Words.of(f"audit.{key}")) for key in ("one_election", "no_coverage", "told_only")
        ],
        "lists": [_list(one) for one in audit.reckonings],
        "left_out": [_words(words) for words in audit.left_out],
    }


def card_lines(content: dict[str, Any]) -> list[Words]:
    """Return what the model card says of a reckoning: a sentence for each hazard's newest list.

    Raises
    ------
    KeyError, TypeError, ValueError
        If it is no reckoning of this form.
    """
    names = content["election"]["names"]
    election = Words(str(names["id"]), str(names["en"]))
    newest: dict[str, dict[str, Any]] = {}
    for one in content["lists"]:
        if one["days"] == "own" and one["cutoff"] >= newest.get(one["hazard"], one)["cutoff"]:
            newest[one["hazard"]] = one
    return [_card_line(election, newest[hazard]) for hazard in sorted(newest)]


def _card_line(election: Words, one: dict[str, Any]) -> Words:
    about: dict[str, Any] = {
        "election": election,
        "cutoff": str(one["cutoff"]),
        "hazard": Words.of(f"hazard.{one['hazard']}"),
    }
    counted = (one["calibration"] or {}).get("number")
    number = ("", "")
    if counted is not None:
        told = Words.of(
            "audit.card.number",
            expected=Figure(float(counted["expected"]), digits=1),
            **{name: int(counted[name]) for name in ("low", "high", "observed")},
        )
        number = (f" {told.id}", f" {told.en}")
    if one["nothing"] is not None:
        why = Words(str(one["nothing"]["id"]), str(one["nothing"]["en"]))
        line = Words.of("audit.card.nothing", why=why, **about)
    else:
        k = int(one["k"])
        at = next(at for at in one["at_k"] if at["k"] == k)["measures"]["capture"]
        line = Words.of(
            "audit.card.line",
            k=k,
            happened=int(one["places_with_incident"]),
            hits=sum(place["standing"] == "hit" for place in one["places"]),
            capture=_card_figure(at["ours"]),
            baseline=_card_figure(at["baseline"]),
            difference=_card_figure(at["difference"]),
            **about,
        )
    return Words(line.id + number[0], line.en + number[1])


def _card_figure(found: dict[str, Any] | None) -> Figure | Words:
    if found is None or "value" not in found:
        return Words.of("audit.card.unknown")
    if found["low"] is None or found["high"] is None:
        return Figure(float(found["value"]))
    return Figure(float(found["value"]), float(found["low"]), float(found["high"]))


def _measures(one: Reckoning) -> Iterator[dict[str, Any]]:
    """Yield measure, k and figures; first how many incidents there were, which is always known."""
    if one.fates is not None:
        for name, value in asdict(one.fates).items():
            yield {"measure": f"incidents_{name}", "value": float(value)}
    yield {"measure": "villages", "value": float(one.villages)}
    if one.nothing is not None:
        yield {"measure": "capture", "k": one.k, "why": one.nothing.en}
    if one.ranked is not None:
        for at in one.ranked.at:
            for name, compared in at.measures.items():
                yield {"measure": name, "k": at.k, **_compared(compared)}
            if at.captured is not None:
                shown = {name: getattr(at.captured, name) for name in ("low", "high")}
                yield {
                    "measure": "villages_captured_share",
                    "k": at.k,
                    "value": at.captured.share,
                    **shown,
                }
        for name, compared in one.ranked.whole.items():
            yield {"measure": name, **_compared(compared)}
    if one.calibrated is not None:
        yield from _number("villages_with_incident", one.calibrated.number, None)
        for name, score in one.calibrated.scores.items():
            yield {"measure": name, **_estimate(score)}
    if one.in_top is not None:
        yield from _number("top_k_with_incident", one.in_top, one.k)
    for name, share in (("blind_spot_share", one.blind), ("other_share", one.others)):
        if share is not None:
            yield {"measure": name, "value": share.share, "low": share.low, "high": share.high}


def _number(name: str, number: Number, k: int | None) -> Iterator[dict[str, Any]]:
    expected = {"value": number.expected, "low": float(number.low), "high": float(number.high)}
    yield {"measure": f"{name}_expected", "k": k, **expected}
    yield {"measure": f"{name}_observed", "k": k, "value": float(number.observed)}
    yield {"measure": f"{name}_chance_of_none", "k": k, "value": number.chance_of_none}


def _compared(compared: Compared) -> dict[str, Any]:
    row = _estimate(compared.ours)
    for name, found in (("baseline", compared.baseline), ("difference", compared.difference)):
        if isinstance(found, Measured):
            row |= {name: found.value, f"{name}_low": found.low, f"{name}_high": found.high}
    return row


def _estimate(found: Measured | NotApplicable) -> dict[str, Any]:
    return {"why": found.why} if isinstance(found, NotApplicable) else asdict(found)


def _list(one: Reckoning) -> dict[str, Any]:
    listed, ranked, calibrated = one.listed, one.ranked, one.calibrated
    return {
        "run_id": listed.run_id,
        "source": listed.source,
        "hazard": listed.hazard,
        "stages": list(listed.stages),
        "cutoff": listed.cutoff.isoformat(),
        "model": listed.model,
        "days": "own" if one.is_own else "stage",
        "stage": one.span.stage,
        "first_day": one.span.start.isoformat(),
        "last_day": one.span.last.isoformat(),
        "k": one.k,
        "villages": {
            "listed": listed.rows.height,
            "measured": one.villages,
            "gone": list(one.gone),
            "came": one.came,
        },
        "incidents": one.fates and asdict(one.fates),
        "nothing": one.nothing and _words(one.nothing),
        "places_with_incident": len(one.places),
        "at_k": []
        if ranked is None
        else [
            {
                "k": at.k,
                "measures": {name: asdict(found) for name, found in at.measures.items()},
                "places_captured": _share(at.captured),
                "capture_if_ties_fell": {"worst": at.ties[0], "best": at.ties[1]},
            }
            for at in ranked.at
        ],
        "whole": {} if ranked is None else {n: asdict(v) for n, v in ranked.whole.items()},
        "blocks": ranked and {"all": ranked.blocks, "with_incident": ranked.blocks_with},
        "calibration": calibrated
        and {
            "number": asdict(calibrated.number),
            "scores": {name: asdict(found) for name, found in calibrated.scores.items()},
            "bins": None if calibrated.bins is None else asdict(calibrated.bins),
        },
        "in_top_k": one.in_top and asdict(one.in_top),
        "by_top_k_probability": [asdict(group) for group in one.promise],
        "blind_spots": _share(one.blind),
        "other_villages": _share(one.others),
        "places": [_place(place) for place in one.places],
        "lacking": list(listed.lacking),
        "notes": [_words(words) for words in one.notes],
    }


def _place(place: Place) -> dict[str, Any]:
    return {
        "village_code": place.village_code,
        "village": place.village,
        "district": place.district,
        "rank": place.rank,
        "standing": place.standing,
        "is_first_outbreak": place.is_first_outbreak,
        "incidents": [
            {"from": first.isoformat(), "to": last.isoformat(), "label": _words(label)}
            for first, last, label in place.incidents
        ],
        "known_before": place.before,
    }


def _share(share: Share | None) -> dict[str, Any] | None:
    return None if share is None else asdict(share)


def _words(words: Words) -> dict[str, str]:
    return {"id": words.id, "en": words.en}
