"""What the reckoning says in words: the lines of the terminal, and the parts of the page.

Owns the sentences and their order. Every number comes from `rawan.audit`; the words stand in
`words/audit.toml`.
"""

from collections.abc import Iterator
from typing import Any

from models.evidence import Estimate, NotApplicable
from models.expected_number import Number, Share
from models.reckoning import AtK, Compared
from rawan.audit import Audit
from rawan.audit_measures import Place, Reckoning
from rawan.publishing.card_words import Figure, short_number
from rawan.publishing.texts import date_text, number, text
from rawan.settings import Language

FEW_BLOCKS = 5
"""With incidents in fewer kecamatan an interval over kecamatan is coarse."""

_KNOWN = ("baseline_rank", "incidents_used", "top_k_probability", "risk", "blind_spot", "drivers")


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
    known = _t("known_all", lang)
    if audit.as_of is not None:
        known = _t("known_as_of", lang, day=date_text(audit.as_of, lang))
    told = [
        _t(
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
        told.insert(0, _t("simulation", lang))
    if audit.newest is not None:
        told.append(_t("newest", lang, day=date_text(audit.newest, lang)))
    return told + [_t(key, lang) for key in ("one_election", "no_coverage", "told_only")]


def title(one: Reckoning, lang: Language) -> str:
    """Return which list it is."""
    stages = ", ".join(_stage(stage, lang) for stage in one.listed.stages)
    return _t(
        "list",
        lang,
        hazard=text(f"hazard.{one.listed.hazard}", lang),
        stages=stages or _t("no_stage", lang),
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
        told.append(_t("model", lang, model=known or one.listed.model))
    told.append(
        _t(
            "units",
            lang,
            listed=one.listed.rows.height,
            villages=one.villages,
            gone=len(one.gone),
            came=one.came,
        )
    )
    if one.gone:
        told.append(_t("gone", lang, codes=", ".join(one.gone)))
    if one.listed.until is None:
        told.append(_t("horizon_assumed", lang))
    return told


def days(one: Reckoning, lang: Language) -> str:
    """Return which days are asked about."""
    span = {"start": date_text(one.span.start, lang), "end": date_text(one.span.last, lang)}
    if one.span.stage is None:
        return _t("own", lang, **span)
    return _t("stage", lang, stage=_stage(one.span.stage, lang), **span)


def body(one: Reckoning, lang: Language) -> list[str]:
    """Return everything that is said of a list within some days."""
    told = list(_counted(one, lang))
    if one.ranked is not None:
        for at in one.ranked.at:
            told.append(_t("at_k", lang, k=at.k))
            told += [f"  {line}" for line in at_lines(at, lang)]
        told.append(_t("whole", lang))
        told += [f"  {measure}: {value}" for measure, value in _compared(one.ranked.whole, lang)]
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
    rows: list[tuple[str, ...]] = [("k", *(_t(f"table.{name}", lang) for name in heads))]
    for at in one.ranked.at:
        rows += [_row(str(at.k), name, found, lang) for name, found in at.measures.items()]
    return rows + [_row("–", name, found, lang) for name, found in one.ranked.whole.items()]


def at_lines(at: AtK, lang: Language) -> list[str]:
    """Return the measures of the first k villages."""
    told = [f"{measure}: {value}" for measure, value in _compared(at.measures, lang)]
    if at.ties[0] != at.ties[1]:
        worst, best = (number(value, lang) for value in at.ties)
        told.append(_t("ties", lang, worst=worst, best=best))
    return told


def calibration(one: Reckoning, lang: Language) -> list[str]:
    """Return how far the probabilities of a list can be believed."""
    if one.calibrated is None:
        return _promise(one, lang)
    counted = one.calibrated.number
    if one.nothing is not None:
        key = "expected" if counted.observed else "none_expected"
        return [_t(key, lang, **_number(counted, lang)), _t("independent", lang)]
    told = [_t("expected", lang, **_number(counted, lang)), _t("independent", lang)]
    if one.in_top is not None:
        told.append(_t("in_top", lang, k=one.k, **_number(one.in_top, lang)))
    for name, score in one.calibrated.scores.items():
        told.append(f"{_t(f'score.{name}', lang)}: {_estimate(score, lang)}")
    bins = one.calibrated.bins
    if bins is None:
        told.append(_t("no_bins", lang))
    else:
        told.append(_t("bins", lang))
        for stated, happened, low, high, places in bins.rows():
            share = Figure(happened, low, high).written(lang)
            bin_ = _t("bin", lang, stated=number(stated, lang), happened=share, places=places)
            told.append(f"  {bin_}")
    return told + _promise(one, lang)


def blind_spots(one: Reckoning, lang: Language) -> list[str]:
    """Return what happened in blind spots, apart from the other villages."""
    if one.others is None and one.blind is None:
        return []
    told = []
    told.append(_share("blind", one.blind, lang) if one.blind else _t("no_blind", lang))
    if one.others:
        told.append(_share("others", one.others, lang))
    return told


def places_told(one: Reckoning, lang: Language) -> list[tuple[str, list[str]]]:
    """Return the misses and the hits by name, and how many of them were first outbreaks."""
    if one.ranked is None:
        return []
    found = []
    for key, is_hit in (("misses", False), ("hits", True)):
        places = [place for place in one.places if place.is_hit is is_hit]
        heading = _t(key, lang, k=one.k, number=len(places))
        found.append((heading, [_place(place, lang) for place in places] or [_t("nobody", lang)]))
    first = [place for place in one.places if place.is_first_outbreak]
    missed = sum(not place.is_hit for place in first)
    found.append((_t("first_outbreaks", lang, number=len(first), missed=missed), []))
    return found


def notes(one: Reckoning, lang: Language) -> list[str]:
    """Return what could not be said, and why."""
    return [words.said(lang) for words in one.notes]


def _counted(one: Reckoning, lang: Language) -> Iterator[str]:
    if one.fates is not None:
        yield _t("fates", lang, **vars(one.fates))
    if one.nothing is not None:
        yield one.nothing.said(lang)
    if one.ranked is not None:
        blocks = {"blocks": one.ranked.blocks, "blocks_with": one.ranked.blocks_with}
        yield _t("happened", lang, number=len(one.places), **blocks)
        if one.ranked.blocks_with < FEW_BLOCKS:
            yield _t("coarse", lang, blocks_with=one.ranked.blocks_with)


def _compared(measures: dict[str, Compared], lang: Language) -> Iterator[tuple[str, str]]:
    for name, found in measures.items():
        value = _estimate(found.ours, lang)
        # The best possible order is the same whoever made the list.
        if found.baseline is not None and found.difference is not None and name != "ceiling":
            beside = {
                "baseline": _estimate(found.baseline, lang),
                "difference": _estimate(found.difference, lang),
            }
            value = f"{value}; {_t('beside', lang, **beside)}"
        yield text(f"metric.{name}", lang), value


def _row(k: str, name: str, found: Compared, lang: Language) -> tuple[str, ...]:
    beside = (found.baseline, found.difference)
    told = ["–" if f is None or name == "ceiling" else _estimate(f, lang) for f in beside]
    return (k, text(f"metric.{name}", lang), _estimate(found.ours, lang), *told)


def _promise(one: Reckoning, lang: Language) -> list[str]:
    if not one.promise:
        return []
    told = [_t("promise_head", lang, k=one.k)]
    for group in one.promise:
        counted = ""
        if group.number is not None:
            counted = _t("promise_number", lang, **_number(group.number, lang))
        line = _t(
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


def _number(found: Number, lang: Language) -> dict[str, Any]:
    verdict = "within" if found.is_within else "too_few"
    if found.observed > found.high:
        verdict = "too_many"
    chance = found.chance_as_far if found.observed else found.chance_of_none
    return {
        "expected": number(found.expected, lang, 1),
        "low": found.low,
        "high": found.high,
        "observed": found.observed,
        "verdict": _t(verdict, lang),
        "chance": number(chance, lang),
    }


def _share(key: str, share: Share, lang: Language) -> str:
    written = Figure(share.share, share.low, share.high).written(lang)
    return _t(key, lang, happened=share.happened, places=share.places, share=written)


def _place(place: Place, lang: Language) -> str:
    before = place.before
    known = ""
    if before.get("rank_low") is not None and before.get("rank_high") is not None:
        known = _t("known.interval", lang, low=before["rank_low"], high=before["rank_high"])
    for name in _KNOWN:
        value = before.get(name)
        if value is None or value is False:
            continue
        told = number(value, lang) if isinstance(value, float) else str(value)
        known += _t(f"known.{name}", lang, value=told)
    return _t(
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
        first=_t("first", lang) if place.is_first_outbreak else "",
    )


def _day(first: Any, last: Any, lang: Language) -> str:
    if first == last:
        return date_text(last, lang)
    return f"{date_text(first, lang)} – {date_text(last, lang)}"


def _estimate(found: Estimate | NotApplicable, lang: Language) -> str:
    if isinstance(found, NotApplicable):
        return _t(f"why.{found.why}", lang)
    return Figure(found.value, found.low, found.high).written(lang)


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


def _t(key: str, lang: Language, **fill: Any) -> str:
    return text(f"audit.{key}", lang).format(**fill)
