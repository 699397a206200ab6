"""Reasons in words: the largest components of a score as one line a person reads."""

import json
from functools import cache

from rawan.features import registry
from rawan.publishing.texts import text
from rawan.settings import Language

_SHOWN = 3
# A component that makes up less of what raises a score is no reason, but a tie-break.
_LEAST_SHARE = 0.01


@cache
def component_labels(lang: Language) -> dict[str, str]:
    """Return what each component is called, by its name in `components`."""
    labels = {name: feature.labels[lang] for name, feature in registry().items()}
    return {"intercept": text("reasons.intercept", lang), **labels}


def signed(value: float, lang: Language, digits: int = 3) -> str:
    """Return a contribution with its sign and so many digits after the decimal mark."""
    written = f"{value:+.{digits}f}"
    return written.replace(".", ",") if lang == "id" else written


def drivers(components: str, lang: Language) -> str:
    """Return the largest components that raise a score, largest first, in words."""
    labels = component_labels(lang)
    parts = [(v, name) for name, v in json.loads(components).items() if name != "intercept"]
    total = sum(value for value, _ in parts if value > 0)
    raising = [(v, name) for v, name in parts if v > _LEAST_SHARE * total]
    if not raising:
        return text("reasons.none", lang)
    raising.sort(key=lambda part: (-part[0], part[1]))
    return "; ".join(f"{labels[name]} ({signed(v, lang)})" for v, name in raising[:_SHOWN])
