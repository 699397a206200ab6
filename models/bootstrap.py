"""Bootstrap over blocks of space: the rows of a place and of its neighbours stay together."""

import numpy as np
from numpy.typing import NDArray

from models.additive import Array


def block_weights(block: NDArray[np.int64], draws: int, random: np.random.Generator) -> list[Array]:
    """Return weights of rows under a bootstrap over blocks of space (Rubin 1981).

    Each is (n,), mean 1 over blocks.

    Examples
    --------
    >>> block_weights(np.array([3, 3, 7]), 1, np.random.default_rng(0))[0].round(2).tolist()
    [0.8, 0.8, 1.2]
    """
    blocks, index = np.unique(block, return_inverse=True)
    shares = random.exponential(size=(draws, len(blocks)))
    shares /= shares.mean(axis=1, keepdims=True)
    return [share[index] for share in shares]
