"""What a report's text says: type of threat, hazard and stage, how surely, and why.

Owns the reading of shipped labelled texts and the decision. The statistics are in
`models/text_types.py`, the words and their rules in `lexicon.py`. Weights of reports, and what
becomes of those that a person must look at, are left to the caller.

Notes
-----
The type is the likeliest by a classifier that learns from `labelled_texts.csv` and from what
the lexicon finds. `confidence` is its probability, made honest by cross-validation: the styles
of writing (police report, press, message) are held out in turn, and one temperature is fitted to
the held-out texts. A lower confidence than the configuration asks for sends the text to review.

A text about what may come, or what was prevented, keeps its type and is marked `is_warning`.
What a text denies ("tidak terjadi bentrok") is not read at all.
"""

import csv
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.text_types import Array, TextTypes
from rawan.errors import RawanError, UsageError, did_you_mean
from rawan.reports.lexicon import Lexicon, Told
from rawan.reports.phrases import NO_TYPE, STAGES
from rawan.settings import PROJECT_ROOT

SHIPPED = PROJECT_ROOT / "data" / "reference"
COLUMNS = ("text", "type", "stage", "style", "origin")
MOST_REASONS = 4
STEP = 37
LEAST_ROWS = 6  # a text is in five rows, so this takes words of two texts or more


@dataclass(frozen=True)
class Read:
    """What one text says.

    Attributes
    ----------
    type : type of threat, one of hazards.toml; None where the text tells of none.
    hazard : the hazard that the type counts for, or None.
    stage : stage of the election that the text names, or None.
    confidence : 0 to 1, the calibrated probability that `type` is right.
    second : the next likely type, for whoever reviews; None where that is no type.
    is_warning : it tells of what may come or was prevented, not of what happened.
    reasons : the words that decided, as they stand.
    is_automatic : confident enough to be taken without review.
    """

    type: str | None
    hazard: str | None
    stage: str | None
    confidence: float
    second: str | None
    is_warning: bool
    reasons: tuple[str, ...]
    is_automatic: bool


@dataclass(frozen=True)
class Labelled:
    """The labelled texts, column by column; an empty type or stage is none."""

    texts: list[str]
    types: list[str]
    stages: list[str]
    styles: list[str]


@dataclass(frozen=True)
class TypeReader:
    """Reads texts; see `of`."""

    lexicon: Lexicon
    model: TextTypes
    hazards: dict[str, str]

    @classmethod
    def of(cls, folder: Path) -> "TypeReader":
        """Learn from the files of a region's reference folder.

        The types are those of the folder's `hazards.toml`. `lexicon.toml` and
        `labelled_texts.csv` are about the language, not the region: where the folder has neither,
        those shipped with the project are used, and a type that they know and the region does
        not is never given: such a text goes to review without a type.

        Raises
        ------
        UsageError
            If a type is not in hazards.toml; names file, key or row, and the nearest type.
        RawanError
            If a file is missing or not of its form.
        """
        hazards = hazards_of(folder / "hazards.toml")
        own = (folder / "lexicon.toml").exists() or (folder / "labelled_texts.csv").exists()
        source = folder if own else SHIPPED
        known = hazards if own else hazards_of(SHIPPED / "hazards.toml")
        lexicon = Lexicon.of(source / "lexicon.toml", known)
        labelled = labelled_texts(source / "labelled_texts.csv", known)
        return cls(lexicon, learned(lexicon, labelled), hazards)

    def classify(self, texts: Sequence[str], least_confidence: float = 0.7) -> list[Read]:
        """Return what each text says; equal texts are read once.

        An answer depends on its text alone, not on the others or their order.

        Parameters
        ----------
        texts : the texts as they came; any text can be read, an empty one says nothing.
        least_confidence : 0 to 1, from which confidence no person needs to look.
        """
        distinct = list(dict.fromkeys(texts))
        answers: dict[str, Read] = {}
        for start in range(0, len(distinct), 5_000):
            part = distinct[start : start + 5_000]
            told = [self.lexicon.read(text) for text in part]
            words = [one.words for one in told]
            shares = self.model.probabilities(words, hints(told, self.lexicon))
            order = np.argsort(-shares, axis=1, kind="stable")
            first = [self.model.labels[i] for i in order[:, 0]]
            second = [self.model.labels[i] for i in order[:, 1]]
            sure = np.round(shares[np.arange(len(part)), order[:, 0]], 6).tolist()
            for i, reasons in enumerate(self._reasons(told, first)):
                one = told[i]
                known = first[i] == NO_TYPE or first[i] in self.hazards
                type_ = (first[i] or None) if known else None
                answers[part[i]] = Read(
                    type=type_,
                    hazard=(self.hazards[type_] or None) if type_ else None,
                    stage=one.stage,
                    confidence=sure[i],
                    second=second[i] if second[i] in self.hazards else None,
                    is_warning=one.is_warning,
                    reasons=reasons,
                    is_automatic=known
                    and bool(one.words or one.denied)
                    and sure[i] >= least_confidence,
                )
        return [answers[text] for text in texts]

    def _reasons(self, told: Sequence[Told], labels: Sequence[str]) -> Iterator[tuple[str, ...]]:
        """Yield the words that decided: what the lexicon found, else what the model weighs."""
        finds = [one.found.get(label, []) for one, label in zip(told, labels, strict=True)]
        for i, label in enumerate(labels):
            if label == NO_TYPE:
                finds[i] = finds[i] + [f"denied: {words}" for words in told[i].denied]
        silent = [i for i, words in enumerate(finds) if not words]
        telling = self.model.telling_words(
            [told[i].words for i in silent], [labels[i] for i in silent]
        )
        for i, words in zip(silent, telling, strict=True):
            finds[i] = words
        for words, label in zip(finds, labels, strict=True):
            foreign = label != NO_TYPE and label not in self.hazards
            more = [f"{label}: not a type of this region"] if foreign else []
            yield tuple((more + words)[:MOST_REASONS])


def learned(lexicon: Lexicon, labelled: Labelled) -> TextTypes:
    """Return the model of the labelled texts; styles of writing are held out in turn.

    Besides each text it learns from pairs of texts of two types in one, once with either label:
    where a text tells of two threats alike, either may be meant, and the model must be in doubt.
    """
    texts, types, styles = list(labelled.texts), list(labelled.types), list(labelled.styles)
    for first, second in _pairs(labelled):
        for either in (first, second):
            texts.append(f"{labelled.texts[first]}. {labelled.texts[second]}")
            types.append(labelled.types[either])
            styles.append(labelled.styles[either])
    told = [lexicon.read(text) for text in texts]
    words = [one.words for one in told]
    return TextTypes.fit(words, types, hints(told, lexicon), styles, LEAST_ROWS)


def _pairs(labelled: Labelled) -> list[tuple[int, int]]:
    """Return pairs of one style and two types, every text of a type in about two of them."""
    pairs = []
    for style in sorted(set(labelled.styles)):
        members = [
            i
            for i, own in enumerate(labelled.styles)
            if own == style and labelled.types[i] != NO_TYPE
        ]
        for at, first in enumerate(members):
            second = members[(at + STEP) % len(members)]
            if labelled.types[first] != labelled.types[second]:
                pairs.append((first, second))
    return pairs


def hints(told: Sequence[Told], lexicon: Lexicon) -> Array:
    """Return what the lexicon says of each text as numbers: by type, of no type, of denials."""
    names = [*lexicon.types, NO_TYPE]
    column = {name: i for i, name in enumerate(names)}
    numbers = np.zeros((len(told), len(names) + 1))
    for row, one in enumerate(told):
        for name, weight in one.weights.items():
            numbers[row, column[name]] = weight
        numbers[row, -1] = bool(one.denied)
    return np.minimum(numbers, 4.0) / 2.0


def hazards_of(path: Path) -> dict[str, str]:
    """Return the hazard of each type of threat in hazards.toml; "" where it counts for none."""
    try:
        types = tomllib.loads(path.read_text(encoding="utf-8"))["types"]
        return {name: str(entry.get("hazard", "")) for name, entry in types.items()}
    except FileNotFoundError:
        raise RawanError(f"{path}: the list of types is missing. Restore it.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError, AttributeError) as error:
        raise RawanError(f"{path}: has no tables [types.<name>] to read ({error}).") from None


def labelled_texts(path: Path, types: dict[str, str]) -> Labelled:
    """Read labelled texts and check their labels against the known types and stages."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file, strict=True))
    except FileNotFoundError:
        raise RawanError(f"{path}: the labelled texts are missing. Restore them.") from None
    except (csv.Error, UnicodeDecodeError) as error:
        raise RawanError(f"{path}: is not proper CSV in UTF-8 ({error}).") from None
    answer = Labelled([], [], [], [])
    for number, row in enumerate(rows, start=2):
        if missing := [c for c in COLUMNS if row.get(c) is None]:
            raise RawanError(f"{path}, row {number}: has no {', '.join(missing)}.")
        for column, allowed in (("type", list(types)), ("stage", list(STAGES))):
            if row[column] and row[column] not in allowed:
                raise UsageError(
                    f'{path}, row {number}, column "{column}": "{row[column]}" is unknown.'
                    + did_you_mean(row[column], allowed)
                )
        answer.texts.append(row["text"])
        answer.types.append(row["type"])
        answer.stages.append(row["stage"])
        answer.styles.append(row["style"])
    if len(set(answer.types)) < 2 or len(set(answer.styles)) < 2:
        raise RawanError(f"{path}: at least two types and two styles are needed to learn from.")
    return answer
