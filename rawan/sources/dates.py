"""Dates as police, election bodies and the press write them: a day, or an interval of days.

Owns the meaning of one written date, as a pure function of its text. Which cell is a date,
and what becomes of a row without one, is decided by the callers.

What is understood: ISO (also with a time), day first in figures, Indonesian and English month
names, day names (checked against the date), parts of a month, semester and triwulan, ranges,
`20121028`, and the day numbers of a spreadsheet. A date that does not name its day stays an
interval; words that depend on the day of writing (kemarin) are no date.

- A year of two digits, 00 to 49, lies in the 2000s, else in the 1900s.
- Awal, pertengahan and akhir of a month are its days 1 to 10, 11 to 20, and 21 to the end.
- Five figures from 30000 to 60000 are a spreadsheet's day number (1900 system, 1982 to 2064).
- A time in WIB, WITA, WIT or without zone leaves the day as written; a time with an offset from
  UTC (Z, +00:00) is carried over to UTC+7. A time span belongs to the day it begins.
- The month never comes first in figures: 10/28/2012 is refused, with a hint.
"""

import re
from calendar import monthrange
from datetime import date, datetime, timedelta
from typing import NamedTuple

from rawan.sources.date_words import DAYS, MARKS, RELATIVE

FIRST_YEAR, LAST_YEAR = 1945, 2100
_LONGEST = 100
_LOCAL = timedelta(hours=7)
_DAY_ZERO = date(1899, 12, 30)  # of the 1900 system, from March 1900 on
_NUMBERS = range(30_000, 60_001)

_ODD = str.maketrans(
    {"–": "-", "—": "-", "‐": "-", "‑": "-", "−": "-", "’": "'", "‘": "'", "`": "'"}
)
_UNTIL = re.compile(r"\bs ?[./] ?d\b\.?|\bsampai dengan\b")
_ORDINAL = re.compile(r"(?<=[0-9])(?:st|nd|rd|th)\b")
_PART_OF_DAY = re.compile(r"\b(?:pagi|siang|sore|malam|dini) hari\b")
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?\.?")
_TIME = re.compile(
    r"(?P<lead>(?<=[0-9])t|[ ,;(]+)"
    r"(?P<said>(?:(?:sekitar|sekira|at) )?(?:pukul|pkl|pk|jam)[. :]*)?"
    r"(?P<hour>[0-9]{1,2})(?:[.:](?P<minute>[0-9]{2})(?P<second>[.:][0-9]{2}(?:[.,][0-9]{1,9})?)?)?"
    r"(?P<half> ?[ap]\.?m\.?)?"
    r"(?P<end>(?: ?wi(?:b|ta|t))? ?[-~] ?(?:[0-9]{1,2}[.:][0-9]{2}|selesai))?"
    r"(?: ?(?P<zone>wib|wita|wit|(?:z|utc|gmt)?(?P<offset>[+-][0-9]{1,2}(?::?[0-9]{2})?)"
    r"|z|utc|gmt))?"
    r"\)?$"
)
_WEEKDAYS = re.compile(r"(?:p )?(?:h )?#(?P<one>[1-7])(?: ?[/&~-] ?#(?P<two>[1-7]))?(?: !)?[ ,]*")
_WEEKDAY_AFTER = re.compile(r"[ ,(]+#([1-7])\)?$")

_YEAR = r"(?:y )?(?P<year>[0-9]{4})"
_ANY_YEAR = r"(?:y )?'?(?P<year>[0-9]{4}|[0-9]{2})"
_MONTH = r"(?:m )?@(?P<month>[0-9]{2})"
_DAY = r"(?P<day>[0-9]{1,2})"
_NUMBER_MONTH = r"(?P<month>[0-9]{1,2})"
_DATES = tuple(
    re.compile(pattern)
    for pattern in (
        rf"{_DAY} ?(?P<sep>[/.-]) ?{_NUMBER_MONTH} ?(?P=sep) ?(?P<year>[0-9]{{4}}|[0-9]{{2}})",
        rf"(?P<year>[0-9]{{4}})(?P<sep>[/.-]){_NUMBER_MONTH}(?P=sep){_DAY}",
        rf"{_DAY}[ ./-]*{_MONTH}[ ,./-]*{_ANY_YEAR}",
        rf"{_MONTH} {_DAY}[ ,]+{_YEAR}",
        rf"{_DAY} ?[/-] ?=(?P<month>[0-9]+) ?[/-] ?{_YEAR}",
        rf"(?:%(?P<third>[123]) )?{_MONTH}[ ,/-]*{_YEAR}",
        rf"(?P<year>[0-9]{{4}})-{_NUMBER_MONTH}",
        rf"{_NUMBER_MONTH}[/-](?P<year>[0-9]{{4}})",
        rf"\^(?P<length>[36]) ?=?(?P<nth>[1-4])[ ,]+{_YEAR}",
        _YEAR,
    )
)
# The beginning of a range takes what it leaves out from its end.
_BEGINNINGS = tuple(
    re.compile(pattern)
    for pattern in (_DAY, rf"{_DAY} ?{_MONTH}", rf"{_DAY}[/.-]{_NUMBER_MONTH}", _MONTH)
)


class Interval(NamedTuple):
    """The first and last day that a text may mean, or a sentence that says why it is no date."""

    first: date | None
    last: date | None
    reason: str = ""


class _Point(NamedTuple):
    """A date as written: what it names of year, month (or months from it on), third and day."""

    year: int | None
    month: int | None
    day: int | None
    third: int | None = None
    months: int = 1


class _NoDate(Exception):
    """What is written has the form of a date and is none; the message completes a sentence."""


def parse_interval(text: str) -> tuple[date, date] | None:
    """Return the first and last day that a written date may mean, or None if it is none.

    A day is an interval of one. A year or a month alone is the whole of it, never its
    first day.

    Examples
    --------
    >>> parse_interval("Minggu (28/10/12)")
    (datetime.date(2012, 10, 28), datetime.date(2012, 10, 28))
    >>> parse_interval("Februari 2012")
    (datetime.date(2012, 2, 1), datetime.date(2012, 2, 29))
    >>> parse_interval("31/02/2023") is None
    True
    """
    found = read_interval(text)
    return None if found.first is None or found.last is None else (found.first, found.last)


def read_interval(text: str) -> Interval:
    """Return the days that a written date may mean, or the reason why it is none.

    The reason is a sentence that quotes at most 40 characters of the text.

    Examples
    --------
    >>> read_interval("28 Oktober s.d. 2 November 2012").last
    datetime.date(2012, 11, 2)
    >>> read_interval("31/02/2023").reason
    '"31/02/2023" is not a date: month 2 of 2023 has 28 days.'
    >>> read_interval("10/28/2012").reason
    '"10/28/2012" is not a date: there is no month 28. Write the day first, 28/10/2012.'
    """
    if len(text) == 10 and text[4] == "-" == text[7]:  # most cells are plain ISO
        try:
            day = date.fromisoformat(text)
        except ValueError:
            pass  # the long way knows the reason
        else:
            if FIRST_YEAR <= day.year <= LAST_YEAR:
                return Interval(day, day)
    try:
        first, last = _read(text)
    except _NoDate as error:
        shown = "".join(sign if sign.isprintable() else "?" for sign in text.strip()[:40])
        return Interval(None, None, f'"{shown}" is not a date{error}')
    return Interval(first, last)


def _read(text: str) -> tuple[date, date]:
    if len(text) > _LONGEST:
        raise _NoDate(": it is too long.")
    text = " ".join(text.translate(_ODD).split()).strip(" .,;")
    if not text:
        raise _NoDate(": it is empty.")
    if not text.isascii() or any(mark in text for mark in "@#=~!^%&"):
        raise _NoDate(".")
    text = text.lower()
    if text.isdigit() and len(text) != 4:
        return _figures(text)
    text = _PART_OF_DAY.sub("siang", _ORDINAL.sub("", _UNTIL.sub(" ~ ", text)))
    text = " ".join(text.split())
    single = _side(text)
    return _bounds(single) if single else _range(text)


def _figures(text: str) -> tuple[date, date]:
    if len(text) == 5 and int(text) in _NUMBERS:
        day = _DAY_ZERO + timedelta(days=int(text))
        return day, day
    if len(text) == 8:
        return _bounds(_Point(int(text[:4]), int(text[4:6]), int(text[6:])))
    raise _NoDate(".")


def _range(text: str) -> tuple[date, date]:
    """Return what a range means; where it can be cut in two ways, it means nothing."""
    marked = _marked(text)
    weekdays = _WEEKDAYS.match(marked)
    body = _unwrapped(marked[weekdays.end() :] if weekdays else marked)
    if "~" not in body and body.count(" - ") == 1:
        body = body.replace(" - ", " ~ ")
    found: set[tuple[date, date]] = set()
    problem: _NoDate | None = None
    for cut in re.finditer("~" if "~" in body else "[/-]", body):
        left, right = body[: cut.start()].strip(" ,"), body[cut.end() :].strip(" ,")
        try:
            span = _joined(left, right)
        except _NoDate as error:
            problem = error
            continue
        if span:
            found.add(span)
    if len(found) != 1:
        raise problem if problem and not found else _NoDate(_hint(marked))
    first, last = found.pop()
    if weekdays:
        _check_weekday(first, int(weekdays["one"]))
        if weekdays["two"]:
            _check_weekday(last, int(weekdays["two"]))
    return first, last


def _joined(left: str, right: str) -> tuple[date, date] | None:
    end = _side(right)
    begin = _side(left) or next(
        (_point(found) for form in _BEGINNINGS if (found := form.fullmatch(left))), None
    )
    if begin is None or end is None:
        return None
    if begin.year is None:
        if (begin.day is None) != (end.day is None) or end.month is None or end.months != 1:
            return None
        begin = begin._replace(year=end.year, month=begin.month or end.month)
    first, last = _bounds(begin), _bounds(end)
    if first[0] > last[0] or first[1] > last[1]:
        raise _NoDate(": it ends before it begins.")
    return first[0], last[1]


def _side(text: str) -> _Point | None:
    """Return the single date that a text is, or None if it has not the form of one."""
    text, shift, is_timed = _without_time(text)
    text = _marked(text)
    weekday = None
    if (found := _WEEKDAYS.match(text)) and not found["two"]:
        weekday, text = int(found["one"]), text[found.end() :]
    elif found := _WEEKDAY_AFTER.search(text):
        weekday, text = int(found[1]), text[: found.start()]
    if text.endswith(" !"):
        text, is_timed = text[:-2], True
    text = _unwrapped(re.sub(r"^(?:p )?(?:d )?(?=[(0-9])|^p ", "", text))
    point = next((_point(found) for form in _DATES if (found := form.fullmatch(text))), None)
    if point is None:
        return None
    if weekday or is_timed:
        if point.day is None:
            return None  # neither a weekday nor a time belongs to a month or a year
        first, _ = _bounds(point)
        if weekday:
            _check_weekday(first, weekday)
        if shift is not None:
            local = (datetime(first.year, first.month, first.day) + shift).date()  # noqa: DTZ001
            point = _Point(local.year, local.month, local.day)
    return point


def _without_time(text: str) -> tuple[str, timedelta | None, bool]:
    """Return a text without its time, how far local time is from its midnight, and if it had one.

    The shift is None where the time does not move the day.
    """
    found = _TIME.search(text)
    if not found or not (found["minute"] or found["said"]):
        return text, None, False
    hour, minute = int(found["hour"]), int(found["minute"] or 0)
    if hour * 60 + minute > 24 * 60 or minute > 59 or int((found["second"] or ":0")[1:3]) > 60:
        raise _NoDate(f": {hour}.{minute:02} is not a time.")
    offset, end = found["offset"], (found["end"] or "").strip()
    is_stamp = found["lead"] == "t" or found["second"]
    if is_stamp and end.startswith("-") and not found["zone"]:
        offset, end = end, ""  # 2012-10-28T10:30-05:00 is an offset, 10.30-12.00 a time span
    rest = text[: found.start()]
    rest += ")" * (rest.count("(") > rest.count(")"))
    if not offset and found["zone"] not in ("z", "utc", "gmt"):
        return rest, None, True
    if found["half"] or end:
        raise _NoDate(": its time cannot be carried over to UTC+7.")
    digits = re.sub("[^0-9]", "", offset or "0")
    hours, minutes = (int(digits), 0) if len(digits) < 3 else (int(digits[:-2]), int(digits[-2:]))
    if hours > 14 or minutes > 59:
        raise _NoDate(f": {offset} is not an offset from UTC.")
    away = timedelta(hours=hours, minutes=minutes) * (-1 if offset and offset[0] == "-" else 1)
    return rest, timedelta(hours=hour, minutes=minute) - away + _LOCAL, True


def _marked(text: str) -> str:
    """Return a text with its words as marks; a word that has no place in a date ends it."""

    def mark(found: re.Match[str]) -> str:
        word = found[0].rstrip(".")
        if word in RELATIVE:
            raise _NoDate(": it depends on the day of writing.")
        if word not in MARKS:
            raise _NoDate(f': "{word[:20]}" is no part of a date.')
        return f" {MARKS[word]} "

    return re.sub(r" (?=[,/)])|(?<=[(/]) ", "", " ".join(_WORD.sub(mark, text).split()))


def _unwrapped(text: str) -> str:
    return text[1:-1].strip() if text[:1] == "(" and text[-1:] == ")" else text


def _point(found: re.Match[str]) -> _Point:
    parts = found.groupdict()
    year, month, day = (
        int(parts[name]) if parts.get(name) else None for name in _Point._fields[:3]
    )
    if year is not None and len(parts["year"]) == 2:
        year += 2000 if year < 50 else 1900
    if "length" in parts:
        length, nth = int(parts["length"]), int(parts["nth"])
        if nth * length > 12:
            raise _NoDate(f": a year has no part {nth} of {length} months.")
        return _Point(year, 1 + (nth - 1) * length, None, None, length)
    third = int(parts["third"]) if parts.get("third") else None
    return _Point(year, month, day, third)


def _bounds(point: _Point) -> tuple[date, date]:
    year, month, day, third, months = point
    if year is None or not FIRST_YEAR <= year <= LAST_YEAR:
        raise _NoDate(f": the year {year} lies outside {FIRST_YEAR} to {LAST_YEAR}.")
    if month is None:
        return date(year, 1, 1), date(year, 12, 31)
    if not 1 <= month <= 12:
        right = f" Write the day first, {month}/{day}/{year}." if day and month > 12 >= day else ""
        raise _NoDate(f": there is no month {month}.{right if month <= 31 else ''}")
    length = monthrange(year, month)[1]
    if third:
        return date(year, month, third * 10 - 9), date(year, month, (10, 20, length)[third - 1])
    if day is None:
        last = month + months - 1
        return date(year, month, 1), date(year, last, monthrange(year, last)[1])
    if not 1 <= day <= length:
        raise _NoDate(f": month {month} of {year} has {length} days.")
    return date(year, month, day), date(year, month, day)


def _check_weekday(day: date, weekday: int) -> None:
    if day.isoweekday() != weekday:
        said, true = (DAYS[n - 1].split()[0].capitalize() for n in (weekday, day.isoweekday()))
        raise _NoDate(f": {day.isoformat()} is a {true}, not a {said}.")


def _hint(marked: str) -> str:
    has_year = re.search(r"[0-9]{4}|[0-9]{1,2}[/.-][0-9]{1,2}[/.-][0-9]{2}", marked)
    return "." if has_year or not re.search(r"[0-9]", marked) else ": it names no year."
