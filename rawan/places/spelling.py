"""How a name is spelled: prefixes, case, blanks, accents, Roman numbers and old spelling.

Owns the forms in which names are compared. Which name of a list is meant is in `names.py`.
"""

import re
import unicodedata
from collections.abc import Iterator

PREFIX = re.compile(
    r"(desa|ds|kelurahan|kel|pekon|kampung|kp|kecamatan|kec|kabupaten|kab|kota)\b\.?\s*", re.I
)
# These words are prefixes or a part of the name: "Kota Dalam" is a name, "Kota Kalianda" is not.
OPEN_PREFIXES = frozenset({"kota", "kampung", "kp"})
_ROMAN = {"i": "1", "ii": "2", "iii": "3", "iv": "4", "v": "5", "vi": "6", "vii": "7", "viii": "8"}
_NOT_LETTERS = re.compile(r"[^0-9a-z]+")
_ROMAN_ENDS = ("i", "v")
_ONLY_LETTERS = {at: None for at in range(128) if not chr(at).isalnum()}
_DOUBLED = re.compile(r"(.)\1+")


def words_of(name: str) -> list[str]:
    """Return the words of a name in small letters without accents; a last Roman number as digits.

    Examples
    --------
    >>> words_of("Sumber-Agung II")
    ['sumber', 'agung', '2']
    """
    if not name.isascii():
        name = unicodedata.normalize("NFKD", name)
        name = "".join(sign for sign in name if not unicodedata.combining(sign))
    words = _NOT_LETTERS.sub(" ", name.casefold()).split()
    if len(words) > 1 and words[-1] in _ROMAN:
        words[-1] = _ROMAN[words[-1]]
    return words


def letters(name: str) -> str:
    """Return a name in small letters without blanks, punctuation and accents."""
    if name.isascii():
        low = name.lower()
        if low[-1:] not in _ROMAN_ENDS:
            return low.translate(_ONLY_LETTERS)
    return "".join(words_of(name))


def normalised(name: str) -> str:
    """Return a name without prefix, case, blanks and punctuation.

    Examples
    --------
    >>> normalised("Ds. Bali Nuraga") == normalised("Balinuraga")
    True
    """
    *_, last = forms(name)
    return last


def forms(name: str) -> Iterator[str]:
    """Yield the letters of a name, then without its first prefix, without the second, and so on."""
    name = name.strip()
    yield letters(name)
    while (prefix := PREFIX.match(name)) is not None:
        name = name[prefix.end() :]
        yield letters(name)


def respelled(key: str) -> str:
    """Return letters in new spelling, with y for j: what is compared letter by letter.

    Examples
    --------
    >>> respelled("soekakarja") == respelled("sukakarya")
    True
    """
    key = key.replace("tj", "c").replace("dj", "j").replace("oe", "u").replace("j", "y")
    return "way" + key[3:] if key[:3] in ("wai", "wae") else key


def sounded(key: str) -> str:
    """Return letters as they sound: `respelled`, and doubled letters once.

    Examples
    --------
    >>> sounded("balinnuraga") == sounded("balinuraga")
    True
    """
    key = respelled(key)
    return key if _DOUBLED.search(key) is None else _DOUBLED.sub(r"\1", key)
