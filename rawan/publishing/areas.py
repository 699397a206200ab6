"""The list by kecamatan and by polsek: what its villages add up to, and what is known only there.

Every village counts once in each kind of area. What a source places in a kecamatan without naming
a village is in no village's row; `known_by_district` counts it, and it stands here.
"""

import math
from typing import Protocol

import polars as pl

from rawan.errors import GateStopped
from rawan.publishing.contracts import AREAS, first_break, lacking, read_contract
from rawan.settings import Audience, Settings
from rawan.warehouse import Warehouse

_LIST = ["run_id", "hazard", "stage", "cutoff"]
_COUNTS = ["incidents_district_only", "reports_district_only", "tps_vulnerable_district_only"]
_HAZARDS = ("conflict", "logistics")
_SUMMED = ["tps_district", *_COUNTS, *(f"outcomes_{hazard}" for hazard in _HAZARDS)]
BY_DISTRICT = pl.Schema(
    {
        "district_code": pl.String,
        "district": pl.String,
        "tps_district": pl.Int64,
        "tps_district_source": pl.String,
        **{f"outcomes_{hazard}": pl.Int64 for hazard in _HAZARDS},
        **dict.fromkeys(_COUNTS, pl.Int64),
    }
)


class HasAreas(Protocol):
    """What the list is made from: an `Edition`, with the figures that are known by kecamatan."""

    @property
    def audience(self) -> Audience:
        """For whom."""

    @property
    def ranking(self) -> pl.DataFrame:
        """Rows of the ranking."""

    @property
    def evidence(self) -> pl.DataFrame:
        """Rows with village_code and event_id, one for each incident and source."""

    @property
    def by_district(self) -> pl.DataFrame:
        """Rows as `known_by_district` returns them; without rows where they are not known."""


def areas(edition: HasAreas) -> pl.DataFrame:
    """Return the list by kecamatan and polsek, without what the edition's audience may not read.

    Returns
    -------
    Columns of `data/contracts/areas.v1.json`; in the order of the lists, kecamatan before polsek,
    each by expected_in_top_k, the highest first, then by highest_rank and name.
    """
    contract = read_contract(AREAS)
    ranking = edition.ranking.with_columns(area_code=pl.col("village_code").str.slice(0, 8))
    events = edition.evidence.select("village_code", "event_id").unique()
    found = []
    for (hazard, _), rows in ranking.group_by("hazard", "stage", maintain_order=True):
        known = _known(edition.by_district, str(hazard))
        for kind, key in (("district", "area_code"), ("polsek", "polsek")):
            found.append(_of_kind(rows, kind, key, events, known))
    withheld = set(lacking(contract, edition.audience))
    columns = [name for name in contract["properties"] if name not in withheld]
    return pl.concat(found).select(columns)


def check_areas(frame: pl.DataFrame) -> None:
    """Hold every row against the contract.

    Raises
    ------
    GateStopped
        If a row breaks it; the message names the area and the column.
    """
    broken = first_break(frame, read_contract(AREAS))
    if broken is not None:
        row = frame.row(broken.row, named=True)
        raise GateStopped(
            f"The list by area breaks its contract ({AREAS.name}): {row.get('hazard')}, "
            f"{row.get('stage')}, {row.get('area')}, {broken.column}: {broken.message}. Nothing "
            "was published."
        )


def known_by_district(warehouse: Warehouse, settings: Settings) -> pl.DataFrame:
    """Return what is known of each kecamatan as a whole at the published cutoff.

    The features must have been built for that cutoff.

    Returns
    -------
    One row a kecamatan, by its code: district_code, district; tps_district, tps_district_source
    [newest count for the whole kecamatan, null = none]; outcomes_conflict, outcomes_logistics
    [incidents of the hazard that name no village], incidents_district_only [of any type],
    reports_district_only, tps_vulnerable_district_only [counts].
    """
    cutoff = {"cutoff": settings.calendar.cutoff}
    incidents = warehouse.frame(
        "SELECT district_code, count(DISTINCT event_no) AS incidents_district_only,"
        " count(DISTINCT event_no) FILTER (is_outcome AND hazard = 'conflict')"
        " AS outcomes_conflict,"
        " count(DISTINCT event_no) FILTER (is_outcome AND hazard = 'logistics')"
        " AS outcomes_logistics"
        " FROM features.known_incidents WHERE cutoff = $cutoff AND village_code IS NULL GROUP BY 1",
        cutoff,
    )
    reports = warehouse.frame(
        "SELECT district_code, count(DISTINCT report_key) AS reports_district_only"
        " FROM staging.reports WHERE village_code IS NULL AND occurred_on < $cutoff"
        " AND known_on <= $cutoff AND (known_until IS NULL OR known_until > $cutoff) GROUP BY 1",
        cutoff,
    )
    vulnerable = warehouse.frame(_VULNERABLE, cutoff)
    stations = warehouse.frame(
        "SELECT district_code, arg_max(tps, (known_on, election)) AS tps_district,"
        " arg_max(election, (known_on, election)) AS tps_district_source"
        " FROM reference.polling_stations WHERE village_code IS NULL AND tps IS NOT NULL"
        " AND known_on <= $cutoff GROUP BY 1",
        cutoff,
    )
    districts = warehouse.frame("SELECT district_code, district FROM reference.districts")
    for frame in (incidents, reports, vulnerable, stations):
        districts = districts.join(frame, on="district_code", how="left")
    counts = [pl.col(name).fill_null(0) for name in BY_DISTRICT if name.startswith("outcomes")]
    counts += [pl.col(name).fill_null(0) for name in _COUNTS]
    return (
        districts.with_columns(counts)
        .select(pl.col(name).cast(kind) for name, kind in BY_DISTRICT.items())
        .sort("district_code")
    )


# Rows on vulnerable TPS that were set aside because they name a kecamatan and no single village.
# A number of a TPS says nothing without its village, so that rows are told apart by all they say.
_VULNERABLE = """
WITH listed AS (
    SELECT o.district_code, e.voting_day, t.election,
        count(DISTINCT (t.place_no, t.tps_number, t.vulnerability, t.indicators)) AS stations
    FROM staging.read_tps_vulnerability AS t
    JOIN reference.elections AS e USING (election)
    JOIN staging.place_options AS o USING (place_no)
    WHERE t.verdict.fate = 'quarantined' AND t.verdict.field = 'villages'
        AND o.village_code IS NULL AND o.weight = 1
        AND t.tps_number IS NOT NULL AND t.known_on <= $cutoff
        AND t.vulnerability IN ('rawan', 'sangat_rawan', 'khusus')
    GROUP BY ALL
)
SELECT district_code, arg_max(stations, (voting_day, election)) AS tps_vulnerable_district_only
FROM listed GROUP BY 1
"""


def _known(by_district: pl.DataFrame, hazard: str) -> pl.DataFrame:
    """Return the figures of each kecamatan for the list of a hazard, with all columns."""
    whole = pl.concat([pl.DataFrame(schema=BY_DISTRICT), by_district], how="diagonal")
    outcome = f"outcomes_{hazard}" if hazard in _HAZARDS else None
    outcomes = pl.lit(None, dtype=pl.Int64) if outcome is None else pl.col(outcome)
    return whole.select(
        pl.col("district_code"),
        *("tps_district", "tps_district_source"),
        outcomes.alias("outcomes_district_only"),
        *_COUNTS,
    )


def _of_kind(
    rows: pl.DataFrame, kind: str, key: str, events: pl.DataFrame, known: pl.DataFrame
) -> pl.DataFrame:
    """Return the areas of one kind on one list."""
    in_order = rows.sort("rank", "village_code")
    found = in_order.group_by(key, maintain_order=True).agg(
        *(pl.col(name).first() for name in (*_LIST, "top_k", "data_origin")),
        area=pl.col("district" if kind == "district" else "polsek").first(),
        villages=pl.len().cast(pl.Int64),
        villages_in_top_k=(pl.col("rank") <= pl.col("top_k")).sum().cast(pl.Int64),
        expected_in_top_k=pl.col("top_k_probability"),
        expected_with_incident=pl.col("risk"),
        highest_rank=pl.col("rank").first().cast(pl.Int64),
        highest_village_code=pl.col("village_code").first(),
        highest_village=pl.col("village").first(),
        blind_spots=pl.col("blind_spot").sum().cast(pl.Int64),
        incidents_used=pl.col("incidents_used").sum().cast(pl.Int64),
        tps=pl.when(pl.col("tps").count() > 0).then(pl.col("tps").sum()).cast(pl.Int64),
        villages_without_tps=pl.col("tps").null_count().cast(pl.Int64),
    )
    # Exact sums: the last digit must not depend on the order of additions.
    found = found.with_columns(
        _sum(found["expected_in_top_k"]), _sum(found["expected_with_incident"])
    )
    incidents = (
        events.join(rows.select("village_code", key), on="village_code")
        .group_by(key)
        .agg(incidents_known=pl.col("event_id").n_unique().cast(pl.Int64))
    )
    found = (
        found.join(incidents, on=key, how="left")
        .join(_figures(rows, key, known), on=key, how="left")
        .with_columns(
            pl.lit(kind).alias("kind"),
            (pl.col(key) if kind == "district" else pl.lit(None, dtype=pl.String)).alias(
                "area_code"
            ),
            pl.col("incidents_known").fill_null(0),
        )
        .sort(
            *("expected_in_top_k", "highest_rank", "area", "highest_village_code"),
            descending=[True, False, False, False],
        )
    )
    return found.select(name for name in read_contract(AREAS)["properties"])


def _sum(parts: pl.Series) -> pl.Series:
    """Return the sum of each list; null where a part is, or where there is none."""
    sums = [None if not len(one) or one.null_count() else math.fsum(one.to_list()) for one in parts]
    return pl.Series(parts.name, sums, dtype=pl.Float64)


def _figures(rows: pl.DataFrame, key: str, known: pl.DataFrame) -> pl.DataFrame:
    """Return what is known by kecamatan for each area.

    A polsek has the sum over its kecamatan if all of their villages are its own; where one is
    shared with another polsek, nobody can tell which part belongs to it, and it has none.
    """
    names = [name for name in known.columns if name not in ("district_code", "tps_district_source")]
    pairs = rows.group_by(pl.col(key).alias("_area"), pl.col("area_code").alias("_district")).len()
    size = rows.group_by(pl.col("area_code").alias("_district")).len("_size")
    whole = pairs.join(size, on="_district").join(
        known, left_on="_district", right_on="district_code", how="left"
    )
    is_whole = (pl.col("len") == pl.col("_size")).all()
    sources = pl.col("tps_district_source")
    return (
        whole.group_by("_area")
        .agg(
            *(
                pl.when(is_whole & (pl.col(name).null_count() == 0))
                .then(pl.col(name).sum())
                .cast(pl.Int64)
                .alias(name)
                for name in names
            ),
            tps_district_source=pl.when(is_whole & (sources.n_unique() == 1)).then(sources.first()),
        )
        .rename({"_area": key})
    )
