"""A queue with one question of each kind, over the invented region."""

from collections.abc import Callable, Sequence
from difflib import SequenceMatcher
from typing import Any

import pytest

from rawan.review.items import (
    Candidate,
    PlaceQuestion,
    ReportTypeQuestion,
    ReviewItem,
    RowQuestion,
    SameEventQuestion,
    Telling,
    write_items,
)
from rawan.warehouse import SQL, Warehouse

PLACES = {
    "99.99.01": "Wanaandai",
    "99.99.01.2003": "Wanaandai Timur",
    "99.99.01.2004": "Wanaandai Timor",
    "99.99.02.2001": "Sukarekaan",
    "99.99.02.2002": "Tirtakhayal",
}


class SmallGazetteer:
    """Five places, found by code or likeness of their names."""

    def label(self, code: str) -> str | None:
        return PLACES.get(code)

    def find(self, text: str, district_code: str | None) -> Sequence[tuple[str, str, float]]:
        found = [
            (code, name, SequenceMatcher(None, text.casefold(), name.casefold()).ratio())
            for code, name in PLACES.items()
            if code.startswith(district_code or "")
        ]
        return sorted((f for f in found if f[2] > 0.6), key=lambda f: (-f[2], f[0]))


def place_item(
    written: str = "Wanaandai Tim.",
    scope: str = "99.99.01",
    rows: int = 4,
    applied: str = "",
    **more: Any,
) -> ReviewItem:
    question = PlaceQuestion(
        written=written,
        normalised=written.casefold(),
        scope=scope,
        district="Kec. Wanaandai",
        file="insiden.csv",
        first_rows=(3, 9),
        candidates=(
            Candidate(code="99.99.01.2003", label="Wanaandai Timur, Wanaandai", likeness=0.93),
            Candidate(code="99.99.01.2004", label="Wanaandai Timor, Wanaandai", likeness=0.93),
        ),
        reason="two villages are equally like it",
    )
    return ReviewItem(question.model_copy(update=more), rows, applied)


def event_item() -> ReviewItem:
    sides = [
        Telling(
            telling_id=name,
            day=f"2019-03-0{day}",
            type="bentrok",
            place="Sukarekaan",
            file=f"{name}.csv",
            row=2,
            url="https://example.org/berita",
        )
        for day, name in enumerate(("satu", "dua"), 1)
    ]
    parts = {"day": 0.8, "place": 1.0}
    return ReviewItem(
        SameEventQuestion(left=sides[0], right=sides[1], likeness=0.7, parts=parts), 2
    )


def report_item() -> ReviewItem:
    question = ReportTypeQuestion(
        text_hash="a1b2",
        report_key="LI-7",
        file="laporan.csv",
        row=5,
        suggested="bentrok",
        confidence=0.55,
        candidates=(
            Candidate(code="bentrok", label="bentrok", likeness=0.55),
            Candidate(code="unjuk_rasa", label="unjuk rasa", likeness=0.4),
        ),
    )
    return ReviewItem(question, 1)


def row_item(applied: str = "", cell: str | None = "31/02/2019", column: str = "tanggal") -> Any:
    question = RowQuestion(
        row_id="7f3a",
        file="insiden.xlsx",
        sheet="2019",
        row=41,
        column=column,
        reason='"31/02/2019" is not a date',
        cell=cell,
    )
    return ReviewItem(question, 1, applied)


@pytest.fixture
def places() -> SmallGazetteer:
    return SmallGazetteer()


@pytest.fixture(scope="session")
def make() -> dict[str, Callable[..., ReviewItem]]:
    """Makers of questions by subject."""
    return {
        "place": place_item,
        "same_event": event_item,
        "report_type": report_item,
        "row": row_item,
    }


@pytest.fixture
def queue(warehouse: Warehouse) -> Warehouse:
    """A warehouse in which one question of each kind waits."""
    warehouse.execute((SQL / "10_raw" / "decisions.sql").read_text(encoding="utf-8"))
    write_items(warehouse, [place_item(), event_item(), report_item(), row_item()])
    return warehouse
