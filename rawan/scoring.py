"""From features to scores: candidates, backtest, choice by the written rule, ranks with intervals.

Brings the warehouse and `models` together; the statistics themselves are in `models`.
"""

import json
import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl

from models.additive import INTERCEPT, Array, Candidate, Fitted
from models.backtest import (
    Backtest,
    Estimate,
    Skip,
    Table,
    capture_difference,
    evaluate,
    pooled,
    rolling_origin,
)
from models.calibration import Calibration, calibrate
from models.decayed_count import DecayedCount
from models.leakage import too_telling
from models.ranking import draw_scores, rank_with_uncertainty
from models.ridge_logistic import RidgeLogistic
from models.scorecard import Scorecard, draw_index_weights, index_0_100
from rawan.calendar import Election, published_window
from rawan.errors import GateStopped, UsageError, did_you_mean
from rawan.features import own_counts, registry
from rawan.settings import Settings
from rawan.warehouse import Warehouse

BASELINE = DecayedCount.name
OUTCOME_TYPES = (
    "SELECT type FROM reference.incident_types WHERE hazard = 'conflict' AND is_outcome ORDER BY 1"
)
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Choice:
    """The published model, and the evidence for it.

    Attributes
    ----------
    measures : by candidate and metric, means over past cutoffs with 90 % intervals.
    gains : by challenger, how much more than the baseline it captured at k.
    beats_baseline : whether the published model beat the baseline beyond chance.
    calibration : score to probability; None for an index or with too few outcomes.
    """

    candidate: Candidate
    measures: dict[str, dict[str, Estimate]]
    gains: dict[str, Estimate]
    beats_baseline: bool
    calibration: Calibration | None
    cutoffs_tested: int
    cutoffs_skipped: dict[str, Skip]
    k: int

    def as_json(self, types: list[str]) -> dict[str, Any]:
        """Return the evidence in the form that benchmarks print."""
        measures = {
            name: {metric: asdict(estimate) for metric, estimate in metrics.items()}
            for name, metrics in self.measures.items()
        }
        published = measures.get(self.candidate.name, {})
        return {
            "cutoffs": self.cutoffs_tested,
            "skipped": {day: asdict(skip) for day, skip in self.cutoffs_skipped.items()},
            "k": self.k,
            "types": types,
            "model": self.candidate.name,
            "beats_baseline": self.beats_baseline,
            "gains": {name: asdict(estimate) for name, estimate in self.gains.items()},
            "published": published,
            **measures,
        }


def load_table(warehouse: Warehouse, settings: Settings) -> Table:
    """Read the features and outcomes of all cutoffs."""
    frame = warehouse.frame("FROM features.village_cutoff ORDER BY cutoff, village_code")
    frame = frame.rename({"district_code": "block"}).with_columns(
        pl.col("is_election_window").cast(pl.Float64)
    )
    return Table(frame)


def inputs(settings: Settings) -> list[str]:
    """Return the features that any candidate may look at."""
    learned = {name for name, feature in registry().items() if feature.learn}
    return sorted(learned | set(settings.models.scorecard))


def refuse_leaks(table: Table, names: list[str], settings: Settings) -> None:
    """Stop where a feature alone tells past outcomes apart as only the future could.

    Raises
    ------
    GateStopped
        Naming the features.
    """
    over = table.frame.filter(pl.col("window_until") <= settings.calendar.cutoff)
    gates = settings.gates
    suspects = too_telling(over, names, gates.leak_auc, gates.leak_least_outcomes)
    if suspects:
        named = ", ".join(f"{suspect.name} (AUC {suspect.auc:.3f})" for suspect in suspects)
        raise GateStopped(
            f"features.village_cutoff: {named} orders what happened after a cutoff almost without "
            "a mistake, as only a copy of the outcome does. See where its rows come from and when "
            "they became known; a record that is truly that easy needs a higher gates.leak_auc."
        )


def top_k(settings: Settings, villages: int) -> int:
    """Return how many villages can be given more people."""
    # 0.07 of 100 is 7.000000000000001 to a machine, and 7 to a planner.
    k = settings.planning.top_k or math.ceil(round(settings.planning.top_share * villages, 9))
    if k > villages:
        raise UsageError(f"planning.top_k = {k} is more than the {villages} villages there are.")
    return k


def make_candidates(settings: Settings) -> list[Candidate]:
    """Return the candidates of the configuration, the baseline first.

    Raises
    ------
    UsageError
        If the scorecard weighs a feature that does not exist.
    """
    transforms = {name: feature.transform for name, feature in registry().items()}
    for section, weights in (
        ("models.scorecard", settings.models.scorecard),
        ("logistics_index.weights", settings.logistics_index.weights),
    ):
        for name in weights:
            if name not in transforms:
                raise UsageError(
                    f'{section}: "{name}" is not a feature.{did_you_mean(name, transforms)}'
                )
    learned = {name: transforms[name] for name, feature in registry().items() if feature.learn}
    models = settings.models
    made: dict[str, Candidate] = {
        "decayed_count": DecayedCount(),
        "scorecard": Scorecard(models.scorecard, transforms),
        "ridge_logistic": RidgeLogistic(learned, models.penalties, models.recency_half_life_years),
    }
    return sorted((made[name] for name in set(models.candidates)), key=lambda c: c.complexity)


def choose_model(warehouse: Warehouse, settings: Settings, tell: Tell = lambda _: None) -> Choice:
    """Compare the candidates on past cutoffs and choose the one to publish.

    The rule: a challenger is published only if it captured more at k than the decayed
    count beyond chance (the 90 % interval of the paired difference lies above zero); of
    several, the one with the greatest gain. Otherwise the decayed count is published.
    """
    table = load_table(warehouse, settings)
    k = top_k(settings, table.at(settings.calendar.cutoff).height)
    candidates = make_candidates(settings)
    refuse_leaks(table, inputs(settings), settings)
    tested = table.tested(settings.calendar.cutoff)
    backtest = rolling_origin(candidates, table, tested, k, settings.models.min_outcomes, tell)
    return _choose(candidates, backtest, settings)


def _choose(candidates: list[Candidate], backtest: Backtest, settings: Settings) -> Choice:
    seeds = np.random.SeedSequence(settings.uncertainty.seed).spawn(len(candidates) + 1)
    draws = settings.models.comparison_draws
    measures: dict[str, dict[str, Estimate]] = {}
    gains: dict[str, Estimate] = {}
    chosen = candidates[0]
    if backtest.cutoffs:
        measures = evaluate(backtest, draws, np.random.default_rng(seeds[0]))
        for candidate, seed in zip(candidates[1:], seeds[2:], strict=True):
            gains[candidate.name] = capture_difference(
                backtest, candidate.name, BASELINE, draws, np.random.default_rng(seed)
            )
        better = [c for c in candidates[1:] if gains[c.name].low > 0]
        chosen = max(better, key=lambda c: gains[c.name].value, default=chosen)
    calibration = None
    if backtest.cutoffs and chosen.scale != "index":
        score, happened = pooled(backtest.predictions[chosen.name])
        if happened.sum() >= settings.models.min_outcomes:
            calibration = calibrate(score, happened, chosen.scale)
    return Choice(
        candidate=chosen,
        measures=measures,
        gains=gains,
        beats_baseline=chosen.name != BASELINE,
        calibration=calibration,
        cutoffs_tested=len(backtest.cutoffs),
        cutoffs_skipped={str(day): skip for day, skip in backtest.skipped.items()},
        k=backtest.k,
    )


def score(
    warehouse: Warehouse,
    settings: Settings,
    election: Election,
    choice: Choice,
    tell: Tell = lambda _: None,
) -> None:
    """Write `scores.scored` (one row a hazard and village) and `scores.stages`."""
    table = load_table(warehouse, settings)
    now = table.at(settings.calendar.cutoff)
    seeds = np.random.SeedSequence(settings.uncertainty.seed).spawn(2)
    scored = []
    for hazard in dict.fromkeys(entry.hazard for entry in settings.publish):
        tell(f"ranks and intervals: {hazard}")
        if hazard == "conflict":
            random = np.random.default_rng(seeds[0])
            scored.append(_score_conflict(settings, choice, table, now, random))
        else:
            random = np.random.default_rng(seeds[1])
            scored.append(_score_logistics(settings, choice.k, now, random))
    warehouse.replace("scores.scored", pl.concat(scored, how="vertical_relaxed"))
    warehouse.replace("scores.stages", _stages(settings, election))


def _score_conflict(
    settings: Settings,
    choice: Choice,
    table: Table,
    now: pl.DataFrame,
    random: np.random.Generator,
) -> pl.DataFrame:
    training = table.training(settings.calendar.cutoff)
    fitted = choice.candidate.fit(training)
    draws = settings.uncertainty.draws
    scorers = choice.candidate.draw(fitted, training, draws, random)
    # A count has its own room for the unseen in the prior; an index has no scale to put it on.
    is_learned = choice.candidate.scale == "log_odds"
    unseen = settings.uncertainty.unseen_spread if is_learned else 0.0
    evidence = now["clash_decayed_long"].to_numpy()
    drawn = draw_scores(scorers, draws, now, own_counts(), evidence, random, unseen)
    score = fitted.score(now)
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


def _score_logistics(
    settings: Settings, k: int, now: pl.DataFrame, random: np.random.Generator
) -> pl.DataFrame:
    """Score logistics held up: an index of terrain, water, distance and past delays.

    There are too few delays on record to test it, so it claims no probability.
    """
    fitted, _ = index_0_100(now, settings.logistics_index.weights)
    scorers = draw_index_weights(
        fitted,
        settings.logistics_index.weight_concentration,
        settings.uncertainty.draws,
        random,
    )
    drawn = draw_scores(
        scorers,
        settings.uncertainty.draws,
        now,
        frozenset({"logistics_decayed"}),
        now["logistics_decayed"].to_numpy(),
        random,
    )
    # The last bit of a sum may lie above 100; the score keeps it, so that its parts add up.
    index = np.clip(fitted.score(now), 0.0, 100.0)
    return _scored(
        "logistics", "logistics_index", None, now, fitted, drawn, settings, k, index=index
    )


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
    components = [
        json.dumps({name: float(contributions[name][row]) for name in names})
        for row in range(now.height)
    ]
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


def _share_imputed(now: pl.DataFrame, fitted: Fitted) -> Array:
    """Return the share of the score's inputs that were unknown and filled in."""
    flags = [registry()[name].missing for name in fitted.names]
    missing = [
        np.zeros(now.height) if flag is None else now[flag].to_numpy().astype(np.float64)
        for flag in flags
    ]
    return np.asarray(np.mean(missing, axis=0))


def _uses(fitted: Fitted) -> list[str]:
    """Return the kinds of rows that go into a score: type groups of incidents, and reports."""
    counts = {registry()[name].counts for name in fitted.names}
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
