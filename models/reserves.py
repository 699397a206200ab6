"""Reserves at advance posts: which posts, and how many people at each.

Posts are chosen so that the risk-weighted share of places that somebody can reach within a time
limit is greatest: the maximal covering location problem (Church and ReVelle 1974, "The maximal
covering location problem", Papers of the Regional Science Association 32), as a mixed-integer
programme with HiGHS through SciPy. The people are then split in proportion to the risk that each
post covers, whole, by the largest remainder (Hamilton's method).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

from models.near_places import Floats, Ints
from models.teams import Effort

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Reserves:
    """Posts with people, and what they reach.

    Attributes
    ----------
    officers : (m,) at each candidate; 0 where no post is opened.
    post : (n,) the nearest opened post within the limit of each place; -1 where none is.
    share : of the risk within the limit of an opened post, 0 to 1.
    bound : no choice of as many posts reaches more.
    was_stopped : the solver ended at its limits and not at its gap.
    """

    officers: Ints
    post: Ints
    share: float
    bound: float
    was_stopped: bool


def place_reserves(
    risk: Floats,
    minutes: Floats,
    is_fixed: Flags,
    officers: int,
    limit_minutes: float,
    most_posts: int,
    least_at_post: int = 1,
    effort: Effort | None = None,
) -> Reserves:
    """Choose posts and split the reserve over them.

    Parameters
    ----------
    risk : (n,) weight of each place, not below zero.
    minutes : (m, n) from each candidate to each place; inf where it cannot be reached.
    is_fixed : (m,) posts that are opened in any case.
    officers : of the reserve; 0 opens nothing.
    limit_minutes : within which a place counts as reached.
    most_posts : opened at most, the fixed ones among them.
    least_at_post : people without whom no post is opened.
    effort : when the solver stops.

    Raises
    ------
    ValueError
        If a number is below zero, there is no candidate for the people, or the fixed posts
        are more than may be opened or more than the people can man.

    Examples
    --------
    >>> minutes = np.array([[5.0, 50.0, 50.0], [50.0, 5.0, 5.0]])
    >>> found = place_reserves(np.array([1.0, 1.0, 2.0]), minutes, np.zeros(2, bool), 4, 30.0, 1)
    >>> found.officers.tolist(), found.share
    ([0, 4], 0.75)
    """
    posts, places = minutes.shape
    if officers < 0 or least_at_post < 1 or (risk < 0).any() or not np.isfinite(risk).all():
        raise ValueError("a number of officers or a risk is below zero or not finite")
    if not officers:
        return Reserves(np.zeros(posts, np.int64), np.full(places, -1), 0.0, 0.0, False)
    most = min(most_posts, officers // least_at_post, posts)
    if int(is_fixed.sum()) > most or most < 1:
        raise ValueError(
            f"{officers} officers, at least {least_at_post} a post, open {most} of "
            f"{posts} posts; {int(is_fixed.sum())} are fixed"
        )
    reached = minutes <= limit_minutes
    effort = effort or Effort()
    is_open, bound, was_stopped = _choose(risk, reached, is_fixed, most, effort)
    near = np.where(is_open[:, None] & reached, minutes, np.inf)
    post = np.where(np.isfinite(near).any(axis=0), near.argmin(axis=0), -1)
    total = float(risk.sum())
    share = float(risk[post >= 0].sum()) / total if total else 0.0
    covered = np.array([float(risk[post == j].sum()) for j in range(posts)])
    split = _split(officers, covered, is_open, least_at_post)
    bound = min(max(bound / total, share), 1.0) if total else 0.0
    return Reserves(split, post.astype(np.int64), share, bound, was_stopped)


def _choose(
    risk: Floats, reached: Flags, is_fixed: Flags, most: int, effort: Effort
) -> tuple[Flags, float, bool]:
    """Return the opened posts, the proven bound of the risk reached, and if it was cut off."""
    posts, places = reached.shape
    who, where = np.nonzero(reached)
    cover = coo_array(
        (
            np.concatenate([np.ones(len(who)), -np.ones(places)]),
            (
                np.concatenate([where, np.arange(places)]),
                np.concatenate([who, posts + np.arange(places)]),
            ),
        ),
        shape=(places, posts + places),
    ).tocsr()
    count = np.concatenate([np.ones(posts), np.zeros(places)])[None, :]
    found = milp(
        np.concatenate([np.zeros(posts), -risk]),
        integrality=np.concatenate([np.ones(posts), np.zeros(places)]),
        bounds=Bounds(
            np.concatenate([is_fixed.astype(float), np.zeros(places)]), np.ones(posts + places)
        ),
        constraints=[
            LinearConstraint(cover, 0.0, np.inf),
            LinearConstraint(count, 0.0, float(most)),
        ],
        options={
            "node_limit": effort.nodes,
            "mip_rel_gap": effort.gap,
            "time_limit": effort.seconds,
        },
    )
    bound = found.mip_dual_bound
    proven = -float(bound) if bound is not None and np.isfinite(bound) else float(risk.sum())
    if found.x is None:
        return _greedy(risk, reached, is_fixed, most), proven, True
    is_open = np.rint(found.x[:posts]).astype(bool)
    return _without_idle(risk, reached, is_fixed, is_open), proven, found.status != 0


def _greedy(risk: Floats, reached: Flags, is_fixed: Flags, most: int) -> Flags:
    """Open the post that adds most, again and again."""
    is_open = is_fixed.copy()
    while int(is_open.sum()) < most:
        left = np.where(reached[is_open].any(axis=0), 0.0, risk)
        gain = np.where(is_open, -1.0, reached @ left)
        if gain.max() <= 0:
            break
        is_open[int(gain.argmax())] = True
    return is_open


def _without_idle(risk: Floats, reached: Flags, is_fixed: Flags, is_open: Flags) -> Flags:
    """Close posts that add nothing, the last first; one stays where people are to stand."""
    is_open = is_open.copy()
    for j in reversed(np.flatnonzero(is_open & ~is_fixed)):
        others = is_open.copy()
        others[j] = False
        adds = risk[reached[j] & ~reached[others].any(axis=0)].sum()
        if adds <= 0 and others.any():
            is_open = others
    if not is_open.any():
        is_open[0] = True
    return is_open


def _split(officers: int, covered: Floats, is_open: Flags, least: int) -> Ints:
    """Give each open post its least, and the rest in proportion to the risk it covers."""
    split = np.where(is_open, least, 0).astype(np.int64)
    rest = officers - int(split.sum())
    weight = np.where(is_open, covered, 0.0)
    if weight.sum() <= 0:
        weight = is_open.astype(float)
    # What is due to each in all, less what it has: the least must not be paid twice.
    due = np.maximum(officers * weight / weight.sum() - split, 0.0)
    if due.sum() <= 0:
        due = weight
    exact = rest * due / due.sum()
    split += np.floor(exact).astype(np.int64)
    remainder = exact - np.floor(exact)
    order = np.lexsort((np.arange(len(split)), -np.round(remainder, 12)))
    split[order[: officers - int(split.sum())]] += 1
    return split
