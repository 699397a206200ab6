"""One list, one span of days: what the reckoning can say of it, and what it must leave out.

Owns which villages are measured, which figures are asked for, and why one is not there. The
figures themselves are `models.reckoning`; lists come from `audit_lists.py`, what happened from
`audit_outcomes.py`.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import polars as pl

from models.additive import Array
from models.expected_number import Number, Share, number, share_of
from models.reckoning import (
    Calibrated,
    Group,
    Held,
    Ranked,
    by_promise,
    calibration,
    capture_curve,
    rank_measures,
    steps,
)
from rawan.audit_lists import PastList
from rawan.audit_outcomes import Fates, Happened
from rawan.publishing.card_words import Words

_BESIDE: tuple[str, ...] = (
    "rank_low",
    "rank_high",
    "baseline_rank",
    "incidents_used",
    "blind_spot",
    "risk",
)
_BESIDE += ("top_k_probability", "drivers")
_PLACE = ("village", "district")


@dataclass(frozen=True)
class Span:
    """Days asked about: [start, until).

    `stage` is the stage whose days they are; None for the days that the list speaks of.
    """

    stage: str | None
    start: date
    until: date

    @property
    def last(self) -> date:
        """The last of the days."""
        return self.until - timedelta(days=1)


@dataclass(frozen=True)
class Draws:
    """How many the bootstrap takes, and from which seed."""

    number: int
    seed: int


@dataclass(frozen=True)
class Place:
    """A village in which it happened, and what was known of it when the list was made.

    `before` holds what the list said of it, by column, as far as it has the column;
    `is_first_outbreak` tells that none was ever known there before.
    """

    village_code: str
    village: str
    district: str
    rank: int
    is_hit: bool
    is_first_outbreak: bool
    incidents: tuple[tuple[date, date, Words], ...]
    before: dict[str, int | float | bool | str | None]


@dataclass(frozen=True)
class Curves:
    """Share of the incidents within the first 1, 2, … places: list, baseline, best order."""

    ours: Array
    baseline: Array | None
    best: Array


@dataclass(frozen=True)
class Reckoning:
    """A list held against the days of a span.

    Attributes
    ----------
    k : villages that could be given more people.
    villages : that are measured: on the list, and still there.
    gone : on the list, and no village of today.
    came : villages of today that the list does not have.
    nothing : why there is nothing to measure; None where there is.
    in_top : how many of the first k were to see an incident, and did.
    blind, others : blind spots, and the other villages.
    notes : what could not be said and why, and what to mind.
    """

    listed: PastList
    span: Span
    k: int
    villages: int
    gone: tuple[str, ...]
    came: int
    fates: Fates | None = None
    nothing: Words | None = None
    ranked: Ranked | None = None
    curves: Curves | None = None
    calibrated: Calibrated | None = None
    in_top: Number | None = None
    promise: tuple[Group, ...] = ()
    blind: Share | None = None
    others: Share | None = None
    places: tuple[Place, ...] = ()
    notes: tuple[Words, ...] = ()

    @property
    def is_own(self) -> bool:
        """Tell whether these are the days that the list speaks of."""
        return self.span.stage is None


def measured(listed: PastList, now: pl.DataFrame) -> tuple[pl.DataFrame, tuple[str, ...], int]:
    """Return the rows of a list that are villages of today, those gone, and how many came.

    Names and kecamatan that the list lacks are those of today; `district_code` is today's.
    """
    rows = listed.rows.join(
        now, on="village_code", how="left", suffix="_now", maintain_order="left"
    )
    gone = rows.filter(pl.col("district_code").is_null())["village_code"].to_list()
    there = rows.filter(pl.col("district_code").is_not_null())
    for name in _PLACE:
        if f"{name}_now" in there.columns:
            there = there.with_columns(pl.col(name).fill_null(pl.col(f"{name}_now")))
    came = now.filter(~pl.col("village_code").is_in(rows["village_code"].implode())).height
    return there, tuple(gone), came


def reckon(
    listed: PastList,
    span: Span,
    k: int,
    rows: pl.DataFrame,
    found: Happened,
    gone: tuple[str, ...],
    came: int,
    draws: Draws,
) -> Reckoning:
    """Hold a list against what happened within a span.

    Parameters
    ----------
    rows : of `measured`, by village code; at least one.
    found : what happened there, in the same order.
    """
    held = _held(listed, span, rows, found.places)
    places = _places(rows, found, k)
    is_blind = _flags(rows)
    about = Reckoning(listed, span, k, rows.height, gone, came, found.fates)
    notes = _notes(listed, span, found.fates)
    # No probability of the list was stated for these days if they are not its own.
    stated = held.probability
    calibrated = calibration(held, draws.number, draws.seed) if stated is not None else None
    if not held.happened.any():
        key = "audit.nothing.unplaced" if found.fates.total else "audit.nothing.none"
        told = Words.of(key, number=found.fates.total)
        return replace(about, nothing=told, calibrated=calibrated, notes=notes)
    in_top = None
    if stated is not None:
        top = held.rank <= k
        in_top = number(stated[top], held.happened[top])
    promise: tuple[Group, ...] = ()
    if "top_k_probability" in rows.columns:
        promise = tuple(by_promise(held, rows["top_k_probability"].to_numpy().astype(np.float64)))
    baseline = None
    if held.baseline_rank is not None:
        baseline = capture_curve(held.baseline_rank, held.count)
    best = capture_curve((-held.count).astype(np.int64), held.count)
    return replace(
        about,
        ranked=rank_measures(held, steps(rows.height, [k]), draws.number, draws.seed),
        curves=Curves(capture_curve(held.rank, held.count), baseline, best),
        calibrated=calibrated,
        in_top=in_top,
        promise=promise,
        blind=None if is_blind is None else share_of(held.count, is_blind),
        others=None if is_blind is None else share_of(held.count, ~is_blind),
        places=places,
        notes=notes,
    )


def _held(listed: PastList, span: Span, rows: pl.DataFrame, places: pl.DataFrame) -> Held:
    blocks = rows["district_code"].rank("dense").to_numpy().astype(np.int64) - 1
    baseline, probability = None, None
    if "baseline_rank" in rows.columns:
        baseline = rows["baseline_rank"].to_numpy().astype(np.int64)
    if "risk" in rows.columns and span.stage is None:
        probability = rows["risk"].to_numpy().astype(np.float64)
    return Held(
        rank=rows["rank"].to_numpy().astype(np.int64),
        count=places["incidents"].to_numpy().astype(np.int64),
        block=blocks,
        onset=places["is_onset"].to_numpy().astype(bool),
        baseline_rank=baseline,
        probability=probability,
    )


def _flags(rows: pl.DataFrame) -> np.ndarray[tuple[int], np.dtype[np.bool_]] | None:
    if "blind_spot" not in rows.columns:
        return None
    return rows["blind_spot"].to_numpy().astype(bool)


def _places(rows: pl.DataFrame, found: Happened, k: int) -> tuple[Place, ...]:
    """Return the villages where it happened, by rank and code."""
    incidents: dict[str, list[tuple[date, date, Words]]] = {}
    for row in found.incidents.iter_rows(named=True):
        label = Words(row["label_id"] or row["label_en"], row["label_en"] or row["label_id"])
        told = (row["occurred_from"], row["occurred_on"], label)
        incidents.setdefault(row["village_code"], []).append(told)
    known = dict(found.places.select("village_code", "known_before").rows())
    places = [
        Place(
            village_code=code,
            village=row.get("village") or code,
            district=row.get("district") or "",
            rank=row["rank"],
            is_hit=row["rank"] <= k,
            is_first_outbreak=known[code] == 0,
            incidents=tuple(incidents[code]),
            before={name: row[name] for name in _BESIDE if name in row},
        )
        for row in rows.iter_rows(named=True)
        if (code := row["village_code"]) in incidents
    ]
    return tuple(sorted(places, key=lambda place: (place.rank, place.village_code)))


def _notes(listed: PastList, span: Span, fates: Fates) -> tuple[Words, ...]:
    """Return what is left out for want of a column, and which days are unsure."""
    notes = []
    for name in listed.lacking:
        if name == "risk" and listed.hazard == "logistics":
            notes.append(Words.of("audit.lacking.index"))
        else:
            notes.append(Words.of(f"audit.lacking.{name}"))
    if span.stage is not None and "risk" not in listed.lacking:
        notes.append(Words.of("audit.not_own_days"))
    if fates.day_unsure:
        notes.append(Words.of("audit.day_unsure", number=fates.day_unsure))
    if fates.maybe:
        notes.append(Words.of("audit.maybe", number=fates.maybe))
    return tuple(notes)
