"""JSON and JSON Lines as a sheet.

JSON Lines: one object a line; its number is the line's. JSON: a list of objects, or an object
that holds one list of objects and whatever else; an object's number is its place in the list,
from 1. Columns are all keys, in the order in which they are first met, so a file is read
twice: once for its columns, once for its rows. An object that cannot be read is damaged; where
JSON breaks between objects, nothing after it can be trusted, and the file is refused.
"""

from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, TextIO

import polars as pl

from rawan.errors import RawanError
from rawan.sources.encoding import UTF8, WINDOWS, find_encoding
from rawan.sources.header import checked_names
from rawan.sources.json_values import DECODER, SKIPPER, BadJson, cells_of, reason_of, to_cells
from rawan.sources.limits import MEGABYTE, Guard
from rawan.sources.records import UNSOUND, WRONG_BYTE
from rawan.sources.sheet import Damaged, Sheet, to_batches

Cells = dict[str, str | None]
Items = Iterator[tuple[int, Cells | str]]  # numbered objects, or the sentence about their damage

WINDOW = MEGABYTE  # characters of a JSON text that are held at least
_MARK = "\ufeff"
_BLANKS = " \t\r\n"


def read_json_lines(guard: Guard) -> Iterator[Sheet]:
    """Yield the one sheet of a file of JSON Lines."""
    return _read(guard, _lines)


def read_json(guard: Guard) -> Iterator[Sheet]:
    """Yield the one sheet of a JSON file."""
    return _read(guard, _objects)


def _read(guard: Guard, items_of: Callable[[TextIO, Guard], Items]) -> Iterator[Sheet]:
    encoding = find_encoding(guard, has_lines=items_of is _lines)
    if encoding == WINDOWS:
        raise RawanError(
            f"{guard.where()}: is not UTF-8, which JSON has to be. Save it anew from its source."
        )
    columns: dict[str, None] = {}
    count = 0
    with _opened(guard, encoding) as stream:
        for number, cells in _whole(items_of(stream, guard), guard):
            count = number
            if isinstance(cells, dict):
                columns.update(dict.fromkeys(cells))
                guard.check_columns(len(columns))
            if number % 10_000 == 0:
                guard.check_time()
    if not count:
        raise RawanError(f"{guard.where()}: is empty. It must hold a row, an object of JSON.")
    names = checked_names(list(columns), guard)
    damaged: list[Damaged] = []
    yield Sheet(None, names, _batches(guard, encoding, items_of, names, damaged), damaged)


def _batches(
    guard: Guard,
    encoding: str,
    items_of: Callable[[TextIO, Guard], Items],
    columns: tuple[str, ...],
    damaged: list[Damaged],
) -> Iterator[pl.DataFrame]:
    def rows(stream: TextIO) -> Iterator[tuple[int, list[str | None]]]:
        for number, cells in _whole(items_of(stream, guard), guard):
            if isinstance(cells, str):
                damaged.append(Damaged(number, cells))
                yield number, []
            else:
                yield number, [cells.get(column) for column in columns]

    with _opened(guard, encoding) as stream:
        if columns:
            yield from to_batches(rows(stream), columns, damaged, guard)
        else:  # not one object could be read
            for _ in rows(stream):
                guard.add_rows(1)


def _opened(guard: Guard, encoding: str) -> TextIO:
    """Open a text; bytes that are no character become halves of characters."""
    errors = "surrogateescape" if encoding == UTF8 else "surrogatepass"
    return guard.path.open(encoding=encoding, errors=errors, newline="\n")


def _whole(items: Items, guard: Guard) -> Items:
    """Yield the items of a text that must not end within a character."""
    try:
        yield from items
    except UnicodeDecodeError:
        raise RawanError(
            f"{guard.where()}: ends within a character; it was cut off. "
            "Get the whole file and drop it again."
        ) from None


def _lines(stream: TextIO, guard: Guard) -> Items:
    most = guard.limits.line_mb * MEGABYTE
    number = 0
    while line := stream.readline(most + 1):
        number += 1
        if len(line) > most:
            raise guard.over(f"the line has more than {most // MEGABYTE} MB", "line_mb", number)
        text = (line.removeprefix(_MARK) if number == 1 else line).strip()
        if not text:
            continue
        if UNSOUND.search(text):
            yield number, WRONG_BYTE
            continue
        try:
            yield number, cells_of(text)
        except BadJson as error:
            yield number, str(error)


class _Window:
    """A JSON text seen through a window that moves on: what was read is forgotten."""

    def __init__(self, stream: TextIO, guard: Guard) -> None:
        self._stream = stream
        self._guard = guard
        self._text = ""
        self._place = 0
        self._passed = 0

    def peek(self) -> str:
        """Return the next character that is no blank, "" at the end."""
        while True:
            while self._place < len(self._text):
                if self._text[self._place] not in _BLANKS:
                    return self._text[self._place]
                self._place += 1
            if not self._fill():
                return ""

    def take(self, expected: str) -> str:
        """Pass over the next character, which must be one of `expected`."""
        found = self.peek()
        if not found or found not in expected:
            shown = f"{found!r} stands" if found else "the file ends"
            raise self.broken(f"it is not JSON ({shown} where one of {expected!r} should be).")
        self._place += 1
        return found

    def value(self) -> tuple[Any, str]:
        """Return the next value and its text; a value that is refused comes as a `BadJson`."""
        self.peek()
        most = self._guard.limits.line_mb * MEGABYTE
        while True:
            content: Any
            try:
                try:
                    content, end = DECODER.raw_decode(self._text, self._place)
                except BadJson as error:
                    content = error
                    _, end = SKIPPER.raw_decode(self._text, self._place)
            except RecursionError as error:
                raise self.broken(reason_of(error)) from None
            except ValueError as error:
                if len(self._text) - self._place > most:
                    raise self._guard.over("one value is too long", "line_mb") from None
                if not self._fill():
                    raise self.broken(reason_of(error)) from None
                continue
            if end < len(self._text) or not self._fill():
                text = self._text[self._place : end]
                self._place = end
                return content, text

    def broken(self, reason: str) -> RawanError:
        """Return the refusal of a file that is not JSON from here on."""
        near = self._passed + self._place + 1
        return RawanError(
            f"{self._guard.where()}: near character {near}: {reason} Get the whole file from its "
            "source, or correct it there."
        )

    def _fill(self) -> bool:
        """Read on, twice as much as is waiting; tell whether there was more."""
        self._guard.check_time()
        rest = self._text[self._place :]
        more = self._stream.read(max(WINDOW, len(rest)))
        self._passed += self._place
        self._text, self._place = rest + more, 0
        return bool(more)


def _objects(stream: TextIO, guard: Guard) -> Items:
    window = _Window(stream, guard)
    if window.peek() == _MARK:
        window.take(_MARK)
    first = window.peek()
    if first == "[":
        window.take("[")
        yield from _list(window)
    elif first == "{":
        yield from _only_list(window, guard)
    elif first:
        raise window.broken("it is neither a list of objects nor an object that holds one.")
    if window.peek():
        raise window.broken(
            "something follows the end of the JSON. If it holds one object a line, "
            "let its name end in .jsonl."
        )


def _only_list(window: _Window, guard: Guard) -> Items:
    """Yield the objects of the one list of objects that an object holds."""
    window.take("{")
    found: str | None = None
    closing = window.peek()
    while closing != "}":
        key, _ = window.value()
        if not isinstance(key, str):
            raise window.broken("it is not JSON (a key must be text).")
        window.take(":")
        if window.peek() != "[":
            window.value()
        else:
            window.take("[")
            if window.peek() == "{":
                if found is not None:
                    raise RawanError(
                        f'{guard.where()}: holds two lists of objects, "{found}" and "{key}". '
                        "Save each as a file of its own."
                    )
                found = key
                yield from _list(window)
            else:
                deque(_list(window), maxlen=0)  # a list of other things is passed over
        closing = window.take(",}")
    if found is None:
        raise RawanError(f"{guard.where()}: holds no list of objects, so it has no rows.")


def _list(window: _Window) -> Items:
    """Yield the objects of a list, of which the bracket was taken."""
    if window.peek() == "]":
        window.take("]")
        return
    number = 0
    closing = ","
    while closing == ",":
        number += 1
        content, text = window.value()
        if isinstance(content, BadJson):
            yield number, str(content)
        elif UNSOUND.search(text):
            yield number, WRONG_BYTE
        else:
            try:
                yield number, to_cells(content, text)
            except BadJson as error:
                yield number, str(error)
        closing = window.take(",]")
