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
from rawan.sources.fictional_names import misspelt

N = 400
PARTS = ("lama", "baru", "media")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_region(tmp_path_factory.mktemp("region"), N, seed=7).parent


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As many incidents a village as a benchmark has, in CSV."""
    return write_region(tmp_path_factory.mktemp("large"), N, 7, 20_000, 3000, "csv").parent


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


def test_a_misspelling_is_one_small_slip() -> None:
    written = set(misspelt(pl.Series(["Zefika Lovi"] * 2000), np.random.default_rng(1)))
    assert {"Zefikalovi", "Ds. Zefika Lovi", "zefika lovi", "ZEFIKA LOVI"} <= written
    rest = {name for name in written if name.startswith("Z") and " " in name} - {"ZEFIKA LOVI"}
    assert {len(name) for name in rest} == {len("Zefika Lovi") - 1, len("Zefika Lovi") + 1}


def test_misspelling_always_changes_the_name() -> None:
    rng = np.random.default_rng(1)
    for name in ("Vomara", "Xaxa", "Zefika Lovi", "Vv Aa", "vu xo fa", "Abc"):
        written = misspelt(pl.Series([name] * 500), rng)
        assert (written != name).all()
        assert written.n_unique() > 5


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


def test_how_much_is_told_is_a_choice(folder: Path, tmp_path: Path) -> None:
    rates = {}
    for reporting in ("uneven", "even"):
        config = write_region(tmp_path / reporting, 60, seed=7, reporting=reporting)
        truth = pl.read_parquet(config.parent / "truth.parquet")
        rates[reporting] = truth["reporting_rate"].unique().sort().to_list()
        assert f"--reporting {reporting}" in (config.parent / "SIMULASI.txt").read_text("utf-8")
    assert rates["uneven"] == pytest.approx([1 / 3, 1], abs=1e-4)
    assert min(rates["even"]) >= 0.8
    assert "--reporting" not in (folder / "SIMULASI.txt").read_text("utf-8")
    with pytest.raises(RawanError, match="--reporting some: must be one of default, uneven, even"):
        write_region(tmp_path / "some", 60, seed=7, reporting="some")


def test_only_what_was_told_before_the_cutoff_arrives(folder: Path) -> None:
    rows = incidents(folder)
    days = [row["tanggal"] for row in rows if isinstance(row["tanggal"], datetime)]
    assert max(days).date() < date(2024, 11, 20)
    outcomes = table(folder / "outcomes.csv")
    assert min(row["occurred_on"] for row in outcomes) >= "2024-11-20"


def test_what_was_told_afterwards_stays_out_of_the_inbox(folder: Path) -> None:
    rows = table(folder / "afterwards" / "insiden-sesudah.csv")
    told = [row for row in table(folder / "outcomes.csv") if row["reported"] == "true"]
    assert len({row["sumber_url"] for row in rows if "/insiden/" in row["sumber_url"]}) == len(told)
    whole = [
        row["tanggal"] for row in rows if len(row["tanggal"]) == 10 and "/" not in row["tanggal"]
    ]
    assert whole
    assert min(whole) >= "2024-11-20"
    before = {row["sumber_url"] for row in incidents(folder)}
    assert not before & {row["sumber_url"] for row in rows}


def reports(folder: Path) -> list[dict[str, str]]:
    lines = (folder / "inbox" / "laporan.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def test_reports_carry_grades_and_nothing_of_the_truth(folder: Path) -> None:
    assert {report["nilai_sumber"] for report in reports(folder)} == set("ABCDEF")
    assert {report["nilai_informasi"] for report in reports(folder)} == set("123456")
    keys = "nomor tanggal tanggal_diketahui jenis kecamatan desa nilai_sumber nilai_informasi isi"
    assert all(list(report) == keys.split(" ") for report in reports(folder))


def test_reports_are_sentences_that_differ_and_some_say_the_place_there_alone(
    large: Path,
) -> None:
    rows = pl.read_csv(large / "inbox" / "laporan.csv", infer_schema=False)
    assert rows["isi"].str.starts_with("SIMULASI. ").all()
    assert set(rows["isi"].str.count_matches(". ", literal=True)) == {1, 2, 3}
    assert rows["isi"].n_unique() > 0.95 * rows.height
    text_only = rows.filter(pl.col("desa").is_null())
    assert text_only["kecamatan"].is_null().all()
    assert text_only["isi"].str.contains("di Desa .+, Kecamatan Simulasi").all()
    assert 0.01 < text_only.height / rows.height < 0.03


def test_the_numbers_asked_for_are_met_about(large: Path) -> None:
    inbox = large / "inbox"
    told = [pl.read_csv(inbox / f"insiden-{part}.csv", infer_schema=False) for part in PARTS]
    assert sum(rows.height for rows in told) == pytest.approx(20_000, rel=0.05)
    assert told[2].height == pytest.approx(0.02 * 20_000 * 0.9, rel=0.2)
    told_of = pl.read_csv(inbox / "laporan.csv", infer_schema=False)
    assert told_of.height == pytest.approx(3000, rel=0.1)
    assert "--incidents 20000 --reports 3000 --format csv" in (large / "SIMULASI.txt").read_text()


def test_csv_and_parquet_hold_the_same_rows(large: Path, tmp_path: Path) -> None:
    write_region(tmp_path, N, 7, 20_000, 3000, "parquet")
    files = sorted((tmp_path / "inbox").glob("*.parquet"))
    assert [file.stem for file in files] == sorted(
        file.stem for file in (large / "inbox").glob("*.csv")
    )
    for file in files:
        as_csv = pl.read_csv(large / "inbox" / f"{file.stem}.csv", infer_schema=False)
        assert pl.read_parquet(file).cast(pl.String).equals(as_csv), file.stem
        assert file.with_name(f"{file.name}.meta.toml").is_file()


def test_an_event_told_twice_differs_in_words_and_by_a_day_at_most(large: Path) -> None:
    truth = pl.read_parquet(large / "truth_tellings.parquet")
    assert set(truth.group_by("event").len()["len"]) == {2}
    rows = pl.concat(
        pl.read_csv(large / "inbox" / f"insiden-{part}.csv", infer_schema=False).with_columns(
            written_in=pl.lit(f"insiden-{part}.csv")
        )
        for part in PARTS
    )
    assert "kode_peristiwa" not in rows.columns
    tellings = truth.join(rows, on="sumber_url", how="left", validate="1:1")
    assert (tellings["file"] == tellings["written_in"]).all()
    assert (tellings["type"] == tellings["jenis"]).all()
    told = tellings["tanggal"].str.to_date("%Y-%m-%d")
    off = (told - tellings["occurred_on"]).dt.total_days()
    assert set(off) == {-1, 0, 1}
    pairs = tellings.group_by("event").agg(pl.col("uraian").n_unique(), pl.col("file").n_unique())
    assert set(pairs["uraian"]) == set(pairs["file"]) == {2}
    assert set(rows.filter(pl.col("written_in") == "insiden-media.csv")["sumber_url"]) <= set(
        truth["sumber_url"]
    )


def test_a_nil_return_is_never_given_where_something_happened(folder: Path) -> None:
    seats = {row["polsek"] for row in table(folder / "reference" / "polsek.csv")}
    told = {(row["kecamatan"], row["desa"], str(row["tanggal"])[:7]) for row in incidents(folder)}
    nil = table(folder / "inbox" / "nihil.csv")
    assert len(nil) > N / 2
    for row in nil:
        assert row["satuan"] in seats
        assert row["nomor"].startswith("SIMULASI/")
        assert row["tanggal"] < row["tanggal_selesai"] < row["tanggal_diketahui"]
        assert (row["kecamatan"], row["desa"], row["tanggal"][:7]) not in told


def test_polling_stations_sum_to_the_official_totals(folder: Path) -> None:
    rows = pl.read_csv(folder / "inbox" / "tps.csv")
    assert rows.height == rows["kode_desa"].n_unique() == N
    sums = rows.group_by("kecamatan").agg(pl.col("jumlah_tps", "pemilih").sum()).sort("kecamatan")
    official = pl.read_csv(folder / "reference" / "districts.csv").sort("district")
    assert sums["kecamatan"].to_list() == official["district"].to_list()
    assert sums["jumlah_tps"].to_list() == official["tps_pilkada_2024"].to_list()
    assert sums["pemilih"].to_list() == official["voters_2020"].to_list()


def test_gatherings_are_in_the_campaign_and_known_before(folder: Path) -> None:
    rows = table(folder / "inbox" / "kegiatan.csv")
    assert {row["pemilu"] for row in rows} == {"simulasi2024"}
    for row in rows:
        assert "2024-09-25" <= row["tanggal"] == row["tanggal_selesai"] <= "2024-11-23"
        assert row["tanggal_diketahui"] < row["tanggal"]
        assert int(row["perkiraan_peserta"]) > 0


def test_deployments_are_those_of_past_elections(folder: Path) -> None:
    rows = table(folder / "inbox" / "penugasan.csv")
    assert len({row["nomor"] for row in rows}) == len(rows) > N / 2
    assert {row["pemilu"] for row in rows} == {"pilbup2020", "pemilu2024"}
    assert all(int(row["personel"]) >= 2 and "SIMULASI" in row["pos"] for row in rows)
    assert all(row["tanggal_selesai"] < row["tanggal_diketahui"] < "2024-11-20" for row in rows)


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
    given: list[tuple[int | None, int | None, str, str]] = [
        (0, None, "csv", "--incidents 0: must be from 1"),
        (None, -5, "csv", "--reports -5: must be from 1"),
        (1000, None, "xml", "mixed, csv, parquet"),
        (5_000_000, None, "mixed", "a workbook does not hold so many"),
    ]
    for n_incidents, n_reports, form, message in given:
        with pytest.raises(RawanError, match=message):
            write_region(tmp_path / "new", 20, 1, n_incidents, n_reports, form)
    assert not (tmp_path / "new").exists()
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(RawanError, match="is a file"):
        write_region(tmp_path / "file", 20, seed=1)
