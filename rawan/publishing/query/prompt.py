"""A session of SQL at a terminal: the prompt, and answers as a table or as CSV.

What a cell holds is untrusted: nothing in it acts on a terminal or on a spreadsheet.
"""

import csv
import io
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from typing import Any

from rawan.errors import RawanError
from rawan.publishing.query.session import Answer, Session
from rawan.publishing.tables import defused
from rawan.review.visible import visible

SHOWN_ROWS = 200
SHOWN_CHARACTERS = 60
HELP = "End a query with ;  .tables  .schema TABLE  .quit"


def prompt(session: Session, read: Callable[[str], str], write: Callable[[str], object]) -> None:
    """Answer queries until `.quit` or the end of the input; a mistake ends no session.

    Parameters
    ----------
    read : asks for a line with a prompt, and raises EOFError at the end.
    write : shows a line.
    """
    with suppress(ImportError):
        import readline  # noqa: F401 # lines can be edited and called back where there is one

    write(HELP)
    typed: list[str] = []
    while True:
        try:
            line = read("sql> " if not typed else "...> ")
        except EOFError:
            return
        except KeyboardInterrupt:
            typed = []
            write("")
            continue
        if not typed and line.strip().startswith("."):
            if line.split()[0] in (".quit", ".exit"):
                return
            _say(write, partial(_dotted, session, line.split()))
            continue
        typed += [line] if line.strip() or typed else []
        if line.rstrip().endswith(";"):
            query, typed = "\n".join(typed), []
            _say(write, partial(_asked, session, query))


def table_lines(answer: Answer) -> Iterator[str]:
    """Return an answer as a table of a terminal; long cells and answers are cut, and say so."""
    shown = [[_cell(value) for value in row] for row in answer.rows[:SHOWN_ROWS]]
    heads = [_cell(name) for name in answer.columns]
    widths = [max(map(len, column)) for column in zip(heads, *shown, strict=True)]
    is_number = [
        any(isinstance(row[i], (int, float)) for row in answer.rows[:SHOWN_ROWS])
        for i in range(len(heads))
    ]

    def line(cells: list[str]) -> str:
        padded = [
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(cells, widths, is_number, strict=True)
        ]
        return "  ".join(padded).rstrip()

    yield line(heads)
    yield "  ".join("-" * width for width in widths)
    yield from map(line, shown)
    more = len(answer.rows) - SHOWN_ROWS
    yield f"({len(answer.rows)} rows)" if more <= 0 else f"and {more} more rows; --csv has all"


def csv_lines(answer: Answer) -> Iterator[str]:
    """Return an answer as CSV (RFC 4180), formulas defused; an empty cell is null."""
    yield _csv([defused(name) for name in answer.columns])
    for row in answer.rows:
        yield _csv(["" if v is None else _text(v) for v in row])


def _asked(session: Session, query: str) -> list[str]:
    return list(table_lines(session.ask(query)))


def _dotted(session: Session, words: list[str]) -> list[str]:
    if words == [".tables"]:
        return list(session.tables)
    if words[0] == ".schema" and len(words) == 2:
        return list(table_lines(session.schema(words[1])))
    return [HELP]


def _say(write: Callable[[str], object], answer: Callable[[], list[str]]) -> None:
    try:
        for line in answer():
            write(line)
    except RawanError as error:
        write(visible(str(error)))
    except KeyboardInterrupt:
        write("Interrupted.")


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    text = " ".join(visible(_shown(value)).split())
    return text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 1] + "…"


def _shown(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _text(value: Any) -> str:
    return defused(value) if isinstance(value, str) else str(value)


def _csv(cells: list[str]) -> str:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="").writerow(cells)
    return stream.getvalue()
