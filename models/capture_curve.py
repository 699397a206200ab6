"""Capture at every length of the list, with intervals: what each further place would buy.

The measure is that of `metrics.capture_at`, ties in random order; the bootstrap that of
`evidence`: over cutoffs and blocks of space.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.additive import Array
from models.backtest import Prediction
from models.evidence import Draws


@dataclass(frozen=True)
class CaptureCurve:
    """Mean share of incidents within the first k places over past cutoffs, for each k.

    Attributes
    ----------
    value, low, high : (n,) the mean and its 90 % interval for k = 1 to n.
    """

    value: Array
    low: Array
    high: Array


def capture_curve(predictions: Sequence[Prediction], drawn: Draws) -> CaptureCurve:
    """Return the capture of one candidate at every k.

    Parameters
    ----------
    predictions : one a cutoff, of the same n places.
    drawn : draws of cutoffs and blocks; the same for all that is compared.
    """
    times = np.column_stack([np.ones(len(drawn.blocks)), drawn.blocks])
    total = np.zeros((times.shape[1], len(predictions[0].score)))
    weight = np.zeros((times.shape[1], 1))
    for number, prediction in enumerate(predictions):
        captured = np.einsum("bd,bk->dk", times, captured_by(prediction, len(drawn.blocks)))
        happened = captured[:, -1:]
        often = np.concatenate([[1.0], drawn.cutoffs[:, number]])[:, None] * (happened > 0)
        total += often * captured / np.where(happened > 0, happened, 1.0)
        weight += often
    there = weight[:, 0] > 0
    means = total[there] / weight[there]
    low, high = np.quantile(means[1:], [0.05, 0.95], axis=0) if len(means) > 1 else means[[0, 0]]
    return CaptureCurve(means[0], np.minimum(low, means[0]), np.maximum(high, means[0]))


def captured_by(prediction: Prediction, blocks: int) -> Array:
    """Return (blocks, n) incidents of each block that fall within the first k = 1 to n places.

    Examples
    --------
    >>> from datetime import date
    >>> said = Prediction(
    ...     cutoff=date(2020, 1, 1),
    ...     until=date(2020, 7, 1),
    ...     score=np.array([0.1, 0.9, 0.1]),
    ...     count=np.array([2, 1, 0]),
    ...     block=np.array([0, 0, 1]),
    ...     onset_candidate=np.array([True, True, True]),
    ... )
    >>> captured_by(said, 2).tolist()
    [[1.0, 2.0, 3.0], [0.0, 0.0, 0.0]]
    """
    n = len(prediction.score)
    order = np.argsort(-prediction.score, kind="stable")
    score = prediction.score[order]
    starts = np.flatnonzero(np.diff(-score, prepend=-np.inf) != 0)
    sizes = np.diff(np.append(starts, n))
    counts = np.zeros((blocks, n))
    counts[prediction.block[order], np.arange(n)] = prediction.count[order]
    # Tied places stand in random order, so each position holds the mean of its tie.
    means = np.add.reduceat(counts, starts, axis=1) / sizes
    return np.asarray(np.cumsum(np.repeat(means, sizes, axis=1), axis=1))
