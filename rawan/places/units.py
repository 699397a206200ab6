"""The words of a text and the names in it, as the readers of texts pass them on.

Owns the cutting of a text into words and sentences. Which words are names is in `reading.py`,
what lies in what in `binding.py`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

VILLAGE, DISTRICT, REGENCY, HAMLET = "village", "district", "regency", "hamlet"
_ABBREVIATED = frozenset(
    (
        "ds",
        "dsn",
        "kel",
        "kec",
        "kab",
        "prov",
        "jl",
        "jln",
        "kp",
        "no",
        "tgl",
        "pkl",
        "gg",
        "st",
        "dr",
        "rt",
        "rw",
        "sdr",
        "bpk",
        "an",
        "sk",
    )
)
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the text: where it stands, its sentence, and the signs before it."""

    text: str
    low: str
    start: int
    end: int
    gap: str
    sentence: int

    @property
    def is_capital(self) -> bool:
        """Whether the word begins with a capital."""
        return self.text[:1].isupper()


@dataclass(slots=True, eq=False)
class Unit:
    """A name in the text with what is told about it by the words around it.

    `level` is what the words make of it; `cue` how it is told: named (desa, Kec.), weak
    (kampung), office, holder, landmark, where, none. `first` and `last` bound its words with the
    cue, `last` exclusive. `before` is the name before it in a list, `shorter` the villages whose
    name is its beginning. `villages` and `districts` are the codes of exactly this name.
    """

    level: str
    cue: str
    first: int
    name_first: int
    last: int
    name: str
    villages: tuple[str, ...] = ()
    districts: tuple[str, ...] = ()
    is_region: bool = False
    is_known_outside: bool = False
    shorter: tuple[str, ...] = ()
    parent: "Unit | None" = None
    before: "Unit | None" = None
    is_reversed: bool = False
    is_cased: bool = False
    conflict: bool = False
    cue_word: str = ""
    shapes: list[str] = field(default_factory=list)

    @property
    def is_bare(self) -> bool:
        """Whether no word such as desa or Kec. stands before the name."""
        return self.cue in ("none", "where", "landmark", "list")


def words_of_text(text: str) -> Iterator[Word]:
    """Yield the words of a text with the sentence that each stands in."""
    end, sentence, before = 0, 0, ""
    for found in _WORD.finditer(text):
        gap = text[end : found.start()]
        if before and (
            re.search(r"[!?;]|\n\s*\n", gap)
            or ("." in gap and before not in _ABBREVIATED and not before.isdigit())
            or ("." in gap and before.isdigit() and gap.strip() == "." and len(gap) > 1)
        ):
            sentence += 1
        before = found[0].casefold()
        yield Word(found[0], before, found.start(), found.end(), gap, sentence)
        end = found.end()


def cased_sentences(words: list[Word]) -> dict[int, bool]:
    """Return for each sentence whether its capitals tell names from other words."""
    told: dict[int, bool] = {}
    for sentence in {word.sentence for word in words}:
        own = [word for word in words if word.sentence == sentence and word.text[0].isalpha()]
        small = sum(not word.is_capital for word in own)
        shouted = sum(word.text.isupper() and len(word.text) > 1 for word in own)
        inner = sum(word.is_capital for word in own[1:])
        told[sentence] = small > 0 and inner > 0 and shouted < 0.7 * len(own)
        if small == 0 and shouted < 0.7 * len(own):
            told[sentence] = True  # a place alone: "Desa Agom, Kecamatan Kalianda"
    return told


def joins(gap: str, also: str = "") -> bool:
    """Return whether two words with this between them may be parts of one name."""
    return "\n" not in gap and all(sign in " -\t\u00a0" + also for sign in gap) and gap != ""


def follows(cue: Word, name: Word) -> bool:
    """Return whether a name stands right behind its cue: "Ds. Agom", "Desa: Agom"."""
    return (
        re.fullmatch(r"[\s.:/()'\"“”‘’]*", name.gap) is not None and name.sentence == cue.sentence
    )


def text_of(words: list[Word], begin: int, end: int) -> str:
    """Return the words of a stretch with single blanks between them."""
    return " ".join(word.text for word in words[begin:end])


def parts_of_list(cell: str) -> list[str]:
    """Return the names of a cell that lists several.

    Examples
    --------
    >>> parts_of_list("Desa A, B dan C/D")
    ['Desa A', 'B', 'C', 'D']
    """
    pieces = re.split(
        r"\s*[,;/&+\n]\s*|\s+(?:dan|dengan|serta|maupun|atau|vs)\s+", cell, flags=re.I
    )
    return [piece.strip() for piece in pieces if piece.strip()]
