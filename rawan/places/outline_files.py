"""Files of outlines in: GeoJSON, GeoPackage and Shapefile, read through GDAL.

Owns what is safe to open, the layer, the map projection and the encoding. Which village an
outline belongs to, and whether outlines fit together, is in `rawan.places.boundaries`.

GDAL decides by content what a file is: a text named .geojson may tell it to open other files
or addresses. So the form is fixed by us before GDAL sees the file, and only plain local files
get there.
"""

import re
import tempfile
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import numpy as np
import pyogrio
import shapely

from rawan.errors import RawanError
from rawan.places.equal_area import Geometries
from rawan.settings import Limits

# Longitude and latitude of WGS 84, with and without height.
_WGS_84 = ("EPSG:4326", "EPSG:4979", "OGC:CRS84")
_FORMATS = {".geojson": "GeoJSON", ".json": "GeoJSON", ".gpkg": "GPKG", ".shp": "ESRI Shapefile"}
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]+:/", re.I)  # longer than the letter of a drive
_WAY_OUT = "Give the outlines as GeoJSON, GeoPackage (.gpkg) or Shapefile (.shp)."
_EXPORT = "Export it anew as GeoJSON in EPSG:4326, for instance with QGIS."

# A warped layer of GDAL: the source layer, its coordinates turned to WGS 84.
_WARPED = """<OGRVRTDataSource><OGRVRTWarpedLayer>
<OGRVRTLayer name="{layer}"><SrcDataSource relativeToVRT="0">{source}</SrcDataSource>
<SrcLayer>{layer}</SrcLayer></OGRVRTLayer>
<TargetSRS>EPSG:4326</TargetSRS></OGRVRTWarpedLayer></OGRVRTDataSource>"""


@dataclass(frozen=True)
class OutlineFile:
    """The features of a file in its order: their attributes as text, and their geometries.

    Geometries are shapely's, in longitude and latitude of WGS 84, without height; None where
    there is none or where it cannot be read. `has_crs` is false where the file does not say
    what its coordinates are; `told` are sentences for the user.
    """

    columns: dict[str, list[str | None]]
    geometries: Geometries
    has_crs: bool
    told: tuple[str, ...]


def read_outline_file(path: Path, limits: Limits) -> OutlineFile:
    """Read the one layer of polygons of a file.

    Raises
    ------
    RawanError
        If the file is not a plain local file of one of the three forms, is damaged, exceeds
        the limits, holds no layer of polygons or several, or cannot be turned to WGS 84.
    """
    source = _source(path, limits)
    layer = _layer(path, source)
    info, told = _gdal(path, lambda: pyogrio.read_info(source, layer=layer))
    fields = [str(name) for name in info["fields"]]
    if len(fields) > limits.columns:
        raise RawanError(
            f"{path}: has {len(fields)} columns, more than limits.columns ({limits.columns})."
        )
    if info["features"] > limits.rows:
        raise _too_many(path, limits)
    crs = info["crs"]
    if crs is None or crs in _WGS_84:
        read, noted = _gdal(path, lambda: _read(source, layer))
    else:
        read, noted = _gdal(path, lambda: _read_warped(source, layer))
        told.append(f"coordinates turned from {_plain(str(crs))} to WGS 84.")
    if " Z" in str(info["geometry_type"]) or "3D" in str(info["geometry_type"]):
        told.append("heights left out.")
    cells, geometries = read
    if len(geometries) > limits.rows:
        raise _too_many(path, limits)
    columns = {name: [_text(cell) for cell in column] for name, column in cells.items()}
    told += [sentence for sentence in noted if sentence not in told]
    return OutlineFile(columns, _shapes(geometries), crs is not None, tuple(told))


def _source(path: Path, limits: Limits) -> str:
    """Return how GDAL is to open the file: as this form, and nothing else."""
    named = path.as_posix()
    if named.startswith("/vsi") or _ADDRESS.match(named):
        raise RawanError(f"{path}: is not a local file. Copy the outlines to this machine first.")
    suffix = path.suffix.lower()
    if suffix in (".zip", ".kmz", ".gz", ".rar", ".7z"):
        raise RawanError(f"{path}: is an archive. Unpack it, then give the file inside it.")
    if suffix not in _FORMATS:
        raise RawanError(f'{path}: "{suffix}" is no form of outlines that can be read. {_WAY_OUT}')
    if not path.is_file():
        raise RawanError(f"{path}: there is no such file. Give the path of a file of outlines.")
    parts = [path, *(_sibling(path, part) for part in (".shx", ".dbf") if suffix == ".shp")]
    try:
        size = sum(part.stat().st_size for part in parts)
        with path.open("rb") as stream:
            head = stream.read(512)
    except OSError as error:
        raise RawanError(f"{path}: cannot be opened ({error.strerror}).") from None
    if size > limits.file_mb * 1_000_000:
        raise RawanError(
            f"{path}: is larger than limits.file_mb ({limits.file_mb} MB). "
            "Cut it to the region, or simplify the outlines."
        )
    if not _begins_rightly(suffix, head):
        raise RawanError(f"{path}: its content is not {_FORMATS[suffix]}. {_WAY_OUT}")
    absolute = str(path.resolve())
    if suffix == ".shp":
        if "!" in absolute:
            raise RawanError(f'{path}: GDAL cannot open a path with "!". Move or rename the file.')
        return absolute
    return f"{_FORMATS[suffix]}:{absolute}"


def _sibling(path: Path, suffix: str) -> Path:
    for name in (path.with_suffix(suffix), path.with_suffix(suffix.upper())):
        if name.is_file():
            return name
    raise RawanError(
        f"{path}: its {path.with_suffix(suffix).name} is missing. A Shapefile is several files of "
        "one name (.shp, .shx, .dbf, .prj): put them beside each other."
    )


def _begins_rightly(suffix: str, head: bytes) -> bool:
    if suffix == ".shp":
        return head.startswith(b"\x00\x00\x27\x0a")
    if suffix == ".gpkg":
        return head.startswith(b"SQLite format 3\x00")
    return head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{")


def _layer(path: Path, source: str) -> str:
    """Return the name of the one layer that may hold polygons."""
    layers, _ = _gdal(path, lambda: pyogrio.list_layers(source))
    kinds = {str(name): str(kind) for name, kind in layers if kind is not None}
    polygons = [
        name
        for name, kind in kinds.items()
        if any(word in kind for word in ("Polygon", "Surface", "Unknown", "GeometryCollection"))
    ]
    if len(polygons) > 1:
        raise RawanError(
            f"{path}: holds {len(polygons)} layers of polygons "
            f"({_plain(', '.join(polygons))}). Export the layer of villages alone."
        )
    if not polygons:
        held = ", ".join(sorted(set(kinds.values()))) or "nothing"
        raise RawanError(f"{path}: holds {held} and no polygons. {_WAY_OUT}")
    return polygons[0]


def _read(source: str, layer: str) -> tuple[dict[str, list[Any]], list[bytes | None]]:
    """Return the cells by column and the geometries as WKB, curves turned to straight pieces."""
    # The condition, which always holds, makes GDAL count the features itself: else as many come
    # as the file says it has, and a GeoPackage may say too few.
    meta, _, geometries, cells = pyogrio.raw.read(source, layer=layer, where="1 = 1", force_2d=True)
    names = [str(name) for name in meta["fields"]]
    columns = {name: column.tolist() for name, column in zip(names, cells, strict=True)}
    return columns, geometries.tolist()


def _read_warped(source: str, layer: str) -> tuple[dict[str, list[Any]], list[bytes | None]]:
    with tempfile.TemporaryDirectory() as folder:
        recipe = Path(folder) / "outlines.vrt"
        names = {'"': "&quot;"}
        text = _WARPED.format(source=escape(source, names), layer=escape(layer, names))
        recipe.write_text(text, encoding="utf-8")
        return _read(str(recipe), layer)


def _gdal(path: Path, step: Callable[[], Any]) -> tuple[Any, list[str]]:
    """Run a step of GDAL; return its result and what it warned of, as sentences."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            result = step()
        except UnicodeDecodeError:
            raise RawanError(
                f"{path}: its text is not in the encoding that it states. {_EXPORT}"
            ) from None
        except Exception as error:
            # Damaged files make GDAL's wrapper raise anything, a NameError of its own included.
            raise RawanError(f"{path}: cannot be read ({_plain(str(error))}). {_EXPORT}") from None
    said = dict.fromkeys(_plain(str(warning.message)) for warning in caught)
    return result, [f"GDAL says: {sentence}" for sentence in list(said)[:5]]


def _shapes(wkb: list[bytes | None]) -> Geometries:
    """Return the geometries; None where there is none or its coordinates are no numbers."""
    with np.errstate(invalid="ignore"):
        shapes = shapely.from_wkb(np.array([*wkb, None], dtype=object)[:-1], on_invalid="ignore")
        shapes = np.asarray(shapely.force_2d(shapes), dtype=object)
        owners: Any
        coordinates, owners = shapely.get_coordinates(shapes, return_index=True)
    shapes[np.unique(owners[~np.isfinite(coordinates).all(axis=1)])] = None
    return shapes


def _text(cell: object) -> str | None:
    if isinstance(cell, float):
        if not np.isfinite(cell):
            return None
        return str(int(cell)) if cell.is_integer() else repr(cell)
    text = "" if cell is None else str(cell).strip()
    return text or None


def _plain(text: str) -> str:
    """Return foreign text on one line, short and without control characters."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= 200 else line[:199] + "…"


def _too_many(path: Path, limits: Limits) -> RawanError:
    return RawanError(
        f"{path}: holds more than limits.rows ({limits.rows}) outlines. Cut it to the region."
    )
