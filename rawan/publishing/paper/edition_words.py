"""What workbook and brief alike say of an edition: its marks, its overrides, its cut.

Owns these words only; where they stand is `workbook.py` and `brief_data.py`.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from rawan.publishing.bilingual import short_number
from rawan.publishing.edition import Edition, ListInfo, Override
from rawan.publishing.texts import date_text, text
from rawan.settings import Language


@dataclass(frozen=True)
class Marks:
    """What every file says of itself.

    Attributes
    ----------
    status : that it is a draft, who approved it, or that it was withdrawn and why.
    simulation : empty where the data are no invented ones.
    """

    status: str
    simulation: str
    region: str
    audience: str
    cutoff: str
    run_id: str
    made_on: str

    @property
    def line(self) -> str:
        """Return all of it in one line."""
        parts = (self.simulation, self.status, self.region, self.audience, self.cutoff)
        return " · ".join(part for part in (*parts, self.run_id, self.made_on) if part)


def marks(edition: Edition, lang: Language) -> Marks:
    """Return what every file made from an edition says of itself."""
    facts = edition.facts
    made = facts.made_on
    return Marks(
        status=status(edition, lang),
        simulation="SIMULASI" if facts.data_origin == "SIMULASI" else "",
        region=facts.region,
        audience=text("brief.for", lang).format(audience=text(f"brief.{edition.audience}", lang)),
        cutoff=text("brief.cutoff", lang).format(date=date_text(facts.cutoff, lang)),
        run_id=text("brief.run", lang).format(run=facts.run_id),
        made_on=text("brief.made_on", lang).format(
            date=date_text(made.date(), lang),
            time=f"{made:%H.%M}" if lang == "id" else f"{made:%H:%M}",
        ),
    )


def status(edition: Edition, lang: Language) -> str:
    """Return where the run stands, in words; without an approval it is a draft."""
    standing = edition.standing
    if standing.erratum is not None:
        key, by, on = "withdrawn", standing.erratum.by, standing.erratum.on
    elif standing.approval is not None:
        key, by, on = "approved", standing.approval.by, standing.approval.on
    else:
        return text("brief.draft", lang)
    said = text(f"brief.{key}" if by else f"brief.{key}_unnamed", lang)
    said = said.format(by=by, date=date_text(on.date(), lang))
    reason = standing.erratum.reason if standing.erratum is not None else ""
    return f"{said}: {reason}" if reason else said


def overrides(edition: Edition) -> dict[tuple[str, str], list[Override]]:
    """Return the overrides by hazard and village code, the newest first."""
    found: dict[tuple[str, str], list[Override]] = {}
    for override in sorted(edition.standing.overrides, key=lambda o: o.on, reverse=True):
        found.setdefault((override.hazard, override.village_code), []).append(override)
    return found


def override_words(override: Override, lang: Language) -> str:
    """Return what an override asks for, and until when.

    Examples
    --------
    >>> from datetime import UTC, date, datetime
    >>> on, until = datetime(2024, 11, 20, tzinfo=UTC), date(2024, 12, 1)
    >>> override_words(Override("99.99.01.2001", "conflict", "up", "", "", on, until), "en")
    'put up by people, until 1 December 2024'
    """
    until = date_text(override.until, lang)
    return text(f"brief.override_{override.kind}", lang).format(date=until)


def list_name(info: ListInfo, lang: Language) -> str:
    """Return what a list is called: its hazard and its stage."""
    return f"{info.hazard_label.said(lang)}, {info.stage_label.said(lang)}"


def lists_of(edition: Edition) -> Iterator[tuple[ListInfo, pl.DataFrame]]:
    """Return every list with its rows, in the order to show."""
    for info in edition.facts.lists:
        yield info, edition.rows_of(info.hazard, info.stage)


def with_cut(rows: pl.DataFrame, k: int) -> pl.DataFrame:
    """Say of each row where it stands to the cut at k: `place` is inside, tied or outside.

    Villages that share a score share the smallest rank, so that a rank within k may belong to
    more villages than k has room for; which of them belong above the cut the list does not say.
    """
    last = pl.col("rank") + pl.col("tied_with")
    place = (
        pl.when(last <= k)
        .then(pl.lit("inside"))
        .when(pl.col("rank") <= k)
        .then(pl.lit("tied"))
        .otherwise(pl.lit("outside"))
    )
    return rows.with_columns(place.alias("place"))


def percent(share: float, lang: Language, digits: int = 1) -> str:
    """Return a share of 0 to 1 in percent.

    Examples
    --------
    >>> percent(0.125, "id"), percent(1, "en")
    ('12,5 %', '100 %')
    """
    return f"{short_number(100 * share, lang, digits)} %"
