"""The lexicon: which words tell of which threat and stage, and which words deny or foresee it.

Owns how phrases are applied to a text. Their form, in `lexicon.toml`, is in `phrases.py`; what a
text is taken to be in the end, with what confidence, is decided in `types.py`.

The rules, in the order in which they are applied:

1. Abbreviations are spelled out ("thd" is "terhadap").
2. What stands in the reach of a negation ("tidak terjadi ...", "... nihil") is not read at all.
3. A warning ("potensi", "rencana", "nyaris") changes no type; the text is marked as a warning.
4. Each remaining find adds its weight to its type or stage, each phrase once.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from rawan.reports.phrases import NO_TYPE, Phrase, fits, read_phrases
from rawan.reports.words import COMMA, SENTENCE, words_and_marks

Find = tuple[int, int, Phrase]  # first word, word after the last, what was found


@dataclass(frozen=True)
class Told:
    """What the lexicon makes of one text.

    Attributes
    ----------
    words : the words that are read: spelled out, without marks and without what is denied.
    weights : for each type that is told of, the sum of its weights; `NO_TYPE` for all quiet.
    found : for each of these the words that were found, as they stand.
    denied : what is said not to be, as it stands.
    is_warning : the text tells of what may come or was prevented.
    stage : the stage of the election, or None.
    """

    words: str
    weights: dict[str, float]
    found: dict[str, list[str]]
    denied: tuple[str, ...]
    is_warning: bool
    stage: str | None

    def best(self) -> str | None:
        """Return the type that weighs most by the lexicon alone, or None; ties are None."""
        weights = {name: w for name, w in self.weights.items() if name != NO_TYPE}
        return _heaviest(weights)


class Lexicon:
    """The phrases, ready to be looked up by the first word of a text's phrase.

    Every word of a phrase has a bit. A text has the bits of all its words, so that most phrases
    are ruled out by one comparison.
    """

    def __init__(
        self, abbreviations: dict[str, str], phrases: Iterable[Phrase], types: Iterable[str]
    ) -> None:
        self.types = tuple(types)
        self._abbreviations = {short: full.split() for short, full in abbreviations.items()}
        self._bits: dict[str, int] = {}
        self._starting: dict[str, list[Phrase]] = {}
        for phrase in phrases:
            needs = 0
            for pattern in (word for segment in phrase.segments for word in segment):
                needs |= self._bits.setdefault(pattern, 1 << len(self._bits))
            first = self._starting.setdefault(phrase.segments[0][0], [])
            first.append(replace(phrase, needs=needs))
        starred = {pattern.strip("*") for pattern in self._bits if "*" in pattern}
        self._cores = re.compile("|".join(sorted(map(re.escape, starred))) or "(?!)")
        self.known = lru_cache(maxsize=1 << 16)(self._known)

    @classmethod
    def of(cls, path: Path, types: Iterable[str]) -> "Lexicon":
        """Read a lexicon; `types` are those of hazards.toml.

        Raises
        ------
        UsageError
            If a type or a stage is unknown, or a key or value is wrong: names file and key.
        RawanError
            If the file is missing or not TOML.
        """
        known = sorted(types)
        abbreviations, phrases = read_phrases(path, known)
        return cls(abbreviations, phrases, known)

    def read(self, text: str) -> Told:
        """Apply the rules to one text."""
        return _told(self.spelled_out(text), self)

    def spelled_out(self, text: str) -> list[str]:
        """Return the words and marks of a text with abbreviations written in full."""
        words: list[str] = []
        was_short = False
        for word in words_and_marks(text):
            full = self._abbreviations.get(word)
            if full is not None:
                words.extend(full)
            elif word != SENTENCE or not was_short:  # the point of "Ds." ends no sentence
                words.append(word)
            was_short = full is not None
        return words

    def _known(self, word: str) -> tuple[int, tuple[Phrase, ...]]:
        """Return the bits of a word, and the phrases that may begin with it."""
        patterns = [word] if word in self._bits else []
        if self._cores.search(word):
            patterns += [p for p in self._bits if "*" in p and fits(p, word)]
        bits, starting = 0, []
        for pattern in patterns:
            bits |= self._bits[pattern]
            starting += self._starting.get(pattern, [])
        return bits, tuple(starting)


def _told(words: list[str], lexicon: Lexicon) -> Told:
    bits, possible = 0, []
    for start, word in enumerate(words):
        own, phrases = lexicon.known(word)
        if own:
            bits |= own
            if phrases:
                possible.append((start, phrases))
    finds = [
        (start, end, phrase)
        for start, phrases in possible
        for phrase in phrases
        if phrase.needs & bits == phrase.needs and (end := phrase.end(words, start))
    ]
    gone, denied = _denied(words, finds)
    weights: dict[str, float] = {}
    found: dict[str, list[str]] = {}
    stages: dict[str, float] = {}
    counted: set[Phrase] = set()
    is_warning = False
    for start, end, phrase in finds:
        if phrase.kind == "warning":
            is_warning = True
        if phrase.kind not in ("type", "stage") or phrase in counted:
            continue
        if (
            phrase.kind == "type"
            and phrase.name != NO_TYPE
            and not gone.isdisjoint(range(start, end))
        ):
            continue
        counted.add(phrase)
        sums = weights if phrase.kind == "type" else stages
        sums[phrase.name] = sums.get(phrase.name, 0.0) + phrase.weight
        if phrase.kind == "type":
            found.setdefault(phrase.name, []).append(" ".join(words[start:end]))
    kept = [w for i, w in enumerate(words) if i not in gone and w not in (SENTENCE, COMMA)]
    return Told(" ".join(kept), weights, found, denied, is_warning, _heaviest(stages))


def _denied(words: list[str], finds: list[Find]) -> tuple[set[int], tuple[str, ...]]:
    """Return the positions that a negation takes out, and what was denied there."""
    negations = [find for find in finds if find[2].kind == "negation"]
    gone: set[int] = set()
    denied: list[str] = []
    if not negations:
        return gone, ()
    ends = {start for start, _, phrase in finds if phrase.kind == "end"}
    over: dict[int, list[Find]] = {}  # by position, so that a long text takes no longer a word
    for find in finds:
        if find[2].kind in ("negation", "warning", "type"):
            for at in range(find[0], find[1]):
                over.setdefault(at, []).append(find)
    for start, end, phrase in negations:
        if any(s <= start and end <= e and e - s > end - start for s, e, _ in over[start]):
            continue  # part of a longer phrase, which has its own meaning
        for reach in (_onwards(words, end, phrase.after, ends), _back(words, start, phrase, ends)):
            hit = {
                find
                for at in reach
                for find in over.get(at, ())
                if find[2].kind == "type" and find[2].name != NO_TYPE
            }
            if hit:
                gone |= reach | set(range(start, end))
                denied += [" ".join(words[s:e]) for s, e, _ in sorted(hit, key=lambda f: f[:2])]
                break
    return gone, tuple(dict.fromkeys(denied))


def _onwards(words: list[str], start: int, count: int, ends: set[int]) -> set[int]:
    reach = set()
    for at in range(start, min(start + count, len(words))):
        if words[at] == SENTENCE or at in ends:
            break
        reach.add(at)
    return reach


def _back(words: list[str], start: int, phrase: Phrase, ends: set[int]) -> set[int]:
    reach = set()
    for at in range(start - 1, max(start - 1 - phrase.before, -1), -1):
        if words[at] in (SENTENCE, COMMA) or at in ends:
            break
        reach.add(at)
    return reach


def _heaviest(sums: dict[str, float]) -> str | None:
    ordered = sorted(sums.items(), key=lambda item: -item[1])
    if not ordered or (len(ordered) > 1 and ordered[0][1] == ordered[1][1]):
        return None
    return ordered[0][0]
