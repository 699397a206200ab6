"""Reporting effort of a region as it lies in the warehouse."""

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import polars as pl
import pytest

from models.effort_inputs import EFFORT_COLUMNS
from models.neighbourhood import NearUnits, SameBlock
from rawan import preparation
from rawan.effort import neighbourhood, with_effort
from rawan.progress import Progress
from rawan.settings import load_settings
from rawan.sources.fictional import write_region
from rawan.warehouse import Warehouse, open_warehouse

VILLAGES = 60


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    folder = tmp_path_factory.mktemp("effort") / "region"
    settings = load_settings(write_region(folder, VILLAGES, seed=3))
    with open_warehouse(settings) as opened:
        preparation.take_in(opened, settings, Progress(quiet=True))
        opened.build("staging")
        opened.build("features")
        yield opened


def features(warehouse: Warehouse) -> pl.DataFrame:
    return warehouse.frame("FROM features.village_cutoff ORDER BY cutoff, village_code")


def test_every_row_of_the_features_gets_the_columns_of_the_effort_model(
    warehouse: Warehouse,
) -> None:
    rows = features(warehouse)
    added = with_effort(warehouse, rows)
    assert added.select(rows.columns).equals(rows)
    assert added.columns == [*rows.columns, *EFFORT_COLUMNS]
    assert sum(added.select(EFFORT_COLUMNS).null_count().row(0)) == 0
    last = added.filter(pl.col("cutoff") == pl.col("cutoff").max())
    told = warehouse.rows(
        "SELECT count(*) FROM features.known_incidents WHERE village_code IS NOT NULL"
        " AND NOT (is_outcome AND hazard = 'conflict') AND cutoff = getvariable('published_cutoff')"
    )[0][0]
    reports = last["conflict_reports"].sum() + last["logistics_reports"].sum()
    assert last["told_besides"].sum() == pytest.approx(told + reports)
    assert last["clash_expected"].sum() == pytest.approx(last["clash_all"].sum())
    assert last["clash_expected_year"].sum() == pytest.approx(last["clash_per_year"].sum())


def test_villages_are_near_each_other_by_their_coordinates(warehouse: Warehouse) -> None:
    near = neighbourhood(warehouse)
    assert isinstance(near, NearUnits)
    assert near.weights.shape == (VILLAGES, VILLAGES)
    beside = warehouse.frame(
        "SELECT village_code, arg_min(neighbour_code, distance_km) AS nearest"
        " FROM features.neighbours GROUP BY ALL ORDER BY ALL"
    )
    row, nearest = beside["village_code"], beside["nearest"]
    codes = warehouse.frame("SELECT village_code FROM reference.villages ORDER BY ALL")
    found = codes["village_code"].gather(near.weights.toarray().argmax(axis=1).tolist())
    assert row.equals(codes["village_code"])
    assert (found == nearest).all()


def test_without_coordinates_the_villages_of_a_block_are_near_each_other(
    warehouse: Warehouse,
) -> None:
    kept = warehouse.frame("FROM reference.villages")
    try:
        nowhere = pl.lit(None, dtype=pl.Float64)
        warehouse.replace("reference.villages", kept.with_columns(lat=nowhere, lon=nowhere))
        near = neighbourhood(warehouse)
        assert isinstance(near, SameBlock)
        sizes = warehouse.frame(
            "SELECT count(*) OVER (PARTITION BY block) - 1 AS others"
            " FROM features.blocks ORDER BY village_code"
        )
        assert near.around(np.ones(VILLAGES)).tolist() == sizes["others"].to_list()
    finally:
        warehouse.replace("reference.villages", kept)


# The benchmark on simulated regions


@pytest.fixture
def benchmark(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    folder = Path(__file__).parents[1] / "benchmarks"
    monkeypatch.syspath_prepend(str(folder))
    import simulated  # the folder is no package

    yield simulated
    for name in ("simulated", "machine"):
        sys.modules.pop(name, None)


def test_the_benchmark_holds_the_published_list_against_the_truth(benchmark: ModuleType) -> None:
    found = benchmark.one_region(VILLAGES, 3, "uneven", None)
    assert {"published", "raw count", "raw decayed count", "effort_rate"} <= found[
        "spearman"
    ].keys()
    assert found["spearman"][found["model"]] == pytest.approx(found["spearman"]["published"])
    assert len(found["top_k"]) == VILLAGES
    assert sum(happened for _, happened in found["top_k"]) == 6
    for (_, is_true), (_, is_told) in zip(found["risk_true"], found["risk_told"], strict=True):
        assert 0 <= is_told <= is_true <= 1
    summary = benchmark.summary([found, found])
    assert summary["spearman"]["raw decayed count"]["gain"] == 0
    assert summary["coverage"]["all villages"]["regions"] == 2
    answer = {"villages": VILLAGES, "seeds": [3, 3], "seconds": 1.0}
    answer |= {"scenarios": {"uneven": summary}, "date": "2020-01-01"}
    answer |= {"machine": {"cores": 2, "cpu": "a machine", "python": "3.11"}}
    assert "uneven: published" in benchmark.as_text(answer)


def test_the_benchmark_can_be_told_which_candidate_to_publish(benchmark: ModuleType) -> None:
    found = benchmark.one_region(VILLAGES, 3, "default", "scorecard")
    assert found["model"] == "scorecard"
    assert found["spearman"]["scorecard"] == pytest.approx(found["spearman"]["published"])


def test_bins_hold_all_that_was_said(benchmark: ModuleType) -> None:
    said = [(0.0, 0.0), (0.05, 1.0), (1.0, 1.0), (0.04, 0.0)]
    found = benchmark.binned(said, benchmark.TOP_K_EDGES)
    assert [(b["from"], b["villages"], b["was"]) for b in found] == [
        (0.0, 2, 0.0),
        (0.05, 1, 1.0),
        (0.8, 1, 1.0),
    ]
