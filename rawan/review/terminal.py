"""The queue on a terminal: one question after the other, one line an answer.

Owns asking. It needs nothing but lines of input, so it runs on every system and in a
script. Each answer is stored at once; leaving at any moment, Ctrl-C included, keeps what
was decided. How a question looks is in `rawan.review.showing`, what may be answered in
`rawan.review.answers`.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from rich.console import Console

from rawan.errors import RawanError
from rawan.review.answers import (
    CHOICES,
    Knowledge,
    Mistake,
    Places,
    answer,
    is_exact,
    known_types,
    matches,
)
from rawan.review.decisions import (
    ACTIONS,
    Decision,
    answer_to,
    decided,
    pending,
    record,
    signer,
    undo,
)
from rawan.review.items import PlaceQuestion, ReportTypeQuestion, ReviewItem, RowQuestion, Subject
from rawan.review.showing import (
    ReportTexts,
    candidate_lines,
    candidates,
    plain,
    question_lines,
    show_text,
)
from rawan.review.visible import visible
from rawan.review.words import word
from rawan.settings import Language
from rawan.warehouse import Warehouse

Ask = Callable[[str], str]

# Keys that decide at once; those that ask for more are methods of the sitting.
_AT_ONCE: dict[Subject, dict[str, str]] = {
    "place": {"r": "reject", "d": "district"},
    "same_event": {"y": "same", "n": "different"},
    "report_type": {"n": "none"},
    "row": {"e": "empty", "x": "dismiss"},
}


@dataclass(frozen=True)
class Outcome:
    """What came of a sitting: questions decided, and questions that still wait."""

    decided: int
    left: int


def run_queue(
    warehouse: Warehouse,
    places: Places,
    by: str,
    *,
    console: Console,
    ask: Ask = input,
    lang: Language = "id",
    texts: ReportTexts | None = None,
) -> Outcome:
    """Put the questions that wait to a person, those that most rows wait for first.

    Parameters
    ----------
    by : who decides and signs.
    ask : returns the line typed for a prompt; EOFError and KeyboardInterrupt leave.
    texts : how to show the text of reports; None shows none.
    """
    sitting = _Sitting(warehouse, places, signer(by), console, ask, lang, texts)
    try:
        sitting.run()
    except (EOFError, KeyboardInterrupt, _Leave):
        plain(console, "")
    outcome = Outcome(len(sitting.taken), len(pending(warehouse)))
    sitting.say("left over", decided=str(outcome.decided), left=str(outcome.left))
    return outcome


class _Leave(Exception):
    """The person wants to stop."""


class _Sitting:
    def __init__(
        self,
        warehouse: Warehouse,
        places: Places,
        by: str,
        console: Console,
        ask: Ask,
        lang: Language,
        texts: ReportTexts | None,
    ) -> None:
        self.warehouse, self.places, self.by = warehouse, places, by
        self.console, self.ask, self.lang, self.texts = console, ask, lang, texts
        self.knowledge = Knowledge(places, known_types(warehouse))
        self.waiting = deque(pending(warehouse))
        self.total = len(self.waiting)
        self.counting = {subject: decided(warehouse, subject) for subject in ACTIONS}
        # What was decided now, newest last, and the questions that an answer to another settled.
        self.taken: list[tuple[ReviewItem, Decision]] = []
        self.settled: list[ReviewItem] = []

    def run(self) -> None:
        self.say("help" if self.waiting else "nothing")
        while self.waiting or self._taken_back_at_the_end():
            item = self.waiting.popleft()
            if answer_to(item, self.counting[item.subject]) is not None:
                self.settled.append(item)
                continue
            self._show(item)
            while not self._respond(item):
                pass

    def _taken_back_at_the_end(self) -> bool:
        """Give the last answer, too, its chance to be taken back."""
        if not self.taken:
            return False
        is_undo = self.ask(word("ask.end", self.lang)).strip().casefold() == "u"
        return is_undo and self._undo(None)

    def say(self, key: str, **parts: str) -> None:
        plain(self.console, word(key, self.lang).format(**parts))

    def _show(self, item: ReviewItem) -> None:
        plain(self.console, "")
        self.say(
            "title",
            n=str(self.total - len(self.waiting)),
            of=str(self.total),
            subject=word(f"subject.{item.subject}", self.lang),
            rows=str(item.rows),
        )
        for line in question_lines(item, self.lang):
            plain(self.console, line)
        if self.texts is not None and isinstance(item.question, ReportTypeQuestion):
            show_text(self.console, item.question, self.texts, self.by, self.lang)
        self._tell_keys(item)

    def _tell_keys(self, item: ReviewItem) -> None:
        self.say(f"keys.{item.subject}")
        self.say("keys.always")

    def _respond(self, item: ReviewItem) -> bool:
        """Take one line; return whether the question is done with for now."""
        key, _, note = self.ask("> ").partition("#")
        key, note = key.strip().casefold(), note.strip()
        if key == "q":
            raise _Leave
        if key == "s":
            return True
        if key == "u":
            return self._undo(item)
        if key == "?":
            self._tell_keys(item)
            self.say("help")
            return False
        try:
            return self._decide(item, key, note)
        except Mistake as mistake:
            plain(self.console, f"  {mistake}")
            return False

    def _decide(self, item: ReviewItem, key: str, note: str) -> bool:
        chosen = self._chosen(item, key)
        if chosen is None:
            self.say("no key", typed=visible(key, 20))
            self._tell_keys(item)
            return False
        choice, typed = chosen
        if CHOICES[item.subject][choice] and not typed:
            self.say("back")
            return False
        taken = answer(item, choice, typed, self.knowledge, note)
        decision = record(self.warehouse, [taken], self.by)[0]
        self.counting[item.subject][decision.key] = decision
        self.taken.append((item, decision))
        self.say("done", what=self._told(decision), id=decision.decision_id)
        return True

    def _chosen(self, item: ReviewItem, key: str) -> tuple[str, str] | None:
        """Return what a key chooses and what was typed for it; None if it is no key here."""
        question = item.question
        if key in _AT_ONCE[item.subject]:
            return _AT_ONCE[item.subject][key], ""
        if key.isdecimal() and candidates(item):
            return ("accept" if item.subject == "place" else "type"), key
        if key in ("c", "a") and isinstance(question, PlaceQuestion):
            return self._place_asked(question, key)
        if key == "c" and isinstance(question, ReportTypeQuestion):
            return "type", self.ask(word("ask.type", self.lang)).strip()
        if key == "c" and isinstance(question, RowQuestion):
            prompt = word("ask.cell", self.lang).format(column=visible(question.column, 60))
            return "correct", self.ask(prompt).strip()
        return None

    def _place_asked(self, question: PlaceQuestion, key: str) -> tuple[str, str]:
        """Ask which place is meant, and for an alias whether everywhere; empty is going back."""
        code = self._code_asked(question)
        if key == "c" or not code:
            return "correct", code
        if self.ask(word("ask.everywhere", self.lang)).strip().casefold() == "y":
            return "alias everywhere", code
        return "alias", code

    def _code_asked(self, question: PlaceQuestion) -> str:
        typed = self.ask(word("ask.place", self.lang)).strip()
        if not typed:
            return ""
        if number := _number(typed, len(question.candidates)):
            return question.candidates[number - 1].code
        found = matches(typed, question.scope, self.places)
        if not found:
            self.say("nothing found", typed=visible(typed, 60))
            return ""
        if len(found) == 1 and is_exact(found[0]):
            return found[0].code
        for line in candidate_lines(found):
            plain(self.console, line)
        number = _number(self.ask(word("ask.which", self.lang)), len(found))
        return found[number - 1].code if number else ""

    def _undo(self, item: ReviewItem | None) -> bool:
        """Take the last answer back and put its question, then the one at hand, again."""
        if not self.taken:
            self.say("nothing to undo")
            return False
        before, decision = self.taken[-1]
        try:
            undo(self.warehouse, self.by, decision.decision_id)
        except RawanError as error:
            plain(self.console, f"  {error}")
            return False
        self.taken.pop()
        self.counting[before.subject] = decided(self.warehouse, before.subject)
        self.say("undone", what=self._told(decision), id=decision.decision_id)
        at_hand = [] if item is None else [item]
        self.waiting.extendleft([*reversed(self.settled), *at_hand, before])
        self.settled.clear()
        return True

    def _told(self, decision: Decision) -> str:
        """Return a decision in words: what was chosen, and the place with its name."""
        code = decision.value.get("code")
        label = None if code is None else self.places.label(code)
        values = [
            f"{visible(label)} ({visible(code)})" if label and code else visible(value, 60)
            for name, value in decision.value.items()
            if name != "where"
        ]
        everywhere = decision.value.get("where") == "everywhere"
        choice = "alias everywhere" if everywhere else decision.action
        return ": ".join([word(f"choice.{choice}", self.lang), *values])


def _number(typed: str, most: int) -> int | None:
    """Return a number from 1 to `most`, or None if none such was typed."""
    typed = typed.strip()
    number = int(typed) if typed.isdecimal() and len(typed) < 4 else 0
    return number if 1 <= number <= most else None
