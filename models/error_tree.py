"""Where a list fails: what places are like where it misses, as the rules of a small tree.

Arrays only; what features are called for people is the caller's.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from sklearn.tree import DecisionTreeRegressor

from models.additive import Array
from models.backtest import Prediction
from models.metrics import inclusion

MAX_DEPTH = 3
MIN_LEAF_SHARE = 0.05
MIN_LEAF = 10
# With it the first question is about nothing in one record of noise in twenty.
_CHANCE = 9.0


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
    explain at least (9 + 2 ln m) / n of the variance of the errors, which the best question
    about m features that tell nothing does once in twenty records or so; where none does there
    is a single leaf. The leaf with the greatest share of all errors comes first.

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
        min_impurity_decrease=(_CHANCE + 2 * np.log(len(names))) * spread / len(error),
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
