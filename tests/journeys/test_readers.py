"""What people do with a published run: three audiences, approval, verification, a query."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from tests.journeys.conftest import Done, Project

AUDIENCES = {"partner": "out", "planner": "out-planner", "intel": "out-intel"}


@pytest.fixture(scope="module")
def told(first_run: tuple[Project, Done], tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A copy of the first run, published for all three audiences."""
    copied = first_run[0].copied(tmp_path_factory.mktemp("readers") / "copy")
    done = copied.here("publish", *(word for name in AUDIENCES for word in ("--audience", name)))
    assert done.code == 0, done.err
    return copied


@pytest.fixture
def own(told: Project, tmp_path: Path) -> Project:
    return told.copied(tmp_path / "own")


def test_the_same_run_for_three_audiences(told: Project) -> None:
    lists = {
        name: pl.read_parquet(told.folder / folder / "latest" / "ranking.parquet")
        for name, folder in AUDIENCES.items()
    }
    assert {frame["run_id"][0] for frame in lists.values()} == {told.kept.name}
    assert lists["planner"].columns == lists["intel"].columns
    lacking = set(lists["intel"].columns) - set(lists["partner"].columns)
    assert lacking == {"reports_used", "override_reason", "override_by"}
    shared = ["hazard", "stage", "village_code", "rank", "rank_low", "rank_high"]
    assert lists["partner"].select(shared).equals(lists["intel"].select(shared))
    for name, folder in AUDIENCES.items():
        manifest = json.loads((told.folder / folder / "latest" / "manifest.json").read_text())
        assert manifest["audience"] == name


def test_a_list_is_a_draft_until_somebody_approves_it(own: Project) -> None:
    page = own.out / "latest" / "index.html"
    assert "DRAF" in page.read_text(encoding="utf-8")
    done = own.here("approve", "latest", "--as", "Kabag Ops Rekaan")
    assert done.code == 0, done.err
    manifests = [
        json.loads((own.folder / folder / "latest" / "manifest.json").read_text())
        for folder in AUDIENCES.values()
    ]
    assert {(m["status"], m["issue"]) for m in manifests} == {("approved", 2)}
    assert "Kabag Ops Rekaan" in page.read_text(encoding="utf-8")
    for folder in AUDIENCES.values():
        verified = own.here("verify", str(own.folder / folder))
        assert verified.code == 0, verified.out


def test_a_changed_byte_is_found_and_which(own: Project) -> None:
    file = own.out / own.kept.name / "polsek" / "polsek-natar.csv"
    content = bytearray(file.read_bytes())
    content[100] ^= 1
    file.write_bytes(bytes(content))
    done = own.here("verify", str(own.out), "--lang", "en")
    assert done.code == 1
    assert "polsek/polsek-natar.csv" in done.out


def test_an_analyst_asks_in_sql_what_the_audience_may_read(own: Project) -> None:
    query = "SELECT count(*) AS n, max(rank) AS last FROM ranking WHERE hazard = 'conflict'"
    done = own.here("sql", query, "--json")
    assert done.code == 0, done.err
    assert json.loads(done.out)[0]["n"] == 780
    assert own.here("sql", "SELECT reports_used FROM ranking").code == 1
    assert own.here("sql", "SELECT reports_used FROM ranking", "--audience", "intel").code == 0
    assert own.here("sql", "SELECT * FROM read_csv('/etc/passwd')").code == 1


def test_two_runs_are_held_beside_each_other(
    own: Project, run_in_process: Callable[..., object]
) -> None:
    record = own.folder / "data/reference/record/incidents.csv"
    early = (
        "X-1,E-x-1,2024-11-01,2024-11-20,bentrok_warga,,,,Lampung Selatan,,,18.01.04.2001,,,,,\n"
    )
    before = own.kept.name
    record.write_text(record.read_text(encoding="utf-8") + early, encoding="utf-8")
    run_in_process(own.config)
    after = own.kept.name
    assert after != before
    done = own.here("diff", "--runs", before, after, "--lang", "en")
    assert done.code == 0, done.err
    assert "Hajimena" in done.out
    assert "incidents.csv" in done.out


def test_the_gate_report_opens_with_a_plain_summary(told: Project) -> None:
    done = told.here("report-data")
    assert done.code == 0, done.err
    assert "Diperbaiki oleh" in done.out
    assert str(told.out / "latest" / "gates.html") in done.out


def test_a_run_that_is_not_kept_is_told(own: Project) -> None:
    shutil.rmtree(own.kept)
    done = own.here("publish", "--audience", "planner")
    assert done.code == 1
    assert "is gone" in done.err
