"""What one audience may read of one run: all that page, workbook, brief and files are made from.

Owns the form. Loading and withholding is `editions.py`; nothing that renders looks anywhere else,
so that what an audience may not read cannot reach its files.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

import polars as pl

from rawan.gates.validate import Finding
from rawan.publishing.bilingual import Words
from rawan.settings import Audience, DataOrigin

OverrideKind = Literal["up", "down", "khusus"]


@dataclass(frozen=True)
class ListInfo:
    """What a reader must know about one list.

    Attributes
    ----------
    start, end : days of the stage, both inclusive.
    model_note : how the model did on past elections, or that it could not be tested.
    score_basis : "window" where too few incidents tell stages apart.
    """

    hazard: str
    stage: str
    hazard_label: Words
    stage_label: Words
    horizon_days: int
    start: date
    end: date
    model: Words
    model_note: Words
    score_basis: Literal["stage", "window"]


@dataclass(frozen=True)
class InputFile:
    """A file that the run was made from."""

    name: str
    sha256: str
    rows: int


@dataclass(frozen=True)
class RunFacts:
    """What a reader must know about the whole run.

    Attributes
    ----------
    made_on : when the run was computed, UTC.
    top_k : villages that can be given more people.
    lists : in the order to show.
    warnings : what did not stop the run and should be known before trusting it.
    component_labels : by the name of a component, what it is called.
    inputs : what it was made from; for audiences that may not know internal files, only the rest.
    """

    region: str
    election: Words
    cutoff: date
    run_id: str
    made_on: datetime
    data_origin: DataOrigin
    top_k: int
    lists: tuple[ListInfo, ...]
    warnings: tuple[Words, ...]
    component_labels: Mapping[str, Words]
    inputs: tuple[InputFile, ...]


@dataclass(frozen=True)
class Approval:
    """Who answers for a run."""

    by: str
    on: datetime


@dataclass(frozen=True)
class Override:
    """What a person holds against a rank; it stands beside it and never changes it.

    Attributes
    ----------
    kind : to be treated as higher or lower than its rank, or as `khusus`.
    by, reason : empty for audiences that may not know them.
    until : last day that it counts.
    """

    village_code: str
    hazard: str
    kind: OverrideKind
    reason: str
    by: str
    on: datetime
    until: date


@dataclass(frozen=True)
class Erratum:
    """Who withdrew a run, and why."""

    by: str
    on: datetime
    reason: str


@dataclass(frozen=True)
class Standing:
    """What people decided about a run: without an approval it is a draft."""

    approval: Approval | None = None
    overrides: tuple[Override, ...] = ()
    erratum: Erratum | None = None

    @property
    def status(self) -> Literal["draft", "approved", "withdrawn"]:
        """Return where the run stands."""
        if self.erratum is not None:
            return "withdrawn"
        return "draft" if self.approval is None else "approved"


@dataclass(frozen=True)
class Edition:
    """One run for one audience; frames hold only what that audience may read.

    Attributes
    ----------
    ranking : columns of `data/contracts/ranking.v1.json` less `lacking`, in the order of the
        lists, each by rank and village code.
    lacking : columns of the contract that this audience does not get, in its order.
    villages : village_code, lat, lon [degrees, null where unknown].
    reasons : one row for each hazard, village and reason, largest effect first: village_code,
        hazard, position [1 is first], group, label_id, label_en, contribution and relative [on
        the score's scale; relative to the average village], is_told [large enough to be told],
        sentence_id, sentence_en [null for reasons that are not read first]. Rows about reports
        are not there for audiences that may not read them; `are_reasons_whole` tells.
    evidence : one row for each incident and source: village_code, event_id, occurred_on [a day,
        or an ISO 8601 interval], known_on, type, label_id, label_en, is_outcome, source_url [null
        where the source is no open one].
    reports : one row a report: village_code, occurred_on, known_on, label_id, label_en,
        source_grade, information_grade; no text and no source, for nobody. No rows for
        audiences that may not know of reports.
    changes : since the run `compared_with`: village_code, hazard, rank_before, rank_after, by_time,
        by_data, by_model, by_places [places gained], entered, left [the top k], is_beyond [the
        new rank lies outside the earlier interval]; None without an earlier run.
    history : rank over published runs, this one included: hazard, stage, village_code, run_id,
        cutoff, rank, rank_low, rank_high, in order of the cutoff.
    neighbours : the nearest five: village_code, neighbour_code, km [straight line], by distance.
    curve : what past elections say of each number of villages: hazard, k, capture, low, high
        [mean share of incidents within the first k over past cutoffs, 90 % interval],
        baseline_capture [the same by past incidents only]. A hazard that could not be measured
        has no rows.
    cutoffs_tested : past cutoffs behind `curve`.
    by_district : what is known of a kecamatan as a whole, as `areas.known_by_district` returns it.
    findings : of the gates.
    """

    audience: Audience
    facts: RunFacts
    standing: Standing
    ranking: pl.DataFrame
    lacking: tuple[str, ...]
    villages: pl.DataFrame
    reasons: pl.DataFrame
    are_reasons_whole: bool
    evidence: pl.DataFrame
    reports: pl.DataFrame
    changes: pl.DataFrame | None
    compared_with: tuple[str, date] | None
    history: pl.DataFrame
    neighbours: pl.DataFrame
    curve: pl.DataFrame
    cutoffs_tested: int
    by_district: pl.DataFrame
    findings: tuple[Finding, ...]

    def rows_of(self, hazard: str, stage: str) -> pl.DataFrame:
        """Return one list by rank and village code."""
        wanted = (pl.col("hazard") == hazard) & (pl.col("stage") == stage)
        return self.ranking.filter(wanted)
