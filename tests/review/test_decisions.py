"""What was decided holds, can be taken back, and cannot be changed unnoticed."""

import getpass
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from rawan.errors import RawanError, UsageError
from rawan.review.answers import Knowledge, Mistake, answer, decide_by_key
from rawan.review.chain import head, verify_chain
from rawan.review.decisions import (
    decide,
    decided,
    history,
    pending,
    place_decision,
    row_corrections,
    signer,
    undo,
)
from rawan.review.items import place_key, row_key, write_items
from rawan.settings import Settings, load_settings
from rawan.warehouse import SQL, Warehouse, open_warehouse

Bench = Any  # see conftest.py of the tests
Makers = Any  # see conftest.py
Places = Any

CODE = {"code": "99.99.01.2003"}


@pytest.fixture
def knowledge(places: Places) -> Knowledge:
    return Knowledge(places, {"bentrok", "unjuk_rasa"})


@pytest.fixture(scope="module")
def record_of_decisions() -> Iterator[Warehouse]:
    """One record that the examples of a property go on with."""
    with open_warehouse(Settings(), ":memory:") as warehouse:
        warehouse.execute((SQL / "10_raw" / "decisions.sql").read_text(encoding="utf-8"))
        yield warehouse


def test_a_question_that_was_answered_does_not_wait_any_more(
    queue: Warehouse, make: Makers
) -> None:
    item = make["place"]()
    decision = decide(queue, item, "accept", CODE, "Analis A", "menurut polsek")
    assert item.key not in {waiting.key for waiting in pending(queue)}
    assert len(pending(queue)) == 3
    assert decided(queue, "place") == {item.key: decision}
    assert (decision.decided_by, decision.note) == ("Analis A", "menurut polsek")
    assert decided(queue, "row") == {}


def test_the_question_that_most_rows_wait_for_comes_first(queue: Warehouse) -> None:
    assert [item.rows for item in pending(queue)] == [4, 2, 1, 1]


def test_what_is_undone_waits_again_and_stays_in_the_history(
    queue: Warehouse, make: Makers
) -> None:
    first = decide(queue, make["place"](), "accept", CODE, "Analis A")
    assert undo(queue, "Analis B", first.decision_id) == first
    assert len(pending(queue)) == 4
    assert decided(queue, "place") == {}
    (kept,) = history(queue)
    assert (kept.decision_id, kept.undone_by) == (first.decision_id, "Analis B")
    assert kept.undone_at is not None
    with pytest.raises(RawanError, match="undone before, by Analis B"):
        undo(queue, "Analis A", first.decision_id)


def test_a_decision_can_be_read_as_one_line(queue: Warehouse, make: Makers) -> None:
    decide(queue, make["place"](written="Suka\x1b"), "accept", CODE, "Analis A", "kata polsek")
    undo(queue, "Analis A")
    (line,) = [decision.line() for decision in history(queue)]
    for part in ("Analis A", "suka<U+001B>", "accept", "99.99.01.2003", "kata polsek", "undone"):
        assert part in line


def test_the_newest_answer_counts_and_undoing_it_brings_the_one_before_back(
    queue: Warehouse, make: Makers
) -> None:
    item = make["place"]()
    first = decide(queue, item, "accept", CODE, "Analis A")
    second = decide(queue, item, "reject", {"as": "outside"}, "Analis B")
    assert decided(queue, "place")[item.key] == second
    undo(queue, "Analis B")
    assert decided(queue, "place")[item.key] == first


def test_undo_without_an_id_takes_back_what_the_same_user_decided_last(
    queue: Warehouse, make: Makers
) -> None:
    mine = decide(queue, make["place"](), "accept", CODE, "Analis A")
    decide(queue, make["same_event"](), "same", {}, "Analis B")
    assert undo(queue, "Analis A") == mine
    with pytest.raises(RawanError, match="Analis A has decided nothing"):
        undo(queue, "Analis A")
    with pytest.raises(RawanError, match='"nosuch" is no decision'):
        undo(queue, "Analis A", "nosuch")


def test_an_alias_everywhere_answers_the_name_in_every_kecamatan_that_has_no_own_answer(
    queue: Warehouse, make: Makers
) -> None:
    here, there = make["place"](scope="99.99.01"), make["place"](scope="99.99.02")
    write_items(queue, [here, there, make["place"](written="Lain")])
    own = decide(queue, there, "reject", {"as": "outside"}, "Analis A")
    alias = decide(queue, here, "alias", CODE | {"where": "everywhere"}, "Analis A")
    assert [item.question.written for item in pending(queue)] == ["Lain"]
    counting = decided(queue, "place")
    name = here.question.normalised
    assert place_decision(counting, name, "99.99.03") == alias
    assert place_decision(counting, name, "") == alias
    assert place_decision(counting, name, "99.99.02") == own
    assert place_decision(counting, "lain", "99.99.02") is None


def test_an_alias_here_leaves_other_kecamatan_alone(queue: Warehouse, make: Makers) -> None:
    here = make["place"]()
    decide(queue, here, "alias", CODE | {"where": "here"}, "Analis A")
    counting = decided(queue, "place")
    assert set(counting) == {place_key(here.question.normalised, "99.99.01")}


def test_an_answer_that_did_not_help_is_asked_for_once_more(queue: Warehouse, make: Makers) -> None:
    wrong = decide(queue, make["row"](), "correct", {"tanggal": "32/02/2019"}, "Analis A")
    assert "row" not in {item.subject for item in pending(queue)}
    write_items(queue, [make["row"](applied=wrong.decision_id, cell="32/02/2019")])
    (again,) = pending(queue)
    decide(queue, again, "correct", {"tanggal": "28/02/2019"}, "Analis A")
    assert pending(queue) == []


def test_corrections_of_two_cells_of_a_row_hold_together(queue: Warehouse, make: Makers) -> None:
    decide(queue, make["row"](), "correct", {"tanggal": "28/02/2019"}, "Analis A")
    decide(queue, make["row"](column="jenis"), "correct", {"jenis": "bentrok"}, "Analis A")
    corrections = row_corrections(decided(queue, "row"))["7f3a"]
    assert {column: d.value for column, d in corrections.items()} == {
        "tanggal": {"tanggal": "28/02/2019"},
        "jenis": {"jenis": "bentrok"},
    }
    assert row_key("7f3a", "jenis") in decided(queue, "row")


@pytest.mark.parametrize(
    ("subject", "action", "value"),
    [
        ("place", "same", {}),
        ("place", "accept", {}),
        ("place", "accept", {"code": "x", "more": "y"}),
        ("place", "alias", {"code": "x", "where": "somewhere"}),
        ("same_event", "same", {"code": "x"}),
        ("row", "correct", {}),
        ("row", "correct", {"tanggal": "x" * 5000}),
        ("row", "correct", {"tanggal": "\ud800"}),
    ],
)
def test_an_answer_that_does_not_fit_its_question_is_refused(
    queue: Warehouse, make: Makers, subject: str, action: str, value: dict[str, str]
) -> None:
    with pytest.raises(RawanError):
        decide(queue, make[subject](), action, value, "Analis A")
    assert history(queue) == []


@hypothesis_settings(max_examples=40)
@given(cell=st.text(max_size=30), note=st.text(max_size=30))
def test_any_correction_is_kept_as_it_was_typed(
    record_of_decisions: Warehouse, make: Makers, cell: str, note: str
) -> None:
    decide(record_of_decisions, make["row"](), "correct", {"tanggal": cell}, "Analis A", note)
    kept = history(record_of_decisions)[-1]
    assert (kept.value, kept.note) == ({"tanggal": cell}, note)
    assert verify_chain(record_of_decisions) == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ('UPDATE raw.decisions SET value = \'{"code": "x"}\' WHERE number = 2', "decision 2"),
        ("UPDATE raw.decisions SET decided_by = 'Lain' WHERE number = 1", "decision 1"),
        ("UPDATE raw.decisions SET decided_at = '2020-01-01' WHERE number = 3", "decision 3"),
        ("DELETE FROM raw.decisions WHERE number = 2", "number 2 should follow"),
        ("DELETE FROM raw.decisions WHERE number = 1", "number 1 should follow"),
        ("UPDATE raw.decisions SET undoes = NULL WHERE number = 4", "decision 4"),
        ("UPDATE raw.decisions SET decision_id = 'x' WHERE number = 1", "decision 1"),
    ],
)
def test_what_is_changed_afterwards_shows(
    queue: Warehouse, make: Makers, change: str, told: str
) -> None:
    for _ in range(3):
        decide(queue, make["place"](), "accept", CODE, "Analis A")
    undo(queue, "Analis A")
    assert verify_chain(queue) == []
    queue.execute(change)
    assert told in " ".join(verify_chain(queue))


def test_a_row_forged_with_a_hash_of_its_own_shows_in_the_row_after_it(
    queue: Warehouse, make: Makers
) -> None:
    for by in ("Analis A", "Analis B"):
        decide(queue, make["place"](), "accept", CODE, by)
    second = queue.frame("FROM raw.decisions WHERE number = 2")
    queue.execute("DELETE FROM raw.decisions")
    decide(queue, make["place"](), "reject", {"as": "outside"}, "Analis A")
    queue.append("raw.decisions", second)
    assert verify_chain(queue) == [
        f"decision 2 ({second['decision_id'][0]}): what stood before it was changed or taken out."
    ]


def test_what_is_cut_off_at_the_end_shows_against_the_head_kept_before(
    queue: Warehouse, make: Makers
) -> None:
    assert head(queue) == (0, "")
    decide(queue, make["place"](), "accept", CODE, "Analis A")
    kept = head(queue)
    assert kept[0] == 1
    queue.execute("DELETE FROM raw.decisions")
    assert head(queue) != kept


def test_decisions_are_there_at_the_next_run_and_only_with_the_key(
    settings: Settings, make: Makers
) -> None:
    for number in (1, 2):
        with open_warehouse(settings) as warehouse:
            warehouse.execute((SQL / "10_raw" / "decisions.sql").read_text(encoding="utf-8"))
            decide(warehouse, make["place"](), "accept", CODE, "Analis A", "Sukarekaan")
            assert len(history(warehouse)) == number
            assert verify_chain(warehouse) == []
    assert b"Sukarekaan" not in settings.warehouse.path.read_bytes()


def test_a_decision_is_signed_with_the_name_given_or_that_of_the_environment_or_login(
    monkeypatch: pytest.MonkeyPatch, bench: Bench
) -> None:
    monkeypatch.setattr(getpass, "getuser", lambda: "login")
    assert signer() == "login"
    monkeypatch.setenv("RAWAN_USER", "Analis B")
    assert signer() == "Analis B"
    assert signer(" Analis A ") == "Analis A"
    assert load_settings(bench.config) == bench.settings  # the name is no key of the configuration


@pytest.mark.parametrize("name", ["", "  ", "A\x1b[2J", "A\nB", "A\u202eB", "A" * 101, "\ud800"])
def test_a_name_that_is_empty_or_cannot_be_seen_does_not_sign(name: str) -> None:
    with pytest.raises(UsageError, match="--as NAME"):
        signer(name)


def test_without_any_name_nothing_is_signed(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody() -> str:
        raise OSError

    monkeypatch.setattr(getpass, "getuser", nobody)
    with pytest.raises(UsageError, match="--as NAME"):
        signer()


@pytest.mark.parametrize(
    ("subject", "choice", "typed", "value"),
    [
        ("place", "accept", "2", {"code": "99.99.01.2004"}),
        ("place", "correct", "99.99.02.2001", {"code": "99.99.02.2001"}),
        ("place", "correct", "sukarekaan", {"code": "99.99.02.2001"}),
        ("place", "correct", "99.99.01", {"code": "99.99.01"}),
        ("place", "alias everywhere", "99.99.01.2004", {"code": "99.99.01.2004"}),
        ("place", "district", "", {"code": "99.99.01"}),
        ("place", "reject", "", {"as": "outside"}),
        ("same_event", "different", "", {}),
        ("report_type", "type", "2", {"type": "unjuk_rasa"}),
        ("report_type", "type", "bentrok", {"type": "bentrok"}),
        ("report_type", "none", "", {}),
        ("row", "correct", "28/02/2019", {"tanggal": "28/02/2019"}),
        ("row", "empty", "", {"tanggal": ""}),
        ("row", "dismiss", "", {}),
    ],
)
def test_each_question_can_be_answered_by_a_program(
    queue: Warehouse,
    make: Makers,
    knowledge: Knowledge,
    subject: Any,
    choice: str,
    typed: str,
    value: dict[str, str],
) -> None:
    key = make[subject]().key
    decision = decide_by_key(queue, subject, key, choice, typed, "Analis A", knowledge)
    assert value.items() <= decision.value.items()
    assert subject not in {item.subject for item in pending(queue)}


@pytest.mark.parametrize(
    ("subject", "choice", "typed", "field", "told"),
    [
        ("place", "accept", "3", "value", "there are 2 candidates"),
        ("place", "accept", "0", "value", "there are 2 candidates"),
        ("place", "accept", "", "value", "needs a value"),
        ("place", "correct", "99.99.09.2001", "value", "neither a code nor a name"),
        ("place", "correct", "Wanaandai Timxr", "value", "99.99.01.2003"),
        ("place", "same", "", "decision", "cannot be chosen"),
        ("report_type", "type", "bentrokk", "value", 'Did you mean "bentrok"'),
        ("row", "correct", "31/02/2019", "value", "holds that already"),
    ],
)
def test_an_answer_that_is_not_certain_is_a_mistake_with_its_way_out(
    make: Makers, knowledge: Knowledge, subject: str, choice: str, typed: str, field: str, told: str
) -> None:
    with pytest.raises(Mistake, match=told) as caught:
        answer(make[subject](), choice, typed, knowledge)
    assert caught.value.field == field


def test_a_place_without_a_kecamatan_cannot_be_left_at_its_level(
    make: Makers, knowledge: Knowledge
) -> None:
    with pytest.raises(Mistake, match="no kecamatan is known"):
        answer(make["place"](scope=""), "district", "", knowledge)


def test_a_candidate_that_is_gone_from_the_gazetteer_is_not_taken(
    make: Makers, knowledge: Knowledge
) -> None:
    gone = make["place"]().question.candidates[0].model_copy(update={"code": "99.99.01.2999"})
    with pytest.raises(Mistake, match="not in the gazetteer any more"):
        answer(make["place"](candidates=(gone,)), "accept", "1", knowledge)


def test_a_question_that_is_not_asked_cannot_be_answered(
    queue: Warehouse, knowledge: Knowledge
) -> None:
    with pytest.raises(RawanError, match="no such question"):
        decide_by_key(queue, "place", '["x",""]', "reject", "", "Analis A", knowledge)
