"""What is asked of a person, and that every answer is applied at the next placing."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from rawan.places.placing import place_rows, quarantine_lines
from rawan.review.decisions import decide, pending, undo
from rawan.review.items import ReviewItem
from rawan.settings import Settings
from rawan.warehouse import Warehouse

Bench = Any  # see conftest.py
Cells = dict[str, object]
Ask = Callable[..., list[ReviewItem]]

GOOD: Cells = {"tanggal": "2019-01-01", "tanggal_diketahui": "2019-01-02", "jenis": "bentrok"}
BETWEEN_TWO = {"desa": "Wanaandai Timar", "kecamatan": "Umpama"}
SECRET = "Pendukung kedua calon berkumpul di rumah saksi dan menyebut kata sandi halilintar"
PLACES = (
    "SELECT r.row_id, o.* FROM staging.read_incidents AS r JOIN staging.place_options AS o"
    " USING (place_no) WHERE r.verdict.fate = 'placed'"
)
UNSURE = "Warga bentrok dan unjuk rasa soal lahan"


@pytest.fixture
def ask(bench: Bench, warehouse: Warehouse) -> Ask:
    """Take rows in as one file and return what waits for a person."""

    def rows(*cells: Cells, file: str = "insiden.csv") -> list[ReviewItem]:
        bench.place(warehouse, {file: cells})
        return pending(warehouse)

    return rows


@pytest.fixture
def again(warehouse: Warehouse, settings: Settings) -> Callable[[], list[ReviewItem]]:
    """Place once more and return what waits then."""

    def placed() -> list[ReviewItem]:
        place_rows(warehouse, settings)
        return pending(warehouse)

    return placed


def villages(warehouse: Warehouse) -> list[tuple[str | None, str]]:
    return warehouse.rows(f"SELECT village_code, method FROM ({PLACES}) ORDER BY ALL")


def fates(warehouse: Warehouse) -> list[tuple[str, str | None, str | None]]:
    return warehouse.rows("SELECT fate, field, reason FROM staging.fates ORDER BY row_id")


# Places


def test_a_name_between_two_villages_is_asked_with_both_of_them(ask: Ask) -> None:
    items = ask(GOOD | BETWEEN_TWO, GOOD | BETWEEN_TWO | {"tanggal": "2019-01-05"})
    (item,) = items
    question = item.question
    assert question.subject == "place"
    assert (question.written, question.scope, question.district) == (
        "Wanaandai Timar",
        "99.99.01",
        "Umpama",
    )
    assert {c.code for c in question.candidates} == {"99.99.01.2003", "99.99.01.2004"}
    assert {c.label for c in question.candidates} == {
        "Wanaandai Timur, Umpama",
        "Wanaandai Timor, Umpama",
    }
    assert (question.file, item.rows) == ("inbox/insiden.csv", 2)


def test_a_repeated_name_is_asked_and_its_row_waits_once(ask: Ask, warehouse: Warehouse) -> None:
    (item,) = ask(GOOD | {"desa": "Sukarekaan"})
    assert item.subject == "place"
    assert {c.code for c in item.question.candidates} == {"99.99.01.2001", "99.99.02.2001"}
    assert fates(warehouse)[0][:2] == ("quarantined", "villages")


@pytest.mark.parametrize(
    ("action", "value", "place"),
    [
        ("accept", {"code": "99.99.01.2003"}, ("99.99.01.2003", "alias")),
        ("correct", {"code": "99.99.02.2002"}, ("99.99.02.2002", "alias")),
        ("alias", {"code": "99.99.01.2004", "where": "here"}, ("99.99.01.2004", "alias")),
        ("alias", {"code": "99.99.01.2004", "where": "everywhere"}, ("99.99.01.2004", "alias")),
        ("district", {"code": "99.99.01"}, (None, "alias")),
        ("reject", {"as": "outside"}, None),
    ],
)
def test_an_answer_on_a_place_is_applied_and_undoing_it_brings_the_question_back(
    ask: Ask,
    again: Callable[[], list[ReviewItem]],
    warehouse: Warehouse,
    action: str,
    value: dict[str, str],
    place: tuple[str | None, str] | None,
) -> None:
    (item,) = ask(GOOD | {"desa": "Wanaandai Tim"})
    assert fates(warehouse)[0][0] == "quarantined"
    decide(warehouse, item, action, value, "penguji")
    assert pending(warehouse) == []
    assert again() == []
    if place is None:
        assert fates(warehouse) == [
            ("excluded", "villages", '"Wanaandai Tim" is outside the region.')
        ]
    else:
        assert villages(warehouse) == [place]
    undo(warehouse, "penguji")
    assert [back.key for back in again()] == [item.key]
    assert fates(warehouse)[0][0] == "quarantined"


def test_an_answer_for_everywhere_yields_to_one_for_the_own_kecamatan(
    ask: Ask, again: Callable[[], list[ReviewItem]], warehouse: Warehouse
) -> None:
    items = ask(
        GOOD | {"desa": "Wanaandai Timar", "kecamatan": "Umpama"},
        GOOD | {"desa": "Wanaandai Timar", "kecamatan": "Andaikata"},
        GOOD | {"desa": "Wanaandai Timar"},
    )
    by_scope = {item.question.scope: item for item in items}
    everywhere = {"code": "99.99.01.2003", "where": "everywhere"}
    decide(warehouse, by_scope["99.99.01"], "alias", everywhere, "penguji")
    assert again() == []
    seen = (
        f"SELECT c.districts, o.village_code FROM ({PLACES}) AS o"
        " JOIN staging.current_incidents AS c USING (row_id) ORDER BY c.row"
    )
    assert [code for _, code in warehouse.rows(seen)] == ["99.99.01.2003"] * 3
    here = {"code": "99.99.01.2004", "where": "here"}
    decide(warehouse, by_scope["99.99.01"], "alias", here, "penguji")
    assert again() == []
    assert warehouse.rows(seen) == [
        ("Umpama", "99.99.01.2004"),
        ("Andaikata", "99.99.01.2003"),
        (None, "99.99.01.2003"),
    ]


def test_an_answer_on_a_name_wins_over_the_name_as_the_reference_has_it(
    ask: Ask, again: Callable[[], list[ReviewItem]], warehouse: Warehouse
) -> None:
    (item,) = ask(
        GOOD | {"desa": "Sukarekaan"}, GOOD | {"desa": "Sukarekaan", "kecamatan": "Andaikata"}
    )
    decide(
        warehouse, item, "alias", {"code": "99.99.01.2001", "where": "everywhere"}, "penguji"
    )
    assert again() == []
    assert villages(warehouse) == [("99.99.01.2001", "alias")] * 2


def test_the_place_of_a_row_that_is_left_out_is_not_asked(
    ask: Ask, again: Callable[[], list[ReviewItem]], warehouse: Warehouse
) -> None:
    # Its date is asked first, and the row is left out for it.
    (item,) = ask(GOOD | {"desa": "Rejocontoh", "tanggal": "kemarin"})
    decide(warehouse, item, "correct", {"villages": "Wanaandai Tim", "occurred_on": "2019"}, "a")
    assert [waiting.subject for waiting in again()] == ["place"]
    decide(warehouse, item, "dismiss", {}, "a")
    assert again() == []
    assert fates(warehouse)[0][0] == "excluded"


# Rows in quarantine


def test_a_corrected_cell_is_applied_and_asked_once_more_where_it_is_wrong_again(
    ask: Ask,
    again: Callable[[], list[ReviewItem]],
    warehouse: Warehouse,
    settings: Settings,
) -> None:
    (item,) = ask(GOOD | {"desa": "Rejocontoh", "tanggal": "31/02/2019"})
    question = item.question
    assert (question.file, question.row, question.column) == ("inbox/insiden.csv", 2, "occurred_on")
    assert question.cell == "31/02/2019"
    assert "31/02/2019" in question.reason
    wrong = {"occurred_on": "30/02/2019"}
    decide(warehouse, item, "correct", wrong, "penguji")
    (back,) = again()
    assert (back.key, back.question.cell) == (item.key, "30/02/2019")
    assert "30/02/2019" in back.question.reason
    (line,) = quarantine_lines(warehouse, settings)
    assert 'column "tanggal"' in line
    assert "30/02/2019" in line
    decide(warehouse, back, "correct", {"occurred_on": "28/02/2019"}, "penguji")
    assert again() == []
    assert warehouse.value("SELECT occurred_on::VARCHAR FROM staging.own_events") == "2019-02-28"
    undo(warehouse, "penguji")
    undo(warehouse, "penguji")
    (first,) = again()
    assert first.question.cell == "31/02/2019"


def test_the_file_itself_is_not_changed_by_a_correction(
    ask: Ask, again: Callable[[], list[ReviewItem]], warehouse: Warehouse
) -> None:
    (item,) = ask(GOOD | {"desa": "Rejocontoh", "jenis": "bentrock"})
    decide(warehouse, item, "correct", {"type": "bentrok"}, "penguji")
    assert again() == []
    assert warehouse.rows("SELECT type FROM raw.incidents") == [("bentrock",)]
    assert warehouse.rows("SELECT type FROM staging.current_incidents") == [("bentrok",)]


def test_a_dismissed_row_is_excluded_in_the_name_of_who_did_it(
    ask: Ask, again: Callable[[], list[ReviewItem]], warehouse: Warehouse
) -> None:
    (item,) = ask(GOOD | {"desa": "Rejocontoh", "tanggal": "kemarin"}, GOOD | {"desa": "Umpama"})[
        :1
    ]
    decide(warehouse, item, "dismiss", {}, "Petugas Uji")
    again()
    found, field, reason = fates(warehouse)[0]
    assert (found, field) == ("excluded", None)
    assert reason is not None
    assert reason.startswith("left out by Petugas Uji on 20")
    undo(warehouse, "Petugas Uji")
    assert item.key in [waiting.key for waiting in again()]


def test_a_row_that_cannot_be_read_is_asked_whole_and_can_be_left_out(
    bench: Bench, again: Callable[[], list[ReviewItem]], warehouse: Warehouse
) -> None:
    (bench.inbox / "insiden.csv").write_text(
        "tanggal,jenis,desa\n2019-01-01,bentrok,Rejocontoh\n2019-01-01,bentrok,A,B,C,D\n",
        encoding="utf-8",
    )
    bench.place(warehouse, {})
    (item,) = pending(warehouse)
    assert (item.question.row, item.question.column, item.question.cell) == (3, "", None)
    decide(warehouse, item, "dismiss", {}, "penguji")
    assert again() == []
    assert [found for found, _, _ in fates(warehouse)] == ["placed", "excluded"]


# Types of texts


def test_the_type_of_a_text_is_asked_once_and_what_is_said_holds_for_every_copy(
    ask: Ask, again: Callable[[], list[ReviewItem]], warehouse: Warehouse
) -> None:
    unsure = GOOD | {"jenis": "", "isi": UNSURE}
    rows = [unsure | {"desa": "Rejocontoh"}, unsure | {"desa": "Tirtakhayal"}]
    (item,) = ask(*rows, file="laporan.csv")
    assert item.rows == 2
    assert item.question.subject == "report_type"
    assert (item.question.file, item.question.row) == ("inbox/laporan.csv", 2)
    decide(warehouse, item, "type", {"type": "sengketa_lahan"}, "penguji")
    assert again() == []
    read = "SELECT type FROM staging.read_reports"
    assert warehouse.rows(read) == [("sengketa_lahan",)] * 2
    undo(warehouse, "penguji")
    assert [back.key for back in again()] == [item.key]
    decide(warehouse, item, "none", {}, "penguji")
    assert again() == []
    assert warehouse.rows(read) == [(None,)] * 2


def test_the_text_of_a_report_is_in_no_question(ask: Ask, warehouse: Warehouse) -> None:
    texts = [SECRET, UNSURE, f"{SECRET} di Desa Wanaandai Tim", f"{UNSURE} di Sukarekaan", ""]
    rows = [GOOD | {"jenis": "", "isi": text, "tanggal": "2019-01-01"} for text in texts]
    placed = [row | {"desa": "Rejocontoh"} for row in rows]
    wrong = [row | {"nilai_sumber": "Z"} for row in placed]
    items = ask(*rows, *placed, *wrong, file="laporan.csv")
    assert {item.subject for item in items} == {"place", "report_type", "row"}
    stored = json.dumps(
        warehouse.rows("SELECT key, payload FROM staging.review_items"), ensure_ascii=False
    )
    for words in ("halilintar", "rumah saksi", "Pendukung", "soal lahan"):
        assert words not in stored
