"""Shares with their interval, as the benchmarks of skill print them."""

import math


def wilson(part: int, whole: int, z: float = 1.959964) -> tuple[float, float]:
    """Return the 95 % Wilson score interval of a share (Wilson 1927); 0 to 1 of nothing."""
    if not whole:
        return 0.0, 1.0
    share, spread = part / whole, z * z / whole
    middle = (share + spread / 2) / (1 + spread)
    reach = z * math.sqrt(share * (1 - share) / whole + spread / whole / 4) / (1 + spread)
    return max(0.0, middle - reach), min(1.0, middle + reach)
