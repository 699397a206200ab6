"""The incidents of a fictional region as lists tell them: misspelt, half dated, told twice.

Owns the flaws of these rows and who tells the same event again. What happened is drawn by
`models/simulation.py`; names are misspelt by `fictional_names.py`, the words are in
`fictional_words.py`, and `fictional_inbox.py` decides which file a row goes to.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from rawan.sources.fictional_files import CUTOFF
from rawan.sources.fictional_names import misspelt
from rawan.sources.fictional_words import incident_details, told_again, told_first

MISSPELT_SHARE = 0.08
TOLD_TWICE_SHARE = 0.02
PART_ROWS = 500_000  # so that memory does not grow with the number of incidents
INCIDENT_COLUMNS = [
    "tanggal",
    "tanggal_diketahui",
    "jenis",
    "pemilu",
    "kecamatan",
    "desa",
    "lokasi",
    "uraian",
    "sumber_url",
]
# At most one of these a row, beside a misspelling; a second village only where villagers clash.
_FLAW_SHARES = {
    "no village": 0.015,
    "part of a date": 0.02,
    "no date": 0.003,
    "no place": 0.003,
    "second village": 0.06,
    "none": 0.899,
}
_NO_DATES = ["tidak diketahui", "31/02/2018", None]


@dataclass(frozen=True)
class Told:
    """Rows of incidents as text: of the first source, of another, and which are one event.

    `truth` has two rows an event told twice: `event, sumber_url, village_code, occurred_on,
    type`, all as it was, not as it was told.
    """

    first: pl.DataFrame
    again: pl.DataFrame
    truth: pl.DataFrame


def tell(
    incidents: pl.DataFrame,
    villages: pl.DataFrame,
    rng: np.random.Generator,
    number: int = 1,
    until: date = CUTOFF,
) -> Iterator[Told]:
    """Write incidents down as people do, in parts of at most `PART_ROWS`, at least one.

    Parameters
    ----------
    incidents : what is told, as `models.simulation` draws it; in the order of the rows.
    villages : villages with names, sorted by code.
    rng : the draws.
    number : number of the first row, which stands in its address.
    until : first day that no second source may name.
    """
    beside = pl.col("village").shift(-1).fill_null(pl.col("village").first())
    places = villages.select(
        "village_code", "village", "district", beside=beside.over("district_code")
    )
    for start in range(0, max(1, incidents.height), PART_ROWS):
        part = incidents.slice(start, PART_ROWS)
        part = part.join(places, on="village_code", how="left", maintain_order="left")
        yield _told(part.with_row_index("number", number + start), rng, until)


def _told(part: pl.DataFrame, rng: np.random.Generator, until: date) -> Told:
    n = part.height
    details = incident_details(part["type"], rng)
    flaw = pl.Series(list(_FLAW_SHARES)).gather(
        rng.choice(len(_FLAW_SHARES), n, p=list(_FLAW_SHARES.values()))
    )
    part = part.with_columns(
        told=with_misspelt(part["village"], rng),
        flaw=flaw,
        no_date=pl.Series(_NO_DATES).gather(rng.integers(0, len(_NO_DATES), n)),
    )
    is_whole = pl.col("flaw") == "none"
    again = part.filter(is_whole & pl.lit(pl.Series(rng.random(n) < TOLD_TWICE_SHARE)))
    # The other side's village; in the process the clash counts for the first alone.
    has_second = (pl.col("flaw") == "second village") & (pl.col("type") == "bentrok_warga")
    part = part.with_columns(
        desa=pl.when(has_second)
        .then(pl.concat_str("told", pl.lit("; "), "beside"))
        .when(~pl.col("flaw").is_in(["no village", "no place"]))
        .then("told"),
        kecamatan=pl.when(pl.col("flaw") != "no place").then("district"),
        tanggal=pl.when(pl.col("flaw") == "part of a date")
        .then(pl.col("occurred_on").dt.strftime("%Y-%m"))
        .when(pl.col("flaw") == "no date")
        .then("no_date")
        .otherwise(pl.col("occurred_on").cast(pl.String)),
    )
    where = part.select(
        pl.when(pl.col("desa").is_not_null())
        .then(pl.concat_str(pl.lit("Desa "), pl.col("desa").str.strip_prefix("Ds. ")))
        .when(pl.col("kecamatan").is_not_null())
        .then(pl.concat_str(pl.lit("Kecamatan "), "kecamatan"))
        .otherwise(pl.lit("tempat tidak jelas"))
    ).to_series()
    first = part.with_columns(
        lokasi=where, uraian=told_first(details, where), sumber_url=_address("insiden")
    )
    first_number = int(part["number"][0]) if n else 0
    other, truth = _told_again(again, details, first_number, rng, until)
    return Told(_as_listed(first), other, truth)


def _told_again(
    part: pl.DataFrame,
    details: pl.DataFrame,
    first_number: int,
    rng: np.random.Generator,
    until: date,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Tell some events again: other words and address, now and then another day or number."""
    n = part.height
    their = details[(part["number"].cast(pl.Int64) - first_number)]
    about = (their["crowd"] * rng.uniform(0.85, 1.15, n) / 5).round().cast(pl.Int64) * 5
    day_off = pl.lit(pl.Series(rng.choice([-1, 0, 0, 0, 1], n)))
    later = pl.lit(pl.Series(np.round(rng.exponential(2.0, n)).astype(np.int64)))
    day = pl.min_horizontal(
        pl.col("occurred_on") + pl.duration(days=day_off),
        pl.lit(until - timedelta(days=1)),
    )
    heard = pl.col("known_on") + pl.duration(days=later)
    village = with_misspelt(part["village"], rng)
    where = part.select(
        pl.format("Desa {}, Kecamatan {}", village.str.strip_prefix("Ds. "), "district")
    ).to_series()
    again = part.with_columns(tanggal=day).with_columns(
        known_on=pl.max_horizontal(heard, "tanggal"),
        tanggal=pl.col("tanggal").cast(pl.String),
        desa=village,
        kecamatan="district",
        lokasi=where,
        uraian=told_again(their.with_columns(crowd=about), where),
        sumber_url=_address("media"),
    )
    events = part.select(
        pl.col("number").cast(pl.Int64).alias("event"), "village_code", "occurred_on", "type"
    )
    tellings = [
        part.select(_address(source)).to_series().alias("sumber_url")
        for source in ("insiden", "media")
    ]
    truth = pl.concat(events.with_columns(address) for address in tellings)
    truth = truth.select("event", "sumber_url", "village_code", "occurred_on", "type")
    return _as_listed(again), truth.sort("event", "sumber_url")


def with_misspelt(names: pl.Series, rng: np.random.Generator) -> pl.Series:
    """Write names as lists do: a share of them is misspelt."""
    is_wrong = rng.random(len(names)) < MISSPELT_SHARE
    wrong = misspelt(names.filter(pl.Series(is_wrong)), rng)
    return names.clone().scatter(np.flatnonzero(is_wrong), wrong)


def _address(source: str) -> pl.Expr:
    number = pl.col("number").cast(pl.String).str.zfill(6)
    return pl.concat_str(pl.lit(f"https://simulasi.invalid/{source}/"), number)


def _as_listed(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the columns of the project's own form, all of them text, empty as null."""
    return rows.with_columns(
        tanggal_diketahui=pl.col("known_on").cast(pl.String),
        jenis="type",
        pemilu=pl.when(pl.col("election") != "").then("election"),
    ).select(INCIDENT_COLUMNS)
