"""The smaller kinds of input of a fictional region: nil returns, gatherings, TPS, deployments.

Owns the rows of these four files, which do not contradict what happened in the region: no nil
return for a month with an incident, and TPS that sum to the kecamatan's official totals.
"""

from datetime import date, timedelta

import numpy as np
import polars as pl

from models.simulation import SimulatedRegion
from rawan.sources.fictional_calendar import ELECTION, STAGES
from rawan.sources.fictional_files import CUTOFF, ORIGIN
from rawan.sources.fictional_reference import polsek_of

NIL_RETURN_SHARE = 0.15  # of the villages, a month
NIL_RETURNS_FROM = date(2024, 1, 1)
GATHERING_SHARE = 0.3  # of the villages, in the campaign
DEPLOYED_SHARE = 0.5  # of the villages, at each past election
DEPLOYMENTS = (
    ("pilbup2020", date(2020, 12, 9), date(2021, 1, 15)),
    ("pemilu2024", date(2024, 2, 14), date(2024, 3, 20)),
)  # election, voting day, day on which the list became known
VOTERS_KNOWN_ON = date(2024, 9, 22)
_ADDRESS = "https://simulasi.invalid"
# Kind of gathering, how common it is, and the people who come at most.
_GATHERINGS = (
    ("pertemuan_terbatas", 0.35, 300),
    ("pertemuan_tatap_muka", 0.35, 150),
    ("rapat_umum", 0.12, 5000),
    ("pawai", 0.08, 1500),
    ("debat", 0.02, 400),
    ("lainnya", 0.08, 500),
)


def other_inputs(
    region: SimulatedRegion, villages: pl.DataFrame, rng: np.random.Generator
) -> dict[str, pl.DataFrame]:
    """Return the rows of the four files by name, in the project's own form.

    Parameters
    ----------
    region : what happened.
    villages : its villages with their names.
    rng : the draws.
    """
    villages = villages.join(
        polsek_of(villages).select("district_code", "polsek"),
        on="district_code",
        maintain_order="left",
    )
    return {
        "nihil": _nil_returns(region.incidents, villages, rng),
        "kegiatan": _gatherings(villages, rng),
        "tps": _polling_stations(villages),
        "penugasan": _deployments(villages, rng),
    }


def _nil_returns(
    incidents: pl.DataFrame, villages: pl.DataFrame, rng: np.random.Generator
) -> pl.DataFrame:
    """Let some villages' polsek say of a month that nothing happened, and be right."""
    months = pl.DataFrame(
        {"tanggal": pl.date_range(NIL_RETURNS_FROM, CUTOFF, "1mo", eager=True)}
    ).with_columns(tanggal_selesai=pl.col("tanggal").dt.month_end())
    months = months.filter(pl.col("tanggal_selesai") < CUTOFF)
    asked = villages.select("village_code", "village", "district", "polsek").join(
        months, how="cross"
    )
    looked = asked.filter(pl.Series(rng.random(asked.height) < NIL_RETURN_SHARE))
    struck = incidents.select("village_code", tanggal=pl.col("occurred_on").dt.month_start())
    quiet = looked.join(struck, on=["village_code", "tanggal"], how="anti")
    late = pl.lit(pl.Series(rng.integers(1, 8, quiet.height)))
    return (
        quiet.with_columns(tanggal_diketahui=pl.col("tanggal_selesai") + pl.duration(days=late))
        .sort("tanggal", "village_code")
        .with_row_index("number", 1)
        .select(
            "tanggal",
            "tanggal_selesai",
            "tanggal_diketahui",
            satuan="polsek",
            kecamatan="district",
            desa="village",
            nomor=_number("NIHIL"),
        )
    )


def _gatherings(villages: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Draw a campaign: permits come days before the gathering, some after the cutoff."""
    first, last, _, _ = STAGES["campaign"]
    hosts = villages.filter(pl.Series(rng.random(villages.height) < GATHERING_SHARE))
    n = hosts.height
    kind = rng.choice(len(_GATHERINGS), n, p=[share for _, share, _ in _GATHERINGS])
    most = np.minimum(
        np.array([most for _, _, most in _GATHERINGS])[kind], hosts["voters"].to_numpy()
    )
    day = pl.lit(pl.Series(rng.integers(0, (last - first).days + 1, n)))
    ahead = pl.lit(pl.Series(rng.integers(3, 15, n)))
    start = pl.lit(first) + pl.duration(days=day)
    return (
        hosts.with_columns(
            tanggal=start,
            tanggal_selesai=start,
            tanggal_diketahui=start - pl.duration(days=ahead),
            kegiatan=pl.Series([name for name, _, _ in _GATHERINGS]).gather(kind),
            perkiraan_peserta=pl.Series(
                (np.ceil(most * rng.uniform(0.3, 1.0, n) / 10) * 10).astype(np.int64)
            ),
        )
        .sort("tanggal", "village_code")
        .with_row_index("number", 1)
        .select(
            _number("KEGIATAN").alias("nomor"),
            "tanggal",
            "tanggal_selesai",
            "tanggal_diketahui",
            "kegiatan",
            pl.lit(ELECTION).alias("pemilu"),
            pl.col("district").alias("kecamatan"),
            pl.col("village").alias("desa"),
            "perkiraan_peserta",
            pl.lit(f"{_ADDRESS}/kegiatan").alias("sumber_url"),
        )
    )


def _polling_stations(villages: pl.DataFrame) -> pl.DataFrame:
    """Return polling stations and voters of the election to come, as the kecamatan's totals."""
    return villages.select(
        pl.lit(ELECTION).alias("pemilu"),
        pl.col("district").alias("kecamatan"),
        pl.col("village").alias("desa"),
        pl.col("village_code").alias("kode_desa"),
        (pl.col("voters") / 480).ceil().cast(pl.Int64).alias("jumlah_tps"),
        pl.col("voters").alias("pemilih"),
        pl.lit(VOTERS_KNOWN_ON).alias("tanggal_diketahui"),
        pl.lit(f"{_ADDRESS}/tps").alias("sumber_url"),
    )


def _deployments(villages: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Draw who stood where at past elections: two officers or more for a few polling stations."""
    drawn = []
    for election, day, known_on in DEPLOYMENTS:
        sent = villages.filter(pl.Series(rng.random(villages.height) < DEPLOYED_SHARE))
        drawn.append(
            sent.with_columns(
                tanggal=pl.lit(day - timedelta(days=1)),
                tanggal_selesai=pl.lit(day + timedelta(days=1)),
                tanggal_diketahui=pl.lit(known_on),
                pemilu=pl.lit(election),
                personel=2 + pl.Series(rng.integers(0, 3, sent.height)) + pl.col("voters") // 2400,
            )
        )
    return (
        pl.concat(drawn)
        .with_row_index("number", 1)
        .select(
            _number("TUGAS").alias("nomor"),
            "tanggal",
            "tanggal_selesai",
            "tanggal_diketahui",
            "pemilu",
            pl.col("polsek").alias("satuan"),
            "personel",
            pl.col("district").alias("kecamatan"),
            pl.col("village").alias("desa"),
            pl.format(f"Pos {ORIGIN} {{}}", "village").alias("pos"),
        )
    )


def _number(of: str) -> pl.Expr:
    return pl.format(f"{ORIGIN}/{of}-{{}}", pl.col("number").cast(pl.String).str.zfill(5))
