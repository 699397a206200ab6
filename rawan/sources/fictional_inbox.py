"""The inbox of a fictional region: incidents, graded reports and population, as they arrive.

Owns the form of these files and their flaws. What happened is drawn by
`models/simulation.py`; how a name is misspelt is the business of `fictional_names.py`.
"""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import xlsxwriter

from models.simulation import SimulatedRegion
from rawan.sources.fictional_files import ORIGIN, write_csv
from rawan.sources.fictional_hazards import TYPES
from rawan.sources.fictional_names import misspell

NEW_FILE_FROM = date(2020, 1, 1)  # from here on incidents are in the workbook
MISSPELT_SHARE = 0.08
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


def write_inbox(
    inbox: Path, region: SimulatedRegion, villages: pl.DataFrame, rng: np.random.Generator
) -> None:
    """Write what would have arrived: incidents, graded reports and population."""
    told = region.incidents.filter(pl.col("reported"))
    rows = _listed(told, villages, rng)
    split = told.filter(pl.col("occurred_on") < NEW_FILE_FROM).height  # told is in order of time
    old, new = rows[:split], rows[split:]
    as_text = [{key: str(value) or None for key, value in row.items()} for row in old]
    schema = dict.fromkeys(INCIDENT_COLUMNS, pl.String)
    write_csv(inbox / "insiden-lama.csv", pl.DataFrame(as_text, schema=schema))
    _write_workbook(inbox / "insiden-baru.xlsx", new)

    places = villages.select("village_code", "village", "district")
    reports = region.reports.join(places, on="village_code", how="left", maintain_order="left")
    lines = []
    for number, report in enumerate(reports.iter_rows(named=True), start=1):
        village = report["village"]
        line = {
            "nomor": f"{ORIGIN}/LI-{number:05d}",
            "tanggal": str(report["occurred_on"]),
            "tanggal_diketahui": str(report["known_on"]),
            "jenis": report["type"],
            "kecamatan": report["district"],
            "desa": misspell(village, rng) if rng.random() < MISSPELT_SHARE else village,
            "nilai_sumber": report["source_grade"],
            "nilai_informasi": report["information_grade"],
            "isi": f"{ORIGIN}. Ada tanda-tanda: {TYPES[report['type']][1].lower()}.",
        }
        lines.append(json.dumps(line, ensure_ascii=False) + "\n")
    (inbox / "laporan.jsonl").write_text("".join(lines), encoding="utf-8", newline="\n")

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
    write_csv(inbox / "penduduk.csv", population)


def _listed(
    incidents: pl.DataFrame, villages: pl.DataFrame, rng: np.random.Generator
) -> list[dict[str, Any]]:
    """Write incidents down as people do: misspelt, half dated, and some past all use."""
    by_code = {row["village_code"]: row for row in villages.iter_rows(named=True)}
    beside: dict[str, str] = {}
    for members in villages.partition_by("district_code", maintain_order=True):
        names = members["village"].to_list()
        beside |= dict(zip(members["village_code"], names[1:] + names[:1], strict=True))
    rows = []
    for number, incident in enumerate(incidents.iter_rows(named=True), start=1):
        place = by_code[incident["village_code"]]
        district, village = place["district"], place["village"]
        day: Any = incident["occurred_on"]
        if rng.random() < MISSPELT_SHARE:
            village = misspell(village, rng)
        chance = rng.random()  # at most one further flaw a row
        if chance > 0.94 and incident["type"] == "bentrok_warga":
            # The other side's village; in the process the clash counts for the first alone.
            village = f"{village}; {beside[incident['village_code']]}"
        elif chance < 0.015:
            village = ""
        elif chance < 0.035:
            day = f"{day:%Y-%m}"
        elif chance < 0.038:
            day = str(rng.choice(["tidak diketahui", "31/02/2018", ""]))
        elif chance < 0.041:
            district = village = ""
        where = f"Desa {village.removeprefix('Ds. ')}" if village else f"Kecamatan {district}"
        rows.append(
            {
                "tanggal": day,
                "tanggal_diketahui": incident["known_on"],
                "jenis": incident["type"],
                "pemilu": incident["election"],
                "kecamatan": district,
                "desa": village,
                "lokasi": where if district else "tempat tidak jelas",
                "uraian": f"{ORIGIN}. {TYPES[incident['type']][1]} nomor {number}.",
                "sumber_url": f"https://simulasi.invalid/insiden/{number:06d}",
            }
        )
    return rows


def _write_workbook(path: Path, rows: list[dict[str, Any]]) -> None:
    """Write incidents as a workbook with true date cells; partial dates stay text."""
    # A fixed day of creation: the workbook must not differ between two runs.
    with xlsxwriter.Workbook(str(path)) as book:
        book.set_properties({"created": datetime(2024, 11, 20, tzinfo=UTC), "comments": ORIGIN})
        as_date = book.add_format({"num_format": "dd/mm/yyyy"})
        sheet = book.add_worksheet("insiden")
        sheet.write_row(0, 0, INCIDENT_COLUMNS)
        for at, row in enumerate(rows, start=1):
            for column, value in enumerate(row.values()):
                if isinstance(value, date):
                    sheet.write_datetime(at, column, value, as_date)
                elif value:
                    sheet.write_string(at, column, value)
