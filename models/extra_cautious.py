"""More people for the bad draws: the mean of the worst tenth instead of the mean of all.

Owns the cautious variant of `extra.py`, under the same rules. It is no separable problem any more:
which draws are the worst depends on the plan. So it is an integer programme (Rockafellar and
Uryasev 2000, "Optimization of conditional value-at-risk", Journal of Risk 2), solved by HiGHS to a
gap that is told. Rules must be kept here: where teams are too few for them, `plan_extra` says which
gives way.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csc_matrix

from models.additive import Array
from models.extra import added_share
from models.extra_terms import Counts, Places, Terms, by_code, check


@dataclass(frozen=True)
class CautiousPlan:
    """A plan for the worst draws.

    Attributes
    ----------
    teams : (n,) teams in each village.
    worst : mean, over the share of draws in which this plan faces least, of the incidents faced.
    bound : no plan that keeps the rules has more.
    """

    teams: Counts
    worst: float
    bound: float


def worst_mean(faced: Array, share: float) -> float:
    """Return the mean of the lowest share of values; a part of a value counts in part.

    Examples
    --------
    >>> worst_mean(np.array([3.0, 1.0, 2.0, 4.0]), 0.5)
    1.5
    """
    ordered, left = np.sort(faced), share * len(faced)
    weight = np.clip(left - np.arange(len(faced)), 0.0, 1.0)
    return float((ordered * weight).sum() / left)


def plan_cautious(
    draws: Array,
    places: Places,
    terms: Terms,
    share: float = 0.1,
    seconds: float = 60.0,
    gap: float = 0.005,
) -> CautiousPlan | None:
    """Place the teams so that the worst share of draws is as good as can be.

    Parameters
    ----------
    share : of the draws that count as the worst, above 0 up to 1.
    seconds, gap : the search stops at either; `bound` says how much better a plan might be. One
        that the clock stopped may differ from machine to machine.

    Returns
    -------
    CautiousPlan, or None if the rules cannot all be kept with these teams or no plan was found in
    time.

    Raises
    ------
    ValueError
        As `plan_extra`, or if the share is out of range.
    """
    check(draws, places, terms)
    if not 0 < share <= 1:
        raise ValueError(f"a share of {share} is not above 0 and at most 1")
    order = by_code(places)
    here, drawn = places.at(order), np.ascontiguousarray(draws[:, order])
    worth = added_share(here, terms)[:, : terms.teams]
    may = np.isfinite(worth)
    village, level = np.nonzero(may)
    teams = min(terms.teams, len(village))
    before = (drawn * terms.effect(here.base)).sum(axis=1)
    least = (level < here.least[village]).astype(np.float64)
    if not len(village) or least.sum() > teams:
        return None
    adds = drawn[:, village] * worth[may]
    # Columns: an element a team, then the level z of the worst, then each draw's lack below it.
    lacking = np.hstack([adds, np.full((len(drawn), 1), -1.0), np.eye(len(drawn))])
    lack = np.full(len(drawn), 1 / (share * len(drawn)))
    answer = milp(
        np.concatenate([np.zeros(len(village)), [-1.0], lack]),
        constraints=[
            LinearConstraint(csc_matrix(lacking), -before, np.inf),
            *_rules(here, village, teams, len(drawn)),
        ],
        bounds=Bounds(
            np.concatenate([least, [-np.inf], np.zeros(len(drawn))]),
            np.concatenate([np.ones(len(village)), np.full(1 + len(drawn), np.inf)]),
        ),
        integrality=np.concatenate(
            [np.ones(len(village), dtype=np.int64), np.zeros(1 + len(drawn), dtype=np.int64)]
        ),
        options={"time_limit": seconds, "mip_rel_gap": gap},
    )
    found = getattr(answer, "x", None)
    if found is None:
        return None
    chosen = np.rint(found[: len(village)]) > 0
    counts = np.bincount(village[chosen], minlength=len(order))
    share_there = np.asarray(terms.effect(here.base + terms.team * counts))
    worst = worst_mean((drawn * share_there).sum(axis=1), share)
    bound = -float(answer.mip_dual_bound or answer.fun or 0.0)
    return CautiousPlan(counts[np.argsort(order)], worst, max(worst, bound))


def _rules(places: Places, village: Counts, teams: int, draws: int) -> list[LinearConstraint]:
    """Return that all teams are placed, and that each sector in which one may be has one."""
    names = sorted({places.sector[row] for row in village.tolist()})
    rows = np.zeros((1 + len(names), len(village) + 1 + draws))
    rows[0, : len(village)] = 1.0
    for column, row in enumerate(village.tolist()):
        rows[1 + names.index(places.sector[row]), column] = 1.0
    low = np.array([float(teams), *[1.0] * len(names)])
    high = np.array([float(teams), *[np.inf] * len(names)])
    return [LinearConstraint(csc_matrix(rows), low, high)]
