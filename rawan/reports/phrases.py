"""The phrases of the lexicon: how `lexicon.toml` is written, and when a phrase is met in a text.

Owns the form of the file. How finds are weighed and denied is the business of `lexicon.py`.
"""

import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from rawan.errors import RawanError, UsageError, did_you_mean
from rawan.reports.words import COMMA, SENTENCE

STAGES = ("campaign", "logistics", "quiet", "voting", "recap", "dispute")
GAP = "..."
GAP_WORDS = 5  # as many words may lie in a gap
NO_TYPE = ""

Kind = Literal["type", "stage", "negation", "warning", "end"]
_WORD = r"\*?[a-z][a-z0-9]*\*?"
_Text = Annotated[str, Field(pattern=rf"^{_WORD}( (\.\.\. )?{_WORD})*$", max_length=100)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Words(_Section):
    words: Annotated[list[_Text], Field(min_length=1)]
    meaning: str = ""


class _Weighed(_Words):
    weight: Annotated[float, Field(gt=0, le=10)]


class _Negation(_Words):
    after: Annotated[int, Field(ge=0, le=20)] = 0
    before: Annotated[int, Field(ge=0, le=20)] = 0


class _File(_Section):
    abbreviations: dict[str, _Text]
    negation: list[_Negation]
    reach_ends: _Words
    warning: list[_Words]
    types: dict[str, list[_Weighed]]
    nothing: list[_Weighed]
    stages: dict[str, list[_Weighed]]


@dataclass(frozen=True, eq=False)  # a phrase is itself: comparing all fields would be slow
class Phrase:
    """One phrase of the lexicon and what it stands for.

    Attributes
    ----------
    kind : what a find does.
    name : the type or stage it speaks for; `NO_TYPE` for all quiet.
    weight : what a find adds to it.
    after, before : how many words a negation reaches.
    segments : its runs of words between gaps, spelled out.
    needs : the bits of all its words, as `Lexicon` numbers them.
    """

    kind: Kind
    name: str
    weight: float = 0.0
    after: int = 0
    before: int = 0
    segments: tuple[tuple[str, ...], ...] = ()
    needs: int = 0

    def end(self, words: list[str], start: int) -> int:
        """Return where the phrase ends if it begins at `start`, else 0.

        The word at `start` is known to fit the first one of the phrase.
        """
        if len(self.segments) == 1 and len(self.segments[0]) == 1:
            return start + 1
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


def read_phrases(path: Path, types: list[str]) -> tuple[dict[str, str], list[Phrase]]:
    """Return the abbreviations and the phrases of a lexicon file.

    Raises
    ------
    UsageError
        If a type or a stage is unknown, or a key or value is wrong: names file and key.
    RawanError
        If the file is missing or not TOML.
    """
    content = _checked(path)
    tables: list[tuple[str, Iterable[str], list[str]]] = [
        ("types", content.types, types),
        ("stages", content.stages, list(STAGES)),
    ]
    for table, names, allowed in tables:
        for name in names:
            if name not in allowed:
                raise UsageError(
                    f"{path}, {table}.{name}: is not one of the {table}."
                    + did_you_mean(name, allowed)
                )
    return content.abbreviations, list(_phrases(content))


def _run_end(run: tuple[str, ...], words: list[str], start: int) -> int:
    end = start + len(run)
    if end > len(words):
        return 0
    for at, pattern in enumerate(run, start):
        word = words[at]
        if pattern != word and not fits(pattern, word):
            return 0
    return end


@lru_cache(maxsize=1 << 16)
def fits(pattern: str, word: str) -> bool:
    """Tell whether a word is of a pattern with * at either end."""
    core = pattern.strip("*")
    if len(core) == len(pattern) or word in (SENTENCE, COMMA):
        return pattern == word
    if pattern.startswith("*") and pattern.endswith("*"):
        return core in word
    return word.endswith(core) if pattern.startswith("*") else word.startswith(core)


def _phrases(content: _File) -> Iterator[Phrase]:
    spelled = content.abbreviations

    def of(kind: Kind, name: str, entry: _Words, **more: float) -> Iterator[Phrase]:
        for phrase in entry.words:
            full = " ".join(spelled.get(word, word) for word in phrase.split())
            segments = tuple(tuple(part.split()) for part in full.split(GAP))
            yield Phrase(kind, name, segments=segments, **more)  # type: ignore[arg-type] # counts

    for name, entries in content.types.items():
        for entry in entries:
            yield from of("type", name, entry, weight=entry.weight)
    for entry in content.nothing:
        yield from of("type", NO_TYPE, entry, weight=entry.weight)
    for name, entries in content.stages.items():
        for entry in entries:
            yield from of("stage", name, entry, weight=entry.weight)
    for negation in content.negation:
        yield from of("negation", "", negation, after=negation.after, before=negation.before)
    for warning in content.warning:
        yield from of("warning", "", warning)
    yield from of("end", "", content.reach_ends)


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
