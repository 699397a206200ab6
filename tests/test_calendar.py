"""The election calendar, and the days on which models look back."""

from collections.abc import Callable
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rawan.calendar import chosen_election, cutoffs, load_calendar
from rawan.errors import UsageError
from rawan.settings import PROJECT_ROOT, Calendar, Publish

Bench = Any  # see conftest.py
Write = Callable[[str], Path]

ELECTION = """
[[elections]]
id = "contoh"
name_id = "Pemilihan contoh"
name_en = "Sample election"
kind = "regional"
voting_day = 2020-02-01
"""
STAGE = """
[[elections.stages]]
id = "voting"
start = 2020-02-01
end = 2020-02-01
name_id = "pemungutan"
name_en = "voting"
"""


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def to_file(text: str) -> Path:
        path = tmp_path / "calendar.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return to_file


def test_elections_come_with_their_stages_and_names_in_both_languages(write: Write) -> None:
    election = load_calendar(write(ELECTION + STAGE))["contoh"]
    assert election.voting_day == date(2020, 2, 1)
    assert election.names == {"id": "Pemilihan contoh", "en": "Sample election"}
    assert election.stages["voting"].names == {"id": "pemungutan", "en": "voting"}


def test_the_calendar_that_ships_holds_the_published_stages() -> None:
    elections = load_calendar(PROJECT_ROOT / "data" / "reference" / "calendar.toml")
    publish = [Publish(hazard="conflict", stages=["logistics", "voting", "recap"])]
    assert chosen_election(elections, Calendar(), publish).voting_day == date(2024, 11, 27)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (ELECTION.replace("voting_day = 2020-02-01", ""), "election 'contoh': 'voting_day' is mis"),
        (ELECTION + STAGE.replace("end = 2020-02-01", ""), "election 'contoh': 'end' is missing"),
        (ELECTION.replace('name_en = "Sample election"', ""), "election 'contoh': 'name_en'"),
        (ELECTION.replace("2020-02-01", '"1 Februari"'), "voting_day must be a date such as"),
        (ELECTION + STAGE.replace("end = 2020-02-01", "end = 2020-01-31"), "ends before it starts"),
        (ELECTION.replace('id = "contoh"\n', ""), "election None: 'id' is missing"),
        ("", "holds no [[elections]]"),
        ("[[elections]", "is not valid TOML"),
    ],
)
def test_a_wrong_entry_is_told_with_its_election(write: Write, text: str, told: str) -> None:
    path = write(text)
    with pytest.raises(UsageError) as error:
        load_calendar(path)
    assert str(error.value).startswith(str(path))
    assert told in str(error.value)


def test_two_elections_of_one_id_are_not_merged_silently(write: Write) -> None:
    with pytest.raises(UsageError, match="contoh"):
        load_calendar(write(ELECTION + ELECTION.replace("2020-02-01", "2021-02-01")))


def test_a_missing_calendar_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no election calendar"):
        load_calendar(tmp_path / "calendar.toml")


def choose(bench: Bench, election: str = "contoh2020", stage: str = "voting") -> str:
    calendar = bench.settings.calendar.model_copy(update={"election": election})
    elections = load_calendar(bench.settings.region.reference / "calendar.toml")
    return chosen_election(
        elections, calendar, [Publish(hazard="conflict", stages=["recap", stage])]
    ).id


def test_the_configured_election_is_chosen(bench: Bench) -> None:
    assert choose(bench) == "contoh2020"


def test_an_unknown_election_is_answered_with_the_nearest_one(bench: Bench) -> None:
    with pytest.raises(UsageError, match=r'"contoh2002" .* Did you mean "contoh2020"\?'):
        choose(bench, election="contoh2002")


def test_an_unknown_stage_is_answered_with_the_nearest_one(bench: Bench) -> None:
    with pytest.raises(UsageError, match=r'no stage "votting" .* Did you mean "voting"\?'):
        choose(bench, stage="votting")


def test_a_stage_that_is_over_before_the_cutoff_is_not_predicted(bench: Bench) -> None:
    with pytest.raises(UsageError, match=r'"campaign" .* ended on 2019-12-20, before the cutoff'):
        choose(bench, stage="campaign")


@given(
    st.integers(14, 800),
    st.dates(date(2000, 1, 1), date(2010, 1, 1)),
    st.dates(date(2012, 1, 1), date(2025, 1, 1)),
)
def test_windows_of_learning_never_overlap_and_each_has_a_full_one_behind_it(
    window: int, history_from: date, cutoff: date
) -> None:
    calendar = Calendar(
        cutoff=cutoff, window=f"{window}d", history_from=history_from, test_from=date(2011, 1, 1)
    )
    days = [c.day for c in cutoffs(calendar)]
    step = timedelta(days=window)
    assert days[-1] == cutoff
    assert all(later - earlier == step for earlier, later in pairwise(days))
    assert all(day >= history_from + step for day in days[:-1])
    assert days[0] - step < history_from + step, "an earlier cutoff would still fit"
