"""The lexicon: which words tell of which threat and stage, and which words deny or foresee it.

Owns the form of `lexicon.toml` and how it is applied to a text. What a text is taken to be in
the end, with what confidence, is decided in `types.py`.

The rules, in the order in which they are applied:

1. Abbreviations are spelled out ("thd" is "terhadap").
2. What stands in the reach of a negation ("tidak terjadi ...", "... nihil") is not read at all.
3. A warning ("potensi", "rencana", "nyaris") changes no type; the text is marked as a warning.
4. Each remaining find adds its weight to its type or stage, each phrase once.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from rawan.errors import RawanError, UsageError, did_you_mean
from rawan.reports.words import COMMA, SENTENCE, words_and_marks

STAGES = ("campaign", "logistics", "quiet", "voting", "recap", "dispute")
GAP = "..."
GAP_WORDS = 5  # as many words may lie in a gap
NO_TYPE = ""

Kind = Literal["type", "stage", "negation", "warning", "end"]
Phrase = Annotated[str, Field(pattern=r"^\S+( \S+)*$", max_length=100)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Words(_Section):
    words: Annotated[list[Phrase], Field(min_length=1)]
    meaning: str = ""


class _Weighed(_Words):
    weight: Annotated[float, Field(gt=0, le=10)]


class _Negation(_Words):
    after: Annotated[int, Field(ge=0, le=20)] = 0
    before: Annotated[int, Field(ge=0, le=20)] = 0


class _File(_Section):
    abbreviations: dict[str, Phrase]
    negation: list[_Negation]
    reach_ends: _Words
    warning: list[_Words]
    types: dict[str, list[_Weighed]]
    nothing: list[_Weighed]
    stages: dict[str, list[_Weighed]]


@dataclass(frozen=True, eq=False)  # a line is itself: comparing all fields would be slow
class _Line:
    """One phrase of the lexicon.

    `segments` are its runs of words between gaps; `needs` has the bits of all its words, see
    `Lexicon.bits`.
    """

    kind: Kind
    name: str
    phrase: str
    weight: float = 0.0
    after: int = 0
    before: int = 0
    segments: tuple[tuple[str, ...], ...] = ()
    needs: int = 0

    def end(self, words: list[str], start: int) -> int:
        """Return where the phrase ends if it begins at `start`, else 0."""
        at = _run_end(self.segments[0], words, start)
        for segment in self.segments[1:]:
            if not at:
                return 0
            at = self._after_gap(segment, words, at)
        return at

    @staticmethod
    def _after_gap(segment: tuple[str, ...], words: list[str], at: int) -> int:
        for start in range(at, min(at + GAP_WORDS + 1, len(words))):
            if words[start] == SENTENCE:
                return 0
            if end := _run_end(segment, words, start):
                return end
        return 0


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
        self, abbreviations: dict[str, str], lines: Iterable[_Line], types: Iterable[str]
    ) -> None:
        self.types = tuple(types)
        self._abbreviations = {short: full.split() for short, full in abbreviations.items()}
        self._bits: dict[str, int] = {}
        self._starting: dict[str, list[_Line]] = {}
        for line in lines:
            needs = 0
            for pattern in (word for segment in line.segments for word in segment):
                needs |= self._bits.setdefault(pattern, 1 << len(self._bits))
            self._starting.setdefault(line.segments[0][0], []).append(replace(line, needs=needs))
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
        content, known = _checked(path), sorted(types)
        for table, names, allowed in (
            ("types", content.types, known),
            ("stages", content.stages, list(STAGES)),
        ):
            for name in names:
                if name not in allowed:
                    raise UsageError(
                        f"{path}, {table}.{name}: is not one of the {table}."
                        + did_you_mean(name, allowed)
                    )
        return cls(content.abbreviations, _lines(content), known)

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

    def _known(self, word: str) -> tuple[int, tuple[_Line, ...]]:
        """Return the bits of a word, and the phrases that may begin with it."""
        patterns = [word] if word in self._bits else []
        if self._cores.search(word):
            patterns += [p for p in self._bits if "*" in p and _fits(p, word)]
        bits, starting = 0, []
        for pattern in patterns:
            bits |= self._bits[pattern]
            starting += self._starting.get(pattern, [])
        return bits, tuple(starting)


def _told(words: list[str], lexicon: Lexicon) -> Told:
    bits, possible = 0, []
    for start, word in enumerate(words):
        own, lines = lexicon.known(word)
        if own:
            bits |= own
            possible += [(start, line) for line in lines]
    finds = [
        (start, end, line)
        for start, line in possible
        if line.needs & bits == line.needs and (end := line.end(words, start))
    ]
    gone, denied = _denied(words, finds)
    weights: dict[str, float] = {}
    found: dict[str, list[str]] = {}
    stages: dict[str, float] = {}
    counted: set[_Line] = set()
    is_warning = False
    for start, end, line in finds:
        if line.kind == "warning":
            is_warning = True
        if line.kind not in ("type", "stage") or line in counted:
            continue
        if line.kind == "type" and line.name != NO_TYPE and not gone.isdisjoint(range(start, end)):
            continue
        counted.add(line)
        sums = weights if line.kind == "type" else stages
        sums[line.name] = sums.get(line.name, 0.0) + line.weight
        if line.kind == "type":
            found.setdefault(line.name, []).append(" ".join(words[start:end]))
    kept = [w for i, w in enumerate(words) if i not in gone and w not in (SENTENCE, COMMA)]
    return Told(" ".join(kept), weights, found, denied, is_warning, _heaviest(stages))


def _denied(
    words: list[str], finds: list[tuple[int, int, _Line]]
) -> tuple[set[int], tuple[str, ...]]:
    """Return the positions that a negation takes out, and what was denied there."""
    negations = [find for find in finds if find[2].kind == "negation"]
    gone: set[int] = set()
    denied: list[str] = []
    if not negations:
        return gone, ()
    ends = {start for start, _, line in finds if line.kind == "end"}
    told = [f for f in finds if f[2].kind == "type" and f[2].name != NO_TYPE]
    reaching = [f for f in finds if f[2].kind in ("negation", "warning", "type")]
    for start, end, line in negations:
        if any(s <= start and end <= e and e - s > end - start for s, e, _ in reaching):
            continue  # part of a longer phrase, which has its own meaning
        for reach in (_onwards(words, end, line.after, ends), _back(words, start, line, ends)):
            hit = [f for f in told if not reach.isdisjoint(range(f[0], f[1]))]
            if hit:
                gone |= reach | set(range(start, end))
                denied += [" ".join(words[s:e]) for s, e, _ in hit]
                break
    return gone, tuple(dict.fromkeys(denied))


def _onwards(words: list[str], start: int, count: int, ends: set[int]) -> set[int]:
    reach = set()
    for at in range(start, min(start + count, len(words))):
        if words[at] == SENTENCE or at in ends:
            break
        reach.add(at)
    return reach


def _back(words: list[str], start: int, line: _Line, ends: set[int]) -> set[int]:
    reach = set()
    for at in range(start - 1, max(start - 1 - line.before, -1), -1):
        if words[at] in (SENTENCE, COMMA) or at in ends:
            break
        reach.add(at)
    return reach


def _heaviest(sums: dict[str, float]) -> str | None:
    ordered = sorted(sums.items(), key=lambda item: -item[1])
    if not ordered or (len(ordered) > 1 and ordered[0][1] == ordered[1][1]):
        return None
    return ordered[0][0]


def _run_end(run: tuple[str, ...], words: list[str], start: int) -> int:
    end = start + len(run)
    if end > len(words):
        return 0
    for at, pattern in enumerate(run, start):
        word = words[at]
        if pattern != word and not _fits(pattern, word):
            return 0
    return end


@lru_cache(maxsize=1 << 16)
def _fits(pattern: str, word: str) -> bool:
    """Tell whether a word is of a pattern with * at either end."""
    core = pattern.strip("*")
    if len(core) == len(pattern) or word in (SENTENCE, COMMA):
        return pattern == word
    if pattern.startswith("*") and pattern.endswith("*"):
        return core in word
    return word.endswith(core) if pattern.startswith("*") else word.startswith(core)


def _lines(content: _File) -> Iterator[_Line]:
    spelled = content.abbreviations

    def lines(kind: Kind, name: str, entry: _Words, **more: float) -> Iterator[_Line]:
        for phrase in entry.words:
            full = " ".join(spelled.get(word, word) for word in phrase.split())
            segments = tuple(tuple(part.split()) for part in full.split(GAP))
            yield _Line(kind, name, phrase, segments=segments, **more)  # type: ignore[arg-type] # counts

    for name, entries in content.types.items():
        for entry in entries:
            yield from lines("type", name, entry, weight=entry.weight)
    for entry in content.nothing:
        yield from lines("type", NO_TYPE, entry, weight=entry.weight)
    for name, entries in content.stages.items():
        for entry in entries:
            yield from lines("stage", name, entry, weight=entry.weight)
    for negation in content.negation:
        yield from lines("negation", "", negation, after=negation.after, before=negation.before)
    for warning in content.warning:
        yield from lines("warning", "", warning)
    yield from lines("end", "", content.reach_ends)


def _checked(path: Path) -> _File:
    try:
        return _File.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise RawanError(f"{path}: the lexicon is missing. Restore it.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RawanError(f"{path}: is not valid TOML: {error}.") from None
    except ValidationError as error:
        told = [f"{path}, {_key(e['loc'])}: {e['msg']}." for e in error.errors()]
        raise UsageError("\n".join(told)) from None


def _key(location: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in location)
