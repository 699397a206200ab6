"""What a plan for more people is held against: simple rules, point scores, and no rules at all.

Owns the rules of thumb and the paired comparison. All are judged under the same draws as the plan.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from models.additive import Array
from models.extra import Figure, added_share, count, figure, gains, greedy
from models.extra_terms import Counts, Places, Terms, by_code, check


@dataclass(frozen=True)
class Beside:
    """Another way to place the same teams.

    Attributes
    ----------
    teams : (n,) teams in each village.
    faced : expected incidents faced in all.
    plan_gains : what the plan faces more, draw by draw.
    plan_is_better : share of draws in which the plan faces more.
    """

    teams: Counts
    faced: Figure
    plan_gains: Figure
    plan_is_better: float


def faced(draws: Array, places: Places, terms: Terms, teams: Counts) -> Array:
    """Return (s,) the expected incidents faced in each draw by those planned and these teams."""
    share = np.asarray(terms.effect(places.base + terms.team * teams))
    # Summed in the order of codes: the last bit must not depend on the order of rows.
    order = by_code(places)
    drawn = np.ascontiguousarray(draws[:, order])
    return np.asarray((drawn * share[order]).sum(axis=1))


def proportional(weight: Array, places: Places, teams: int) -> Counts:
    """Share teams out in proportion to a weight such as TPS, by largest remainder.

    Ties fall to the greater weight, then in the order of codes. No pin, cap or sector is looked at.

    Raises
    ------
    ValueError
        If a weight is negative, or all are zero.

    Examples
    --------
    >>> none = np.zeros(3)
    >>> places = Places(("a", "b", "c"), ("s",) * 3, none, none > 0, none, none)
    >>> proportional(np.array([3.0, 1.0, 2.0]), places, 4).tolist()
    [2, 1, 1]
    """
    if weight.min() < 0 or not weight.sum() > 0:
        raise ValueError("a weight is negative, or all are zero")
    exact = teams * weight / weight.sum()
    # A share that is whole but for the last bit is whole.
    whole = np.floor(exact + 1e-9).astype(np.int64)
    place = np.argsort(by_code(places))
    order = np.lexsort((place, -weight, -(exact - whole).round(9)))
    whole[order[: teams - int(whole.sum())]] += 1
    return np.asarray(whole)


def top_of_list(rank: Array, places: Places, teams: int) -> Counts:
    """Give one team each to the first of the list; with more teams than villages, go round again.

    Villages of the same rank come in the order of their codes. No rule is looked at.
    """
    order = np.lexsort((np.argsort(by_code(places)), rank))
    going = np.resize(order, teams) if teams else order[:0]
    return count(np.asarray(going, dtype=np.int64), len(rank))


def on_expected(expected: Array, places: Places, terms: Terms) -> Counts:
    """Return the plan that takes one expectation for the truth, such as that of point scores."""
    order = by_code(places)
    sorted_places = places.at(order)
    picks, _ = greedy(
        gains(expected[order], added_share(sorted_places, terms)),
        sorted_places,
        terms,
        terms.teams,
    )
    return np.asarray(count(picks, len(order))[np.argsort(order)])


def without_rules(places: Places, cap: Counts) -> Places:
    """Return the places with nothing asked for but a cap: no pin, and one sector for all."""
    none = np.zeros(len(places.code), dtype=np.int64)
    return replace(places, least=none, most=cap, sector=("",) * len(places.code))


def compare(
    draws: Array, places: Places, terms: Terms, teams: Counts, others: Mapping[str, Counts]
) -> dict[str, Beside]:
    """Hold a plan against other ways to place the same teams, under the same draws."""
    check(draws, places, terms)
    planned = faced(draws, places, terms, teams)
    found: dict[str, Beside] = {}
    for name, other in others.items():
        theirs = faced(draws, places, terms, other)
        found[name] = Beside(
            other,
            figure(theirs),
            figure(planned - theirs),
            float((planned - theirs > 1e-12 * np.abs(planned)).mean()),
        )
    return found
