"""Parquet as a sheet: every value as the text that says the same.

Owns how typed values become text. Row 1 is the first row: Parquet has no header row. Numbers
are plain decimals without an empty fraction, dates ISO, and the time of day is left out where
it is midnight; an instant with a time zone keeps its offset. Lists of single values are joined
by ";", anything nested is compact JSON.
"""

import math
from collections.abc import Iterator
from datetime import datetime, time
from decimal import Decimal
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet

from rawan.errors import RawanError
from rawan.sources.header import checked_names
from rawan.sources.json_values import Number, plain_number, to_text
from rawan.sources.limits import MEGABYTE, Guard
from rawan.sources.sheet import ROW, Damaged, Sheet, tidy

ROWS_AT_ONCE = 50_000


def read_parquet(guard: Guard) -> Iterator[Sheet]:
    """Yield the one sheet of a Parquet file.

    Raises
    ------
    RawanError
        If the file is damaged, encrypted, without columns, or beyond a limit.
    """
    with guard.path.open("rb") as stream:
        try:
            file = pyarrow.parquet.ParquetFile(stream, memory_map=False, pre_buffer=False)
            schema, metadata = file.schema_arrow, file.metadata
        except (pa.ArrowException, OSError, ValueError) as error:
            raise _broken(guard, error) from None
        _check_extent(metadata, guard)
        columns = checked_names(list(schema.names), guard)
        if not columns:
            raise RawanError(f"{guard.where()}: has no columns.")
        damaged: list[Damaged] = []
        yield Sheet(None, columns, _batches(file, columns, damaged, guard), damaged)


def _check_extent(metadata: Any, guard: Guard) -> None:
    """Refuse too many rows, or a group of rows that unpacks to too much to hold at once."""
    guard.check_columns(metadata.num_columns)
    if metadata.num_rows > guard.limits.rows:
        raise guard.over(f"has {metadata.num_rows} rows", "rows")
    for index in range(metadata.num_row_groups):
        size = metadata.row_group(index).total_byte_size  # unpacked
        if size > guard.limits.unpacked_mb * MEGABYTE:
            raise guard.over(f"its row group {index + 1} has {size // MEGABYTE} MB", "unpacked_mb")


def _batches(
    file: Any, columns: tuple[str, ...], damaged: list[Damaged], guard: Guard
) -> Iterator[pl.DataFrame]:
    batches = file.iter_batches(batch_size=ROWS_AT_ONCE, use_threads=False)
    start = 1
    while True:
        try:
            batch = next(batches, None)
            if batch is None:
                return
            batch.validate(full=True)
            texts = [_texts(column) for column in batch.columns]
        except (pa.ArrowException, OSError, ValueError, KeyError, OverflowError) as error:
            raise _broken(guard, error, start) from None
        rows = range(start, start + batch.num_rows)
        start += batch.num_rows
        guard.add_rows(batch.num_rows)
        frame = pl.DataFrame(
            [
                pl.Series(ROW, rows, dtype=pl.Int64),
                *(text.alias(name) for name, text in zip(columns, texts, strict=True)),
            ]
        )
        for name, text in zip(columns, texts, strict=True):
            row = text.str.len_chars().arg_max()
            if row is not None:
                guard.check_cells(rows.start + row, [text[row]], [name])
        tidied = tidy(frame, columns)
        if tidied.height:
            yield tidied


def _texts(column: Any) -> pl.Series:
    """Return a column of Arrow as text."""
    if isinstance(column, pa.ExtensionArray):
        column = column.storage
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    kind = column.type
    if _is_any(kind, "string", "large_string", "string_view", "boolean", "integer", "date", "null"):
        return _cast(column)
    if _is_any(kind, "floating"):
        return _plain(_cast(column).replace("nan", None))
    if _is_any(kind, "decimal"):
        return _plain(_cast(column).str.replace(r"^(-?\d+)\.0+$", "$1"))
    if _is_any(kind, "timestamp", "time"):
        shorter = _cast(column).str.replace(r"(:\d\d)(\.\d*?)0+(\+\d+|-\d+|Z)?$", "$1$2$3")
        shorter = shorter.str.replace(r"\.((?:\+|-)\d+|Z)?$", "$1")
        return shorter.str.replace(" 00:00:00$", "")
    return pl.Series([_text(value) for value in column.to_pylist()], dtype=pl.String)


def _is_any(kind: Any, *names: str) -> bool:
    return any(getattr(pa.types, f"is_{name}")(kind) for name in names)


def _cast(column: Any) -> pl.Series:
    return pl.Series(pl.from_arrow(column.cast(pa.large_string())))


def _plain(numbers: pl.Series) -> pl.Series:
    """Write out the numbers that have an exponent."""
    has_exponent = numbers.str.contains("[eE]").fill_null(False)
    if not has_exponent.any():
        return numbers
    written = {text: plain_number(text) for text in numbers.filter(has_exponent).unique()}
    return numbers.replace(written)


def _text(value: Any) -> str | None:
    """Return a value that Arrow does not write as we want it."""
    if isinstance(value, list) and not any(isinstance(i, list | dict | tuple) for i in value):
        return ";".join(_text(item) or "" for item in value)
    return to_text(_like_json(value))


def _like_json(value: Any) -> Any:
    """Return a value of Python as parsed JSON would hold it."""
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, dict):
        return {str(key): _like_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_like_json(item) for item in value]
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else str(value)
    if isinstance(value, int | float | Decimal):
        return Number(plain_number(str(value)))
    if isinstance(value, datetime) and value.tzinfo is None and value.time() == time():
        value = value.date()
    return str(value)


def _broken(guard: Guard, error: Exception, row: int | None = None) -> RawanError:
    """Return the refusal of a file that the library could not read."""
    reason = " ".join(str(error).split())[:200].rstrip(".")
    lower = reason.lower()
    if "encrypt" in lower or "decrypt" in lower:
        return RawanError(
            f"{guard.where()}: is encrypted. Save it without encryption and drop it again."
        )
    place = guard.where() if row is None else f"{guard.where()}, from row {row} on"
    return RawanError(
        f"{place}: cannot be read as Parquet ({reason}). Get the whole file and drop it again."
    )
