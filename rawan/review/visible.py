"""Text of unknown origin, made safe to look at.

Owns how a character without a shape of its own is shown. Rich's markup is not touched:
such text is printed with markup off.
"""

import unicodedata

# Control, format (bidirectional marks among them), half and unassigned characters, and the
# separators of lines: none may act on a terminal or hide a part of a name.
_UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def visible(text: str, longest: int | None = None) -> str:
    r"""Return a text whose every character can be seen, cut to a length.

    Examples
    --------
    >>> visible("Bali\u202enuraga\x1b[2J")
    'Bali<U+202E>nuraga<U+001B>[2J'
    >>> visible("Balinuraga", longest=5)
    'Balin…'
    """
    cut = text if longest is None or len(text) <= longest else text[:longest] + "…"
    return "".join(_shown(character) for character in cut)


def _shown(character: str) -> str:
    category = unicodedata.category(character)
    if category in _UNSEEN:
        return f"<U+{ord(character):04X}>"
    return " " if category == "Zs" else character
