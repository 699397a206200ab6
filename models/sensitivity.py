"""What would change a rank most, and how far a unit is from the cut.

Works on scores and contributions alone; which features make a group is the caller's to say.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from models.additive import Array
from models.ranking import Ranks, ranks

# Sums of contributions differ by less than this, in units of the largest score, for no reason.
_ROUNDING = 1e-12


@dataclass(frozen=True)
class Moves:
    """The rank that each unit would have if one group of features were as usual.

    Attributes
    ----------
    groups : names of the g groups.
    rank : (n,) the ranks as they are; 1 is the highest.
    rank_if_usual : (n, g) the rank if the group's contribution were the region's median
        and all else, the other units included, stayed as it is.
    """

    groups: tuple[str, ...]
    rank: Ranks
    rank_if_usual: Ranks

    def largest(self, unit: int, most: int) -> list[tuple[str, int]]:
        """Return the groups that move a unit most and its rank without them, largest first.

        Groups that do not move it are left out; equal moves stand in the groups' order.
        """
        steps = np.abs(self.rank_if_usual[unit] - self.rank[unit])
        order = np.argsort(-steps, kind="stable")[:most]
        return [(self.groups[g], int(self.rank_if_usual[unit, g])) for g in order if steps[g]]


@dataclass(frozen=True)
class Distance:
    """How far each unit is from the cut between the first k and the others.

    Attributes
    ----------
    gap : (n,) score above (+) or below (-) the score at which the unit would change sides;
        NaN if all units are among the first k.
    villages : (n,) int; inside (+), how many others would have to pass the unit before it is
        out; outside (-), how many it would have to reach to be in; 0 where a tie lies across
        the cut, or if all units are among the first k.
    """

    gap: Array
    villages: Ranks


def moves(score: Array, contributions: Mapping[str, Array]) -> Moves:
    """Return the rank of each unit if a group's contribution were the region's median.

    Parameters
    ----------
    score : (n,) finite scores, higher means riskier.
    contributions : by group, (n,) what it adds to each score.

    Examples
    --------
    >>> found = moves(np.array([3.0, 1.0, 0.0]), {"past": np.array([3.0, 0.0, 0.0])})
    >>> found.rank_if_usual[:, 0].tolist()
    [2, 2, 3]
    """
    rank = ranks(score)
    columns = []
    for part in contributions.values():
        usual = float(np.median(part))
        changed = rank_among_others(score, score - part + usual)
        # What is as usual already stays where it is, to the bit.
        columns.append(np.where(part == usual, rank, changed))
    return Moves(
        groups=tuple(contributions),
        rank=rank,
        rank_if_usual=np.column_stack(columns) if columns else np.zeros((len(score), 0), np.int64),
    )


def rank_among_others(score: Array, changed: Array) -> Ranks:
    """Return the rank of each unit with its changed score while all others keep theirs.

    Ties share the smallest rank. A changed score is a difference of sums, so one that comes
    within rounding of another is tied with it.

    Raises
    ------
    ValueError
        If a score is not finite.
    """
    if not (np.isfinite(score).all() and np.isfinite(changed).all()):
        raise ValueError("a score is not finite")
    reached = changed + _ROUNDING * max(1.0, float(np.abs(score).max()))
    above = len(score) - np.searchsorted(np.sort(score), reached, side="right")
    # The unit itself, where it stood, is not among the others.
    return np.asarray(1 + above - (score > reached), dtype=np.int64)


def distance_to_cut(score: Array, k: int) -> Distance:
    """Return how far each unit is from the cut below the first k.

    Raises
    ------
    ValueError
        If k is out of range or a score is not finite.

    Examples
    --------
    >>> found = distance_to_cut(np.array([5.0, 4.0, 2.0, 1.0]), k=2)
    >>> found.gap.tolist(), found.villages.tolist()
    ([3.0, 2.0, -2.0, -3.0], [2, 1, -1, -2])
    """
    n = len(score)
    if not 1 <= k <= n:
        raise ValueError(f"k = {k} is not between 1 and {n}")
    rank = ranks(score)
    if k == n:
        return Distance(np.full(n, np.nan), np.zeros(n, np.int64))
    falling = np.sort(score)[::-1]
    last_in, first_out = falling[k - 1], falling[k]
    at_least = n - np.searchsorted(falling[::-1], score, side="left")
    is_in, is_out = at_least <= k, rank > k
    gap = np.where(is_in, score - first_out, np.where(is_out, score - last_in, 0.0))
    villages = np.where(is_in, k - at_least + 1, np.where(is_out, k - rank, 0))
    return Distance(gap, villages.astype(np.int64))
