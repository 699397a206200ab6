"""One list, one span of days: what the reckoning can say of it, and what it must leave out.

Owns which villages are measured, which figures are asked for, and why one is not there. The
figures themselves are `models.reckoning`; lists come from `lists.py`, what happened from
`outcomes.py`.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from models.additive import Array
from models.expected_number import Number, Share, share_of
from models.reckoning import Held, Ranked, capture_curve, rank_measures, standing, steps
from models.reckoning_calibration import Calibrated, Group, by_promise, calibration, in_top
from rawan.audit.lists import PastList
from rawan.audit.outcomes import Fates, Happened
from rawan.publishing.bilingual import Words

_BESIDE: tuple[str, ...] = (
    "rank_low",
    "rank_high",
    "baseline_rank",
    "incidents_used",
    "blind_spot",
    "risk",
)
_BESIDE += ("top_k_probability", "drivers")
_STANDING: dict[int, Literal["hit", "tied", "missed"]] = {1: "hit", 0: "tied", -1: "missed"}
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

    `standing` says whether it was among the first k, or tied across the cut. `before` holds what
    the list said of it, by column, as far as it has the column;
    `is_first_outbreak` tells that none was ever known there before.
    """

    village_code: str
    village: str
    district: str
    rank: int
    standing: Literal["hit", "tied", "missed"]
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
    is_blind = _flags(rows)
    about = Reckoning(listed, span, k, rows.height, gone, came, found.fates)
    notes = _notes(listed, span, found.fates, held, k)
    # No probability of the list was stated for these days if they are not its own.
    calibrated = None
    if held.probability is not None:
        calibrated = calibration(held, draws.number, draws.seed)
    if not held.happened.any():
        key = "audit.nothing.unplaced" if found.fates.total else "audit.nothing.none"
        told = Words.of(key, number=found.fates.total)
        # Where something happened that has no village, nobody can say that nothing did.
        counted = None if found.fates.total else calibrated
        return replace(about, nothing=told, calibrated=counted, notes=notes)
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
        in_top=in_top(held, k),
        promise=promise,
        blind=None if is_blind is None else share_of(held.count, is_blind),
        others=None if is_blind is None else share_of(held.count, ~is_blind),
        places=_places(rows, found, standing(held.rank, k)),
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


def _flags(rows: pl.DataFrame) -> NDArray[np.bool_] | None:
    if "blind_spot" not in rows.columns:
        return None
    return rows["blind_spot"].to_numpy().astype(bool)


def _places(rows: pl.DataFrame, found: Happened, where: NDArray[np.int8]) -> tuple[Place, ...]:
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
            standing=_STANDING[int(where[at])],
            is_first_outbreak=known[code] == 0,
            incidents=tuple(incidents[code]),
            before={name: row[name] for name in _BESIDE if name in row},
        )
        for at, row in enumerate(rows.iter_rows(named=True))
        if (code := row["village_code"]) in incidents
    ]
    return tuple(sorted(places, key=lambda place: (place.rank, place.village_code)))


def _notes(listed: PastList, span: Span, fates: Fates, held: Held, k: int) -> tuple[Words, ...]:
    """Return what is left out for want of a column, what is tied, and which days are unsure."""
    notes = []
    tied = int((standing(held.rank, k) == 0).sum())
    is_measured = held.happened.any()
    if tied and is_measured:
        notes.append(Words.of("audit.tied", k=k, number=tied))
    if is_measured and held.baseline_rank is not None and (held.rank == held.baseline_rank).all():
        notes.append(Words.of("audit.is_baseline"))
    if held.probability is not None and fates.total > fates.placed:
        notes.append(Words.of("audit.lower_bound", number=fates.total - fates.placed))
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
