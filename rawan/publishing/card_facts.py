"""What a model card tells, as plain figures and words, before any language is chosen.

Owns the form of the facts and what makes them whole: nothing is left empty. What cannot be
told carries the reason in its place. Sentences and tables are made in `card` and `card_tables`.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from models.drift import Advice, Drift
from rawan.publishing.plots import CalibrationBins
from rawan.publishing.texts import number, text
from rawan.settings import Language

Part = Literal["all", "history", "onset", "probability"]


@dataclass(frozen=True)
class Figure:
    """A number, with its 90 % interval where it has one; finite."""

    value: float
    low: float | None = None
    high: float | None = None

    def __post_init__(self) -> None:
        given = [v for v in (self.value, self.low, self.high) if v is not None]
        if not all(map(math.isfinite, given)) or (self.low is None) != (self.high is None):
            raise ValueError("a figure of the card is not finite, or has half an interval")

    def written(self, lang: Language) -> str:
        """Return the number, and its interval in brackets."""
        if self.low is None or self.high is None:
            return number(self.value, lang)
        low, high = number(self.low, lang), number(self.high, lang)
        return f"{number(self.value, lang)} ({low} – {high})"


@dataclass(frozen=True)
class Words:
    """The same words in both languages; where a figure is asked for, why there is none."""

    id: str
    en: str

    def __post_init__(self) -> None:
        if not (self.id.strip() and self.en.strip()):
            raise ValueError("words of the card are missing in a language")

    @classmethod
    def same(cls, words: str) -> "Words":
        """Return words that are the same in both languages, such as a name."""
        return cls(words, words)

    @classmethod
    def of(cls, key: str, **fill: "str | int | float | Figure | Words") -> "Words":
        """Return an entry of the texts, filled in as each language writes numbers.

        Examples
        --------
        >>> Words.of("card.reason.unknown_share", share=0.25).en
        'known for 0.250 of the places only'
        """
        return cls(*(_filled(key, lang, fill) for lang in _LANGUAGES))

    def said(self, lang: Language) -> str:
        """Return the words of a language."""
        return self.id if lang == "id" else self.en


_LANGUAGES: tuple[Language, Language] = ("id", "en")
Told = Figure | Words  # a figure, or why there is none


@dataclass(frozen=True)
class Intake:
    """What came in of one kind, and what became of it: every row is accounted for."""

    kind: Words
    rows: int
    placed: int
    excluded: int
    quarantined: int
    sources: int
    first: date | None
    last: date | None

    def __post_init__(self) -> None:
        if self.placed + self.excluded + self.quarantined != self.rows:
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
    within : the candidates within one standard error of it.
    favoured, favoured_onset : of these the one with the highest onset AUC, then the simplest.
    comparisons : the favoured against the decayed count and, if there is one, the champion.
    k, cutoffs, window_days : what the comparison was made at.
    skipped : cutoffs that could not be tested, each with the reason.
    """

    published: str
    best: str
    best_capture: Figure
    standard_error: float
    within: Sequence[str]
    favoured: str
    favoured_onset: Told
    comparisons: Sequence[Comparison]
    k: int
    cutoffs: int
    window_days: int
    skipped: Mapping[str, Words]


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
    """A rule of the error tree: which places, how many, and how large the error is there."""

    rule: Words
    places: int
    error: Told


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
class PresenceFacts:
    """Whether past presence of officers explains the present rank.

    `correlation` of presence and rank; `changed` of the top k would be others without it.
    """

    deployments: int
    correlation: Told
    k: int
    changed: int


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
    verdict : what is published and by how much it won, in a sentence.
    curve : slope and intercept of the curve from score to probability.
    tree : the error tree's rules.
    mean_regret : over past cutoffs.
    learned_on : the cutoff the model was learned at; `next_window_ends` brings new outcomes.
    simulated_coverage : share of true ranks within their intervals on simulated regions.
    logistics_weights : the index of logistics, by label of its inputs.
    warnings : everything a reader should know before trusting the list.
    hashes, versions : what the run was made from, by name.
    """

    region: str
    is_simulation: bool
    run_id: str
    cutoff: date
    verdict: Words
    data: DataFacts
    choice: ChoiceFacts | Words
    skill: Sequence[SkillTable] | Words
    ties: Sequence[TieRow] | Words
    probability: SkillTable | Words
    curve: tuple[float, float] | Words
    calibration: CalibrationBins | Words
    failures: Sequence[GroupTable | Words]
    tree: Sequence[TreeRow] | Words
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
    unseen_spread: float
    simulated_coverage: Told
    logistics_weights: Sequence[tuple[Words, float]] | Words
    warnings: Sequence[Words]
    hashes: Mapping[str, str]
    versions: Mapping[str, str]


def _filled(
    key: str, lang: Language, fill: Mapping[str, str | int | float | Figure | Words]
) -> str:
    return text(key, lang).format(**{name: written(value, lang) for name, value in fill.items()})


def written(value: str | int | float | Figure | Words, lang: Language) -> str:
    """Return a value as a language writes it."""
    if isinstance(value, Words):
        return value.said(lang)
    if isinstance(value, Figure):
        return value.written(lang)
    return number(value, lang) if isinstance(value, float) else str(value)
