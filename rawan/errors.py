"""Errors that a person can act on, each with its exit code."""

from collections.abc import Iterable


class RawanError(Exception):
    """The command failed; the message says what to do about it."""

    exit_code = 1


class TemporaryError(RawanError):
    """What failed may pass by itself: a step may try again."""


class UsageError(RawanError):
    """The command or the configuration is wrong."""

    exit_code = 2


class GateStopped(RawanError):
    """A hard gate stopped the run; nothing was published."""

    exit_code = 3


class CheckRaised(GateStopped):
    """A check could not be carried out, which is not the same as a check that failed."""


def nearest(word: str, candidates: Iterable[str]) -> str | None:
    """Return the candidate spelled most like `word`, or None if none comes near."""
    from rapidfuzz import fuzz, process

    found = process.extractOne(word, list(candidates), scorer=fuzz.ratio, score_cutoff=55)
    return None if found is None else str(found[0])


def did_you_mean(word: str, candidates: Iterable[str]) -> str:
    """Return ' Did you mean "x"?' or, where nothing is near, the list of what is known."""
    known = sorted(candidates)
    hint = nearest(word, known)
    return f' Did you mean "{hint}"?' if hint else f" Known: {', '.join(known)}."
