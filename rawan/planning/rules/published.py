"""Published deployments against what published rules give: reproduced, fitted, or by how much not.

Owns the comparison and its verdicts. The figures, their sources and the likely reasons of a
difference are in `data/reference/published_deployments.csv`, the rules in `patterns.toml`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rawan.errors import RawanError
from rawan.planning.rules.patterns import CLASSES, Pattern, chosen, read_patterns
from rawan.planning.rules.spreading import Cells, read_rows, spread, whole_number
from rawan.publishing.texts import text
from rawan.settings import PROJECT_ROOT, Language

Verdict = Literal["reproduced", "fitted", "no_rule", "adds_up", "not_reconciled"]
REFERENCE = PROJECT_ROOT / "data" / "reference"

_COLUMNS = (
    *("deployment", "region", "election", "kind", "subject_id", "subject_en", "published"),
    *CLASSES,
    *("parts", "pattern", "fit", "reason_id", "reason_en", "source_url"),
)


@dataclass(frozen=True)
class PublishedRow:
    """One published figure beside what is reckoned for it.

    `computed` is what the published rule (or the sum of the published parts) gives, `least` the
    same with the rule's span of TPS used to its end, `fitted` what a ratio fitted to the figure
    gives; None where there is none. `difference` is published less computed. `is_allowed` says
    that the figure lies within the span of the published rule. `verdict` is

    - `reproduced`: a published rule gives the figure;
    - `fitted`: only a ratio gives it that was fitted to it, which proves nothing;
    - `no_rule`: no rule gives it;
    - `adds_up`, `not_reconciled`: the published parts come to it, or do not.
    """

    deployment: str
    region: str
    election: str
    subject: str
    published: int
    computed: int | None
    least: int | None
    fitted: int | None
    difference: int | None
    verdict: Verdict
    verdict_text: str
    is_allowed: bool
    rule: str
    reason: str
    source_url: str


def published_table(lang: Language = "id", folder: Path = REFERENCE) -> list[PublishedRow]:
    """Return every published figure of the reference tables beside what its rule gives.

    `folder` holds `published_deployments.csv`, `patterns.toml` and `polling_stations.csv`.

    Raises
    ------
    RawanError
        If one of these files is missing or wrong; the message names file, row and column.
    """
    patterns = read_patterns(folder / "patterns.toml")
    path = folder / "published_deployments.csv"
    rows = read_rows(path, _COLUMNS)
    districts: dict[str, dict[str, int]] = {}
    if any(row["fit"] in patterns and patterns[row["fit"]].by_district for row in rows):
        districts = _tps_by_district(folder / "polling_stations.csv")
    return [
        _compared(row, f"{path}, row {line}", patterns, districts.get(row["election"], {}), lang)
        for line, row in enumerate(rows, start=2)
    ]


def _compared(
    row: Cells,
    where: str,
    patterns: Mapping[str, Pattern],
    districts: Mapping[str, int],
    lang: Language,
) -> PublishedRow:
    published = whole_number(row["published"], f'{where}, column "published"')
    least: int | None = None
    fitted: int | None = None
    computed: int | None = None
    if row["kind"] == "sum":
        parts = [whole_number(p, f'{where}, column "parts"') for p in row["parts"].split("+")]
        computed = sum(parts)
        rule = " + ".join(str(part) for part in parts)
    elif row["kind"] == "officers":
        tps: dict[str, int] = {
            name: whole_number(row[name], f'{where}, column "{name}"')
            for name in CLASSES
            if row[name]
        }
        try:
            pattern = chosen(patterns, row["pattern"]) if row["pattern"] else None
            fit = chosen(patterns, row["fit"]) if row["fit"] else None
            if pattern is not None:
                computed, least = pattern.minimum(tps), pattern.fewest(tps)
            if fit is not None:
                fitted = _by_the_fit(fit, tps, districts)
        except RawanError as error:
            raise RawanError(f"{where}: {error}") from None
        rule = _rule_text(tps, pattern, fit, lang)
    else:
        raise RawanError(f'{where}, column "kind": "{row["kind"]}" is neither officers nor sum.')
    verdict = _verdict(row["kind"], published, computed, fitted)
    is_allowed = computed is not None and least is not None and least <= published < computed
    return PublishedRow(
        deployment=row["deployment"],
        region=row["region"],
        election=row["election"],
        subject=row[f"subject_{lang}"],
        published=published,
        computed=computed,
        least=least,
        fitted=fitted,
        difference=None if computed is None else published - computed,
        verdict=verdict,
        verdict_text=text(f"plan_rules.verdict.{verdict}", lang),
        is_allowed=is_allowed,
        rule=rule,
        reason=row[f"reason_{lang}"],
        source_url=row["source_url"],
    )


def _verdict(kind: str, published: int, computed: int | None, fitted: int | None) -> Verdict:
    if kind == "sum":
        return "adds_up" if computed == published else "not_reconciled"
    if computed == published:
        return "reproduced"
    return "fitted" if fitted == published else "no_rule"


def _by_the_fit(fit: Pattern, tps: Mapping[str, int], districts: Mapping[str, int]) -> int:
    """Return what a fitted pattern gives; its teams may be reckoned in each kecamatan apart.

    By kecamatan only the less vulnerable TPS are known, and those by spreading them in
    proportion to all TPS: the others are too few to round by kecamatan and count as a whole.
    """
    if not fit.by_district or not tps.get("kurang_rawan"):
        return fit.minimum(tps)
    if not districts:
        raise RawanError(
            f'pattern "{fit.id}" reckons by kecamatan, and no TPS by kecamatan are known.'
        )
    others = {name: count for name, count in tps.items() if name != "kurang_rawan"}
    by_district = spread(tps["kurang_rawan"], districts)
    less_vulnerable = sum(fit.minimum({"kurang_rawan": n}) for n in by_district.values())
    return less_vulnerable + fit.minimum(others)


def _rule_text(
    tps: Mapping[str, int], pattern: Pattern | None, fit: Pattern | None, lang: Language
) -> str:
    """Return the ratios that were used, in words."""
    said = []
    for rule, key in ((pattern, "published"), (fit, "fitted")):
        if rule is None:
            continue
        ratios = [
            text("plan_rules.published.ratio", lang).format(
                vulnerability=text(f"plan_rules.class.{name}", lang),
                officers=rule.ratios[name].officers,
                tps=_span(rule.ratios[name].tps, rule.ratios[name].tps_most),
            )
            for name, count in tps.items()
            if count
        ]
        name = rule.name if lang == "id" else rule.name_en
        line = text(f"plan_rules.published.{key}", lang)
        said.append(line.format(name=name, ratios="; ".join(ratios)))
    return " ".join(said)


def _span(low: int, high: int | None) -> str:
    return str(low) if high is None else f"{low}–{high}"


def _tps_by_district(path: Path) -> dict[str, dict[str, int]]:
    """Return the TPS of each election by kecamatan."""
    found: dict[str, dict[str, int]] = {}
    for line, row in enumerate(read_rows(path, ("election", "district_code", "tps")), start=2):
        counts = found.setdefault(row["election"], {})
        tps = whole_number(row["tps"], f'{path}, row {line}, column "tps"')
        counts[row["district_code"]] = counts.get(row["district_code"], 0) + tps
    return found
