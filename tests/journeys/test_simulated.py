"""A fictional region, from its making to its lists: everything made from it says SIMULASI."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import openpyxl
import polars as pl
import pypdf
import pytest

from tests.journeys.conftest import ROOT, Project

InProcess = Callable[[Path], object]


def simulate(folder: Path, villages: int) -> Project:
    """Write a region with the command, as a user would."""
    command = ["simulate", "--villages", str(villages), "--seed", "1", "--out", str(folder)]
    done = subprocess.run(
        [sys.executable, "-m", "rawan", *command], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("SIMULASI")
    return Project(folder)


@pytest.fixture(scope="module")
def region(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return simulate(tmp_path_factory.mktemp("region") / "simulasi", 150)


def test_everything_made_from_it_says_simulasi(region: Project, run_in_process: InProcess) -> None:
    run_in_process(region.config)
    latest = region.out / "latest"
    assert set(pl.read_parquet(latest / "ranking.parquet")["data_origin"]) == {"SIMULASI"}
    for path in (latest / "ranking.csv", *(latest / "polsek").glob("*.csv")):
        rows = pl.read_csv(path, infer_schema=False)
        assert set(rows["data_origin"]) == {"SIMULASI"}, path.name
    features = json.loads((latest / "ranking.geojson").read_text(encoding="utf-8"))["features"]
    assert {feature["properties"]["data_origin"] for feature in features} == {"SIMULASI"}
    for sheet in openpyxl.load_workbook(latest / "ranking.xlsx").worksheets:
        assert "SIMULASI" in str(sheet["A1"].value), sheet.title
    for name in ("brief.pdf", *(f"polsek/{pdf.name}" for pdf in (latest / "polsek").glob("*.pdf"))):
        pages = pypdf.PdfReader(latest / name).pages
        assert all("SIMULASI" in page.extract_text() for page in pages), name
    for name in ("index.html", "gates.html", "model_card.md", "manifest.json"):
        assert "SIMULASI" in (latest / name).read_text(encoding="utf-8"), name
    explained = region.rawan("explain", "99.01.01.2001")
    assert "SIMULASI" in explained.out, explained.err


def test_no_real_village_stands_in_it(region: Project) -> None:
    real = pl.read_csv(ROOT / "data/reference/villages.csv", infer_schema=False)
    made = pl.read_csv(region.folder / "reference" / "villages.csv", infer_schema=False)
    assert not set(real["village_code"]) & set(made["village_code"])
    assert not set(real["village"].str.to_lowercase()) & set(made["village"].str.to_lowercase())


def test_the_backtest_holds_the_ranking_against_the_truth(region: Project) -> None:
    # A few candidates: all of them are compared elsewhere.
    few = '["decayed_count", "scorecard", "ridge_logistic"]'
    done = region.here("backtest", "--json", RAWAN_MODELS__CANDIDATES=few)
    assert done.code == 0, done.err
    answer = json.loads(done.out)
    assert answer["truth"]["spearman"] > 0.2
    assert {"decayed_count", "scorecard", "ridge_logistic", "published"} <= set(answer)
    assert answer["k"] == 15
    capture = answer["decayed_count"]["capture"]
    assert capture["low"] <= capture["value"] <= capture["high"]
    shown = region.here("backtest", "--lang", "en", RAWAN_MODELS__CANDIDATES=few).out
    assert "rank correlation of the score with the true risk" in shown


def test_misspelt_names_are_placed_and_the_rest_is_told(region: Project) -> None:
    answer = json.loads(region.rawan("ingest", "--json").out)
    incidents = answer["fates"]["incidents"]
    assert incidents["placed"] > 0.95 * sum(incidents.values())
    assert len(answer["quarantine"]) == sum(
        kind["quarantined"] for kind in answer["fates"].values()
    )


def test_a_folder_that_is_not_its_own_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    done = subprocess.run(
        [sys.executable, "-m", "rawan", "simulate", "--out", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert (tmp_path / "mine.txt").exists()


@pytest.mark.slow
@pytest.mark.timeout(3600)  # 7 minutes on two idle cores
def test_five_thousand_villages(tmp_path: Path, prefect_server: dict[str, str]) -> None:
    made = simulate(tmp_path / "simulasi", 5000)
    region = Project(made.folder, prefect_server)
    done = region.rawan("run", "--json", patience=1500)
    assert done.code == 0, done.err
    ranking = pl.read_parquet(region.out / "latest" / "ranking.parquet")
    assert ranking.group_by("hazard", "stage").len()["len"].to_list() == [5000] * 4
    assert ranking.filter(pl.col("hazard") == "conflict")["model_beats_baseline"].all()
    truth = json.loads(region.rawan("backtest", "--json", patience=1500).out)["truth"]
    assert truth["spearman"] > truth["spearman_baseline"] > 0.4
