"""Outlines of villages: read in three forms, held against the gazetteer, kept or refused."""

import json
import math
import re
import shutil
import sqlite3
import struct
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyogrio
import pytest
import shapely
import shapely.affinity
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from rawan.errors import RawanError
from rawan.places.boundaries import Boundaries, load_boundaries
from rawan.places.equal_area import FlatMap
from rawan.places.outlines import read_outlines, store
from rawan.settings import Limits
from rawan.warehouse import SQL, Warehouse

# Two rows of four villages, each a square of a twentieth of a degree; a row is a kecamatan.
WEST, SOUTH, SIDE = 120.0, -3.0, 0.05
NAMES = ("Sukarekaan", "Rejocontoh", "Wanaandai", "Tirtakhayal")
CODES = [f"99.99.0{row + 1}.200{column + 1}" for row in range(2) for column in range(4)]
SQUARES = [
    shapely.box(
        WEST + column * SIDE,
        SOUTH + row * SIDE,
        WEST + (column + 1) * SIDE,
        SOUTH + (row + 1) * SIDE,
    )
    for row in range(2)
    for column in range(4)
]
SQUARE_KM2 = 30.74
VILLAGES = pl.DataFrame(
    {
        "village_code": CODES,
        "bps_code": [f"97120{code[7]}000{code[-1]}" for code in CODES],
        "village": [*NAMES, *NAMES],
        "district_code": [code[:8] for code in CODES],
        "district": ["Umpama"] * 4 + ["Andaikata"] * 4,
        "lat": [square.centroid.y for square in SQUARES],
        "lon": [square.centroid.x for square in SQUARES],
    }
)
FORMS = ("outlines.geojson", "outlines.gpkg", "outlines.shp")
DRIVERS = {".geojson": "GeoJSON", ".gpkg": "GPKG", ".shp": "ESRI Shapefile"}


def write(
    path: Path,
    shapes: Sequence[Any] = SQUARES,
    crs: str | None = "EPSG:4326",
    layer: str | None = None,
    kind: str = "Unknown",
    **columns: Sequence[Any],
) -> Path:
    """Write outlines in the form that the suffix names; without columns, with their codes."""
    columns = columns or {"kode": CODES}
    cells = [
        np.array(values, dtype=object if isinstance(values[0], str | None) else None)
        for values in columns.values()
    ]
    driver = DRIVERS[path.suffix]
    options = {"RFC7946": "NO"} if driver == "GeoJSON" else {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a file without crs is meant
        pyogrio.raw.write(
            str(path),
            shapely.to_wkb(np.array([*shapes, None], dtype=object)[:-1]),
            cells,
            list(columns),
            driver=driver,
            crs=crs,
            layer=layer,
            geometry_type="Polygon" if driver == "ESRI Shapefile" else kind,
            **options,
        )
    return path


@pytest.fixture(scope="module", autouse=True)
def _quick_geopackages() -> Iterator[None]:
    """Spare the tests the wait for the disk at every write."""
    pyogrio.set_gdal_config_options({"OGR_SQLITE_SYNCHRONOUS": "OFF"})
    yield
    pyogrio.set_gdal_config_options({"OGR_SQLITE_SYNCHRONOUS": None})


def load(path: Path, code_column: str | None = None, **limits: int) -> Boundaries:
    return load_boundaries(path, VILLAGES, Limits(**limits), code_column)


def kinds(boundaries: Boundaries) -> dict[str, int]:
    found = [finding.kind for finding in boundaries.findings]
    return {kind: found.count(kind) for kind in dict.fromkeys(found)}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_the_same_outlines(tmp_path: Path, form: str) -> None:
    boundaries = load(write(tmp_path / form))
    assert list(boundaries.outlines) == CODES
    for code, square in zip(CODES, SQUARES, strict=True):
        assert boundaries.outlines[code].equals(square)
        assert boundaries.areas_km2[code] == pytest.approx(SQUARE_KM2, abs=0.01)
    assert not boundaries.findings
    assert boundaries.is_usable
    assert boundaries.lines() == [
        "8 of 8 villages have an outline, 245.9 km² in all; "
        'found by Kemendagri codes in the column "kode".'
    ]


@pytest.mark.parametrize("form", FORMS)
def test_any_map_projection_is_turned_to_wgs_84(tmp_path: Path, form: str) -> None:
    def mercator(lonlat: Any) -> Any:
        radians = np.radians(lonlat)
        north = np.log(np.tan(np.pi / 4 + radians[:, 1] / 2))
        return 6378137 * np.column_stack([radians[:, 0], north])

    shapes = [shapely.transform(square, mercator) for square in SQUARES]
    boundaries = load(write(tmp_path / form, shapes, crs="EPSG:3857"))
    for code, square in zip(CODES, SQUARES, strict=True):
        assert shapely.hausdorff_distance(boundaries.outlines[code], square) < 1e-9
    assert kinds(boundaries) == {"note": 1}
    assert "EPSG:3857" in boundaries.findings[0].sentence


def test_utm_as_the_land_office_uses_it_is_understood(tmp_path: Path) -> None:
    # On the central meridian of zone 51 (123 degrees east) UTM counts from 500,000 metres.
    shape = shapely.box(500_000, 9_600_000, 501_000, 9_601_000)
    boundaries = load(write(tmp_path / "utm.gpkg", [shape], crs="EPSG:32751", kode=[CODES[0]]))
    west = boundaries.outlines[CODES[0]].bounds[0]
    assert west == pytest.approx(123, abs=1e-9)
    assert boundaries.areas_km2[CODES[0]] == pytest.approx(1 / 0.9996**2, rel=1e-5)


def test_a_file_that_states_no_crs_is_taken_for_wgs_84_and_says_so(tmp_path: Path) -> None:
    path = write(tmp_path / "outlines.shp")
    path.with_suffix(".prj").unlink()
    boundaries = load(path)
    assert boundaries.is_usable
    assert "does not say what its coordinates are" in boundaries.findings[0].sentence


def test_metres_without_a_crs_are_refused_with_the_way_out(tmp_path: Path) -> None:
    shapes = [shapely.box(5e5 + i, 9e6, 5e5 + i + 1, 9e6 + 1) for i in range(8)]
    path = write(tmp_path / "outlines.gpkg", shapes, crs=None)
    with pytest.raises(RawanError, match=r"not on the globe.*EPSG:4326"):
        load(path)


@pytest.mark.parametrize(
    ("columns", "by"),
    [
        ({"NO": list("abcdefgh"), "X": CODES}, "Kemendagri"),
        ({"X": [code.replace(".", "") for code in CODES]}, "Kemendagri"),
        ({"X": [int(code.replace(".", "")) for code in CODES]}, "Kemendagri"),
        ({"X": [float(code.replace(".", "")) for code in CODES]}, "Kemendagri"),
        ({"X": [f" {code} " for code in CODES]}, "Kemendagri"),
        ({"X": VILLAGES["bps_code"].to_list()}, "BPS"),
        ({"X": ["Desa " + n.upper() for n in NAMES * 2], "Y": VILLAGES["district"].to_list()}, "n"),
    ],
)
@pytest.mark.parametrize("form", FORMS)
def test_villages_are_found_by_what_columns_hold(
    tmp_path: Path, form: str, columns: dict[str, Any], by: str
) -> None:
    boundaries = load(write(tmp_path / form, **columns))
    assert list(boundaries.outlines) == CODES
    assert boundaries.outlines[CODES[5]].equals(SQUARES[5])
    assert boundaries.matched_by.startswith(by)
    assert '"X"' in boundaries.matched_by


def test_a_name_counts_only_in_its_kecamatan_and_only_as_it_is_spelt(tmp_path: Path) -> None:
    names = ["Sukarekaan", "Rejocontohh", "Wanaandai", "Tirtakhayal"]
    districts = ["Umpama", "Umpama", "Seberang", "Umpama"]
    boundaries = load(write(tmp_path / "o.gpkg", SQUARES[:4], desa=names, kec=districts))
    assert list(boundaries.outlines) == [CODES[0], CODES[3]]
    assert kinds(boundaries)["unknown"] == 1
    assert kinds(boundaries)["elsewhere"] == 1


def test_the_column_of_codes_can_be_named(tmp_path: Path) -> None:
    path = write(tmp_path / "o.gpkg", kode=CODES, kode_baru=CODES[::-1])
    assert load(path, "kode_baru").outlines[CODES[0]].equals(SQUARES[-1])
    with pytest.raises(RawanError, match='Did you mean "kode_baru"'):
        load(path, "kode_bru")
    path = write(tmp_path / "p.gpkg", kode=CODES, nama=list(NAMES) * 2)
    with pytest.raises(RawanError, match='column "nama": holds no code'):
        load(path, "nama")


def test_without_codes_or_names_the_file_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "o.gpkg", nomor=[str(i) for i in range(8)], x=[0.5] * 8)
    with pytest.raises(RawanError, match=r"no column holds codes.*Columns: nomor, x"):
        load(path)


def test_missing_and_unknown_villages_and_other_regencies_are_told(tmp_path: Path) -> None:
    codes = [*CODES[:5], "99.99.01.2099", "98.01.01.2001", None]
    boundaries = load(write(tmp_path / "o.geojson", kode=codes))
    told = {kind: [f.sentence for f in boundaries.of_kind(kind)] for kind in kinds(boundaries)}
    assert told["unknown"] == ['outline 6: "99.99.01.2099" is no village of the region.']
    assert told["elsewhere"] == ["outlines of other regencies: 1."]
    assert told["no village"] == ["outline 8 has no code or name."]
    assert [f.codes for f in boundaries.of_kind("missing")] == [(code,) for code in CODES[5:]]
    assert not boundaries.is_usable
    assert "3 of 8 villages have no outline" in boundaries.lines()[-1]


def test_one_missing_village_of_many_does_not_make_a_file_useless(tmp_path: Path) -> None:
    def boundaries(missing: int) -> Boundaries:
        codes = [f"99.99.01.{number}" for number in range(2000, 2020)]
        squares = [shapely.box(120 + i, 0, 121 + i, 1) for i in range(20)]
        rows = {"village_code": codes, "village": codes, "district": "Umpama"}
        villages = pl.DataFrame(rows | {"lat": [0.5] * 20, "lon": [120.5 + i for i in range(20)]})
        features = [feature(square, kode=code) for square, code in zip(squares, codes, strict=True)]
        path = tmp_path / "o.geojson"
        path.write_text(collection(features[missing:]), encoding="utf-8")
        return load_boundaries(path, villages, Limits())

    assert boundaries(2).is_usable
    assert not boundaries(3).is_usable


def test_islands_are_joined_and_the_same_ground_twice_is_told(tmp_path: Path) -> None:
    island = shapely.box(WEST + 1, SOUTH, WEST + 1 + SIDE, SOUTH + SIDE)
    twin = shapely.box(WEST + SIDE, SOUTH, WEST + 1.5 * SIDE, SOUTH + SIDE)
    path = write(tmp_path / "o.gpkg", [*SQUARES, island, twin], kode=[*CODES, CODES[0], CODES[1]])
    boundaries = load(path)
    assert boundaries.outlines[CODES[0]].equals(shapely.union(SQUARES[0], island))
    assert boundaries.outlines[CODES[1]].equals(SQUARES[1])
    [joined], [duplicate] = boundaries.of_kind("joined"), boundaries.of_kind("duplicate")
    assert joined.codes == (CODES[0],)
    assert joined.km2 == pytest.approx(2 * SQUARE_KM2, abs=0.1)
    assert duplicate.codes == (CODES[1],)
    assert duplicate.km2 == pytest.approx(SQUARE_KM2 / 2, abs=0.1)


def test_overlaps_are_told_with_both_codes_and_their_area(tmp_path: Path) -> None:
    shapes = list(SQUARES)
    shapes[2] = shapely.box(WEST + 1.9 * SIDE, SOUTH, WEST + 3 * SIDE, SOUTH + SIDE)
    # A sliver of 0.3 millionths of a degree along the border is no overlap worth a word.
    shapes[5] = shapely.box(WEST + SIDE - 3e-7, SOUTH + SIDE, WEST + 2 * SIDE, SOUTH + 2 * SIDE)
    [overlap] = load(write(tmp_path / "o.geojson", shapes)).findings
    assert overlap.kind == "overlap"
    assert overlap.codes == (CODES[1], CODES[2])
    assert overlap.km2 == pytest.approx(SQUARE_KM2 / 10, rel=0.01)
    assert "(10.0% of the smaller)" in overlap.sentence


def test_a_small_overlap_counts_where_it_is_much_of_a_small_village(tmp_path: Path) -> None:
    # 0.001 by 0.001 degrees, of which 6 % lie in the neighbour: 0.0007 km².
    small = shapely.box(WEST - 0.00094, SOUTH, WEST + 0.00006, SOUTH + 0.001)
    path = write(tmp_path / "o.gpkg", [SQUARES[0], small], kode=[CODES[0], CODES[1]])
    [overlap] = load(path).of_kind("overlap")
    assert overlap.km2 == pytest.approx(0.00074, rel=0.02)


def test_gaps_inside_the_region_are_told_with_the_villages_around_them(tmp_path: Path) -> None:
    shapes = list(SQUARES)
    hole = shapely.box(WEST + 0.8 * SIDE, SOUTH + 0.5 * SIDE, WEST + SIDE, SOUTH + 0.7 * SIDE)
    shapes[0] = shapely.difference(shapes[0], hole)
    [gap] = load(write(tmp_path / "o.geojson", shapes)).findings
    assert gap.kind == "gap"
    assert gap.codes == (CODES[0], CODES[1])
    assert gap.km2 == pytest.approx(SQUARE_KM2 * 0.04, rel=0.01)


def test_a_village_on_an_island_in_a_lake_is_no_gap(tmp_path: Path) -> None:
    lake = shapely.box(WEST + 0.01, SOUTH + 0.01, WEST + 0.04, SOUTH + 0.04)
    island = shapely.box(WEST + 0.011, SOUTH + 0.011, WEST + 0.039, SOUTH + 0.039)
    shapes = [shapely.difference(SQUARES[0], lake), island]
    [gap] = load(write(tmp_path / "o.gpkg", shapes, kode=CODES[:2])).of_kind("gap")
    assert gap.km2 == pytest.approx(SQUARE_KM2 * (0.6**2 - 0.56**2), rel=0.01)


def test_a_village_whose_own_point_lies_outside_is_told_with_the_distance(tmp_path: Path) -> None:
    codes = [CODES[1], CODES[0], *CODES[2:]]
    boundaries = load(write(tmp_path / "o.geojson", kode=codes))
    assert kinds(boundaries) == {"point outside": 2}
    assert {finding.codes for finding in boundaries.findings} == {(CODES[0],), (CODES[1],)}
    told = re.search(r"lies ([0-9.]+) km outside", boundaries.findings[0].sentence)
    assert told is not None
    assert float(told[1]) == pytest.approx(math.radians(SIDE / 2) * 6371, rel=0.01)
    assert boundaries.is_usable


def test_codes_that_slipped_by_a_row_make_the_file_useless(tmp_path: Path) -> None:
    boundaries = load(write(tmp_path / "o.gpkg", kode=[*CODES[1:], CODES[0]]))
    assert "8 of 8 villages lie outside their own outline" in (boundaries.refusal or "")


def test_swapped_coordinates_make_the_file_useless(tmp_path: Path) -> None:
    swapped = shapely.transform(SQUARES[0], lambda lonlat: lonlat[:, ::-1])
    boundaries = load(write(tmp_path / "o.gpkg", [swapped, *SQUARES[1:]]))
    assert CODES[0] not in boundaries.outlines
    assert kinds(boundaries) == {"swapped": 1, "missing": 1}
    assert "Export the file with longitude first" in (boundaries.refusal or "")


def test_an_outline_that_crosses_itself_is_mended_and_told(tmp_path: Path) -> None:
    x, y = WEST, SOUTH
    bow = shapely.Polygon([(x, y), (x + SIDE, y + SIDE), (x + SIDE, y), (x, y + SIDE)])
    boundaries = load(write(tmp_path / "o.gpkg", [bow, *SQUARES[1:]]))
    [mended] = boundaries.of_kind("mended")
    assert mended.codes == (CODES[0],)
    assert mended.km2 == pytest.approx(SQUARE_KM2 / 2, rel=0.01)
    assert "Self-intersection" in mended.sentence
    assert boundaries.outlines[CODES[0]].is_valid


def test_long_lists_of_findings_are_counted_and_cut(tmp_path: Path) -> None:
    lines = load(write(tmp_path / "o.gpkg", kode=[CODES[0], *"abcdefg"])).lines()
    assert "Outlines of unknown villages, left out: 7" in lines
    assert "  and 2 more" in lines


# Files that are not what they should be.


def feature(shape: Any, **properties: Any) -> dict[str, Any]:
    geometry = shape if isinstance(shape, dict | None) else json.loads(shapely.to_geojson(shape))
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def collection(features: Sequence[Any], **members: Any) -> str:
    return json.dumps({"type": "FeatureCollection", **members, "features": features})


def ring(*corners: tuple[float, ...]) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": [list(corners)]}


GOOD = [feature(square, kode=code) for square, code in zip(SQUARES, CODES, strict=True)]
HUGE = ring((1e300, 0), (121, 0), (121, 1e300), (1e300, 0))
OPEN = ring((120, -3), (121, -3), (121, -2))
TWO_CORNERS = ring((120, -3), (121, -3))
COLLECTED = {
    "type": "GeometryCollection",
    "geometries": [
        {"type": "Point", "coordinates": [WEST, SOUTH]},
        json.loads(shapely.to_geojson(SQUARES[0])),
    ],
}
BROKEN_TEXTS = {
    "nothing": b"",
    "NUL bytes": bytes(1000),
    "not JSON": b"kode,desa\n1,2\n",
    "broken JSON": collection(GOOD).encode()[:500],
    "another kind of JSON": b'{"type": "Topology", "objects": {}, "arcs": []}',
    "deep JSON": b'{"type":"FeatureCollection","features":' + b"[" * 100_000,
    "no features": collection([]).encode(),
    "points": collection(
        [feature(s.centroid, kode=c) for s, c in zip(SQUARES, CODES, strict=True)]
    ).encode(),
    "lines": collection([feature(SQUARES[0].boundary, kode=CODES[0])]).encode(),
    "no geometry": collection([feature(None, kode=CODES[0])]).encode(),
    "no properties": collection([{**GOOD[0], "properties": None}]).encode(),
    "huge numbers": collection([feature(HUGE, kode=CODES[0])]).encode(),
    "endless numbers": collection([feature(OPEN, kode=CODES[0])]).replace("121", "1e999").encode(),
    "no numbers": collection([feature(OPEN, kode=CODES[0])]).replace("121", "NaN").encode(),
    "two corners": collection([feature(TWO_CORNERS, kode=CODES[0])]).encode(),
    "UTF-16": collection(GOOD).encode("utf-16"),
    "Windows-1252": json.dumps(
        json.loads(collection([feature(SQUARES[0], kode="Dés")])), ensure_ascii=False
    ).encode("cp1252"),
    "a recipe of GDAL": b"<OGRVRTDataSource></OGRVRTDataSource>",
}


@pytest.mark.parametrize("content", BROKEN_TEXTS.values(), ids=BROKEN_TEXTS)
def test_a_broken_geojson_gets_a_sentence_and_nothing_else(
    tmp_path: Path, content: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "outlines.geojson"
    path.write_bytes(content)
    with pytest.raises(RawanError) as refused:
        load(path)
    assert str(refused.value).startswith(str(path))
    assert len(str(refused.value)) < len(str(path)) + 500
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("spoilt", "kind"),
    [
        (None, "no polygon"),
        (COLLECTED["geometries"][0], "no polygon"),
        (json.loads(shapely.to_geojson(SQUARES[0].boundary)), "no polygon"),
        ({"type": "Polygon", "coordinates": []}, "no polygon"),
        (TWO_CORNERS, "no polygon"),
        (ring((120, -3), (121, -3), (120, -3)), "no polygon"),
        (HUGE, "off the globe"),
    ],
)
def test_one_spoilt_outline_is_told_and_costs_its_village_only(
    tmp_path: Path, spoilt: Any, kind: str
) -> None:
    path = tmp_path / "outlines.geojson"
    path.write_text(collection([feature(spoilt, kode=CODES[0]), *GOOD[1:]]), encoding="utf-8")
    boundaries = load(path)
    assert list(boundaries.outlines) == CODES[1:]
    [finding] = boundaries.of_kind(kind)
    assert finding.codes == (CODES[0],)


def test_a_collection_gives_its_polygons_and_heights_are_left_out(tmp_path: Path) -> None:
    raised = shapely.force_3d(SQUARES[1], 120.0)
    path = tmp_path / "outlines.geojson"
    path.write_text(
        collection([feature(COLLECTED, kode=CODES[0]), feature(raised, kode=CODES[1])]),
        encoding="utf-8",
    )
    boundaries = load(path)
    assert boundaries.outlines[CODES[0]].equals(SQUARES[0])
    assert not boundaries.outlines[CODES[1]].has_z
    path.write_text(collection([feature(raised, kode=CODES[1])]), encoding="utf-8")
    assert [finding.sentence for finding in load(path).of_kind("note")] == ["heights left out."]


def test_the_crs_member_of_a_geojson_is_heeded(tmp_path: Path) -> None:
    path = tmp_path / "outlines.geojson"
    name = {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}
    path.write_text(collection(GOOD, crs=name), encoding="utf-8")
    assert not load(path).findings
    name["properties"] = {"name": "urn:ogc:def:crs:EPSG::32751"}
    square = shapely.box(500_000, 9_600_000, 501_000, 9_601_000)
    path.write_text(collection([feature(square, kode=CODES[0])], crs=name), encoding="utf-8")
    assert load(path).outlines[CODES[0]].bounds[0] == pytest.approx(123, abs=1e-9)


@pytest.mark.parametrize(
    "disguise",
    [
        "<OGRVRTDataSource><OGRVRTLayer name='o'><SrcDataSource>{}</SrcDataSource>"
        "<SrcLayer>o</SrcLayer></OGRVRTLayer></OGRVRTDataSource>",
        '{{"type": "gdal_streamed_alg", "command_line": '
        '"gdal vector pipeline ! read {} ! write --format stream streamed_dataset"}}',
    ],
)
@pytest.mark.parametrize("name", ["o.geojson", "o.json", "o.gpkg", "o.shp"])
def test_a_recipe_of_gdal_in_disguise_opens_no_other_file(
    tmp_path: Path, disguise: str, name: str
) -> None:
    other = write(tmp_path / "other.geojson", layer="o")
    path = tmp_path / "inbox" / name
    path.parent.mkdir()
    for suffix in (".shx", ".dbf"):
        path.with_suffix(suffix).touch()
    path.write_text(disguise.format(other.as_posix()), encoding="utf-8")
    with pytest.raises(RawanError):
        load(path)


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("https://contoh.example/o.geojson", "not a local file"),
        ("/vsicurl/https://contoh.example/o.geojson", "not a local file"),
        ("/vsizip/o.zip/o.geojson", "not a local file"),
        ("o.zip", "Unpack it"),
        ("o.kml", "no form of outlines"),
        ("o", "no form of outlines"),
        ("o.geojson", "no such file"),
        ("o\0.geojson", "no such file"),
    ],
)
def test_what_is_no_plain_local_file_is_refused(path: str, says: str) -> None:
    with pytest.raises(RawanError, match=says):
        load(Path(path))


def test_a_folder_of_that_name_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "o.gpkg").mkdir()
    with pytest.raises(RawanError, match="no such file"):
        load(tmp_path / "o.gpkg")


@pytest.mark.parametrize("kept", [10, 90, 5_000, 50_000])
def test_a_truncated_geopackage_is_refused(
    tmp_path: Path, kept: int, capfd: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path / "o.gpkg")
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(RawanError, match=r"cannot be read|is not GPKG"):
        load(path)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("said", [0, 1, 100])
@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:9470"])
def test_a_geopackage_that_miscounts_itself_loses_nothing(
    tmp_path: Path, said: int, crs: str
) -> None:
    path = write(tmp_path / "o.gpkg", crs=crs)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE gpkg_ogr_contents SET feature_count = ?", [said])
    assert list(load(path).outlines) == CODES


def test_an_outline_drawn_with_arcs_is_read_as_straight_pieces(tmp_path: Path) -> None:
    path = write(tmp_path / "o.gpkg", SQUARES[:1], kode=CODES[:1])
    x, y, r = WEST + SIDE / 2, SOUTH + SIDE / 2, SIDE / 2
    corners = [(x - r, y), (x, y + r), (x + r, y), (x, y - r), (x - r, y)]
    arc = struct.pack("<BII", 1, 8, 5) + b"".join(struct.pack("<dd", *c) for c in corners)
    blob = b"GP\0\1" + struct.pack("<i", 4326) + struct.pack("<BII", 1, 10, 1) + arc
    with closing(sqlite3.connect(path)) as connection, connection:
        for name in ("IsEmpty", "MinX", "MaxX", "MinY", "MaxY"):  # its index asks for these
            connection.create_function(f"ST_{name}", 1, lambda _: 0)
        connection.execute("UPDATE o SET geom = ?", [blob])
    circle = load(path)
    assert circle.areas_km2[CODES[0]] == pytest.approx(SQUARE_KM2 * math.pi / 4, rel=0.002)


@pytest.mark.parametrize("part", [".shx", ".dbf"])
def test_a_shapefile_without_its_parts_is_refused(tmp_path: Path, part: str) -> None:
    path = write(tmp_path / "o.shp")
    path.with_suffix(part).unlink()
    with pytest.raises(RawanError, match=rf"o\{part} is missing"):
        load(path)


@pytest.mark.parametrize("part", [".shx", ".dbf"])
def test_a_shapefile_with_a_truncated_part_is_refused(
    tmp_path: Path, part: str, capfd: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path / "o.shp")
    whole = path.with_suffix(part).read_bytes()
    path.with_suffix(part).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(RawanError, match="cannot be read"):
        load(path)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("kept", [60, 100, 104, 300, 512, 600, 1100])
def test_a_truncated_shapefile_does_not_pass_for_a_whole_one(tmp_path: Path, kept: int) -> None:
    path = write(tmp_path / "o.shp")
    path.write_bytes(path.read_bytes()[:kept])
    try:
        boundaries = load(path)
    except RawanError as refused:
        assert str(refused).startswith(str(path))  # noqa: PT017
    else:
        assert kinds(boundaries)["no polygon"] == kinds(boundaries)["missing"]


def test_a_prj_that_says_nothing_is_as_good_as_none(tmp_path: Path) -> None:
    path = write(tmp_path / "o.shp")
    path.with_suffix(".prj").write_text("rubbish", encoding="ascii")
    assert "does not say" in load(path).findings[0].sentence


def test_a_capital_shapefile_is_read_too(tmp_path: Path) -> None:
    path = write(tmp_path / "o.shp")
    for part in list(tmp_path.iterdir()):
        part.rename(tmp_path / f"O{part.suffix.upper()}")
    assert load(path.with_name("O.SHP")).is_usable


def test_a_path_that_gdal_would_take_apart_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "a!b"
    folder.mkdir()
    for part in write(tmp_path / "o.shp").parent.glob("o.*"):
        shutil.copy(part, folder)
    with pytest.raises(RawanError, match="Move or rename"):
        load(folder / "o.shp")
    assert load(write(tmp_path / "o.gpkg").rename(folder / "o.gpkg")).is_usable


def test_of_several_layers_none_is_guessed(tmp_path: Path) -> None:
    path = write(tmp_path / "o.gpkg", layer="desa", kind="Polygon")
    write(path, [s.centroid for s in SQUARES], layer="kantor", kind="Point")
    assert load(path).is_usable
    write(path, layer="desa_2015", kind="Polygon")
    with pytest.raises(RawanError, match=r"2 layers of polygons \(desa, desa_2015\)"):
        load(path)


def test_limits_are_kept(tmp_path: Path) -> None:
    path = write(tmp_path / "o.gpkg", kode=CODES, a=CODES, b=CODES)
    with pytest.raises(RawanError, match=r"limits.rows \(7\)"):
        load(path, rows=7)
    with pytest.raises(RawanError, match=r"limits.columns \(2\)"):
        load(path, columns=2)
    path.write_bytes(path.read_bytes() + bytes(1_000_000))
    with pytest.raises(RawanError, match=r"limits\.file_mb"):
        load(path, file_mb=1)


@given(st.permutations(range(10)))
@hypothesis_settings(max_examples=15)
def test_the_order_of_features_does_not_matter(order: list[int]) -> None:
    shapes = [shapely.buffer(square, 0.001) for square in SQUARES]
    pieces = [shapely.affinity.rotate(shapes[0], angle) for angle in (10, 25)]
    features = [feature(shapes[i], kode=CODES[i]) for i in range(8)]
    features += [feature(piece, kode=CODES[0]) for piece in pieces]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "o.geojson"
        path.write_text(collection(features), encoding="utf-8")
        expected = load(path)
        path.write_text(collection([features[i] for i in order]), encoding="utf-8")
        found = load(path)
    assert found.lines() == expected.lines()
    assert found.areas_km2 == expected.areas_km2
    for code, outline in expected.outlines.items():
        assert shapely.to_wkb(found.outlines[code]) == shapely.to_wkb(outline)


# Areas and the warehouse.


@pytest.mark.parametrize("south", [0.0, -6.0, 44.0])
def test_areas_are_those_of_the_ellipsoid(south: float) -> None:
    # Summed over thin strips along the parallels, from the radii of curvature.
    a, e2 = 6378.137, 0.00669437999014
    latitudes = np.radians(np.linspace(south, south + 1, 2001))
    strip = a**2 * (1 - e2) * np.cos(latitudes) / (1 - e2 * np.sin(latitudes) ** 2) ** 2
    expected = float(np.trapezoid(strip, latitudes) * np.radians(1))
    cell = np.array([shapely.box(120, south, 121, south + 1)])
    assert FlatMap(-5.0).areas(cell)[0] == pytest.approx(expected, rel=1e-6)


@pytest.fixture
def outlines_table(warehouse: Warehouse) -> Warehouse:
    warehouse.execute((SQL / "10_raw" / "outlines.sql").read_text(encoding="utf-8"))
    return warehouse


def test_stored_outlines_come_back_and_replace_earlier_ones(
    tmp_path: Path, outlines_table: Warehouse
) -> None:
    first = load(write(tmp_path / "a.gpkg"))
    store(outlines_table, first, "a.gpkg", "aa", "petugas")
    second = load(write(tmp_path / "b.gpkg", [shapely.buffer(s, 1e-6) for s in SQUARES]))
    store(outlines_table, second, "b.gpkg", "bb", "petugas")
    found = read_outlines(outlines_table)
    assert list(found) == CODES
    assert all(found[code].equals_exact(second.outlines[code], 0) for code in CODES)
    rows = outlines_table.rows(
        "SELECT DISTINCT file, file_hash, loaded_by, loaded_at <= now() AT TIME ZONE 'UTC'"
        " FROM reference.outlines"
    )
    assert rows == [("b.gpkg", "bb", "petugas", True)]
    area = outlines_table.value("SELECT sum(area_km2) FROM reference.outlines")
    assert area == pytest.approx(sum(second.areas_km2.values()))


def test_unusable_outlines_leave_the_earlier_ones_in_place(
    tmp_path: Path, outlines_table: Warehouse
) -> None:
    store(outlines_table, load(write(tmp_path / "a.gpkg")), "a.gpkg", "aa", "petugas")
    partial = load(write(tmp_path / "b.gpkg", SQUARES[:4], kode=CODES[:4]))
    with pytest.raises(RawanError, match=r"b.gpkg: was not loaded. 4 of 8"):
        store(outlines_table, partial, "b.gpkg", "bb", "petugas")
    assert list(read_outlines(outlines_table)) == CODES


def test_a_failure_while_storing_leaves_the_earlier_ones_in_place(
    tmp_path: Path, outlines_table: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    boundaries = load(write(tmp_path / "a.gpkg"))
    store(outlines_table, boundaries, "a.gpkg", "aa", "petugas")

    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(outlines_table, "append", interrupted)
    with pytest.raises(KeyboardInterrupt):
        store(outlines_table, boundaries, "b.gpkg", "bb", "petugas")
    assert outlines_table.rows("SELECT DISTINCT file FROM reference.outlines") == [("a.gpkg",)]


def test_without_outlines_there_are_none(warehouse: Warehouse) -> None:
    if warehouse.has_table("reference.outlines"):
        warehouse.execute("DROP TABLE reference.outlines")
    assert read_outlines(warehouse) == {}
