"""Which texts say the same, nearly word for word: forwarded, retyped, copied with small changes.

Owns the grouping by words alone. Place, day and source of a report are left to the caller: two
texts may be alike and tell of two villages, so alike texts count as one only where the caller
finds them together.

Method
------
Texts are compared as words and numbers in lower case, without signs and HTML. The likeness of
two is the share of characters that stand in both in the same order (Indel similarity, 0 to 1).
Texts that are equal in this form are alike; so are texts of at least `LEAST_WORDS` words whose
likeness reaches the threshold. Since all pairs cannot be compared, those are that share one of
`BANDS` MinHash bands of their words; where very many share a band, each is compared with its
next `NEIGHBOURS` in alphabetical order. Pairs with likeness 0.9 share a band with a probability
of more than 0.99, as a rule, and a pair that shares none may be missed, but never is a pair
taken that does not reach the threshold.

A group is everything that is connected by alike pairs (their transitive closure): its first and
its last text may be less alike than the threshold.

References
----------
Broder (1997), "On the resemblance and containment of documents", for MinHash.
"""

import zlib
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from rawan.reports.words import words_and_numbers

LEAST_WORDS = 5  # shorter texts are alike by chance
BANDS, ROWS = 16, 4
NEIGHBOURS = 16
PAIRS_AT_ONCE = 200_000

Numbers = NDArray[np.int64]
Hashes = NDArray[np.uint64]


def group_alike(texts: Sequence[str], threshold: float = 0.9) -> list[int]:
    """Return the number of each text's group; alike texts share it.

    Groups are numbered from 0 in the order in which their first text stands. Which texts are
    together depends on the set of texts alone, not on their order.

    Parameters
    ----------
    texts : any texts, as they came.
    threshold : likeness from which two texts are alike, 0 < threshold <= 1.

    Examples
    --------
    >>> group_alike([
    ...     "Warga dua dusun bersitegang di pasar desa.",
    ...     "Patroli malam selesai, situasi aman.",
    ...     "warga dua dusun bersitegang di pasar desa!!",
    ... ])
    [0, 1, 0]
    """
    if not 0 < threshold <= 1:
        raise ValueError("threshold must be above 0 and at most 1")
    forms = [" ".join(words_and_numbers(text)) for text in texts]
    # In alphabetical order, so that the order of arrival changes nothing.
    distinct = sorted(set(forms))
    long = [i for i, form in enumerate(distinct) if form.count(" ") + 1 >= LEAST_WORDS]
    group = np.arange(len(distinct))
    if threshold < 1 and len(long) > 1:
        found = _grouped([distinct[i] for i in long], threshold)
        group[long] = np.array(long)[found]
    by_form = dict(zip(distinct, group.tolist(), strict=True))
    number: dict[int, int] = {}
    return [number.setdefault(by_form[form], len(number)) for form in forms]


def _grouped(forms: list[str], threshold: float) -> Numbers:
    """Return for each of some distinct texts the first one of its group."""
    length = np.array([len(form) for form in forms])
    group = np.arange(len(forms))
    for keys in _bands(forms):
        for first, second in _candidates(keys, group, length, threshold):
            alike = _likeness(forms, first, second, threshold) >= threshold
            group = _joined(group, first[alike], second[alike])
    return group


def _bands(forms: list[str]) -> Iterator[Hashes]:
    """Yield for each band one key a text, from the MinHash values of its words."""
    numbers: dict[str, int] = {}
    at: list[int] = []
    starts = []
    for form in forms:
        starts.append(len(at))
        at += [numbers.setdefault(word, len(numbers)) for word in form.split(" ")]
    word = np.array(
        [zlib.crc32(word.encode("utf-8", "surrogatepass")) for word in numbers], dtype=np.uint64
    )
    place = np.array(at, dtype=np.int32)
    rng = np.random.default_rng(19971)  # fixed: the same texts are compared in every run
    for _ in range(BANDS):
        key = np.zeros(len(forms), dtype=np.uint64)
        for _ in range(ROWS):
            odd, shift = rng.integers(1, 2**63, 2, dtype=np.uint64)
            mixed = _mixed((word + shift) * (odd | np.uint64(1)))
            key = _mixed(key ^ np.minimum.reduceat(mixed[place], starts))
        yield key


def _mixed(numbers: Hashes) -> Hashes:
    """Scatter numbers over all 64 bits, the same for the same number."""
    numbers = (numbers ^ (numbers >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)
    return numbers ^ (numbers >> np.uint64(32))


def _candidates(
    keys: Hashes, group: Numbers, length: Numbers, threshold: float
) -> Iterator[tuple[Numbers, Numbers]]:
    """Yield pairs with the same key that may be alike and are not in one group yet."""
    order = np.argsort(keys, kind="stable")
    held: list[tuple[Numbers, Numbers]] = []
    for step in range(1, NEIGHBOURS + 1):
        first, second = order[:-step], order[step:]
        same = keys[first] == keys[second]
        if not same.any():
            break
        first, second = first[same], second[same]
        shorter = np.minimum(length[first], length[second])
        # Two texts share at most the shorter one's characters.
        enough = 2 * shorter >= threshold * (length[first] + length[second]) - 1e-9
        new = enough & (group[first] != group[second])
        held.append((first[new], second[new]))
    for first, second in held:
        for start in range(0, len(first), PAIRS_AT_ONCE):
            part = slice(start, start + PAIRS_AT_ONCE)
            yield first[part], second[part]


def _likeness(
    forms: list[str], first: Numbers, second: Numbers, threshold: float
) -> NDArray[np.float64]:
    scores = process.cpdist(
        [forms[i] for i in first],
        [forms[i] for i in second],
        scorer=fuzz.ratio,
        score_cutoff=100 * threshold - 1e-9,
        dtype=np.float64,
        workers=1,
    )
    return np.asarray(scores, dtype=np.float64) / 100


def _joined(group: Numbers, first: Numbers, second: Numbers) -> Numbers:
    """Return the groups after pairs are put together, each named by its first text."""
    if not len(first):
        return group
    n = len(group)
    links = sparse.csr_array((np.ones(len(first)), (group[first], group[second])), shape=(n, n))
    _, part = connected_components(links, directed=False)
    leader = np.full(part.max() + 1, n)
    np.minimum.at(leader, part, np.arange(n))
    return np.asarray(leader[part[group]])
