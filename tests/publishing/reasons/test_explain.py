"""What `rawan explain` tells of a published run: why, how near the cut, and since when."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from models.change import decompose
from rawan.errors import RawanError
from rawan.publishing.change.lines import change_line, change_table, region_line
from rawan.publishing.reasons.explain import Explanation, explain
from rawan.publishing.reasons.table import reasons
from rawan.settings import Language, Settings
from tests.conftest import Bench

CODES = [f"99.99.01.{2001 + i}" for i in range(5)]
NAMES = ["Rejocontoh", "Sukarekaan", "<img src=x>", "=1+1\x1b[2J", "Margamisal"]
PARTS = [
    {"intercept": -2.0, "past_clash_91": 2.0, "past_clash_365": 0.5, "turnout": 0.1},
    {"intercept": -2.0, "past_clash_91": 0.5, "past_clash_365": 0.5, "turnout": 0.2},
    {"intercept": -2.0, "past_clash_91": 0.0, "past_clash_365": 0.0, "turnout": 0.5},
    {"intercept": -2.0, "past_clash_91": 0.0, "past_clash_365": 0.0, "turnout": 0.1},
    {"intercept": -2.0, "past_clash_91": 0.0, "past_clash_365": 0.0, "turnout": 0.1},
]
BEFORE = date(2024, 5, 20)
CUTOFF = date(2024, 11, 20)


@dataclass(frozen=True)
class Run:
    """A published run on disk, to be explained."""

    folder: Path
    settings: Settings

    def explain(self, code: str = CODES[0]) -> Explanation:
        return explain(self.settings, code)

    def lines(self, code: str = CODES[0], lang: Language = "en") -> list[str]:
        return [line.strip() for line in self.explain(code).lines(lang)]

    def write(self, name: str, frame: pl.DataFrame) -> None:
        frame.write_parquet(self.folder / f"{name}.parquet")

    def with_reasons(self) -> None:
        turnout = pl.DataFrame({"village_code": CODES, "turnout": [0.6, 0.7, 0.9, 0.6, 0.6]})
        table = reasons(ranking(), turnout, evidence(), {"ridge_logistic": "log_odds"})
        self.write("reasons", table)

    def with_changes(self, frame: pl.DataFrame | None = None) -> None:
        self.write("changes", changes() if frame is None else frame)


def ranking() -> pl.DataFrame:
    scores = [sum(parts.values()) for parts in PARTS]
    return pl.DataFrame(
        [
            {
                "run_id": "20241120-abc",
                "hazard": "conflict",
                "stage": stage,
                "cutoff": CUTOFF,
                "horizon_days": 182,
                "village_code": code,
                "village": name,
                "district": "Umpama",
                "polsek": "Polsek Umpama",
                "rank": 1 + sum(other > score for other in scores),
                "rank_low": 1,
                "rank_high": 5,
                "tied_with": scores.count(score) - 1,
                "baseline_rank": 1,
                "risk": 0.01,
                "index": None,
                "top_k": 2,
                "score": score,
                "score_basis": "window",
                "components": json.dumps(parts),
                "reports_used": 0,
                "blind_spot": i == 4,
                "model": "ridge_logistic",
                "data_origin": "SIMULASI",
            }
            for stage in ("voting", "recap")
            for i, (code, name, parts, score) in enumerate(
                zip(CODES, NAMES, PARTS, scores, strict=True)
            )
        ]
    )


def evidence() -> pl.DataFrame:
    def told(key: str, group: str, day: date, known_on: date) -> dict[str, Any]:
        return {
            "village_code": CODES[0],
            "event_key": key,
            "occurred_from": day,
            "occurred_on": day,
            "known_on": known_on,
            "type": "bentrok",
            "type_group": group,
            "source_url": "https://contoh.invalid/a",
            "file": "insiden.csv",
            "row": 2,
            "file_hash": "f" * 64,
        }

    return pl.DataFrame(
        [
            told("old", "clash", date(2024, 1, 2), date(2024, 1, 3)),
            told("new", "clash", date(2024, 7, 5), date(2024, 7, 6)),
            told("late", "clash", date(2024, 5, 1), date(2024, 7, 1)),
            told("late", "clash", date(2024, 5, 1), date(2024, 8, 1)),
            told("other", "allegation", date(2024, 8, 1), date(2024, 8, 1)),
        ]
    )


def changes(**cells: object) -> pl.DataFrame:
    row = {
        "village_code": CODES[0],
        "hazard": "conflict",
        "rank_before": 6,
        "rank_after": 1,
        "by_time": -1,
        "by_data": 6,
        "by_model": 0,
        "run_before": "20240520-abc",
        "cutoff_before": BEFORE,
    }
    return pl.DataFrame([row | cells], schema_overrides={"rank_before": pl.Int64})


@pytest.fixture
def run(bench: Bench) -> Run:
    settings = bench.settings
    folder = settings.output.private / "20241120-abc"
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text("{}", encoding="utf-8")
    latest = settings.output.private / "latest.json"
    latest.write_text('{"run_id": "20241120-abc"}', encoding="utf-8")
    made = Run(folder, settings)
    made.write("ranking", ranking())
    made.write("evidence", evidence())
    return made


# ---------------------------------------------------------------------------------------------
# Why


def test_reasons_are_sentences_with_their_values_and_the_exact_parts_beneath(run: Run) -> None:
    run.with_reasons()
    lines = run.lines()
    assert (
        "1. Clashes in this village: 3 incidents, the newest on 5 July 2024; 0.6 in an average "
        "village. Raises: 6 times as likely as in an average village." in lines
    )
    assert "+2.000000  History of clash (half-life 91 days) [count]" in lines
    assert "+0.600000  = score +0.600000" in lines
    assert any(line.startswith('"times" is of the odds') for line in lines)


def test_a_run_is_explained_in_the_other_language_than_it_was_published_in(run: Run) -> None:
    run.with_reasons()
    lines = run.lines(CODES[2], "id")
    assert any(line.startswith("1. Kerusuhan di desa ini: tidak ada yang") for line in lines)
    assert (
        "2. Partisipasi pemilih: 90 %; desa tengah 60 %. "
        "Menaikkan: kemungkinannya 1,35 kali desa rata-rata." in lines
    )


def test_a_run_without_a_table_of_reasons_is_explained_from_its_ranking(run: Run) -> None:
    lines = run.lines()
    assert (
        "1. Clashes in this village: 3 incidents, the newest on 5 July 2024; 0.6 in an average "
        "village. Raises: +1.80 points of the score against an average village." in lines
    )


def test_for_programs_the_reasons_add_up_and_speak_both_languages(run: Run) -> None:
    run.with_reasons()
    shown = json.loads(json.dumps(run.explain().as_json(), default=str))
    assert [row["stage"] for row in shown["lists"]] == ["voting", "recap"]
    for row in shown["lists"]:
        assert sum(row["components"].values()) == pytest.approx(row["score"], abs=1e-9)
        base = row["components"]["intercept"]
        told = sum(reason["contribution"] for reason in row["reasons"])
        assert base + told == pytest.approx(row["score"], abs=1e-9)
        assert row["reasons"][0]["sentence"]["id"].startswith("Kerusuhan di desa ini: 3 kejadian")
        assert row["reasons"][0]["sentence"]["en"].startswith("Clashes in this village: 3")
        assert row["cut"]["villages"] == 2
        assert row["would_change"] == [{"group": "past_clash", "rank_if_usual": 3}]
        assert row["change"] is None


@pytest.mark.parametrize("lang", ["id", "en"])
def test_names_that_look_like_code_stay_text_and_cannot_act_on_a_terminal(
    run: Run, lang: Language
) -> None:
    assert run.lines(CODES[2], lang)[0].startswith(f"{CODES[2]}  <img src=x>, ")
    shown = "\n".join(run.explain(CODES[3]).lines(lang))
    assert "=1+1<U+001B>[2J" in shown
    assert "\x1b" not in shown


# ---------------------------------------------------------------------------------------------
# What would change it


def test_it_tells_what_would_change_the_rank_most_and_how_far_the_cut_is(run: Run) -> None:
    lines = run.lines()
    assert "Clashes in this village: rank 3" in lines
    assert "among the first 2: out if 2 others pass it (score gap +2.100000)" in lines
    below = run.lines(CODES[2], "id")
    assert "di luar 2 besar: masuk bila melewati 1 desa lain (selisih skor -0,700000)" in below
    assert "Partisipasi pemilih: peringkat 3" not in below


def test_a_village_that_nothing_moves_is_told_so(run: Run) -> None:
    assert "no reason alone would change the rank" in run.lines(CODES[3])


def test_a_tie_across_the_cut_and_a_cut_below_everyone_are_told(run: Run) -> None:
    run.write("ranking", ranking().with_columns(top_k=pl.lit(4)))
    assert "on the cut of the first 4: tied with villages on both sides of it" in run.lines(
        CODES[3]
    )
    run.write("ranking", ranking().with_columns(top_k=pl.lit(5)))
    assert "all villages are among the first 5" in run.lines(CODES[3])
    assert run.explain().as_json()["lists"][0]["cut"] == {"score_gap": None, "villages": 0}


def test_a_blind_spot_is_told_the_rank_it_would_have_like_its_neighbours(run: Run) -> None:
    told = "if it were like its neighbours: rank 2"
    assert told not in run.lines(CODES[4])
    run.write("ranking", ranking().with_columns(rank_if_like_neighbours=pl.lit(2)))
    assert told in run.lines(CODES[4])
    assert told not in run.lines(CODES[3])
    assert run.lines(CODES[4])[-1] == (
        "No source of any kind named this village within the window: unknown, not safe."
    )


# ---------------------------------------------------------------------------------------------
# Since when


def test_the_change_since_the_last_list_is_told_by_its_causes(run: Run) -> None:
    run.with_changes()
    assert (
        "Naik 5 peringkat sejak daftar 20 Mei 2024: +6 karena 2 kejadian baru, -1 karena waktu"
        in run.lines(lang="id")
    )
    assert (
        "Up 5 since the list of 20 May 2024: +6 from 2 new incidents, -1 from passing time"
        in run.lines()
    )
    shown = run.explain().as_json()["lists"][0]["change"]
    assert (shown["by_data"], shown["new_incidents"]) == (6, 2)


def test_without_an_earlier_list_that_is_said(run: Run) -> None:
    assert "belum ada daftar terdahulu untuk dibandingkan" in run.lines(lang="id")
    assert "there is no earlier list to compare with" in run.lines()


@pytest.mark.parametrize(
    ("cells", "new", "told"),
    [
        ({"by_data": 6}, 1, "Up 5 since the list of 20 May 2024: +6 from 1 new incident, -1"),
        ({"by_data": 6}, 0, "Up 5 since the list of 20 May 2024: +6 from new data, -1 from"),
        ({"rank_after": 9, "by_data": -2}, 2, "Down 3 since the list of 20 May 2024: -2 from new"),
        (
            {"rank_after": 6, "by_time": 0, "by_data": 3, "by_model": -3},
            0,
            "Unchanged in rank since the list of 20 May 2024: +3 from new data, -3 from a new",
        ),
        (
            {"rank_after": 6, "by_time": 0, "by_data": 0},
            0,
            "Unchanged in rank since the list of 20 May 2024",
        ),
        (
            {"rank_after": 7, "by_time": 0, "by_data": 0, "by_places": -1},
            0,
            "Down 1 since the list of 20 May 2024: -1 from villages that came or went",
        ),
        ({"rank_before": None}, 0, "Not on the list of 20 May 2024"),
    ],
)
def test_every_kind_of_change_has_its_words(cells: dict[str, Any], new: int, told: str) -> None:
    row = changes(**cells).row(0, named=True)
    assert change_line(row, new, "en").startswith(told)
    assert "{" not in change_line(row, new, "id")


def test_a_village_that_left_the_list_is_told_of_when_asked_for(run: Run) -> None:
    run.with_changes(changes(village_code="99.99.09.2001", rank_after=None, by_data=None))
    with pytest.raises(RawanError, match="Rank 6 on the list of 20 May 2024; no longer on this"):
        run.explain("99.99.09.2001")


def test_a_reckoned_change_becomes_rows_that_are_told_again() -> None:
    scores = [np.array(score, dtype=float) for score in ([2, 1], [1, 2], [1, 2])]
    change = decompose(["a", "b", "gone"], np.array([2.0, 1.0, 9.0]), ["a", "b"], *scores)
    table = change_table(change, "conflict", "20240520-abc", BEFORE)
    lines = [change_line(row, 0, "en") for row in table.iter_rows(named=True)]
    assert lines == [
        "Unchanged in rank since the list of 20 May 2024: -1 from new data, "
        "+1 from villages that came or went",
        "Up 2 since the list of 20 May 2024: +1 from new data, +1 from villages that came or went",
        "Rank 1 on the list of 20 May 2024; no longer on this one",
    ]
    assert table["score_by_time"].to_list() == [0.0, 0.0, None]
    told = region_line(change, BEFORE, "en")
    assert told.startswith("Since the list of 20 May 2024: 1 villages moved")
    assert told.endswith("several alike 1; 1 unmoved, 0 new, 1 gone")


# ---------------------------------------------------------------------------------------------
# A run that is not whole

Break = Callable[[Run], None]


def garbage(name: str) -> Break:
    def write(run: Run) -> None:
        (run.folder / f"{name}.parquet").write_bytes(b"PAR1\0\0")

    return write


def without_column(run: Run) -> None:
    run.with_changes(changes().drop("by_time"))


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        (garbage("ranking"), "ranking.parquet: cannot be read"),
        (garbage("reasons"), "reasons.parquet: cannot be read"),
        (garbage("changes"), "changes.parquet: cannot be read"),
        (without_column, "changes.parquet: column by_time is missing"),
    ],
)
def test_a_run_that_is_not_whole_is_told_and_not_traced(run: Run, broken: Break, told: str) -> None:
    broken(run)
    with pytest.raises(RawanError, match=told):
        run.explain()


def test_a_name_or_a_wrong_code_is_answered_with_the_right_one(run: Run) -> None:
    with pytest.raises(RawanError, match=CODES[1]):
        run.explain("sukarekaan")
    with pytest.raises(RawanError, match=f'Did you mean "{CODES[0]}"'):
        run.explain(CODES[0] + "0")
