"""How a question looks on a terminal.

Owns the lines of a question. Every text of unknown origin is made visible and printed
without markup, so that nothing in it acts on the terminal. Asking is in
`rawan.review.terminal`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rich.console import Console

from rawan.review.items import (
    Candidate,
    PlaceQuestion,
    ReportTypeQuestion,
    ReviewItem,
    SameEventQuestion,
    Telling,
)
from rawan.review.visible import visible
from rawan.review.words import word
from rawan.settings import Language

_LONGEST_LINE, _LONGEST_TEXT = 300, 5000
_SHOWN_ROWS = 5


@dataclass(frozen=True)
class ReportTexts:
    """How the text of a report is fetched, and how it is logged that somebody read it.

    `read` takes the key of a report and returns its text, None if it was deleted.
    `log_read` takes the key, the reader's name and why; it is called before the text is
    shown, so that no text is shown that could not be logged.
    """

    read: Callable[[str], str | None]
    log_read: Callable[[str, str, str], None]


def plain(console: Console, line: str) -> None:
    """Print a line as it is: no markup, no emoji codes, no colours by content."""
    console.print(line, markup=False, emoji=False, highlight=False, soft_wrap=True)


def question_lines(item: ReviewItem, lang: Language) -> list[str]:
    """Return the lines of a question, without the text of any report."""
    lines = [
        f"  {word(name, lang)}: {visible(content, _LONGEST_LINE)}"
        for name, content in facts(item, lang).items()
        if content
    ]
    return lines + candidate_lines(candidates(item))


def candidates(item: ReviewItem) -> Sequence[Candidate]:
    """Return the answers that a question suggests."""
    question = item.question
    if isinstance(question, PlaceQuestion | ReportTypeQuestion):
        return question.candidates
    return ()


def candidate_lines(found: Sequence[Candidate]) -> list[str]:
    """Return numbered lines, one a candidate."""
    return [
        f"  {number:>3}  {candidate_text(candidate)}  {candidate.likeness:.2f}"
        for number, candidate in enumerate(found, 1)
    ]


def candidate_text(candidate: Candidate) -> str:
    """Return the words and the code of a candidate.

    Examples
    --------
    >>> candidate_text(Candidate(code="18.01.24", label="Way Panji", likeness=1.0))
    'Way Panji (18.01.24)'
    """
    return f"{visible(candidate.label, 100)} ({visible(candidate.code, 40)})"


def place_of_rows(
    file: str, sheet: str | None, rows: Sequence[int], count: int, lang: Language
) -> str:
    """Return file, sheet and rows as one text.

    Examples
    --------
    >>> place_of_rows("insiden.csv", None, (3, 9), 12, "en")
    'insiden.csv, row 3, 9 …'
    """
    shown = ", ".join(str(row) for row in rows[:_SHOWN_ROWS])
    more = " …" if count > len(rows[:_SHOWN_ROWS]) else ""
    in_sheet = f", {word('sheet', lang)} {sheet}" if sheet else ""
    return f"{file}{in_sheet}, {word('row', lang)} {shown}{more}"


def show_text(
    console: Console, question: ReportTypeQuestion, texts: ReportTexts, reader: str, lang: Language
) -> None:
    """Log that the text of a report is read, then show it."""
    texts.log_read(question.report_key, reader, "review")
    text = texts.read(question.report_key)
    plain(console, f"  {word('text', lang)}:")
    if text is None:
        plain(console, f"  | {word('no text', lang)}")
        return
    for line in text[:_LONGEST_TEXT].splitlines():
        plain(console, f"  | {visible(line)}")
    if len(text) > _LONGEST_TEXT:
        plain(console, f"  | {word('characters', lang).format(n=len(text))}")


def facts(item: ReviewItem, lang: Language) -> dict[str, str]:
    """Return what is told of a question, by the key of its name; texts as they came."""
    question = item.question
    if isinstance(question, PlaceQuestion):
        return {
            "written": question.written,
            "district": question.district,
            "where": place_of_rows(question.file, None, question.first_rows, item.rows, lang),
            "reason": question.reason,
        }
    if isinstance(question, SameEventQuestion):
        return {
            "left": _telling(question.left),
            "left where": _source(question.left, lang),
            "right": _telling(question.right),
            "right where": _source(question.right, lang),
            "likeness": f"{question.likeness:.2f}",
            "parts": ", ".join(f"{name} {share:.2f}" for name, share in question.parts.items()),
        }
    if isinstance(question, ReportTypeQuestion):
        return {
            "where": place_of_rows(question.file, None, (question.row,), item.rows, lang),
            "suggested": f"{question.suggested} {question.confidence:.2f}",
        }
    return {
        "where": place_of_rows(question.file, question.sheet, (question.row,), 1, lang),
        "column": question.column,
        "cell": word("secret", lang) if question.cell is None else question.cell,
        "reason": question.reason,
    }


def _telling(telling: Telling) -> str:
    return ", ".join(part for part in (telling.day, telling.type, telling.place) if part)


def _source(telling: Telling, lang: Language) -> str:
    source = place_of_rows(telling.file, None, (telling.row,), 1, lang)
    return f"{source}, {telling.url}" if telling.url else source
