"""Outlines of villages: loaded from a file and checked.

Owns the steps from the features of a file to one outline a village, what they are told to
lack, and whether they may be used. The file is read by `rawan.places.outline_files`, the
measures are in `rawan.places.boundary_checks`. Keeping them: `rawan.places.outlines`.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import shapely

from rawan.errors import RawanError
from rawan.places.boundary_checks import OVERLAP_KM2, Finding, gaps, overlaps, points_outside
from rawan.places.boundary_matching import Match, match_villages
from rawan.places.equal_area import FlatMap, Geometries
from rawan.places.outline_files import read_outline_file
from rawan.settings import Limits

# Above these shares of the villages, the file is more likely the wrong one than incomplete.
MOST_MISSING = 0.1
MOST_POINTS_OUTSIDE = 0.25
_BOX_MARGIN_DEGREES = 0.5
_SHOWN = 5

_HEADINGS = {
    "note": "Notes on the file",
    "no village": "Outlines without code or name, left out",
    "elsewhere": "Outlines outside the region, left out",
    "unknown": "Outlines of unknown villages, left out",
    "no polygon": "Outlines without area, left out",
    "off the globe": "Outlines with coordinates that are no degrees, left out",
    "swapped": "Outlines with latitude and longitude swapped, left out",
    "mended": "Outlines that were no proper polygons, mended",
    "joined": "Villages with several outlines, joined",
    "duplicate": "Villages whose several outlines cover the same ground",
    "missing": "Villages without outline",
    "overlap": "Overlaps between villages",
    "gap": "Gaps between villages",
    "point outside": "Villages whose own point lies outside their outline",
}


@dataclass(frozen=True)
class Boundaries:
    """One outline a village, and what was found on the way.

    Attributes
    ----------
    outlines : polygon or multipolygon by village code, in longitude and latitude of WGS 84.
    areas_km2 : area on the ellipsoid by village code.
    findings : what the user should know, in the order of the checks.
    villages : how many villages the gazetteer has.
    matched_by : which columns told the villages.
    """

    outlines: dict[str, Any]
    areas_km2: dict[str, float]
    findings: tuple[Finding, ...]
    villages: int
    matched_by: str

    def of_kind(self, kind: str) -> list[Finding]:
        """Return the findings of one kind."""
        return [finding for finding in self.findings if finding.kind == kind]

    @property
    def refusal(self) -> str | None:
        """Why these outlines must not be used, and the way out; None where they may."""
        if swapped := self.of_kind("swapped"):
            return (
                f"{len(swapped)} outlines have latitude and longitude swapped. "
                "Export the file with longitude first."
            )
        missing, outside = len(self.of_kind("missing")), len(self.of_kind("point outside"))
        if missing > MOST_MISSING * self.villages:
            return (
                f"{missing} of {self.villages} villages have no outline, more than "
                f"{MOST_MISSING:.0%}. Give a file of the whole region."
            )
        if outside > MOST_POINTS_OUTSIDE * self.villages:
            return (
                f"{outside} of {self.villages} villages lie outside their own outline, more than "
                f"{MOST_POINTS_OUTSIDE:.0%}. Check the codes and the map projection of the file."
            )
        return None

    @property
    def is_usable(self) -> bool:
        """Tell whether points may be placed by these outlines."""
        return self.refusal is None

    def lines(self) -> list[str]:
        """Return the summary: what was loaded, then each kind of finding with its first cases."""
        lines = [
            f"{len(self.outlines)} of {self.villages} villages have an outline, "
            f"{sum(self.areas_km2.values()):,.1f} km² in all; found by {self.matched_by}."
        ]
        for kind, heading in _HEADINGS.items():
            found = self.of_kind(kind)
            if not found:
                continue
            areas = [finding.km2 for finding in found if finding.km2 is not None]
            total = f", {sum(areas):,.3f} km²" if areas else ""
            lines.append(f"{heading}: {len(found)}{total}")
            lines += [f"  {finding.sentence}" for finding in found[:_SHOWN]]
            if len(found) > _SHOWN:
                lines.append(f"  and {len(found) - _SHOWN} more")
        if self.refusal:
            lines.append(f"Not usable: {self.refusal}")
        return lines


def load_boundaries(
    path: Path, villages: pl.DataFrame, limits: Limits, code_column: str | None = None
) -> Boundaries:
    """Read a file of outlines, bring it to one outline a village, and check it.

    Parameters
    ----------
    path : GeoJSON, GeoPackage or Shapefile.
    villages : village_code, village, district_code, district, lat, lon; with bps_code, codes of
        BPS are understood as well.
    limits : what a file may cost.
    code_column : the column of the codes; None finds it by content, else names are taken.

    Raises
    ------
    RawanError
        If the file cannot be read, or none of its outlines belongs to a village of the region.
    """
    file = read_outline_file(path, limits)
    if not len(file.geometries):
        raise RawanError(f"{path}: holds no outlines. Give a file of the region's villages.")
    match = match_villages(path, file.columns, villages, code_column)
    work = _Work([Finding("note", sentence) for sentence in file.told])
    if not file.has_crs:
        note = "the file does not say what its coordinates are; taken for WGS 84."
        work.findings.append(Finding("note", note))
    work.findings += _unmatched(match)
    screen = _Screen(villages, work.findings)
    for row, (code, geometry) in enumerate(zip(match.codes, file.geometries, strict=True), 1):
        if code is not None and (
            outline := screen.passed(f"outline {row} ({code})", code, geometry)
        ):
            work.parts[code].append(outline)
    if not work.parts:
        raise RawanError(
            f"{path}: no outline of the region can be used. "
            + " ".join(dict.fromkeys(f.sentence for f in work.findings[-3:]))
            + " Export the villages as polygons in EPSG:4326."
        )
    try:
        return _checked(work, villages, match.by)
    except shapely.errors.GEOSException as error:
        raise RawanError(
            f"{path}: its outlines cannot be laid over each other ({str(error)[:100]}). "
            "Mend them first, for instance with QGIS (Fix geometries)."
        ) from None


@dataclass
class _Work:
    findings: list[Finding]
    parts: dict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))


def _checked(work: _Work, villages: pl.DataFrame, matched_by: str) -> Boundaries:
    """Join the parts of each village and hold the outlines against each other."""
    codes = sorted(work.parts)
    # In an order of their own: joining rounds, and must round alike for any order of the file.
    joined = [shapely.union_all(sorted(work.parts[code], key=shapely.to_wkb)) for code in codes]
    outlines = np.array([*joined, None], dtype=object)[:-1]
    bounds = shapely.total_bounds(outlines)
    flat_map = FlatMap(float(bounds[1] + bounds[3]) / 2)
    flat = flat_map.flatten(outlines)
    areas = np.asarray(shapely.area(flat), dtype=np.float64)
    findings = work.findings
    for code, area in zip(codes, areas, strict=True):
        if len(work.parts[code]) > 1:
            findings += _several(code, work.parts[code], float(area), flat_map)
    names = dict(villages.select("village_code", "village").iter_rows())
    findings += [
        Finding("missing", f"{code} {names[code]} has no outline.", (code,))
        for code in sorted(set(names) - set(codes))
    ]
    findings += overlaps(codes, flat, areas)
    findings += gaps(codes, flat)
    findings += points_outside(codes, flat, _points(codes, villages, flat_map))
    return Boundaries(
        dict(zip(codes, joined, strict=True)),
        dict(zip(codes, areas.tolist(), strict=True)),
        tuple(findings),
        len(names),
        matched_by,
    )


def _unmatched(match: Match) -> Iterator[Finding]:
    elsewhere = 0
    entries = zip(match.codes, match.written, match.elsewhere, strict=True)
    for row, (code, written, lies_elsewhere) in enumerate(entries, 1):
        if code is not None:
            continue
        if written is None:
            yield Finding("no village", f"outline {row} has no code or name.")
        elif lies_elsewhere:
            elsewhere += 1
        else:
            yield Finding(
                "unknown", f'outline {row}: "{written[:60]}" is no village of the region.'
            )
    if elsewhere:
        yield Finding("elsewhere", f"outlines of other regencies: {elsewhere}.")


class _Screen:
    """Lets through what is a polygon on the globe, mended where it crosses itself."""

    def __init__(self, villages: pl.DataFrame, findings: list[Finding]) -> None:
        self._findings = findings
        points = villages.select("lat", "lon").drop_nulls()
        self._box = None
        if len(points):
            lat, lon = points["lat"].to_numpy(), points["lon"].to_numpy()
            self._box = shapely.box(lon.min(), lat.min(), lon.max(), lat.max()).buffer(
                _BOX_MARGIN_DEGREES
            )

    def passed(self, name: str, code: str, geometry: Any) -> Any:
        """Return the outline as it can be used, or None after telling why not."""
        if geometry is None or geometry.is_empty:
            return self._refuse("no polygon", f"{name} is empty or cannot be read.", code)
        west, south, east, north = geometry.bounds
        if self._is_swapped(west, south, east, north):
            return self._refuse("swapped", f"{name}: latitude stands before longitude.", code)
        if west < -180 or east > 180 or south < -90 or north > 90:
            where = f"{west:.6g}, {south:.6g}"
            return self._refuse("off the globe", f"{name}: {where} is not on the globe.", code)
        if not geometry.is_valid:
            reason = shapely.is_valid_reason(geometry)
            geometry = shapely.make_valid(geometry, method="structure", keep_collapsed=False)
            km2 = self._area(geometry)
            told = Finding(
                "mended", f"{name}: {reason}; {km2:.3f} km² after mending.", (code,), km2
            )
            self._findings.append(told)
        polygons = [part for part in _flattened(geometry) if part.geom_type == "Polygon"]
        outline = polygons[0] if len(polygons) == 1 else shapely.union_all(polygons)
        if outline.area <= 0:
            kind = geometry.geom_type
            return self._refuse("no polygon", f"{name} is a {kind} without area.", code)
        return outline

    def _is_swapped(self, west: float, south: float, east: float, north: float) -> bool:
        if self._box is None:
            return False
        x, y = (west + east) / 2, (south + north) / 2
        return not shapely.intersects_xy(self._box, x, y) and bool(
            shapely.intersects_xy(self._box, y, x)
        )

    def _area(self, geometry: Any) -> float:
        return float(FlatMap(0.0).areas(np.array([geometry, None], dtype=object))[0])

    def _refuse(self, kind: str, sentence: str, code: str) -> None:
        self._findings.append(Finding(kind, sentence, (code,)))


def _flattened(geometry: Any) -> Iterator[Any]:
    """Return the simple parts of a geometry, of collections inside collections too."""
    for part in shapely.get_parts(geometry):
        if part.geom_type == "GeometryCollection" or part.geom_type.startswith("Multi"):
            yield from _flattened(part)
        else:
            yield part


def _several(code: str, parts: list[Any], area: float, flat_map: FlatMap) -> Iterator[Finding]:
    """Tell whether the outlines of one village are pieces of it or the same ground twice."""
    twice = float(flat_map.areas(np.array([*parts, None], dtype=object)[:-1]).sum()) - area
    if twice > OVERLAP_KM2:
        sentence = f"{code}: its {len(parts)} outlines share {twice:.3f} km²; joined."
        yield Finding("duplicate", sentence, (code,), twice)
    else:
        sentence = f"{code}: {len(parts)} outlines joined, {area:.3f} km²."
        yield Finding("joined", sentence, (code,), area)


def _points(codes: Iterable[str], villages: pl.DataFrame, flat_map: FlatMap) -> Geometries:
    places = {
        code: (lon, lat)
        for code, lat, lon in villages.select("village_code", "lat", "lon").iter_rows()
        if lat is not None and lon is not None
    }
    points = [shapely.Point(places[code]) if code in places else None for code in codes]
    return flat_map.flatten(np.array(points, dtype=object))
