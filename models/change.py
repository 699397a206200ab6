"""The change between two lists, taken apart into passing time, new data and a new model.

Four score vectors tell all of it: the old list as published; the old model at the new cutoff,
knowing only what was known at the old one; the old model knowing everything; the new model.
How these are made is the caller's; here they are only compared.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from models.additive import Array
from models.ranking import Ranks, ranks

Part = Literal["time", "data", "model", "places"]
PARTS: tuple[Part, ...] = ("time", "data", "model", "places")


@dataclass(frozen=True)
class Change:
    """The change of each unit that stands in either list; places gained are above zero.

    Attributes
    ----------
    codes : (n,) units of the new list in its order, then those that have left.
    rank_before, rank_after : (n,) float, NaN for a unit that was not in that list.
    steps : by part, (n,) places gained through it, NaN where the unit is in one list only.
        They add up to `rank_before - rank_after` exactly. "places" is what units that came
        and went did to the others' ranks.
    score_steps : by "time" and "data", (n,) change of the score on the old model's scale.
        Scores of two models are not on one scale, so there is none for "model".
    """

    codes: tuple[str, ...]
    rank_before: Array
    rank_after: Array
    steps: dict[Part, Array]
    score_steps: dict[Part, Array]

    @property
    def appeared(self) -> tuple[str, ...]:
        """The units of the new list that the old one did not have."""
        return self._where(np.isnan(self.rank_before))

    @property
    def disappeared(self) -> tuple[str, ...]:
        """The units of the old list that the new one does not have."""
        return self._where(np.isnan(self.rank_after))

    def moved_mainly_by(self) -> dict[str, int]:
        """Return how many units moved mainly by each part.

        The main part is the one with most places in the direction in which the unit moved.
        "several" counts units with two parts alike, "unmoved" those of the same rank,
        "appeared" and "disappeared" those in one list only; together they are all units.
        """
        total = self.rank_before - self.rank_after
        is_moved = np.isfinite(total) & (total != 0)
        along = np.column_stack([self.steps[part] for part in PARTS])[is_moved]
        along = along * np.sign(total[is_moved])[:, None]
        is_largest = along == along.max(axis=1, keepdims=True)
        is_single = is_largest.sum(axis=1) == 1
        counts: dict[str, int] = {
            part: int((is_largest[:, column] & is_single).sum())
            for column, part in enumerate(PARTS)
        }
        return counts | {
            "several": int((~is_single).sum()),
            "unmoved": int((total == 0).sum()),
            "appeared": len(self.appeared),
            "disappeared": len(self.disappeared),
        }

    def _where(self, kept: NDArray[np.bool_]) -> tuple[str, ...]:
        return tuple(code for code, is_kept in zip(self.codes, kept, strict=True) if is_kept)


def decompose(
    codes_before: list[str],
    published: Array,
    codes: list[str],
    passed: Array,
    informed: Array,
    renewed: Array,
) -> Change:
    """Take the change of every rank apart, exactly.

    Ranks are taken after each stage among the units that both lists have, so that each part's
    steps telescope; what is left between those ranks and the ranks of the whole lists is due
    to units that came or went. The order time, data, model is a choice: with another order
    the parts would differ, but not their sum.

    Parameters
    ----------
    codes_before, published : the b units of the old list and their scores as published.
    codes : the n units of the new list.
    passed : (n,) scores of the old model with the features at the new cutoff, knowing only
        what was known at the old cutoff.
    informed : (n,) scores of the old model at the new cutoff with all that is known.
    renewed : (n,) scores of the new model on the same features; the new list.

    Raises
    ------
    ValueError
        If lengths differ, a code stands twice or a score is not finite.

    Examples
    --------
    >>> old, new = np.array([2.0, 1.0]), np.array([1.0, 3.0])
    >>> found = decompose(["a", "b"], old, ["a", "b"], old / 2, new, new)
    >>> {part: steps.tolist() for part, steps in found.steps.items()}
    {'time': [0.0, 0.0], 'data': [-1.0, 1.0], 'model': [0.0, 0.0], 'places': [0.0, 0.0]}
    """
    _check(codes_before, (published,))
    _check(codes, (passed, informed, renewed))
    place_before = {code: row for row, code in enumerate(codes_before)}
    stayed = np.array([row for row, code in enumerate(codes) if code in place_before], np.int64)
    was = np.array([place_before[codes[row]] for row in stayed], np.int64)
    is_now = set(codes)
    left = [code for code in codes_before if code not in is_now]
    n = len(codes) + len(left)

    rank_before, rank_after = np.full(n, np.nan), np.full(n, np.nan)
    all_before = ranks(published)
    rank_before[stayed] = all_before[was]
    rank_before[len(codes) :] = all_before[[place_before[code] for code in left]]
    rank_after[: len(codes)] = ranks(renewed)

    stages = [published[was], passed[stayed], informed[stayed], renewed[stayed]]
    first, *later = [_ranked(stage) for stage in stages]
    steps = {part: np.full(n, np.nan) for part in PARTS}
    earlier = first
    for part, now in zip(PARTS, later, strict=False):
        steps[part][stayed] = earlier - now
        earlier = now
    outside = (rank_before[stayed] - first) + (later[-1] - rank_after[stayed])
    steps["places"][stayed] = outside
    scores: dict[Part, Array] = {"time": np.full(n, np.nan), "data": np.full(n, np.nan)}
    scores["time"][stayed] = stages[1] - stages[0]
    scores["data"][stayed] = stages[2] - stages[1]
    return Change((*codes, *left), rank_before, rank_after, steps, scores)


def _ranked(score: Array) -> Ranks:
    return ranks(score) if len(score) else np.zeros(0, np.int64)


def _check(codes: list[str], scores: tuple[Array, ...]) -> None:
    if len(set(codes)) != len(codes):
        raise ValueError("a unit stands twice in one list")
    for score in scores:
        if len(score) != len(codes):
            raise ValueError(f"{len(score)} scores for {len(codes)} units")
        if not np.isfinite(score).all():
            raise ValueError("a score is not finite")
