"""Reads a record: units.csv and incidents.csv of one folder, each cell checked.

Owns the form of the two files and what is wrong with them, told with file, row and column.
Columns beyond the form are read in `rawan.record_covariates`; what becomes of a record is in
`rawan.records`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import polars as pl

from rawan.errors import RawanError, did_you_mean
from rawan.record_covariates import identifier, numbers, read_covariates
from rawan.settings import Limits
from rawan.sources.dates import read_interval
from rawan.sources.readers import read_sheets
from rawan.sources.sheet import ROW

UNITS, INCIDENTS = "units.csv", "incidents.csv"
MOST_TYPES = 60
_COUNT = r"^[0-9]{1,9}(?:\.0)?$"
_OWN = ("unit_code", "unit", "parent_code", "lat", "lon")


@dataclass(frozen=True)
class RecordFiles:
    """What the two files of a record hold.

    Attributes
    ----------
    units : unit_code, unit, parent_code (null = none), lat, lon (degrees, null = unknown); one
        row a unit, in the order of the code.
    covariates : unit_code, name (of small letters, figures and underscores), value; one row for
        each value that is known. A column is one if it is known of at least half of the units.
    incidents : unit_code, occurred_on, known_on, type, count (from 1); one row a row of the file.
    remarks : what was assumed or left out, in sentences.
    """

    units: pl.DataFrame
    covariates: pl.DataFrame
    incidents: pl.DataFrame
    remarks: list[str]

    @property
    def first_day(self) -> date:
        """Return the first day of an incident."""
        day = self.incidents["occurred_on"].min()
        assert isinstance(day, date)  # noqa: S101 - an empty record is refused
        return day

    @property
    def last_known(self) -> date:
        """Return the last day on which something became known."""
        day = self.incidents["known_on"].max()
        assert isinstance(day, date)  # noqa: S101
        return day


@dataclass
class _Table:
    """One file as text, its rows numbered as a person counts them."""

    path: Path
    frame: pl.DataFrame
    remarks: list[str] = field(default_factory=list)

    def refuse(self, wrong: pl.Series, column: str, why: Callable[[str], str]) -> None:
        """Raise for the first row that is wrong; `why` makes a sentence of its cell."""
        rows = wrong.fill_null(False).arg_true()
        if not len(rows):
            return
        place = int(rows[0])
        more = f" And {len(rows) - 1} more rows of this kind." if len(rows) > 1 else ""
        cell = self.frame[column][place]
        told = why("" if cell is None else str(cell)[:40])
        raise RawanError(
            f'{self.path}, row {self.frame[ROW][place]}, column "{column}": {told}{more}'
        )

    def need(self, column: str) -> pl.Series:
        """Return a column in which no cell is blank."""
        self.refuse(self.frame[column].is_null(), column, lambda _: "is blank. Fill it in.")
        return self.frame[column]


def read_record(folder: Path, types: list[str], limits: Limits) -> RecordFiles:
    """Read the units and incidents of a folder.

    Parameters
    ----------
    folder : holds units.csv and incidents.csv.
    types : the types of incident that are the outcome; each must occur.
    limits : what a file may cost; all incidents together may not exceed `limits.rows`.

    Raises
    ------
    RawanError
        If a file is missing or a cell is wrong; the message names file, row and column.
    """
    if not folder.is_dir():
        raise RawanError(f"{folder}: there is no such folder. Set record.folder.")
    table = _read(folder / UNITS, ("unit_code", "unit"), limits)
    units, covariates = _units(table)
    told = _read(folder / INCIDENTS, ("unit_code", "occurred_on", "type"), limits)
    incidents = _incidents(told, set(units["unit_code"]), limits)
    known = incidents["type"].unique().sort().to_list()
    for name in types:
        if name not in known:
            raise RawanError(
                f'record.types: "{name}" does not occur in {told.path}.{did_you_mean(name, known)}'
            )
    return RecordFiles(units, covariates, incidents, [*table.remarks, *told.remarks])


def _read(path: Path, needed: tuple[str, ...], limits: Limits) -> _Table:
    if not path.is_file():
        raise RawanError(f"{path}: there is no such file. A record needs it.")
    sheets = read_sheets(path, limits)
    sheet = next(sheets)
    batches = list(sheet.batches)
    if sheet.damaged:
        row = sheet.damaged[0]
        raise RawanError(f"{path}, row {row.row}: {row.reason}")
    for column in needed:
        if column not in sheet.columns:
            hint = did_you_mean(column, sheet.columns)
            raise RawanError(f'{path}: the header has no column "{column}".{hint}')
    if ROW in sheet.columns:
        raise RawanError(f'{path}: a column may not be named "{ROW}". Rename it.')
    if not batches:
        raise RawanError(f"{path}: holds no row under its header.")
    stripped = pl.concat(batches).with_columns(pl.col(pl.String).str.strip_chars())
    return _Table(path, stripped)


def _units(table: _Table) -> tuple[pl.DataFrame, pl.DataFrame]:
    code = table.need("unit_code")
    table.refuse(~code.is_first_distinct(), "unit_code", lambda c: f'"{c}" stands twice.')
    if len(code) < 2:
        raise RawanError(f"{table.path}: holds one unit; ranking needs at least two.")
    frame = table.frame
    lat, lon = _coordinates(table)
    blank = pl.Series([None] * len(code), dtype=pl.String)
    units = pl.DataFrame(
        {
            "unit_code": code,
            "unit": frame["unit"].fill_null(code),
            "parent_code": frame["parent_code"] if "parent_code" in frame.columns else blank,
            "lat": lat,
            "lon": lon,
        }
    )
    further = frame.drop(ROW, *_OWN, strict=False)
    covariates, remarks = read_covariates(code, further, frame[ROW])
    table.remarks += [f"{table.path}{remark}" for remark in remarks]
    return units.sort("unit_code"), covariates


def _coordinates(table: _Table) -> tuple[pl.Series, pl.Series]:
    """Return latitudes and longitudes in degrees, null where unknown.

    Columns that only make sense the other way round are taken so, and that is told.
    """
    found = []
    for name in ("lat", "lon"):
        if name not in table.frame.columns:
            found.append(pl.Series(name, [None] * table.frame.height, dtype=pl.Float64))
            continue
        value, wrong = numbers(table.frame[name])
        table.refuse(wrong, name, lambda c: f'"{c}" is not a number of degrees, such as -5.73.')
        found.append(value)
    lat, lon = found
    half = (lat.is_null() != lon.is_null()).sum()
    if half:
        table.remarks.append(f"{table.path}: {half} units have lat or lon alone: taken as unknown.")
        both = lat.is_not_null() & lon.is_not_null()
        lat, lon = lat.set(~both, None), lon.set(~both, None)
    if (lat.abs() > 90).any() and (lat.abs() <= 180).all() and (lon.abs() <= 90).all():
        table.remarks.append(
            f'{table.path}: "lat" exceeds 90 degrees and "lon" never does: the two columns are '
            "swapped, and are read the other way round."
        )
        lat, lon = lon, lat
    table.refuse(lat.abs() > 90, "lat", lambda c: f'"{c}" lies beyond 90 degrees.')
    table.refuse(lon.abs() > 180, "lon", lambda c: f'"{c}" lies beyond 180 degrees.')
    return lat, lon


def _incidents(table: _Table, units: set[str], limits: Limits) -> pl.DataFrame:
    frame = table.frame
    code = table.need("unit_code")
    table.refuse(~code.is_in(list(units)), "unit_code", lambda c: f'"{c}" is not in {UNITS}.')
    kind = table.need("type")
    if kind.n_unique() > MOST_TYPES:
        raise RawanError(
            f"{table.path}: has {kind.n_unique()} types of incident; at most {MOST_TYPES} can be "
            "told apart. Join rare ones."
        )
    table.need("occurred_on")
    occurred = _days(table, "occurred_on")
    if "known_on" in frame.columns:
        known = _days(table, "known_on")
        assumed, before = int(known.is_null().sum()), int((known < occurred).sum())
    else:
        known, assumed, before = occurred, frame.height, 0
    if assumed:
        table.remarks.append(
            f"{table.path}: {assumed} rows do not say when they became known: taken as known on "
            "the day itself."
        )
    if before:
        table.remarks.append(
            f"{table.path}: {before} rows are known before they happened: taken as known on the "
            "day itself."
        )
    count = _counts(table, limits)
    told = pl.DataFrame({"unit_code": code, "occurred_on": occurred, "type": kind, "count": count})
    later = pl.max_horizontal("occurred_on", "known_on")
    told = told.with_columns(known.alias("known_on")).with_columns(later.alias("known_on"))
    some = told.filter(pl.col("count") > 0)
    if some.height < told.height:
        table.remarks.append(f"{table.path}: {told.height - some.height} rows have the count 0.")
    if some.is_empty():
        raise RawanError(f"{table.path}: holds no incident.")
    return some.select("unit_code", "occurred_on", "known_on", "type", "count")


def _days(table: _Table, column: str) -> pl.Series:
    """Return a column of dates; each way of writing one is read once."""
    text = table.frame[column]
    days: dict[str, date | None] = {}
    reasons: dict[str, str] = {}
    for cell in text.drop_nulls().unique().to_list():
        read = read_interval(cell)
        days[cell] = read.first if read.first == read.last else None
        if days[cell] is None:
            reasons[cell] = read.reason or (
                f'"{cell[:40]}" does not name a day. Write the first day of the period.'
            )
    wrong = text.is_in(list(reasons))
    rows = wrong.fill_null(False).arg_true()
    if len(rows):
        reason = reasons[text[int(rows[0])]]
        table.refuse(wrong, column, lambda _: reason)
    return text.replace_strict(days, default=None, return_dtype=pl.Date)


def _counts(table: _Table, limits: Limits) -> pl.Series:
    if "count" not in table.frame.columns:
        table.remarks.append(f'{table.path}: has no column "count": each row counts once.')
        return pl.Series([1] * table.frame.height, dtype=pl.Int64)
    text = table.need("count")
    wrong = ~text.str.contains(_COUNT)
    table.refuse(wrong, "count", lambda c: f'"{c}" is not a whole number from 0 upward.')
    count = text.str.replace(r"\.0$", "").cast(pl.Int64)
    beyond = count.cum_sum() > limits.rows
    table.refuse(
        beyond,
        "count",
        lambda _: (
            f"with this row there are more than {limits.rows} incidents; the limit is [limits] "
            "rows in the configuration. Raise it if the file is to be trusted."
        ),
    )
    return count


def type_ids(types: list[str]) -> dict[str, str]:
    """Return an identifier of small letters, figures and underscores for each type.

    Raises
    ------
    RawanError
        If two types would share one.

    Examples
    --------
    >>> type_ids(["Riots/Protests", "battles"])
    {'Riots/Protests': 'riots_protests', 'battles': 'battles'}
    """
    found: dict[str, str] = {}
    for name in types:
        made = identifier(name) or "type"
        if other := next((known for known, taken in found.items() if taken == made), None):
            raise RawanError(
                f'{INCIDENTS}, column "type": "{other}" and "{name}" differ only in signs or '
                "capitals. Write them alike, or further apart."
            )
        found[name] = made
    return found
