"""Where more people go under uncertainty: teams to villages, one greedy pass, exact.

Owns the choice of places, the curve of what more people buy, and how stable the choice is.
Its input is in `extra_terms.py`, simple rules to hold it against in `extra_beside.py`; the draws
come from `risk_draws.py`.

A village's expected incidents are *faced* with a share f(x) of the x officers present, f rising
and concave with f(0) = 0. That is a way of counting and an assumption: it does not claim that
presence prevents anything. The objective is the expected number of incidents faced, averaged over
draws of data and model. As f is the same in each draw, the average over draws of a village's
expected incidents is all that the choice needs of them; the draws give the intervals.

Why greedy is exact. Let g[i,1] >= g[i,2] >= ... be what the first, second, ... team in village i
adds. Any plan is a set of such elements, closed downwards in each village. The rules ask for
elements by name (pins) and for at least one element of each sector: at most one a sector beyond
the pins. Take any best plan. If it holds, in a sector without a pin, not the sector's highest first
element e, then exchanging another element of the sector for e (closed downwards: the last team of
one of its villages, worth no more than e) loses nothing and keeps every rule. So a best plan
holds the pinned elements and each sector's highest; of the others it may hold any, and is best
with the highest, of which each village's come in their order. That is the greedy pass. The same
holds for every smaller number of teams, and the sets are nested, so one pass gives the curve.
"""

from dataclasses import dataclass

import numpy as np

from models.additive import Array
from models.extra_terms import Counts, Flags, Places, Terms, by_code, check

_TOLERANCE = 1e-9


@dataclass(frozen=True)
class Figure:
    """A mean over draws, with the 5th and 95th percentile."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class GaveWay:
    """A rule that could not be kept: `short` teams (or visits) are missing at the place."""

    rule: str
    place: str
    short: int


@dataclass(frozen=True)
class Curve:
    """What so many officers face, for 0, 1, 2, ... teams.

    `faced` keeps the rules and is concave from the point where all of them are kept; `free` keeps
    only the cap and is concave throughout. The difference is what the rules cost.
    """

    officers: Counts
    faced: Array
    low: Array
    high: Array
    free: Array


@dataclass(frozen=True)
class ExtraPlan:
    """A plan for the places, in their order.

    Attributes
    ----------
    teams : (n,) teams in each village.
    reason : for each village why its first team is there: "pin", "sector", "gain", or "" for none.
    visited : (n,) blind spots without a team that are visited.
    faced, before : expected incidents faced in all, and by those who are planned already.
    chosen : (n,) share of draws in which the village would get a team if that draw were the truth.
    gave_way : the rules that could not be kept.
    left : officers without a place: no whole team, or every village at its cap.
    """

    teams: Counts
    reason: tuple[str, ...]
    visited: Flags
    faced: Figure
    before: Figure
    curve: Curve
    chosen: Array
    gave_way: tuple[GaveWay, ...]
    left: int


def plan_extra(draws: Array, places: Places, terms: Terms) -> ExtraPlan:
    """Place the teams so that the expected incidents faced, averaged over draws, are most.

    Parameters
    ----------
    draws : (s, n) expected incidents of each village in each draw; finite, not negative.
    places : the n villages; the order of rows changes nothing.
    terms : what there is.

    Raises
    ------
    ValueError
        If shapes differ, a code stands twice, a number is negative or not finite, a pin asks for
        more than is allowed, or the effect is not concave.
    """
    check(draws, places, terms)
    order = by_code(places)
    sorted_places, drawn = places.at(order), np.ascontiguousarray(draws[:, order])
    worth = added_share(sorted_places, terms)
    mean = drawn.mean(axis=0)
    gain = gains(mean, worth)
    picks, kinds = greedy(gain, sorted_places, terms, terms.curve_teams)
    placed = min(terms.teams, len(picks))
    teams = count(picks[:placed], len(order))
    before = (drawn * terms.effect(sorted_places.base)).sum(axis=1)
    steps = np.cumsum(drawn[:, picks] * worth[picks, _levels(picks)], axis=1)
    reached = before[:, None] + np.hstack([np.zeros((len(drawn), 1)), steps])
    visited, unvisited = _visits(mean, sorted_places, teams, placed * terms.visits)
    reasons = dict(reversed(list(zip(picks[:placed].tolist(), kinds[:placed], strict=True))))
    back = np.argsort(order)
    return ExtraPlan(
        teams=teams[back],
        reason=tuple(reasons.get(int(row), "") for row in back),
        visited=visited[back],
        faced=figure(reached[:, placed]),
        before=figure(before),
        curve=_curve(reached, before, gain, sorted_places, terms),
        chosen=_chosen(drawn, worth, sorted_places, terms)[back],
        gave_way=(*_bare(sorted_places, teams), *unvisited),
        left=terms.officers - placed * terms.team,
    )


def added_share(places: Places, terms: Terms) -> Array:
    """Return (n, levels) the share of a village's incidents that its next team adds.

    Teams that are not allowed add -inf.

    Raises
    ------
    ValueError
        If the effect is not rising and concave with f(0) = 0.
    """
    levels = min(terms.curve_teams, int(places.most.max()))
    officers = places.base[:, None] + terms.team * np.arange(levels + 1)
    share = np.asarray(terms.effect(officers), dtype=np.float64)
    added = np.diff(share, axis=1)
    is_bent = (np.diff(added, axis=1) > _TOLERANCE).any() or (added < -_TOLERANCE).any()
    if is_bent or abs(float(terms.effect(np.zeros(1))[0])) > _TOLERANCE:
        raise ValueError("the effect of presence is not rising and concave with f(0) = 0")
    # The last bit may say that a second team adds more than the first: it does not.
    added = np.minimum.accumulate(np.maximum(added, 0.0), axis=1)
    allowed = np.arange(levels) < places.most[:, None]
    return np.where(allowed, added, -np.inf)


def gains(expected: Array, worth: Array) -> Array:
    """Return (n, levels) the incidents that a village's next team faces; -inf where none may."""
    held = np.where(np.isfinite(worth), worth, 0.0)
    return np.where(np.isfinite(worth), expected[:, None] * held, -np.inf)


def greedy(gain: Array, places: Places, terms: Terms, teams: int) -> tuple[Counts, list[str]]:
    """Return the villages (rows) that get the first, second, ... team, and why each.

    Parameters
    ----------
    gain : (n, levels) what the next team adds, falling along a row; -inf where none is allowed.
    """
    levels = gain.shape[1]
    if not levels:
        return np.empty(0, dtype=np.int64), []
    # The rule for which an element is there; of two rules the one that gives way later.
    strength = {rule: place + 1 for place, rule in enumerate(terms.gives_way)}
    held = np.where(np.arange(levels) < places.least[:, None], strength["pin"], 0)
    for row in _sector_picks(gain[:, 0], places):
        held[row, 0] = max(held[row, 0], strength["sector"])
    key, rank = gain.ravel(), held.ravel()
    free = np.flatnonzero((rank == 0) & np.isfinite(key))
    asked = np.flatnonzero((rank > 0) & np.isfinite(key))
    wanted = min(max(teams - len(asked), 0), len(free))
    if 0 < wanted < len(free):
        threshold = np.partition(key[free], len(free) - wanted)[len(free) - wanted]
        free = free[key[free] >= threshold]
    elements = np.concatenate([asked, free if wanted else free[:0]])
    order = np.lexsort((elements, -key[elements], -rank[elements]))
    taken = elements[order][:teams]
    names = {0: "gain", **{place: rule for rule, place in strength.items()}}
    return taken // levels, [names[int(place)] for place in rank[taken]]


def count(picks: Counts, units: int) -> Counts:
    """Return how many teams each unit got."""
    return np.bincount(picks, minlength=units).astype(np.int64)


def figure(values: Array) -> Figure:
    """Return the mean over draws with its 90 % interval."""
    low, high = np.quantile(values, [0.05, 0.95])
    return Figure(float(values.mean()), float(low), float(high))


def _sector_picks(first: Array, places: Places) -> list[int]:
    """Return the village of each sector that keeps it from being bare: a pinned one, or the best.

    A sector in which no team is allowed has none.
    """
    best: dict[str, tuple[bool, float, int]] = {}
    for row, sector in enumerate(places.sector):
        mine = (bool(places.least[row] > 0), float(first[row]), -row)
        if np.isfinite(first[row]) and (sector not in best or mine > best[sector]):
            best[sector] = mine
    return [-row for _, _, row in best.values()]


def _levels(picks: Counts) -> Counts:
    """Return for each pick how many of the same village came before."""
    seen: dict[int, int] = {}
    levels = np.empty(len(picks), dtype=np.int64)
    for place, row in enumerate(picks.tolist()):
        levels[place] = seen.get(row, 0)
        seen[row] = int(levels[place]) + 1
    return levels


def _visits(mean: Array, places: Places, teams: Counts, visits: int) -> tuple[Flags, list[GaveWay]]:
    """Return the blind spots that are visited, riskiest first, and those for which none is left."""
    waiting = [
        row
        for row in np.argsort(-mean, kind="stable").tolist()
        if places.is_blind[row] and not teams[row]
    ]
    visited = np.zeros(len(teams), dtype=np.bool_)
    visited[waiting[:visits]] = True
    return visited, [GaveWay("visit", places.code[row], 1) for row in sorted(waiting[visits:])]


def _bare(places: Places, teams: Counts) -> list[GaveWay]:
    """Return the sectors without a team and the pins that are not met."""
    sums: dict[str, int] = {}
    for sector, number in zip(places.sector, teams.tolist(), strict=True):
        sums[sector] = sums.get(sector, 0) + number
    bare = [GaveWay("sector", sector, 1) for sector in sorted(sums) if not sums[sector]]
    short = np.maximum(places.least - teams, 0).tolist()
    return bare + [
        GaveWay("pin", code, missing)
        for code, missing in zip(places.code, short, strict=True)
        if missing
    ]


def _curve(reached: Array, before: Array, gain: Array, places: Places, terms: Terms) -> Curve:
    """Return the curve of the pass, beside the one that keeps no rule but the cap."""
    low, high = np.quantile(reached, [0.05, 0.95], axis=0)
    steps = reached.shape[1]
    free = np.sort(gain[np.isfinite(gain)])[::-1][: steps - 1]
    return Curve(
        officers=terms.team * np.arange(steps),
        faced=reached.mean(axis=0),
        low=low,
        high=high,
        free=float(before.mean()) + np.concatenate([[0.0], np.cumsum(free)]),
    )


def _chosen(drawn: Array, worth: Array, places: Places, terms: Terms) -> Array:
    """Return (n,) the share of draws in which a village would get a team, were it the truth."""
    worth = worth[:, : terms.teams]
    total = np.zeros(drawn.shape[1])
    for expected in drawn:
        picks, _ = greedy(gains(expected, worth), places, terms, terms.teams)
        total += count(picks, len(total)) > 0
    return total / len(drawn)
