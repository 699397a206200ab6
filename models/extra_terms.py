"""What a plan for more people is made for: the places, the terms, and how presence counts.

Owns the form of the input and the refusal of what contradicts itself.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.additive import Array

Counts = NDArray[np.int64]
Flags = NDArray[np.bool_]
Effect = Callable[[Array], Array]

RULES = ("visit", "sector", "pin")


@dataclass(frozen=True)
class Saturating:
    """The share faced by x officers: 1 - (1 - q) ** x, each of them with the chance q.

    Examples
    --------
    >>> Saturating(0.2)(np.array([0.0, 1.0, 2.0])).round(2).tolist()
    [0.0, 0.2, 0.36]
    """

    q: float

    def __post_init__(self) -> None:
        if not 0 < self.q < 1:
            raise ValueError(f"q = {self.q} is not between 0 and 1")

    def __call__(self, officers: Array) -> Array:
        """Return the shares."""
        return np.asarray(-np.expm1(officers * np.log1p(-self.q)))


@dataclass(frozen=True)
class Places:
    """The n villages in which a team may be placed.

    Attributes
    ----------
    code : village codes, each once; ties fall in their order.
    sector : the sector each belongs to.
    base : (n,) officers planned there already.
    is_blind : (n,) no source ever named it: it gets at least a visit.
    least, most : (n,) teams that pins ask for, and teams that pins and the cap allow.
    """

    code: tuple[str, ...]
    sector: tuple[str, ...]
    base: Array
    is_blind: Flags
    least: Counts
    most: Counts

    def at(self, rows: Counts) -> "Places":
        """Return the places of these rows, in their order."""
        return Places(
            tuple(self.code[row] for row in rows),
            tuple(self.sector[row] for row in rows),
            self.base[rows],
            self.is_blind[rows],
            self.least[rows],
            self.most[rows],
        )


@dataclass(frozen=True)
class Terms:
    """What the planner asked for.

    Attributes
    ----------
    officers : how many more there are; those that make no whole team are left over, and told.
    team : officers of a team.
    visits : blind spots that a team can visit in all, on the days before; visits take nobody away
        from a place, since they are made before the teams take up their places.
    gives_way : rules in the order in which they give way where there are too few teams: pins and
        sectors compete for teams, visits only for visits.
    curve_officers : how far the curve goes; at least to `officers`.
    """

    officers: int
    effect: Effect
    team: int = 2
    visits: int = 4
    gives_way: tuple[str, ...] = RULES
    curve_officers: int = 0

    @property
    def teams(self) -> int:
        """Return the number of whole teams."""
        return self.officers // self.team

    @property
    def curve_teams(self) -> int:
        """Return the number of whole teams at the end of the curve."""
        return max(self.officers, self.curve_officers) // self.team


def check(draws: Array, places: Places, terms: Terms) -> None:
    """Refuse what cannot be planned with; see `plan_extra`."""
    units = len(places.code)
    parts = (places.sector, places.base, places.is_blind, places.least, places.most)
    if draws.ndim != 2 or not draws.size or any(len(part) != units for part in parts):
        raise ValueError("the places have no draws, or parts of different lengths")
    if draws.shape[1] != units:
        raise ValueError(f"the draws have {draws.shape[1]} villages, the places {units}")
    if len(set(places.code)) < units:
        twice = next(code for code in places.code if places.code.count(code) > 1)
        raise ValueError(f"village {twice} stands twice")
    if not (np.isfinite(draws).all() and np.isfinite(places.base).all()):
        raise ValueError("a number of expected incidents or of officers is not finite")
    if min(draws.min(), places.base.min(), places.least.min()) < 0 or terms.officers < 0:
        raise ValueError("a number of expected incidents, officers or teams is negative")
    if terms.team < 1 or terms.visits < 0:
        raise ValueError("a team needs at least one officer, and visits cannot be negative")
    for row in np.flatnonzero(places.least > places.most).tolist():
        raise ValueError(
            f"village {places.code[row]}: pins ask for {places.least[row]} teams, "
            f"{places.most[row]} are allowed"
        )
    if sorted(terms.gives_way) != sorted(RULES):
        raise ValueError(f"gives_way must name each of {', '.join(RULES)} once")


def by_code(places: Places) -> Counts:
    """Return the rows in the order of their codes."""
    return np.array(sorted(range(len(places.code)), key=places.code.__getitem__), dtype=np.int64)
