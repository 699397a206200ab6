"""Numbers as sources write them: counts, decimal numbers, degrees.

Owns the meaning of one written number, as a pure function of its text; nothing is guessed.
Each comes twice: `read_...` gives the number or None, `explain_...` also says why it is none.

Groups of exactly three figures after a point, comma or space are thousands in a count, as is the
habit in Indonesia: a count of 1.234 is 1234. In a decimal number a lone point or comma is the
decimal sign, and points between thousands are read only where a decimal comma follows: 1.234,5.
Figures other than 0 to 9 are refused, as are ±, "sekitar" and "ratusan".
"""

import re
from typing import Generic, Literal, NamedTuple, TypeVar

Axis = Literal["lat", "lon"]
Value = TypeVar("Value", int, float)

_LONGEST = 40
_LARGEST_COUNT = 999_999_999

_UNITS = r"orang|org|jiwa|pemilih|tps|personel|personil"
_PLAIN = re.compile(r"[0-9]+")
_THOUSANDS = re.compile(r"[1-9][0-9]{0,2}(?P<sep>[., ])[0-9]{3}(?:(?P=sep)[0-9]{3})*")
_WHOLE = re.compile(r"(?P<whole>.+)(?P<sep>[.,])0+")
_FRACTION = re.compile(r"[0-9][0-9., ]*[.,][0-9]+")
_DECIMAL = re.compile(
    r"(?P<sign>[+-]?)(?P<whole>[0-9]+|[1-9][0-9]{0,2}(?:\.[0-9]{3})+(?=,))"
    r"(?:[.,](?P<part>[0-9]+))?"
)

_SIDES = {
    "lat": {"S": -1, "LS": -1, "N": 1, "U": 1, "LU": 1},
    "lon": {"W": -1, "B": -1, "BB": -1, "E": 1, "T": 1, "BT": 1},
}
_BOUNDS = {"lat": 90, "lon": 180}
_AXES = {"lat": "latitude", "lon": "longitude"}
_SIDE = r"LS|LU|BT|BB|[SNUWBET]"
_NUMBER = r"[0-9]{1,3}(?:[.,][0-9]{1,15})?"
_DEGREES = re.compile(
    rf"(?:(?P<before>{_SIDE})[ :.]*)?(?P<sign>[+-]?)(?P<degrees>{_NUMBER})"
    rf"(?:(?P<mark> ?° ?| (?=[0-9]))(?:(?P<minutes>{_NUMBER})"
    rf"(?:(?: ?' ?| )(?:(?P<seconds>{_NUMBER})(?: ?\")?)?)?)?)?"
    rf"(?: ?(?P<after>{_SIDE})\.?)?"
)
_ONE_SIGN = str.maketrans(
    {
        "−": "-",
        "–": "-",
        "º": "°",
        "˚": "°",
        "′": "'",
        "’": "'",
        "‘": "'",
        "″": '"',
        "”": '"',
        "“": '"',
    }
)


class Reading(NamedTuple, Generic[Value]):
    """A number, or None and a sentence that says why there is none."""

    value: Value | None
    reason: str = ""


def read_count(text: str) -> int | None:
    """Return the whole number that a text means, 0 to 999,999,999, or None.

    Examples
    --------
    >>> [read_count(text) for text in ("1.234", "1 234 567", "5,0", "14 jiwa", "sekitar 60")]
    [1234, 1234567, 5, 14, None]
    """
    return explain_count(text).value


def explain_count(text: str) -> Reading[int]:
    """Return a whole number, or the reason why a text is none.

    Examples
    --------
    >>> explain_count("1,5").reason
    '"1,5" is not a whole number.'
    """
    if text.isascii() and text.isdigit() and len(text) < 10:  # most cells
        return Reading(int(text))
    written = _tidy(text)
    if problem := _problem(text, written):
        return Reading(None, problem)
    bare = re.sub(rf"(?<=[0-9]) ?(?:{_UNITS})\.?$", "", written, flags=re.IGNORECASE)
    if re.fullmatch(r"-\s?[0-9].*|\([0-9., ]+\)", bare):
        return Reading(None, f"{_quoted(text)} is negative; a count is not.")
    if not (_PLAIN.fullmatch(bare) or _THOUSANDS.fullmatch(bare)):
        # What is left after a decimal sign may only be zeros: 5,0 is 5, and 1.234,00 is 1234.
        found = _WHOLE.fullmatch(bare)
        whole = found["whole"] if found else ""
        grouped = _THOUSANDS.fullmatch(whole)
        if not found or not (
            _PLAIN.fullmatch(whole) or (grouped and grouped["sep"] != found["sep"])
        ):
            kind = "a whole number" if _FRACTION.fullmatch(bare) else "a number"
            return Reading(None, f"{_quoted(text)} is not {kind}.")
        bare = whole
    value = int(re.sub("[., ]", "", bare))
    if value > _LARGEST_COUNT:
        return Reading(None, f"{_quoted(text)} is too large for a count.")
    return Reading(value)


def read_decimal(text: str) -> float | None:
    """Return the decimal number that a text means, or None.

    Examples
    --------
    >>> [read_decimal(text) for text in ("0,25", "-5.5", "1.234,5", "1.234", "1,234.5")]
    [0.25, -5.5, 1234.5, 1.234, None]
    """
    return explain_decimal(text).value


def explain_decimal(text: str) -> Reading[float]:
    """Return a decimal number, or the reason why a text is none.

    Examples
    --------
    >>> explain_decimal("12%").reason
    '"12%" is not a decimal number.'
    """
    written = _tidy(text)
    if problem := _problem(text, written):
        return Reading(None, problem)
    found = _DECIMAL.fullmatch(written)
    if not found:
        return Reading(None, f"{_quoted(text)} is not a decimal number.")
    whole = found["whole"].replace(".", "")
    return Reading(float(f"{found['sign']}{whole}.{found['part'] or 0}"))


def read_degrees(text: str, axis: Axis) -> float | None:
    """Return a latitude or longitude in decimal degrees, south and west negative, or None.

    Examples
    --------
    >>> read_degrees("5°33'36 LS", "lat")
    -5.56
    >>> read_degrees("105,5 BT", "lon")
    105.5
    """
    return explain_degrees(text, axis).value


def explain_degrees(text: str, axis: Axis) -> Reading[float]:
    """Return decimal degrees, or the reason why a text is none on this axis.

    Examples
    --------
    >>> explain_degrees("105.5", "lat").reason
    '"105.5" is beyond 90 degrees, so it is not a latitude.'
    """
    written = _tidy(text).upper()
    for words, letters in (
        ("LINTANG SELATAN", "LS"),
        ("LINTANG UTARA", "LU"),
        ("BUJUR TIMUR", "BT"),
        ("BUJUR BARAT", "BB"),
    ):
        written = written.replace(words, letters)
    written = written.replace("''", '"')
    if problem := _problem(text, written):
        return Reading(None, problem)
    found = _DEGREES.fullmatch(written)
    if not found:
        return Reading(None, f"{_quoted(text)} is not a number of degrees.")
    sides = [found[name] for name in ("before", "after") if found[name]]
    if len(sides) + bool(found["sign"]) > 1:
        return Reading(None, f"{_quoted(text)} says twice on which side it lies.")
    if sides and sides[0] not in _SIDES[axis]:
        return Reading(None, f"{_quoted(text)} is not a {_AXES[axis]}.")
    parts = [found[name] for name in ("degrees", "minutes", "seconds") if found[name]]
    if any("." in part or "," in part for part in parts[:-1]):
        return Reading(None, f"{_quoted(text)} has a fraction before its last part.")
    numbers = [float(part.replace(",", ".")) for part in parts]
    if any(number >= 60 for number in numbers[1:]):
        return Reading(None, f"{_quoted(text)} has 60 minutes or seconds, or more.")
    value = sum(number / 60**power for power, number in enumerate(numbers))
    if value > _BOUNDS[axis]:
        return Reading(
            None,
            f"{_quoted(text)} is beyond {_BOUNDS[axis]} degrees, so it is not a {_AXES[axis]}.",
        )
    is_negative = found["sign"] == "-" or (bool(sides) and _SIDES[axis][sides[0]] < 0)
    return Reading(-value if is_negative else value)


def _tidy(text: str) -> str:
    return " ".join(text[: _LONGEST * 2].translate(_ONE_SIGN).split())


def _problem(text: str, written: str) -> str:
    """Return what is wrong with any number that is written so, or ''."""
    if not written:
        return '"" is not a number: it is empty.'
    if len(text.strip()) > _LONGEST:
        return f"{_quoted(text)} is not a number: it is too long."
    if not written.replace("°", "").isascii():
        return f"{_quoted(text)} is not a number: it has signs other than 0 to 9."
    return ""


def _quoted(text: str) -> str:
    return '"' + "".join(sign if sign.isprintable() else "?" for sign in text.strip()[:40]) + '"'
