"""The rows of a workbook of the queue in which something was filled in.

Owns finding sheets, columns and choices by their words in either language, wherever a
person moved them. Whether an answer fits its question is in `rawan.review.answers`.
"""

import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import python_calamine as calamine

from rawan.errors import RawanError
from rawan.review.answers import CHOICES
from rawan.review.items import SUBJECTS, Subject
from rawan.review.visible import visible
from rawan.review.words import word
from rawan.settings import Language

NEEDED = ("id", "decision", "value", "note")
# What a workbook of the queue can hold at the most, and what the library can unfold safely.
_UNPACKED_BYTES = 256 * 1024 * 1024
_CELLS = 15_000_000
_PIECE = 1024 * 1024
_REFERENCE = re.compile(rb"\br\s*=\s*[\"']([A-Z]{1,3})([0-9]{1,7})[\"']")


@dataclass(frozen=True)
class Filled:
    """What was filled in for one question; `where` names file, sheet and row."""

    subject: Subject
    where: str
    headers: Mapping[str, str]
    id: str
    choice: str
    typed: str
    note: str

    def column(self, name: str) -> str:
        """Return the place of a cell as a message begins with it."""
        return f'{self.where}, column "{self.headers[name]}"'


def filled_rows(path: Path, mistakes: list[str]) -> Iterator[Filled]:
    """Yield the rows that hold a decision; what cannot be read is added to `mistakes`.

    Raises
    ------
    RawanError
        If the file is no workbook of the queue.
    """
    subjects = _by_word({subject: f"subject.{subject}" for subject in SUBJECTS})
    found = 0
    for name, rows in _sheets(path):
        subject = subjects.get(_folded(name))
        if subject is None or not rows:
            continue
        found += 1
        where = f'{path}, sheet "{visible(name, 60)}"'
        places = _places_of_columns(rows[0])
        missing = [word(column, "en") for column in NEEDED if column not in places]
        if missing:
            mistakes.append(f"{where}, row 1: no column {', '.join(missing)}.")
            continue
        headers = {column: visible(rows[0][at].strip(), 60) for column, at in places.items()}
        for number, cells in enumerate(rows[1:], 2):
            given = {column: cells[at].strip() for column, at in places.items()}
            filled = _filled(subject, f"{where}, row {number}", headers, given, mistakes)
            if filled is not None:
                yield filled
    if not found:
        known = ", ".join(word(f"subject.{subject}", "en") for subject in SUBJECTS)
        raise RawanError(
            f"{path}: has none of the sheets of the queue ({known}). "
            "Write one to fill in with: rawan review --export FILE"
        )


def choices(subject: Subject) -> dict[str, tuple[str, str]]:
    """Return what a sheet's drop-down list offers: key of the words -> choice, number with it."""
    offered: dict[str, tuple[str, str]] = {}
    for choice in CHOICES[subject]:
        if choice == "accept" or (subject, choice) == ("report_type", "type"):
            offered |= {f"accept {number}": (choice, str(number)) for number in (1, 2, 3)}
        if choice != "accept":
            offered[choice] = (choice, "")
    return offered


def _filled(
    subject: Subject,
    where: str,
    headers: Mapping[str, str],
    given: Mapping[str, str],
    mistakes: list[str],
) -> Filled | None:
    decision, typed, note = given["decision"], given["value"], given["note"]
    if not decision:
        mistakes += [
            f'{where}, column "{headers[name]}": stands without a decision. '
            "Choose one, or empty the cell."
            for name in ("value", "note")
            if given[name]
        ]
        return None
    offered = choices(subject)
    key = _by_word({choice: f"choice.{choice}" for choice in offered}).get(_folded(decision))
    if key is None:
        known = ", ".join(word(f"choice.{choice}", _language(headers)) for choice in offered)
        mistakes.append(
            f'{where}, column "{headers["decision"]}": "{visible(decision, 60)}" cannot be '
            f"chosen here. Known: {known}."
        )
        return None
    choice, number = offered[key]
    if typed and (number or not CHOICES[subject][choice]):
        mistakes.append(
            f'{where}, column "{headers["value"]}": "{visible(decision, 60)}" takes no value. '
            "Empty the cell, or choose another decision."
        )
        return None
    return Filled(subject, where, headers, given["id"], choice, number or typed, note)


def _places_of_columns(header: Sequence[str]) -> dict[str, int]:
    names = _by_word({name: name for name in NEEDED})
    places: dict[str, int] = {}
    for at, cell in enumerate(header):
        name = names.get(_folded(cell))
        if name is not None:
            places.setdefault(name, at)
    return places


def _by_word(keys: Mapping[Any, str]) -> dict[str, Any]:
    """Return, by its words in each language, what has the key of the words."""
    return {
        _folded(word(key, lang)): thing
        for thing, key in keys.items()
        for lang in get_args(Language)
    }


def _language(headers: Mapping[str, str]) -> Language:
    is_id = _folded(headers["decision"]) == _folded(word("decision", "id"))
    return "id" if is_id else "en"


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()


def _sheets(path: Path) -> Iterator[tuple[str, list[list[str]]]]:
    """Yield name and cells of each sheet, all rows of one width."""
    try:
        _check(path)
        with calamine.CalamineWorkbook.from_path(path) as book:
            for name in book.sheet_names:
                rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
                yield name, [[_text(cell) for cell in row] for row in rows]
    except OSError as error:
        raise RawanError(f"{path}: cannot be read ({error.strerror or error}).") from error
    except calamine.PasswordError as error:
        raise RawanError(f"{path}: is protected by a password. Remove it first.") from error
    except (
        *(calamine.CalamineError, zipfile.BadZipFile, zlib.error),
        *(NotImplementedError, EOFError, ValueError),
    ) as error:
        raise RawanError(
            f"{path}: is no XLSX workbook that can be read. Save it anew as XLSX."
        ) from error


def _check(path: Path) -> None:
    """Refuse what would take all memory: the library unfolds a sheet up to its last cell."""
    with zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
        if sum(entry.file_size for entry in entries) > _UNPACKED_BYTES:
            raise RawanError(f"{path}: unpacks to more than a workbook of the queue can hold.")
        for entry in entries:
            if not entry.filename.startswith("xl/worksheets/"):
                continue
            last_row = last_column = 0
            carry = b""
            with archive.open(entry) as stream:
                while piece := stream.read(_PIECE):
                    for letters, row in _REFERENCE.findall(carry + piece):
                        last_row = max(last_row, int(row))
                        last_column = max(last_column, _column(letters))
                    carry = piece[-40:]
            if last_row * last_column > _CELLS:
                raise RawanError(
                    f"{path}: a sheet has a cell in row {last_row} and one in column "
                    f"{last_column}. Take out what stands far from the table."
                )


def _column(letters: bytes) -> int:
    column = 0
    for letter in letters:
        column = column * 26 + letter - ord("A") + 1
    return column


def _text(cell: Any) -> str:
    """Return a cell as it was typed: a whole number without its decimal point."""
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)
