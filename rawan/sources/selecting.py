"""A batch of a file's rows by field of the contract, as its mapping says.

Owns what a mapping does to cells: forms of writing, words of ours for words of the source,
intervals, ticks, conditions and exclusions. What a cell means is decided later, in
`rawan.places`. All of it is polars expressions, so that millions of rows take seconds.
"""

import json
from collections.abc import Callable, Sequence

import polars as pl

from rawan.sources.contract import fields_of
from rawan.sources.mapping import Mapping, Precision

# Cells that tick a box, and cells that leave it empty; a number above zero ticks it too.
TICKED = ("v", "x", "y", "ya", "yes", "true", "ada", "✓", "✔", "√", "☑", "☒")
NOT_TICKED = ("", "-", "tidak", "tdk", "t", "n", "no", "false", "tidak ada", "nihil", "☐")

# ISO dates, and the ways that feeds write one where a part of it has to be reckoned with.
_DATES = ("%Y-%m-%d", "%d %B %Y", "%d-%B-%Y", "%d-%b-%Y", "%d %b %Y", "%d/%m/%Y")

_MIDNIGHT = r"[T ]00:00(:00(\.0+)?)?$"
_LEVEL = r"(?i)\s+(regency|city|municipality|district|sub-?district|province|village)$"


def _unix_seconds(cell: pl.Expr) -> pl.Expr:
    seconds = cell.str.extract(r"^(\d{9,10})$").cast(pl.Int64)
    return pl.coalesce(pl.from_epoch(seconds).dt.strftime("%Y-%m-%d"), cell)


def _day_parts(pattern: str, year: int, month: int, day: int) -> Callable[[pl.Expr], pl.Expr]:
    def read(cell: pl.Expr) -> pl.Expr:
        parts = [cell.str.extract(pattern, group) for group in (year, month, day)]
        return pl.coalesce(
            pl.concat_str([part.str.zfill(2) for part in parts], separator="-"), cell
        )

    return read


_SLASHED = r"^(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})(?:\s.*)?$"

# How cells may be written; a cell that is not written so stays as it came.
FORMS: dict[str, Callable[[pl.Expr], pl.Expr]] = {
    "unix_seconds": _unix_seconds,
    "day_month_year": _day_parts(_SLASHED, 3, 2, 1),
    "month_day_year": _day_parts(_SLASHED, 3, 1, 2),
    "yyyymmdd": _day_parts(r"^(\d{4})(\d{2})(\d{2})$", 1, 2, 3),
    "without_level": lambda cell: cell.str.replace(_LEVEL, ""),
}

PARTS = ("week", "month", "year")


def select(mapping: Mapping, frame: pl.DataFrame, columns: Sequence[str]) -> pl.DataFrame:
    """Return a batch by field of the contract, row for row.

    Parameters
    ----------
    frame : "row" and then the file's columns, all String.
    columns : the names of those columns, as they stand in the header.

    Returns
    -------
    "row"; one String column for each of `fields_of(kind)`, stripped, null where empty;
    "other", a JSON object of the filled cells that no field holds as they came, or null;
    "excluded", the sentence that says why the row is left out, or null. Columns that are
    dropped, or seem to tell who a person is, stand in none of them.
    """
    # Names of a file may look like patterns to polars: work by position.
    frame = frame.rename(dict(zip(frame.columns[1:], _names(columns), strict=True)))
    cells = {
        column: _filled(pl.col(name)) for column, name in zip(columns, _names(columns), strict=True)
    }
    found = mapping.find(columns).columns
    by_name = {name: cells[column] for name, column in found.items()}
    personal = set(mapping.personal(columns))
    fields = {
        name: _field(mapping, name, by_name).cast(pl.String) for name in fields_of(mapping.kind)
    }
    other = {column: cells[column] for column in columns if column not in personal}
    for name, column in mapping.columns.items():
        if found.get(column) not in other:
            continue
        if _stays(mapping, name):
            del other[found[column]]
        else:
            cell = other[found[column]]
            other[found[column]] = pl.when(cell.ne_missing(fields[name])).then(cell)
    return frame.select(
        pl.col("row"),
        *(field.alias(name) for name, field in fields.items()),
        _as_json(other).alias("other"),
        _excluded(mapping, by_name).alias("excluded"),
    )


def _names(columns: Sequence[str]) -> list[str]:
    return [f"c{number}" for number in range(len(columns))]


def _filled(cell: pl.Expr) -> pl.Expr:
    cell = cell.str.strip_chars()
    return pl.when(cell != "").then(cell)


def _stays(mapping: Mapping, name: str) -> bool:
    """Tell whether a field holds its cell as it came."""
    changes = (mapping.values, mapping.forms, mapping.precision, mapping.when)
    return not any(name in change for change in changes)


def _field(mapping: Mapping, name: str, cells: dict[str, pl.Expr]) -> pl.Expr:
    if name in mapping.constants:
        return pl.lit(mapping.constants[name])
    if name in mapping.ticks:
        return _ticked({c: cells[c] for c in mapping.ticks[name] if c in cells})
    present = [cells[column] for column in mapping.columns_of(name) if column in cells]
    if not present:
        return pl.lit(None, pl.String)
    if form := mapping.forms.get(name):
        present = [FORMS[form](cell) for cell in present]
    cell = present[0] if name not in mapping.spans else _span(present)
    if values := mapping.values.get(name):
        ours = cell.str.to_lowercase().replace_strict(
            list(values), list(values.values()), default=cell, return_dtype=pl.String
        )
        cell = pl.when(ours != "").then(ours)
    if precision := mapping.precision.get(name):
        cell = _part(cell, precision, cells.get(precision.column))
    if condition := mapping.when.get(name):
        told = cells.get(condition.column)
        # Without the column nobody knows that the condition holds.
        holds = pl.lit(False) if told is None else _is_one_of(told, condition.values)
        cell = pl.when(holds).then(cell)
    return cell


def _span(days: list[pl.Expr]) -> pl.Expr:
    """Return the interval from the first day to the last, as ISO 8601 writes it."""
    plain = [day.str.replace(_MIDNIGHT, "") for day in days]
    if len(plain) == 1:
        return plain[0]
    first, last = plain
    return (
        pl.when(first.is_null() | last.is_null() | (first == last))
        .then(pl.coalesce(first, last))
        .otherwise(pl.concat_str([first, last], separator="/"))
    )


def _part(cell: pl.Expr, precision: Precision, told: pl.Expr | None) -> pl.Expr:
    """Return the part of a date that is known; a date that cannot be read then says so."""
    if told is None:
        return cell
    plain = cell.str.replace(_MIDNIGHT, "")
    day = pl.coalesce([plain.str.to_date(form, strict=False) for form in _DATES])
    monday = day.dt.truncate("1w")
    written = {
        "week": pl.concat_str(
            [monday.dt.strftime("%F"), monday.dt.offset_by("6d").dt.strftime("%F")], separator="/"
        ),
        "month": day.dt.strftime("%Y-%m"),
        "year": day.dt.strftime("%Y"),
    }
    for part, text in written.items():
        values = tuple(value for value, known in precision.parts.items() if known == part)
        if values:
            coarse = pl.coalesce(text, cell + f" ({part})")
            cell = pl.when(_is_one_of(told, values)).then(coarse).otherwise(cell)
    return cell


def _ticked(cells: dict[str, pl.Expr]) -> pl.Expr:
    """Return the names of the ticked columns; words that are no tick stand beside the name."""
    found = []
    for column, cell in cells.items():
        name = column.replace(";", ",")
        low = cell.str.to_lowercase()
        number = low.str.extract(r"^(\d+)(?:[.,]0+)?$").cast(pl.Float64)
        words = pl.concat_str(pl.lit(f"{name}: "), cell.str.replace_all(";", ",", literal=True))
        found.append(
            pl.when(low.is_in(TICKED) | (number > 0))
            .then(pl.lit(name))
            .when(low.is_not_null() & ~low.is_in(NOT_TICKED) & number.is_null())
            .then(words)
        )
    if not found:
        return pl.lit(None, pl.String)
    names = pl.concat_str(found, separator=";", ignore_nulls=True)
    return pl.when(names != "").then(names)


def _is_one_of(cell: pl.Expr, values: tuple[str, ...]) -> pl.Expr:
    return cell.str.to_lowercase().is_in([value.lower() for value in values]).fill_null(False)


def _excluded(mapping: Mapping, cells: dict[str, pl.Expr]) -> pl.Expr:
    """Return the first reason to leave a row out; an empty cell is no reason."""
    reasons = [
        pl.when(_is_one_of(cells[column], (value,))).then(pl.lit(mapping.exclusion(column, value)))
        for column, values in mapping.exclude.items()
        if column in cells
        for value in values
    ] + [
        pl.when(cells[column].is_not_null() & ~_is_one_of(cells[column], values)).then(
            pl.lit(mapping.restriction(column))
        )
        for column, values in mapping.only.items()
        if column in cells
    ]
    return pl.coalesce([*reasons, pl.lit(None, pl.String)])


def _as_json(cells: dict[str, pl.Expr]) -> pl.Expr:
    """Return the filled cells as one JSON object, or null where there are none."""
    if not cells:
        return pl.lit(None, pl.String)
    parts = []
    for column, cell in cells.items():
        # {"x":"..."} without its brace and name: polars escapes the text.
        text = pl.struct(cell.alias("x")).struct.json_encode().str.slice(len('{"x":')).str.head(-1)
        name = json.dumps(column, ensure_ascii=False)
        parts.append(pl.when(cell.is_not_null()).then(pl.concat_str(pl.lit(f"{name}:"), text)))
    joined = pl.concat_str(parts, separator=",", ignore_nulls=True)
    return pl.when(joined != "").then(pl.concat_str(pl.lit("{"), joined, pl.lit("}")))
