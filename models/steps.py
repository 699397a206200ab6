"""Step functions read off a fitted additive model, exactly.

Inputs are sorted into steps before the model is fitted, and the model sees the number of
the step. So its whole function of one input is had by asking it once a step; no part of
its insides need be known.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from models.additive import Array, ShapeScore, Transform, known_features, transformed

Decide = Callable[[Array], Array]


@dataclass(frozen=True)
class Steps:
    """Inputs in steps.

    Attributes
    ----------
    names : of the m inputs that tell rows apart.
    edges : for each its rising thresholds, as in `ShapeScore`.
    codes : (n, m) number of the step, NaN where the value is unknown.
    """

    names: tuple[str, ...]
    edges: tuple[Array, ...]
    codes: Array


def in_steps(features: pl.DataFrame, names: Sequence[str], most: int) -> Steps:
    """Return inputs in at most `most` steps each, which hold about as many distinct rows.

    Where an input has few values each is a step, with the threshold half-way between them;
    else thresholds lie at quantiles of the rows.
    """
    as_is: dict[str, Transform] = dict.fromkeys(names, "identity")
    used, edges, columns = [], [], []
    for name in known_features(features, as_is):
        values = transformed(features[name].to_numpy(), "identity")
        known = ~np.isnan(values)
        levels = np.unique(values[known])
        if len(levels) > most:
            quantiles = np.linspace(0, 1, most + 1)[1:-1]
            cuts = np.unique(np.quantile(values[known], quantiles, method="inverted_cdf"))
            cuts = cuts[cuts < levels[-1]]
        else:
            cuts = (levels[:-1] + levels[1:]) / 2
        if not len(cuts):
            continue  # nearly all rows hold the highest value
        used.append(name)
        edges.append(cuts)
        columns.append(np.where(known, np.searchsorted(cuts, values, side="left"), np.nan))
    codes = np.empty((features.height, len(used)), order="F")
    for place, column in enumerate(columns):
        codes[:, place] = column
    return Steps(tuple(used), tuple(edges), codes)


def that_vary(codes: Array) -> NDArray[np.int64]:
    """Return the columns that hold at least two steps among these rows.

    Of the oldest windows alone some inputs may be unknown, or the same everywhere.
    """
    highest = np.where(np.isnan(codes), -np.inf, codes).max(axis=0, initial=-np.inf)
    lowest = np.where(np.isnan(codes), np.inf, codes).min(axis=0, initial=np.inf)
    return np.flatnonzero(highest > lowest)


def read_steps(
    decide: Decide, steps: Steps, weight: Array, monotone: Mapping[str, int]
) -> ShapeScore:
    """Return the score of a fitted additive model as a sum of step functions.

    Each function has mean 0 over the training rows, so that a contribution says how a unit
    differs from the rest, and what a unit unknown at a whole cutoff adds is 0 unless the
    rows taught otherwise.

    Parameters
    ----------
    decide : (rows, m) numbers of steps to (rows,) scores.
    steps : the training rows.
    weight : (n,) weight of each row in the means.
    monotone : the direction (-1, 0, 1) promised for a feature; rounding that breaks the
        promise in the last bit is smoothed out.

    Raises
    ------
    ValueError
        If the model is no sum of functions of single inputs.
    """
    m = len(steps.names)
    base = np.zeros((1, m))
    start = float(decide(base)[0])
    intercept = start
    functions, unknown = [], np.zeros(m)
    for place, (name, edges) in enumerate(zip(steps.names, steps.edges, strict=True)):
        codes = steps.codes[:, place]
        known = ~np.isnan(codes)
        asked = np.repeat(base, len(edges) + 2, axis=0)
        asked[:, place] = [*range(len(edges) + 1), np.nan]
        answer = decide(asked) - start
        found, blank = answer[:-1], answer[-1]
        if monotone.get(name, 0) > 0:
            found = np.maximum.accumulate(found)
        elif monotone.get(name, 0) < 0:
            found = np.minimum.accumulate(found)
        mean = float(np.average(found[codes[known].astype(np.int64)], weights=weight[known]))
        functions.append(found - mean)
        unknown[place] = 0.0 if known.all() else blank - mean
        intercept += mean
    score = ShapeScore(steps.names, steps.edges, tuple(functions), unknown, intercept)
    _check(decide, steps, score)
    return score


def constant_score(outcome: Array, weight: Array) -> ShapeScore:
    """Return the log-odds of the outcome, the same for all: no input tells rows apart."""
    rate = float(np.average(outcome, weights=weight))
    return ShapeScore((), (), (), np.zeros(0), float(np.log(rate / (1 - rate))))


def _check(decide: Decide, steps: Steps, score: ShapeScore) -> None:
    """Check that the functions add up to the model, on up to a thousand rows."""
    rows = np.linspace(0, len(steps.codes) - 1, min(len(steps.codes), 1000)).astype(np.int64)
    codes = steps.codes[rows]
    total = np.full(len(rows), score.intercept)
    for place, function in enumerate(score.steps):
        known = ~np.isnan(codes[:, place])
        found = function[np.where(known, codes[:, place], 0).astype(np.int64)]
        total += np.where(known, found, score.unknown[place])
    if np.abs(total - decide(codes)).max(initial=0.0) > 1e-9:
        raise ValueError("the model is no sum of functions of single inputs")
