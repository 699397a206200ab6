"""`rawan diff --runs`: two published runs beside each other, and why villages moved."""

import contextlib
import io
import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.additive import Fitted, plain_sum
from models.change import decompose
from models.ranking import ranks
from rawan import kept_model
from rawan.choosing import load_table
from rawan.cli import main
from rawan.errors import RawanError, UsageError
from rawan.kept_values import keep
from rawan.publishing.change.between import Between, compare, moved_mainly_by, moves
from rawan.publishing.change.between_lines import lines
from rawan.publishing.change.lines import change_table
from rawan.settings import Language, Settings
from rawan.warehouse import open_warehouse
from tests.conftest import DISTRICTS, VILLAGES, Bench

EARLY, LATE = date(2019, 7, 1), date(2020, 1, 1)
A, B = "20190701-aaaaaaaaaaaa", "20200101-bbbbbbbbbbbb"
HAZARDS = [("conflict", "voting"), ("conflict", "recap"), ("logistics", "logistics")]


def a_list(rank: list[int], top_k: int = 2, spread: int = 1) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "village_code": list(VILLAGES)[: len(rank)],
            "rank": rank,
            "rank_low": [max(1, r - spread) for r in rank],
            "rank_high": [r + spread for r in rank],
            "top_k": [top_k] * len(rank),
        }
    )


def flagged(found: pl.DataFrame, flag: str) -> list[str]:
    return found.filter(pl.col(flag))["village_code"].to_list()


def test_who_entered_left_and_moved_beyond_the_interval_is_told() -> None:
    v = list(VILLAGES)
    found = moves(a_list([1, 2, 3, 4, 5]), a_list([2, 5, 1, 4, 3]))
    assert flagged(found, "entered") == [v[2]]
    assert flagged(found, "left") == [v[1]]
    assert flagged(found, "is_beyond") == [v[2], v[4], v[1]]
    assert found["village_code"].to_list() == [v[2], v[0], v[4], v[3], v[1]]


def test_a_village_of_one_list_only_enters_or_leaves_and_is_beyond_nothing() -> None:
    v = list(VILLAGES)
    came = moves(a_list([2, 3]), a_list([2, 3, 1]))
    assert flagged(came, "entered") == [v[2]]
    assert came.row(0, named=True)["rank_before"] is None
    gone = moves(a_list([2, 3, 1]), a_list([1, 2]))
    assert flagged(gone, "left") == [v[2]]
    assert flagged(gone, "is_beyond") == []
    assert gone["village_code"].to_list()[-1] == v[2]


def test_the_top_k_of_each_list_is_its_own_and_ties_at_the_cut_are_all_in() -> None:
    v = list(VILLAGES)
    wider = moves(a_list([1, 2, 3, 4], top_k=1), a_list([1, 2, 3, 3], top_k=3))
    assert flagged(wider, "entered") == [v[1], v[2], v[3]]
    assert flagged(wider, "is_beyond") == []


def test_rows_of_several_lists_are_refused() -> None:
    twice = pl.concat([a_list([1, 2]), a_list([1, 2])])
    with pytest.raises(ValueError, match="several lists"):
        moves(twice, a_list([1, 2]))


@given(
    st.lists(st.integers(0, 3), min_size=8, max_size=8),
    st.lists(st.integers(0, 3), min_size=8, max_size=8),
    st.integers(1, 8),
)
def test_as_many_leave_as_the_top_k_shrinks_by(old: list[int], new: list[int], k: int) -> None:
    before, after = (
        a_list(ranks(np.array(score, dtype=np.float64)).tolist(), k) for score in (old, new)
    )
    found = moves(before, after)
    was, now = (frame.filter(pl.col("rank") <= k).height for frame in (before, after))
    assert len(flagged(found, "entered")) - len(flagged(found, "left")) == now - was
    assert not found.filter(pl.col("entered") & pl.col("left")).height
    assert moves(before, before).select("entered", "left", "is_beyond").sum().row(0) == (0, 0, 0)


def test_villages_are_counted_by_the_main_part_as_the_change_itself_counts() -> None:
    random = np.random.default_rng(1)
    codes = [f"99.99.01.{2000 + i}" for i in range(40)]
    scores = [random.normal(size=40).round(1) for _ in range(4)]
    change = decompose(codes[:39], scores[0][:39], codes[1:], *(s[1:] for s in scores[1:]))
    table = change_table(change, "conflict", A, EARLY)
    assert moved_mainly_by(table) == change.moved_mainly_by()


@dataclass(frozen=True)
class Runs:
    """Two runs as they are published, and the warehouse that they were made from."""

    bench: Bench
    settings: Settings

    def folder(self, run_id: str) -> Path:
        return self.settings.output.private / run_id

    def compare(self, before: str = A, after: str = B) -> Between:
        return compare(self.settings, before, after)

    def said(self, lang: Language = "en") -> str:
        return "\n".join(lines(self.compare(), lang))

    def manifest(self, run: str, **changed: Any) -> None:
        file = self.folder(run) / "manifest.json"
        content = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
        file.write_text(json.dumps(content | changed), encoding="utf-8")

    def features(self, cutoff: date) -> pl.DataFrame:
        settings = at(self.settings, cutoff)
        with open_warehouse(settings) as warehouse:
            self.bench.load(warehouse, settings)
            warehouse.build("features")
            return load_table(warehouse, settings).at(cutoff)

    def publish(self, run_id: str, cutoff: date, models: dict[str, Fitted]) -> None:
        folder = self.folder(run_id)
        folder.mkdir(parents=True)
        features = self.features(cutoff)
        rows = []
        for hazard, stage in HAZARDS:
            score = models[hazard].score(features)
            rank = ranks(score)
            rows.append(
                features.select("village_code").with_columns(
                    pl.Series("score", score),
                    pl.Series("rank", rank),
                    pl.Series("rank_low", np.maximum(rank - 1, 1)),
                    pl.Series("rank_high", rank + 1),
                    village=pl.col("village_code").replace_strict(
                        {code: name for code, (name, _, _) in VILLAGES.items()}
                    ),
                    district=pl.col("village_code").str.slice(0, 8).replace_strict(DISTRICTS),
                    polsek=pl.lit("Polsek Umpama"),
                    hazard=pl.lit(hazard),
                    stage=pl.lit(stage),
                    top_k=pl.lit(2),
                    data_origin=pl.lit("SIMULASI"),
                )
            )
        pl.concat(rows).write_parquet(folder / "ranking.parquet")
        for hazard, name in (("conflict", "model"), ("logistics", "logistics")):
            kept = keep("scorecard", "index", models[hazard], None, {"run_id": run_id})
            kept_model.save(folder, kept, run_id.rpartition("-")[2], name)
        self.manifest(
            run_id,
            run_id=run_id,
            region="Kabupaten Contoh",
            cutoff=cutoff.isoformat(),
            created_at=f"{cutoff}T01:00:00+00:00",
            identity={
                "inputs": {"inbox/insiden.csv": {"sha256": "ab" * 32, "rows": 6}},
                "configuration": {
                    "calendar": at(self.settings, cutoff).calendar.model_dump(mode="json"),
                    "planning": {"top_k": 2},
                },
                "code_sha256": "cd" * 32,
                "packages": {"numpy": "2.0.0"},
                "people": {"decisions": "ef" * 32},
            },
            environment={"git_commit": "12" * 20, "python": "3.11.9"},
        )


def at(settings: Settings, cutoff: date) -> Settings:
    calendar = settings.calendar.model_copy(update={"cutoff": cutoff})
    return settings.model_copy(update={"calendar": calendar})


def clash(day: str, village: str, kind: str = "bentrok") -> dict[str, str]:
    url = f"https://contoh.invalid/{kind}/{day}"
    return {"tanggal": day, "tanggal_diketahui": day, "jenis": kind, "kode_desa": village} | {
        "sumber_url": url
    }


CLASHES = [
    *(clash(f"2018-0{month}-01", "99.99.01.2001") for month in (3, 5, 6)),
    clash("2018-08-01", "99.99.01.2002"),
    *(clash(f"2019-{month}-01", "99.99.02.2001") for month in ("08", "09", "10", "11")),
    clash("2019-01-01", "99.99.02.2003", "sengketa_lahan"),
]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both runs, made once: the later one from a model that looks at land disputes too."""
    from tests.conftest import write_bench

    bench = write_bench(tmp_path_factory.mktemp("between") / "region")
    runs = Runs(bench, bench.settings)
    with open_warehouse(runs.settings) as warehouse:
        bench.load(warehouse)
        bench.stage(warehouse, {"insiden.csv": CLASHES})
    counts = plain_sum({"clash_decayed": 1.0})
    index = plain_sum({"logistics_decayed": 1.0})
    runs.publish(A, EARLY, {"conflict": counts, "logistics": index})
    land = plain_sum({"clash_decayed": 1.0, "land_decayed": 50.0})
    runs.publish(B, LATE, {"conflict": land, "logistics": index})
    return bench.folder


@pytest.fixture(scope="module")
def reckoned(made: Path) -> Between:
    """What is told of the two while everything is in place."""
    return compare(Bench(made).settings, A, B)


@pytest.fixture
def runs(made: Path, tmp_path: Path) -> Runs:
    shutil.copytree(made, tmp_path / "region")
    bench = Bench(tmp_path / "region")
    return Runs(bench, bench.settings)


def test_moves_are_taken_apart_exactly_from_the_kept_model_and_the_warehouse(
    reckoned: Between,
) -> None:
    found = reckoned
    assert [(one.hazard, one.stages, one.parts) for one in found.lists] == [
        ("conflict", ("voting", "recap"), "reckoned"),
        ("logistics", ("logistics",), "reckoned"),
    ]
    clashes = found.lists[0]
    by_code = {row["village_code"]: row for row in clashes.villages.to_dicts()}
    for row in by_code.values():
        steps = sum(row[f"by_{part}"] for part in ("time", "data", "model", "places"))
        assert steps == row["rank_before"] - row["rank_after"]
    heard, disputed = by_code["99.99.02.2001"], by_code["99.99.02.2003"]
    assert (heard["by_data"], heard["by_time"]) == (2, 0)  # four clashes, all heard of since
    assert (disputed["by_data"], disputed["by_model"] > 0) == (-1, True)
    assert clashes.where("entered")["village_code"].to_list() == ["99.99.02.2003", "99.99.02.2001"]
    assert clashes.as_json()["moved_mainly_by"]["model"] > 0
    assert found.lists[1].villages["is_beyond"].sum() == 0


def test_nothing_is_written_by_comparing(runs: Runs) -> None:
    def state() -> dict[str, str]:
        with open_warehouse(runs.settings, is_read_only=True) as warehouse:
            tables = warehouse.rows(
                "SELECT schema_name || '.' || table_name FROM duckdb_tables()"
                " WHERE database_name = 'warehouse' ORDER BY ALL"
            )
            return {
                table: str(warehouse.value(f"SELECT bit_xor(hash(t)) FROM {table} AS t"))
                for (table,) in tables
            }

    before = state()
    runs.compare()
    assert state() == before


def test_the_parts_published_with_a_run_are_used_as_they_are(runs: Runs, reckoned: Between) -> None:
    runs.settings.warehouse.path.unlink()
    assert [one.parts for one in runs.compare().lists] == [None, None]
    tables = [
        one.villages.with_columns(
            hazard=pl.lit(one.hazard), run_before=pl.lit(A), cutoff_before=pl.lit(EARLY)
        )
        for one in reckoned.lists
    ]
    pl.concat(tables).write_parquet(runs.folder(B) / "changes.parquet")
    published = runs.compare().lists
    assert [one.parts for one in published] == ["published", "published"]
    assert all(
        a.villages.equals(b.villages) for a, b in zip(reckoned.lists, published, strict=True)
    )


def test_parts_that_do_not_add_up_to_the_moves_are_not_told(runs: Runs, reckoned: Between) -> None:
    one = reckoned.lists[0]
    wrong = one.villages.with_columns(
        pl.col("by_data") + 1, hazard=pl.lit(one.hazard), run_before=pl.lit(A)
    )
    wrong.write_parquet(runs.folder(B) / "changes.parquet")
    assert "do not fit the ranks" in runs.said()


def lose_models(runs: Runs) -> None:
    """Nothing is reckoned then, which the test of something else need not wait for."""
    for file in runs.folder(A).glob("*.skops"):
        file.unlink()


def hear_more(runs: Runs) -> None:
    with open_warehouse(runs.settings) as warehouse:
        runs.bench.load(warehouse)
        more = [clash("2019-12-01", code) for code in ("99.99.03.2001", "99.99.02.2002")]
        runs.bench.stage(warehouse, {"insiden-baru.csv": more})


def lose_warehouse(runs: Runs) -> None:
    runs.settings.warehouse.path.unlink()


def lose_key(runs: Runs) -> None:
    runs.settings.warehouse.key_file.unlink()


def lose_tables(runs: Runs) -> None:
    """As another version of the code may have left them."""
    with open_warehouse(runs.settings) as warehouse:
        warehouse.execute("DROP TABLE staging.mentions")


def damage_model(runs: Runs) -> None:
    for file in runs.folder(A).glob("*.skops"):
        file.write_bytes(b"PK")


def strange_configuration(runs: Runs) -> None:
    content = json.loads((runs.folder(B) / "manifest.json").read_text(encoding="utf-8"))
    content["identity"]["configuration"]["calendar"] = {"from_another_version": 1}
    runs.manifest(B, **content)


@pytest.mark.parametrize(
    ("what", "said"),
    [
        (lose_models, "was not kept"),
        (hear_more, "its scores no longer come out"),
        (lose_warehouse, "has no warehouse"),
        (strange_configuration, "another version"),
        (lose_key, "the key does not open this warehouse"),
        (lose_tables, "data, configuration or code have changed"),
        (damage_model, "is not a whole model"),
    ],
)
def test_where_the_parts_cannot_be_had_it_says_why_and_tells_the_moves(
    runs: Runs, reckoned: Between, what: Callable[[Runs], None], said: str
) -> None:
    what(runs)
    after = runs.compare()
    text = "\n".join(lines(after, "en"))
    assert "Why they moved cannot be taken apart" in text
    assert said in text
    for old, new in zip(reckoned.lists, after.lists, strict=True):
        flags = ["village_code", "rank_before", "rank_after", "entered", "left", "is_beyond"]
        assert new.villages.select(flags).equals(old.villages.select(flags))
    assert after.lists[0].villages["by_data"].null_count() == len(VILLAGES)
    assert runs.settings.warehouse.path.exists() == (what is not lose_warehouse)


def test_a_later_run_before_an_earlier_one_has_moves_and_no_parts(runs: Runs) -> None:
    turned = runs.compare(B, A).lists[0]
    assert turned.why_not is not None
    assert "Turn them round" in turned.why_not.en
    assert turned.where("left")["village_code"].to_list() == ["99.99.02.2003", "99.99.02.2001"]


def test_a_run_beside_itself_differs_in_nothing(runs: Runs) -> None:
    lose_models(runs)
    same = runs.compare(A, A)
    assert same.made_from == ()
    assert all(one.villages.select("entered", "left").sum().row(0) == (0, 0) for one in same.lists)
    assert "made from the same" in "\n".join(lines(same, "en"))


def test_what_differs_in_what_the_runs_were_made_from_is_named(runs: Runs) -> None:
    lose_models(runs)
    content = json.loads((runs.folder(B) / "manifest.json").read_text(encoding="utf-8"))
    identity = content["identity"]
    identity["inputs"]["inbox/baru.csv"] = {"sha256": "99" * 32, "rows": 2}
    del identity["inputs"]["inbox/insiden.csv"]
    identity["configuration"]["planning"]["top_k"] = 3
    identity["packages"]["numpy"] = "2.1.0"
    identity["code_sha256"] = "ee" * 32
    identity["people"]["decisions"] = "aa" * 32
    runs.manifest(B, identity=identity)
    found = {(d.kind, d.name): (d.before, d.after) for d in runs.compare().made_from}
    assert found[("input", "inbox/baru.csv")] == (None, "2 rows, sha256 999999999999")
    assert found[("input", "inbox/insiden.csv")][1] is None
    assert found[("configuration", "planning.top_k")] == ("2", "3")
    assert found[("configuration", "calendar.cutoff")] == ("2019-07-01", "2020-01-01")
    assert found[("package", "numpy")] == ("2.0.0", "2.1.0")
    assert found[("people", "decisions")] == ("ef" * 6, "aa" * 6)
    assert found[("code", "code")][1] == "eeeeeeeeeeee, commit 121212121212"
    said = runs.said("id")
    assert "masukan inbox/baru.csv: baru (2 rows" in said
    assert "konfigurasi planning.top_k: 2 → 3" in said


def test_runs_are_named_by_a_unique_beginning_or_as_the_latest(runs: Runs) -> None:
    lose_models(runs)
    assert runs.compare("2019", "bbbb").after.run_id == B
    assert runs.compare("aaaa", "latest").after.run_id == B  # the one made last
    out = runs.settings.output.folder
    edition = out / f"{B}.2"
    edition.mkdir(parents=True)
    (edition / "manifest.json").write_text(json.dumps({"run_id": B, "audience": "partner"}))
    (out / "latest.json").write_text(json.dumps({"run_id": A, "folder": A}))
    assert runs.compare("bbbb", "latest").after.run_id == A
    for wrong in ("20", "2021", "", "../region"):
        with pytest.raises(UsageError, match="run"):
            runs.compare(wrong, B)


def test_runs_that_older_versions_kept_among_what_they_published_are_found(runs: Runs) -> None:
    lose_models(runs)
    out = runs.settings.output.folder
    out.mkdir()
    runs.folder(A).rename(out / A)
    assert runs.compare().before.folder == out / A


def test_what_cannot_be_compared_is_told(runs: Runs) -> None:
    lose_models(runs)
    runs.manifest(A, region="Kabupaten Lain")
    with pytest.raises(RawanError, match="Kabupaten Lain"):
        runs.compare()
    runs.manifest(A, region="Kabupaten Contoh")
    ranking = runs.folder(A) / "ranking.parquet"
    pl.read_parquet(ranking).with_columns(stage=pl.lit("quiet")).write_parquet(ranking)
    with pytest.raises(RawanError, match="share no list: conflict quiet"):
        runs.compare()
    ranking.write_bytes(b"PAR1")
    with pytest.raises(RawanError, match="cannot be read as a ranking"):
        runs.compare()
    (runs.folder(A) / "manifest.json").write_text('{"identity": {}, "cutoff": 7}')
    with pytest.raises(RawanError, match=r"manifest\.json: cannot be read"):
        runs.compare()


@pytest.fixture
def rawan(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, str, str]]:
    """The command as a user types it."""

    def call(*arguments: str) -> tuple[int, str, str]:
        out, err = io.StringIO(), io.StringIO()
        monkeypatch.setattr(sys, "argv", ["rawan", *arguments, "--config", str(runs.bench.config)])
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                main()
            except SystemExit as left:
                return int(left.code or 0), out.getvalue(), err.getvalue()
        raise AssertionError("the command did not end")

    return call


def test_the_command_tells_it_in_either_language_and_as_json(
    runs: Runs, rawan: Callable[..., tuple[int, str, str]]
) -> None:
    lose_models(runs)
    code, said, _ = rawan("diff", "--runs", "2019", "latest")
    assert code == 0
    assert "Kabupaten Contoh, SIMULASI" in said
    assert "Bentrok, Pemungutan suara, Rekapitulasi: masuk 2 teratas 2, keluar 2" in said
    code, said, _ = rawan("diff", "--runs", "2019", "latest", "--lang", "en")
    assert "99.99.02.2001  Sukarekaan, Andaikata: rank 3 → 2; earlier interval" in said
    answer = json.loads(rawan("diff", "--runs", A, B, "--json")[1])
    assert answer["lists"][0]["entered"] == ["99.99.02.2003", "99.99.02.2001"]
    assert answer["before"]["cutoff"] == "2019-07-01"
    assert rawan("diff")[0] == rawan("diff", "--runs", A, B, "--data", "x.csv")[0] == 2
    assert rawan("diff", "--runs", A, "2031")[0] == 2
