"""The inbox of a fictional region: which files arrive, and in which form.

Owns the files. Rows of incidents are written by `fictional_incidents.py`, reports and
population here, the other kinds of input by `fictional_forms.py`.
"""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from models.simulation import SimulatedRegion
from rawan.sources.fictional_files import ORIGIN, write_csv, write_parts
from rawan.sources.fictional_forms import other_inputs
from rawan.sources.fictional_incidents import PART_ROWS, tell, with_misspelt
from rawan.sources.fictional_words import report_texts

NEW_FILE_FROM = date(2020, 1, 1)  # from here on incidents are in a file of their own
TEXT_ONLY_SHARE = 0.02  # of the reports: the place stands in the text alone
SAYS_DISTRICT_SHARE = 0.2  # the text of these says no more than the kecamatan
# The files of incidents and reports, by form: before and after NEW_FILE_FROM, by another source.
_FILES = {
    "mixed": ("insiden-lama.csv", "insiden-baru.xlsx", "insiden-media.csv", "laporan.jsonl"),
    "csv": ("insiden-lama.csv", "insiden-baru.csv", "insiden-media.csv", "laporan.csv"),
    "parquet": (
        "insiden-lama.parquet",
        "insiden-baru.parquet",
        "insiden-media.parquet",
        "laporan.parquet",
    ),
}
FORMS = tuple(_FILES)


def write_inbox(
    inbox: Path,
    region: SimulatedRegion,
    villages: pl.DataFrame,
    form: str,
    rng: np.random.Generator,
) -> pl.DataFrame:
    """Write what would have arrived, and return which rows tell one and the same event.

    Parameters
    ----------
    inbox : an empty folder.
    region : what happened.
    villages : its villages with their names.
    form : one of `FORMS`; `mixed` writes CSV, XLSX and JSON Lines and every kind of input,
        `csv` and `parquet` hold incidents, reports and population alone, of any number.
    rng : the draws.

    Returns
    -------
    pl.DataFrame
        Two rows an event told twice, as `fictional_incidents.Told.truth` has them, and `file`.
    """
    old_file, new_file, other_file, report_file = _FILES[form]
    told = region.incidents.filter("reported")
    split = told.filter(pl.col("occurred_on") < NEW_FILE_FROM).height  # told is in order of time
    again: list[pl.DataFrame] = []
    truth: list[pl.DataFrame] = []

    def listed(rows: pl.DataFrame, file: str, number: int) -> Iterator[pl.DataFrame]:
        for part in tell(rows, villages, rng, number):
            again.append(part.again)
            by_other = pl.col("sumber_url").str.contains("/media/", literal=True)
            names = pl.when(by_other).then(pl.lit(other_file)).otherwise(pl.lit(file))
            truth.append(part.truth.with_columns(file=names))
            yield part.first

    write_parts(inbox / old_file, listed(told.head(split), old_file, 1))
    write_parts(inbox / new_file, listed(told.slice(split), new_file, split + 1))
    write_parts(inbox / other_file, again)
    write_parts(inbox / report_file, _reports(region.reports, villages, rng))

    counted = villages.filter(pl.Series(rng.random(villages.height) < 0.85))
    population = pl.concat(
        counted.select(
            kode_desa="village_code",
            tahun=pl.lit(year),
            penduduk=(pl.col("population") * 1.012 ** (year - 2020)).round(0).cast(pl.Int64),
            sumber_url=pl.lit("https://simulasi.invalid/penduduk"),
            tanggal_diketahui=pl.lit(date(year + 1, 6, 30)),
        )
        for year in (2015, 2020, 2023)
    )
    if form == "parquet":
        write_parts(inbox / "penduduk.parquet", [population])
    else:
        write_csv(inbox / "penduduk.csv", population)
    if form == "mixed":
        for name, frame in other_inputs(region, villages, rng).items():
            write_csv(inbox / f"{name}.csv", frame)
    return pl.concat(truth)


def write_afterwards(
    folder: Path,
    region: SimulatedRegion,
    villages: pl.DataFrame,
    form: str,
    until: date,
    rng: np.random.Generator,
) -> None:
    """Write what lists told of the time after the cutoff, for the reckoning of a list.

    It stays out of the inbox until somebody copies it there. The rows have the flaws of those of
    the inbox, and go on with their numbers.

    Parameters
    ----------
    folder : an empty folder.
    until : first day after the outcomes.
    rng : the draws; of their own, so that the inbox does not hang on them.
    """
    kind = "parquet" if form == "parquet" else "csv"
    number = region.incidents.filter("reported").height + 1
    told = region.outcomes.filter("reported")
    parts = (
        pl.concat([part.first, part.again]) for part in tell(told, villages, rng, number, until)
    )
    last = told.select(pl.max_horizontal(pl.col("known_on").max(), pl.lit(until))).item()
    write_parts(folder / f"insiden-sesudah.{kind}", parts, obtained_on=last)


def _reports(
    reports: pl.DataFrame, villages: pl.DataFrame, rng: np.random.Generator
) -> Iterator[pl.DataFrame]:
    """Write graded reports as text; some name their place in the text alone."""
    places = villages.select("village_code", "village", "district")
    for start in range(0, max(1, reports.height), PART_ROWS):
        part = reports.slice(start, PART_ROWS).with_row_index("number", start + 1)
        part = part.join(places, on="village_code", how="left", maintain_order="left")
        chance = pl.Series(rng.random(part.height))
        is_text_only = chance < TEXT_ONLY_SHARE
        says_village = is_text_only | (chance >= TEXT_ONLY_SHARE + SAYS_DISTRICT_SHARE)
        part = part.with_columns(told=with_misspelt(part["village"], rng))
        village = pl.col("told").str.strip_prefix("Ds. ")
        where = part.select(
            pl.when(says_village)
            .then(pl.format("Desa {}, Kecamatan {}", village, "district"))
            .otherwise(pl.format("wilayah Kecamatan {}", "district"))
        ).to_series()
        yield part.select(
            nomor=pl.format(f"{ORIGIN}/LI-{{}}", pl.col("number").cast(pl.String).str.zfill(5)),
            tanggal=pl.col("occurred_on").cast(pl.String),
            tanggal_diketahui=pl.col("known_on").cast(pl.String),
            jenis="type",
            kecamatan=pl.when(~is_text_only).then("district"),
            desa=pl.when(~is_text_only).then("told"),
            nilai_sumber="source_grade",
            nilai_informasi="information_grade",
            isi=report_texts(part["type"], where, rng),
        )
