"""The words of a text, as it came: HTML, odd letters and endless lines included.

Owns what counts as a word. What words mean is the business of `lexicon.py`.
"""

import html
import re
import unicodedata

MOST_CHARACTERS = 20_000  # a report says what it is about well before
SENTENCE, COMMA = ".", ","

_TAG = re.compile(r"<[!/a-zA-Z][^<>]{0,300}>")
_WORD_OR_MARK = re.compile(r"[^\W\d_]\w*|[.!?](?=\s|$)|[;\n]|,(?!\d)")
_WORD_OR_NUMBER = re.compile(r"\w+")


def words_and_marks(text: str) -> list[str]:
    """Return the words in lower case, with "." where a sentence ends and "," for a comma.

    Numbers and other signs are left out; of a very long text only the first
    `MOST_CHARACTERS` are read.

    Examples
    --------
    >>> words_and_marks("<b>Ricuh</b> di TPS 3, kaca pecah. Rp100.000")
    ['ricuh', 'di', 'tps', ',', 'kaca', 'pecah', '.', 'rp100']
    """
    found = _WORD_OR_MARK.findall(_plain(text))
    return [SENTENCE if word in "!?;\n" else word for word in found]


def words_and_numbers(text: str) -> list[str]:
    """Return words and numbers in lower case, in order; signs and HTML are left out.

    Examples
    --------
    >>> words_and_numbers("Ricuh di TPS-3!")
    ['ricuh', 'di', 'tps', '3']
    """
    return _WORD_OR_NUMBER.findall(_plain(text))


def _plain(text: str) -> str:
    text = text[:MOST_CHARACTERS]
    if "&" in text:
        text = html.unescape(text)
    if "<" in text:
        text = _TAG.sub(" ", text)
    if not text.isascii():
        # Full-width and styled letters become plain ones; invisible ones go.
        text = unicodedata.normalize("NFKC", text)
        text = "".join(sign for sign in text if unicodedata.category(sign) not in ("Cf", "Mn"))
    return text.lower()
