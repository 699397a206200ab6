"""Where a list fails: its skill by groups of places.

Arrays only; which groups are meant and what features are called is the caller's. Intervals are
by the bootstrap of `models.evidence`, widened where a group is too small for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from models.additive import Array
from models.backtest import Prediction
from models.evidence import Draws, Estimate, evaluate
from models.metrics import inclusion

_TAIL = 0.05
_PARTS = 3

Groups = NDArray[np.int64]


@dataclass(frozen=True)
class Undefined:
    """Why a group has no figure.

    no_incident: nothing happened there; one_kind: at no cutoff were there places with the
    outcome and places without it.
    """

    why: Literal["no_incident", "one_kind"]


@dataclass(frozen=True)
class GroupSkill:
    """How the list did in one group of places, over all cutoffs together.

    Attributes
    ----------
    places : places times cutoffs.
    incidents : what happened there within the windows.
    captured : share of these incidents that fell in the k places ranked highest of all.
    auc : how well the score tells places of this group apart, within a cutoff; cutoffs weigh
        by the group's places with the outcome.
    """

    places: int
    incidents: int
    captured: Estimate | Undefined
    auc: Estimate | Undefined


@dataclass(frozen=True)
class Parts:
    """Places in parts of about equal size by a quantity, and from where to where each reaches.

    Attributes
    ----------
    of : for each cutoff the (n_places,) number of the part, the lowest 0; what is unknown is
        in a part of its own, after the others.
    low, high : least and greatest value of each part but the unknown.
    has_unknown : whether there is a part of unknown values.
    """

    of: list[Groups]
    low: tuple[float, ...]
    high: tuple[float, ...]
    has_unknown: bool

    @property
    def number(self) -> int:
        """How many parts there are."""
        return len(self.low) + self.has_unknown


def by_group(
    predictions: Sequence[Prediction], groups: Sequence[Groups], number: int, k: int, drawn: Draws
) -> list[GroupSkill]:
    """Return how the list did in each group of places, over all cutoffs together.

    The list is that of all places; what counts is what happened in the group. Each 90 %
    interval covers that of the bootstrap and the one that the number of incidents (for AUC, of
    the rarer kind of place) would give if they were independent: a group with one incident has
    a wide interval, where every draw of it would say the same.

    Parameters
    ----------
    predictions : one a cutoff.
    groups : for each cutoff the (n_places,) number of each place's group, from 0 on.
    number : how many groups there are; one without a place counts nothing.
    k : places that can be attended.
    drawn : draws of the bootstrap (see `models.evidence.draw_past`).
    """
    included = [inclusion(p.score, k) for p in predictions]
    found = []
    for group in range(number):
        masks = [of == group for of in groups]
        captured = _captured(predictions, included, masks, drawn)
        found.append(
            GroupSkill(
                places=int(sum(mask.sum() for mask in masks)),
                incidents=int(
                    sum(p.count[m].sum() for p, m in zip(predictions, masks, strict=True))
                ),
                captured=captured,
                auc=captured
                if isinstance(captured, Undefined)
                else _auc(predictions, masks, drawn),
            )
        )
    return found


def parts(values: Sequence[Array]) -> Parts:
    """Return places in three parts by a quantity, equal values together.

    Where many values are the same there are fewer parts: that value is one of its own.

    Parameters
    ----------
    values : for each cutoff the (n_places,) quantity, NaN where it is unknown.

    Examples
    --------
    >>> found = parts([np.array([0.0, 0.0, 0.0, 0.0, 7.0, np.nan])])
    >>> found.of[0].tolist(), found.low, found.high, found.has_unknown
    ([0, 0, 0, 0, 1, 2], (0.0, 7.0), (0.0, 7.0), True)
    """
    pooled = np.concatenate(values) if len(values) else np.empty(0)
    known = pooled[~np.isnan(pooled)]
    edges = _edges(known)
    number = len(edges) + 1 if len(known) else 0
    of = [
        np.where(np.isnan(each), number, np.searchsorted(edges, each, side="left")).astype(np.int64)
        for each in values
    ]
    of_known = np.searchsorted(edges, known, side="left")
    return Parts(
        of=of,
        low=tuple(float(known[of_known == part].min()) for part in range(number)),
        high=tuple(float(known[of_known == part].max()) for part in range(number)),
        has_unknown=len(known) < len(pooled),
    )


def _edges(known: Array) -> Array:
    if not len(known):
        return np.empty(0)
    cuts = np.arange(1, _PARTS) / _PARTS
    edges = np.unique(np.quantile(known, cuts, method="inverted_cdf"))
    edges = edges[edges < known.max()]
    below = known[known < known.max()]
    # Most values are the greatest: it gets a part of its own.
    return np.array([below.max()]) if not len(edges) and len(below) else edges


def _captured(
    predictions: Sequence[Prediction],
    included: Sequence[Array],
    masks: Sequence[NDArray[np.bool_]],
    drawn: Draws,
) -> Estimate | Undefined:
    counts = np.concatenate([p.count[m] for p, m in zip(predictions, masks, strict=True)])
    if not counts.any():
        return Undefined("no_incident")
    blocks = np.unique(
        np.concatenate([p.block[m] for p, m in zip(predictions, masks, strict=True)])
    )
    captured, happened = (np.zeros((len(predictions), len(blocks))) for _ in range(2))
    for row, (p, share, mask) in enumerate(zip(predictions, included, masks, strict=True)):
        block = np.searchsorted(blocks, p.block[mask])
        count = p.count[mask].astype(np.float64)
        captured[row] = np.bincount(block, share[mask] * count, minlength=len(blocks))
        happened[row] = np.bincount(block, count, minlength=len(blocks))
    value = float(captured.sum() / happened.sum())
    often = drawn.blocks[blocks]
    parts_drawn, wholes_drawn = (
        (_dot(cells, often) * drawn.cutoffs.T).sum(axis=0) for cells in (captured, happened)
    )
    there = wholes_drawn > 0
    shares = parts_drawn[there] / wholes_drawn[there]
    # Incidents of one place are captured together: they count as fewer than they are.
    independent = float(counts.sum()) ** 2 / float((counts.astype(np.float64) ** 2).sum())
    return _widened(value, _quantiles(shares), independent)


def _auc(
    predictions: Sequence[Prediction], masks: Sequence[NDArray[np.bool_]], drawn: Draws
) -> Estimate | Undefined:
    inside = [
        replace(
            p,
            score=p.score[mask],
            count=p.count[mask],
            block=p.block[mask],
            onset_candidate=np.ones(int(mask.sum()), dtype=bool),
            probability=None,
        )
        for p, mask in zip(predictions, masks, strict=True)
    ]
    tell = [at for at, p in enumerate(inside) if p.happened.any() and not p.happened.all()]
    if not tell:
        return Undefined("one_kind")
    kept = [inside[at] for at in tell]
    blocks = np.unique(np.concatenate([p.block for p in kept]))
    kept = [replace(p, block=np.searchsorted(blocks, p.block).astype(np.int64)) for p in kept]
    mine = Draws(drawn.cutoffs[:, tell], drawn.blocks[blocks])
    # As a part of the places, cutoffs weigh by the places where it happened.
    found = evaluate(kept, 1, mine, ("auc",), "onset")["auc"]
    if not isinstance(found, Estimate):
        return Undefined("one_kind")
    happened = np.concatenate([p.happened for p in kept])
    rarer = min(int(happened.sum()), int((~happened).sum()))
    return _widened(found.value, (found.low, found.high), float(rarer))


def _quantiles(drawn: Array) -> tuple[float, float] | None:
    if not len(drawn):
        return None
    low, high = np.quantile(drawn, [_TAIL, 1 - _TAIL])
    return float(low), float(high)


def _widened(value: float, drawn: tuple[float, float] | None, number: float) -> Estimate:
    """Return a share with an interval that covers the drawn one and Wilson's of so many.

    For AUC it is no binomial share, but its variance is at most that of one among the rarer
    kind (Birnbaum and Klose 1957, "Bounds for the variance of the Mann-Whitney statistic",
    Annals of Mathematical Statistics 28).
    """
    z = float(norm.ppf(1 - _TAIL))
    middle = (value + z**2 / (2 * number)) / (1 + z**2 / number)
    reach = z * np.sqrt(value * (1 - value) / number + z**2 / (4 * number**2)) / (1 + z**2 / number)
    low, high = drawn if drawn is not None else (value, value)
    return Estimate(
        value,
        float(max(0.0, min(low, value, middle - reach))),
        float(min(1.0, max(high, value, middle + reach))),
    )


def _dot(left: Array, right: Array) -> Array:
    """Return the matrix product, the same to the bit on one core and on two."""
    return np.asarray(np.einsum("ij,jk->ik", left, right, optimize=False))
