"""The benchmark of skill on a record: the table that anyone can ask for, on files of their own."""

import json
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rawan.settings import PROJECT_ROOT

MEASURES = {
    "auc",
    "ap",
    "precision_at_10pct",
    "capture_at_10pct",
    "ceiling_at_10pct",
    "onset_auc",
}


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write forty units of which some are always worse, without coordinates."""
    folder = tmp_path_factory.mktemp("skill") / "record"
    folder.mkdir()
    random = np.random.default_rng(3)
    rate = random.gamma(0.5, 0.02, 40)
    rows = ["unit_code,occurred_on,known_on,type,count"]
    for week in range(8 * 52):
        day = date(2012, 1, 1) + timedelta(weeks=week)
        for unit in np.flatnonzero(random.random(40) < 7 * rate):
            kind = "riots" if random.random() < 0.6 else "protests"
            rows.append(f"u{unit:02},{day},{day + timedelta(days=2)},{kind},1")
    units = ["unit_code,unit,parent_code,lat,lon", *(f"u{n:02},Unit {n},,," for n in range(40))]
    (folder / "units.csv").write_text("\n".join(units) + "\n", encoding="utf-8")
    (folder / "incidents.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return folder


def asked(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "benchmarks/skill.py", *arguments],
        cwd=PROJECT_ROOT,
        capture_output=True,
        text=True,
    )


def answer(record: Path, *more: str) -> dict[str, Any]:
    done = asked(str(record), "--types", "riots", "--json", *more)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_every_candidate_and_what_is_published_has_every_measure(record: Path) -> None:
    found = answer(record, "--horizon", "6mo", "--every", "6mo", "--first-cutoff", "2016-01-01")
    # The record ends some days before 2020, so the last window that it covers begins in January.
    assert found["tested"][0] == "2016-01-01"
    assert found["tested"][-1] == "2019-01-01"
    assert found["cutoffs"] == 7
    assert found["k"] == 4
    for name in ("published", "published_in_turn", "decayed_count", "ridge_logistic", "averaged"):
        assert set(found[name]) == MEASURES, name
        for measure, figure in found[name].items():
            assert figure["low"] <= figure["high"], (name, measure)
    assert found["published"] == found[found["model"]]
    assert found["decayed_count"]["auc"]["value"] > 0.6  # some units are always worse
    capture, ceiling = (found["published"][f"{m}_at_10pct"] for m in ("capture", "ceiling"))
    assert capture["value"] <= ceiling["value"]


def test_elections_at_irregular_days_are_a_calendar_too(record: Path) -> None:
    days = ["2016-03-09", "2017-02-15", "2018-06-27", "2019-04-17"]
    found = answer(
        record,
        *("--horizon", "90d", "--every", "90d", "--first-cutoff", "2016-01-01"),
        *("--voting-days", ",".join(days), "--lead-days", "14"),
    )
    assert found["tested"] == [str(date.fromisoformat(day) - timedelta(days=14)) for day in days]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--types", "riot", "--first-cutoff", "2016-01-01"), "riot"),
        (("--types", "riots", "--first-cutoff", "2030-01-01"), "2030"),
        (("--types", "riots", "--first-cutoff", "2011-01-01"), "2011"),
        (("--types", "riots", "--first-cutoff", "2016-01-01", "--every", "soon"), "soon"),
    ],
)
def test_what_cannot_be_asked_is_told_in_a_sentence(
    record: Path, arguments: tuple[str, ...], told: str
) -> None:
    done = asked(str(record), *arguments)
    assert done.returncode != 0
    assert told in done.stderr
    assert "Traceback" not in done.stderr
