"""The curve, the stability and the comparison of a plan for more people, as frames.

Owns the form of the three tables for workbook and page.
"""

from collections.abc import Mapping

import numpy as np
import polars as pl

from models.additive import Array
from models.extra import Curve, ExtraPlan, Figure
from models.extra_beside import Beside
from rawan.publishing.texts import text
from rawan.settings import Language

_TEN = 10.0
_COMPARISON = {
    "way": pl.String,
    "name": pl.String,
    **dict.fromkeys(("faced", "faced_low", "faced_high"), pl.Float64),
    **dict.fromkeys(("plan_gains", "plan_gains_low", "plan_gains_high"), pl.Float64),
    "plan_is_better": pl.Float64,
}


def curve_frame(curve: Curve) -> pl.DataFrame:
    """Return what so many officers face, and what the next ten buy; empty where the curve ends.

    Between whole teams the curve is a straight line.
    """
    officers = curve.officers.astype(np.float64)
    then = officers + _TEN
    bought = np.interp(then, officers, curve.faced) - curve.faced
    return pl.DataFrame(
        {
            "officers": curve.officers,
            "faced": curve.faced,
            "low": curve.low,
            "high": curve.high,
            "next_ten": pl.Series(bought).set(pl.Series(then > officers[-1]), None),
            "without_rules": curve.free,
        }
    )


def stability_frame(plan: ExtraPlan, draws: Array, villages: pl.DataFrame) -> pl.DataFrame:
    """Return the villages chosen, in the plan or in any draw, the surest first.

    `chosen` is the share of draws in which the village would get a team if that draw were true.
    """
    low, high = np.quantile(draws, [0.05, 0.95], axis=0)
    return (
        villages.select("village_code", "village", "polsek")
        .with_columns(
            teams=pl.Series(plan.teams),
            chosen=pl.Series(plan.chosen),
            expected=pl.Series(draws.mean(axis=0)),
            low=pl.Series(low),
            high=pl.Series(high),
            rule=pl.Series(list(plan.reason), dtype=pl.String).replace("", None),
        )
        .filter((pl.col("teams") > 0) | (pl.col("chosen") > 0))
        .sort(["chosen", "village_code"], descending=[True, False])
    )


def comparison_frame(plan: ExtraPlan, beside: Mapping[str, Beside], lang: Language) -> pl.DataFrame:
    """Return the plan and the other ways to place the same teams, under the same draws."""
    rows: list[tuple[str, Figure, Figure | None, float | None]] = [("plan", plan.faced, None, None)]
    rows += [
        (way, found.faced, found.plan_gains, found.plan_is_better) for way, found in beside.items()
    ]
    return pl.DataFrame(
        [
            (
                way,
                text(f"plan_extra.beside.{way}", lang),
                *_three(faced),
                *_three(gains),
                better,
            )
            for way, faced, gains, better in rows
        ],
        schema=_COMPARISON,
        orient="row",
    )


def _three(figure: Figure | None) -> tuple[float | None, float | None, float | None]:
    return (None, None, None) if figure is None else (figure.mean, figure.low, figure.high)
