"""What kind of text this is: calibrated probabilities of labels, from words and their parts.

Owns the statistics. Which words a text has, what a rule says of it, and what a label means is
decided by the caller: texts come as words separated by blanks, hints as numbers.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import minimize_scalar
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

Array = NDArray[np.float64]

PART_LENGTHS = (3, 4, 5)
AT_ONCE = 5_000  # texts in memory as features
PENALTY = 0.3  # 1 / C of scikit-learn
HINT_SCALE = 0.6
HOTTEST = 6.0


@dataclass(frozen=True)
class _Features:
    """Numbers of the words, pairs of words and parts of words that are known, and their weights.

    A text becomes three blocks, each the square root of counts times inverse document frequency
    and of length one, and the hints beside them. The parts of a word are those of three to five
    letters, with a blank before and after the word, so that membakar, dibakar and pembakaran
    share theirs.
    """

    words: dict[str, int]
    pairs: dict[str, dict[str, int]]
    parts: dict[str, int]
    rarity: tuple[Array, Array, Array]

    @classmethod
    def of(cls, texts: Sequence[str], least_texts: int) -> "_Features":
        words, pairs, parts = Counter[str](), Counter[tuple[str, str]](), Counter[str]()
        for text in texts:
            split = text.split()
            words.update(set(split))
            pairs.update(set(pairwise(split)))
            parts.update({part for word in set(split) for part in _parts(word)})
        kept_words = sorted(word for word, n in words.items() if n >= least_texts)
        kept_pairs = sorted(pair for pair, n in pairs.items() if n >= least_texts)
        kept_parts = sorted(part for part, n in parts.items() if n >= least_texts)
        nested: dict[str, dict[str, int]] = {}
        for number, (first, second) in enumerate(kept_pairs):
            nested.setdefault(first, {})[second] = number
        n = len(texts)
        return cls(
            {word: number for number, word in enumerate(kept_words)},
            nested,
            {part: number for number, part in enumerate(kept_parts)},
            (
                _rarity([words[word] for word in kept_words], n),
                _rarity([pairs[pair] for pair in kept_pairs], n),
                _rarity([parts[part] for part in kept_parts], n),
            ),
        )

    def matrix(self, texts: Sequence[str], hints: Array) -> sparse.csr_array:
        """Return one row a text; a row depends on its own text and hints alone."""
        batch: dict[str, int] = {}
        at: list[int] = []
        ends = [0]
        pair_at: list[int] = []
        pair_ends = [0]
        for text in texts:
            split = text.split()
            at += [batch.setdefault(word, len(batch)) for word in split]
            ends.append(len(at))
            for first, second in pairwise(split):
                known = self.pairs.get(first)
                if known is not None and second in known:
                    pair_at.append(known[second])
            pair_ends.append(len(pair_at))
        told = _counts(at, ends, len(batch))  # in the order of the text, so that sums are its own
        pairs = _counts(pair_at, pair_ends, len(self.rarity[1]))
        pairs.sum_duplicates()
        blocks = [
            told @ self._by_word(batch, [(word,) for word in batch], self.words),
            pairs,
            told @ self._by_word(batch, [_parts(word) for word in batch], self.parts),
        ]
        scaled = [
            _unit_rows(block, rarity) for block, rarity in zip(blocks, self.rarity, strict=True)
        ]
        return sparse.csr_array(sparse.hstack([*scaled, sparse.csr_array(HINT_SCALE * hints)]))

    @staticmethod
    def _by_word(
        batch: dict[str, int], pieces: list[tuple[str, ...]], numbers: dict[str, int]
    ) -> sparse.csr_array:
        """Return which known pieces each word of the batch has."""
        at: list[int] = []
        ends = [0]
        for own in pieces:
            at += [numbers[piece] for piece in own if piece in numbers]
            ends.append(len(at))
        return _counts(at, ends, len(numbers))


@dataclass(frozen=True)
class TextTypes:
    """Multinomial logistic regression on words, pairs and parts of words, and on hints.

    Attributes
    ----------
    labels : the labels in order, one a column of the probabilities.
    temperature : by which the log-odds are divided. It is the one that gives the least log loss
        on texts of a group that was not learned from, so that confidence is what may be expected
        of texts from elsewhere.
    held_out : (n_texts, n_labels) probabilities of the texts learned from, each by a model that
        knew none of its group, after the temperature.
    """

    labels: tuple[str, ...]
    temperature: float
    held_out: Array
    _features: _Features
    _weights: Array
    _intercept: Array

    @classmethod
    def fit(
        cls,
        texts: Sequence[str],
        labels: Sequence[str],
        hints: Array,
        groups: Sequence[str],
        least_texts: int = 2,
    ) -> "TextTypes":
        """Learn from labelled texts; the same texts in the same order give the same model.

        Parameters
        ----------
        texts : n texts, words separated by blanks.
        labels : the label of each; at least two different ones.
        hints : (n, n_hints) float, finite; what rules say of each text.
        groups : the group of each text, such as its style or source; at least two.
        least_texts : how many texts must have a word, pair or part for it to be learned.

        Raises
        ------
        ValueError
            If there are fewer than two labels or groups, or lengths differ.

        References
        ----------
        Guo, Pleiss, Sun and Weinberger (2017), "On calibration of modern neural networks",
        for the temperature.
        """
        if not len(texts) == len(labels) == len(hints) == len(groups):
            raise ValueError("texts, labels, hints and groups must be of one length")
        names = sorted(set(labels))
        folds = sorted(set(groups))
        if len(names) < 2 or len(folds) < 2:
            raise ValueError("at least two labels and two groups are needed")
        truth = np.array([names.index(label) for label in labels])
        member = np.array([folds.index(group) for group in groups])
        odds = np.zeros((len(texts), len(names)))
        for fold in range(len(folds)):
            learn, ask = (
                np.flatnonzero(member != fold).tolist(),
                np.flatnonzero(member == fold).tolist(),
            )
            features, weights, intercept = _learned(
                [texts[i] for i in learn], truth[learn], hints[learn], len(names), least_texts
            )
            asked = features.matrix([texts[i] for i in ask], hints[ask])
            odds[ask] = asked @ weights + intercept
        temperature = _best_temperature(odds, truth)
        learned = _learned(texts, truth, hints, len(names), least_texts)
        return cls(tuple(names), temperature, _shares(odds / temperature), *learned)

    def probabilities(self, texts: Sequence[str], hints: Array) -> Array:
        """Return (n, n_labels) probabilities; each row sums to one.

        A text's row does not depend on the other texts asked along with it.
        """
        answer = np.zeros((len(texts), len(self.labels)))
        for start in range(0, len(texts), AT_ONCE):
            part = slice(start, start + AT_ONCE)
            rows = self._features.matrix(texts[part], hints[part])
            answer[part] = _shares((rows @ self._weights + self._intercept) / self.temperature)
        return answer

    def telling_words(
        self, texts: Sequence[str], labels: Sequence[str], count: int = 3
    ) -> list[list[str]]:
        """Return for each text the words that speak most for its label, the strongest first."""
        words = {word: i for i, word in enumerate(dict.fromkeys(" ".join(texts).split()))}
        rows = self._features.matrix(list(words), np.zeros((len(words), self._hints())))
        weight = rows @ (self._weights - self._weights.mean(axis=1, keepdims=True))
        answer = []
        for text, label in zip(texts, labels, strict=True):
            own = list(dict.fromkeys(text.split()))
            speaks = weight[[words[word] for word in own], self.labels.index(label)]
            order = np.argsort(-speaks, kind="stable")[:count]
            answer.append([own[i] for i in order if speaks[i] > 0])
        return answer

    def _hints(self) -> int:
        return int(len(self._weights) - sum(len(rarity) for rarity in self._features.rarity))


def _learned(
    texts: Sequence[str],
    truth: NDArray[np.int64],
    hints: Array,
    n_labels: int,
    least_texts: int,
) -> tuple[_Features, Array, Array]:
    features = _Features.of(texts, least_texts)
    rows = features.matrix(texts, hints)
    with threadpool_limits(limits=1):  # so that sums are made in one order
        fitted = LogisticRegression(C=1 / PENALTY, tol=1e-3, max_iter=300).fit(rows, truth)
    weights = np.zeros((rows.shape[1], n_labels))
    intercept = np.full(n_labels, -np.inf)
    coefficients, constants = fitted.coef_, fitted.intercept_
    if len(fitted.classes_) == 2:  # scikit-learn keeps one row for two classes
        coefficients = np.vstack([-coefficients[0] / 2, coefficients[0] / 2])
        constants = np.array([-constants[0] / 2, constants[0] / 2])
    weights[:, fitted.classes_] = coefficients.T
    intercept[fitted.classes_] = constants
    # A label that this fold never saw is unlikely, not impossible.
    intercept[np.isinf(intercept)] = constants.min() - 5.0
    return features, weights, intercept


def _best_temperature(odds: Array, truth: NDArray[np.int64]) -> float:
    rows = np.arange(len(truth))

    def loss(log_temperature: float) -> float:
        shares = _shares(odds / np.exp(log_temperature))
        return float(-np.log(np.maximum(shares[rows, truth], 1e-12)).mean())

    found = minimize_scalar(loss, bounds=(-np.log(HOTTEST), np.log(HOTTEST)), method="bounded")
    return float(np.exp(found.x))


def _shares(odds: Array) -> Array:
    raised = np.exp(odds - odds.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


@lru_cache(maxsize=1 << 14)
def _parts(word: str) -> tuple[str, ...]:
    padded = f" {word[:40]} "
    return tuple(padded[i : i + n] for n in PART_LENGTHS for i in range(len(padded) - n + 1))


def _rarity(counts: list[int], n_texts: int) -> Array:
    return np.asarray(np.log((1 + n_texts) / (1 + np.array(counts, dtype=float))) + 1)


def _counts(at: list[int], ends: list[int], width: int) -> sparse.csr_array:
    """Return a matrix with a one for each entry; the order of a text's words is kept."""
    ones = np.ones(len(at))
    return sparse.csr_array(
        (ones, np.array(at, dtype=np.int64), np.array(ends, dtype=np.int64)),
        shape=(len(ends) - 1, width),
    )


def _unit_rows(block: sparse.csr_array, rarity: Array) -> sparse.csr_array:
    data = np.sqrt(block.data) * rarity[block.indices]
    row = np.repeat(np.arange(block.shape[0]), np.diff(block.indptr))
    length = np.sqrt(np.bincount(row, data**2, minlength=block.shape[0]))
    length[length == 0] = 1.0
    return sparse.csr_array((data / length[row], block.indices, block.indptr), shape=block.shape)
