"""The model card: what is published, by how much it won, and what nobody should read into it.

Owns its sentences and files. The facts come whole from `card_facts`, the tables of a language
from `card_tables`, the plot from `plots`.
"""

import math
import re
from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from models.evidence import Estimate, NotApplicable
from rawan.candidates import BASELINE
from rawan.choosing import Choice
from rawan.publishing.bilingual import Words, short_number
from rawan.publishing.card import tables as card_tables
from rawan.publishing.card.facts import CardFacts
from rawan.publishing.card.plots import calibration_svg
from rawan.publishing.card.tables import model, safe, told
from rawan.publishing.texts import date_text, number, text
from rawan.settings import Language

_TEMPLATES = Path(__file__).parents[1] / "templates"
_OTHER: dict[Language, Language] = {"id": "en", "en": "id"}


def estimate(value: Estimate | NotApplicable, lang: Language) -> str:
    """Return an estimate with its 90 % interval, or why there is none."""
    if isinstance(value, NotApplicable):
        return text(f"card.reason.{value.why}", lang)
    low, high = number(value.low, lang), number(value.high, lang)
    return f"{number(value.value, lang)} ({low} – {high})"


def verdict(choice: Choice, lang: Language) -> str:
    """Say in a sentence by how much the published model won, or why none did."""
    decision = choice.decision
    if decision is None:
        return text("card.untested", lang)
    if not decision.differences:
        return text("card.alone", lang)
    told = decision.published if choice.beats_baseline else decision.leader
    if told == BASELINE:
        told = max(decision.differences, key=lambda name: _gain(decision.differences[name]))
    differences = "; ".join(
        f"{text(f'metric.{measure}', lang)} {estimate(value, lang)}"
        for measure, value in decision.differences[told].items()
    )
    return text(f"card.why.{decision.why}", lang).format(
        model=text(f"model.{told}", lang),
        differences=differences,
        k=choice.backtest.k,
        cutoffs=choice.cutoffs_tested,
    )


def _gain(differences: Mapping[str, Estimate | NotApplicable]) -> float:
    gain = differences["capture"]
    return gain.value if isinstance(gain, Estimate) else -math.inf


def card_files(facts: CardFacts, lang: Language) -> dict[str, str]:
    """Return the card's files by name: the card in both languages, and its plots.

    `model_card.md` is in the run's language and equal to the one of that language by name;
    `model_card.id.md` and `model_card.en.md` are always there. `calibration.svg` is in the
    run's language, the other plot carries its language in its name; there is none where
    nothing could be calibrated.
    """
    other = _OTHER[lang]
    plots: dict[Language, str] = {lang: "calibration.svg", other: f"calibration.{other}.svg"}
    cards = {code: render_card(facts, code, plots[code]) for code in (lang, other)}
    files = {"model_card.md": cards[lang]}
    files |= {f"model_card.{code}.md": cards[code] for code in sorted(cards)}
    if not isinstance(facts.calibration, Words):
        for code in (lang, other):
            files[plots[code]] = calibration_svg(facts.calibration, code)
    return files


def render_card(facts: CardFacts, lang: Language, plot: str = "calibration.svg") -> str:
    """Return the model card as Markdown, with the calibration plot from the file `plot`."""
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 - Markdown; `safe` takes markup out of what is not ours
    )
    rendered = environment.get_template("model_card.md.jinja").render(
        f=facts, lang=lang, plot=plot, tables=card_tables, **_words(lang)
    )
    return re.sub(r"\n{3,}", "\n\n", f"{rendered.rstrip()}\n")


def _words(lang: Language) -> dict[str, Any]:
    """Return what the template writes words and numbers with."""

    def day(value: date) -> str:
        return date_text(value, lang)

    return {
        "t": lambda key, **fill: text(f"card.{key}", lang).format(**fill),
        "said": lambda words: safe(words.said(lang)),
        "told": partial(told, lang=lang),
        "model": partial(model, lang=lang),
        "names": lambda found: ", ".join(model(name, lang) for name in found),
        "measures": lambda found: ", ".join(card_tables.measure(name, lang) for name in found),
        "num": partial(number, lang=lang),
        "short": partial(short_number, lang=lang),
        "day": day,
        "because": partial(_because, lang=lang),
        "is_words": lambda value: isinstance(value, Words),
        "distinct": lambda *values: dict.fromkeys(v for v in values if isinstance(v, Words)),
        "safe": safe,
        "code": card_tables.code,
    }


def _because(reasons: Sequence[str], lang: Language) -> str:
    return "; ".join(text(f"card.drift.{reason}", lang) for reason in reasons)
