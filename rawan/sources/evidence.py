"""What the cells of a column look like: dates, counts, codes, grades, points, persons.

Owns looks only, to guess what a column may carry; what a cell means is read elsewhere.
"""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import cached_property

from rawan.sources.contract import choices_of, contract
from rawan.sources.headers import key
from rawan.sources.selecting import NOT_TICKED, TICKED

_ISO = re.compile(r"(19|20)\d\d(-\d{1,2}){0,2}([T ]\d.*)?")
_SLASHED = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}|\d\d)( .*)?")
_WRITTEN = re.compile(r"(\w+,? )?\(?\d{1,2}[ -][A-Za-z]{3,9}[ -]\d{2,4}\)?( .*)?")
_COMPACT = re.compile(r"(19|20)\d\d(0[1-9]|1[0-2])([0-2]\d|3[01])")
_UNIX = re.compile(r"\d{9,10}")
_COUNT = re.compile(r"\d{1,3}([.,]\d{3})+|\d{1,9}")
_YEAR = re.compile(r"(19|20)\d\d")
_VILLAGE = re.compile(r"\d\d\.\d\d\.\d\d\.\d{4}|\d{10}")
_DISTRICT = re.compile(r"\d\d\.\d\d\.\d\d|\d{6,7}")
_DEGREES = re.compile(r"[-+]?\d{1,3}[.,]\d+")
_URL = re.compile(r"https?://\S+|www\.\S+")
# An identity number (NIK), a mobile number, an address of mail.
_PERSON = re.compile(r"\d{16}|(\+?62|0)8[\d -]{7,13}|[^@\s]+@[^@\s]+\.\w+")


@dataclass(frozen=True)
class Cells:
    """The filled cells of a column, as many as were looked at."""

    texts: Sequence[str]

    def share(self, looks: Callable[[str], object]) -> float:
        """Return the share of cells that look so; 0 where none is filled."""
        return sum(map(bool, map(looks, self.texts))) / len(self.texts) if self.texts else 0.0

    @cached_property
    def persons(self) -> float:
        """The share of cells that are numbers or addresses of a person."""
        return self.share(_PERSON.fullmatch)

    @cached_property
    def are_ticks(self) -> bool:
        """Whether every cell ticks a box or leaves it empty, and one ticks."""
        low = {text.lower() for text in self.texts}
        ticks = {*TICKED, "1"}
        return bool(low & ticks) and low <= {*ticks, *NOT_TICKED, "0"}

    def form(self) -> str | None:
        """Return the form that dates are written in, where it is not one read anyway."""
        if self.share(_UNIX.fullmatch) > 0.8 and not self.share(_COMPACT.fullmatch) > 0.8:
            return "unix_seconds"
        if self.share(_COMPACT.fullmatch) > 0.8:
            return "yyyymmdd"
        found = [match for match in map(_SLASHED.fullmatch, self.texts) if match]
        if found and max(int(m[1]) for m in found) <= 12 < max(int(m[2]) for m in found):
            return "month_day_year"
        return None


def share_that_reads(field: str, cells: Cells, types: Collection[str]) -> float | None:
    """Return the share of cells that may be a field's, or None where any text may."""
    if field == "type":
        known = {key(name) for name in types}
        return cells.share(lambda text: key(text) in known)
    if choices := choices_of(field):
        known = {key(choice) for choice in choices}
        return cells.share(lambda text: key(text) in known)
    looks = _LOOKS.get(field) or _LOOKS.get(contract()["fields"][field]["type"])
    return None if looks is None else cells.share(looks)


def _is_date(text: str) -> bool:
    return any(look.fullmatch(text) for look in (_ISO, _SLASHED, _WRITTEN, _COMPACT, _UNIX))


def _between(low: float, high: float) -> Callable[[str], bool]:
    def is_between(text: str) -> bool:
        return bool(_DEGREES.fullmatch(text)) and low <= float(text.replace(",", ".")) <= high

    return is_between


# By field, or by its type in the contract. Points are those of Indonesia.
_LOOKS: dict[str, Callable[[str], object]] = {
    "date or part of one": _is_date,
    "count": _COUNT.fullmatch,
    "year": _YEAR.fullmatch,
    "URL": _URL.fullmatch,
    "village_codes": _VILLAGE.fullmatch,
    "district_codes": _DISTRICT.fullmatch,
    "lat": _between(-11.5, 6.5),
    "lon": _between(94.5, 141.5),
}
