"""What was decided, by whom and when, and what of it counts.

Undoing adds a row that takes an earlier one back; the newest answer to a key that is not
undone counts. How the rows are kept is in `rawan.review.chain`. Which words of a person
make which answer is in `rawan.review.answers`; what an answer does to the data is decided
where it is applied.
"""

import getpass
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rawan.errors import RawanError, UsageError
from rawan.review.chain import Entry, add, rows_of
from rawan.review.items import (
    EVERYWHERE,
    PlaceQuestion,
    ReviewItem,
    Subject,
    key_parts,
    place_key,
    read_items,
)
from rawan.review.visible import visible
from rawan.warehouse import Warehouse

# What can be decided about a question, and the names that the value of such a decision has.
# The value of correcting a row has the column's name instead.
ACTIONS: dict[Subject, dict[str, frozenset[str]]] = {
    "place": {
        "accept": frozenset({"code"}),
        "correct": frozenset({"code"}),
        "alias": frozenset({"code", "where"}),
        "district": frozenset({"code"}),
        "reject": frozenset({"as"}),
    },
    "same_event": {"same": frozenset(), "different": frozenset()},
    "report_type": {"type": frozenset({"type"}), "none": frozenset()},
    "row": {"dismiss": frozenset(), "correct": frozenset()},
}
UNDO = "undo"
HERE, OUTSIDE = "here", "outside"
_LONGEST_NAME, _LONGEST_TEXT = 100, 4000


@dataclass(frozen=True)
class Decision:
    """An answer as it was given, and who took it back, if anybody did.

    `value` is, by action: accept, correct, alias, district of a place {"code"} (alias also
    "where": here or everywhere); reject {"as": "outside"}; type {"type"}; correct of a row
    {column: new cell}; else empty. Times are UTC.
    """

    number: int
    decision_id: str
    subject: str
    key: str
    action: str
    value: dict[str, str]
    decided_by: str
    decided_at: datetime
    note: str
    undone_by: str | None = None
    undone_at: datetime | None = None

    def line(self) -> str:
        """Return the decision as one line for a terminal."""
        about = " ".join(visible(part, 60) for part in key_parts(self.key))
        value = ", ".join(f"{visible(n, 60)}={visible(v, 60)}" for n, v in self.value.items())
        note = f" # {visible(self.note, 200)}" if self.note else ""
        undone = ""
        if self.undone_by is not None:
            undone = f" (undone by {self.undone_by}, {self.undone_at:%Y-%m-%d %H:%M})"
        return (
            f"{self.decided_at:%Y-%m-%d %H:%M} [{self.decision_id}] {self.decided_by}: "
            f"{self.subject} {about}: {self.action} {value}".rstrip()
            + note
            + undone
        )


@dataclass(frozen=True)
class Answer:
    """An answer that is not stored yet; `of` makes it only if it fits its question."""

    subject: str
    key: str
    action: str
    value: dict[str, str]
    note: str = ""

    @classmethod
    def of(
        cls, item: ReviewItem, action: str, value: Mapping[str, str], note: str = ""
    ) -> "Answer":
        """Return the answer to a question.

        Raises
        ------
        RawanError
            If such a question has no such answer, or a text cannot be stored.
        """
        names = ACTIONS[item.subject].get(action)
        if names is None:
            known = ", ".join(ACTIONS[item.subject])
            raise RawanError(f'"{visible(action)}" is no answer to this question. Known: {known}.')
        is_correction = (item.subject, action) == ("row", "correct")
        if not value if is_correction else set(value) != names:
            needed = "a column and its new value" if is_correction else ", ".join(sorted(names))
            raise RawanError(f"{action}: the value must give {needed or 'nothing'}.")
        for text in (*value.keys(), *value.values(), note):
            _check_text(text)
        return cls(item.subject, _key_of_answer(item, value), action, dict(value), note)


def signer(name: str | None = None) -> str:
    """Return the name that decisions are signed with: given, else RAWAN_USER, else the login.

    Raises
    ------
    UsageError
        If there is no name, or it is too long or holds characters that cannot be seen.
    """
    if name is None:
        name = os.environ.get("RAWAN_USER") or _login()
    name = name.strip()
    if not name:
        raise UsageError("A decision is signed, and the name is empty. Give it with: --as NAME")
    if visible(name) != name or len(name) > _LONGEST_NAME:
        raise UsageError(
            f'"{visible(name[:_LONGEST_NAME])}" cannot sign: a name has at most {_LONGEST_NAME} '
            "characters, all of them visible. Give another with: --as NAME"
        )
    return name


def decide(
    warehouse: Warehouse,
    item: ReviewItem,
    action: str,
    value: Mapping[str, str],
    by: str,
    note: str = "",
) -> Decision:
    """Store an answer to a question, signed and dated, and return it."""
    return record(warehouse, [Answer.of(item, action, value, note)], by)[0]


def record(warehouse: Warehouse, answers: Sequence[Answer], by: str) -> list[Decision]:
    """Store answers in their order, all or none, and return them."""
    by = signer(by)
    rows = add(warehouse, [Entry(a.subject, a.key, a.action, a.value, a.note) for a in answers], by)
    return [_decision(row) for row in rows]


def undo(warehouse: Warehouse, by: str, decision_id: str | None = None) -> Decision:
    """Take back a decision, or the last one of this user that still holds, and return it.

    Raises
    ------
    RawanError
        If there is no such decision, or it was taken back before.
    """
    by = signer(by)
    decisions = history(warehouse)
    if decision_id is None:
        mine = [d for d in decisions if d.decided_by == by and d.undone_by is None]
        if not mine:
            raise RawanError(f"{by} has decided nothing that could be undone.")
        found = mine[-1]
    else:
        known = {decision.decision_id: decision for decision in decisions}
        if decision_id not in known:
            raise RawanError(
                f'"{visible(decision_id)}" is no decision. List them with: rawan review --history'
            )
        found = known[decision_id]
        if found.undone_by is not None:
            raise RawanError(f"{decision_id} was undone before, by {found.undone_by}.")
    add(warehouse, [Entry(found.subject, found.key, UNDO, {}, "", found.decision_id)], by)
    return found


def history(warehouse: Warehouse) -> list[Decision]:
    """Return every decision ever taken, oldest first, those undone included."""
    rows = rows_of(warehouse)
    undone = {row["undoes"]: row for row in rows if row["undoes"] is not None}
    return [_decision(row, undone.get(row["decision_id"])) for row in rows if not row["undoes"]]


def decided(warehouse: Warehouse, subject: Subject) -> dict[str, Decision]:
    """Return the decision that counts for each key.

    The keys are those of `rawan.review.items`. For places ask `place_decision`, since an
    answer may hold in every kecamatan.
    """
    return standing(history(warehouse), subject)


def standing(decisions: Sequence[Decision], subject: str) -> dict[str, Decision]:
    """Return, of decisions oldest first, the one that counts for each key of a subject."""
    return {d.key: d for d in decisions if d.subject == subject and d.undone_by is None}


def place_decision(
    decisions: Mapping[str, Decision], normalised: str, scope: str
) -> Decision | None:
    """Return what was decided on a written place: in this kecamatan, else everywhere."""
    own = decisions.get(place_key(normalised, scope))
    return own or decisions.get(place_key(normalised, EVERYWHERE))


def answer_to(item: ReviewItem, decisions: Mapping[str, Decision]) -> Decision | None:
    """Return the decision that answers a question, among those that count for its subject.

    One that placing applied already, and that left the question open, is no answer.
    """
    if isinstance(item.question, PlaceQuestion):
        found = place_decision(decisions, item.question.normalised, item.question.scope)
    else:
        found = decisions.get(item.key)
    return None if found is None or found.decision_id == item.applied else found


def pending(warehouse: Warehouse) -> list[ReviewItem]:
    """Return the questions without an answer, those that most rows wait for first."""
    decisions = history(warehouse)
    counting = {subject: standing(decisions, subject) for subject in ACTIONS}
    items = read_items(warehouse)
    return [item for item in items if answer_to(item, counting[item.subject]) is None]


def row_corrections(decisions: Mapping[str, Decision]) -> dict[str, dict[str, Decision]]:
    """Return the decisions on rows by row and the column that was asked about."""
    by_row: dict[str, dict[str, Decision]] = {}
    for key, decision in decisions.items():
        row_id, column = key_parts(key)
        by_row.setdefault(row_id, {})[column] = decision
    return by_row


def _key_of_answer(item: ReviewItem, value: Mapping[str, str]) -> str:
    if not isinstance(item.question, PlaceQuestion) or "where" not in value:
        return item.key
    if value["where"] not in (HERE, "everywhere"):
        raise RawanError('alias: "where" is here or everywhere.')
    return place_key(item.question.normalised, EVERYWHERE) if value["where"] != HERE else item.key


def _check_text(text: str) -> None:
    if len(text) > _LONGEST_TEXT:
        raise RawanError(f"a text of {len(text)} characters: at most {_LONGEST_TEXT} are kept.")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise RawanError(f'"{visible(text)}" holds half a character. Type it anew.') from None


def _login() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # what it raises depends on system and version
        return ""


def _decision(row: Mapping[str, Any], undone: Mapping[str, Any] | None = None) -> Decision:
    return Decision(
        number=row["number"],
        decision_id=row["decision_id"],
        subject=row["subject"],
        key=row["key"],
        action=row["action"],
        value=json.loads(row["value"]),
        decided_by=row["decided_by"],
        decided_at=row["decided_at"],
        note=row["note"],
        undone_by=None if undone is None else undone["decided_by"],
        undone_at=None if undone is None else undone["decided_at"],
    )
