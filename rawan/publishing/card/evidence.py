"""What the past proves, for the model card: the choice, skill, probabilities, regret and shadow.

Owns how the evidence of a choice becomes figures; the evidence itself is `rawan.choosing`.
"""

from collections.abc import Mapping

import numpy as np
import polars as pl

from models.backtest import Table
from models.calibration_bins import CalibrationBins, calibration_bins, readable_bins
from models.choice import Decision
from models.evidence import NotApplicable, Part, by_cutoff
from models.reliability import bins
from rawan.candidates import BASELINE
from rawan.choosing import Choice, Figures
from rawan.publishing.bilingual import Figure, Words
from rawan.publishing.card.facts import (
    ChoiceFacts,
    Comparison,
    RegretRow,
    ShadowRow,
    SkillTable,
    TieRow,
)
from rawan.publishing.card.failures import told
from rawan.publishing.texts import date_text
from rawan.settings import Settings

_SHADOW = "shadow_capture"


def choice_facts(choice: Choice, table: Table, settings: Settings) -> ChoiceFacts:
    """Return how the rule came to what is published."""
    decision, rule = _decided(choice), settings.choice
    whole = choice.measures["all"]
    best = told(whole[decision.best]["capture"])
    if isinstance(best, Words):
        raise TypeError("a tested cutoff has incidents, so capture has a value")
    tested = table.frame.filter(pl.col("cutoff").is_in(choice.backtest.cutoffs))
    days = (tested["window_until"] - tested["window_from"]).dt.total_days()
    return ChoiceFacts(
        published=decision.published,
        best=decision.best,
        best_capture=best,
        standard_error=decision.standard_error,
        errors_allowed=rule.within_standard_errors,
        within=decision.within,
        set_aside=[name for name in decision.within if name not in decision.contenders],
        favoured=decision.leader,
        favoured_onset=told(whole[decision.leader]["onset_auc"]),
        onset_tolerance=rule.onset_tolerance,
        better_in=rule.better_in,
        not_worse_in=rule.not_worse_in,
        comparisons=_comparisons(decision, settings),
        k=choice.backtest.k,
        places=choice.compared,
        cutoffs=choice.cutoffs_tested,
        window_days=(int(days.min()), int(days.max())),  # type: ignore[arg-type] # days are counts
        skipped={
            day: Words.of(f"card.skipped.{skip.kind}", number=skip.number)
            for day, skip in choice.backtest.skipped.items()
        },
        left_out=[
            Words.of(
                "card.left_out",
                model=Words.of(f"model.{name}"),
                cutoff=Words(date_text(why.cutoff, "id"), date_text(why.cutoff, "en")),
                known=why.known,
                needed=why.needed,
            )
            for name, why in choice.backtest.left_out.items()
        ],
    )


def skill_table(part: Part, measures: Mapping[str, Figures]) -> SkillTable:
    """Return the measures of every candidate in one part of the places."""
    names = tuple(next(iter(measures.values())))
    rows = {
        candidate: {name: told(figure) for name, figure in figures.items()}
        for candidate, figures in measures.items()
    }
    return SkillTable(part, names, rows)


def tie_rows(choice: Choice) -> list[TieRow]:
    """Return the capture of each candidate as expected, and if ties fell worst and best."""
    return [
        TieRow(name, told(choice.measures["all"][name]["capture"]), Figure(worst), Figure(best))
        for name, (worst, best) in choice.ties.items()
    ]


def probability_table(choice: Choice) -> SkillTable | Words:
    """Return how far the probabilities of each candidate that states some can be believed."""
    found = choice.probabilities
    if all(isinstance(f, NotApplicable) for row in found.values() for f in row.values()):
        return Words.of("card.reason.no_probability")
    names = tuple(next(iter(found.values())))
    rows = {c: {n: told(f) for n, f in figures.items()} for c, figures in found.items()}
    return SkillTable("probability", names, rows)


def stated(choice: Choice) -> int:
    """Return at how many cutoffs the published candidate could state a probability."""
    predictions = choice.backtest.predictions[choice.candidate.name]
    return sum(p.probability is not None for p in predictions)


def curve(choice: Choice) -> tuple[float, float] | Words:
    """Return slope and intercept of the curve from score to probability."""
    curve = choice.calibration
    if curve is None:
        return Words.of("card.reason.no_probability")
    return curve.slope, curve.intercept


def calibration(choice: Choice) -> CalibrationBins | Words:
    """Return the bins of what the published candidate stated at past cutoffs."""
    stated = [
        (p.probability, p.happened)
        for p in choice.backtest.predictions[choice.candidate.name]
        if p.probability is not None
    ]
    if not stated:
        return Words.of("card.reason.no_probability")
    probability, happened = (np.concatenate(column) for column in zip(*stated, strict=True))
    in_bins = readable_bins(probability, bins(probability))
    return calibration_bins(probability, happened.astype(bool), in_bins)


def regret_rows(choice: Choice) -> list[RegretRow]:
    """Return what following the rule would have cost at each past cutoff."""
    return [
        RegretRow(
            cutoff=turn.cutoff,
            published=turn.published,
            captured=Figure(turn.captured),
            best=turn.best_candidate,
            best_captured=Figure(turn.best),
            regret=Figure(turn.regret),
        )
        for turn in choice.turns
    ]


def shadow_rows(choice: Choice, settings: Settings) -> list[ShadowRow] | Words:
    """Return the favoured candidate beside the model in use at the newest cutoffs."""
    past, champion = choice.backtest.predictions, settings.choice.champion
    challenger = _decided(choice).leader
    if champion not in past:
        return Words.of("card.reason.champion_left_out")
    if challenger == champion:
        return Words.of("card.reason.leader_in_use")
    newest = slice(-settings.choice.shadow_cutoffs, None)
    ours, theirs = (
        by_cutoff("capture", past[name][newest], choice.backtest.k).value
        for name in (challenger, champion)
    )
    return [
        ShadowRow(p.cutoff, challenger, Figure(float(our)), champion, Figure(float(their)))
        for p, our, their in zip(past[champion][newest], ours, theirs, strict=True)
    ]


def _decided(choice: Choice) -> Decision:
    if choice.decision is None:
        raise ValueError("nothing was decided: no past cutoff could be tested")
    return choice.decision


def _comparisons(decision: Decision, settings: Settings) -> list[Comparison]:
    baseline = [
        Comparison(BASELINE, measure, told(found))
        for measure, found in decision.differences.get(decision.leader, {}).items()
    ]
    if decision.shadow is None:
        return baseline
    return [*baseline, Comparison(settings.choice.champion, _SHADOW, told(decision.shadow))]
