"""The choice of what is published: one written rule, and what following it would have cost.

The rule. Contenders are the candidates whose capture at k is within so many standard errors
of the best (Breiman et al. 1984, "Classification and Regression Trees", the one-standard-error
rule; the error is that of the bootstrap over cutoffs and blocks) and that are worse than the
baseline beyond chance in nothing that must not get worse.
Of these the highest onset AUC leads, then the simplest. The leader is published if it is
better than the baseline beyond chance in one of the measures that count, and was not worse
than the champion beyond chance over the newest cutoffs (its time in the shadow). Else the
champion stays if it passes the same tests, and else the baseline is published.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np

from models.backtest import Prediction
from models.evidence import (
    Draws,
    Estimate,
    NotApplicable,
    by_cutoff,
    difference,
    standard_error,
)

Predictions = Mapping[str, Sequence[Prediction]]
Why = Literal[
    "published",
    "baseline_leads",
    "not_better",
    "worse_in_shadow",
    "champion_stays",
    "too_few_cutoffs",
]


@dataclass(frozen=True)
class Rule:
    """The numbers of the rule.

    Attributes
    ----------
    baseline : what must be beaten; published where nothing beats it.
    champion : what is published now; a challenger must not be worse than it in the shadow.
    within_standard_errors : how far below the best capture a contender may lie.
    onset_tolerance : onset AUCs closer than this are equal, and the simpler one leads.
    better_in : measures in one of which the published model must be better beyond chance.
    not_worse_in : measures in none of which it may be worse beyond chance.
    least_cutoffs : cutoffs below which nothing but the baseline is published.
    shadow_cutoffs : newest cutoffs over which a challenger is held against the champion.
    """

    baseline: str
    champion: str
    within_standard_errors: float
    onset_tolerance: float
    better_in: tuple[str, ...]
    not_worse_in: tuple[str, ...]
    least_cutoffs: int
    shadow_cutoffs: int


@dataclass(frozen=True)
class Decision:
    """What is published, why, and the numbers that decided it.

    Attributes
    ----------
    published, leader : names; the leader is the first of the contenders.
    why : published (the leader is), baseline_leads, not_better, worse_in_shadow,
        champion_stays (the leader failed, the champion did not), or too_few_cutoffs.
    contenders : names, the leader first.
    best, standard_error : the highest mean capture at k, and its standard error over cutoffs.
    within : the candidates within the allowed distance of it, of whom those are contenders that
        are worse than the baseline beyond chance in nothing that must not get worse.
    differences : by candidate and measure, candidate less baseline.
    shadow : capture of the leader less that of the champion over the newest cutoffs; None where
        there was nothing to compare.
    """

    published: str
    leader: str
    why: Why
    contenders: tuple[str, ...]
    best: str
    standard_error: float
    within: tuple[str, ...]
    differences: dict[str, dict[str, Estimate | NotApplicable]]
    shadow: Estimate | NotApplicable | None


@dataclass(frozen=True)
class Turn:
    """What the rule, asked with the cutoffs before this one alone, would have published.

    `captured` is the capture of that list at this cutoff, `best` that of the candidate which
    captured most here; the regret is the difference.
    """

    cutoff: date
    published: str
    captured: float
    best_candidate: str
    best: float

    @property
    def regret(self) -> float:
        """Return the capture that was missed for not knowing the future."""
        return self.best - self.captured


def choose(
    predictions: Predictions,
    complexity: Mapping[str, int],
    k: int,
    rule: Rule,
    drawn: Draws,
) -> Decision:
    """Choose what is published, as the head of this module says.

    Parameters
    ----------
    predictions : by candidate, at the same cutoffs for all; the baseline is among them.
    complexity : place of each candidate in the order from simple to involved.
    k : units that can be attended.
    rule : the numbers of the rule.
    drawn : of these cutoffs; every pair is compared on the same draws.
    """
    challengers = [name for name in predictions if name != rule.baseline]
    measures = tuple(dict.fromkeys((*rule.better_in, *rule.not_worse_in)))
    baseline = predictions[rule.baseline]
    differences = {
        name: {
            measure: difference(measure, predictions[name], baseline, k, drawn)
            for measure in measures
        }
        for name in challengers
    }
    best, error, within = _near_the_best(predictions, complexity, k, rule, drawn)
    contenders = _contenders(
        {name: predictions[name] for name in within}, differences, complexity, k, rule
    )
    leader = contenders[0]

    is_enough = len(baseline) >= rule.least_cutoffs

    def is_better(name: str) -> bool:
        return (is_enough and name != rule.baseline) and any(
            _is_above(differences[name][measure]) for measure in rule.better_in
        )

    shadow = None
    if rule.champion in predictions and rule.champion != leader:
        shadow = _shadow(predictions[leader], predictions[rule.champion], k, rule, drawn)
    why = _why(leader, rule, is_better(leader), shadow) if is_enough else "too_few_cutoffs"
    published = leader if why == "published" else rule.baseline
    champion = rule.champion
    if why != "published" and champion in contenders and champion != leader and is_better(champion):
        published, why = champion, "champion_stays"
    return Decision(
        published, leader, why, tuple(contenders), best, error, tuple(within), differences, shadow
    )


def _shadow(
    leader: Sequence[Prediction],
    champion: Sequence[Prediction],
    k: int,
    rule: Rule,
    drawn: Draws,
) -> Estimate | NotApplicable:
    """Return the capture of the leader less that of the champion over the newest cutoffs."""
    ours, theirs = (found[-rule.shadow_cutoffs :] for found in (leader, champion))
    return difference("capture", ours, theirs, k, drawn.among(len(ours)))


def in_turn(
    predictions: Predictions,
    complexity: Mapping[str, int],
    k: int,
    rule: Rule,
    drawn: Draws,
) -> list[Turn]:
    """Follow the rule through the past: at each cutoff it knows the cutoffs before it alone.

    At the first cutoff nothing is known, so the baseline is published. Windows that overlap
    are known only once they are over.
    """
    turns = []
    captured = {name: by_cutoff("capture", found, k) for name, found in predictions.items()}
    for number, now in enumerate(predictions[rule.baseline]):
        over = [
            place
            for place, earlier in enumerate(predictions[rule.baseline])
            if earlier.until <= now.cutoff
        ]
        published = rule.baseline
        if over:
            before = {name: [found[place] for place in over] for name, found in predictions.items()}
            published = choose(before, complexity, k, rule, drawn.among(len(over))).published
        here = {name: float(values.value[number]) for name, values in captured.items()}
        best = max(here, key=lambda name: (here[name], -complexity[name]))
        turns.append(Turn(now.cutoff, published, here[published], best, here[best]))
    return turns


def _near_the_best(
    predictions: Predictions, complexity: Mapping[str, int], k: int, rule: Rule, drawn: Draws
) -> tuple[str, float, list[str]]:
    """Return who captured most, the standard error of that, and who is near it."""
    mean = {
        name: float(by_cutoff("capture", found, k).value.mean())
        for name, found in predictions.items()
    }
    best = max(mean, key=lambda name: (mean[name], -complexity[name]))
    error = standard_error("capture", predictions[best], k, drawn)
    least = mean[best] - rule.within_standard_errors * error
    return best, error, [name for name in predictions if mean[name] >= least]


def _contenders(
    predictions: Predictions,
    differences: Mapping[str, Mapping[str, Estimate | NotApplicable]],
    complexity: Mapping[str, int],
    k: int,
    rule: Rule,
) -> list[str]:
    """Return who is worse than the baseline in nothing that must not get worse, leader first."""
    onset = {
        name: _onset(found, k)
        for name, found in predictions.items()
        if name == rule.baseline
        or not any(_is_below(differences[name][measure]) for measure in rule.not_worse_in)
    }
    if not onset:
        return [rule.baseline]
    highest = max(onset.values())

    def place(name: str) -> tuple[bool, float, str]:
        is_behind = onset[name] < highest - rule.onset_tolerance
        return is_behind, -onset[name] if is_behind else complexity[name], name

    return sorted(onset, key=place)


def _onset(predictions: Sequence[Prediction], k: int) -> float:
    """Return the onset AUC, or the same for all where there was no onset to tell apart."""
    values = by_cutoff("onset_auc", predictions, k)
    if not len(values.value):
        return 0.5
    return float(np.average(values.value, weights=values.weight))


def _why(leader: str, rule: Rule, is_better: bool, shadow: Estimate | NotApplicable | None) -> Why:
    if leader == rule.baseline:
        return "baseline_leads"
    if not is_better:
        return "not_better"
    if shadow is not None and _is_below(shadow):
        return "worse_in_shadow"
    return "published"


def _is_above(found: Estimate | NotApplicable) -> bool:
    return isinstance(found, Estimate) and found.low > 0


def _is_below(found: Estimate | NotApplicable) -> bool:
    return isinstance(found, Estimate) and found.high < 0
