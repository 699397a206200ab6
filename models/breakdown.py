"""Where a list fails: its skill by groups of places, and what places are like where it misses.

Arrays only; which groups are meant and what features are called is the caller's. Intervals are
by the bootstrap of `models.evidence`, widened where a group is too small for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm
from sklearn.tree import DecisionTreeRegressor

from models.additive import Array
from models.backtest import Prediction
from models.evidence import Draws, Estimate, evaluate
from models.metrics import inclusion

MAX_DEPTH = 3
MIN_LEAF_SHARE = 0.05
MIN_LEAF = 10
# A question must explain as much more than nothing as chance hardly ever does.
_CHANCE = 12.0
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


@dataclass(frozen=True)
class Condition:
    """`above` < feature <= `at_most`; None where that side is open."""

    name: str
    above: float | None
    at_most: float | None


@dataclass(frozen=True)
class Leaf:
    """Places that the error tree puts together.

    Attributes
    ----------
    conditions : what these places have in common; none if the tree has a single leaf.
    places : places times cutoffs.
    weight : sum of their weights.
    mean : mean error, weighted.
    error : sum of the errors times the weights.
    share : of all errors.
    """

    conditions: tuple[Condition, ...]
    places: int
    weight: float
    mean: float
    error: float
    share: float


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


def misses(prediction: Prediction, k: int) -> Array:
    """Return the incidents of each place that the k places ranked highest leave out, expected."""
    return np.asarray(prediction.count * (1 - inclusion(prediction.score, k)))


def least_leaf(places: int) -> int:
    """Return how many of so many places a leaf of the error tree holds at the least."""
    return max(MIN_LEAF, int(np.ceil(MIN_LEAF_SHARE * places)))


def error_tree(
    features: Array, names: Sequence[str], error: Array, weight: Array | None = None
) -> list[Leaf]:
    """Return what places are like where the list is wrong: the leaves of a small tree.

    A regression tree of at most three questions, with at least 10 places (and a twentieth of
    all) in a leaf, so that it tells of kinds of places and not of a place. A question must
    explain at least 12 / n of the variance of the errors, which a single question about nothing
    does once in some two thousand tries, so that the best of many rarely does; where none is
    left there is a single leaf. The leaf with the greatest share of all errors comes first.

    Parameters
    ----------
    features : (n, m) finite values.
    names : the m names.
    error : (n,) how wrong the list was about each place, 0 or more; such as the share of its
        incidents that the list left out.
    weight : (n,) how much each place counts, such as its incidents; the same if not given.

    Raises
    ------
    ValueError
        If a value is not finite, a weight is not above zero, or nothing was wrong.

    References
    ----------
    Breiman, Friedman, Olshen and Stone (1984), "Classification and Regression Trees".

    Examples
    --------
    >>> far = np.repeat([0.0, 1.0], 50)
    >>> leaves = error_tree(far[:, None], ["far"], far)
    >>> [(leaf.conditions[0].above, leaf.places, leaf.share) for leaf in leaves]
    [(0.5, 50, 1.0), (None, 50, 0.0)]
    """
    weight = np.ones(len(error)) if weight is None else weight
    if not all(np.isfinite(values).all() for values in (features, error, weight)):
        raise ValueError("a value is not finite")
    if not (weight > 0).all():
        raise ValueError("a weight is not above zero")
    if error.sum() <= 0:
        raise ValueError("nothing was wrong")
    whole = float((error * weight).sum())
    spread = float((weight * (error - whole / weight.sum()) ** 2).sum() / weight.sum())
    model = DecisionTreeRegressor(
        max_depth=MAX_DEPTH,
        min_samples_leaf=least_leaf(len(error)),
        min_impurity_decrease=_CHANCE * spread / len(error),
        random_state=0,
    )
    # The tree compares in single precision; told limits must be those it compared with.
    values = features.astype(np.float32)
    leaf_of = model.fit(values, error, sample_weight=weight).apply(values)
    ranges = _ranges(model, names)
    found = []
    for leaf in np.unique(leaf_of):
        here = leaf_of == leaf
        heavy, total = float(weight[here].sum()), float((error * weight)[here].sum())
        found.append(
            Leaf(
                conditions=ranges[int(leaf)],
                places=int(here.sum()),
                weight=heavy,
                mean=total / heavy,
                error=total,
                share=total / whole,
            )
        )
    return sorted(found, key=lambda leaf: (-leaf.error, leaf.places, repr(leaf.conditions)))


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


def _ranges(model: DecisionTreeRegressor, names: Sequence[str]) -> dict[int, tuple[Condition, ...]]:
    """Return what leads to each leaf, one condition a feature, in the order of the questions."""
    tree = model.tree_
    found: dict[int, tuple[Condition, ...]] = {}
    waiting: list[tuple[int, dict[str, Condition]]] = [(0, {})]
    while waiting:
        node, asked = waiting.pop()
        if tree.children_left[node] == tree.children_right[node]:
            found[node] = tuple(asked.values())
            continue
        name, limit = names[tree.feature[node]], float(tree.threshold[node])
        before = asked.get(name, Condition(name, None, None))
        waiting.append(
            (int(tree.children_left[node]), {**asked, name: replace(before, at_most=limit)})
        )
        waiting.append(
            (int(tree.children_right[node]), {**asked, name: replace(before, above=limit)})
        )
    return found


def _dot(left: Array, right: Array) -> Array:
    """Return the matrix product, the same to the bit on one core and on two."""
    return np.asarray(np.einsum("ij,jk->ik", left, right, optimize=False))
