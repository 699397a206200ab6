"""Drift: how far the inputs now lie from those a model was learned from, and when to learn anew.

Arrays and frames only; which features are meant and how they are called is the caller's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.stats import chi2

from models.additive import Array

WATCH = 0.1
CHANGED = 0.25
BINS = 10
SMOOTHING = 0.5
MANY_INPUTS = 0.25
_CERTAINTY = 0.95

Level = Literal["stable", "watch", "changed"]
Because = Literal["changed_inputs", "many_inputs", "window_closed"]


@dataclass(frozen=True)
class Drift:
    """How one feature moved between the rows learned from and the units now.

    Attributes
    ----------
    name : the feature.
    psi : population stability index over the known values; None where no value was known
        then, or none is now.
    by_chance : what the index stays below in 19 of 20 cases where nothing changed; None as psi.
    missing_then, missing_now : share of rows whose value is unknown (or was filled in).
    zero_then, zero_now : share of the known values that are 0; None where none is known.
    level : stable; watch (moved by at least 0.1) or changed (at least 0.25).
    """

    name: str
    psi: float | None
    by_chance: float | None
    missing_then: float
    missing_now: float
    zero_then: float | None
    zero_now: float | None
    level: Level


@dataclass(frozen=True)
class Advice:
    """Whether a kept model should be learned anew, and by which of the rules."""

    because: tuple[Because, ...]

    @property
    def should_retrain(self) -> bool:
        """Whether any rule says so."""
        return bool(self.because)


def stability_index(then: Array, now: Array, bins: int = BINS) -> tuple[float, int]:
    """Return the population stability index, and the number of bins it was taken over.

    The sum over bins of (p - q) * ln(p / q), p and q being the shares of the values then and
    now: the symmetrised Kullback-Leibler divergence of Jeffreys. Bins lie between the distinct
    deciles of the values then, so that many equal values (zeros) share a bin of their own.
    Each bin counts half a value more than it holds, then and now: an empty bin would have an
    infinite part.

    Parameters
    ----------
    then, now : finite values; at least one of each.
    bins : parts of equal size that the values then are cut into.

    References
    ----------
    Jeffreys (1946), "An invariant form for the prior probability in estimation problems",
    Proc. R. Soc. A 186. As an index of stability, with the limits 0.1 and 0.25: Lewis (1994),
    "An Introduction to Credit Scoring"; Siddiqi (2006), "Credit Risk Scorecards".

    Examples
    --------
    >>> same = np.arange(100.0)
    >>> stability_index(same, same)
    (0.0, 10)
    >>> index, bins = stability_index(same, same + 30)
    >>> index > 0.25, bins
    (True, 10)
    """
    if not len(then) or not len(now):
        raise ValueError("no value then, or none now: there is nothing to compare")
    if not (np.isfinite(then).all() and np.isfinite(now).all()):
        raise ValueError("a value is not finite")
    cuts = np.arange(1, bins) / bins
    edges = np.unique(np.quantile(then, cuts, method="inverted_cdf"))
    edges = edges[edges < then.max()]  # no value then lies above the greatest
    if not len(edges):  # nearly all values are the greatest: it gets a bin of its own
        edges = np.array([np.nextafter(then.max(), -np.inf), then.max()])
    number = len(edges) + 1
    counts = [np.bincount(np.searchsorted(edges, x), minlength=number) for x in (then, now)]
    p, q = ((c + SMOOTHING) / (c.sum() + SMOOTHING * number) for c in counts)
    return float(np.sum((p - q) * np.log(p / q))), number


def index_by_chance(then: int, now: int, bins: int) -> float:
    """Return what the index stays below in 19 of 20 cases where nothing changed.

    With few places the index is above zero by chance alone: about (1/then + 1/now) times a
    chi-squared variable with bins - 1 degrees of freedom. The fixed limits know nothing of it.
    Rows of the same place at several cutoffs are taken as if they told of several places.

    References
    ----------
    Yurdakul and Naranjo (2020), "Statistical properties of the population stability index",
    Journal of Risk Model Validation 14.

    Examples
    --------
    >>> round(index_by_chance(1000, 50, 10), 3)
    0.355
    """
    return float(chi2.ppf(_CERTAINTY, max(bins - 1, 1)) * (1 / then + 1 / now))


def drift(
    training: pl.DataFrame,
    now: pl.DataFrame,
    names: Sequence[str],
    missing: Mapping[str, str | None],
) -> list[Drift]:
    """Return how each feature moved, in the order of the names.

    A feature is `changed` (or to `watch`) if its index is at least 0.25 (0.1) and above what
    chance alone would give, or if its share of missing values moved by as much.

    Parameters
    ----------
    training : rows learned from, one column a feature, and the flags.
    now : units now, with the same columns.
    names : features to compare.
    missing : for each feature the column that flags its values as filled in, or None.

    Raises
    ------
    ValueError
        If there is no row then or now, or a value is infinite.
    """
    if not training.height or not now.height:
        raise ValueError("no row then, or none now: there is nothing to compare")
    return [_one(name, training, now, missing.get(name)) for name in names]


def retrain_advice(drifts: Sequence[Drift], windows_closed: int) -> Advice:
    """Return by which rules a kept model should be learned anew.

    changed_inputs: a feature is `changed`; many_inputs: at least two, and a quarter of the
    features, are not stable; window_closed: a window has ended since, so there are outcomes
    that the model has not seen.

    Parameters
    ----------
    drifts : of the features that the model looks at.
    windows_closed : windows that ended after the model was learned.
    """
    because: list[Because] = []
    unstable = sum(entry.level != "stable" for entry in drifts)
    if any(entry.level == "changed" for entry in drifts):
        because.append("changed_inputs")
    if unstable >= max(2, MANY_INPUTS * len(drifts)):
        because.append("many_inputs")
    if windows_closed > 0:
        because.append("window_closed")
    return Advice(tuple(because))


def _one(name: str, training: pl.DataFrame, now: pl.DataFrame, flag: str | None) -> Drift:
    before, is_known_before = _values(training, name, flag)
    after, is_known_after = _values(now, name, flag)
    then_known, now_known = before[is_known_before], after[is_known_after]
    psi = by_chance = None
    if len(then_known) and len(now_known):
        psi, bins = stability_index(then_known, now_known)
        by_chance = index_by_chance(len(then_known), len(now_known), bins)
    missing_then, missing_now = 1 - is_known_before.mean(), 1 - is_known_after.mean()
    moved = max(
        abs(missing_now - missing_then),
        psi if psi is not None and by_chance is not None and psi > by_chance else 0.0,
    )
    return Drift(
        name=name,
        psi=psi,
        by_chance=by_chance,
        missing_then=float(missing_then),
        missing_now=float(missing_now),
        zero_then=float((then_known == 0).mean()) if len(then_known) else None,
        zero_now=float((now_known == 0).mean()) if len(now_known) else None,
        level="changed" if moved >= CHANGED else "watch" if moved >= WATCH else "stable",
    )


def _values(frame: pl.DataFrame, name: str, flag: str | None) -> tuple[Array, NDArray[np.bool_]]:
    """Return a feature's values, and which of them were known and not filled in."""
    values = frame[name].cast(pl.Float64).fill_null(float("nan")).to_numpy()
    if np.isinf(values).any():
        raise ValueError(f"{name} holds an infinite value")
    known = ~np.isnan(values)
    if flag is not None:
        known &= ~frame[flag].cast(pl.Boolean).fill_null(False).to_numpy()
    return values, known
