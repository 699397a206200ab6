"""Names within two edits of each other in a long list, without comparing all with all.

Two words within two edits share a word that is left when at most two letters of each are taken
out (the deletion neighbourhood; Mor and Fraenkel 1982, "A hash code method for detecting and
correcting spelling errors", Communications of the ACM 25). The index holds a hash of each such
rest. It finds pairs that may be near; the caller counts their edits.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

_BASE = np.uint64(0x9E3779B97F4A7C15 | 1)
_INVERSE = np.uint64(pow(int(_BASE), -1, 1 << 64))
_INVERSE_TWICE = np.uint64(pow(int(_BASE), -2, 1 << 64))
_LONGEST = 24  # letters compared; what stands behind is left to the caller's count
_AT_ONCE = 20_000

Hashes = npt.NDArray[np.uint64]
Numbers = npt.NDArray[np.int64]


class DeletionIndex:
    """Finds the words of a list that may be within two edits of a written word."""

    def __init__(self, words: Sequence[str]) -> None:
        hashes, owners = _rests(words)
        order = np.argsort(hashes, kind="stable")
        self._hashes = hashes[order]
        self._owners = owners[order].astype(np.int32)

    def pairs(self, words: Sequence[str]) -> Iterator[tuple[Numbers, Numbers]]:
        """Yield (number of the written word, number of the listed word) of all that may be near.

        Sorted, each pair once. Pairs within two edits are never missed, except where both
        words differ only behind their 24th letter.
        """
        for at in range(0, len(words), _AT_ONCE):
            found = self._pairs(words[at : at + _AT_ONCE], at)
            yield found >> 32, found & 0xFFFFFFFF

    def _pairs(self, words: Sequence[str], offset: int) -> Numbers:
        hashes, numbers = _rests(words)
        order = np.argsort(hashes)  # neighbours in the index are then neighbours in memory
        hashes, numbers = hashes[order], numbers[order] + offset
        first = np.searchsorted(self._hashes, hashes, "left")
        last = np.searchsorted(self._hashes, hashes, "right")
        counts = last - first
        hit = counts > 0
        first, counts, numbers = first[hit], counts[hit], numbers[hit]
        starts = np.repeat(first - np.concatenate(([0], np.cumsum(counts)[:-1])), counts)
        entries = self._owners[starts + np.arange(counts.sum())].astype(np.int64)
        return np.unique((np.repeat(numbers, counts) << 32) | entries)


def _rests(words: Sequence[str]) -> tuple[Hashes, Numbers]:
    """Return the hashes of every word with none, one and two letters taken out, and its number."""
    by_length: dict[int, list[int]] = {}
    for number, word in enumerate(words):
        by_length.setdefault(min(len(word), _LONGEST), []).append(number)
    hashes: list[Hashes] = [np.array([], np.uint64)]
    owners: list[Numbers] = [np.array([], np.int64)]
    for length, numbers in sorted(by_length.items()):
        signs = np.array(
            [[ord(sign) for sign in words[number][:length]] for number in numbers], np.uint64
        ).reshape(len(numbers), length)
        for rest in _rests_of_length(signs):
            hashes.append(rest)
            owners.append(np.array(numbers, np.int64))
    return np.concatenate(hashes), np.concatenate(owners)


def _rests_of_length(signs: Hashes) -> list[Hashes]:
    """Return one column of hashes for each choice of letters to take out."""
    length = signs.shape[1]
    powers = np.array([pow(int(_BASE), at, 1 << 64) for at in range(length)], np.uint64)
    terms = signs * powers
    before = np.concatenate([np.zeros((len(signs), 1), np.uint64), np.cumsum(terms, axis=1)], 1)
    whole = before[:, length]
    once = [before[:, i] + (whole - before[:, i + 1]) * _INVERSE for i in range(length)]
    twice = [
        before[:, i]
        + (before[:, j] - before[:, i + 1]) * _INVERSE
        + (whole - before[:, j + 1]) * _INVERSE_TWICE
        for i in range(length)
        for j in range(i + 1, length)
    ]
    return [whole, *once, *twice]
