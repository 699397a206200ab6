"""The reference tables of a fictional region, in the form of a real region's.

Owns the columns of villages, polling stations, geography, kecamatan, polsek and results. The
calendar and the hazards are in `fictional_calendar.py` and `fictional_hazards.py`; the files
are written by `fictional_files.py`.
"""

from datetime import date

import numpy as np
import polars as pl

from rawan.sources.fictional_files import ORIGIN, SOURCE


def reference_tables(villages: pl.DataFrame, rng: np.random.Generator) -> dict[str, pl.DataFrame]:
    """Return the reference tables by file name, in the form of a real region's."""
    bps_district = pl.col("district_code").str.replace_all(".", "", literal=True) + "0"
    source = pl.lit(SOURCE).alias("source")
    named = villages.with_columns(
        bps_code=bps_district + pl.col("village_code").str.slice(-3),
        kind=pl.lit("desa"),
        name_bps=pl.Series(_variants(villages["village"], rng)),
        name_kpu_2019=pl.Series(_variants(villages["village"], rng)),
        note=pl.lit(ORIGIN),
    )
    return {
        "villages": named.select(
            "village_code",
            "bps_code",
            "village",
            "kind",
            "district_code",
            "district",
            "lat",
            "lon",
            "area_km2",
            "name_bps",
            "name_kpu_2019",
            "note",
            source,
        ),
        "polling_stations": pl.concat(
            villages.select(
                pl.lit(f"pemilu{day.year}").alias("election"),
                "village_code",
                "district_code",
                pl.col(f"tps_{day.year}").alias("tps"),
                pl.lit(day).alias("known_on"),
                source,
            )
            for day in (date(2019, 4, 17), date(2024, 2, 14))
        ),
        "geography": _geography(villages, rng),
        "districts": _districts(villages, bps_district),
        "polsek": polsek_of(villages),
        "results": _results(villages, rng),
    }


def _variants(names: pl.Series, rng: np.random.Generator) -> list[str]:
    """Write a few names as another office spells them."""
    return [
        name.replace(" ", "").capitalize() if " " in name and rng.random() < 0.1 else name
        for name in names
    ]


def _districts(villages: pl.DataFrame, bps_code: pl.Expr) -> pl.DataFrame:
    """Sum up the kecamatan; what no one counted stays blank."""
    nearest_first = villages.sort("district_code", "distance_seat_km", "village_code")
    return nearest_first.group_by("district_code", maintain_order=True).agg(
        bps_code=bps_code.first(),
        district=pl.col("district").first(),
        villages=pl.len(),
        seat=pl.col("village").first(),
        area_km2_official=pl.lit(None, pl.Float64).first(),
        area_km2_outline=pl.col("area_km2").sum().round(1),
        population_2010=pl.lit(None, pl.Int64).first(),
        voters_2020=pl.col("voters").sum(),
        tps_2019=pl.col("tps_2019").sum(),
        tps_2024=pl.col("tps_2024").sum(),
        tps_pilkada_2024=(pl.col("voters") / 480).ceil().sum().cast(pl.Int64),
    )


def polsek_of(villages: pl.DataFrame) -> pl.DataFrame:
    """Give each kecamatan its polsek; every third is looked after by its neighbour's."""
    shared = pl.int_range(pl.len()) % 3 == 2
    districts = villages.select("district_code", "district").unique(maintain_order=True)
    seat = pl.when(shared).then(pl.col("district").shift(1)).otherwise("district")
    return districts.select(
        "district_code",
        polsek=pl.lit("Polsek ") + seat,
        assumed=shared,
        source=pl.lit(SOURCE),
    )


def _geography(villages: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Return the index of geographic difficulty and distances, with some cells blank."""
    n = villages.height
    difficulty = villages["difficulty"].to_numpy()

    def index(noise: float) -> pl.Series:
        drawn = 35 + 14 * difficulty + noise * rng.normal(size=n)
        return _blanked(pl.Series(np.clip(drawn, 1, 99).round(2)), 0.02, rng)

    crossing = pl.col("water_crossing_share") > 0
    boat = pl.when(crossing).then(pl.lit(f"{ORIGIN}: sebagian ditempuh dengan perahu"))
    return villages.select(
        "village_code",
        ikg=index(4),
        ikg_services=index(12),
        ikg_infrastructure=index(8),
        ikg_access=index(6),
        elevation_m=_blanked(villages["elevation_m"], 0.02, rng),
        distance_seat_km=pl.col("distance_seat_km"),
        distance_capital_km=pl.col("distance_capital_km"),
        water_crossing_share=_blanked(villages["water_crossing_share"], 0.01, rng),
        water_crossing_note=boat,
        water_crossing_source=pl.when(crossing).then(pl.lit(SOURCE)),
    )


def _blanked(values: pl.Series, share: float, rng: np.random.Generator) -> pl.Series:
    """Take out a share of the values at random."""
    blank = pl.Series(rng.random(len(values)) < share)
    return pl.select(pl.when(~blank).then(values)).to_series()


def _results(villages: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Return votes: 2019 by village with two candidates, 2020 by kecamatan with three."""
    voters = pl.col("voters")
    cast = (voters * pl.col("turnout_2019")).round(0).cast(pl.Int64)
    invalid = (cast * 0.02).round(0).cast(pl.Int64)
    villages = villages.with_columns(
        invalid_votes=invalid, valid_votes=cast - invalid
    ).with_columns(
        first=(pl.col("valid_votes") * pl.col("first_share_2019")).round(0).cast(pl.Int64),
        split=pl.Series(rng.uniform(0.3, 0.7, villages.height)),
    )
    for_one = villages.with_columns(candidate=pl.lit(1), votes="first")
    for_two = for_one.with_columns(
        candidate=pl.lit(2), votes=pl.col("valid_votes") - pl.col("first")
    )
    by_village = pl.concat([for_one, for_two]).with_columns(
        election=pl.lit("pilpres2019"),
        level=pl.lit("village"),
        tps_counted=pl.col("tps_2019"),
        tps_inconsistent=pl.lit(0),
        known_on=pl.lit(date(2019, 5, 21)),
    )
    thirds = villages.with_columns(
        a=(pl.col("valid_votes") * pl.col("split") * 0.7).round(0).cast(pl.Int64),
        b=(pl.col("first") * 0.5).round(0).cast(pl.Int64),
    ).with_columns(c=pl.col("valid_votes") - pl.col("a") - pl.col("b"))
    sums = thirds.group_by("district_code", maintain_order=True).agg(
        pl.col("a", "b", "c", "valid_votes", "invalid_votes", "voters").sum(),
        tps_counted=pl.col("tps_2019").sum(),
    )
    by_district = pl.concat(
        sums.with_columns(candidate=pl.lit(number), votes=name)
        for number, name in enumerate(("a", "b", "c"), start=1)
    ).with_columns(
        election=pl.lit("pilbup2020"),
        level=pl.lit("district"),
        village_code=pl.lit(None, pl.String),
        tps_inconsistent=pl.lit(0),
        known_on=pl.lit(date(2020, 12, 16)),
    )
    return pl.concat(
        part.select(
            "election",
            "level",
            "village_code",
            "district_code",
            "candidate",
            "votes",
            "valid_votes",
            "invalid_votes",
            "voters",
            "tps_counted",
            "tps_inconsistent",
            "known_on",
            source_url=pl.lit("https://simulasi.invalid/hasil"),
            note=pl.lit(ORIGIN),
        ).sort("village_code", "district_code", "candidate")
        for part in (by_village, by_district)
    )
