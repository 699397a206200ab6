"""Workbooks (XLSX, XLS, ODS) as sheets.

Owns which sheets are tables, what merged cells mean, and that a workbook made to break its
reader breaks nothing else. The library (calamine) unfolds a sheet in memory before it gives
a cell, and a crafted sheet makes it take all there is, or ends the process; so it runs in a
process of its own (`rawan.sources.workbook_cells`) with a bound on memory and time. An archive
must have been checked before (`rawan.sources.archive`).

- Every visible sheet with a header is read. Charts, macros, empty sheets and sheets that can
  be shown by a program only ("very hidden", where forms keep their lists) hold no rows. A
  hidden sheet, and a sheet without a header, come without columns and say why in `damaged`;
  a workbook with no other sheet is refused.
- The header may take several rows: those that a merged cell of its first row spans, and the
  row under a cell merged across columns. Their names are joined by a blank.
- Error cells (#REF!) of XLSX and ODS come as that text, so that they are refused where a number
  or a date is asked for. Those of XLS come as empty cells, since the library tells no more.
- Formulas come as the value that the workbook last had; text that looks like one stays text.
"""

import json
import subprocess
import sys
import tempfile
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path
from typing import Any

from rawan.errors import RawanError
from rawan.sources.archive import AGAIN
from rawan.sources.header import column_names, find_header, is_filled, no_header, width
from rawan.sources.limits import Guard
from rawan.sources.merged import Filling, Range
from rawan.sources.sheet import Damaged, Sheet, to_batches

LOOKED_AT = 40
MOST_HEADER_ROWS = 4
OWN_MEMORY_MB = 512  # what the process takes before it holds a cell

_SCRIPT = Path(__file__).with_name("workbook_cells.py")
_HIDDEN = "the sheet is hidden and was not read. Show it, or delete it."

Rows = Iterator[tuple[int, list[str]]]


def read_workbook(guard: Guard, form: str) -> Iterator[Sheet]:
    """Yield the sheets of a workbook of form "xlsx", "xls" or "ods".

    Raises
    ------
    RawanError
        If the workbook is damaged, protected, beyond a limit, or has no table.
    """
    tables = 0
    reasons: list[str] = []
    with _messages(guard, form) as messages:
        kept: list[list[Any]] = []  # a message that ended the rows of a sheet

        def rows() -> Rows:
            for message in messages:
                if message[0] != "rows":
                    kept.append(message)
                    return
                yield from enumerate(message[2], start=message[1])

        while True:
            guard.sheet = None
            message = kept.pop() if kept else next(messages)
            if message[0] == "end":
                break
            _, name, state, height, breadth, merged = message
            if state == "other" or not height:
                continue
            guard.sheet = name
            if state == "hidden":
                reason = _HIDDEN
            else:
                guard.check_columns(breadth)
                remaining = rows()
                sheet = _sheet(name, remaining, [Range(*r) for r in merged], guard)
                if isinstance(sheet, Sheet):
                    tables += 1
                    yield sheet
                    deque(remaining, maxlen=0)  # if its batches were not read
                    continue
                reason = sheet
                deque(remaining, maxlen=0)
            reasons.append(f"{name!r}: {reason}")
            yield Sheet(name, (), iter(()), [Damaged(1, reason)])
    if not tables:
        told = " ".join(reasons[:3]) or "every sheet is empty."
        raise RawanError(f"{guard.where()}: holds no table ({told.rstrip('.')}).")


def _sheet(name: str, rows: Rows, ranges: list[Range], guard: Guard) -> Sheet | str:
    """Return a sheet with its table, or why it has none."""
    own = list(islice(rows, LOOKED_AT))
    filling = Filling(ranges)
    head = [filling.fill(index, cells) for index, cells in own]
    place = find_header(head, [sum(map(is_filled, cells)) for _, cells in own], least=2)
    if place is None:
        return f"it {no_header(head)}"
    last = _last_header_row(place, [cells for _, cells in own], head, ranges)
    widest = max(width(cells) for cells in head[place : last + 1])
    names = [
        " ".join(dict.fromkeys(part.strip() for part in parts if is_filled(part)))
        for parts in zip(*(_padded(cells, widest) for cells in head[place : last + 1]), strict=True)
    ]
    margin = next(index for index, name in enumerate(names) if name)
    if any(is_filled(cell) for cells in head[last + 1 :] for cell in cells[:margin]):
        margin = 0  # a column without a name, which is told
    columns = column_names(names[margin:], own[place][0] + 1, guard)
    damaged: list[Damaged] = []
    looked_at = zip((index for index, _ in own[last + 1 :]), head[last + 1 :], strict=True)
    later = ((index, filling.fill(index, cells)) for index, cells in rows)

    def numbered() -> Rows:
        for index, cells in chain(looked_at, later):
            if any(map(is_filled, cells[:margin])):
                damaged.append(Damaged(index + 1, "a cell is filled left of the first column."))
                yield index + 1, []
            else:
                yield index + 1, cells[margin:]

    return Sheet(name, columns, to_batches(numbered(), columns, damaged, guard), damaged)


def _last_header_row(
    place: int, own: list[list[str]], head: list[list[str]], ranges: list[Range]
) -> int:
    """Return the index of the last row that belongs to the header which begins at `place`."""
    touching = [r for r in ranges if r.first_row == place]
    last = max([place, *(r.last_row for r in touching)])
    across = {
        column
        for r in touching
        if r.last_column > r.first_column and r.last_row == place
        for column in range(r.first_column, min(r.last_column, len(own[place])) + 1)
    }
    if last == place and across and place + 1 < len(own):
        under = {column for column, cell in enumerate(own[place + 1]) if is_filled(cell)}
        if under and under <= across:
            last = place + 1
    return min(last, place + MOST_HEADER_ROWS - 1, len(head) - 1)


def _padded(cells: list[str], breadth: int) -> list[str]:
    return [*cells[:breadth], *[""] * (breadth - len(cells))]


@contextmanager
def _messages(guard: Guard, form: str) -> Iterator[Iterator[list[Any]]]:
    """Run the process that reads the workbook, and end it in any case."""
    memory = str(guard.limits.unpacked_mb + OWN_MEMORY_MB)
    command = [sys.executable, "-P", "-X", "utf8", str(_SCRIPT), str(guard.path), form, memory]
    is_late = threading.Event()
    with (
        tempfile.TemporaryFile() as complaints,
        subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=complaints
        ) as process,
    ):

        def end() -> None:
            is_late.set()
            process.kill()

        timer = threading.Timer(max(0.0, guard.seconds_left()), end)
        timer.daemon = True
        timer.start()

        def messages() -> Iterator[list[Any]]:
            assert process.stdout is not None  # noqa: S101 -- it is a pipe
            for line in process.stdout:
                message = json.loads(line)
                if message[0] == "error":
                    raise _told(message[1], message[2], guard)
                yield message
                if message[0] == "end":
                    return
            process.wait()
            if is_late.is_set():
                raise guard.over("takes too many seconds to read", "seconds")
            complaints.seek(0)
            is_memory = b"memory allocation" in complaints.read(100_000)
            raise _told("memory" if is_memory else "broken", "the reader broke down", guard)

        try:
            yield messages()
        finally:
            timer.cancel()
            process.kill()


def _told(kind: str, reason: str, guard: Guard) -> RawanError:
    """Return what a person should know of a workbook that could not be read."""
    if kind == "memory":
        return guard.over("takes too much memory to unfold", "unpacked_mb")
    if kind == "password":
        return RawanError(
            f"{guard.where()}: is protected by a password. Remove it and drop it again."
        )
    short = " ".join(reason.split())[:200].rstrip(".")
    return RawanError(f"{guard.where()}: cannot be read as a workbook ({short}). {AGAIN}")
