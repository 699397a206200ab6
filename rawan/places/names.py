"""Which name of a list a written name means, and how sure that is.

Owns the comparison of names. The forms in which they are compared are in `spelling.py`, which
lists there are in `gazetteer.py`; large lists are searched by `neighbours.py`; what becomes of a
row is in `resolver.py`.

**How sure.** A written name is taken as a noisy copy of one of the names of its block (its
kecamatan, or the whole region). Each edit costs a factor `EDIT`; that it is none of them costs
as many edits as a stranger of that length would need (`STRANGER` a letter, and more strangers
come near in a long list). The confidence is the posterior share of the best name. An exact name,
or one that only differs by old spelling, needs no such reckoning: it is sure when it is the only
one.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import permutations
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from rapidfuzz import process
from rapidfuzz.distance import OSA

from rawan.places.neighbours import DeletionIndex
from rawan.places.spelling import OPEN_PREFIXES, PREFIX, letters, respelled, sounded, words_of

# Chosen from the curves that `benchmarks/places.py --simulated` prints: above these the
# precision was 0.999 and more, for real names (260 villages) and simulated ones (83,000). The
# lists of a kecamatan are short, but a hamlet that no list has may be near one of its names.
CONFIDENT_IN_DISTRICT = 0.90
CONFIDENT_ANYWHERE = 0.95
EDIT = 0.04
STRANGER = 0.30
FARTHEST = 3  # more edits than this are another name
_BRUTE_FORCE = 3_000  # up to this many spellings are compared one by one
_PAIRS_AT_ONCE = 2_000_000
_OFFERED = 5

Numbers = npt.NDArray[np.int64]
Signs = tuple[npt.NDArray[np.uint64], Numbers]
Pairs = tuple[Numbers, Numbers, npt.NDArray[np.float32]]


class Candidate(NamedTuple):
    """A place that a name may mean; `likeness` is 0 to 100, 100 for the same letters."""

    code: str
    label: str
    likeness: float


class Match(NamedTuple):
    """What a name means: the code, or None and the candidates, best first, where none is sure."""

    code: str | None
    method: str
    confidence: float
    candidates: tuple[Candidate, ...] = ()


NO_MATCH = Match(None, "", 0.0)


class _Entries:
    """All spellings of an index side by side, so that many names are compared at once."""

    def __init__(self, members: Sequence[tuple[str, Sequence[str]]]) -> None:
        spelled: list[dict[str, int]] = []
        for _, spellings in members:
            own: dict[str, int] = {}
            for name in spellings:
                words = words_of(name)
                if key := respelled("".join(words)):
                    own[key] = 0
                    if 1 < len(words) <= 3:
                        for order in permutations(words):
                            own.setdefault(respelled("".join(order)), 1)
            spelled.append(own)
        by_scope = sorted(range(len(members)), key=lambda at: members[at][0])
        self.keys = [key for at in by_scope for key in spelled[at]]
        counts = np.array([len(spelled[at]) for at in by_scope], np.int64)
        self.owner = np.repeat(np.array(by_scope, np.int64), counts)
        penalties = [cost for at in by_scope for cost in spelled[at].values()]
        self.penalty = np.array(penalties, np.float32)
        self.signs, self.length = _signs(self.keys)
        self.bounds: dict[str | None, tuple[int, int]] = {None: (0, len(self.keys))}
        self.places: dict[str | None, int] = {None: len(members)}
        ends = np.cumsum(counts)
        for at, place in enumerate(by_scope):
            scope, end = members[place][0], int(ends[at])
            first, _ = self.bounds.get(scope, (end - int(counts[at]), end))
            self.bounds[scope] = (first, end)
            self.places[scope] = self.places.get(scope, 0) + 1
        self._near: DeletionIndex | None = None

    def pairs(self, keys: Sequence[str], scopes: Sequence[str | None]) -> Iterator[Pairs]:
        """Yield (number of the key, number of the spelling, edits) of all that are in reach."""
        written = _signs(keys)
        far = [at for at, scope in enumerate(scopes) if self._is_long(scope)]
        if far:
            if self._near is None:
                self._near = DeletionIndex(self.keys)
            for query, entry in self._near.pairs([keys[at] for at in far]):
                yield self._compared(keys, written, np.array(far, np.int64)[query], entry)
        near = [at for at, scope in enumerate(scopes) if not self._is_long(scope)]
        first = np.array([self.bounds[scopes[at]][0] for at in near], np.int64)
        size = np.array([self.bounds[scopes[at]][1] for at in near], np.int64) - first
        chunk = np.cumsum(size) // _PAIRS_AT_ONCE
        for number in np.unique(chunk):
            rows = np.flatnonzero(chunk == number)
            query = np.repeat(rows, size[rows])
            entry = _ranges(first[rows], size[rows])
            yield self._compared(keys, written, np.array(near, np.int64)[query], entry)

    def _is_long(self, scope: str | None) -> bool:
        first, last = self.bounds[scope]
        return last - first > _BRUTE_FORCE

    def _compared(
        self, keys: Sequence[str], written: Signs, query: Numbers, entry: Numbers
    ) -> Pairs:
        signs, length = written
        # Each edit changes the length by one and the set of signs by two, at most.
        near = np.abs(length[query] - self.length[entry]) <= FARTHEST
        query, entry = query[near], entry[near]
        differing = np.bitwise_count(signs[query] ^ self.signs[entry])
        near = differing <= 2 * FARTHEST
        query, entry = query[near], entry[near]
        listed = self.keys
        edits = process.cpdist(
            [keys[at] for at in query.tolist()],
            [listed[at] for at in entry.tolist()],
            scorer=OSA.distance,
            score_cutoff=FARTHEST,
            dtype=np.uint8,
            workers=1,
        )
        cost = edits.astype(np.float32) + self.penalty[entry]
        near = cost <= FARTHEST
        return query[near], entry[near], cost[near]


def _ranges(first: Numbers, size: Numbers) -> Numbers:
    """Return first, first + 1, ... of each size, one behind the other."""
    starts = np.cumsum(size) - size
    return np.arange(int(size.sum())) - np.repeat(starts - first, size)


def _signs(keys: Sequence[str]) -> Signs:
    """Return for each key the set of its signs as bits, and its length."""
    length = np.array([len(key) for key in keys], np.int64)
    codes = np.frombuffer("".join(keys).encode("ascii"), np.uint8)
    bits = np.left_shift(np.uint64(1), (codes % 64).astype(np.uint64))
    if not len(keys):
        return np.array([], np.uint64), length
    return np.bitwise_or.reduceat(bits, np.cumsum(length) - length), length


class NameIndex:
    """Names with their codes, searched inside a scope (a kecamatan) or in all of them (None).

    Parameters
    ----------
    entries : (code, scope, spellings) of each place; the first spelling is its label.
    """

    def __init__(self, entries: Iterable[tuple[str, str, Sequence[str]]]) -> None:
        self.codes: list[str] = []
        self.labels: list[str] = []
        self._members: list[tuple[str, Sequence[str]]] = []
        self._entries: _Entries | None = None
        exact: dict[tuple[str | None, str], list[int]] = defaultdict(list)
        sound: dict[tuple[str | None, str], list[int]] = defaultdict(list)
        for at, (code, scope, spellings) in enumerate(entries):
            self.codes.append(code)
            self.labels.append(spellings[0])
            self._members.append((scope, spellings))
            keys = list(dict.fromkeys(filter(None, map(letters, spellings))))
            for where in (scope, None):
                for key in keys:
                    exact[where, key].append(at)
                for key in dict.fromkeys(map(sounded, keys)):
                    sound[where, key].append(at)
        # Tuples of numbers, unlike lists, are no work for the garbage collector.
        self._exact = {key: tuple(found) for key, found in exact.items()}
        self._sound = {key: tuple(found) for key, found in sound.items()}
        self._scopes = {None, *(scope for scope, _ in self._members)}
        self._digits = [_digits(letters(label)) for label in self.labels]

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
        answers: list[Match] = []
        keys: list[str] = []
        asked: list[int] = []
        for number, (name, scope) in enumerate(zip(names, scopes, strict=True)):
            known = self._known(name, scope)
            if isinstance(known, Match):
                answers.append(known)
            else:
                answers.append(NO_MATCH)
                keys += known
                asked += [number] * len(known)
        if keys:
            if self._entries is None:
                self._entries = _Entries(self._members)
            self._compare(self._entries, keys, asked, scopes, answers)
        return answers

    def _compare(
        self,
        entries: _Entries,
        keys: list[str],
        asked: list[int],
        scopes: Sequence[str | None],
        answers: list[Match],
    ) -> None:
        """Fill the answers of names that no list has letter by letter."""
        own = [scopes[number] for number in asked]
        for query, entry, cost in entries.pairs(keys, own):
            owner = entries.owner[entry]
            order = np.lexsort((owner, cost, query))
            query, owner, cost = query[order], owner[order], cost[order]
            _, first = np.unique(query * len(self.codes) + owner, return_index=True)
            first.sort()
            query, owner, cost = query[first], owner[first], cost[first]
            starts = np.flatnonzero(np.diff(query, prepend=-1))
            if not len(starts):
                continue
            weights = EDIT**cost
            strangers = np.array([1 + entries.places[own[at]] / 2_000 for at in query[starts]])
            none_of_them = strangers * EDIT ** (
                STRANGER * np.array([len(keys[at]) for at in query[starts]])
            )
            confidence = weights[starts] / (np.add.reduceat(weights, starts) + none_of_them)
            ends = np.append(starts[1:], len(query))
            # Whoever is more than an edit farther than the best is no help to a person.
            close = np.add.reduceat(cost <= np.repeat(cost[starts], ends - starts) + 1, starts)
            owners, costs = owner.tolist(), cost.tolist()
            for at, start, end, sure in zip(
                query[starts].tolist(),
                starts.tolist(),
                (starts + np.minimum(close, _OFFERED)).tolist(),
                confidence.tolist(),
                strict=True,
            ):
                number, key = asked[at], keys[at]
                if answers[number] is NO_MATCH or sure > answers[number].confidence:
                    answers[number] = self._reckoned(
                        key, own[at], owners[start:end], costs[start:end], sure
                    )

    def _known(self, name: str, scope: str | None) -> Match | list[str]:
        """Return the match of the same letters or sound, else the keys to compare."""
        plain = letters(name)
        if same := self._exact.get((scope, plain)):
            return self._sure(same, "name", 100.0)
        keys, rest = [plain], name.lstrip()
        is_open = False
        while (prefix := PREFIX.match(rest)) is not None:
            is_open = is_open or prefix[1].lower() in OPEN_PREFIXES
            rest = rest[prefix.end() :]
            keys.append(letters(rest))
            if same := self._exact.get((scope, keys[-1])):
                return self._sure(same, "name", 100.0)
        keys = keys if is_open else keys[-1:]
        for key in keys:
            if same := self._sound.get((scope, sounded(key))):
                return self._sure(same, "spelling", 99.0)
        if not keys[-1] or scope not in self._scopes:
            return NO_MATCH
        compared = [respelled(key) for key in keys]
        return [compared[0], compared[-1]] if compared[0] != compared[-1] else compared[-1:]

    def _sure(self, same: tuple[int, ...], method: str, likeness: float) -> Match:
        if len(same) == 1:
            return Match(self.codes[same[0]], method, 1.0)
        candidates = tuple(
            Candidate(self.codes[at], self.labels[at], likeness)
            for at in sorted(same, key=self.codes.__getitem__)
        )
        return Match(None, "", 1.0 / len(candidates), candidates)

    def _reckoned(
        self, key: str, scope: str | None, owners: list[int], costs: list[float], sure: float
    ) -> Match:
        # "Sumber Agung 2" is another village than "Sumber Agung", however alike they look.
        if self._digits[owners[0]] != _digits(key):
            sure = 0.0
        if sure >= (CONFIDENT_ANYWHERE if scope is None else CONFIDENT_IN_DISTRICT):
            return Match(self.codes[owners[0]], "spelling", sure)
        codes, labels, worth = self.codes, self.labels, 100.0 / len(key)
        return Match(
            None,
            "",
            sure,
            tuple(
                [
                    Candidate(codes[at], labels[at], max(0.0, round(100.0 - worth * cost, 1)))
                    for at, cost in zip(owners, costs, strict=True)
                ]
            ),
        )


def _digits(key: str) -> str:
    return "" if key.isalpha() else "".join(filter(str.isdigit, key))
