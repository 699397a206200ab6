"""From features to scores: the chosen model's scores, ranks with intervals, and the stages.

Brings the warehouse and `models` together; the statistics themselves are in `models`, the choice
of the model is in `choosing.py`.
"""

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl

from models.additive import INTERCEPT, AdditiveScore, Array, Fitted, TrainingSet
from models.backtest import Table
from models.calibration import Calibration
from models.effort import like_neighbours
from models.ranking import draw_indices, draw_scores, rank_with_uncertainty, village_spread
from models.risk_draws import draw_log_odds, expected_incidents
from models.scorecard import draw_index_weights, index_0_100
from rawan.calendar import Election, published_window
from rawan.choosing import Choice, Tell, learn_curve, load_table
from rawan.effort import neighbourhood
from rawan.features import declared
from rawan.settings import Settings
from rawan.warehouse import Warehouse

LOGISTICS = "logistics_index"
# What draws of expected incidents may cost to keep.
_LEAST_DRAWS, _MOST_VALUES = 50, 2_000_000


@dataclass(frozen=True)
class Scores:
    """The published scores as they were learned.

    Attributes
    ----------
    table : features and outcomes at all cutoffs.
    fitted : by hazard.
    expected : (draws, n) expected incidents of each village, or shares of them where nothing is
        calibrated, that data and model would allow; for plans that are made under uncertainty.
        Villages in the order of the table. Empty without a list of conflict.
    """

    table: Table
    fitted: dict[str, Fitted]
    expected: Array


def score(
    warehouse: Warehouse,
    settings: Settings,
    election: Election,
    choice: Choice,
    tell: Tell = lambda _: None,
) -> Scores:
    """Write `scores.scored` (one row a hazard and village) and `scores.stages`."""
    table = choice.table or load_table(warehouse, settings)
    now = table.at(settings.calendar.cutoff)
    seeds = np.random.SeedSequence(settings.uncertainty.seed).spawn(3)
    expected = np.empty((0, now.height))
    scored: list[pl.DataFrame] = []
    fitted: dict[str, Fitted] = {}
    for hazard in dict.fromkeys(entry.hazard for entry in settings.publish):
        tell(f"ranks and intervals: {hazard}")
        if hazard == "conflict":
            training = table.training(settings.calendar.cutoff)
            fitted[hazard] = choice.candidate.fit(training)
            random = np.random.default_rng(seeds[0])
            rows = _score_conflict(settings, choice, fitted[hazard], training, now, random)
            random = np.random.default_rng(seeds[2])
            expected = _expected(settings, choice, fitted[hazard], training, now, rows, random)
            like = _like_neighbours(warehouse, now, rows["score"].to_numpy(), choice)
        else:
            index, _ = index_0_100(now, settings.logistics_index.weights)
            fitted[hazard] = index
            random = np.random.default_rng(seeds[1])
            rows = _score_logistics(settings, choice.k, index, now, random)
            # An index of terrain needs no source to have reached the place.
            like = [None] * now.height
        scored.append(rows.with_columns(pl.Series("rank_if_like_neighbours", like, dtype=pl.Int64)))
    warehouse.replace("scores.scored", pl.concat(scored, how="vertical_relaxed"))
    warehouse.replace("scores.stages", _stages(settings, election))
    return Scores(table, fitted, expected)


def _like_neighbours(
    warehouse: Warehouse, now: pl.DataFrame, score: Array, choice: Choice
) -> list[int | None]:
    """Return the rank each blind spot would have if it scored as its neighbours do.

    That is the mean score, on its logarithmic scale, of the twenty nearest villages that are
    none; with it the village is ranked among all others as they are.
    """
    is_blind = now["is_blind_spot"].to_numpy()
    is_count = choice.candidate.scale == "count"
    scaled = np.log(score + max(float(score.mean()), 1e-3)) if is_count else score
    like = like_neighbours(scaled, is_blind, neighbourhood(warehouse))
    ordered = np.sort(scaled)
    above = len(scaled) - np.searchsorted(ordered, like, side="right")
    rank = above - (scaled > like) + 1
    return [int(r) if blind else None for r, blind in zip(rank, is_blind, strict=True)]


def _score_conflict(
    settings: Settings,
    choice: Choice,
    fitted: Fitted,
    training: TrainingSet,
    now: pl.DataFrame,
    random: np.random.Generator,
) -> pl.DataFrame:
    candidate, uncertainty = choice.candidate, settings.uncertainty
    score = fitted.score(now)
    scorers = candidate.draw(fitted, training, uncertainty.draws, random)
    drawn = draw_scores(
        scorers, uncertainty.draws, now, _spread(settings, now), _curve(settings, choice), random
    )
    index = risk = None
    if choice.calibration is not None:
        risk = choice.calibration.probability(score)
    else:
        # No probability can be had, so the score is shown as an index of its own range.
        index = 100 * ((score - score.min()) / (float(np.ptp(score)) or 1.0))
    return _scored(
        "conflict",
        choice.candidate.name,
        choice.beats_baseline if choice.cutoffs_tested else None,
        now,
        fitted,
        drawn,
        settings,
        choice.k,
        risk=risk,
        index=index,
    )


def _expected(
    settings: Settings,
    choice: Choice,
    fitted: Fitted,
    training: TrainingSet,
    now: pl.DataFrame,
    rows: pl.DataFrame,
    random: np.random.Generator,
) -> Array:
    """Return (draws, n) expected incidents; fewer draws where there are very many villages."""
    draws = min(settings.uncertainty.draws, max(_LEAST_DRAWS, _MOST_VALUES // now.height))
    scorers = choice.candidate.draw(fitted, training, draws, random)
    drawn = draw_log_odds(
        scorers, draws, now, _spread(settings, now), _curve(settings, choice), random
    )
    total = None if choice.calibration is None else float(rows["risk"].sum())
    return expected_incidents(drawn, total)


def _spread(settings: Settings, now: pl.DataFrame) -> Array:
    uncertainty = settings.uncertainty
    return village_spread(
        now["clash_decayed_long"].to_numpy(),
        now["coverage"].to_numpy(),
        uncertainty.base_spread,
        uncertainty.unseen_variance,
        uncertainty.heard_precision,
    )


def _curve(settings: Settings, choice: Choice) -> Calibration:
    """Return how a score becomes log-odds.

    Where the past cannot teach it a score counts for what it says; half an incident stands for
    what a place without any may still have.
    """
    candidate = choice.candidate
    past = choice.backtest.predictions.get(candidate.name, [])
    learned = learn_curve(candidate.scale, past, settings)
    return learned or Calibration(candidate.scale, 0.5, 1.0, 0.0)


def _score_logistics(
    settings: Settings,
    k: int,
    fitted: AdditiveScore,
    now: pl.DataFrame,
    random: np.random.Generator,
) -> pl.DataFrame:
    """Score logistics held up: an index of terrain, water, distance and past delays.

    There are too few delays on record to test it, so it claims no probability.
    """
    scorers = draw_index_weights(
        fitted,
        settings.logistics_index.weight_concentration,
        settings.uncertainty.draws,
        random,
    )
    drawn = draw_indices(
        scorers, settings.uncertainty.draws, now, frozenset({"logistics_decayed"}), random
    )
    # The last bit of a sum may lie above 100; the score keeps it, so that its parts add up.
    index = np.clip(fitted.score(now), 0.0, 100.0)
    return _scored("logistics", LOGISTICS, None, now, fitted, drawn, settings, k, index=index)


def _scored(
    hazard: str,
    model: str,
    beats_baseline: bool | None,
    now: pl.DataFrame,
    fitted: Fitted,
    drawn: Array,
    settings: Settings,
    k: int,
    *,
    risk: Array | None = None,
    index: Array | None = None,
) -> pl.DataFrame:
    contributions = fitted.contributions(now)
    score = fitted.score(now)
    if not np.isfinite(score).all():
        raise ValueError(f"{hazard}: a score is not finite")
    ranking = rank_with_uncertainty(score, drawn, k, settings.uncertainty.interval)
    names = [name for name in contributions if name != INTERCEPT or contributions[name].any()]
    components = _as_json({name: contributions[name] for name in names})
    empty = pl.Series([None] * now.height, dtype=pl.Float64)
    return pl.DataFrame(
        {
            "hazard": hazard,
            "village_code": now["village_code"],
            "score": score,
            "risk": empty if risk is None else risk,
            "index": empty if index is None else index,
            "rank": ranking.rank,
            "rank_low": ranking.rank_low,
            "rank_high": ranking.rank_high,
            "tied_with": ranking.tied_with,
            "tied_at_k": ranking.tied_at_k,
            "top_k": k,
            "top_k_probability": ranking.top_k_probability,
            "share_imputed": _share_imputed(now, fitted),
            "uses": [_uses(fitted)] * now.height,
            "components": components,
            "model": model,
            "model_beats_baseline": pl.Series([beats_baseline] * now.height, dtype=pl.Boolean),
        }
    )


def _as_json(parts: dict[str, Array]) -> list[str]:
    """Return one object a unit, as `json.dumps` writes it; the numbers are finite."""
    named = ", ".join(f"{json.dumps(name).replace('%', '%%')}: %r" for name in parts)
    template = "{" + named + "}"
    return [template % values for values in zip(*(v.tolist() for v in parts.values()), strict=True)]


def _share_imputed(now: pl.DataFrame, fitted: Fitted) -> Array:
    """Return the share of the score's inputs that were unknown and filled in."""
    flags = [declared(name).missing for name in fitted.names]
    missing = [
        np.zeros(now.height) if flag is None else now[flag].to_numpy().astype(np.float64)
        for flag in flags
    ]
    return np.asarray(np.mean(missing, axis=0))


def _uses(fitted: Fitted) -> list[str]:
    """Return the kinds of rows that go into a score: type groups of incidents, and reports."""
    counts = {declared(name).counts for name in fitted.names}
    return sorted(kind for kind in counts if kind is not None)


def _stages(settings: Settings, election: Election) -> pl.DataFrame:
    """Return the published stages.

    Conflict has the window's score at every stage: the record holds too few incidents
    within the days of past stages to tell stages apart. The index of logistics belongs
    to its stage's own days.
    """
    window = published_window(settings.calendar)
    rows: list[dict[str, Any]] = []
    for entry in settings.publish:
        for name in entry.stages:
            stage = election.stages[name]
            until = window.until if entry.hazard == "conflict" else stage.end + timedelta(days=1)
            is_window = entry.hazard == "conflict"
            rows.append(
                {
                    "position": len(rows),
                    "hazard": entry.hazard,
                    "stage": name,
                    "horizon_days": (until - window.day).days,
                    "score_basis": "window" if is_window else "stage",
                }
            )
    return pl.DataFrame(rows)
