"""The reasons of every village in numbers: what each adds to its score, beside the average village.

Features that tell of one thing (a type of incident at several half-lives, the neighbours at two
distances) are one reason; their contributions are summed, so that the reasons still add up to
the score. Ranks set villages against each other, so a reason weighs by its contribution less
the region's mean of it. The words are in `sentences.py`.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from models.additive import INTERCEPT, Array, Scale
from rawan.features import find
from rawan.publishing.reasons.words import Contract, Reason, contract

# A part that makes up less of how villages differ is no reason, but a tie-break.
LEAST_SHARE = 0.01
_LEAST = 1e-9
_SUM_TOLERANCE = 1e-9

_LOOKED_AT = (
    "hazard",
    "village_code",
    "rank",
    "top_k",
    "score",
    "components",
    "model",
    "reports_used",
)

Indices = NDArray[np.int64]


def reason_numbers(
    ranking: pl.DataFrame,
    features_now: pl.DataFrame | None,
    evidence: pl.DataFrame,
    scales: Mapping[str, Scale],
    words: Contract | None = None,
) -> pl.DataFrame:
    """Return every reason of every village in numbers.

    Parameters
    ----------
    ranking : all rows of a published list: hazard, village_code, rank, top_k, score, components,
        model, reports_used. Stages that share a score share their reasons.
    features_now : features.village_cutoff at the published cutoff, or None where it is not at
        hand: then no values are told.
    evidence : rows of marts.evidence.
    scales : what a score of each model is; a model that is not named is told in points.
    words : templates and groups; those that ship, if left out.

    Returns
    -------
    One row a hazard, village and reason, in the order of weight: village_code, hazard,
    position [1 = differs most from the average village; the intercept last], group,
    contribution, relative [contribution less its mean over the villages], scale, is_in_top_k,
    member [feature that weighs most], value and typical [of that feature, here and in the median
    village], is_filled [the value was unknown], is_family [the reason has several features],
    incidents, usual_incidents [mean over the villages], newest_from, newest, reports,
    is_told [differs enough to be a reason].

    Raises
    ------
    ValueError
        If components do not add up to the score, or two stages of a hazard have other scores.
    """
    villages = _one_a_village(ranking)
    return pl.concat(
        _of_hazard(rows, features_now, evidence, scales, words or contract())
        for _, rows in villages.group_by("hazard", maintain_order=True)
    )


def by_group(table: pl.DataFrame) -> dict[str, Array]:
    """Return the contributions of one hazard by group, units in the table's order."""
    groups = table["group"].unique(maintain_order=True).to_list()
    return {
        group: table.filter(pl.col("group") == group)["contribution"].to_numpy() for group in groups
    }


@dataclass(frozen=True)
class _Parts:
    """The contributions of n villages to one hazard's score, by feature."""

    names: list[str]
    matrix: Array


def _of_hazard(
    villages: pl.DataFrame,
    features_now: pl.DataFrame | None,
    evidence: pl.DataFrame,
    scales: Mapping[str, Scale],
    words: Contract,
) -> pl.DataFrame:
    parts = _parts(villages)
    villages = villages.drop("components")
    groups = _gathered(parts.names, words)
    codes = villages.select("village_code")
    values = (
        None
        if features_now is None
        else codes.join(features_now, on="village_code", how="left", maintain_order="left")
    )
    frames: list[pl.DataFrame] = []
    relatives: list[Array] = []
    for name, (reason, members) in groups.items():
        columns = parts.matrix[:, [parts.names.index(member) for member in members]]
        contribution = columns.sum(axis=1)
        relative = contribution - contribution.mean()
        relatives.append(np.full(len(relative), -1.0) if name == INTERCEPT else np.abs(relative))
        frames.append(
            villages.select(
                pl.int_range(pl.len()).alias("unit"),
                "village_code",
                "hazard",
                pl.lit(name).alias("group"),
                pl.Series("contribution", contribution),
                pl.Series("relative", relative),
                pl.col("model").replace_strict(scales, default="score").alias("scale"),
                (pl.col("rank") <= pl.col("top_k")).alias("is_in_top_k"),
            ).with_columns(
                *_values(values, reason, members, columns),
                *_evidence(codes, evidence, villages, reason),
            )
        )
    weights = np.column_stack(relatives)
    place = np.argsort(np.argsort(-weights, axis=1, kind="stable"), axis=1) + 1
    differs = np.where(weights > 0, weights, 0.0)
    together = differs.sum(axis=1, keepdims=True)
    # Measured by what villages differ in: one that is average in all has no reasons.
    least = np.maximum(LEAST_SHARE * np.maximum(together, together.mean()), _LEAST)
    is_told = differs > least
    return (
        pl.concat(frames)
        .with_columns(
            pl.Series("position", place.T.ravel()).cast(pl.Int64),
            pl.Series("is_told", is_told.T.ravel()),
        )
        .sort("unit", "position")
        .select(
            "village_code",
            "hazard",
            "position",
            "group",
            "contribution",
            "relative",
            pl.exclude(
                "unit", "village_code", "hazard", "position", "group", "contribution", "relative"
            ),
        )
    )


def _one_a_village(ranking: pl.DataFrame) -> pl.DataFrame:
    """Return one row a hazard and village, of lists whose stages share their score."""
    keys = ["hazard", "village_code"]
    villages = ranking.select(_LOOKED_AT).unique(keys, keep="first", maintain_order=True)
    # By their hashes: the texts of many villages, once more, are half a gibibyte.
    told = ranking.select(*keys, pl.col("components").hash()).unique()
    several = told.filter(told.select(keys).is_duplicated())
    if not several.is_empty():
        hazard = several["hazard"][0]
        raise ValueError(f"{hazard}: stages have scores of their own, and so reasons of their own")
    return villages


def _parts(villages: pl.DataFrame) -> _Parts:
    names: dict[str, int] = {}
    columns: list[Array] = []
    # Village by village: all of them at once, as dictionaries, would be many times the matrix.
    for row, parts in enumerate(villages["components"]):
        for name, value in json.loads(parts).items():
            if name not in names:
                names[name] = len(columns)
                columns.append(np.zeros(villages.height))
            columns[names[name]][row] = value
    if not columns:
        names[INTERCEPT] = 0
        columns.append(np.zeros(villages.height))
    matrix = np.column_stack(columns)
    score = villages["score"].to_numpy()
    if not (
        np.abs(matrix.sum(axis=1) - score) <= _SUM_TOLERANCE * np.maximum(1, np.abs(score))
    ).all():
        raise ValueError(f"{villages['hazard'][0]}: components do not add up to the score")
    return _Parts(list(names), matrix)


def _gathered(names: Sequence[str], words: Contract) -> dict[str, tuple[Reason, list[str]]]:
    """Return the features of each reason, in the order in which the score has them."""
    found: dict[str, tuple[Reason, list[str]]] = {}
    for name in names:
        reason = words.of_feature(name)
        found.setdefault(reason.name, (reason, []))[1].append(name)
    return found


def _values(
    values: pl.DataFrame | None, reason: Reason, members: list[str], columns: Array
) -> list[pl.Series]:
    """Return, for each village, the member that weighs most and its value here and usually."""
    n = len(columns)
    empty = np.full(n, np.nan)
    known = [] if values is None else [name for name in members if name in values.columns]
    member = pl.Series("member", [None] * n, dtype=pl.String)
    value, typical, is_filled = empty, empty, np.zeros(n, dtype=bool)
    if values is not None and known:
        matrix = np.column_stack([_numbers(values[name]) for name in known])
        if reason.group.adds:
            value = np.nansum(matrix, axis=1)
            typical = np.full(n, np.median(value))
        else:
            kept = [members.index(name) for name in known]
            chosen = _heaviest(columns[:, kept])
            value = matrix[np.arange(n), chosen]
            typical = np.array([_median(column) for column in matrix.T])[chosen]
            is_filled = np.column_stack([_filled(values, name) for name in known])[
                np.arange(n), chosen
            ]
            member = pl.Series("member", np.array(known)[chosen].tolist(), dtype=pl.String)
    return [
        member,
        pl.Series("value", value).fill_nan(None),
        pl.Series("typical", typical).fill_nan(None),
        pl.Series("is_filled", is_filled),
        pl.Series("is_family", np.full(n, len(members) > 1 and not reason.group.adds)),
    ]


def _heaviest(columns: Array) -> Indices:
    return np.asarray(np.argmax(np.abs(columns - columns.mean(axis=0)), axis=1), dtype=np.int64)


def _numbers(column: pl.Series) -> Array:
    return column.cast(pl.Float64).fill_null(float("nan")).to_numpy()


def _median(values: Array) -> float:
    known = values[~np.isnan(values)]
    return float(np.median(known)) if len(known) else float("nan")


def _filled(values: pl.DataFrame, name: str) -> NDArray[np.bool_]:
    """Return for which villages a feature was unknown and filled in."""
    feature = find(name)
    flag = None if feature is None else feature.missing
    if flag is None or flag not in values.columns:
        return np.zeros(values.height, dtype=bool)
    return np.asarray(values[flag].cast(pl.Boolean).fill_null(False).to_numpy(), dtype=bool)


def _evidence(
    codes: pl.DataFrame, evidence: pl.DataFrame, villages: pl.DataFrame, reason: Reason
) -> list[pl.Series]:
    """Return incidents on record with the day of the newest, or reports used, of each village."""
    n, kind = codes.height, reason.evidence
    if kind is None or kind == "reports":
        reports = villages["reports_used"] if kind == "reports" else None
        nothing: list[Any] = [None] * n
        return [
            pl.Series("incidents", nothing, dtype=pl.Int64),
            pl.Series("usual_incidents", nothing, dtype=pl.Float64),
            pl.Series("newest_from", nothing, dtype=pl.Date),
            pl.Series("newest", nothing, dtype=pl.Date),
            pl.Series("reports", nothing if reports is None else reports, dtype=pl.Int64),
        ]
    newest = pl.col("occurred_on") == pl.col("occurred_on").max()
    found = (
        evidence.filter((pl.col("type_group") == kind) | (kind == "any"))
        .group_by("village_code")
        .agg(
            pl.col("event_key").n_unique().cast(pl.Int64).alias("incidents"),
            pl.col("occurred_from").filter(newest).max().alias("newest_from"),
            pl.col("occurred_on").max().alias("newest"),
        )
    )
    here = codes.join(found, on="village_code", how="left", maintain_order="left")
    incidents = here["incidents"].fill_null(0)
    return [
        incidents,
        pl.Series("usual_incidents", np.full(n, incidents.to_numpy().mean())),
        here["newest_from"].cast(pl.Date),
        here["newest"].cast(pl.Date),
        pl.Series("reports", [None] * n, dtype=pl.Int64),
    ]
