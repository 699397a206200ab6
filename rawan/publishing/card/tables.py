"""The tables of the model card: rows of text in one language, safe to stand in Markdown.

The first row is the head. What has no figure shows the reason.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import date

from models.calibration_bins import CalibrationBins
from models.drift import Drift
from rawan.publishing.bilingual import Figure, Told, Words
from rawan.publishing.card.facts import (
    CardFacts,
    ChoiceFacts,
    DataFacts,
    DriftRow,
    GroupTable,
    Intake,
    PresenceRow,
    RegretRow,
    ShadowRow,
    SkillTable,
    TieRow,
    TrapRow,
    TreeRow,
)
from rawan.publishing.texts import date_text, number, text, texts
from rawan.settings import Language

Rows = list[list[str]]

_MARKUP = re.compile(r"([\\`*_\[\]|~#])")
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\s]+")
_NUMBER = re.compile(r"-?\d[\d.,]*( \(|$)")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_LEVELS = ("changed", "watch", "stable")
_WORD = {True: "held", False: "fired", None: "not_set"}


def safe(words: str) -> str:
    r"""Return text from outside as it shall be read: no markup, no line break, no HTML.

    Examples
    --------
    >>> safe("a|b <b>*x*")
    'a\\|b &lt;b&gt;\\*x\\*'
    """
    words = _UNSEEN.sub(" ", words).strip()
    words = "".join(_ENTITIES.get(letter, letter) for letter in words)
    return _MARKUP.sub(r"\\\1", words)


def alignment(rows: Rows) -> str:
    """Return the line below a table's head: columns of numbers stand to the right."""
    body = rows[1:]
    right = [all(_NUMBER.match(cell) for cell in column) for column in zip(*body, strict=True)]
    return "|" + "".join("---:|" if is_number else "---|" for is_number in right)


def told(value: Told, lang: Language) -> str:
    """Return a figure with its interval, or why there is none."""
    if isinstance(value, Words):
        return text("card.not_applicable", lang).format(reason=safe(value.said(lang)))
    return value.written(lang)


def model(name: str, lang: Language) -> str:
    """Return a candidate's name for people."""
    return safe(text(f"model.{name}", lang))


def measure(name: str, lang: Language) -> str:
    """Return a measure's name for people: one of the backtest, or one that only the card has."""
    key = f"metric.{name}"
    return text(key if key in texts() else f"card.measure.{name}", lang)


def intake_table(data: DataFacts, lang: Language) -> Rows:
    """Return what came in by kind, what became of it, and the total."""
    rows = [
        [
            safe(kind.kind.said(lang)),
            *(str(number) for number in _counts(kind)),
            str(kind.files),
            _span(kind.first, kind.last, lang),
        ]
        for kind in data.intakes
    ]
    columns = zip(*map(_counts, data.intakes), strict=True)
    total = [text("card.data.total", lang), *(str(sum(column)) for column in columns), "", ""]
    total[-2:] = [text("card.data.see_above", lang)] * 2
    names = "kind rows placed excluded quarantined counted files span"
    return [_head("data", names, lang), *rows, total]


def skill_table(table: SkillTable, lang: Language) -> Rows:
    """Return every candidate's measures, without what has the same reason throughout."""
    candidates, measures = _with_figures(table)
    head = [text("card.candidate", lang), *(measure(name, lang) for name in measures)]
    return [
        head,
        *(
            [model(name, lang), *(told(table.rows[name][m], lang) for m in measures)]
            for name in candidates
        ),
    ]


def skill_reasons(table: SkillTable, lang: Language) -> list[str]:
    """Return why candidates, or measures, are not in the table: one sentence a reason."""
    candidates, measures = _with_figures(table)
    found: dict[Words, list[str]] = {}
    for name, row in table.rows.items():
        if name not in candidates:
            found.setdefault(_reason(row.values()), []).append(model(name, lang))
    for name in table.measures:
        if candidates and name not in measures:
            reason = _reason(table.rows[candidate][name] for candidate in candidates)
            found.setdefault(reason, []).append(measure(name, lang))
    return [f"{', '.join(names)}: {told(reason, lang)}" for reason, names in found.items()]


def _with_figures(table: SkillTable) -> tuple[list[str], list[str]]:
    """Return candidates and measures, but for those whose cells all give one and the same reason.

    Measures are looked at for the candidates that are left.
    """

    def is_told(cells: Iterable[Told]) -> bool:
        found = set(cells)
        return len(found) != 1 or isinstance(found.pop(), Figure)

    candidates = [name for name, row in table.rows.items() if is_told(row.values())]
    measures = [m for m in table.measures if is_told(table.rows[name][m] for name in candidates)]
    return candidates, measures


def _reason(cells: Iterable[Told]) -> Words:
    return next(cell for cell in cells if isinstance(cell, Words))


def comparison_table(choice: ChoiceFacts, lang: Language) -> Rows:
    """Return the paired differences that decided."""
    return [
        _head("choice", "against measure difference", lang),
        *(
            [model(c.against, lang), measure(c.measure, lang), told(c.difference, lang)]
            for c in choice.comparisons
        ),
    ]


def calibration_table(bins: CalibrationBins, lang: Language) -> Rows:
    """Return the bins of the plot: what was stated, and what then happened."""
    return [
        _head("plot", "stated happened places", lang),
        *(
            [
                Figure(stated).written(lang),
                Figure(happened, low, high).written(lang),
                str(places),
            ]
            for stated, happened, low, high, places in bins.rows()
        ),
    ]


def tie_table(rows: Sequence[TieRow], lang: Language) -> Rows:
    """Return capture at k with ties as expected, at their worst and at their best."""
    return [
        [text("card.candidate", lang), *_head("ties", "expected worst best", lang)],
        *([model(r.candidate, lang), *_told(lang, r.expected, r.worst, r.best)] for r in rows),
    ]


def group_table(table: GroupTable, lang: Language) -> Rows:
    """Return how the list did by group."""
    return [
        [safe(table.by.said(lang)), *_head("failures", "places incidents captured auc", lang)],
        *(
            [
                safe(r.group.said(lang)),
                str(r.places),
                str(r.incidents),
                *_told(lang, r.captured, r.auc),
            ]
            for r in table.rows
        ),
    ]


def tree_table(rows: Sequence[TreeRow], lang: Language) -> Rows:
    """Return the rules of the error tree."""
    return [
        _head("failures", "rule places_hit incidents missed mean share", lang),
        *(
            [
                safe(r.rule.said(lang)),
                *(str(r.places), str(r.incidents)),
                *_told(lang, r.missed, r.mean, r.share),
            ]
            for r in rows
        ),
    ]


def regret_table(rows: Sequence[RegretRow], lang: Language) -> Rows:
    """Return what was captured beside the best candidate in hindsight, by cutoff."""
    return [
        _head("regret", "cutoff published captured best best_captured regret", lang),
        *(
            [
                date_text(r.cutoff, lang),
                model(r.published, lang),
                told(r.captured, lang),
                model(r.best, lang),
                *_told(lang, r.best_captured, r.regret),
            ]
            for r in rows
        ),
    ]


def shadow_table(rows: Sequence[ShadowRow], lang: Language) -> Rows:
    """Return challenger and champion at the newest cutoffs."""
    return [
        _head("shadow", "cutoff challenger challenger_captured champion champion_captured", lang),
        *(
            [
                date_text(r.cutoff, lang),
                model(r.challenger, lang),
                told(r.challenger_captured, lang),
                model(r.champion, lang),
                told(r.champion_captured, lang),
            ]
            for r in rows
        ),
    ]


def trap_table(rows: Sequence[TrapRow], lang: Language) -> Rows:
    """Return what became of each leakage trap."""
    return [
        _head("traps", "trap result seen", lang),
        *(
            [
                safe(r.name.said(lang)),
                text(f"card.traps.{_WORD[r.held]}", lang),
                safe(r.seen.said(lang)),
            ]
            for r in rows
        ),
    ]


def drift_table(rows: Sequence[DriftRow], lang: Language) -> Rows:
    """Return how each input moved, those that moved most first."""
    columns = "input psi by_chance missing_then missing_now zero_then zero_now level"
    worst_first = sorted(rows, key=lambda row: _LEVELS.index(row.drift.level))
    return [
        _head("drift", columns, lang),
        *([safe(r.label.said(lang)), *_drift(r.drift, lang)] for r in worst_first),
    ]


def presence_table(rows: Sequence[PresenceRow], lang: Language) -> Rows:
    """Return the list with the influence of past presence removed."""
    return [
        _head("presence", "place district rank_without rank presence", lang),
        *(
            [
                *(safe(r.place), safe(r.district)),
                *(str(r.rank_without), str(r.rank)),
                told(r.presence, lang),
            ]
            for r in rows
        ),
    ]


def weight_table(weights: Sequence[tuple[Words, float]], lang: Language) -> Rows:
    """Return the weights of the index of logistics."""
    return [
        _head("logistics", "input weight", lang),
        *([safe(label.said(lang)), number(weight, lang)] for label, weight in weights),
    ]


def origin_table(facts: CardFacts, lang: Language) -> Rows:
    """Return the hashes and versions that the run was made from."""
    return [
        _head("reproducing", "what value", lang),
        *(
            [f"`{code(name)}`", f"`{code(value)}`"]
            for name, value in (*facts.hashes.items(), *facts.versions.items())
        ),
    ]


def code(words: str) -> str:
    """Return text from outside as it may stand between backticks in a cell."""
    return _UNSEEN.sub(" ", words).replace("`", "'").replace("|", "/").strip() or "-"


def _drift(drift: Drift, lang: Language) -> list[str]:
    unknown = text("card.drift.unknown", lang)

    def shown(value: float | None) -> str:
        return unknown if value is None else number(value, lang)

    return [
        *(shown(drift.psi), shown(drift.by_chance)),
        *(shown(drift.missing_then), shown(drift.missing_now)),
        *(shown(drift.zero_then), shown(drift.zero_now)),
        text(f"card.drift.{drift.level}", lang),
    ]


def _counts(kind: Intake) -> tuple[int, ...]:
    return kind.rows, kind.placed, kind.excluded, kind.quarantined, kind.counted


def _span(first: date | None, last: date | None, lang: Language) -> str:
    if first is None or last is None:
        return text("card.data.no_span", lang)
    return f"{date_text(first, lang)} – {date_text(last, lang)}"


def _told(lang: Language, *values: Told) -> list[str]:
    return [told(value, lang) for value in values]


def _head(section: str, names: str, lang: Language) -> list[str]:
    return [text(f"card.{section}.{name}", lang) for name in names.split()]
