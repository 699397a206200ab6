"""The change since the last list as a table of a run, and in words.

The parts are reckoned in `models/change.py`; this says what they are called.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from models.additive import Array
from models.change import PARTS, Change
from rawan.publishing.texts import date_text, text
from rawan.settings import Language


def change_table(change: Change, hazard: str, run_before: str, cutoff_before: date) -> pl.DataFrame:
    """Return the change of one hazard's list as rows of a run's `changes.parquet`.

    Returns
    -------
    One row a village of either list: village_code, hazard, rank_before and rank_after [null where
    it was not in that list], by_time, by_data, by_model, by_places [places gained; null where
    it is in one list only], score_by_time, score_by_data [on the old model's scale],
    run_before, cutoff_before.
    """
    steps = {f"by_{part}": _whole(change.steps[part]) for part in PARTS}
    scores = {
        f"score_by_{part}": pl.Series(values).fill_nan(None)
        for part, values in change.score_steps.items()
    }
    return pl.DataFrame(
        {
            "village_code": list(change.codes),
            "hazard": [hazard] * len(change.codes),
            "rank_before": _whole(change.rank_before),
            "rank_after": _whole(change.rank_after),
            **steps,
            **scores,
            "run_before": [run_before] * len(change.codes),
            "cutoff_before": pl.Series([cutoff_before] * len(change.codes), dtype=pl.Date),
        }
    )


def change_line(row: Mapping[str, Any], new_incidents: int, lang: Language) -> str:
    """Return the change of one village in words.

    Parameters
    ----------
    row : of `changes.parquet`.
    new_incidents : incidents of the kinds that its score counts, in the village itself, that
        were not known for the last list.
    """
    day = date_text(row["cutoff_before"], lang)
    if row["rank_before"] is None:
        return text("explain.change.appeared", lang).format(date=day)
    if row["rank_after"] is None:
        return text("explain.change.disappeared", lang).format(date=day, rank=row["rank_before"])
    total = row["rank_before"] - row["rank_after"]
    way = "up" if total > 0 else "down" if total < 0 else "same"
    line = text(f"explain.change.{way}", lang).format(steps=abs(total), date=day)
    parts = [(row.get(f"by_{part}") or 0, _cause(part, row, new_incidents)) for part in PARTS]
    told = [
        text(f"explain.change.{cause}", lang).format(steps=f"{steps:+d}", number=new_incidents)
        for steps, cause in sorted(parts, key=lambda part: -abs(part[0]))
        if steps
    ]
    return f"{line}: {', '.join(told)}" if told else line


def region_line(change: Change, cutoff_before: date, lang: Language) -> str:
    """Return how many villages moved mainly by what."""
    counts = change.moved_mainly_by()
    moved = sum(counts[name] for name in (*PARTS, "several"))
    day = date_text(cutoff_before, lang)
    return text("explain.change.region", lang).format(date=day, moved=moved, **counts)


def new_incidents(incidents: pl.DataFrame, cutoff_before: date, type_groups: set[str]) -> int:
    """Return how many incidents of some type groups were not known at an earlier cutoff.

    Parameters
    ----------
    incidents : rows of a run's `evidence.parquet`, of one village.
    """
    first_told = (
        incidents.filter(pl.col("type_group").is_in(type_groups))
        .group_by("event_key")
        .agg(pl.col("known_on").min(), pl.col("occurred_on").min())
    )
    was_known = (pl.col("known_on") <= cutoff_before) & (pl.col("occurred_on") < cutoff_before)
    return first_told.filter(~was_known).height


def _cause(part: str, row: Mapping[str, Any], new: int) -> str:
    if part == "data" and new and (row["by_data"] or 0) > 0:
        return "by_incident" if new == 1 else "by_incidents"
    return f"by_{part}"


def _whole(values: Array) -> pl.Series:
    return pl.Series(np.asarray(values)).fill_nan(None).cast(pl.Int64)
