"""A record of units and incidents in the place of a region, so that it can be backtested.

Fills the tables that a region's reference and inbox would fill; the SQL of the features is
the same. What a record lacks stays unknown and is told. The files are read in
`rawan.record_files`.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rawan import features
from rawan.errors import UsageError
from rawan.feature_inputs import typical_distance_km
from rawan.places.placing import place_rows
from rawan.record_files import RecordFiles, type_ids
from rawan.reference import TABLES
from rawan.settings import Calendar, Settings
from rawan.warehouse import Warehouse

_FEWEST_PARENTS = 5
_ALL = "all"


@dataclass(frozen=True)
class Notes:
    """What a reader must know of a record.

    Attributes
    ----------
    units : how many there are.
    blocks : what the blocks of space of the bootstrap are, in a sentence.
    remarks : what was assumed or left out, in sentences.
    not_applicable : by input and by feature (or pattern of features), why nothing is made of it.
    """

    units: int
    blocks: str
    remarks: list[str]
    not_applicable: dict[str, str]


def fitted(settings: Settings, files: RecordFiles) -> Settings:
    """Return the settings for a record: what they leave open is taken from it.

    `history_from` is the record's first day, and `neighbour_scale_km` the median distance
    to the nearest unit, unless the configuration gives them.

    Raises
    ------
    UsageError
        If the cutoff lies after the record's end, or the calendar contradicts itself.
    """
    calendar, scales = settings.calendar, settings.features
    last = files.last_known + timedelta(days=1)
    if calendar.cutoff > last:
        raise UsageError(
            f"calendar.cutoff = {calendar.cutoff} lies after the end of the record: nothing became "
            f"known after {files.last_known}. Set it to {last} or earlier."
        )
    if "history_from" not in calendar.model_fields_set:
        first = files.first_day
        if not first < calendar.test_from:
            raise UsageError(
                f"calendar.test_from = {calendar.test_from} does not lie after the record's first "
                f"day, {first}."
            )
        calendar = Calendar.model_validate({**calendar.model_dump(), "history_from": first})
    if "neighbour_scale_km" not in scales.model_fields_set:
        apart = typical_distance_km(files.units)
        if apart:
            scales = scales.model_copy(update={"neighbour_scale_km": apart})
    region = settings.region.model_copy(update={"reference": settings.record.folder})
    return settings.model_copy(update={"calendar": calendar, "features": scales, "region": region})


def fill(warehouse: Warehouse, settings: Settings, files: RecordFiles) -> Notes:
    """Fill the floors below the features, and set their parameters.

    Parameters
    ----------
    warehouse : an empty one; a record leaves nothing behind in a region's.
    settings : as `fitted` returns them.
    """
    _fill_reference(warehouse, settings, files)
    features.set_parameters(warehouse, settings)
    # The record is looked back on as a whole: news that came after the last cutoff, of what
    # happened before it, completes the outcomes. No tested cutoff sees it.
    warehouse.execute(
        "UPDATE features.cutoffs SET known_by = greatest(known_by, ?)"
        " WHERE cutoff = getvariable('published_cutoff')",
        [files.last_known],
    )
    place_rows(warehouse, settings)
    warehouse.build("staging")
    _fill_staging(warehouse, files)
    block, blocks = blocks_of(files.units)
    warehouse.replace("features.blocks", block)
    remarks = [*files.remarks, *_remarks(settings, files)]
    missing = _not_applicable(files) | features.not_applicable(warehouse)
    return Notes(files.units.height, blocks, remarks, missing)


def blocks_of(units: pl.DataFrame) -> tuple[pl.DataFrame, str]:
    """Return the block of space of each unit, and in a sentence what the blocks are.

    Parents, if there are at least five; else the cells of a grid, about as many as the root
    of the number of units; else each unit alone.
    """
    codes = units["unit_code"]
    if units["parent_code"].n_unique() >= _FEWEST_PARENTS:
        names = units["parent_code"].fill_null("")
        told = f"The {names.n_unique()} parents of the units are"
    elif units["lat"].is_not_null().any():
        names = pl.Series(_grid(units), dtype=pl.String)
        told = f"{names.n_unique()} cells of a grid over the units' coordinates are"
    else:
        names, told = codes, "Each unit is"
    block = pl.DataFrame({"village_code": codes, "block": names})
    return block, f"{told} drawn together in the intervals (blocks of space)."


def _grid(units: pl.DataFrame) -> list[str]:
    """Return the grid cell of each unit, for cells of the size that gives about root n of them."""
    known = units["lat"].is_not_null().to_numpy()
    lat, lon = units["lat"].to_numpy()[known], units["lon"].to_numpy()[known]
    east = lon * np.cos(np.radians(lat.mean()))
    span = max(float(np.ptp(lat)), float(np.ptp(east)), 1e-6)
    wanted = np.sqrt(len(lat))

    def cells(size: float) -> NDArray[np.int64]:
        place = np.column_stack([lat - lat.min(), east - east.min()]) // size
        return np.unique(place, axis=0, return_inverse=True)[1].ravel()

    sizes = [span * 1.0001 / parts for parts in np.geomspace(1, 4 * wanted, 60)]
    best = min(sizes, key=lambda size: abs(int(cells(size).max()) + 1 - wanted))
    names = np.full(len(known), "", dtype=object)
    names[known] = [str(cell) for cell in cells(best)]
    return [str(name) for name in names]


def _fill_reference(warehouse: Warehouse, settings: Settings, files: RecordFiles) -> None:
    units = files.units
    empty = {name: pl.DataFrame(schema=schema) for name, schema in TABLES.items()}
    parent = units["parent_code"].fill_null(_ALL)
    villages = pl.DataFrame(
        {
            "village_code": units["unit_code"],
            "village": units["unit"],
            "district_code": parent,
            "district": parent,
            "lat": units["lat"],
            "lon": units["lon"],
        }
    )
    empty["villages"] = pl.concat([empty["villages"], villages], how="diagonal")
    parents = villages.group_by("district_code", "district").agg(villages=pl.len().cast(pl.Int64))
    empty["districts"] = pl.concat(
        [empty["districts"], parents.sort("district_code")], how="diagonal"
    )
    for name, frame in empty.items():
        warehouse.replace(f"reference.{name}", frame)
    warehouse.replace("reference.incident_types", _types(files, settings.record.types))
    totals = {"total": pl.String, "expected": pl.Int64, "observed": pl.Int64, "source": pl.String}
    warehouse.replace("reference.totals", pl.DataFrame(schema=totals))
    days = [(str(day), "record", day) for day in settings.calendar.voting_days]
    elections: dict[str, Any] = {"election": pl.String, "kind": pl.String, "voting_day": pl.Date}
    warehouse.replace("reference.elections", pl.DataFrame(days, schema=elections, orient="row"))
    covariates = files.covariates.rename({"unit_code": "village_code"})
    warehouse.replace("reference.covariates", covariates)


def _types(files: RecordFiles, outcomes: list[str]) -> pl.DataFrame:
    """Return the types of incident: each is a group of its own, and the outcomes are conflict."""
    ids = type_ids(files.incidents["type"].unique().sort().to_list())
    return pl.DataFrame(
        [
            {
                "type": name,
                "hazard": "conflict" if name in outcomes else "",
                "is_outcome": name in outcomes,
                "type_group": made,
                "label_id": name,
                "label_en": name,
            }
            for name, made in ids.items()
        ]
    )


def _fill_staging(warehouse: Warehouse, files: RecordFiles) -> None:
    """Write each incident as an event told once: a row with the count n makes n of them."""
    told = files.incidents.select(pl.exclude("count").repeat_by("count"))
    told = told.explode(told.columns)
    events = told.with_row_index("event_no", 1).join(
        files.units.select("unit_code", pl.col("parent_code").fill_null(_ALL)), on="unit_code"
    )
    rows = events.sort("event_no").select(
        pl.col("event_no").cast(pl.Int64),
        pl.col("known_on").alias("known_from"),
        pl.lit(None, dtype=pl.Date).alias("known_until"),
        pl.col("parent_code").alias("district_code"),
        pl.col("unit_code").alias("village_code"),
        pl.col("occurred_on").alias("occurred_from"),
        "occurred_on",
        "known_on",
        "type",
        pl.lit(1, dtype=pl.Int64).alias("tellings"),
        pl.lit(1.0).alias("weight"),
    )
    warehouse.append("staging.event_versions", rows)
    named = files.incidents.select(pl.col("unit_code").alias("village_code"), "known_on").unique()
    warehouse.append("staging.mentions", named.sort("village_code", "known_on"))


def _remarks(settings: Settings, files: RecordFiles) -> list[str]:
    """Say where the configuration and the record do not begin together."""
    begins, first = settings.calendar.history_from, files.first_day
    remarks = [f"History begins on {begins}; the record's first incident is of {first}."]
    if begins > first:
        before = files.incidents.filter(pl.col("occurred_on") < begins)["count"].sum()
        remarks.append(
            f"{before} incidents lie before history_from = {begins}: they count as history, and "
            "the rate a year is too high. Set history_from to the record's first day."
        )
    return remarks


def _not_applicable(files: RecordFiles) -> dict[str, str]:
    """Say of each input that the record lacks as a whole why nothing is made of it."""
    units, missing = files.units, {}
    if units["lat"].is_null().all():
        missing["coordinates"] = (
            "units.csv gives no lat and lon: no neighbours, no density in space, no distances."
        )
    if units["parent_code"].n_unique() < 2:
        missing["parents"] = (
            "units.csv gives no parent_code, or one alone: nothing is told by parent."
        )
    if files.covariates.is_empty():
        missing["covariates"] = "units.csv has no further column with numbers."
    missing |= {
        "area": "a record does not say how large its units are.",
        "polling_stations": "a record counts no polling stations.",
        "results": "a record holds no results of elections.",
        "reports": "a record holds no graded reports.",
        "terrain": "a record says nothing of access, height or boats.",
    }
    return missing
