"""The gates: failed is not raised, a hard check stops, a soft one warns, no value is told."""

import os
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from rawan.errors import CheckRaised, GateStopped
from rawan.gates import suites
from rawan.gates.checks import Suite
from rawan.gates.validate import GateReport, validate
from rawan.settings import PROJECT_ROOT, Settings
from rawan.warehouse import Warehouse, open_warehouse


def check(monkeypatch: pytest.MonkeyPatch, values: list[int | None], suite: Suite) -> GateReport:
    report = GateReport()
    settings = Settings()
    with open_warehouse(settings, ":memory:") as warehouse:
        warehouse.replace("staging.t", pl.DataFrame({"n": values}))
        monkeypatch.setitem(suites.FLOORS, "raw", lambda *_: [suite])
        try:
            validate(warehouse, settings, "raw", report)
        except GateStopped as stopped:
            report.stopped = stopped  # type: ignore[attr-defined] # told to the test alone
    return report


def suite() -> Suite:
    return Suite("staging.t", "FROM staging.t")


def test_a_hard_check_that_fails_stops_with_what_was_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    made = suite().hard("ExpectColumnValuesToNotBeNull", "n is known", "n diketahui", column="n")
    report = check(monkeypatch, [1, None, 3], made)
    stopped = report.stopped  # type: ignore[attr-defined]
    assert not isinstance(stopped, CheckRaised)
    assert "n is known (not so in 1 of 3 rows)" in str(stopped)
    assert "nothing was published" in str(stopped)


def test_a_soft_check_that_fails_only_warns(monkeypatch: pytest.MonkeyPatch) -> None:
    made = suite().soft("ExpectColumnValuesToNotBeNull", "n is known", "n diketahui", column="n")
    report = check(monkeypatch, [1, None, 3], made)
    assert not hasattr(report, "stopped")
    assert report.warnings("id") == ["staging.t: n diketahui (tidak berlaku di 1 dari 3 baris)"]


@pytest.mark.parametrize("is_hard", [True, False])
def test_a_check_that_raises_stops_under_its_own_name(
    monkeypatch: pytest.MonkeyPatch, is_hard: bool
) -> None:
    add = suite().hard if is_hard else suite().soft
    report = check(monkeypatch, [1], add("ExpectColumnValuesToNotBeNull", "-", "-", column="m"))
    assert isinstance(report.stopped, CheckRaised)  # type: ignore[attr-defined]
    assert report.findings[0].status == "raised"


def test_what_holds_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    made = suite().hard("ExpectColumnValuesToBeUnique", "-", "-", column="n")
    report = check(monkeypatch, [1, 2, 3], made)
    assert [finding.status for finding in report.findings] == ["passed"]
    assert report.warnings("en") == []


def test_the_report_tells_counts_and_never_values(monkeypatch: pytest.MonkeyPatch) -> None:
    made = suite().soft(
        "ExpectColumnValuesToBeInSet", "n is small", "n kecil", column="n", value_set=[1]
    )
    report = check(monkeypatch, [1, 424242, 424242], made)
    page = report.html("id", "<Umpama>", "SIMULASI")
    assert "424242" not in page
    assert "tidak berlaku di 2 dari 3 baris" in page
    assert "&lt;Umpama&gt;" in page
    assert "SIMULASI" in page
    assert "://" not in page


def test_every_floor_says_what_holds_in_both_languages() -> None:
    settings = Settings()
    with open_warehouse(settings, ":memory:") as warehouse:
        _prepare(warehouse)
        for floor, made in suites.FLOORS.items():
            for found in made(warehouse, settings):
                assert found.checks, f"{floor}: {found.table} checks nothing"
                assert all(c.meaning["id"] and c.meaning["en"] for c in found.checks)


def test_great_expectations_is_imported_by_the_gates_alone() -> None:
    """Its import takes seconds: no command may pay for it that does not check."""
    script = (
        "import sys, rawan.cli, rawan.preparation, rawan.publishing.explain\n"
        "sys.exit('great_expectations' in sys.modules or 'prefect' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=PROJECT_ROOT)
    assert done.returncode == 0


def test_nothing_of_the_libraries_calls_home(tmp_path: Path) -> None:
    script = (
        "import flows, os\n"
        "from rawan.gates.validate import import_library\n"
        "import_library()\n"
        "assert os.environ['GX_ANALYTICS_ENABLED'] == 'false'\n"
        "from prefect.settings import get_current_settings\n"
        "assert get_current_settings().server.analytics_enabled is False\n"
    )
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("PREFECT", "GX"))}
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=PROJECT_ROOT,
        env={**clean, "PREFECT_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def _prepare(warehouse: Warehouse) -> None:
    for table, column in {
        "reference.incident_types": "type",
        "reference.districts": "district_code",
        "reference.villages": "village_code",
        "features.cutoffs": "cutoff",
        "scores.stages": "stage",
    }.items():
        warehouse.replace(table, pl.DataFrame({column: ["x"]}))
