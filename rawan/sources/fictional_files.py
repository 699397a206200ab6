"""What every file of a fictional region has in common: its origin, its day, its sidecar.

Owns the words that mark a file as invented and the writing of CSV. What stands in the files is
the business of the other `fictional_*` modules.
"""

import json
from datetime import date
from pathlib import Path

import polars as pl

from rawan.provenance import file_hash

MARKER = "SIMULASI.txt"
ORIGIN = "SIMULASI"
SOURCE = "rawan simulate"
CUTOFF = date(2024, 11, 20)


def toml_text(value: str) -> str:
    """Return a TOML string; JSON's escapes are among TOML's."""
    return json.dumps(value, ensure_ascii=False)


def write_csv(path: Path, frame: pl.DataFrame) -> None:
    """Write a CSV and its sidecar."""
    frame.write_csv(path)
    sidecar = [
        f"title = {toml_text(f'{ORIGIN}: {path.stem}')}",
        f'description = "{ORIGIN}: invented by {SOURCE}; it says nothing about any real place."',
        f"obtained_on = {CUTOFF}",
        f"rows = {frame.height}",
        f'sha256 = "{file_hash(path)}"',
        f'notes = ["{ORIGIN}. See {MARKER} for the seed and the process."]',
        "",
        "[[sources]]",
        f"who = {toml_text(SOURCE)}",
        'url = ""',
        'terms = "invented"',
    ]
    path.with_name(f"{path.name}.meta.toml").write_text("\n".join(sidecar) + "\n", encoding="utf-8")
