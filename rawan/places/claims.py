"""What becomes of points that villages claim: a village, a kecamatan, or candidates.

Owns the rule by which one village is taken, and the form of the answers. Which villages claim
a point is found by `rawan.places.points`. Ambiguity is never guessed: a point that two
villages may claim is pinned on neither.
"""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from rawan.places.equal_area import Floats

Method = Literal["outline", "outline nearby", "nearest"]
Indices = NDArray[np.int64]

# How many times as far the next village must lie before the nearest is taken. Measured on the
# 260 outlines of a regency with half a million points spread evenly over it: the nearest
# village's point is the right village's for 73 % of all points; for 87 % of those where the
# next one is over 1.5 times as far, for 93 % over 2, 98 % over 3, and 99.1 % over 4.5, which
# is one point in eleven.
VILLAGE_RATIO = 4.5
# All villages up to this many times as far as the nearest must share a kecamatan before that is
# taken. By the same measure it is then right for 99.3 %; at 1.5 for 97 %.
DISTRICT_RATIO = 2.25

SCHEMA: dict[str, Any] = {
    "village_code": pl.String,
    "district_code": pl.String,
    "method": pl.String,
    "reason": pl.String,
    "candidates": pl.List(pl.String),
    "is_outside": pl.Boolean,
}


@dataclass(frozen=True)
class Claims:
    """Villages that may hold a point: one entry a pair, with the distance in km."""

    point: Indices
    village: Indices
    km: Floats


class Answers:
    """The answers to the points of one chunk, as arrays."""

    def __init__(self, like: Floats, district_of: Indices) -> None:
        self._district_of = district_of
        self._village = np.full(len(like), -1, dtype=np.int64)
        self._in_district = np.full(len(like), -1, dtype=np.int64)  # a village that stands for it
        self._words: list[str] = []
        self._method = np.full(len(like), -1, dtype=np.int64)  # places in `_words`
        self._reason = np.full(len(like), -1, dtype=np.int64)
        self._rivals: list[tuple[Indices, Indices]] = []
        self.is_outside = np.zeros(len(like), dtype=bool)

    def refuse(self, points: Indices, reason: str) -> None:
        """Say of these points why they mean no place."""
        self._reason[points] = self._word(reason)

    def settle(self, claims: Claims, method: Method, reason: str) -> None:
        """Decide between the villages that may hold a point.

        The nearest is taken if the next is more than `VILLAGE_RATIO` times as far; else the
        kecamatan, if all within `DISTRICT_RATIO` share it; else those are the candidates.
        """
        if not len(claims.point):
            return
        order = np.lexsort((claims.village, claims.km, claims.point))
        point, village, km = claims.point[order], claims.village[order], claims.km[order]
        first = np.flatnonzero(np.r_[True, point[1:] != point[:-1]])
        group = np.repeat(np.arange(len(first)), np.diff(np.r_[first, len(point)]))
        nearest = km[first][group]
        rivals = np.bincount(group[km <= VILLAGE_RATIO * nearest])
        clear = rivals == 1
        self._method[point[first]] = self._word(method)
        self._village[point[first][clear]] = village[first][clear]
        self._in_district[point[first][clear]] = village[first][clear]
        self._reason[point[first][~clear]] = self._word(reason)
        kept = (km <= DISTRICT_RATIO * nearest) & ~clear[group]
        district = self._district_of[village]
        differs = kept & (district != district[first][group])
        mixed = np.bincount(group[differs], minlength=len(first)) > 0
        agreed = ~clear & ~mixed
        self._in_district[point[first][agreed]] = village[first][agreed]
        torn = kept & mixed[group]
        self._rivals.append((point[torn], village[torn]))

    def frame(self, codes: pl.Series, districts: pl.Series) -> pl.DataFrame:
        """Return the answers as a frame of `SCHEMA`."""
        point = np.concatenate([np.empty(0, np.int64), *(pair[0] for pair in self._rivals)])
        village = np.concatenate([np.empty(0, np.int64), *(pair[1] for pair in self._rivals)])
        order = np.lexsort((village, point))
        offsets = np.r_[0, np.cumsum(np.bincount(point, minlength=len(self._village)))]
        candidates = pa.LargeListArray.from_arrays(
            pa.array(offsets, pa.int64()), codes.gather(village[order]).to_arrow()
        )
        words = pl.Series(self._words, dtype=pl.String)
        return pl.DataFrame(
            {
                "village_code": _gathered(codes, self._village),
                "district_code": _gathered(districts, self._in_district),
                "method": _gathered(words, self._method),
                "reason": _gathered(words, self._reason),
                "candidates": pl.Series(candidates),
                "is_outside": self.is_outside,
            },
            schema=SCHEMA,
        )

    def _word(self, text: str) -> int:
        self._words.append(text)
        return len(self._words) - 1


def _gathered(values: pl.Series, indices: Indices) -> pl.Series:
    """Return the values at the indices; -1 stands for none."""
    found = pl.Series(indices)
    return values.gather(found.set(found < 0, None))
