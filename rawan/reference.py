"""The region's reference tables, from the files of its folder into `reference`.

Owns their form. What they say, and who says so, stands in the sidecar beside each file.
"""

import tomllib
from pathlib import Path
from typing import Any

import polars as pl

from rawan.calendar import Election
from rawan.errors import RawanError
from rawan.provenance import file_hash, sidecar
from rawan.settings import Settings
from rawan.warehouse import Warehouse

_TEXT, _NUMBER, _COUNT, _DATE = pl.String, pl.Float64, pl.Int64, pl.Date

TABLES: dict[str, dict[str, Any]] = {
    "villages": {
        "village_code": _TEXT,
        "bps_code": _TEXT,
        "village": _TEXT,
        "kind": _TEXT,
        "district_code": _TEXT,
        "district": _TEXT,
        "lat": _NUMBER,
        "lon": _NUMBER,
        "area_km2": _NUMBER,
        "name_bps": _TEXT,
        "name_kpu_2019": _TEXT,
        "note": _TEXT,
        "source": _TEXT,
    },
    "polling_stations": {
        "election": _TEXT,
        "village_code": _TEXT,
        "district_code": _TEXT,
        "tps": _COUNT,
        "known_on": _DATE,
        "source": _TEXT,
    },
    "geography": {
        "village_code": _TEXT,
        "ikg": _NUMBER,
        "ikg_services": _NUMBER,
        "ikg_infrastructure": _NUMBER,
        "ikg_access": _NUMBER,
        "elevation_m": _NUMBER,
        "distance_seat_km": _NUMBER,
        "distance_capital_km": _NUMBER,
        "water_crossing_share": _NUMBER,
        "water_crossing_note": _TEXT,
        "water_crossing_source": _TEXT,
    },
    "districts": {
        "district_code": _TEXT,
        "bps_code": _TEXT,
        "district": _TEXT,
        "villages": _COUNT,
        "seat": _TEXT,
        "area_km2_official": _NUMBER,
        "area_km2_outline": _NUMBER,
        "population_2010": _COUNT,
        "voters_2020": _COUNT,
        "tps_2019": _COUNT,
        "tps_2024": _COUNT,
        "tps_pilkada_2024": _COUNT,
    },
    "polsek": {
        "district_code": _TEXT,
        "polsek": _TEXT,
        "assumed": pl.Boolean,
        "source": _TEXT,
    },
    "results": {
        "election": _TEXT,
        "level": _TEXT,
        "village_code": _TEXT,
        "district_code": _TEXT,
        "candidate": _TEXT,
        "votes": _COUNT,
        "valid_votes": _COUNT,
        "invalid_votes": _COUNT,
        "voters": _COUNT,
        "tps_counted": _COUNT,
        "tps_inconsistent": _COUNT,
        "known_on": _DATE,
        "source_url": _TEXT,
        "note": _TEXT,
    },
}

# Beside the tables; a region may do without all but the first two.
_OTHER_FILES = (
    "hazards.toml",
    "calendar.toml",
    "totals.toml",
    "former_places.csv",
    "outside_places.csv",
    "local_names.csv",
    "lexicon.toml",
    "labelled_texts.csv",
)


def load_reference(
    warehouse: Warehouse, settings: Settings, elections: dict[str, Election]
) -> list[str]:
    """Load the reference tables and return what differs from its sidecar, one sentence a file.

    Raises
    ------
    RawanError
        If a file is missing or a cell is not of its column's type.
    """
    folder = settings.region.reference
    changed: list[str] = []
    for table, schema in TABLES.items():
        path = table_file(settings, table)
        warehouse.replace(f"reference.{table}", _read(path, schema))
        changed += _changed(path)
    warehouse.replace("reference.incident_types", _incident_types(folder / "hazards.toml"))
    warehouse.replace("reference.totals", _totals(warehouse, folder / "totals.toml"))
    days = [(e.id, e.kind, e.voting_day) for e in elections.values()]
    schema = {"election": _TEXT, "kind": _TEXT, "voting_day": _DATE}
    warehouse.replace("reference.elections", pl.DataFrame(days, schema=schema, orient="row"))
    if settings.inputs.use_public_record:
        for path in sorted(settings.inputs.public_record.glob("*")):
            if path.suffix in (".csv", ".jsonl"):
                changed += _changed(path)
    return changed


def reference_hashes(settings: Settings) -> dict[str, str]:
    """Return the SHA-256 of every reference file, by name."""
    files = {f"{table}.csv": table_file(settings, table) for table in TABLES}
    for name in _OTHER_FILES:
        files[name] = settings.region.reference / name
    present = {name: path for name, path in files.items() if path.exists()}
    return {f"reference/{name}": file_hash(path) for name, path in present.items()}


def table_file(settings: Settings, table: str) -> Path:
    """Return the file of a reference table: the record's, or what the configuration puts there."""
    if table == "polsek" and settings.region.polsek is not None:
        return settings.region.polsek
    return settings.region.reference / f"{table}.csv"


def hazard_names(settings: Settings) -> dict[str, dict[str, str]]:
    """Return the names of the hazards by id and language."""
    path = settings.region.reference / "hazards.toml"
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    names = {h["id"]: {"id": h["name_id"], "en": h["name_en"]} for h in content.get("hazards", [])}
    if missing := {entry.hazard for entry in settings.publish} - set(names):
        raise RawanError(f"{path}: has no [[hazards]] with id {', '.join(sorted(missing))}.")
    return names


def type_names(settings: Settings) -> dict[str, dict[str, str]]:
    """Return the names of the types of incident by id and language."""
    types = _incident_types(settings.region.reference / "hazards.toml")
    return {row["type"]: {"id": row["label_id"], "en": row["label_en"]} for row in types.to_dicts()}


def villages_by_district(settings: Settings) -> dict[str, list[str]]:
    """Return the names of the villages by the name of their kecamatan."""
    villages = _read(table_file(settings, "villages"), TABLES["villages"])
    found: dict[str, list[str]] = {}
    for district, village in villages.select("district", "village").sort("district").rows():
        found.setdefault(district, []).append(village)
    return found


def _read(path: Path, schema: dict[str, Any]) -> pl.DataFrame:
    try:
        frame = pl.read_csv(path, infer_schema=False, encoding="utf8")
    except FileNotFoundError:
        raise RawanError(
            f"{path}: this reference table is missing. Restore it, or set region.reference."
        ) from None
    except pl.exceptions.PolarsError as error:
        raise RawanError(f"{path}: is not proper CSV ({error}).") from None
    if missing := [column for column in schema if column not in frame.columns]:
        raise RawanError(f"{path}: the columns {', '.join(missing)} are missing.")
    return frame.select(_typed(frame, path, column, kind) for column, kind in schema.items())


def _typed(frame: pl.DataFrame, path: Path, column: str, kind: Any) -> pl.Series:
    text = frame[column].str.strip_chars()
    text = text.set(text == "", None)
    if kind == pl.Boolean:
        typed = text.replace_strict({"true": True, "false": False}, default=None)
    elif kind == _DATE:
        typed = text.str.to_date("%Y-%m-%d", strict=False)
    else:
        typed = text.cast(kind, strict=False)
    wrong = (typed.is_null() & text.is_not_null()).arg_true()
    if len(wrong):
        row = int(wrong[0])
        form = {_NUMBER: "number", _COUNT: "whole number", _DATE: "date"}.get(kind, "true or false")
        raise RawanError(
            f'{path}, row {row + 2}, column "{column}": "{text[row]}" is not a {form}.'
        )
    return typed.alias(column)


def _incident_types(path: Path) -> pl.DataFrame:
    try:
        types = tomllib.loads(path.read_text(encoding="utf-8"))["types"]
    except FileNotFoundError:
        raise RawanError(f"{path}: the list of incident types is missing.") from None
    except (tomllib.TOMLDecodeError, KeyError) as error:
        raise RawanError(f"{path}: has no table [types] that can be read ({error}).") from None
    columns = {"hazard": "", "outcome": False, "group": "", "label_id": "", "label_en": ""}
    rows = [
        {"type": name} | {c: entry.get(c, default) for c, default in columns.items()}
        for name, entry in sorted(types.items())
    ]
    return pl.DataFrame(rows).rename({"outcome": "is_outcome", "group": "type_group"})


def _totals(warehouse: Warehouse, path: Path) -> pl.DataFrame:
    """Return each known total beside what the loaded tables add up to; a region may state none."""
    schema = {"total": _TEXT, "expected": _COUNT, "observed": _COUNT, "source": _TEXT}
    if not path.exists():
        return pl.DataFrame(schema=schema)
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8"))["totals"]
        rows = [_total(warehouse, path, entry) for entry in entries]
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError, TypeError) as error:
        raise RawanError(f"{path}: has no [[totals]] that can be read ({error!r}).") from None
    return pl.DataFrame(rows, schema=schema, orient="row")


def _total(warehouse: Warehouse, path: Path, entry: dict[str, Any]) -> tuple[Any, ...]:
    table, measure, where = entry["table"], entry["measure"], entry.get("where", {})
    columns = TABLES.get(table, {})
    for name in (*where, *([] if measure == "rows" else [measure])):
        if name not in columns:
            raise RawanError(f'{path}: "{name}" is no column of a table "{table}".')
    sums = "count(*)" if measure == "rows" else f"coalesce(sum({measure}), 0)::BIGINT"
    limits = " AND ".join(f"{column} = ?" for column in where) or "true"
    observed = warehouse.value(
        f"SELECT {sums} FROM reference.{table} WHERE {limits}", list(where.values())
    )
    named = ", ".join(f"{column} {value}" for column, value in where.items())
    return f"{table}: {measure} {named}".strip(), entry["expected"], observed, entry["source"]


def _changed(path: Path) -> list[str]:
    """Return a sentence if a file is not the one that its sidecar describes."""
    said = sidecar(path).get("sha256")
    if said is None or said == file_hash(path):
        return []
    return [f"{path.name} is not the file that its sidecar describes: its content was changed."]
