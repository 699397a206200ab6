"""The queue on a terminal: what is typed is what is kept, and nothing in a file acts on it."""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from rawan.review.decisions import decide, decided, history, pending
from rawan.review.items import ReviewItem, Subject, write_items
from rawan.review.showing import ReportTexts, question_lines
from rawan.review.terminal import Outcome, run_queue
from rawan.review.visible import visible
from rawan.warehouse import Warehouse

Makers = Any  # see conftest.py


@dataclass(frozen=True)
class Sat:
    """What came of a sitting, and all that stood on the terminal."""

    outcome: Outcome
    shown: str


Sit = Callable[..., Sat]


@pytest.fixture
def sit(queue: Warehouse, places: Any) -> Sit:
    def _sit(*typed: str | BaseException, **options: Any) -> Sat:
        lines: Iterator[str | BaseException] = iter(typed)
        screen = io.StringIO()
        console = Console(file=screen, force_terminal=True, width=100)

        def ask(prompt: str) -> str:
            screen.write(prompt)
            line = next(lines, EOFError())
            if isinstance(line, BaseException):
                raise line
            screen.write(f"{line}\n")
            return line

        options = {"lang": "en"} | options
        outcome = run_queue(queue, places, "Analis A", console=console, ask=ask, **options)
        assert next(lines, None) is None, "not all that was typed was asked for"
        return Sat(outcome, screen.getvalue())

    return _sit


def only(queue: Warehouse, *items: ReviewItem) -> None:
    write_items(queue, items)


def value_of(queue: Warehouse, subject: Subject) -> tuple[str, dict[str, str], str]:
    (decision,) = decided(queue, subject).values()
    return decision.action, decision.value, decision.note


def test_the_whole_queue_is_worked_through_and_each_answer_is_kept(
    queue: Warehouse, sit: Sit
) -> None:
    sat = sit("1 # says the polsek", "y", "2", "x", "")
    assert sat.outcome == Outcome(decided=4, left=0)
    assert value_of(queue, "place") == ("accept", {"code": "99.99.01.2003"}, "says the polsek")
    assert value_of(queue, "same_event") == ("same", {}, "")
    assert value_of(queue, "report_type") == ("type", {"type": "unjuk_rasa"}, "")
    assert value_of(queue, "row") == ("dismiss", {}, "")
    assert {decision.decided_by for decision in history(queue)} == {"Analis A"}
    assert sit().outcome == Outcome(0, 0)


def test_a_question_shows_what_is_needed_to_answer_it(sit: Sit) -> None:
    shown = sit("s", "s", "s", "s").shown
    for needed in (
        "1 of 4",
        "Wanaandai Tim.",
        "Kec. Wanaandai",
        "insiden.csv, row 3, 9 …",
        "two villages are equally like it",
        "1  Wanaandai Timur, Wanaandai (99.99.01.2003)  0.93",
        "satu.csv, row 2, https://example.org/berita",
        "day 0.80, place 1.00",
        "bentrok 0.55",
        "insiden.xlsx, sheet 2019, row 41",
        "31/02/2019",
    ):
        assert needed in shown


def test_in_bahasa_indonesia_by_default(queue: Warehouse, sit: Sit) -> None:
    shown = sit("s", "s", "s", "s", lang="id").shown
    assert "baris menunggu" in shown
    assert "tingkat kecamatan" in shown


@pytest.mark.parametrize(
    ("typed", "action", "value"),
    [
        (("c", "99.99.02.2001"), "correct", {"code": "99.99.02.2001"}),
        (("c", "Sukarekaan"), "correct", {"code": "99.99.02.2001"}),
        (("c", "Wanaandai Timxr", "2"), "correct", {"code": "99.99.01.2004"}),
        (("c", "2"), "correct", {"code": "99.99.01.2004"}),
        (("a", "1", "n"), "alias", {"code": "99.99.01.2003", "where": "here"}),
        (("a", "1", "y"), "alias", {"code": "99.99.01.2003", "where": "everywhere"}),
        (("r",), "reject", {"as": "outside"}),
        (("D",), "district", {"code": "99.99.01"}),
    ],
)
def test_each_key_for_a_place(
    queue: Warehouse,
    sit: Sit,
    make: Makers,
    typed: tuple[str, ...],
    action: str,
    value: dict[str, str],
) -> None:
    only(queue, make["place"]())
    sit(*typed, "")
    assert value_of(queue, "place") == (action, value, "")


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        (("7",), "there are 2 candidates"),
        (("w",), '"w" is no choice'),
        (("",), '"" is no choice'),
        (("c", ""), "Nothing was decided"),
        (("c", "Nowhere"), "neither a code nor a name"),
        (("c", "Wanaandai Timxr", "9"), "Nothing was decided"),
        (("c", "Wanaandai Timxr", ""), "Nothing was decided"),
        (("?",), "A note follows a # sign"),
        (("u",), "Nothing was decided in this sitting"),
    ],
)
def test_what_is_no_answer_is_told_and_asked_again(
    queue: Warehouse, sit: Sit, make: Makers, typed: tuple[str, ...], told: str
) -> None:
    only(queue, make["place"]())
    sat = sit(*typed, "r", "")
    assert told in sat.shown
    assert value_of(queue, "place")[0] == "reject"


def test_a_name_that_is_like_two_places_is_never_taken_alone(
    queue: Warehouse, sit: Sit, make: Makers
) -> None:
    only(queue, make["place"]())
    sat = sit("c", "Wanaandai Timxr", "", "q")
    assert "99.99.01.2003" in sat.shown
    assert sat.outcome == Outcome(0, 1)


@pytest.mark.parametrize("end", ["q", KeyboardInterrupt(), EOFError()])
def test_leaving_at_any_moment_keeps_what_was_decided(
    queue: Warehouse, sit: Sit, end: str | BaseException
) -> None:
    sat = sit("r", end)
    assert sat.outcome == Outcome(decided=1, left=3)
    assert [item.subject for item in pending(queue)] == ["same_event", "report_type", "row"]
    assert "1 decided, 3 still wait" in sat.shown


def test_leaving_in_the_middle_of_an_answer_decides_nothing(queue: Warehouse, sit: Sit) -> None:
    assert sit("c", KeyboardInterrupt()).outcome == Outcome(0, 4)
    assert history(queue) == []


def test_undo_puts_the_question_before_again_and_then_the_one_at_hand(
    queue: Warehouse, sit: Sit
) -> None:
    sat = sit("r", "u", "1", "n", "q")
    assert sat.outcome == Outcome(decided=2, left=2)
    assert value_of(queue, "place")[0] == "accept"
    assert value_of(queue, "same_event")[0] == "different"
    assert [decision.undone_by for decision in history(queue)] == ["Analis A", None, None]


def test_the_last_answer_can_be_undone_too(queue: Warehouse, sit: Sit, make: Makers) -> None:
    only(queue, make["place"]())
    assert sit("r", "u", "d", "").outcome == Outcome(decided=1, left=0)
    assert value_of(queue, "place")[0] == "district"


def test_an_alias_everywhere_spares_the_same_name_elsewhere_until_it_is_undone(
    queue: Warehouse, sit: Sit, make: Makers
) -> None:
    only(queue, make["place"](rows=9), make["place"](scope="99.99.02"), make["row"]())
    assert sit("a", "1", "y", "x", "").outcome == Outcome(decided=2, left=0)
    only(queue, make["place"](rows=9, written="b"), make["place"](scope="", written="b"))
    sat = sit("a", "1", "y", "u", "r", "s")
    assert sat.outcome == Outcome(decided=1, left=1)
    assert sat.shown.count("rows that wait") == 3


def test_what_somebody_decided_long_ago_is_not_undone_by_the_key(
    queue: Warehouse, sit: Sit, make: Makers
) -> None:
    decide(queue, make["place"](), "reject", {"as": "outside"}, "Analis A")
    sit("u", "q")
    assert history(queue)[0].undone_by is None


def test_a_wrong_cell_is_corrected_or_emptied(queue: Warehouse, sit: Sit, make: Makers) -> None:
    only(queue, make["row"](), make["row"](column="korban"))
    assert sit("c", "31/02/2019", "c", "28/02/2019", "e", "").outcome.decided == 2
    assert [decision.value for decision in history(queue)] in (
        [{"korban": "28/02/2019"}, {"tanggal": ""}],
        [{"tanggal": "28/02/2019"}, {"korban": ""}],
    )


def test_a_type_can_be_named_and_must_be_one_of_the_region(
    queue: Warehouse, sit: Sit, make: Makers
) -> None:
    only(queue, make["report_type"]())
    sat = sit("c", "bentrokk", "c", "sengketa_lahan", "")
    assert 'Did you mean "bentrok"' in sat.shown
    assert value_of(queue, "report_type")[1] == {"type": "sengketa_lahan"}


def test_a_secret_cell_is_not_shown(queue: Warehouse, sit: Sit, make: Makers) -> None:
    only(queue, make["row"](cell=None))
    assert "(kept secret)" in sit("s").shown


def test_the_text_of_a_report_is_shown_only_when_asked_for_and_never_unlogged(
    queue: Warehouse, sit: Sit, make: Makers
) -> None:
    only(queue, make["report_type"]())
    events: list[tuple[str, ...]] = []

    def read(key: str) -> str:
        events.append(("read", key))
        return "Dua kelompok\nbertemu \x1b[2Jdi [bold]pasar[/bold]"

    texts = ReportTexts(read, lambda *what: events.append(("log", *what)))
    assert "kelompok" not in sit("s").shown
    assert events == []
    shown = sit("s", texts=texts).shown
    assert events == [("log", "LI-7", "Analis A", "review"), ("read", "LI-7")]
    assert "| Dua kelompok" in shown
    assert "di [bold]pasar[/bold]" in shown
    assert "\x1b[2J" not in shown


def test_a_reading_that_cannot_be_logged_shows_nothing(
    queue: Warehouse, sit: Sit, make: Makers
) -> None:
    only(queue, make["report_type"]())

    def fail(*_: str) -> None:
        raise OSError("disk full")

    def read(_: str) -> str:
        raise AssertionError("read without a log")

    with pytest.raises(OSError, match="disk full"):
        sit("s", texts=ReportTexts(read, fail))


def test_a_text_that_was_deleted_is_told_as_deleted(
    queue: Warehouse, sit: Sit, make: Makers
) -> None:
    only(queue, make["report_type"]())
    texts = ReportTexts(lambda _: None, lambda *_: None)
    assert "the text was deleted" in sit("s", texts=texts).shown


def test_nothing_in_a_file_acts_on_the_terminal(queue: Warehouse, sit: Sit, make: Makers) -> None:
    nasty = "[red]\x1b[31mSuka\u202erekaan\x07 :house:\r\nBaris[/red]"
    only(queue, make["place"](written=nasty, reason=nasty, district=nasty, file=nasty))
    shown = sit("s").shown
    assert "[red]<U+001B>[31mSuka<U+202E>rekaan<U+0007> :house:<U+000D><U+000A>Baris" in shown
    for character in "\x1b\x07\r\u202e":
        assert character not in shown


@given(st.text())
def test_whatever_is_shown_can_be_seen_on_one_line(text: str) -> None:
    assert all(character.isprintable() for character in visible(text))
    assert visible(visible(text)) == visible(text)


@given(st.text(max_size=400))
def test_a_question_takes_as_many_lines_whatever_is_in_it(make: Makers, text: str) -> None:
    item = make["place"](written=f"x{text}")
    assert len(question_lines(item, "en")) == len(question_lines(make["place"](), "en"))
