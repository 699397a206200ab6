"""The model card: what is published, by how much it won, and what nobody should read into it."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from models.backtest import Estimate
from rawan.calendar import published_window
from rawan.publishing.texts import date_text, number, text
from rawan.scoring import BASELINE, Choice
from rawan.settings import Language, Settings

_TEMPLATES = Path(__file__).parent / "templates"
_SHOWN = ("capture", "ceiling", "pei", "pai", "precision", "auc", "onset_auc")


def estimate(value: Estimate, lang: Language) -> str:
    """Return an estimate with its 90 % interval."""
    low, high = number(value.low, lang), number(value.high, lang)
    return f"{number(value.value, lang)} ({low} – {high})"


def verdict(choice: Choice, lang: Language) -> str:
    """Say in a sentence by how much the published model won, or that nothing beat the baseline."""
    if not choice.cutoffs_tested:
        return text("card.untested", lang)
    if choice.beats_baseline:
        gain = estimate(choice.gains[choice.candidate.name], lang)
        name = text(f"model.{choice.candidate.name}", lang)
        return text("card.won", lang).format(
            model=name, gain=gain, k=choice.k, cutoffs=choice.cutoffs_tested
        )
    best = max(choice.gains.values(), key=lambda gain: gain.value, default=None)
    if best is None:
        return text("card.alone", lang)
    return text("card.nothing_won", lang).format(
        gain=estimate(best, lang), k=choice.k, cutoffs=choice.cutoffs_tested
    )


def render_card(
    settings: Settings, choice: Choice, warnings: list[str], run_id: str, lang: Language
) -> str:
    """Return the model card as Markdown."""
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,  # noqa: S701 - Markdown, in which HTML escapes would be shown
    )
    table = [
        [text(f"model.{name}", lang)]
        + [estimate(m[metric], lang) if metric in m else "–" for metric in _SHOWN]
        for name, m in choice.measures.items()
    ]
    calibration = choice.calibration
    window = published_window(settings.calendar)
    return environment.get_template("model_card.md.jinja").render(
        t=lambda key, **fill: text(f"card.{key}", lang).format(**fill),
        region=settings.region.name,
        is_simulation=settings.region.data_origin == "SIMULASI",
        run_id=run_id,
        cutoff=date_text(settings.calendar.cutoff, lang),
        model=text(f"model.{choice.candidate.name}", lang),
        baseline=text(f"model.{BASELINE}", lang),
        window_days=(window.until - window.start).days,
        verdict=verdict(choice, lang),
        choice=choice,
        metrics=[text(f"metric.{metric}", lang) for metric in _SHOWN],
        table=table,
        calibration=None
        if calibration is None
        else {
            "slope": number(calibration.slope, lang),
            "intercept": number(calibration.intercept, lang),
        },
        settings=settings,
        unseen=number(settings.uncertainty.unseen_spread, lang, 1),
        logistics=[
            (name, number(weight, lang, 2))
            for name, weight in settings.logistics_index.weights.items()
        ],
        warnings=warnings,
    )
