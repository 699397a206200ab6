"""Texts from anywhere, made fit for a cell or a line: nothing in them may act or run over.

Owns which characters may stand in what is printed and how long it may be. What a cell or a line
says is its writer's.
"""

import re
import unicodedata

UNSHOWN = "\ufffd"
_MORE = "…"
# They turn the order of what follows around, so that a name reads as another.
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c")
_NO_XML = frozenset("\ufffe\uffff")


def shown(words: str, keep_lines: bool = False) -> str:
    r"""Return a text without characters that are not written but act.

    Parameters
    ----------
    keep_lines : keep line ends; else they become spaces, as tabs do.

    Examples
    --------
    >>> shown("Suka\tmaju\x00")
    'Suka maju\ufffd'
    """
    if words.isprintable() and _TURNING.isdisjoint(words):
        return words
    return "".join(_shown(character, keep_lines) for character in words)


def cut(words: str, length: int) -> str:
    """Return at most `length` characters, counted as spreadsheets do (UTF-16), with a mark.

    Examples
    --------
    >>> cut("Bali Nuraga", 6)
    'Bali …'
    """
    if _units(words) <= length:
        return words
    kept, used = [], 0
    for character in words:
        used += _units(character)
        if used > length - 1:
            break
        kept.append(character)
    return "".join(kept) + _MORE


def breakable(words: str, run: int = 24) -> str:
    r"""Return a text whose longest words may be broken: a line cannot run over its column.

    Examples
    --------
    >>> breakable("Sukarekaan", run=4)
    'Suka\u200breka\u200ban'
    """
    return re.sub(rf"(\S{{{run}}})(?=\S)", "\\1\u200b", words)


def _units(words: str) -> int:
    return len(words.encode("utf-16-le", "surrogatepass")) // 2


def _shown(character: str, keep_lines: bool) -> str:
    if character == "\n" and keep_lines:
        return character
    if character in "\n\t\r":
        return " "
    acts = character in _TURNING or character in _NO_XML
    return UNSHOWN if acts or unicodedata.category(character) in ("Cc", "Cs") else character
