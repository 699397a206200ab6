"""How alike two names are, and which name of a list a written name means.

Owns the spelling of names: prefixes, case, blanks, old spelling, edits, swapped words, and how
sure an answer is. Which lists there are is in `gazetteer.py`; large lists are searched by
`neighbours.py`; what becomes of a row is in `resolver.py`.

**How sure.** A written name is taken as a noisy copy of one of the names of its block (its
kecamatan, or the whole region). Each edit costs a factor `EDIT`; that it is none of them costs
as many edits as a stranger of that length would need (`STRANGER` a letter, and more strangers
come near in a long list). The confidence is the posterior share of the best name. An exact name,
or one that only differs by old spelling, needs no such reckoning: it is sure when it is the only
one.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations

import numpy as np
import numpy.typing as npt
from rapidfuzz import process
from rapidfuzz.distance import OSA

from rawan.places.neighbours import DeletionIndex

# Measured with `benchmarks/places.py --simulated`: see docs of that benchmark.
CONFIDENT = 0.99
EDIT = 0.04
STRANGER = 0.30
FARTHEST = 3  # more edits than this are another name
_BRUTE_FORCE = 3_000  # a block up to this size is compared whole

_PREFIX = re.compile(
    r"(desa|ds|kelurahan|kel|pekon|kampung|kp|kecamatan|kec|kabupaten|kab|kota)\b\.?\s*", re.I
)
# These words are prefixes or a part of the name: "Kota Dalam" is a name, "Kota Kalianda" is not.
_OPEN_PREFIXES = frozenset({"kota", "kampung", "kp"})
_ROMAN = {"i": "1", "ii": "2", "iii": "3", "iv": "4", "v": "5", "vi": "6", "vii": "7", "viii": "8"}
_NOT_LETTERS = re.compile(r"[^0-9a-z]+")
_OLD = (("tj", "c"), ("dj", "j"), ("oe", "u"))
_DOUBLED = re.compile(r"(.)\1+")
_WAY = re.compile(r"^wa[ei](?=[^aeiou])")

Array = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A place that a name may mean; `likeness` is 0 to 100, 100 for the same letters."""

    code: str
    label: str
    likeness: float


@dataclass(frozen=True, slots=True)
class Match:
    """What a name means: the code, or None where no answer is sure enough; best first."""

    code: str | None
    method: str
    confidence: float
    candidates: tuple[Candidate, ...] = ()


NO_MATCH = Match(None, "", 0.0)


def words_of(name: str) -> list[str]:
    """Return the words of a name in small letters without accents; a last Roman number as digits.

    Examples
    --------
    >>> words_of("Sumber-Agung II")
    ['sumber', 'agung', '2']
    """
    if not name.isascii():
        name = unicodedata.normalize("NFKD", name)
        name = "".join(sign for sign in name if not unicodedata.combining(sign))
    words = _NOT_LETTERS.sub(" ", name.casefold()).split()
    if len(words) > 1 and words[-1] in _ROMAN:
        words[-1] = _ROMAN[words[-1]]
    return words


def letters(name: str) -> str:
    """Return a name in small letters without blanks, punctuation and accents."""
    return "".join(words_of(name))


def normalised(name: str) -> str:
    """Return a name without prefix, case, blanks and punctuation.

    Examples
    --------
    >>> normalised("Ds. Bali Nuraga") == normalised("Balinuraga")
    True
    """
    *_, last = forms(name)
    return last


def forms(name: str) -> Iterator[str]:
    """Yield the letters of a name, then without its first prefix, without the second, and so on."""
    name = name.strip()
    yield letters(name)
    while (prefix := _PREFIX.match(name)) is not None:
        name = name[prefix.end() :]
        yield letters(name)


def sounded(key: str) -> str:
    """Return letters as they sound: old spelling, doubled letters and y for j make no difference.

    Examples
    --------
    >>> sounded("soekakarja") == sounded("sukakarya")
    True
    """
    for old, new in _OLD:
        key = key.replace(old, new)
    key = _WAY.sub("way", key)
    return _DOUBLED.sub(r"\1", key.replace("j", "y"))


class _Block:
    """The names of one kecamatan or of the whole region, ready to be compared."""

    def __init__(self, entries: Sequence[tuple[int, str]]) -> None:
        spelled: dict[int, dict[str, int]] = defaultdict(dict)
        for owner, name in entries:
            words = words_of(name)
            key = sounded("".join(words))
            if not key:
                continue
            spelled[owner][key] = 0
            if 1 < len(words) <= 3:
                for order in permutations(words):
                    spelled[owner].setdefault(sounded("".join(order)), 1)
        self.owners = np.array(sorted(spelled), dtype=np.int64)
        self.keys = [key for owner in self.owners for key in spelled[int(owner)]]
        self.penalty = np.array(
            [cost for owner in self.owners for cost in spelled[int(owner)].values()], np.float32
        )
        counts = [len(spelled[int(owner)]) for owner in self.owners]
        self.starts = np.cumsum([0, *counts[:-1]]) if counts else np.array([], np.int64)
        self.owner_at = np.repeat(np.arange(len(counts)), counts)
        self.lengths = np.array([len(key) for key in self.keys], np.float32)
        self.strangers = 1.0 + len(counts) / 2_000
        self._near: DeletionIndex | None = None

    def rivals(self, keys: Sequence[str]) -> Iterator[tuple[npt.NDArray[np.int64], Array]]:
        """Yield for each key the owners within reach and their edits, nearest first."""
        if not len(self.owners):
            for _ in keys:
                yield np.array([], np.int64), np.array([], np.float32)
        elif len(self.keys) <= _BRUTE_FORCE:
            for at in range(0, len(keys), 1_000):
                yield from self._compared(keys[at : at + 1_000])
        else:
            yield from self._looked_up(keys)

    def _compared(self, keys: Sequence[str]) -> Iterator[tuple[npt.NDArray[np.int64], Array]]:
        edits = process.cdist(keys, self.keys, scorer=OSA.distance, dtype=np.uint8, workers=1)
        least = np.minimum.reduceat(edits + self.penalty, self.starts, axis=1)
        for row in least:
            near = np.flatnonzero(row <= FARTHEST)
            order = near[np.lexsort((near, row[near]))]
            yield self.owners[order], row[order]

    def _looked_up(self, keys: Sequence[str]) -> Iterator[tuple[npt.NDArray[np.int64], Array]]:
        if self._near is None:
            self._near = DeletionIndex(self.keys)
        query, entry = self._near.pairs(keys)
        edits = process.cpdist(
            [keys[q] for q in query], [self.keys[e] for e in entry], scorer=OSA.distance, workers=1
        )
        cost = edits.astype(np.float32) + self.penalty[entry]
        owner = self.owner_at[entry]
        order = np.lexsort((owner, cost, query))
        query, owner, cost = query[order], owner[order], cost[order]
        bounds = np.searchsorted(query, np.arange(len(keys) + 1))
        for first, last in zip(bounds[:-1], bounds[1:], strict=True):
            found, places = np.unique(owner[first:last], return_index=True)
            del found
            kept = np.sort(places) + first
            kept = kept[cost[kept] <= FARTHEST]
            yield self.owners[owner[kept]], cost[kept]


class NameIndex:
    """Names with their codes, searched inside a scope (a kecamatan) or in all of them (None).

    Parameters
    ----------
    entries : (code, scope, spellings) of each place; the first spelling is its label.
    """

    def __init__(self, entries: Iterable[tuple[str, str, Sequence[str]]]) -> None:
        self.codes: list[str] = []
        self.scopes: list[str] = []
        self.labels: list[str] = []
        self._members: dict[str | None, list[tuple[int, str]]] = defaultdict(list)
        self._exact: dict[tuple[str | None, str], set[int]] = defaultdict(set)
        self._sound: dict[tuple[str | None, str], set[int]] = defaultdict(set)
        self._blocks: dict[str | None, _Block] = {}
        for at, (code, scope, spellings) in enumerate(entries):
            self.codes.append(code)
            self.scopes.append(scope)
            self.labels.append(spellings[0])
            for name in dict.fromkeys(spellings):
                if not (key := letters(name)):
                    continue
                for where in (scope, None):
                    self._exact[where, key].add(at)
                    self._sound[where, sounded(key)].add(at)
                    self._members[where].append((at, name))

    def exact(self, key: str, scope: str | None = None) -> list[str]:
        """Return the codes of the places with exactly these letters, in order."""
        return sorted(self.codes[at] for at in self._exact.get((scope, key), ()))

    def sounding(self, key: str, scope: str | None = None) -> list[str]:
        """Return the codes of the places that sound like these letters, in order."""
        return sorted(self.codes[at] for at in self._sound.get((scope, sounded(key)), ()))

    def match(self, name: str, scope: str | None = None) -> Match:
        """Return what one written name means; see `match_many`."""
        return self.match_many([name], [scope])[0]

    def match_many(self, names: Sequence[str], scopes: Sequence[str | None]) -> list[Match]:
        """Return what each written name means inside its scope.

        A scope that holds no place gives no match. Many names at once are much faster than
        one by one: the names of one scope are compared together.
        """
        answers: list[Match | None] = []
        waiting: dict[str | None, list[tuple[int, str]]] = defaultdict(list)
        for number, (name, scope) in enumerate(zip(names, scopes, strict=True)):
            known = self._known(name, scope)
            answers.append(known if isinstance(known, Match) else None)
            if not isinstance(known, Match):
                waiting[scope] += [(number, key) for key in known]
        for scope, queries in waiting.items():
            block = self._block(scope)
            keys = [key for _, key in queries]
            for (number, key), (owners, edits) in zip(queries, block.rivals(keys), strict=True):
                found = self._reckoned(key, owners, edits, block.strangers)
                earlier = answers[number]
                if earlier is None or found.confidence > earlier.confidence:
                    answers[number] = found
        return [answer or NO_MATCH for answer in answers]

    def _known(self, name: str, scope: str | None) -> Match | list[str]:
        """Return the match of the same letters or sound, else the keys to compare."""
        keys = list(forms(name))
        for key in keys:
            if key and (same := self._exact.get((scope, key))):
                return self._sure(same, "name", 100.0)
        sounds = [sounded(key) for key in keys]
        for key in sounds:
            if key and (same := self._sound.get((scope, key))):
                return self._sure(same, "spelling", 99.0)
        if not sounds[-1] or scope not in self._members:
            return NO_MATCH
        first_word = re.match(r"\w+", name.strip())
        is_open = first_word is not None and first_word[0].casefold() in _OPEN_PREFIXES
        return list(dict.fromkeys([*sounds[:1], sounds[-1]] if is_open else sounds[-1:]))

    def _sure(self, same: set[int], method: str, likeness: float) -> Match:
        candidates = tuple(
            Candidate(self.codes[at], self.labels[at], likeness)
            for at in sorted(same, key=lambda at: self.codes[at])
        )
        if len(candidates) == 1:
            return Match(candidates[0].code, method, 1.0, candidates)
        return Match(None, "", 1.0 / len(candidates), candidates)

    def _reckoned(
        self, key: str, owners: npt.NDArray[np.int64], edits: Array, strangers: float
    ) -> Match:
        if not len(owners):
            return NO_MATCH
        weights = EDIT**edits
        none_of_them = strangers * EDIT ** (STRANGER * len(key))
        confidence = float(weights[0] / (weights.sum() + none_of_them))
        digits = "".join(filter(str.isdigit, key))
        candidates = tuple(
            Candidate(
                self.codes[at],
                self.labels[at],
                round(max(0.0, 100 * (1 - float(d) / max(len(key), 1))), 1),
            )
            for at, d in zip(owners[:5], edits[:5], strict=True)
        )
        # "Sumber Agung 2" is another village than "Sumber Agung", however alike they look.
        if digits != "".join(filter(str.isdigit, letters(candidates[0].label))):
            confidence = 0.0
        sure = confidence >= CONFIDENT
        return Match(
            candidates[0].code if sure else None, "spelling" if sure else "", confidence, candidates
        )

    def _block(self, scope: str | None) -> _Block:
        if scope not in self._blocks:
            self._blocks[scope] = _Block(self._members.get(scope, []))
        return self._blocks[scope]
