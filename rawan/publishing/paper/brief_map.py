"""The maps of the brief and its sheets, as SVG made of numbers alone.

Owns what is drawn: cells by band in greys that tell each other apart on any printer, blind spots
hatched, polsek outlined. The shapes are `cells.py`; numbers and legend are set by the template.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
import shapely

from rawan.publishing.cells import FloatArray, Ring, outlines, village_cells

# From light to dark; `khusus` is crossed, so that it is no shade between others.
FILLS = {"kurang_rawan": "#f4f4f4", "rawan": "#a9b8c6", "sangat_rawan": "#33506e"}
CROSSED = "khusus"
_SCALE = 1000.0  # width of a drawing in its own units
_AROUND = 0.08  # of the larger side, left free around what a map is about
_NUMBER = 12.5  # points: how far apart the middles of two numbers are at the least
_ROUNDS = 60
_MANY = 1000  # villages in one map, from which on lines are thinner than the cells' colours
_MOST_AROUND = 2.5  # sides: a map is at most so many times as wide as high, or as high as wide
_PATTERNS = (
    '<pattern id="hatch" width="16" height="16" patternUnits="userSpaceOnUse">'
    '<path d="M0 16L16 0" stroke="#666" stroke-width="1.6"/></pattern>'
    '<pattern id="cross" width="18" height="18" patternUnits="userSpaceOnUse">'
    '<path d="M0 0L18 18M0 18L18 0" stroke="#111" stroke-width="3"/></pattern>'
)


@dataclass(frozen=True)
class Drawing:
    """A map: SVG, its size on paper, and where each named village and its number stand [points].

    Attributes
    ----------
    places : by village code, x and y of the village, then of its number, from the upper left.
    """

    svg: str
    width: float
    height: float
    places: dict[str, tuple[float, float, float, float]]


class Atlas:
    """The cells of a region, worked out once and drawn as often as asked.

    Parameters
    ----------
    villages : village_code, lat, lon; villages without a place have no cell.
    polsek : polsek by village code.
    """

    def __init__(self, villages: pl.DataFrame, polsek: Mapping[str, str]) -> None:
        known = villages.filter(pl.col("lat").is_finite() & pl.col("lon").is_finite())
        codes = known["village_code"].to_list()
        self.cells = village_cells(known["lat"].to_list(), known["lon"].to_list(), codes)
        self._outlines = {name: r for name, r in outlines(self.cells, polsek).items() if r}
        self._borders = {name: _box(rings) for name, rings in self._outlines.items()}
        self._boxes = {code: _box(rings) for code, rings in self.cells.items() if rings}

    def missing(self, codes: Iterable[str]) -> list[str]:
        """Return those of the villages that cannot be drawn."""
        return [code for code in codes if code not in self._boxes]

    def draw(
        self,
        bands: Mapping[str, str],
        blind: set[str],
        numbered: Sequence[str],
        room: tuple[float, float],
        own: Sequence[str] | None = None,
        own_polsek: str | None = None,
    ) -> Drawing | None:
        """Draw the region, or the villages of a polsek with what lies around them.

        Parameters
        ----------
        bands : band by village code.
        blind : codes of blind spots.
        numbered : codes of the villages whose place is asked for.
        room : largest width and height on paper [points].
        own, own_polsek : the villages to draw large, and their polsek; the region if None.

        Returns
        -------
        None where no village that is to be seen has a place.
        """
        about = [code for code in (own or self._boxes) if code in self._boxes]
        if not about:
            return None
        frame = _frame([self._boxes[code] for code in about])
        seen = [code for code, box in self._boxes.items() if _meet(box, frame)]
        inside = set(about)
        scale = _SCALE / (frame[2] - frame[0])
        height = (frame[3] - frame[1]) * scale

        def path(codes: Iterable[str]) -> str:
            rings = (ring for code in codes for ring in self.cells[code])
            return "".join(_path(ring, frame, scale) for ring in rings)

        fine = 0.4 if len(about) > _MANY else 1.0
        parts = [f"<defs>{_PATTERNS}</defs>"]
        parts += _shape(path(c for c in seen if c not in inside), "#fff", "#bbb", 1)
        for band, fill in FILLS.items():
            parts += _shape(path(c for c in about if bands.get(c) == band), fill, "#888", fine)
        crossed = path(c for c in about if bands.get(c) == CROSSED)
        parts += _shape(crossed, "#fff", "#888", fine) + _shape(crossed, "url(#cross)", "none", 0)
        parts += _shape(path(c for c in about if c in blind), "url(#hatch)", "none", 0)
        for name, rings in sorted(self._outlines.items()):
            if not _meet(self._borders[name], frame):
                continue
            is_own = own_polsek is None or name == own_polsek
            border = "".join(_path(ring, frame, scale) for ring in rings)
            width = 1.5 * fine if own_polsek is None else 4 if is_own else 0.8
            parts += _shape(border, "none", "#111" if is_own else "#999", width)
        svg = (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{_SCALE:.0f}" height="{height:.0f}" '
            f'viewBox="0 0 {_SCALE:.0f} {height:.0f}">{"".join(parts)}</svg>'
        )
        width = min(room[0], room[1] * _SCALE / height)
        size = (width, width * height / _SCALE)
        found = {}
        for code in numbered:
            if code in self._boxes:
                x, y = _middle(self.cells[code])
                found[code] = ((x - frame[0]) * scale, (frame[3] - y) * scale)
        at = np.asarray(list(found.values())).reshape(-1, 2) * (width / _SCALE)
        places = np.hstack([at, _apart(at, size)]).round(2)
        named = {
            code: (x, y, u, v) for code, (x, y, u, v) in zip(found, places.tolist(), strict=True)
        }
        return Drawing(svg, round(size[0], 2), round(size[1], 2), named)


Box = tuple[float, float, float, float]


def _box(rings: Sequence[Ring]) -> Box:
    corners = np.concatenate([np.asarray(ring) for ring in rings])
    low, high = corners.min(axis=0), corners.max(axis=0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def _frame(boxes: Sequence[Box]) -> Box:
    """Return what a map shows: all boxes, some space around, and no strip."""
    every = np.asarray(boxes)
    left, bottom = (float(v) for v in every[:, :2].min(axis=0))
    right, top = (float(v) for v in every[:, 2:].max(axis=0))
    around = _AROUND * max(right - left, top - bottom)
    wide, high = right - left + 2 * around, top - bottom + 2 * around
    wide, high = max(wide, high / _MOST_AROUND), max(high, wide / _MOST_AROUND)
    x, y = (left + right) / 2, (bottom + top) / 2
    return x - wide / 2, y - high / 2, x + wide / 2, y + high / 2


def _meet(one: Box, other: Box) -> bool:
    return one[0] <= other[2] and one[2] >= other[0] and one[1] <= other[3] and one[3] >= other[1]


def _apart(points: FloatArray, size: tuple[float, float]) -> FloatArray:
    """Push numbers apart that would cover each other, a little in each round, within the map."""
    moved = points.copy()
    # Numbers on one point have no direction away from each other: each gets its own.
    angle = 2.4 * np.arange(len(points))
    moved += 0.01 * np.column_stack([np.cos(angle), np.sin(angle)])
    for _ in range(_ROUNDS):
        between = moved[:, None, :] - moved[None, :, :]
        far = np.hypot(between[..., 0], between[..., 1])
        np.fill_diagonal(far, np.inf)
        push = np.clip(_NUMBER - far, 0, None) / 2 / far
        if not push.any():
            break
        moved += (push[..., None] * between).sum(axis=1)
        moved = np.clip(moved, _NUMBER / 2, np.asarray(size) - _NUMBER / 2)
    return moved


def _path(ring: Ring, frame: Box, scale: float) -> str:
    points = (f"{(x - frame[0]) * scale:.1f} {(frame[3] - y) * scale:.1f}" for x, y in ring)
    return f"M{'L'.join(points)}Z"


def _shape(path: str, fill: str, stroke: str, width: float) -> list[str]:
    if not path:
        return []
    return [f'<path d="{path}" fill="{fill}" stroke="{stroke}" stroke-width="{width:g}"/>']


def _middle(rings: Sequence[Ring]) -> tuple[float, float]:
    largest = max((shapely.Polygon(ring) for ring in rings), key=lambda shape: shape.area)
    point = largest.representative_point()
    return float(point.x), float(point.y)
