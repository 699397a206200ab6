"""Questions of the queue come back as they were written, whatever was in a file."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rawan.errors import RawanError
from rawan.review.items import PlaceQuestion, ReviewItem, read_items, same_event_key, write_items
from rawan.warehouse import Warehouse

Makers = Any  # see conftest.py

ANYTHING = st.text(max_size=40)


@given(written=ANYTHING, normalised=ANYTHING, file=ANYTHING, reason=ANYTHING)
def test_any_text_comes_back_as_it_was(
    written: str, normalised: str, file: str, reason: str
) -> None:
    question = PlaceQuestion(
        written=written, normalised=normalised, scope="", file=file, first_rows=(2,), reason=reason
    )
    item = ReviewItem(question, 3, applied="0123456789ab")
    assert ReviewItem.from_row(item.to_row()) == item


def test_every_kind_of_question_survives_the_warehouse(queue: Warehouse, make: Makers) -> None:
    waiting = read_items(queue)
    assert sorted(item.subject for item in waiting) == sorted(make)
    assert all(item == make[item.subject]() for item in waiting)
    assert [item.rows for item in waiting] == [4, 2, 1, 1]


def test_a_text_with_a_nul_survives_the_warehouse(queue: Warehouse, make: Makers) -> None:
    item = make["place"](written="Suka\x00rekaan \U0001f3e0 \u202e")
    write_items(queue, [item])
    assert read_items(queue) == [item]


def test_two_tellings_are_one_question_in_either_order() -> None:
    assert same_event_key("a", "b") == same_event_key("b", "a")


def test_a_place_written_so_in_two_files_is_one_question(queue: Warehouse, make: Makers) -> None:
    write_items(queue, [make["place"](rows=4), make["place"](rows=3, file="lain.csv")])
    assert [item.rows for item in read_items(queue)] == [7]


def test_before_the_first_placing_nothing_waits(warehouse: Warehouse) -> None:
    assert read_items(warehouse) == []


@pytest.mark.parametrize(
    "change",
    [
        "payload = '{'",
        "payload = '[]'",
        'payload = \'{"applied": "", "question": {"subject": "other"}}\'',
        'key = \'["lain",""]\'',
    ],
)
def test_a_queue_of_another_version_says_how_to_make_it_anew(queue: Warehouse, change: str) -> None:
    queue.execute(f"UPDATE staging.review_items SET {change}")
    with pytest.raises(RawanError, match="Make the queue anew with: rawan ingest"):
        read_items(queue)
