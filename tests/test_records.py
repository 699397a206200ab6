"""A record of units and incidents stands in the place of a region, and its mistakes are named."""

import random
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from rawan import features, proof, records
from rawan.errors import RawanError
from rawan.progress import Progress
from rawan.record_files import read_record
from rawan.settings import load_settings
from rawan.warehouse import open_warehouse

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


def filled(folder: Path, units: list[str]) -> tuple[pl.DataFrame, records.Notes]:
    """Return the features of a record, and its notes."""
    (folder / "record").mkdir()
    (folder / "record" / "units.csv").write_text("\n".join(units) + "\n", encoding="utf-8")
    (folder / "record" / "incidents.csv").write_text("\n".join(incidents()), encoding="utf-8")
    (folder / "other.toml").write_text(CONFIG, encoding="utf-8")
    settings = load_settings(folder / "other.toml")
    assert settings.record.folder is not None
    files = read_record(settings.record.folder, settings.record.types, settings.limits)
    settings = records.fitted(settings, files)
    with open_warehouse(settings, ":memory:") as warehouse:
        notes = records.fill(warehouse, settings, files)
        warehouse.build("features")
        return warehouse.frame("FROM features.village_cutoff"), notes


def test_a_covariate_known_of_half_the_units_is_a_feature_with_a_flag(tmp_path: Path) -> None:
    head = "unit_code,unit,parent_code,lat,lon,Rain (mm),half,rare,same,words,rain_mm,huge"
    rows = [
        f"u{n:02},Unit {n},,,,{100 + n},{n if n < 15 else ''},{n if n < 14 else 'NA'},7,"
        f"{'wet' if n else 3},{n},{n}e20"
        for n in range(30)
    ]
    frame, notes = filled(tmp_path, [head, *rows])
    assert sorted(n for n in frame.columns if "covariate" in n) == [
        "covariate_half",
        "covariate_rain_mm",
        "is_covariate_half_missing",
        "is_covariate_rain_mm_missing",
    ]
    assert {"covariate_half", "covariate_rain_mm"} <= set(features.learned(frame.columns))
    now = frame.filter(pl.col("cutoff") == date(2019, 12, 1)).sort("village_code")
    assert now["covariate_rain_mm"].to_list() == [100 + n for n in range(30)]
    assert now["covariate_half"].to_list() == [*range(15), *[7] * 15]
    assert now["is_covariate_half_missing"].sum() == 15
    assert not now["is_covariate_rain_mm_missing"].any()
    told = "\n".join(notes.remarks)
    for column, why in {
        "rare": "it is known of 14 of 30 units only",
        "same": "it says the same of every unit",
        "words": '"wet" is not a number',
        "rain_mm": 'its name differs from "Rain (mm)" only in signs or capitals',
        "huge": "it holds numbers beyond 1e+15",
    }.items():
        assert f'column "{column}": {why}: the column is left out.' in told
    assert "these columns are features, known at every cutoff" in told
    assert not {"covariates", "covariate_*"} & set(notes.not_applicable)


def test_a_record_without_places_switches_off_what_needs_them(tmp_path: Path) -> None:
    frame, notes = filled(tmp_path, UNITS)
    gone = {"around_*", "near_*", "district_*", "border_*", "margin", "season_wet_share"}
    assert gone | {"report_*", "covariate_*", "tps_count"} <= set(notes.not_applicable)
    for key in notes.not_applicable:
        stem = key.removesuffix("*")
        for name in frame.columns:
            if name == key or (stem != key and name.startswith(stem)):
                assert frame[name].drop_nulls().n_unique() <= 1, name
    assert frame["clash_trend"].n_unique() > 10


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
