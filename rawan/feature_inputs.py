"""What the features need beside the rows that came in: distances, borders, splits, covariates.

Owns the small tables that are made of reference data before the SQL of the features runs, and
what is said where such data are missing as a whole. What a feature is stands in
`rawan.features`.
"""

from pathlib import Path

import numpy as np
import polars as pl
import shapely
from scipy.spatial import cKDTree

from rawan.places.gazetteer import FORMER_FILE, read_former
from rawan.places.points import unit_vectors
from rawan.warehouse import Warehouse

_EARTH_KM = 6371.0
_BORDER_DEGREES = 0.0002
"""Some 20 m: outlines that were simplified apart do not touch to the last digit."""


def typical_distance_km(units: pl.DataFrame) -> float | None:
    """Return the median distance from a unit to the nearest at another place, in km.

    Parameters
    ----------
    units : lat, lon in degrees, null = unknown. With fewer than two places it is None.
    """
    known = units.drop_nulls(["lat", "lon"]).unique(["lat", "lon"], maintain_order=True)
    if known.height < 2:
        return None
    points = unit_vectors(known.select("lat", "lon").to_numpy())
    chord = np.asarray(cKDTree(points).query(points, k=2)[0])[:, 1]
    return float(np.median(2 * _EARTH_KM * np.arcsin(np.minimum(chord / 2, 1.0))))


def fill_inputs(warehouse: Warehouse, folder: Path | None) -> None:
    """Make features.borders, features.splits and features.covariates.

    Parameters
    ----------
    warehouse : with its reference tables.
    folder : where the list of former places lies, if there is one.
    """
    warehouse.replace("features.borders", _borders(warehouse))
    warehouse.replace("features.splits", _splits(folder))
    warehouse.replace("features.covariates", _covariates(warehouse))


def _borders(warehouse: Warehouse) -> pl.DataFrame:
    """Return each pair of villages whose outlines touch, both ways round."""
    held = warehouse.frame(
        "SELECT o.village_code, o.outline FROM reference.outlines AS o"
        " JOIN reference.villages USING (village_code) ORDER BY o.village_code"
    )
    schema = {"village_code": pl.String, "neighbour_code": pl.String}
    if held.is_empty():
        return pl.DataFrame(schema=schema)
    shapes = shapely.from_wkb(held["outline"].to_list())
    one, other = shapely.STRtree(shapes).query(
        shapes, predicate="dwithin", distance=_BORDER_DEGREES
    )
    codes, apart = held["village_code"].to_numpy(), one != other
    pairs = pl.DataFrame([codes[one[apart]], codes[other[apart]]], schema=schema)
    return pairs.sort("village_code", "neighbour_code")


def _splits(folder: Path | None) -> pl.DataFrame:
    """Return the last day before each place of today was parted from a former one."""
    former = [] if folder is None else read_former(folder / FORMER_FILE)
    rows = [(place.village_code, place.district_code, place.valid_until) for place in former]
    schema = {"village_code": pl.String, "district_code": pl.String, "last_day": pl.Date}
    return pl.DataFrame(rows, schema=schema, orient="row").unique(maintain_order=True)


def _covariates(warehouse: Warehouse) -> pl.DataFrame:
    """Return covariate_<name> and is_covariate_<name>_missing, one row a unit.

    What is unknown of a unit is filled with the median of the others.
    """
    units = warehouse.frame("SELECT village_code FROM reference.villages ORDER BY village_code")
    if not warehouse.has_table("reference.covariates"):
        return units
    known = warehouse.frame("FROM reference.covariates ORDER BY name, village_code")
    for (name,), rows in known.group_by("name", maintain_order=True):
        value = units.join(rows, on="village_code", how="left", maintain_order="left")["value"]
        units = units.with_columns(
            value.fill_null(value.median()).alias(f"covariate_{name}"),
            value.is_null().alias(f"is_covariate_{name}_missing"),
        )
    return units


# Whether the warehouse holds any of an input, the features that need it (a pattern ends in *), and
# why nothing is made of them without.
_INPUTS: tuple[tuple[str, tuple[str, ...], str], ...] = (
    (
        "SELECT count(*) FROM reference.villages WHERE lat IS NOT NULL AND lon IS NOT NULL",
        ("neighbour_*", "near_*", "around_*"),
        "no unit has coordinates.",
    ),
    (
        "SELECT count(DISTINCT district_code) > 1 FROM reference.villages",
        ("district_*",),
        "the units have no parent, or all the same.",
    ),
    (
        "SELECT count(*) FROM features.borders",
        ("border_*",),
        "no outlines that touch are loaded: who borders on whom is not known.",
    ),
    (
        "SELECT count(*) FROM reference.results WHERE level IN ('village', 'district')",
        ("competitiveness", "margin", "turnout"),
        "no result of an election is known by village or kecamatan.",
    ),
    (
        "SELECT count(*) FROM (SELECT 1 FROM reference.results"
        " WHERE level IN ('village', 'district') AND known_on <= getvariable('published_cutoff')"
        " GROUP BY level, village_code, district_code, regexp_replace(election, '[0-9]+$', '')"
        " HAVING count(DISTINCT election) > 1)",
        ("swing",),
        "of no village or kecamatan two results of one kind of election are known.",
    ),
    (
        "SELECT count(*) FROM features.splits",
        ("is_first_after_split",),
        "no place is known to have been parted from another.",
    ),
    (
        "SELECT count(*) FROM reference.elections",
        ("days_to_voting", "is_election_window"),
        "no voting day is known.",
    ),
    (
        "SELECT len(getvariable('wet_months'))",
        ("season_wet_share",),
        "the wet months of these units are not known.",
    ),
    (
        "SELECT count(*) FROM staging.reports",
        ("report_*", "conflict_reports", "logistics_reports"),
        "there are no graded reports.",
    ),
    (
        "SELECT count(*) FROM staging.nil_returns",
        ("nil_returns_decayed",),
        "nobody has told that nothing was found.",
    ),
    (
        "SELECT count(*) FROM staging.deployments",
        ("presence_decayed",),
        "no past deployments are known.",
    ),
    (
        "SELECT count(*) FROM staging.gatherings",
        ("gatherings_planned", "gathering_people"),
        "no gatherings are known.",
    ),
    (
        "SELECT count(*) FROM staging.tps_vulnerability",
        ("tps_vulnerable_share",),
        "no polling stations are known that anyone calls vulnerable.",
    ),
    (
        "SELECT (SELECT count(tps) FROM reference.polling_stations)"
        " + (SELECT count(tps) FROM staging.polling_stations)",
        ("tps_count",),
        "no polling stations are counted.",
    ),
    (
        "SELECT count(population) FROM staging.demographics",
        ("population",),
        "no population is known.",
    ),
    *(
        (
            f"SELECT count({column}) FROM reference.geography",
            (column,),
            "nothing is known of it in the tables of the place.",
        )
        for column in (
            "ikg_access",
            "ikg_infrastructure",
            "elevation_m",
            "distance_seat_km",
            "distance_capital_km",
            "water_crossing_share",
        )
    ),
    (
        "SELECT count(*) FROM duckdb_columns() WHERE database_name = 'warehouse'"
        " AND schema_name = 'features' AND table_name = 'covariates'"
        " AND column_name LIKE 'covariate\\_%' ESCAPE '\\'",
        ("covariate_*",),
        "there are no covariates.",
    ),
)


def lacking(warehouse: Warehouse) -> dict[str, str]:
    """Return the features, or patterns of them, whose input is missing as a whole, and why."""
    return {
        name: reason
        for present, names, reason in _INPUTS
        if not warehouse.value(present)
        for name in names
    }
