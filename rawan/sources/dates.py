"""Dates as sources write them: a day, or a part of one that stands for an interval."""

import calendar
import re
from datetime import date

_ISO = re.compile(r"(\d{4})(?:-(\d{1,2}))?(?:-(\d{1,2}))?(?:[T ]00:00(?::00(?:\.0+)?)?)?")
_DAY_FIRST = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")


def parse_interval(text: str) -> tuple[date, date] | None:
    """Return the first and last day that a written date may mean, or None if it is none.

    A day is an interval of one. A year or a month alone is the whole of it, never its
    first day.

    Examples
    --------
    >>> parse_interval("2012-02")
    (datetime.date(2012, 2, 1), datetime.date(2012, 2, 29))
    >>> parse_interval("28/10/2012")[0]
    datetime.date(2012, 10, 28)
    >>> parse_interval("31/02/2023") is None
    True
    """
    text = text.strip()
    if found := _DAY_FIRST.fullmatch(text):
        day, month, year = (int(part) for part in found.groups())
    elif found := _ISO.fullmatch(text):
        year = int(found[1])
        month = int(found[2]) if found[2] else 0
        day = int(found[3]) if found[3] else 0
        if (found[2] and not month) or (found[3] and not day):
            return None
    else:
        return None
    try:
        first = date(year, month or 1, day or 1)
    except ValueError:
        return None
    if not month:
        return first, date(year, 12, 31)
    if not day:
        return first, date(year, month, calendar.monthrange(year, month)[1])
    return first, first
