"""The choice of the model: candidates compared on past cutoffs, and one of them by the rule.

Brings the warehouse and `models` together; the rule is `models.choice`, the measures and their
intervals are `models.evidence`.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from models.additive import Candidate, Scale
from models.backtest import Backtest, Prediction, Table, pooled, rolling_origin
from models.calibration import Calibration, calibrate
from models.choice import Decision, Rule, Turn, choose, in_turn
from models.evidence import (
    Estimate,
    NotApplicable,
    Part,
    draw_past,
    evaluate,
    evaluate_probabilities,
    tie_range,
)
from models.leakage import too_telling
from rawan.candidates import BASELINE, make_candidates
from rawan.effort import with_effort
from rawan.errors import GateStopped, UsageError
from rawan.features import learned
from rawan.settings import Settings
from rawan.warehouse import Warehouse

OUTCOME_TYPES = (
    "SELECT type FROM reference.incident_types WHERE hazard = 'conflict' AND is_outcome ORDER BY 1"
)
Figures = dict[str, Estimate | NotApplicable]
Tell = Callable[[str], None]
_PARTS: dict[Part, tuple[str, ...]] = {
    "all": ("capture", "ceiling", "pei", "pai", "precision", "auc", "ap", "onset_auc"),
    "history": ("capture", "precision", "auc", "ap"),
    "onset": ("capture", "precision", "auc", "ap"),
}


@dataclass(frozen=True)
class Choice:
    """The published model, and the evidence for it.

    Attributes
    ----------
    candidate : what is published.
    decision : how the rule came to it; None where no past cutoff could be tested.
    backtest : what every candidate said at past cutoffs, and what followed.
    measures : by part of the places, candidate and measure: means over past cutoffs with 90 %
        intervals.
    probabilities : by candidate and measure, how far its probabilities can be believed.
    ties : by candidate, the capture if all ties fell worst, and if they fell best.
    turns : what the rule would have published at each past cutoff, and what that cost.
    calibration : score to probability; None for an index or with too few outcomes.
    k : units that can be attended, of all.
    compared : units that the candidates were compared on; a sample where there are many.
    table : the features and outcomes of all units, handed on to be scored; None: read them again.
    """

    candidate: Candidate
    decision: Decision | None
    backtest: Backtest
    measures: dict[Part, dict[str, Figures]]
    probabilities: dict[str, Figures]
    ties: dict[str, tuple[float, float]]
    turns: list[Turn]
    calibration: Calibration | None
    k: int
    compared: int
    table: Table | None = None

    @property
    def cutoffs_tested(self) -> int:
        """How many past cutoffs could be tested."""
        return len(self.backtest.cutoffs)

    @property
    def beats_baseline(self) -> bool:
        """Whether the published model beat the baseline beyond chance."""
        return self.candidate.name != BASELINE

    @property
    def mean_regret(self) -> float | None:
        """Capture missed on average for not knowing which candidate would do best."""
        return float(np.mean([turn.regret for turn in self.turns])) if self.turns else None

    def as_json(self, types: list[str]) -> dict[str, Any]:
        """Return the evidence in the form that benchmarks print."""
        whole = {name: _told(figures) for name, figures in self.measures.get("all", {}).items()}
        return {
            "cutoffs": self.cutoffs_tested,
            "skipped": {str(day): asdict(skip) for day, skip in self.backtest.skipped.items()},
            "left_out": {
                name: {**asdict(why), "cutoff": str(why.cutoff)}
                for name, why in self.backtest.left_out.items()
            },
            "k": self.k,
            "compared": {"units": self.compared, "k": self.backtest.k},
            "types": types,
            "model": self.candidate.name,
            "beats_baseline": self.beats_baseline,
            "choice": None if self.decision is None else _decided(self.decision),
            "regret": {
                "mean": self.mean_regret,
                "turns": [
                    {**asdict(turn), "cutoff": str(turn.cutoff), "regret": turn.regret}
                    for turn in self.turns
                ],
            },
            "parts": {
                part: {name: _told(figures) for name, figures in found.items()}
                for part, found in self.measures.items()
                if part != "all"
            },
            "probabilities": {n: _told(figures) for n, figures in self.probabilities.items()},
            "ties": {n: {"worst": w, "best": b} for n, (w, b) in self.ties.items()},
            "published": whole.get(self.candidate.name, {}),
            **whole,
        }


def load_table(warehouse: Warehouse, settings: Settings) -> Table:
    """Read the features and outcomes of all cutoffs, with what the effort model makes of them."""
    frame = warehouse.frame("FROM features.village_cutoff ORDER BY cutoff, village_code")
    frame = frame.with_columns(pl.col("is_election_window").cast(pl.Float64))
    return Table(with_effort(warehouse, frame))


def inputs(settings: Settings, columns: Sequence[str]) -> list[str]:
    """Return the features that any candidate may look at."""
    return sorted(learned(columns) | dict.fromkeys(settings.models.scorecard))


def refuse_leaks(table: Table, names: list[str], settings: Settings) -> None:
    """Stop where a feature alone tells past outcomes apart as only the future could.

    Raises
    ------
    GateStopped
        Naming the features.
    """
    over, gates = table.over(settings.calendar.cutoff), settings.gates
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
    share = settings.planning.top_share * villages
    # Half rounds up; 0.145 of 100 is 14.499999999999998 to a machine, and 14.5 to a planner.
    k = settings.planning.top_k or max(1, math.floor(round(share, 9) + 0.5))
    if k > villages:
        raise UsageError(f"planning.top_k = {k} is more than the {villages} villages there are.")
    return k


def choose_model(warehouse: Warehouse, settings: Settings, tell: Tell = lambda _: None) -> Choice:
    """Compare the candidates on past cutoffs and choose the one to publish by the rule."""
    whole = table = load_table(warehouse, settings)
    units = table.at(settings.calendar.cutoff).height
    k = top_k(settings, units)
    candidates = make_candidates(settings, table.frame.columns)
    refuse_leaks(table, inputs(settings, table.frame.columns), settings)
    table = sample(table, settings)
    compared = table.at(settings.calendar.cutoff).height
    if compared < units:
        tell(f"the candidates are compared on {compared} of {units} units")
    backtest = rolling_origin(
        candidates,
        table,
        table.tested(),
        max(1, round(k * compared / units)),
        settings.models.min_outcomes,
        tell,
    )
    tell("what the past cutoffs prove")
    return replace(judge(candidates, backtest, settings, k, compared), table=whole)


def sample(table: Table, settings: Settings) -> Table:
    """Return the rows that the candidates are compared on: whole blocks where there are many."""
    seed = np.random.SeedSequence(settings.uncertainty.seed).spawn(3)[2]
    return table.sampled(settings.models.tournament_villages, np.random.default_rng(seed))


def judge(
    candidates: Sequence[Candidate], backtest: Backtest, settings: Settings, k: int, compared: int
) -> Choice:
    """Measure what each candidate said at past cutoffs, and choose by the rule.

    `k` of all units can be attended; `compared` units are in the backtest.
    """
    by_name = {candidate.name: candidate for candidate in candidates}
    if not backtest.cutoffs:
        return Choice(by_name[BASELINE], None, backtest, {}, {}, {}, [], None, k, compared)
    rule, draws, among = _rule(settings), settings.models.comparison_draws, backtest.k
    seed = np.random.SeedSequence(settings.uncertainty.seed).spawn(2)[0]
    past = backtest.predictions
    drawn = draw_past(past[BASELINE], draws, np.random.default_rng(seed))
    complexity = {name: candidate.complexity for name, candidate in by_name.items()}
    decision = choose(past, complexity, among, rule, drawn)
    chosen = by_name[decision.published]
    return Choice(
        candidate=chosen,
        decision=decision,
        backtest=backtest,
        measures={
            part: {n: evaluate(found, among, drawn, names, part) for n, found in past.items()}
            for part, names in _PARTS.items()
        },
        probabilities={name: evaluate_probabilities(found, drawn) for name, found in past.items()},
        ties={name: tie_range(found, among, "capture") for name, found in past.items()},
        turns=in_turn(past, complexity, among, rule, drawn),
        calibration=None
        if chosen.scale == "index"
        else learn_curve(chosen.scale, past[chosen.name], settings),
        k=k,
        compared=compared,
    )


def _rule(settings: Settings) -> Rule:
    rule = settings.choice
    return Rule(
        baseline=BASELINE,
        champion=rule.champion,
        within_standard_errors=rule.within_standard_errors,
        onset_tolerance=rule.onset_tolerance,
        better_in=tuple(rule.better_in),
        not_worse_in=tuple(rule.not_worse_in),
        least_cutoffs=rule.least_cutoffs,
        shadow_cutoffs=rule.shadow_cutoffs,
    )


def learn_curve(
    scale: Scale, predictions: Sequence[Prediction], settings: Settings
) -> Calibration | None:
    """Return the curve from score to log-odds, if past cutoffs have outcomes enough to teach it."""
    if not predictions:
        return None
    score, happened = pooled(predictions)
    if happened.sum() < settings.models.min_outcomes or happened.all():
        return None
    return calibrate(score, happened, scale)


def _told(figures: Mapping[str, Estimate | NotApplicable]) -> dict[str, Any]:
    return {
        name: {"not_applicable": figure.why}
        if isinstance(figure, NotApplicable)
        else asdict(figure)
        for name, figure in figures.items()
    }


def _decided(decision: Decision) -> dict[str, Any]:
    shadow = decision.shadow
    return {
        "published": decision.published,
        "leader": decision.leader,
        "why": decision.why,
        "contenders": list(decision.contenders),
        "differences": {name: _told(found) for name, found in decision.differences.items()},
        "shadow": None if shadow is None else _told({"capture": shadow})["capture"],
    }
