"""Written dates: a day is a day, a part of one is the whole of it, and nothing else is guessed."""

from calendar import monthrange
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rawan.sources.dates import parse_interval

years = st.integers(1, 9999)


@given(st.dates())
def test_a_day_is_that_day_in_either_order_of_writing(day: date) -> None:
    for text in (
        day.isoformat(),
        f"{day.day}/{day.month}/{day.year:04}",
        f"{day.day:02}-{day.month:02}-{day.year:04}",
        f" {day.isoformat()} 00:00:00\n",
    ):
        assert parse_interval(text) == (day, day)


@given(years, st.integers(1, 12))
def test_a_month_is_all_of_its_days(year: int, month: int) -> None:
    last = monthrange(year, month)[1]
    expected = (date(year, month, 1), date(year, month, last))
    assert parse_interval(f"{year:04}-{month:02}") == expected
    assert parse_interval(f"{year:04}-{month}") == expected


@given(years)
def test_a_year_is_all_of_its_days(year: int) -> None:
    assert parse_interval(f"{year:04}") == (date(year, 1, 1), date(year, 12, 31))


@given(st.text() | st.from_regex(r"\A[0-9]{1,5}[-/. ][0-9]{1,3}([-/. ][0-9]{1,5})?\Z"))
def test_whatever_is_written_gives_an_interval_in_order_or_none(text: str) -> None:
    found = parse_interval(text)
    assert found is None or found[0] <= found[1]


@given(st.text(st.characters(exclude_categories=["Nd"])))
def test_words_are_no_date(text: str) -> None:
    assert parse_interval(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "kemarin",
        "31/02/2023",
        "2023-02-29",
        "2023-13",
        "2023-00",
        "2023-05-00",
        "0000",
        "23",
        "12/2023",
        "1/2/23",
        "2023-05-12 13:45",
        "2023-05-12 sampai 2023-05-14",
        "20230512",
        "45258",  # a date as a spreadsheet counts days
        "2023-",
        "-2023-05-12",
    ],
)
def test_what_could_be_misread_is_no_date(text: str) -> None:
    assert parse_interval(text) is None


def test_the_day_comes_first_as_it_is_written_in_indonesia() -> None:
    assert parse_interval("03/04/2023") == (date(2023, 4, 3), date(2023, 4, 3))
    assert parse_interval("3.12.2023") == (date(2023, 12, 3), date(2023, 12, 3))


def test_the_29th_of_february_counts_where_there_is_one() -> None:
    assert parse_interval("2024-02") == (date(2024, 2, 1), date(2024, 2, 29))
    assert parse_interval("29/02/2024") == (date(2024, 2, 29), date(2024, 2, 29))
    assert parse_interval("29/02/2023") is None
