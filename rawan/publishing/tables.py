"""The list as files: Parquet, CSV, XLSX and GeoJSON, safe to open by double-click.

Every text is untrusted: a cell that a spreadsheet would take for a formula is written
with an apostrophe before it in CSV, and as a plain string in XLSX.
"""

import json
import re
from collections.abc import Collection
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import jsonschema
import polars as pl
import xlsxwriter

from rawan.errors import GateStopped
from rawan.publishing.texts import text
from rawan.settings import PROJECT_ROOT, Language

CONTRACT = PROJECT_ROOT / "data" / "contracts" / "ranking.v1.json"
_FORMULA = re.compile(r"^[\s]*[=+\-@\t\r|]")
_WORKBOOK_COLUMNS = (
    ("rank", 7),
    ("rank_low", 9),
    ("rank_high", 9),
    ("tied_with", 8),
    ("village_code", 15),
    ("village", 24),
    ("district", 20),
    ("polsek", 24),
    ("band", 14),
    ("risk", 9),
    ("index", 9),
    ("top_k_probability", 12),
    ("baseline_rank", 11),
    ("rank_change", 10),
    ("coverage", 10),
    ("blind_spot", 10),
    ("rank_if_like_neighbours", 12),
    ("share_imputed", 10),
    ("incidents_used", 9),
    ("reports_used", 9),
    ("tps", 7),
    ("tps_source", 13),
    ("drivers", 70),
)
_SHARES = {"risk", "top_k_probability", "coverage", "share_imputed"}


def check_contract(ranking: pl.DataFrame, lacking: Collection[str] = ()) -> None:
    """Hold every row of a ranking against its contract, but for columns withheld.

    Raises
    ------
    GateStopped
        If a row breaks the contract; the message names the village and the column.
    """
    schema = json.loads(CONTRACT.read_text(encoding="utf-8"))
    schema["required"] = [name for name in schema["required"] if name not in lacking]
    schema["properties"] = {k: v for k, v in schema["properties"].items() if k not in lacking}
    validator = jsonschema.Draft202012Validator(schema)
    for row in ranking.with_columns(pl.col(pl.Date).cast(pl.String)).iter_rows(named=True):
        for error in validator.iter_errors(row):
            where = ".".join(str(part) for part in error.absolute_path) or "row"
            raise GateStopped(
                f"The list breaks its contract ({CONTRACT.name}): {row['hazard']}, {row['stage']}, "
                f"{row['village_code']}, {where}: {error.message}. Nothing was published."
            )


def contract_columns() -> list[str]:
    """Return the columns of the contract in their order."""
    return list(json.loads(CONTRACT.read_text(encoding="utf-8"))["properties"])


def contract_version() -> str:
    """Return the version of the contract."""
    return str(json.loads(CONTRACT.read_text(encoding="utf-8"))["version"])


def required_columns() -> list[str]:
    """Return the columns that a complete list has, in the order of the contract.

    The others stand in an edition: for whom it is, and what people hold against a rank.
    """
    required = set(json.loads(CONTRACT.read_text(encoding="utf-8"))["required"])
    return [name for name in contract_columns() if name in required]


def defused(cell: str) -> str:
    r"""Return a text that no spreadsheet takes for a formula.

    Examples
    --------
    >>> defused('=HYPERLINK("x")')
    '\'=HYPERLINK("x")'
    >>> defused("Bali Nuraga")
    'Bali Nuraga'
    """
    return f"'{cell}" if _FORMULA.match(cell) else cell


def write_parquet(frame: pl.DataFrame, path: Path) -> None:
    """Write a frame as Parquet; values are kept as they are."""
    frame.write_parquet(path, compression="zstd", statistics=True)


def write_csv(frame: pl.DataFrame, path: Path) -> None:
    """Write a frame as CSV: UTF-8, RFC 4180, formulas defused."""
    texts = [name for name, kind in frame.schema.items() if kind == pl.String]
    safe = frame.with_columns(
        pl.col(name).map_elements(defused, return_dtype=pl.String) for name in texts
    )
    safe.write_csv(path, line_terminator="\r\n", null_value="")


def write_geojson(ranking: pl.DataFrame, villages: pl.DataFrame, path: Path) -> None:
    """Write one point a row of the ranking (RFC 7946: longitude first, WGS 84)."""
    points = {code: (lon, lat) for code, lat, lon in villages.iter_rows()}
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": list(points[row["village_code"]])},
            "properties": row,
        }
        for row in ranking.with_columns(pl.col("cutoff").cast(pl.String)).iter_rows(named=True)
    ]
    collection = {"type": "FeatureCollection", "features": features}
    path.write_text(json.dumps(collection, ensure_ascii=False), encoding="utf-8", newline="\n")


def write_workbook(
    ranking: pl.DataFrame, notes: list[tuple[str, str]], path: Path, lang: Language
) -> None:
    """Write the lists as a workbook: one sheet a list, the blind spots, and how to read it.

    Parameters
    ----------
    ranking : rows of the contract, in the order to show.
    notes : rows of the sheet "how to read": term and meaning.
    """
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(path, options) as book:
        # The day of the data, not of the writing: the same run gives the same bytes.
        cutoff = ranking["cutoff"][0]
        book.set_properties(
            {"created": datetime(cutoff.year, cutoff.month, cutoff.day, tzinfo=UTC)}
        )
        formats = {
            "head": book.add_format(
                {"bold": True, "text_wrap": True, "bg_color": "#E3E8EE", "valign": "top"}
            ),
            "share": book.add_format({"num_format": "0.0%"}),
            "number": book.add_format({"num_format": "0.0"}),
            "text": book.add_format({"num_format": "@"}),
            "wrap": book.add_format({"text_wrap": True, "valign": "top"}),
        }
        for (hazard, stage), rows in ranking.group_by("hazard", "stage", maintain_order=True):
            title = f"{text(f'hazard.{hazard}', lang)}-{text(f'stage.{stage}', lang)}"
            _write_list(book, title[:31], rows, formats, lang)
        blind = ranking.filter(pl.col("blind_spot"))
        _write_list(book, text("workbook.blind_spots", lang), blind, formats, lang, with_list=True)
        sheet = book.add_worksheet(text("workbook.how_to_read", lang))
        sheet.set_column(0, 0, 30)
        sheet.set_column(1, 1, 110)
        for number, (term, meaning) in enumerate(notes):
            sheet.write_string(number, 0, term, formats["wrap"])
            sheet.write_string(number, 1, meaning, formats["wrap"])


def _write_list(
    book: Any,
    title: str,
    rows: pl.DataFrame,
    formats: dict[str, Any],
    lang: Language,
    with_list: bool = False,
) -> None:
    sheet = book.add_worksheet(title)
    columns = list(_WORKBOOK_COLUMNS)
    if with_list:
        columns = [("hazard", 12), ("stage", 12), *columns]
    for column, (name, width) in enumerate(columns):
        sheet.write_string(0, column, text(f"column.{name}", lang), formats["head"])
        style = "share" if name in _SHARES else "number" if name == "index" else "text"
        numeric = style != "text" or rows.schema[name].is_numeric()
        sheet.set_column(
            column, column, width, None if numeric and style == "text" else formats[style]
        )
        for line, value in enumerate(rows[name], start=1):
            _write_cell(sheet, line, column, value, lang)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(rows.height, 1), len(columns) - 1)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    if rows.height and rows["data_origin"][0] == "SIMULASI":
        sheet.set_header("&C&BSIMULASI")
        sheet.write_string(0, len(columns), "SIMULASI", formats["head"])


def _write_cell(sheet: Any, line: int, column: int, value: Any, lang: Language) -> None:
    if value is None:
        return
    if isinstance(value, bool):
        sheet.write_string(line, column, text("word.yes" if value else "word.no", lang))
    elif isinstance(value, (int, float)):
        sheet.write_number(line, column, value)
    elif isinstance(value, date):
        sheet.write_string(line, column, value.isoformat())
    else:
        shown = (
            text(f"band.{value}", lang)
            if value in ("kurang_rawan", "rawan", "sangat_rawan")
            else value
        )
        sheet.write_string(line, column, str(shown))
