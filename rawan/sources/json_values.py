"""Values of JSON as text, without loss.

Owns how one piece of JSON is parsed and what each value looks like in a cell: text as it is,
numbers with the digits they came with (plain, no exponent, no ".0"), lists of single values
joined by ";", anything nested as compact JSON, null as nothing.
"""

import json
from decimal import Decimal, InvalidOperation
from typing import Any

from rawan.errors import RawanError

_LONGEST_PLAIN = 400  # digits of a number written without exponent


class Number(str):
    """A number with the digits it was written with."""

    __slots__ = ()


class BadJson(RawanError):
    """A piece of text is not the JSON it should be; the message is the reason alone."""


def _no_constant(name: str) -> Any:
    raise BadJson(f"it holds {name}, which is no number of JSON.")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                break
            seen.add(key)
        raise BadJson(f'the key "{key[:80]}" stands twice in one object.')
    return content


SKIPPER = json.JSONDecoder(parse_int=str, parse_float=str)  # finds the end of what is refused
DECODER = json.JSONDecoder(
    parse_int=Number,
    parse_float=Number,
    parse_constant=_no_constant,
    object_pairs_hook=_unique,
)


def cells_of(text: str) -> dict[str, str | None]:
    """Return the object that a piece of JSON holds, each value as the text of a cell.

    Raises
    ------
    BadJson
        If it is no JSON, no object, or holds something that cannot be kept as text.

    Examples
    --------
    >>> cells_of('{"desa": ["A", "B"], "luas": 1.50, "ada": true, "lain": {"x": [1]}}')
    {'desa': 'A;B', 'luas': '1.50', 'ada': 'true', 'lain': '{"x":[1]}'}
    """
    try:
        content = DECODER.decode(text)
    except (ValueError, RecursionError) as error:
        raise BadJson(reason_of(error)) from None
    return to_cells(content, text)


def to_cells(content: Any, source: str) -> dict[str, str | None]:
    """Return a parsed object as cells; `source` is the text it was parsed from."""
    if not isinstance(content, dict):
        raise BadJson("it is not an object of JSON ({...}).")
    try:
        cells = {key.strip(): to_text(value) for key, value in content.items()}
        if "\\ud" in source or "\\uD" in source:
            json.dumps(cells, ensure_ascii=False).encode()
    except RecursionError as error:
        raise BadJson(reason_of(error)) from None
    except UnicodeEncodeError:
        raise BadJson("it holds half of a character (\\ud...).") from None
    if len(cells) != len(content):
        raise BadJson("two of its keys are the same but for blanks.")
    return cells


def to_text(value: Any) -> str | None:
    """Return a value of JSON as the text of a cell."""
    if isinstance(value, Number):
        return plain_number(value)
    if isinstance(value, str):
        return value
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list) and not any(isinstance(item, list | dict) for item in value):
        return ";".join(to_text(item) or "" for item in value)
    return _compact(value)


def plain_number(digits: str) -> str:
    """Return a number without exponent and without an empty fraction.

    Examples
    --------
    >>> [plain_number(digits) for digits in ("5120.0", "0.50", "1e3", "-2.5E-3", "1e999999")]
    ['5120', '0.50', '1000', '-0.0025', '1e999999']
    """
    if "e" in digits or "E" in digits:
        try:
            number = Decimal(digits)
        except InvalidOperation:  # an exponent beyond all bounds
            return digits
        if abs(number.adjusted()) > _LONGEST_PLAIN or len(digits) > _LONGEST_PLAIN:
            return digits
        digits = format(number, "f")
    whole, point, fraction = digits.partition(".")
    return whole if point and not fraction.strip("0") else digits


def reason_of(error: ValueError | RecursionError) -> str:
    """Return why a piece of text is not JSON, as a sentence."""
    if isinstance(error, RecursionError):
        return "it is not JSON that can be read (nested too deeply)."
    return f"it is not JSON ({error})."


def _compact(value: Any) -> str:
    """Return a nested value as JSON without blanks, its numbers as they were written."""
    if isinstance(value, dict):
        pairs = (f"{_compact(str(key))}:{_compact(item)}" for key, item in value.items())
        return "{" + ",".join(pairs) + "}"
    if isinstance(value, list):
        return "[" + ",".join(_compact(item) for item in value) + "]"
    return str(value) if isinstance(value, Number) else json.dumps(value, ensure_ascii=False)
