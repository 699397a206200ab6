"""How much of the risk at polling stations is covered, by a plan and by two simple rules.

The measure of all of them: the share of risk-weighted TPS that have the officers which the
pattern asks for, a TPS with half of them counting half and none more than once. Its bound is the
linear programme without whole people, teams, units or travel: fill where an officer covers most
risk first (a fractional knapsack), so no plan with as many people reaches more.
"""

import numpy as np

from models.near_places import Floats, Ints
from rawan.planning.voting.inputs import Ratios
from rawan.planning.voting.spots import Spots


def asked(spots: Spots, ratios: Ratios) -> Floats:
    """Return the officers that the pattern asks for, (places, classes), in fractions."""
    return np.column_stack(
        [tps * ratios[kind][0] / ratios[kind][1] for kind, tps in spots.tps.items()]
    )


def risk_of(spots: Spots) -> Floats:
    """Return the risk at stake, (places, classes): of a place, shared out by TPS; sums to 1."""
    every = np.maximum(spots.all_tps, 1)
    return np.column_stack([spots.weight * tps / every for tps in spots.tps.values()])


def covered(have: Floats, spots: Spots, ratios: Ratios) -> float:
    """Return the share of risk covered by so many officers at each (place, class)."""
    want = asked(spots, ratios)
    share = np.divide(have, want, out=np.zeros_like(want), where=want > 0)
    return float((risk_of(spots) * np.minimum(share, 1.0)).sum())


def most_covered(officers: int, spots: Spots, ratios: Ratios) -> float:
    """Return the bound: what no plan with so many officers exceeds."""
    want, risk = asked(spots, ratios).ravel(), risk_of(spots).ravel()
    real = want > 0
    want, risk = want[real], risk[real]
    order = np.argsort(-risk / want, kind="stable")
    before = np.concatenate([[0.0], np.cumsum(want[order])[:-1]])
    share = np.clip((officers - before) / want[order], 0.0, 1.0)
    return min(float((risk[order] * share).sum()), 1.0)


def proportional(officers: int, spots: Spots, ratios: Ratios) -> Ints:
    """Return the officers at each place in proportion to its TPS, whole, by largest remainder."""
    exact = officers * spots.all_tps / max(int(spots.all_tps.sum()), 1)
    given = np.floor(exact).astype(np.int64)
    order = np.lexsort((np.arange(len(given)), -np.round(exact - given, 12)))
    given[order[: officers - int(given.sum())]] += 1
    return given


def top_of_the_list(officers: int, spots: Spots, ratios: Ratios) -> Ints:
    """Return the officers at each place if the list is served from its top until none is left.

    The list is by risk, ties by code; each place gets what its pattern asks for, rounded up.
    """
    want = np.ceil(asked(spots, ratios) - 1e-9).sum(axis=1).astype(np.int64)
    given = np.zeros(len(want), dtype=np.int64)
    left = officers
    for place in np.lexsort((np.arange(len(want)), -spots.weight)):
        given[place] = min(left, want[place])
        left -= int(given[place])
    return given


def by_class(given: Ints, spots: Spots, ratios: Ratios) -> Floats:
    """Share the officers of each place out over its classes as the pattern asks."""
    want = asked(spots, ratios)
    return np.asarray(given[:, None] * want / np.maximum(want.sum(axis=1, keepdims=True), 1e-12))
