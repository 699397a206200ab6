"""Reasons in words: the largest components of a score as one line a person reads."""

import json
from functools import cache

from models.additive import INTERCEPT
from rawan.features import declared
from rawan.publishing.texts import text
from rawan.settings import Language

_SHOWN = 3
# A component that makes up less of what raises a score is no reason, but a tie-break.
_LEAST_SHARE = 0.01


@cache
def component_label(name: str, lang: Language) -> str:
    """Return what a component is called, by its name in `components`."""
    return text("reasons.intercept", lang) if name == INTERCEPT else declared(name).labels[lang]


def signed(value: float, lang: Language, digits: int = 3) -> str:
    """Return a contribution with its sign and so many digits after the decimal mark."""
    written = f"{value:+.{digits}f}"
    return written.replace(".", ",") if lang == "id" else written


def drivers(components: str, lang: Language) -> str:
    """Return the largest components that raise a score, largest first, in words."""
    parts = [(v, name) for name, v in json.loads(components).items() if name != "intercept"]
    total = sum(value for value, _ in parts if value > 0)
    raising = [(v, name) for v, name in parts if v > _LEAST_SHARE * total]
    if not raising:
        return text("reasons.none", lang)
    raising.sort(key=lambda part: (-part[0], part[1]))
    return "; ".join(
        f"{component_label(name, lang)} ({signed(v, lang)})" for v, name in raising[:_SHOWN]
    )
