"""What every file of a fictional region has in common: its origin, its day, its sidecar.

Owns the words that mark a file as invented and the writing of tables as CSV, Parquet, JSON
Lines or a workbook. What stands in the files is the business of the other `fictional_*`
modules.
"""

import json
from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import xlsxwriter

from rawan.errors import RawanError
from rawan.provenance import file_hash

MARKER = "SIMULASI.txt"
ORIGIN = "SIMULASI"
SOURCE = "rawan simulate"
CUTOFF = date(2024, 11, 20)
WORKBOOK_ROWS = 1_048_575  # under the header; a sheet ends there


def toml_text(value: str) -> str:
    """Return a TOML string; JSON's escapes are among TOML's."""
    return json.dumps(value, ensure_ascii=False)


def write_csv(path: Path, frame: pl.DataFrame) -> None:
    """Write a CSV and its sidecar."""
    frame.write_csv(path)
    _write_sidecar(path, frame.height)


def write_parts(path: Path, parts: Iterable[pl.DataFrame], obtained_on: date = CUTOFF) -> None:
    """Write a table that comes in parts: as CSV or Parquet with its sidecar, XLSX or JSON Lines.

    Parameters
    ----------
    path : the file; its suffix says the form.
    parts : at least one frame, all with the same columns of text; a workbook takes them whole.
    obtained_on : what the sidecar says of it.
    """
    suffix = path.suffix
    if suffix == ".xlsx":
        _write_workbook(path, pl.concat(parts))
        return
    rows = 0
    if suffix == ".parquet":
        rows = _write_parquet(path, parts)
    else:
        with path.open("wb") as stream:
            for part in parts:
                if suffix == ".jsonl":
                    part.write_ndjson(stream)
                else:
                    part.write_csv(stream, include_header=not stream.tell())
                rows += part.height
    if suffix != ".jsonl":
        _write_sidecar(path, rows, obtained_on)


def _write_parquet(path: Path, parts: Iterable[pl.DataFrame]) -> int:
    rows = 0
    writer: pq.ParquetWriter | None = None
    try:
        for part in parts:
            table = part.to_arrow(compat_level=pl.CompatLevel.oldest())
            if writer is None:
                writer = pq.ParquetWriter(path, table.schema, compression="zstd")
            writer.write_table(table)
            rows += part.height
    finally:
        if writer is not None:
            writer.close()
    return rows


def _write_workbook(path: Path, rows: pl.DataFrame) -> None:
    """Write rows as a workbook with true date cells; partial dates stay text."""
    if rows.height > WORKBOOK_ROWS:
        raise RawanError(
            f"{path.name}: {rows.height} rows do not fit in a workbook; "
            "write the region with --format csv or parquet."
        )
    # A fixed day of creation: the workbook must not differ between two runs.
    with xlsxwriter.Workbook(str(path)) as book:
        book.set_properties({"created": datetime(2024, 11, 20, tzinfo=UTC), "comments": ORIGIN})
        as_date = book.add_format({"num_format": "dd/mm/yyyy"})
        sheet = book.add_worksheet("insiden")
        sheet.write_row(0, 0, rows.columns)
        for column, name in enumerate(rows.columns):
            is_date = name.startswith("tanggal")
            days = rows[name].str.to_date("%Y-%m-%d", strict=False) if is_date else None
            for at, text in enumerate(rows[name]):
                if days is not None and days[at] is not None:
                    sheet.write_datetime(at + 1, column, days[at], as_date)
                elif text:
                    sheet.write_string(at + 1, column, text)


def _write_sidecar(path: Path, rows: int, obtained_on: date = CUTOFF) -> None:
    """Say beside a file what it is, whose, and which bytes it had."""
    sidecar = [
        f"title = {toml_text(f'{ORIGIN}: {path.stem}')}",
        f'description = "{ORIGIN}: invented by {SOURCE}; it says nothing about any real place."',
        f"obtained_on = {obtained_on}",
        f"rows = {rows}",
        f'sha256 = "{file_hash(path)}"',
        f'notes = ["{ORIGIN}. See {MARKER} for the seed and the process."]',
        "",
        "[[sources]]",
        f"who = {toml_text(SOURCE)}",
        'url = ""',
        'terms = "invented"',
    ]
    path.with_name(f"{path.name}.meta.toml").write_text("\n".join(sidecar) + "\n", encoding="utf-8")
