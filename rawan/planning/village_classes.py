"""Which class each village and TPS has in a plan: by the rules, by people, by a sudden report.

Owns which of them wins. The rules themselves are `rules/classes.py`'s, and how TPS are put down by
class is `rules/polling.py`'s.
"""

from collections.abc import Mapping

import polars as pl

from rawan.planning.inputs import Region, Run
from rawan.planning.rules.classes import Override, class_inputs, classify
from rawan.planning.rules.patterns import CLASSES, Pattern
from rawan.planning.rules.polling import PollingTable, polling_table
from rawan.planning.rules.polling_facts import Facts
from rawan.planning.rules.resources import Resources
from rawan.planning.whatif import Report
from rawan.publishing.texts import text
from rawan.settings import Language


def village_classes(region: Region, run: Run, resources: Resources) -> pl.DataFrame:
    """Return every village's class by the rules, with its reason in both languages."""
    inputs = class_inputs(run.ranking, region.geography, region.listed)
    overrides = tuple(
        Override(entry.village_code, entry.vulnerability, entry.reason)
        for entry in resources.classes
    )
    return classify(inputs, resources.class_rules, overrides)


def chosen_classes(
    region: Region,
    run: Run,
    resources: Resources,
    reports: tuple[Report, ...],
    by_rule: pl.DataFrame,
    lang: Language,
) -> tuple[dict[str, str], list[str]]:
    """Return the classes that whole villages get in the plan, and a sentence for each reason.

    Where the number of TPS of a class is published for the election, that number holds, and only
    people lift a village: the planner's file, an override of the list, a sudden report. Where
    none is published, the rules' classes hold. A class that the pattern has no ratio for becomes
    the next one that it has.
    """
    pattern = region.pattern(resources)
    has_totals = bool(Facts(region.files, region.election.id).class_totals)
    found: dict[str, str] = {}
    said = []
    if has_totals:
        said.append(text("plan.assumed.class_totals", lang))
    else:
        found = dict(by_rule.select("village_code", "class").iter_rows())
        said.append(text("plan.assumed.class_rules", lang))
    known = set(region.villages)
    for override in run.standing.overrides:
        if override.village_code in known:
            now = found.get(override.village_code, CLASSES[0])
            to = "khusus" if override.kind == "khusus" else _step(now, override.kind == "up")
            found[override.village_code] = to
            said.append(_said("override", region, override.village_code, to, override.reason, lang))
    for entry in resources.classes:
        found[entry.village_code] = entry.vulnerability
    for report in reports:
        now = found.get(report.village_code, CLASSES[0])
        to = report.vulnerability or _step(now, True)
        found[report.village_code] = to
        said.append(_said("report", region, report.village_code, to, "", lang))
    lacking = sorted({name for name in found.values() if name not in pattern.ratios})
    for name in lacking:
        other = _with_ratio(name, pattern)
        found = {code: other if to == name else to for code, to in found.items()}
        said.append(
            text("plan.assumed.no_ratio", lang).format(
                pattern=pattern.id,
                vulnerability=text(f"plan_rules.class.{name}", lang),
                other=text(f"plan_rules.class.{other}", lang),
            )
        )
    ordinary = {code for code, name in found.items() if name == CLASSES[0]}
    return {code: name for code, name in found.items() if code not in ordinary}, said


def stations(
    region: Region, resources: Resources, classes: Mapping[str, str], lang: Language
) -> PollingTable:
    """Return the table of TPS that the plan covers."""
    listed = {(code, name): tps for code, name, tps in region.listed.iter_rows()}
    placed: dict[tuple[str, str], int] = {
        (p.district_code, p.vulnerability): p.tps for p in resources.placed
    }
    return polling_table(region.files, region.election.id, classes, placed, listed, lang)


def _said(
    key: str, region: Region, code: str, vulnerability: str, reason: str, lang: Language
) -> str:
    village = region.villages[code]["village"]
    return text(f"plan.assumed.{key}", lang).format(
        village=f"{village} ({code})",
        vulnerability=text(f"plan_rules.class.{vulnerability}", lang),
        reason=reason,
    )


def _step(name: str, is_up: bool) -> str:
    """Return the next class; only people set `khusus`, so a step never leads there."""
    if name == "khusus":
        return name
    at = CLASSES.index(name) + (1 if is_up else -1)
    return CLASSES[min(max(at, 0), CLASSES.index("sangat_rawan"))]


def _with_ratio(name: str, pattern: Pattern) -> str:
    """Return the nearest class, the stricter first, that a pattern has a ratio for."""
    at = CLASSES.index(name)
    order = sorted(
        CLASSES, key=lambda other: (abs(CLASSES.index(other) - at), -CLASSES.index(other))
    )
    return next(other for other in order if other in pattern.ratios)
