"""The columns of a list of any age: which of them are ours, and in which types.

Owns what a column was called elsewhere or earlier, and what a value may be. Which lists there
are, and what a list must have, is `lists.py`.
"""

from pathlib import Path

import polars as pl

from rawan.errors import RawanError
from rawan.settings import Settings
from rawan.sources.readers import read_sheets
from rawan.sources.sheet import ROW

_WHOLE = (
    "rank",
    "rank_low",
    "rank_high",
    "baseline_rank",
    "incidents_used",
    "horizon_days",
    "top_k",
)
_SHARES = ("risk", "top_k_probability")
_NAMES: tuple[str, ...] = (
    "run_id",
    "hazard",
    "stage",
    "cutoff",
    "village_code",
    "village",
    "district",
    "drivers",
)
_NAMES += ("model", "data_origin", "score_basis")
_FLAGS = ("blind_spot",)
_COLUMNS = (*_NAMES, *_WHOLE, *_SHARES, *_FLAGS)
# What a column is called in lists of other hands or times.
_OLDER = {
    "village_code": ("kode_desa", "kode", "code", "unit_code", "kode desa"),
    "village": ("desa", "nama_desa"),
    "district": ("kecamatan",),
    "rank": ("peringkat", "ranking"),
    "risk": ("probability", "risiko", "peluang"),
    "baseline_rank": ("rank_baseline", "peringkat_pembanding"),
    "blind_spot": ("is_blind_spot", "titik_buta"),
    "hazard": ("ancaman",),
    "stage": ("tahapan",),
    "cutoff": ("batas_waktu",),
}
# What the reckoning cannot say without a column.
NEEDED: tuple[str, ...] = (
    "rank_low",
    "baseline_rank",
    "incidents_used",
    "risk",
    "top_k_probability",
    "blind_spot",
)
NEEDED += ("drivers", "horizon_days", "top_k", "data_origin")
_BOOLEANS = {"true": True, "1": True, "ya": True, "yes": True}
_BOOLEANS |= {"false": False, "0": False, "tidak": False, "no": False}


def read_columns(file: Path, settings: Settings) -> pl.DataFrame:
    """Return the columns that the reckoning reads, as text, with the row of the file."""
    for sheet in read_sheets(file, settings.limits):
        named = _named(sheet.columns)
        if {"village_code", "rank"} <= set(named):
            batches = [
                pl.DataFrame([batch[ROW], *(batch[own].alias(name) for name, own in named.items())])
                for batch in sheet.batches
            ]
            if sheet.damaged:
                damaged = sheet.damaged[0]
                raise RawanError(f"{file}, row {damaged.row}: {damaged.reason}. Mend the file.")
            if batches:
                return pl.concat(batches)
            raise RawanError(f"{file}: the list is empty.")
        for _ in sheet.batches:  # read, or the next sheet would not come
            pass
    raise RawanError(
        f"{file}: has no columns village_code and rank; without them there is no list to hold "
        "against anything."
    )


def _named(columns: tuple[str, ...]) -> dict[str, str]:
    """Return which of a file's columns is which of ours."""
    lower = {name.strip().casefold(): name for name in reversed(columns)}
    found = {}
    for name in _COLUMNS:
        own = next((n for n in (name, *_OLDER.get(name, ())) if n in lower), None)
        if own is not None:
            found[name] = lower[own]
    return found


def typed(table: pl.DataFrame, file: Path) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """Return the columns in their types, and the names of those that are not there."""
    digits = pl.col("village_code").str.replace_all(r"\D", "")
    dotted = pl.concat_str(
        [digits.str.slice(start, size) for start, size in ((0, 2), (2, 2), (4, 2), (6, 4))],
        separator=".",
    )
    is_bare = pl.col("village_code").str.contains(r"^\d{10}$")
    table = table.with_columns(
        pl.when(is_bare).then(dotted).otherwise("village_code").alias("village_code")
    )
    if table["village_code"].null_count():
        row = table.filter(pl.col("village_code").is_null())[ROW][0]
        raise RawanError(f'{file}, row {row}, column "village_code": is empty.')
    kinds: dict[str, pl.DataType] = {}
    kinds |= {name: pl.Int64() for name in _WHOLE} | {name: pl.Float64() for name in _SHARES}
    for name, kind in kinds.items():
        if name in table.columns:
            table = table.with_columns(_numbers(table, name, kind, file).alias(name))
    for name in _FLAGS:
        if name in table.columns:
            read = pl.col(name).str.to_lowercase()
            flags = read.replace_strict(_BOOLEANS, default=None, return_dtype=pl.Boolean)
            table = table.with_columns(flags.alias(name))
    return table, tuple(name for name in NEEDED if name not in table.columns)


def _numbers(table: pl.DataFrame, name: str, kind: pl.DataType, file: Path) -> pl.Series:
    """Return a column of numbers, each within what it can be.

    Raises
    ------
    RawanError
        If a value is no such number; the message names its row.
    """
    text = table[name].str.strip_chars().str.replace(r"\.0+$", "")
    read = text.cast(kind, strict=False)
    least = 0 if name in (*_SHARES, "incidents_used") else 1
    is_wrong = text.is_not_null() & (read.is_null() | (read < least).fill_null(True))
    if name in _SHARES:
        is_wrong = is_wrong | (read > 1).fill_null(False) | read.is_nan().fill_null(False)
    if name == "rank":
        is_wrong = is_wrong | text.is_null()
    if is_wrong.any():
        at = int(is_wrong.arg_max() or 0)
        what = "from 0 to 1" if name in _SHARES else f"whole and {least} or more"
        raise RawanError(
            f'{file}, row {table[ROW][at]}, column "{name}": '
            f'"{table[name][at] or ""}" is no number {what}.'
        )
    return read
