"""What the reckoning says in words: the lines of the terminal, and the parts of the page.

Owns the sentences and their order. Every number comes from `rawan.audit.reckon`; the words stand in
`words/audit.toml`.
"""

from collections.abc import Iterator

from models.reckoning import LEAST_BLOCKS, AtK, Compared
from rawan.audit.figures import (
    audit_text,
    estimate_told,
    number_told,
    place_told,
    share_told,
)
from rawan.audit.measures import Reckoning
from rawan.audit.reckon import Audit
from rawan.publishing.bilingual import Figure, short_number
from rawan.publishing.texts import date_text, number, text
from rawan.settings import Language


def lines(audit: Audit, lang: Language) -> list[str]:
    """Return the reckoning as lines for a terminal."""
    found = [*head(audit, lang), ""]
    for one in audit.reckonings:
        if one.is_own:
            found += [title(one, lang), *(f"  {line}" for line in about(one, lang))]
        found += [f"  {days(one, lang)}", *(f"    {line}" for line in body(one, lang)), ""]
    found += [words.said(lang) for words in audit.left_out]
    return found


def head(audit: Audit, lang: Language) -> list[str]:
    """Return which election it is, what is known, and how to read the figures."""
    known = audit_text("known_all", lang)
    if audit.as_of is not None:
        known = audit_text("known_as_of", lang, day=date_text(audit.as_of, lang))
    told = [
        audit_text(
            "head",
            lang,
            region=audit.region,
            election=audit.election.names[lang],
            day=date_text(audit.election.voting_day, lang),
            on=date_text(audit.reckoned_on, lang),
            known=known,
        )
    ]
    if audit.data_origin == "SIMULASI":
        told.insert(0, audit_text("simulation", lang))
    if audit.newest is not None:
        told.append(audit_text("newest", lang, day=date_text(audit.newest, lang)))
    return told + [audit_text(key, lang) for key in ("one_election", "no_coverage", "told_only")]


def title(one: Reckoning, lang: Language) -> str:
    """Return which list it is."""
    stages = ", ".join(_stage(stage, lang) for stage in one.listed.stages)
    return audit_text(
        "list",
        lang,
        hazard=text(f"hazard.{one.listed.hazard}", lang),
        stages=stages or audit_text("no_stage", lang),
        run=one.listed.run_id,
        cutoff=date_text(one.listed.cutoff, lang),
        k=one.k,
        villages=one.listed.rows.height,
    )


def about(one: Reckoning, lang: Language) -> list[str]:
    """Return what there is to know of a list whatever days are asked about."""
    told = []
    if one.listed.model:
        key = f"model.{one.listed.model}"
        known = _model(key, lang)
        told.append(audit_text("model", lang, model=known or one.listed.model))
    told.append(
        audit_text(
            "units",
            lang,
            listed=one.listed.rows.height,
            villages=one.villages,
            gone=len(one.gone),
            came=one.came,
        )
    )
    if one.gone:
        told.append(audit_text("gone", lang, codes=", ".join(one.gone)))
    if one.listed.basis == "window":
        told.append(text("page.window_basis", lang))
    if one.listed.until is None:
        told.append(audit_text("horizon_assumed", lang))
    return told


def days(one: Reckoning, lang: Language) -> str:
    """Return which days are asked about."""
    span = {"start": date_text(one.span.start, lang), "end": date_text(one.span.last, lang)}
    if one.span.stage is None:
        return audit_text("own", lang, **span)
    return audit_text("stage", lang, stage=_stage(one.span.stage, lang), **span)


def body(one: Reckoning, lang: Language) -> list[str]:
    """Return everything that is said of a list within some days."""
    told = [*_counted(one, lang), *_ranking(one, lang)]
    told += calibration(one, lang)
    told += blind_spots(one, lang)
    for heading, places in places_told(one, lang):
        told += [heading, *(f"  {place}" for place in places)]
    return told + notes(one, lang)


def summary(one: Reckoning, lang: Language) -> list[str]:
    """Return how many incidents and villages there were, or why there is nothing to measure."""
    return list(_counted(one, lang))


def measure_rows(one: Reckoning, lang: Language) -> list[tuple[str, ...]]:
    """Return k, measure, list, baseline and difference as a table's rows, its head first."""
    if one.ranked is None:
        return []
    heads = ("measure", "ours", "baseline", "difference")
    rows: list[tuple[str, ...]] = [("k", *(audit_text(f"table.{name}", lang) for name in heads))]
    for at in one.ranked.at:
        rows += [_row(str(at.k), name, found, lang) for name, found in at.measures.items()]
    return rows + [_row("–", name, found, lang) for name, found in one.ranked.whole.items()]


def at_lines(at: AtK, lang: Language) -> list[str]:
    """Return what there is to know of the first k villages beside the measures."""
    told = []
    if at.captured is not None:
        told.append(share_told("captured", at.captured, lang))
    if at.ties[0] != at.ties[1]:
        worst, best = (number(value, lang) for value in at.ties)
        told.append(audit_text("ties", lang, worst=worst, best=best))
    return told


def calibration(one: Reckoning, lang: Language) -> list[str]:
    """Return how far the probabilities of a list can be believed."""
    if one.calibrated is None:
        return _promise(one, lang)
    counted = one.calibrated.number
    if one.nothing is not None:
        key = "expected" if counted.observed else "none_expected"
        return [
            audit_text(key, lang, **number_told(counted, lang)),
            audit_text("independent", lang),
        ]
    told = [
        audit_text("expected", lang, **number_told(counted, lang)),
        audit_text("independent", lang),
    ]
    if one.in_top is not None:
        told.append(audit_text("in_top", lang, k=one.k, **number_told(one.in_top, lang)))
    for name, score in one.calibrated.scores.items():
        told.append(f"{audit_text(f'score.{name}', lang)}: {estimate_told(score, lang)}")
    bins = one.calibrated.bins
    if bins is None:
        told.append(audit_text("no_bins", lang))
    else:
        told.append(audit_text("bins", lang))
        for stated, happened, low, high, places in bins.rows():
            share = Figure(happened, low, high).written(lang)
            bin_ = audit_text(
                "bin", lang, stated=number(stated, lang), happened=share, places=places
            )
            told.append(f"  {bin_}")
    return told + _promise(one, lang)


def blind_spots(one: Reckoning, lang: Language) -> list[str]:
    """Return what happened in blind spots, apart from the other villages."""
    if one.others is None and one.blind is None:
        return []
    told = []
    told.append(share_told("blind", one.blind, lang) if one.blind else audit_text("no_blind", lang))
    if one.others:
        told.append(share_told("others", one.others, lang))
    return told


def places_told(one: Reckoning, lang: Language) -> list[tuple[str, list[str]]]:
    """Return the misses and the hits by name, and how many of them were first outbreaks."""
    if one.ranked is None:
        return []
    found = []
    for key, standing in (("misses", "missed"), ("cut", "tied"), ("hits", "hit")):
        places = [place for place in one.places if place.standing == standing]
        if places or standing != "tied":
            heading = audit_text(key, lang, k=one.k, number=len(places))
            told = [place_told(place, lang) for place in places]
            found.append((heading, told or [audit_text("nobody", lang)]))
    first = [place.standing for place in one.places if place.is_first_outbreak]
    counts = {name: first.count(name) for name in ("hit", "tied", "missed")}
    found.append((audit_text("first_outbreaks", lang, number=len(first), **counts), []))
    return found


def notes(one: Reckoning, lang: Language) -> list[str]:
    """Return what could not be said, and why."""
    return [words.said(lang) for words in one.notes]


def _ranking(one: Reckoning, lang: Language) -> Iterator[str]:
    """Yield the measures of the list's own k, those of the whole list, and a line for other k."""
    if one.ranked is None:
        return
    for at in one.ranked.at:
        if at.k == one.k:
            yield audit_text("at_k", lang, k=at.k)
            for measure, value in _compared(at.measures, lang):
                yield f"  {measure}: {value}"
            for line in at_lines(at, lang):
                yield f"  {line}"
    yield audit_text("whole", lang)
    for measure, value in _compared(one.ranked.whole, lang):
        yield f"  {measure}: {value}"
    yield audit_text("other_k", lang)
    for at in one.ranked.at:
        if at.k != one.k:
            measures = (at.measures[name].ours for name in ("capture", "precision"))
            yield f"  k = {at.k}: {'; '.join(estimate_told(found, lang) for found in measures)}"


def _counted(one: Reckoning, lang: Language) -> Iterator[str]:
    if one.fates is not None:
        yield audit_text("fates", lang, **vars(one.fates))
    if one.nothing is not None:
        yield one.nothing.said(lang)
    if one.ranked is not None:
        blocks = {"blocks": one.ranked.blocks, "blocks_with": one.ranked.blocks_with}
        yield audit_text("happened", lang, number=len(one.places), **blocks)
        if one.ranked.blocks_with < LEAST_BLOCKS:
            yield audit_text("coarse", lang, blocks_with=one.ranked.blocks_with)


def _compared(measures: dict[str, Compared], lang: Language) -> Iterator[tuple[str, str]]:
    for name, found in measures.items():
        value = estimate_told(found.ours, lang)
        # The best possible order is the same whoever made the list.
        if found.baseline is not None and found.difference is not None and name != "ceiling":
            beside = {
                "baseline": estimate_told(found.baseline, lang),
                "difference": estimate_told(found.difference, lang),
            }
            value = f"{value}; {audit_text('beside', lang, **beside)}"
        yield text(f"metric.{name}", lang), value


def _row(k: str, name: str, found: Compared, lang: Language) -> tuple[str, ...]:
    beside = (found.baseline, found.difference)
    told = ["–" if f is None or name == "ceiling" else estimate_told(f, lang) for f in beside]
    return (k, text(f"metric.{name}", lang), estimate_told(found.ours, lang), *told)


def _promise(one: Reckoning, lang: Language) -> list[str]:
    if not one.promise:
        return []
    told = [audit_text("promise_head", lang, k=one.k)]
    for group in one.promise:
        counted = ""
        if group.number is not None:
            counted = audit_text("promise_number", lang, **number_told(group.number, lang))
        line = audit_text(
            "promise",
            lang,
            least=short_number(group.least, lang),
            below=short_number(group.below, lang),
            happened=group.share.happened,
            places=group.share.places,
            share=Figure(group.share.share, group.share.low, group.share.high).written(lang),
            number=counted,
        )
        told.append(f"  {line}")
    return told


def _stage(name: str, lang: Language) -> str:
    """Return a stage's name; a list of another hand may have one that is none of ours."""
    try:
        return text(f"stage.{name}", lang)
    except KeyError:
        return name


def _model(key: str, lang: Language) -> str | None:
    try:
        return text(key, lang)
    except KeyError:
        return None
