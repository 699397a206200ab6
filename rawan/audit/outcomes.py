"""What happened after a list was made, from the warehouse, by what is known today or on a day.

Owns which incidents count against a list: those of the hazard's outcome types, at a village that
is known for certain, on days asked about. Every other one is counted, with why it does not.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from rawan.errors import RawanError
from rawan.warehouse import Warehouse

ONSET_DAYS = 730
_TABLES = ("reference.villages", "reference.incident_types", "staging.event_versions")
# What was known on a day: null stands for today.
_KNOWN = (
    "(v.known_from <= coalesce($as_of, DATE 'infinity'))"
    " AND (v.known_until IS NULL OR ($as_of IS NOT NULL AND v.known_until > $as_of))"
)


@dataclass(frozen=True)
class Fates:
    """What became of the incidents of the days asked about; the parts add up to `total`.

    An incident counts once at each place that its sources name.

    Attributes
    ----------
    placed : in a village of the list.
    no_village : no more than the kecamatan is known.
    several : the name told may stand for several villages of today.
    elsewhere : in a village that the list does not have, such as one split off since.
    day_unsure : of those placed, whose day may also lie before the days asked about.
    maybe : beside the total: those whose last possible day lies after the days asked about, and
        the first one does not. An incident counts on the last day that it may have been.
    """

    total: int
    placed: int
    no_village: int
    several: int
    elsewhere: int
    day_unsure: int
    maybe: int


@dataclass(frozen=True)
class Happened:
    """What happened within some days.

    Attributes
    ----------
    incidents : those placed, one row for each incident and village, by day: village_code,
        event_key, occurred_from, occurred_on, known_on, label_id, label_en.
    places : one row for each village asked about, in its order: village_code, incidents,
        is_onset [none within the two years before the cutoff, as is known now], known_before
        [how many were known on the day of the cutoff, ever: none makes a first outbreak].
    """

    incidents: pl.DataFrame
    places: pl.DataFrame
    fates: Fates


def has_record(warehouse: Warehouse) -> bool:
    """Tell whether anything came into the warehouse yet."""
    return all(warehouse.has_table(table) for table in _TABLES)


def villages_now(warehouse: Warehouse) -> pl.DataFrame:
    """Return the villages of today: village_code, village, district_code, district."""
    return warehouse.frame(
        "SELECT village_code, village, district_code, district FROM reference.villages ORDER BY ALL"
    )


def outcome_types(warehouse: Warehouse, hazard: str) -> list[str]:
    """Return the types of incident that are the outcome of a hazard.

    Raises
    ------
    RawanError
        If the list of types gives the hazard none.
    """
    rows = warehouse.rows(
        "SELECT type FROM reference.incident_types WHERE hazard = ? AND is_outcome ORDER BY 1",
        [hazard],
    )
    if not rows:
        raise RawanError(f"hazards.toml: no type of incident is the outcome of {hazard}.")
    return [name for (name,) in rows]


def happened(
    warehouse: Warehouse,
    hazard: str,
    cutoff: date,
    days: tuple[date, date],
    villages: pl.Series,
    as_of: date | None = None,
) -> Happened:
    """Return what happened in some villages from the first of `days` until before the second.

    Parameters
    ----------
    cutoff : first day that the list did not know.
    villages : codes, unique.
    as_of : only what was known at the start of this day; all that is known, if not given.
    """
    start, until = days
    found = warehouse.frame(
        "SELECT n.event_key, v.village_code, v.occurred_from, v.occurred_on, v.known_on, v.weight,"
        " y.label_id, y.label_en"
        " FROM staging.event_versions AS v"
        " JOIN reference.incident_types AS y USING (type)"
        " JOIN staging.event_names AS n USING (event_no)"
        " WHERE y.hazard = $hazard AND y.is_outcome"
        f" AND v.occurred_on >= $start AND v.occurred_on < $until AND {_KNOWN}"
        " ORDER BY v.occurred_on, n.event_key, v.district_code, v.village_code",
        {"hazard": hazard, "start": start, "until": until, "as_of": as_of},
    )
    has_village = pl.col("village_code").is_not_null()
    is_listed = pl.col("village_code").is_in(villages.implode())
    told = found.with_columns(
        fate=pl.when(~has_village)
        .then(pl.lit("no_village"))
        .when(pl.col("weight") < 1)
        .then(pl.lit("several"))
        .when(is_listed)
        .then(pl.lit("placed"))
        .otherwise(pl.lit("elsewhere"))
    )
    placed = told.filter(pl.col("fate") == "placed").drop("weight", "fate")
    number = dict(told.group_by("fate").len().rows())
    unsure = placed.filter(pl.col("occurred_from") < start).height
    maybe = warehouse.frame(
        "SELECT count(*) FROM staging.event_versions AS v"
        " JOIN reference.incident_types AS y USING (type)"
        " WHERE y.hazard = $hazard AND y.is_outcome"
        f" AND v.occurred_from < $until AND v.occurred_on >= $until AND {_KNOWN}",
        {"hazard": hazard, "until": until, "as_of": as_of},
    )
    fates = Fates(
        told.height,
        placed.height,
        number.get("no_village", 0),
        number.get("several", 0),
        number.get("elsewhere", 0),
        unsure,
        int(maybe.item()),
    )
    counts = placed.group_by("village_code").agg(incidents=pl.len().cast(pl.Int64))
    places = (
        pl.DataFrame({"village_code": villages})
        .join(counts, on="village_code", how="left", maintain_order="left")
        .join(_recent(warehouse, hazard, cutoff, as_of), on="village_code", how="left")
        .join(_known_before(warehouse, hazard, cutoff), on="village_code", how="left")
        .select(
            "village_code",
            pl.col("incidents").fill_null(0),
            is_onset=pl.col("recent").is_null(),
            known_before=pl.col("known_before").fill_null(0),
        )
    )
    order = pl.DataFrame({"village_code": villages})
    places = order.join(places, on="village_code", how="left", maintain_order="left")
    return Happened(placed, places, fates)


def _recent(warehouse: Warehouse, hazard: str, cutoff: date, as_of: date | None) -> pl.DataFrame:
    """Return the villages with an outcome in the two years before the cutoff."""
    return warehouse.frame(
        "SELECT v.village_code, count(*) AS recent"
        " FROM staging.event_versions AS v JOIN reference.incident_types AS y USING (type)"
        " WHERE y.hazard = $hazard AND y.is_outcome AND v.weight = 1"
        " AND v.village_code IS NOT NULL"
        f" AND v.occurred_on >= $start AND v.occurred_on < $cutoff AND {_KNOWN}"
        " GROUP BY ALL",
        {
            "hazard": hazard,
            "start": cutoff - timedelta(days=ONSET_DAYS),
            "cutoff": cutoff,
            "as_of": as_of,
        },
    )


def _known_before(warehouse: Warehouse, hazard: str, cutoff: date) -> pl.DataFrame:
    """Return how many outcomes were known of a village when the list was made."""
    return warehouse.frame(
        "SELECT v.village_code, count(*) AS known_before"
        " FROM staging.event_versions AS v JOIN reference.incident_types AS y USING (type)"
        " WHERE y.hazard = $hazard AND y.is_outcome AND v.weight = 1"
        " AND v.village_code IS NOT NULL AND v.occurred_on < $cutoff"
        " AND v.known_from <= $cutoff AND (v.known_until IS NULL OR v.known_until > $cutoff)"
        " GROUP BY ALL",
        {"hazard": hazard, "cutoff": cutoff},
    )


def newest_news(warehouse: Warehouse, as_of: date | None = None) -> date | None:
    """Return the newest day on which anything of an incident became known."""
    found: date | None = warehouse.value(
        "SELECT max(known_from) FROM staging.event_versions"
        " WHERE known_from <= coalesce(?, DATE 'infinity')",
        [as_of],
    )
    return found
