"""What a model card tells, as plain figures and words, before any language is chosen.

Owns the form of the facts and what makes them whole: nothing is left empty. What cannot be
told carries the reason in its place. Sentences and tables are made in `card` and `card_tables`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from models.calibration_bins import CalibrationBins
from models.drift import Advice, Drift
from rawan.publishing.bilingual import Figure, Told, Words

Part = Literal["all", "history", "onset", "probability"]


@dataclass(frozen=True)
class Intake:
    """What came in of one kind, and what became of it: every row is accounted for.

    `files` held them; `counted` of the placed rows were known at the cutoff; `first` and `last`
    are the days that these tell of.
    """

    kind: Words
    rows: int
    placed: int
    excluded: int
    quarantined: int
    counted: int
    files: int
    first: date | None
    last: date | None

    def __post_init__(self) -> None:
        rows = self.placed + self.excluded + self.quarantined
        if rows != self.rows or self.counted > self.placed:
            raise ValueError(f"{self.kind.en}: the rows of the card do not add up")


@dataclass(frozen=True)
class DataFacts:
    """What the list rests on: rows by kind, open questions, and places nobody reports from."""

    intakes: Sequence[Intake]
    waiting: int
    places: int
    blind_spots: int
    blind_years: int


@dataclass(frozen=True)
class Comparison:
    """Favoured minus `against` in a measure, paired, with a 90 % interval."""

    against: str
    measure: str
    difference: Told


@dataclass(frozen=True)
class ChoiceFacts:
    """The rule of choice with the numbers that decided it; candidates by their names.

    Attributes
    ----------
    published : what is published.
    best, best_capture, standard_error : the best mean capture at k, and its standard error.
    errors_allowed : so many standard errors below the best a candidate may lie.
    within : the candidates that do.
    set_aside : those of them that are worse than the decayed count beyond chance in a measure
        that must not get worse.
    favoured, favoured_onset : of the others the one with the highest onset AUC, then the
        simplest.
    onset_tolerance : onset AUCs closer than this are equal.
    better_in, not_worse_in : the measures that the rule asks about.
    comparisons : the favoured against the decayed count and, if there is one, the champion.
    k, cutoffs : what the comparison was made at.
    window_days : days of the shortest and of the longest tested window.
    skipped : cutoffs that could not be tested, each with the reason.
    left_out : candidates that were not compared, each with the reason.
    """

    published: str
    best: str
    best_capture: Figure
    standard_error: float
    errors_allowed: float
    within: Sequence[str]
    set_aside: Sequence[str]
    favoured: str
    favoured_onset: Told
    onset_tolerance: float
    better_in: Sequence[str]
    not_worse_in: Sequence[str]
    comparisons: Sequence[Comparison]
    k: int
    places: int
    cutoffs: int
    window_days: tuple[int, int]
    skipped: Mapping[date, Words]
    left_out: Sequence[Words]


@dataclass(frozen=True)
class SkillTable:
    """Measures of every candidate, among all places or a part of them.

    `measures` are the columns, by their names in the texts; every row has each of them.
    """

    part: Part
    measures: Sequence[str]
    rows: Mapping[str, Mapping[str, Told]]

    def __post_init__(self) -> None:
        for candidate, row in self.rows.items():
            if missing := [name for name in self.measures if name not in row]:
                raise ValueError(f"{candidate}: no figure and no reason for {', '.join(missing)}")


@dataclass(frozen=True)
class TieRow:
    """Capture at k of a candidate: expected over ties, and if they fell worst or best."""

    candidate: str
    expected: Told
    worst: Told
    best: Told


@dataclass(frozen=True)
class GroupRow:
    """How the list did in a group of places over all tested cutoffs."""

    group: Words
    places: int
    incidents: int
    captured: Told
    auc: Told


@dataclass(frozen=True)
class GroupTable:
    """How the list did by kecamatan, remoteness, size or coverage."""

    by: Words
    rows: Sequence[GroupRow]


@dataclass(frozen=True)
class TreeRow:
    """A rule of the error tree: which places with incidents, and how much was missed there.

    `missed` incidents are the share `mean` of those here, and the share `share` of all missed.
    """

    rule: Words
    places: int
    incidents: int
    missed: Told
    mean: Told
    share: Told


@dataclass(frozen=True)
class ErrorTree:
    """The rules of the error tree, each of at least so many places times cutoffs."""

    rows: Sequence[TreeRow]
    least: int


@dataclass(frozen=True)
class RegretRow:
    """What the list captured at a past cutoff beside the best candidate in hindsight."""

    cutoff: date
    published: str
    captured: Told
    best: str
    best_captured: Told
    regret: Told


@dataclass(frozen=True)
class ShadowRow:
    """Challenger and champion side by side at one of the newest tested cutoffs."""

    cutoff: date
    challenger: str
    challenger_captured: Told
    champion: str
    champion_captured: Told


@dataclass(frozen=True)
class TrapRow:
    """A leakage trap; `held` is None where it could not be set."""

    name: Words
    held: bool | None
    seen: Words


@dataclass(frozen=True)
class DriftRow:
    """How an input moved since the model was learned, with the input's label."""

    label: Words
    drift: Drift


@dataclass(frozen=True)
class PresenceRow:
    """A place of the list without the influence of presence; `presence` is what it had."""

    place: str
    district: str
    rank_without: int
    rank: int
    presence: Told


@dataclass(frozen=True)
class PresenceFacts:
    """Whether past presence of officers explains the present rank.

    `correlation` of presence and rank; `changed` of the top k would be others without it;
    `rows` is the top k of the list without it, in its order.
    """

    deployments: int
    correlation: Told
    k: int
    changed: int
    rows: Sequence[PresenceRow]


@dataclass(frozen=True)
class EffortFacts:
    """How likely an incident is to be reported at all: the estimate over places, and its use."""

    how: Words
    lowest: Told
    middle: Told
    highest: Told
    use: Words


@dataclass(frozen=True)
class CardFacts:
    """Everything the card tells. Words in the place of facts are the reason for their absence.

    Attributes
    ----------
    published : the model of the list of conflict.
    verdict : what is published and by how much it won, in a sentence.
    curve : slope and intercept of the curve from score to probability.
    mean_regret : over past cutoffs.
    stated : tested cutoffs at which the published model could state a probability.
    learned_on : the cutoff the model was learned at; `next_window_ends` brings new outcomes.
    base_spread, unseen_variance, heard_precision : how uncertain a place's risk is beside its
        score (see `rawan.settings.Uncertainty`).
    simulated_coverage : share of true ranks within their intervals on simulated regions.
    logistics_weights : the index of logistics, by label of its inputs.
    reckonings : how earlier lists fared at elections that are over, a sentence each.
    warnings : everything a reader should know before trusting the list.
    hashes, versions : what the run was made from, by name.
    """

    region: str
    is_simulation: bool
    run_id: str
    cutoff: date
    published: str
    verdict: Words
    data: DataFacts
    choice: ChoiceFacts | Words
    skill: Sequence[SkillTable] | Words
    ties: Sequence[TieRow] | Words
    probability: SkillTable | Words
    stated: int
    curve: tuple[float, float] | Words
    calibration: CalibrationBins | Words
    failures: Sequence[GroupTable | Words]
    tree: ErrorTree | Words
    regret: Sequence[RegretRow] | Words
    mean_regret: Told
    shadow: Sequence[ShadowRow] | Words
    traps: Sequence[TrapRow] | Words
    drift: Sequence[DriftRow] | Words
    advice: Advice | Words
    learned_on: date
    next_window_ends: date
    presence: PresenceFacts | Words
    effort: EffortFacts | Words
    draws: int
    base_spread: float
    unseen_variance: float
    heard_precision: float
    simulated_coverage: Told
    logistics_weights: Sequence[tuple[Words, float]] | Words
    reckonings: Sequence[Words]
    warnings: Sequence[Words]
    hashes: Mapping[str, str]
    versions: Mapping[str, str]
