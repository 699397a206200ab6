"""The queue as a workbook: written out to be filled in, read back, and taken whole or not at all.

Owns the sheets. Every cell is written as text, so that nothing in it is a formula; the
text of a report never gets here. What may be answered is in `rawan.review.answers`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import xlsxwriter

from rawan.errors import RawanError
from rawan.review.answers import Knowledge, Mistake, Places, answer, known_types
from rawan.review.decisions import (
    Answer,
    Decision,
    answer_to,
    history,
    pending,
    record,
    signer,
    standing,
)
from rawan.review.filled import Filled, choices, filled_rows
from rawan.review.items import SUBJECTS, ReviewItem, Subject, read_items, short_id
from rawan.review.showing import candidate_text, candidates, facts
from rawan.review.visible import visible
from rawan.review.words import word
from rawan.settings import Language
from rawan.warehouse import Warehouse

_CANDIDATES = ("candidate 1", "candidate 2", "candidate 3")
_ANSWER = ("decision", "value", "note")
COLUMNS: dict[Subject, tuple[str, ...]] = {
    "place": ("id", "written", "district", "where", "rows", "reason", *_CANDIDATES, *_ANSWER),
    "same_event": (
        *("id", "left", "left where", "right", "right where", "likeness", "parts"),
        *_ANSWER,
    ),
    "report_type": ("id", "where", "rows", "suggested", *_CANDIDATES, *_ANSWER),
    "row": ("id", "where", "column", "cell", "reason", *_ANSWER),
}
_APPLIED = "taken and applied before, and it does not help; left out. Give another answer."
_CHANGED_SINCE = "taken before, and undone or changed since; left out. Decide it with: rawan review"
_LONGEST_CELL = 1000
_WIDTHS = {"id": 14, "rows": 8, "likeness": 10, "decision": 20, "value": 26, "note": 30}
_ROW_LIMIT = 1_048_575  # rows of a sheet below its header


@dataclass(frozen=True)
class Imported:
    """What came of a workbook: decisions taken, answers known already, and rows left out, told."""

    taken: list[Decision]
    unchanged: int
    left_out: list[str]

    def lines(self) -> list[str]:
        """Return what came of it as lines for a terminal."""
        return [
            f"{len(self.taken)} decisions taken, {self.unchanged} known already",
            *self.left_out,
        ]


def export_queue(warehouse: Warehouse, path: Path, lang: Language) -> int:
    """Write the questions that wait to a workbook, one sheet a subject; return how many.

    Raises
    ------
    RawanError
        If one sheet cannot hold them all.
    """
    items = pending(warehouse)
    buffer = BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_numbers": False,
        "strings_to_urls": False,
    }
    with xlsxwriter.Workbook(buffer, options) as book:
        header = book.add_format({"bold": True, "bottom": 1, "text_wrap": True})
        # Spreadsheets take a cell that is typed anew for a formula or number unless it is marked.
        text = book.add_format({"num_format": "@", "quote_prefix": True, "valign": "top"})
        entry = book.add_format({"num_format": "@", "bg_color": "#FFF8DC", "valign": "top"})
        for subject in SUBJECTS:
            of_subject = [item for item in items if item.subject == subject]
            if len(of_subject) > _ROW_LIMIT:
                raise RawanError(f"{path}: {len(of_subject)} questions do not fit into a sheet.")
            sheet = book.add_worksheet(word(f"subject.{subject}", lang))
            sheet.freeze_panes(1, 1)
            for at, name in enumerate(COLUMNS[subject]):
                is_entry = name in _ANSWER
                sheet.set_column(at, at, _WIDTHS.get(name, 32), entry if is_entry else None)
                sheet.write_string(0, at, word(name, lang), header)
            for row, item in enumerate(of_subject, 1):
                for at, content in enumerate(_cells(item, lang)):
                    sheet.write_string(row, at, content, text)
            sheet.data_validation(
                1,
                COLUMNS[subject].index("decision"),
                max(len(of_subject), 1),
                COLUMNS[subject].index("decision"),
                {
                    "validate": "list",
                    "source": [word(f"choice.{choice}", lang) for choice in choices(subject)],
                    "input_message": word("hint", lang),
                },
            )
    path.write_bytes(buffer.getvalue())
    return len(items)


def import_queue(warehouse: Warehouse, path: Path, by: str, places: Places) -> Imported:
    """Take the decisions of a workbook that was filled in: all of them, or none.

    A row whose question is gone, was answered by somebody else, or was answered so before
    and changed since, is left out and told. Reading a workbook twice changes nothing.

    Raises
    ------
    RawanError
        If it cannot be read, or holds mistakes; all are told, with sheet, row and column.
    """
    by = signer(by)
    asked = {item.id: item for item in read_items(warehouse)}
    knowledge = Knowledge(places, known_types(warehouse))
    past = history(warehouse)
    known = set(asked) | {short_id(decision.subject, decision.key) for decision in past}
    mistakes: list[str] = []
    answers: dict[str, tuple[Filled, Answer]] = {}
    left_out: list[str] = []
    for filled in filled_rows(path, mistakes):
        item = asked.get(filled.id)
        if item is None or item.subject != filled.subject:
            gone = "its question is no longer in the queue" if filled.id in known else "unknown id"
            left_out.append(f"{filled.where}: {gone}; left out.")
            continue
        try:
            given = answer(item, filled.choice, filled.typed, knowledge, filled.note)
        except Mistake as mistake:
            mistakes.append(f"{filled.column(mistake.field)}: {mistake}")
            continue
        first = answers.setdefault(filled.id, (filled, given))
        if _content(first[1]) != _content(given):
            mistakes.append(f"{filled.column('decision')}: {first[0].where} says otherwise.")
    if mistakes:
        raise RawanError(
            f"{path}: nothing was taken. Correct these, then read it again:\n  "
            + "\n  ".join(mistakes)
        )
    past_of_key: dict[tuple[str, str], list[Decision]] = {}
    for decision in past:
        past_of_key.setdefault((decision.subject, decision.key), []).append(decision)
    counting = {subject: standing(past, subject) for subject in SUBJECTS}
    new, unchanged = [], 0
    for filled, given in answers.values():
        item = asked[filled.id]
        own = past_of_key.get((given.subject, given.key), [])
        obstacle = _obstacle(item, given, own, answer_to(item, counting[item.subject]), by)
        if obstacle is None:
            new.append(given)
        elif obstacle:
            left_out.append(f"{filled.where}: {obstacle}")
        else:
            unchanged += 1
    return Imported(record(warehouse, new, by), unchanged, left_out)


def _obstacle(
    item: ReviewItem, given: Answer, own: Sequence[Decision], now: Decision | None, by: str
) -> str | None:
    """Return why an answer is not taken: a sentence, or empty if it stands already.

    `own` are all decisions on its key, oldest first; `now` is the one that counts.
    """
    standing_now = [decision for decision in own if decision.undone_by is None]
    if standing_now and _content(standing_now[-1]) == _content(given):
        return "" if standing_now[-1].decision_id != item.applied else _APPLIED
    if any(_content(decision) == _content(given) and decision.decided_by == by for decision in own):
        return _CHANGED_SINCE
    if now is not None and now.decided_by != by:
        return (
            f"decided otherwise by {now.decided_by} on {now.decided_at:%Y-%m-%d}; left out. "
            f"Undo that first with: rawan review --undo {now.decision_id}"
        )
    return None


def _content(given: Answer | Decision) -> tuple[str, str, str, tuple[tuple[str, str], ...]]:
    return given.subject, given.key, given.action, tuple(sorted(given.value.items()))


def _cells(item: ReviewItem, lang: Language) -> Iterator[str]:
    shown = facts(item, lang)
    for number, candidate in enumerate(candidates(item)[: len(_CANDIDATES)]):
        shown[_CANDIDATES[number]] = f"{candidate_text(candidate)} {candidate.likeness:.2f}"
    shown |= {"id": item.id, "rows": str(item.rows)}
    for name in COLUMNS[item.subject]:
        if name not in _ANSWER:
            yield visible(shown.get(name, ""), _LONGEST_CELL)
