"""A record of units and incidents stands in the place of a region, and its mistakes are named."""

import random
from datetime import date, timedelta
from pathlib import Path

import pytest

from rawan import proof
from rawan.errors import RawanError
from rawan.progress import Progress
from rawan.settings import load_settings

CONFIG = """
config_version = 1
[record]
folder = "record"
types = ["riots"]
[calendar]
cutoff = 2019-12-01
window = "6mo"
test_from = 2017-01-01
"""
UNITS = ["unit_code,unit,parent_code,lat,lon", *(f"u{n:02},Unit {n},,," for n in range(30))]


def incidents() -> list[str]:
    """Return riots that come back to the same five units, and a protest now and then."""
    draw = random.Random(1)
    rows = ["unit_code,occurred_on,known_on,type,count,note"]
    day = date(2014, 1, 5)
    while day < date(2019, 12, 20):
        unit = draw.randrange(5) if draw.random() < 0.7 else draw.randrange(30)
        kind = "riots" if draw.random() < 0.7 else "protests"
        rows.append(f"u{unit:02},{day},{day + timedelta(days=3)},{kind},{draw.randrange(1, 3)},x")
        day += timedelta(days=draw.randrange(5, 20))
    return rows


def asked(
    folder: Path, units: list[str], rows: list[str], config: str = CONFIG, with_traps: bool = False
) -> proof.Tested:
    (folder / "record").mkdir(exist_ok=True)
    (folder / "record" / "units.csv").write_text("\n".join(units) + "\n", encoding="utf-8")
    (folder / "record" / "incidents.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    (folder / "other.toml").write_text(config, encoding="utf-8")
    return proof.backtest(load_settings(folder / "other.toml"), Progress(quiet=True), with_traps)


def test_a_record_is_backtested_and_says_what_it_lacks(tmp_path: Path) -> None:
    answer = asked(tmp_path, UNITS, incidents()).as_json()
    assert answer["cutoffs"] == 5
    assert answer["k"] == 3
    assert answer["types"] == ["riots"]
    assert answer["decayed_count"]["auc"]["value"] > 0.6, "riots come back to the same units"
    assert {"coordinates", "parents", "covariates", "reports"} <= set(answer["not_applicable"])


def test_the_traps_hold_on_a_record_whose_blocks_are_not_its_parents(tmp_path: Path) -> None:
    traps = asked(tmp_path, UNITS, incidents(), with_traps=True).traps
    assert [trap.held for trap in traps] == [True] * 4, [trap.line() for trap in traps]


def test_cutoffs_before_voting_days(tmp_path: Path) -> None:
    days = 'voting_days = [2017-06-14, 2018-06-27, 2019-04-17]\nlead_days = 7\nwindow = "60d"'
    answer = asked(tmp_path, UNITS, incidents(), CONFIG.replace('window = "6mo"', days)).as_json()
    assert answer["cutoffs"] + len(answer["skipped"]) == 3


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("u99,2015-01-01,2015-01-02,riots,1,x", "u99"),
        ("u01,2015-13-01,2015-01-02,riots,1,x", "2015-13-01"),
        ("u01,2015-01-01,2015-01-02,riots,-1,x", "-1"),
        ("u01,2015-01-01,2015-01-02,riots,1.5,x", "1.5"),
    ],
)
def test_a_mistake_names_its_file_row_and_value(tmp_path: Path, row: str, told: str) -> None:
    rows = [*incidents(), row]
    with pytest.raises(RawanError) as caught:
        asked(tmp_path, UNITS, rows)
    message = str(caught.value)
    assert "incidents.csv" in message
    assert str(len(rows)) in message
    assert told in message


def test_a_unit_that_stands_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RawanError, match=r"units\.csv.*u01"):
        asked(tmp_path, [*UNITS, "u01,Again,,,"], incidents())


def test_a_cutoff_after_the_records_end_is_refused_with_the_day_to_set(tmp_path: Path) -> None:
    with pytest.raises(RawanError, match=r"2021-01-01 lies after the end .* Set it to 2019-12-19"):
        asked(tmp_path, UNITS, incidents(), CONFIG.replace("2019-12-01", "2021-01-01"))
