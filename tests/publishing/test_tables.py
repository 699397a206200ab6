"""Files for spreadsheets and programs: nothing in a cell may act, and nothing may be lost."""

import csv
import json
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rawan.errors import GateStopped
from rawan.publishing import tables

HOSTILE = [
    '=HYPERLINK("http://x.invalid","klik")',
    "+1+1",
    "-1+1",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    " =1+1",
    "|calc",
    "<img src=x onerror=alert(1)>",
    'Desa "Kutip", koma',
]


def ranking(names: list[str]) -> pl.DataFrame:
    """Return rows of an invented region that keep the contract."""
    row = {
        "run_id": "20200101-abc",
        "hazard": "conflict",
        "stage": "voting",
        "cutoff": date(2020, 1, 1),
        "horizon_days": 182,
        "district": "Umpama",
        "polsek": "Polsek Umpama",
        "rank": 1,
        "rank_low": 1,
        "rank_high": 2,
        "tied_with": 0,
        "risk": 0.1,
        "index": None,
        "top_k": 1,
        "top_k_probability": 0.5,
        "band": "rawan",
        "coverage": 0.0,
        "blind_spot": True,
        "rank_if_like_neighbours": None,
        "drivers": "-",
        "rank_change": None,
        "tied_at_k": 0,
        "share_imputed": 0.0,
        "baseline_rank": 1,
        "score": 0.5,
        "score_basis": "window",
        "components": '{"clash_decayed": 0.5}',
        "incidents_used": 0,
        "reports_used": 0,
        "tps": 3,
        "tps_source": "pemilu2019",
        "model": "decayed_count",
        "model_beats_baseline": False,
        "data_origin": "SIMULASI",
    }
    rows = [
        {**row, "village_code": f"99.99.01.{2001 + number}", "village": name}
        for number, name in enumerate(names)
    ]
    schema = {"index": pl.Float64, "rank_change": pl.Int64, "rank_if_like_neighbours": pl.Int64}
    return pl.DataFrame(rows, schema_overrides=schema).select(tables.required_columns())


def test_no_cell_of_the_csv_is_taken_for_a_formula(tmp_path: Path) -> None:
    tables.write_csv(ranking(HOSTILE), tmp_path / "list.csv")
    with (tmp_path / "list.csv").open(encoding="utf-8", newline="") as stream:
        cells = [cell for row in csv.reader(stream) for cell in row]
    assert not [cell for cell in cells if cell.lstrip(" \t\r")[:1] in tuple("=+@|")]
    assert not [cell for cell in cells if cell.startswith("-1")]


@given(st.text())
def test_a_defused_text_never_starts_like_a_formula_and_loses_nothing(cell: str) -> None:
    safe = tables.defused(cell)
    assert safe.lstrip()[:1] not in tuple("=+-@|")
    assert safe in (cell, f"'{cell}")


def test_parquet_gives_back_every_value_as_it_was(tmp_path: Path) -> None:
    made = ranking(HOSTILE)
    tables.write_parquet(made, tmp_path / "list.parquet")
    assert pl.read_parquet(tmp_path / "list.parquet").equals(made)


def test_points_are_written_longitude_first(tmp_path: Path) -> None:
    villages = pl.DataFrame({"village_code": ["99.99.01.2001"], "lat": [-5.5], "lon": [105.5]})
    tables.write_geojson(ranking(["Umpama"]), villages, tmp_path / "list.geojson")
    feature = json.loads((tmp_path / "list.geojson").read_text(encoding="utf-8"))["features"][0]
    assert feature["geometry"]["coordinates"] == [105.5, -5.5]


def test_a_village_without_a_place_is_in_the_file_all_the_same(tmp_path: Path) -> None:
    nowhere = pl.DataFrame(
        {"village_code": ["99.99.01.2001"], "lat": [None], "lon": [None]},
        schema={"village_code": pl.String, "lat": pl.Float64, "lon": pl.Float64},
    )
    tables.write_geojson(ranking(["Umpama"]), nowhere, tmp_path / "list.geojson")
    feature = json.loads((tmp_path / "list.geojson").read_text(encoding="utf-8"))["features"][0]
    assert feature["geometry"] is None
    assert feature["properties"]["village"] == "Umpama"


@pytest.mark.parametrize(
    ("column", "value"),
    [("rank", 0), ("risk", 1.5), ("band", "aman"), ("village_code", "18.01"), ("village", "")],
)
def test_a_row_that_breaks_the_contract_is_not_published(column: str, value: object) -> None:
    broken = ranking(["Umpama"]).with_columns(pl.lit(value).alias(column))
    with pytest.raises(GateStopped, match=column):
        tables.check_contract(broken)
