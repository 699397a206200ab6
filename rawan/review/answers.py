"""From what a person chose or typed to an answer that can be stored.

Owns the rules that terminal and workbook share: what may be chosen for which question, and
that a place typed is one of the gazetteer. Nothing is guessed: a name that means two
places is a mistake that names both.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from rawan.errors import RawanError, did_you_mean
from rawan.review.decisions import HERE, OUTSIDE, Answer, Decision, record
from rawan.review.items import (
    Candidate,
    PlaceQuestion,
    ReportTypeQuestion,
    ReviewItem,
    RowQuestion,
    Subject,
    read_items,
)
from rawan.review.visible import visible
from rawan.warehouse import Warehouse

# What can be chosen for a question, and whether something is typed with it.
CHOICES: dict[Subject, dict[str, bool]] = {
    "place": {
        "accept": True,
        "correct": True,
        "alias": True,
        "alias everywhere": True,
        "district": False,
        "reject": False,
    },
    "same_event": {"same": False, "different": False},
    "report_type": {"type": True, "none": False},
    "row": {"correct": True, "empty": False, "dismiss": False},
}
# From this likeness on, two spellings of a name are one.
_EXACT = 0.9995
_SHOWN = 5


class Places(Protocol):
    """The gazetteer, as far as the queue needs it."""

    def label(self, code: str) -> str | None:
        """Return the words for a village's or kecamatan's code, or None if there is none."""

    def find(self, text: str, district_code: str | None) -> Sequence[tuple[str, str, float]]:
        """Return code, label and likeness (0 to 1) of places with such a name, best first.

        `district_code` limits them to a kecamatan; None searches the region.
        """


@dataclass(frozen=True)
class Knowledge:
    """What answers are held against: the gazetteer and the types of report."""

    places: Places
    types: Collection[str]


class Mistake(RawanError):
    """An answer that cannot be taken; `field` says whether its choice or its value is wrong."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def answer(
    item: ReviewItem, choice: str, typed: str, knowledge: Knowledge, note: str = ""
) -> Answer:
    """Return the answer that a choice, with what was typed for it, means.

    Parameters
    ----------
    choice : one of `CHOICES` of the item's subject.
    typed : accept: number of the candidate; correct and alias: a code or an exact name;
        type: a type; correct of a row: the new cell of the column that is asked about.

    Raises
    ------
    Mistake
        If there is no such choice, or what was typed does not do.
    """
    needs = CHOICES[item.subject].get(choice)
    if needs is None:
        known = ", ".join(CHOICES[item.subject])
        raise Mistake("decision", f'"{visible(choice, 60)}" cannot be chosen here. Known: {known}.')
    typed = typed.strip()
    if needs and not typed:
        raise Mistake("value", f'"{choice}" needs a value.')
    question = item.question
    try:
        if isinstance(question, PlaceQuestion):
            return _place(item, question, choice, typed, knowledge.places, note)
        if isinstance(question, ReportTypeQuestion) and choice == "type":
            name = _type(question, typed, knowledge.types)
            return Answer.of(item, "type", {"type": name}, note)
        if isinstance(question, RowQuestion) and choice != "dismiss":
            return _cell(item, question, typed if needs else "", note)
        return Answer.of(item, choice, {}, note)
    except Mistake:
        raise
    except RawanError as error:
        raise Mistake("value", str(error)) from error


def decide_by_key(
    warehouse: Warehouse,
    subject: Subject,
    key: str,
    choice: str,
    typed: str,
    by: str,
    knowledge: Knowledge,
    note: str = "",
) -> Decision:
    """Answer one question of the queue without a terminal, and return the decision.

    Raises
    ------
    RawanError
        If no such question waits, or the answer cannot be taken.
    """
    for item in read_items(warehouse):
        if (item.subject, item.key) == (subject, key):
            return record(warehouse, [answer(item, choice, typed, knowledge, note)], by)[0]
    raise RawanError(f"{visible(key, 80)}: no such question ({subject}) is in the queue.")


def matches(typed: str, scope: str, places: Places) -> list[Candidate]:
    """Return the places that a code or name may mean, best first; one if it is certain.

    A code of the gazetteer is certain, and so is the exact name of one place only: in the
    kecamatan that the question knows, else in the region.
    """
    label = places.label(typed)
    if label is not None:
        return [Candidate(code=typed, label=label, likeness=1.0)]
    near: dict[str, Candidate] = {}
    for district in (scope, None) if scope else (None,):
        found = [
            Candidate(code=code, label=name, likeness=min(max(likeness, 0.0), 1.0))
            for code, name, likeness in places.find(typed, district)
        ]
        exact = [candidate for candidate in found if is_exact(candidate)]
        if len(exact) == 1:
            return exact
        for candidate in found:
            near.setdefault(candidate.code, candidate)
    return list(near.values())


def is_exact(candidate: Candidate) -> bool:
    """Tell whether a name was spelled as the place is."""
    return candidate.likeness >= _EXACT


def known_types(warehouse: Warehouse) -> frozenset[str]:
    """Return the types that a report may have."""
    return frozenset(
        name for (name,) in warehouse.rows("SELECT type FROM reference.incident_types")
    )


def _place(
    item: ReviewItem,
    question: PlaceQuestion,
    choice: str,
    typed: str,
    places: Places,
    note: str,
) -> Answer:
    if choice == "reject":
        return Answer.of(item, "reject", {"as": OUTSIDE}, note)
    if choice == "district":
        if not question.scope:
            raise Mistake(
                "decision", "no kecamatan is known for it. Correct it to a kecamatan's code."
            )
        return Answer.of(item, "district", {"code": question.scope}, note)
    if choice == "accept":
        code = _numbered(question.candidates, typed).code
        if places.label(code) is None:
            raise Mistake("value", f"{code} is not in the gazetteer any more.")
        return Answer.of(item, "accept", {"code": code}, note)
    value = {"code": _certain(typed, question.scope, places)}
    if choice == "correct":
        return Answer.of(item, "correct", value, note)
    where = HERE if choice == "alias" else "everywhere"
    return Answer.of(item, "alias", value | {"where": where}, note)


def _certain(typed: str, scope: str, places: Places) -> str:
    found = matches(typed, scope, places)
    if len(found) == 1 and is_exact(found[0]):
        return found[0].code
    shown = visible(typed, 60)
    if not found:
        raise Mistake("value", f'"{shown}" is neither a code nor a name of the region.')
    near = "; ".join(f"{c.code} {visible(c.label, 60)}" for c in found[:_SHOWN])
    raise Mistake("value", f'"{shown}" is not one certain place. Give a code. Near: {near}.')


def _numbered(candidates: Sequence[Candidate], typed: str) -> Candidate:
    number = int(typed) if typed.isdecimal() and len(typed) < 4 else 0
    if not 1 <= number <= len(candidates):
        raise Mistake("value", f'"{visible(typed, 20)}": there are {len(candidates)} candidates.')
    return candidates[number - 1]


def _type(question: ReportTypeQuestion, typed: str, types: Collection[str]) -> str:
    if typed.isdecimal():
        typed = _numbered(question.candidates, typed).code
    if typed not in types:
        raise Mistake("value", f'"{visible(typed, 60)}" is no type.{did_you_mean(typed, types)}')
    return typed


def _cell(item: ReviewItem, question: RowQuestion, new: str, note: str) -> Answer:
    if new == question.cell:
        raise Mistake("value", "the cell holds that already, and it is what is wrong.")
    return Answer.of(item, "correct", {question.column: new}, note)
