"""The page of the reckoning: one file, offline, no script; a chart and tables for each list.

Owns the form. What is said is `told.py`; all that data brought in is escaped.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from jinja2 import Environment, PackageLoader, StrictUndefined

from models.additive import Array
from rawan.audit import told as audit_told
from rawan.audit.measures import Reckoning
from rawan.audit.reckon import Audit
from rawan.publishing.texts import text
from rawan.settings import Language

WIDTH, HEIGHT = 560, 260
_LEFT, _TOP, _RIGHT, _BOTTOM = 44, 12, 548, 226
MOST_POINTS = 400
_STYLES = {"ours": "", "baseline": "7 5", "best": "1 4"}


@dataclass(frozen=True)
class Line:
    """A line of the chart: its points in its picture's units, its dashes and its name."""

    points: str
    dashes: str
    name: str


@dataclass(frozen=True)
class Chart:
    """Share of the incidents within the first k; `cut` is where the list was cut."""

    lines: tuple[Line, ...]
    cut: float
    k: int
    places: int


@dataclass(frozen=True)
class Section:
    """What the page says of one list and some days."""

    title: str
    about: Sequence[str]
    days: str
    summary: Sequence[str]
    chart: Chart | None
    table: Sequence[Sequence[str]]
    at_k: Sequence[str]
    calibration: Sequence[str]
    blind: Sequence[str]
    places: Sequence[tuple[str, Sequence[str]]]
    notes: Sequence[str]


def render_audit(audit: Audit, lang: Language) -> str:
    """Return the page of a reckoning."""
    environment = Environment(
        loader=PackageLoader("rawan.publishing"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    # The banner says so already.
    is_simulation = audit.data_origin == "SIMULASI"
    return environment.get_template("audit.html.jinja").render(
        lang=lang,
        audit=audit,
        is_simulation=is_simulation,
        head=audit_told.head(audit, lang)[is_simulation:],
        sections=[section(one, lang) for one in audit.reckonings],
        left_out=[words.said(lang) for words in audit.left_out],
        t=lambda key: text(f"audit.{key}", lang),
        not_for=text("not_for.sentence", lang),
        size=(WIDTH, HEIGHT),
        frame=(_LEFT, _TOP, _RIGHT, _BOTTOM),
    )


def section(one: Reckoning, lang: Language) -> Section:
    """Return the parts of one list and its days, in the order to show."""
    at_k: list[str] = []
    if one.ranked is not None:
        for at in one.ranked.at:
            if at.k == one.k:
                at_k = audit_told.at_lines(at, lang)
    return Section(
        title=audit_told.title(one, lang),
        about=audit_told.about(one, lang) if one.is_own else (),
        days=audit_told.days(one, lang),
        summary=audit_told.summary(one, lang),
        chart=chart(one, lang),
        table=audit_told.measure_rows(one, lang),
        at_k=at_k,
        calibration=audit_told.calibration(one, lang),
        blind=audit_told.blind_spots(one, lang),
        places=audit_told.places_told(one, lang),
        notes=audit_told.notes(one, lang),
    )


def chart(one: Reckoning, lang: Language) -> Chart | None:
    """Return the lines of the chart; None where there is nothing to measure."""
    if one.curves is None:
        return None
    curves = {"ours": one.curves.ours, "baseline": one.curves.baseline, "best": one.curves.best}
    lines = [
        Line(_points(curve), _STYLES[name], text(f"audit.curve_{name}", lang))
        for name, curve in curves.items()
        if curve is not None
    ]
    cut = _LEFT + (_RIGHT - _LEFT) * one.k / one.villages
    return Chart(tuple(lines), round(cut, 1), one.k, one.villages)


def _points(curve: Array) -> str:
    """Return a curve's points, from no place with nothing on; no more than can be seen."""
    n = len(curve)
    step = max(1, n // MOST_POINTS)
    at = sorted({0, *range(step, n + 1, step), n})
    return " ".join(
        f"{_LEFT + (_RIGHT - _LEFT) * k / n:.1f},"
        f"{_BOTTOM - (_BOTTOM - _TOP) * (float(curve[k - 1]) if k else 0.0):.1f}"
        for k in at
    )
