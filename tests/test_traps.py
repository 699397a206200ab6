"""The leakage traps: all hold as the project stands, and each fires once its guard is gone."""

from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import copytree
from typing import Any

import polars as pl
import pytest

from models.additive import TrainingSet
from models.backtest import Table
from rawan import choosing, preparation, traps
from rawan import warehouse as warehouses
from rawan.errors import GateStopped
from rawan.progress import Progress
from rawan.settings import CandidateName, Models, Settings, load_settings
from rawan.sources.fictional import write_region
from rawan.warehouse import Warehouse, open_warehouse

Sprung = dict[str, traps.Trap]


# Each trap is sprung many times here; all candidates are tried once, in a slow test.
QUICK: list[CandidateName] = [
    "decayed_count",
    "scorecard",
    "kernel_density",
    "ridge_logistic",
    "averaged",
]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Warehouse, Settings]]:
    folder = tmp_path_factory.mktemp("traps") / "region"
    settings = load_settings(write_region(folder, 200, 3))
    settings = settings.model_copy(update={"models": Models(candidates=QUICK)})
    with open_warehouse(settings) as warehouse:
        preparation.take_in(warehouse, settings, Progress(quiet=True))
        warehouse.build("features")
        yield warehouse, settings


def sprung(built: tuple[Warehouse, Settings]) -> Sprung:
    warehouse, settings = built
    found = traps.spring(warehouse, settings)
    return {trap.name: trap for trap in found}


@pytest.mark.slow
def test_no_candidate_falls_for_a_trap(built: tuple[Warehouse, Settings]) -> None:
    warehouse, settings = built
    found = sprung((warehouse, settings.model_copy(update={"models": Models()})))
    assert {name: trap.held for name, trap in found.items()} == dict.fromkeys(found, True)


def test_all_traps_hold_and_the_warehouse_is_left_as_it_was(
    built: tuple[Warehouse, Settings],
) -> None:
    before = choosing.load_table(*built).frame
    found = sprung(built)
    assert {name: trap.held for name, trap in found.items()} == {
        "shuffled": True,
        "planted": True,
        "late_rows": True,
        "random_future": True,
    }, [trap.line() for trap in found.values()]
    assert choosing.load_table(*built).frame.equals(before)


def test_without_the_guard_on_windows_that_are_not_over_shuffled_labels_are_remembered(
    built: tuple[Warehouse, Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    honest: Callable[..., TrainingSet] = Table.training

    def peeking(table: Table, today: Any) -> TrainingSet:
        return honest(table, table.frame["window_until"].max())

    monkeypatch.setattr(Table, "training", peeking)
    found = sprung(built)["shuffled"]
    assert found.held is False
    assert "memory" in found.seen


def test_without_the_gate_a_copy_of_the_label_goes_through(
    built: tuple[Warehouse, Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choosing, "refuse_leaks", lambda *_: None)
    assert sprung(built)["planted"].held is False


@pytest.mark.parametrize(
    ("file", "guard", "instead", "trap"),
    [
        ("known_incidents", "v.known_from <= c.known_by", "true", "late_rows"),
        ("known_incidents", "AND v.occurred_on < c.cutoff", "", "late_rows"),
        ("coverage", "m.known_on <= c.known_by", "m.known_on <= c.known_by + 400", "late_rows"),
        ("known_reports", "AND r.known_on <= c.known_by", "", "late_rows"),
        ("place", "p.known_on <= c.known_by", "true", "late_rows"),
    ],
)
def test_without_a_guard_in_the_sql_late_rows_change_what_was_known(
    built: tuple[Warehouse, Settings],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    file: str,
    guard: str,
    instead: str,
    trap: str,
) -> None:
    without_guard(monkeypatch, tmp_path, {file: [(guard, instead)]})
    assert sprung(built)[trap].held is False


def test_without_both_guards_a_list_finds_what_happens_by_lot(
    built: tuple[Warehouse, Settings], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    edits = [("v.known_from <= c.known_by", "true"), ("AND v.occurred_on < c.cutoff", "")]
    without_guard(monkeypatch, tmp_path, {"known_incidents": edits})
    assert sprung(built)["random_future"].held is False


def without_guard(
    monkeypatch: pytest.MonkeyPatch, folder: Path, edits: dict[str, list[tuple[str, str]]]
) -> None:
    """Let the warehouse build from a copy of the SQL in which guards are taken away."""
    sql = folder / "sql"
    copytree(warehouses.SQL, sql)
    for name, replaced in edits.items():
        path = sql / "30_features" / f"{name}.sql"
        text = path.read_text(encoding="utf-8")
        for guard, instead in replaced:
            assert guard in text, f"{name}.sql has no {guard}"
            text = text.replace(guard, instead)
        path.write_text(text, encoding="utf-8")
    monkeypatch.setattr(warehouses, "SQL", sql)


def test_the_gate_names_the_feature_and_the_way_out(built: tuple[Warehouse, Settings]) -> None:
    warehouse, settings = built
    table = choosing.load_table(warehouse, settings)
    copied = table.frame.with_columns((pl.col("outcome_count") > 0).cast(pl.Float64).alias("copy"))
    with pytest.raises(GateStopped, match=r"copy \(AUC 1\.000\).*gates\.leak_auc"):
        choosing.refuse_leaks(Table(copied), ["clash_decayed", "copy"], settings)
    choosing.refuse_leaks(table, choosing.inputs(settings, table.frame.columns), settings)
