"""The gates: failed is not raised, a hard check stops, a soft one warns, no value is told."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from rawan.errors import CheckRaised, GateStopped
from rawan.gates import suites
from rawan.gates.checks import Suite
from rawan.gates.validate import GateReport, validate
from rawan.settings import PROJECT_ROOT, Settings
from rawan.warehouse import Warehouse, open_warehouse

Bench = Any  # see conftest.py


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
        "import sys, rawan.cli, rawan.preparation, rawan.publishing.reasons.explain\n"
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


# What the suites ask of the data


def totals(bench: Bench, villages: int) -> None:
    (bench.folder / "reference" / "totals.toml").write_text(
        f'[[totals]]\ntable = "villages"\nmeasure = "rows"\nexpected = {villages}\n'
        'source = "invented"\n[[totals]]\ntable = "polling_stations"\nmeasure = "tps"\n'
        'where = {election = "pemilu2019"}\nexpected = 20\nsource = "invented"\n',
        encoding="utf-8",
    )


def test_a_village_that_is_missing_stops_the_run_by_its_known_total(
    bench: Bench, warehouse: Warehouse, settings: Settings
) -> None:
    totals(bench, villages=8)
    bench.reference(
        "polsek",
        (
            {"district_code": f"99.99.0{i}", "polsek": f"Polsek {i}", "assumed": "true"}
            for i in (1, 2, 3)
        ),
    )
    bench.load(warehouse)
    validate(warehouse, settings, "raw", GateReport())
    assert warehouse.rows("SELECT observed, expected FROM reference.totals ORDER BY ALL") == [
        (8, 8),
        (20, 20),
    ]
    file = bench.folder / "reference" / "villages.csv"
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    file.write_text("".join(lines[:-1]), encoding="utf-8")
    bench.load(warehouse)
    report = GateReport()
    with pytest.raises(GateStopped, match="each table adds up to its known total"):
        validate(warehouse, settings, "raw", report)
    (stopped,) = [f for f in report.findings if f.status == "failed" and f.is_hard]
    assert stopped.detail["en"] == "not so in 1 of 2 rows"


STATIONS = "polling stations of its villages add up"


def test_polling_stations_that_do_not_add_up_to_the_official_number_warn(
    bench: Bench, warehouse: Warehouse, settings: Settings
) -> None:
    official = {"election": "contoh2020", "tps": 6, "known_on": "2019-12-01"}
    districts: list[dict[str, object]] = [
        {"district_code": "99.99.02"},
        {"district_code": "99.99.03", "tps": 4},
    ]
    bench.reference("polling_stations", [official | district for district in districts])
    bench.load(warehouse)
    days = {"pemilu": "contoh2020", "tanggal_diketahui": "2019-12-02"}

    def warnings(*counts: int) -> list[str]:
        rows = [
            days | {"kode_desa": f"99.99.02.200{i}", "jumlah_tps": count}
            for i, count in enumerate(counts, 1)
        ]
        rows.append(days | {"kode_desa": "99.99.03.2001", "jumlah_tps": 4})
        bench.stage(warehouse, {"tps.csv": rows})
        report = GateReport()
        validate(warehouse, settings, "staging", report)
        return report.warnings("en")

    assert not any(STATIONS in warning for warning in warnings(1, 2, 3))
    assert not any(STATIONS in warning for warning in warnings(1, 2))  # one village is unknown
    (warning,) = [warning for warning in warnings(2, 2, 3) if STATIONS in warning]
    assert warning.startswith("staging.polling_stations: ")


def test_a_row_taken_away_behind_its_back_stops_the_run(
    bench: Bench, warehouse: Warehouse, settings: Settings
) -> None:
    row = {"tanggal": "2019-01-01", "tanggal_diketahui": "2019-01-02", "jenis": "bentrok"}
    here = row | {"kode_desa": "99.99.01.2001"}
    bench.stage(warehouse, {"insiden.csv": [here, here | {"tanggal": "2019-02-01"}]})
    report = GateReport()
    validate(warehouse, settings, "staging", report)
    # Known before it happened: possible, but worth a word.
    assert [w for w in report.warnings("id") if "diketahui sebelum terjadi" in w]
    warehouse.execute("DELETE FROM staging.read_incidents WHERE row_id & 4294967295 = 3")
    warehouse.build("staging")
    with pytest.raises(GateStopped, match=r"placed \+ excluded \+ quarantined = input"):
        validate(warehouse, settings, "staging", GateReport())


def test_many_rows_in_quarantine_warn(
    bench: Bench, warehouse: Warehouse, settings: Settings
) -> None:
    row = {"tanggal": "2019-01-01", "tanggal_diketahui": "2019-01-02", "jenis": "bentrok"}
    here = row | {"kode_desa": "99.99.01.2001"}
    bench.place(warehouse, {"insiden.csv": [here, here | {"tanggal": "kemarin"}]})
    warehouse.build("staging")
    report = GateReport()
    validate(warehouse, settings, "staging", report)
    assert [w for w in report.warnings("en") if "at most 5% of the rows are in quarantine" in w]


def _prepare(warehouse: Warehouse) -> None:
    for table, column in {
        "reference.incident_types": "type",
        "reference.districts": "district_code",
        "reference.villages": "village_code",
        "features.cutoffs": "cutoff",
        "scores.stages": "stage",
    }.items():
        warehouse.replace(table, pl.DataFrame({column: ["x"]}))
