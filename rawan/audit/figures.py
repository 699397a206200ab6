"""How the reckoning writes its figures: estimates, shares, numbers of villages, and a village."""

from datetime import date
from typing import Any

from models.evidence import NotApplicable
from models.expected_number import Number, Share
from models.reckoning import Measured
from rawan.audit.measures import Place
from rawan.publishing.bilingual import Figure
from rawan.publishing.texts import date_text, number, text
from rawan.settings import Language

_KNOWN = ("baseline_rank", "incidents_used", "top_k_probability", "risk", "blind_spot", "drivers")


def audit_text(key: str, lang: Language, **fill: Any) -> str:
    """Return words of the reckoning, filled in."""
    return text(f"audit.{key}", lang).format(**fill)


def number_told(found: Number, lang: Language) -> dict[str, Any]:
    """Return what the words of an expected number are filled in with."""
    verdict = "within" if found.is_within else "too_few"
    if found.observed > found.high:
        verdict = "too_many"
    chance = found.chance_as_far if found.observed else found.chance_of_none
    return {
        "expected": number(found.expected, lang, 1),
        "low": found.low,
        "high": found.high,
        "observed": found.observed,
        "verdict": audit_text(verdict, lang),
        "chance": number(chance, lang),
    }


def share_told(key: str, share: Share, lang: Language) -> str:
    """Return the words of a share of villages."""
    written = Figure(share.share, share.low, share.high).written(lang)
    return audit_text(key, lang, happened=share.happened, places=share.places, share=written)


def place_told(place: Place, lang: Language) -> str:
    """Return a village in which it happened, and what was known of it before."""
    before = place.before
    known = ""
    if before.get("rank_low") is not None and before.get("rank_high") is not None:
        known = audit_text("known.interval", lang, low=before["rank_low"], high=before["rank_high"])
    for name in _KNOWN:
        value = before.get(name)
        if value is None or value is False:
            continue
        told = number(value, lang) if isinstance(value, float) else str(value)
        known += audit_text(f"known.{name}", lang, value=told)
    return audit_text(
        "place",
        lang,
        code=place.village_code,
        village=place.village,
        district=place.district or "–",
        incidents=", ".join(
            f"{label.said(lang)} {_day(first, last, lang)}"
            for first, last, label in place.incidents
        ),
        rank=place.rank,
        known=known,
        first=audit_text("first", lang) if place.is_first_outbreak else "",
    )


def _day(first: date, last: date, lang: Language) -> str:
    if first == last:
        return date_text(last, lang)
    return f"{date_text(first, lang)} – {date_text(last, lang)}"


def estimate_told(found: Measured | NotApplicable, lang: Language) -> str:
    """Return a figure with its interval, or why there is none."""
    if isinstance(found, NotApplicable):
        return audit_text(f"why.{found.why}", lang)
    return Figure(found.value, found.low, found.high).written(lang)
