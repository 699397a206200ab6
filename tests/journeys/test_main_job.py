"""The main job on the record that ships, from the command to what an analyst opens."""

import csv
import hashlib
import json
import re
import tomllib
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import jsonschema
import openpyxl
import polars as pl
import pytest

from rawan import kept_model
from tests.journeys.conftest import ROOT, Done, Project

Run = tuple[Project, Done]
LISTS = {
    ("conflict", "logistics"),
    ("conflict", "voting"),
    ("conflict", "recap"),
    ("logistics", "logistics"),
}


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def rows_of(project: Project) -> list[dict[str, str]]:
    return read_csv(project.out / "latest" / "ranking.csv")


def test_the_run_succeeds_and_tells_its_steps_with_their_times(first_run: Run) -> None:
    _, done = first_run
    assert done.code == 0, done.err
    steps = json.loads(done.out)["step_seconds"]
    assert {"start Prefect's server", "import Great Expectations", "publish"} <= set(steps)
    assert "Traceback" not in done.err


def test_no_village_is_missing_from_any_list(first_run: Run) -> None:
    rows = rows_of(first_run[0])
    villages = {row["village_code"] for row in read_csv(ROOT / "data/reference/villages.csv")}
    by_list = defaultdict(list)
    for row in rows:
        by_list[row["hazard"], row["stage"]].append(row)
    assert set(by_list) == LISTS
    for listed in by_list.values():
        assert len(listed) == 260
        assert {row["village_code"] for row in listed} == villages
        assert min(int(row["rank"]) for row in listed) == 1


def test_ranks_lie_in_their_intervals_and_ties_are_shown(first_run: Run) -> None:
    ranking = pl.read_parquet(first_run[0].out / "latest" / "ranking.parquet")
    assert (ranking["rank_low"] <= ranking["rank"]).all()
    assert (ranking["rank"] <= ranking["rank_high"]).all()
    tied = ranking.group_by("hazard", "stage", "rank").agg(
        pl.len().alias("size"), pl.col("tied_with").unique(), pl.col("score").n_unique().alias("n")
    )
    assert (tied["tied_with"].list.first() == tied["size"] - 1).all()
    assert (tied["n"] == 1).all()


def test_reasons_sum_to_the_score(first_run: Run) -> None:
    for row in pl.read_parquet(first_run[0].out / "latest/ranking.parquet").iter_rows(named=True):
        assert abs(sum(json.loads(row["components"]).values()) - row["score"]) < 1e-9


def test_a_probability_and_an_index_never_share_a_row(first_run: Run) -> None:
    ranking = pl.read_parquet(first_run[0].out / "latest" / "ranking.parquet")
    conflict = ranking.filter(pl.col("hazard") == "conflict")
    logistics = ranking.filter(pl.col("hazard") == "logistics")
    assert conflict["risk"].is_not_null().all()
    assert conflict["index"].is_null().all()
    assert logistics["risk"].is_null().all()
    assert logistics["index"].is_between(0, 100).all()


def test_the_list_keeps_its_contract_in_every_format(first_run: Run) -> None:
    latest = first_run[0].out / "latest"
    schema = json.loads((ROOT / "data/contracts/ranking.v1.json").read_text())
    # The default audience is that with the fewest rights.
    lacking = {"reports_used", "override_reason", "override_by"}
    columns = [name for name in schema["properties"] if name not in lacking]
    schema["required"] = [name for name in schema["required"] if name not in lacking]
    collection = json.loads((latest / "ranking.geojson").read_text(encoding="utf-8"))
    for feature in collection["features"]:
        jsonschema.validate(feature["properties"], schema)
        lon, lat = feature["geometry"]["coordinates"]
        assert 104 < lon < 107
        assert -7 < lat < -4
    assert pl.read_parquet(latest / "ranking.parquet").columns == columns
    assert list(rows_of(first_run[0])[0]) == columns


def test_codes_stay_text_in_the_workbook(first_run: Run) -> None:
    book = openpyxl.load_workbook(first_run[0].out / "latest" / "ranking.xlsx")
    sheet = book.worksheets[0]
    header = [cell.value for cell in sheet[2]]
    column = header.index("Kode desa")
    codes = [row[column].value for row in sheet.iter_rows(min_row=3)]
    assert len(codes) == 260
    assert all(isinstance(code, str) and code.count(".") == 3 for code in codes)
    formulas = [c for s in book for row in s.iter_rows() for c in row if c.data_type == "f"]
    assert formulas == []


def test_the_lists_of_the_polsek_hold_every_row_once(first_run: Run) -> None:
    latest = first_run[0].out / "latest"
    parts = [row for path in sorted((latest / "polsek").glob("*.csv")) for row in read_csv(path)]
    key = ("hazard", "stage", "village_code")
    assert len(list((latest / "polsek").glob("*.csv"))) == 17
    assert sorted(tuple(r[k] for k in key) for r in parts) == sorted(
        tuple(r[k] for k in key) for r in rows_of(first_run[0])
    )


def test_the_manifest_names_every_input_and_output_with_its_hash(first_run: Run) -> None:
    project, _ = first_run
    latest = project.out / "latest"
    manifest = json.loads((latest / "manifest.json").read_text(encoding="utf-8"))
    record = project.folder / "data" / "reference" / "record"
    for path in (*record.glob("*.csv"), *record.glob("*.jsonl")):
        named = manifest["identity"]["inputs"][f"record/{path.name}"]
        assert named["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    for name, digest in manifest["files"].items():
        assert hashlib.sha256((latest / name).read_bytes()).hexdigest() == digest
    written = {p.relative_to(latest).as_posix() for p in latest.rglob("*") if p.is_file()}
    assert set(manifest["files"]) == written - {"manifest.json"}
    assert manifest["seed"] == 20241127
    assert manifest["identity"]["packages"]["duckdb"]
    complete = json.loads((project.kept / "manifest.json").read_text(encoding="utf-8"))
    assert complete["row_counts"]["marts.ranking"] == 1040
    of_complete = hashlib.sha256((project.kept / "manifest.json").read_bytes()).hexdigest()
    assert manifest["complete_manifest_sha256"] == of_complete
    assert (manifest["audience"], manifest["status"]) == ("partner", "draft")


def test_latest_json_names_the_run_that_latest_is_a_copy_of(first_run: Run) -> None:
    out = first_run[0].out
    run_id = json.loads((out / "latest.json").read_text())["folder"]
    for path in (out / run_id).rglob("*"):
        if path.is_file():
            assert (
                out / "latest" / path.relative_to(out / run_id)
            ).read_bytes() == path.read_bytes()


def test_the_model_card_says_that_nothing_beat_the_baseline(first_run: Run) -> None:
    latest = first_run[0].out / "latest"
    ranking = pl.read_parquet(latest / "ranking.parquet").filter(pl.col("hazard") == "conflict")
    card = (latest / "model_card.md").read_text(encoding="utf-8")
    assert not ranking["model_beats_baseline"].any()
    assert set(ranking["model"]) == {"decayed_count"}
    assert "Tidak ada model yang mengalahkannya melampaui kebetulan" in card
    assert "182 hari berikutnya" in card


def test_unknown_is_not_safe(first_run: Run) -> None:
    ranking = pl.read_parquet(first_run[0].out / "latest" / "ranking.parquet")
    blind = ranking.filter(pl.col("blind_spot"))
    assert (blind["coverage"] == 0).all()
    never = blind.filter((pl.col("hazard") == "conflict") & (pl.col("incidents_used") == 0))
    assert (never["rank_high"] - never["rank_low"]).min() > 100


def test_no_published_text_tells_of_this_machine(first_run: Run) -> None:
    project, _ = first_run
    for path in (project.out / "latest").rglob("*"):
        if path.is_file() and path.suffix in {".html", ".md", ".json", ".csv", ".geojson"}:
            text = path.read_text(encoding="utf-8")
            assert str(project.folder) not in text
            assert str(ROOT) not in text


def test_the_same_run_again_is_verified_and_changes_no_byte(
    first_run: Run, prefect_server: dict[str, str]
) -> None:
    project = Project(first_run[0].folder, prefect_server)
    before = project.published()
    done = project.rawan("run", "--json")
    assert done.code == 0, done.err
    assert json.loads(done.out)["verified"] is True
    assert project.published() == before


def test_explain_gives_reasons_that_sum_and_each_incident_with_its_source(first_run: Run) -> None:
    project, _ = first_run
    shown = json.loads(project.rawan("explain", "18.01.24.2004", "--json").out)
    for row in shown["lists"]:
        assert abs(sum(row["components"].values()) - row["score"]) < 1e-9
    assert shown["incidents"]
    assert all(incident["source_url"].startswith("http") for incident in shown["incidents"])
    assert all(len(incident["file_hash"]) == 64 for incident in shown["incidents"])
    text = project.rawan("explain", "18.01.24.2004", "--lang", "en").out
    assert "Bali Nuraga" in text
    assert "= score" in text


def test_a_name_or_a_wrong_code_is_answered_with_the_right_one(first_run: Run) -> None:
    project, _ = first_run
    named = project.rawan("explain", "Bali Nuraga")
    wrong = project.rawan("explain", "18.01.24.2044")
    assert (named.code, wrong.code) == (1, 1)
    assert "18.01.24.2004" in named.err
    assert "18.01.24.2004" in wrong.err


def test_what_is_learned_after_the_cutoff_changes_no_score(
    first_run: Run, project: Project, run_in_process: Callable[[Path], object]
) -> None:
    """One incident after the cutoff is changed, another is added, one became known too late."""
    record = project.folder / "data/reference/record/incidents.csv"
    lines = record.read_text(encoding="utf-8").splitlines(keepends=True)
    after = next(i for i, line in enumerate(lines) if ",2024-11-25," in line)
    lines[after] = (
        lines[after].replace("intimidasi", "bentrok_warga").replace("politik_uang", "pembakaran")
    )
    late = (
        "X-1,E-x-1,2024-12-01,2024-12-02,bentrok_warga,,,,Lampung Selatan,,,18.01.24.2004,,,,,\n"
        "X-2,E-x-2,2024-11-01,2024-11-21,bentrok_warga,,,,Lampung Selatan,,,18.01.24.2004,,,,,\n"
    )
    record.write_text("".join(lines) + late, encoding="utf-8")
    run_in_process(project.config)
    drop = ["run_id"]
    before = pl.read_parquet(first_run[0].out / "latest/ranking.parquet").drop(drop)
    now = pl.read_parquet(project.out / "latest/ranking.parquet").drop(drop)
    assert now.equals(before)


def test_what_is_learned_before_the_cutoff_does_change_the_score(
    first_run: Run, project: Project, run_in_process: Callable[[Path], object]
) -> None:
    """The guard of the test above: the same row one day earlier must be seen."""
    record = project.folder / "data/reference/record/incidents.csv"
    early = (
        "X-1,E-x-1,2024-11-01,2024-11-20,bentrok_warga,,,,Lampung Selatan,,,18.01.24.2004,,,,,\n"
    )
    record.write_text(record.read_text(encoding="utf-8") + early, encoding="utf-8")
    run_in_process(project.config)
    before = pl.read_parquet(first_run[0].out / "latest/ranking.parquet")
    now = pl.read_parquet(project.out / "latest/ranking.parquet")
    chosen = (pl.col("village_code") == "18.01.24.2004") & (pl.col("stage") == "voting")
    assert now.filter(chosen)["rank"][0] < before.filter(chosen)["rank"][0]


def test_a_later_cutoff_tells_the_change_of_rank(
    project: Project, run_in_process: Callable[[Path], object]
) -> None:
    config = project.config.read_text(encoding="utf-8")
    project.config.write_text(config.replace("2024-11-20", "2024-10-20"), encoding="utf-8")
    run_in_process(project.config)
    earlier = pl.read_parquet(project.out / "latest/ranking.parquet")
    assert earlier["rank_change"].is_null().all()
    project.config.write_text(config, encoding="utf-8")
    run_in_process(project.config)
    later = pl.read_parquet(project.out / "latest/ranking.parquet")
    keys = ["hazard", "stage", "village_code"]
    both = later.join(earlier.select(*keys, before="rank"), on=keys)
    assert (both["rank_change"] == both["before"] - both["rank"]).all()
    changes = pl.read_parquet(project.out / "latest/changes.parquet")
    steps = changes.select(pl.sum_horizontal(pl.col("^by_.*$"))).to_series()
    assert (changes["rank_before"] - changes["rank_after"]).equals(steps, check_names=False)
    per_village = later.unique(["hazard", "village_code"], keep="first", maintain_order=True)
    told = per_village.join(changes, on=["hazard", "village_code"], validate="1:1")
    assert told.height == 2 * 260
    assert (told["rank"] == told["rank_after"]).all()
    # A month fades every count alike, and nothing came to be known: only the new model's day.
    kept = pl.read_parquet(project.kept / "changes.parquet").filter(hazard="conflict")
    assert kept["score_by_time"].max() <= 0
    for hazard, k in (("conflict", 26), ("logistics", 26)):
        one = changes.filter(hazard=hazard)
        was_in, is_in = one["rank_before"] <= k, one["rank_after"] <= k
        assert (one["entered"] == (is_in & ~was_in)).all()
        assert (one["left"] == (was_in & ~is_in)).all()


def test_every_reason_is_a_sentence_and_the_models_give_the_scores_again(first_run: Run) -> None:
    kept = first_run[0].kept
    reasons = pl.read_parquet(kept / "reasons.parquet")
    ranking = pl.read_parquet(kept / "ranking.parquet")
    scores = reasons.group_by("hazard", "village_code").agg(pl.col("contribution").sum())
    joined = scores.join(ranking.filter(stage="logistics"), on=["hazard", "village_code"])
    assert joined.height == 2 * 260
    assert (joined["contribution"] - joined["score"]).abs().max() < 1e-9
    first = reasons.filter(pl.col("is_told") & pl.col("is_in_top_k") & (pl.col("position") == 1))
    assert first["sentence_id"].null_count() == 0
    for name, hazard in (("model", "conflict"), ("logistics", "logistics")):
        (file,) = kept.glob(f"{name}-*.skops")
        names = set(json.loads(ranking.filter(hazard=hazard)["components"][0]))
        assert names <= {*kept_model.load(file).fitted.names, "intercept"}


def test_another_election_is_a_few_lines(
    project: Project, run_in_process: Callable[[Path], object]
) -> None:
    calendar = project.folder / "data/reference/calendar.toml"
    calendar.write_text(
        calendar.read_text(encoding="utf-8")
        + '\n[[elections]]\nid = "pilkades2029"\nname_id = "Pilkades"\nname_en = "Village heads"\n'
        'kind = "village_head"\nvoting_day = 2029-05-10\nsource = "-"\n[[elections.stages]]\n'
        'id = "voting"\nstart = 2029-05-10\nend = 2029-05-10\n'
        'name_id = "Suara"\nname_en = "Vote"\n',
        encoding="utf-8",
    )
    config = tomllib.loads(project.config.read_text(encoding="utf-8"))
    assert config["calendar"]["election"] == "pilkada2024"
    text = project.config.read_text(encoding="utf-8")
    text = text.replace('"pilkada2024"', '"pilkades2029"').replace("2024-11-20", "2029-05-01")
    text = re.sub(r"\[\[publish\]\]\n.*\n.*\n", "", text)
    text += '\n[[publish]]\nhazard = "conflict"\nstages = ["voting"]\n'
    project.config.write_text(text, encoding="utf-8")
    run_in_process(project.config)
    ranking = pl.read_parquet(project.out / "latest/ranking.parquet")
    assert ranking.height == 260
    assert ranking["cutoff"].unique().to_list()[0].isoformat() == "2029-05-01"


@pytest.mark.parametrize("lang", ["id", "en"])
def test_both_languages_are_published_whole(
    lang: str, project: Project, run_in_process: Callable[[Path], object]
) -> None:
    config = project.config.read_text(encoding="utf-8")
    project.config.write_text(config.replace('language = "id"', f'language = "{lang}"'), "utf-8")
    run_in_process(project.config)
    page = (project.out / "latest" / "index.html").read_text(encoding="utf-8")
    assert f'<html lang="{lang}"' in page
