"""The further columns of a record's units.csv: which of them can be features, and why others not.

The form of the file itself is read in `rawan.record_files`.
"""

import re

import polars as pl

MOST_COVARIATES = 100
LARGEST = 1e15
"""Beyond it a number is a code or a mistake, and sums cannot hold its square."""
_UNKNOWN = ("na", "nan", "null", "none")


def read_covariates(
    code: pl.Series, columns: pl.DataFrame, row: pl.Series
) -> tuple[pl.DataFrame, list[str]]:
    """Return the columns that can be features, and remarks on the others.

    A column is used if all that it holds are numbers, not all alike, and if it is known of at
    least half of the units.

    Parameters
    ----------
    code : unit_code of each unit.
    columns : the further columns, as text; null = blank.
    row : the number of each row in its file.

    Returns
    -------
    values, remarks
        unit_code, name (of small letters, figures and underscores), value: one row for each value
        that is known. The remarks go on after the name of the file.
    """
    taken: dict[str, str] = {}
    found: list[pl.DataFrame] = []
    remarks: list[str] = []
    for column in columns.columns:
        name = identifier(column) or "covariate"
        value, wrong = numbers(columns[column])
        if wrong.any():
            at = int(wrong.arg_true()[0])
            cell = str(columns[column][at])[:40]
            remarks.append(
                f', row {row[at]}, column "{column[:40]}": "{cell}" is not a number: the column is '
                "left out."
            )
            continue
        why = _useless(value)
        if why is None and name in taken:
            why = f'its name differs from "{taken[name][:40]}" only in signs or capitals'
        if why is None and len(found) == MOST_COVARIATES:
            why = f"at most {MOST_COVARIATES} such columns are used"
        if why is not None:
            remarks.append(f', column "{column[:40]}": {why}: the column is left out.')
            continue
        taken[name] = column
        found.append(pl.DataFrame({"unit_code": code, "name": name, "value": value}))
    if taken:
        named = ", ".join(column[:40] for column in taken.values())
        remarks.append(
            f": these columns are features, known at every cutoff as they carry no date: {named}. "
            "Take out what only later years can have told."
        )
    schema = {"unit_code": pl.String, "name": pl.String, "value": pl.Float64}
    known = pl.concat([pl.DataFrame(schema=schema), *found]).drop_nulls()
    return known.sort("name", "unit_code"), remarks


def _useless(value: pl.Series) -> str | None:
    """Say why nothing can be learned from these numbers; None if something can."""
    if 2 * value.count() < len(value):
        return f"it is known of {value.count()} of {len(value)} units only"
    if (value.abs() > LARGEST).any():
        return f"it holds numbers beyond {LARGEST:g}"
    if value.drop_nulls().n_unique() < 2:
        return "it says the same of every unit"
    return None


def numbers(text: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Return cells as numbers, and which of them are none; blank, NA and NaN are unknown."""
    unknown = text.is_null() | text.str.to_lowercase().is_in(_UNKNOWN)
    value = text.set(unknown, None).cast(pl.Float64, strict=False)
    return value, ~unknown & ~value.is_finite().fill_null(False)


def identifier(name: str) -> str:
    """Return a name in small letters, figures and underscores; empty if it holds none.

    Examples
    --------
    >>> identifier("Rain (mm/month)")
    'rain_mm_month'
    """
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:50]
