"""The folder that `rawan simulate` writes, as a pipeline and its user meet it."""

import csv
import hashlib
import json
import tomllib
from datetime import date, datetime
from pathlib import Path

import numpy as np
import openpyxl
import polars as pl
import pytest

from rawan.errors import RawanError
from rawan.settings import load_settings
from rawan.sources.fictional import write_region
from rawan.sources.fictional_hazards import TYPES
from rawan.sources.fictional_names import misspell

N = 400


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_region(tmp_path_factory.mktemp("region"), N, seed=7).parent


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def sheet(path: Path) -> list[dict[str, object]]:
    rows = list(openpyxl.load_workbook(path).active.iter_rows(values_only=True))
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]


def incidents(folder: Path) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    rows.extend({**row} for row in table(folder / "inbox" / "insiden-lama.csv"))
    rows.extend(sheet(folder / "inbox" / "insiden-baru.xlsx"))
    return rows


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_same_seed_writes_the_same_bytes_and_another_seed_others(
    folder: Path, tmp_path: Path
) -> None:
    write_region(tmp_path / "again", N, seed=7)
    write_region(tmp_path / "other", N, seed=8)
    assert digests(tmp_path / "again") == digests(folder)
    other = digests(tmp_path / "other")
    for name in ("truth.parquet", "inbox/insiden-baru.xlsx", "reference/villages.csv"):
        assert other[name] != digests(folder)[name]


def test_the_configuration_loads_from_anywhere(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = load_settings(folder / "rawan.toml")
    assert settings.region.data_origin == "SIMULASI"
    assert "Simulasi" in settings.region.name
    assert settings.region.expected_villages == N
    assert settings.region.reference.is_dir()
    assert settings.inputs.inbox.is_dir()
    assert not settings.inputs.use_public_record
    for path in (settings.warehouse.path, settings.warehouse.key_file, settings.output.folder):
        assert path.is_relative_to(folder)


def test_the_calendar_holds_the_election_and_the_stages_that_are_published(folder: Path) -> None:
    settings = load_settings(folder / "rawan.toml")
    calendar = tomllib.loads((folder / "reference" / "calendar.toml").read_text(encoding="utf-8"))
    elections = {election["id"]: election for election in calendar["elections"]}
    stages = {stage["id"]: stage for stage in elections[settings.calendar.election]["stages"]}
    assert {name for rule in settings.publish for name in rule.stages} <= set(stages)
    assert stages["recap"]["start"] == date(2024, 11, 27)
    assert all("SIMULASI" in election["name_id"] for election in elections.values())


def test_only_clashes_are_outcomes_of_conflict(folder: Path) -> None:
    hazards = tomllib.loads((folder / "reference" / "hazards.toml").read_text(encoding="utf-8"))
    assert [hazard["id"] for hazard in hazards["hazards"]] == ["conflict", "logistics"]
    for name, kind in hazards["types"].items():
        assert (kind["hazard"] == "conflict") == (kind["group"] == "clash"), name
        assert kind["outcome"] == (kind["hazard"] != "")
    written = {row["jenis"] for row in incidents(folder)}
    assert written <= set(hazards["types"]) == set(TYPES)


def test_codes_are_valid_unique_and_the_same_in_every_table(folder: Path) -> None:
    villages = table(folder / "reference" / "villages.csv")
    codes = [row["village_code"] for row in villages]
    assert len(set(codes)) == len({row["bps_code"] for row in villages}) == N
    assert all(row["village_code"].startswith(row["district_code"] + ".2") for row in villages)
    assert {row["village_code"] for row in table(folder / "reference" / "geography.csv")} == set(
        codes
    )
    stations = table(folder / "reference" / "polling_stations.csv")
    assert len(stations) == 2 * N
    assert {row["village_code"] for row in stations} == set(codes)
    districts = {row["district_code"] for row in villages}
    for name in ("districts", "polsek"):
        listed = [row["district_code"] for row in table(folder / "reference" / f"{name}.csv")]
        assert sorted(listed) == sorted(districts)
    assert set(pl.read_parquet(folder / "truth.parquet")["village_code"]) == set(codes)


def test_names_repeat_across_kecamatan_but_never_within_one(folder: Path) -> None:
    villages = table(folder / "reference" / "villages.csv")
    names = [row["village"] for row in villages]
    repeated = sum(names.count(name) > 1 for name in names)
    assert 0.015 < repeated / N < 0.045
    assert len({(row["district_code"], row["village"]) for row in villages}) == N
    assert all("Simulasi" in row["district"] for row in villages)


def test_about_eight_percent_of_names_are_misspelt(folder: Path) -> None:
    known = {
        (row["district"], row["village"]) for row in table(folder / "reference" / "villages.csv")
    }
    named = [row for row in incidents(folder) if row["desa"]]
    wrong = [
        row for row in named if (row["kecamatan"], str(row["desa"]).split("; ")[0]) not in known
    ]
    assert 0.05 < len(wrong) / len(named) < 0.11


def test_misspelling_always_changes_the_name() -> None:
    rng = np.random.default_rng(1)
    for name in ("Vomara", "Xaxa", "Zefika Lovi", "Vv Aa"):
        assert all(misspell(name, rng) != name for _ in range(200))


def test_few_rows_are_past_use_and_some_are_coarse(folder: Path) -> None:
    rows = incidents(folder)

    def usable(row: dict[str, object]) -> bool:
        day = row["tanggal"]
        if isinstance(day, datetime):
            return True
        for form in ("%Y-%m-%d", "%Y-%m"):
            try:
                datetime.strptime(str(day), form)  # noqa: DTZ007 -- only whether it parses
            except ValueError:
                continue
            return True
        return False

    lost = [row for row in rows if not usable(row) or not row["kecamatan"]]
    assert 0 < len(lost) < 0.01 * len(rows) + 3
    assert any(len(str(row["tanggal"])) == len("2016-05") for row in rows)
    assert any(row["kecamatan"] and not row["desa"] for row in rows)
    assert any("; " in str(row["desa"]) for row in rows)


def test_only_what_was_told_before_the_cutoff_arrives(folder: Path) -> None:
    rows = incidents(folder)
    days = [row["tanggal"] for row in rows if isinstance(row["tanggal"], datetime)]
    assert max(days).date() < date(2024, 11, 20)
    outcomes = table(folder / "outcomes.csv")
    assert min(row["occurred_on"] for row in outcomes) >= "2024-11-20"


def test_reports_carry_grades_and_nothing_of_the_truth(folder: Path) -> None:
    lines = (folder / "inbox" / "laporan.jsonl").read_text(encoding="utf-8").splitlines()
    reports = [json.loads(line) for line in lines]
    assert {report["nilai_sumber"] for report in reports} == set("ABCDEF")
    assert {report["nilai_informasi"] for report in reports} == set("123456")
    keys = "nomor tanggal tanggal_diketahui jenis kecamatan desa nilai_sumber nilai_informasi isi"
    assert all(list(report) == keys.split(" ") for report in reports)


def test_every_csv_has_a_sidecar_that_says_simulasi_and_matches(folder: Path) -> None:
    for path in folder.rglob("*.csv"):
        sidecar = tomllib.loads(path.with_name(f"{path.name}.meta.toml").read_text("utf-8"))
        assert "SIMULASI" in sidecar["description"]
        assert sidecar["rows"] == len(table(path))
        assert sidecar["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
        assert sidecar["sources"][0]["terms"] == "invented"


def test_votes_of_a_village_add_up(folder: Path) -> None:
    rows = pl.read_csv(folder / "reference" / "results.csv")
    sums = rows.group_by("election", "level", "village_code", "district_code").agg(
        pl.col("votes").sum(), pl.col("valid_votes", "invalid_votes", "voters").first()
    )
    assert (sums["votes"] == sums["valid_votes"]).all()
    assert (sums["valid_votes"] + sums["invalid_votes"] <= sums["voters"]).all()
    assert (rows["votes"] >= 0).all()


def test_a_folder_of_someone_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "laporan.docx").write_text("mine", encoding="utf-8")
    with pytest.raises(RawanError, match="not empty"):
        write_region(tmp_path, 20, seed=1)
    (tmp_path / "SIMULASI.txt").write_text("my own notes", encoding="utf-8")
    with pytest.raises(RawanError, match="not empty"):
        write_region(tmp_path, 20, seed=1)
    assert (tmp_path / "laporan.docx").read_text(encoding="utf-8") == "mine"


def test_a_simulated_folder_is_replaced_whole(tmp_path: Path) -> None:
    write_region(tmp_path, 40, seed=1)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "old.csv").write_text("stale", encoding="utf-8")
    write_region(tmp_path, 20, seed=2)
    assert not (tmp_path / "out").exists()
    assert len(table(tmp_path / "reference" / "villages.csv")) == 20
    assert "--villages 20 --seed 2" in (tmp_path / "SIMULASI.txt").read_text(encoding="utf-8")


def test_what_cannot_be_drawn_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    for n_villages, seed, message in (
        (19, 1, "at least 20"),
        (20, -1, "0 or more"),
        (10**6, 1, "fit"),
    ):
        with pytest.raises(RawanError, match=message):
            write_region(tmp_path / "new", n_villages, seed)
    assert not (tmp_path / "new").exists()
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(RawanError, match="is a file"):
        write_region(tmp_path / "file", 20, seed=1)
