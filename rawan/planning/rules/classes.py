"""Villages and TPS by class of vulnerability, each class with its reason in both languages.

Owns how a class comes about; the thresholds are `class_rules.py`'s, and what a class means for
the number of officers is the pattern's. A class says where to be present, nothing about people.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from rawan.errors import RawanError, did_you_mean
from rawan.planning.rules.class_rules import ClassRules
from rawan.planning.rules.patterns import CLASSES
from rawan.publishing.texts import number, text
from rawan.settings import Language
from rawan.warehouse import Warehouse

_ORDER: tuple[str, ...] = CLASSES  # from the lowest

_INPUTS: dict[str, Any] = {
    "village_code": pl.String,
    "band": pl.String,
    "top_k_probability": pl.Float64,
    "blind_spot": pl.Boolean,
    "logistics_index": pl.Float64,
    "water_crossing_share": pl.Float64,
    "distance_seat_km": pl.Float64,
    "ikg_access": pl.Float64,
    "listed_share": pl.Float64,
}
_CLASSES_OF_VILLAGES: dict[str, Any] = {
    "village_code": pl.String,
    "class": pl.String,
    "rule": pl.String,
    "reason_id": pl.String,
    "reason_en": pl.String,
}


@dataclass(frozen=True)
class Override:
    """The class that the planner gives a village, and why; it wins over every rule."""

    village_code: str
    vulnerability: str
    reason: str


@dataclass(frozen=True)
class _Finding:
    """One rule that spoke: the class it gives, and the words for it."""

    vulnerability: str
    rule: str
    values: Mapping[str, float | str]

    def words(self, lang: Language) -> str:
        written = {
            name: number(value, lang, digits=2) if isinstance(value, float) else value
            for name, value in self.values.items()
        }
        return text(f"plan_rules.reason.{self.rule}", lang).format(**written)


def class_inputs(
    ranking: pl.DataFrame, geography: pl.DataFrame, listed: pl.DataFrame, stage: str = "voting"
) -> pl.DataFrame:
    """Return what the rules look at, one row a village of the ranking.

    Parameters
    ----------
    ranking : rows of a published ranking (contract `ranking.v1.json`); the conflict list of
        `stage` and the logistics list of the logistics stage are used, where they are there.
    geography : columns of `reference.geography`.
    listed : village_code, class, tps; see `listed_tps`.
    """
    conflict = ranking.filter((pl.col("hazard") == "conflict") & (pl.col("stage") == stage))
    logistics = ranking.filter(pl.col("hazard") == "logistics").sort("stage")
    villages = ranking.select("village_code", "tps").group_by("village_code").agg(pl.max("tps"))
    vulnerable = (
        listed.filter(pl.col("class") != "kurang_rawan")
        .group_by("village_code")
        .agg(pl.sum("tps").alias("listed"))
    )
    return (
        villages.join(
            conflict.select("village_code", "band", "top_k_probability", "blind_spot"),
            on="village_code",
            how="left",
        )
        .join(
            logistics.select("village_code", pl.col("index").alias("logistics_index")).unique(
                "village_code", keep="first", maintain_order=True
            ),
            on="village_code",
            how="left",
        )
        .join(
            geography.select(
                "village_code", "water_crossing_share", "distance_seat_km", "ikg_access"
            ),
            on="village_code",
            how="left",
        )
        .join(vulnerable, on="village_code", how="left")
        .with_columns(
            listed_share=pl.col("listed") / pl.max_horizontal("tps", "listed").cast(pl.Float64)
        )
        .select(pl.col(name).cast(kind) for name, kind in _INPUTS.items())
        .sort("village_code")
    )


def classify(
    inputs: pl.DataFrame, rules: ClassRules, overrides: tuple[Override, ...] = ()
) -> pl.DataFrame:
    """Return the class of every village: village_code, class, rule, reason_id, reason_en.

    The highest class that a rule gives is taken, with every reason for it; `rule` names the
    first. A figure that is not known speaks neither for nor against a village, and a blind spot
    that no rule lifts says that it is unknown, not safe. The planner's overrides win.

    Parameters
    ----------
    inputs : as from `class_inputs`; empty cells are unknown.

    Raises
    ------
    RawanError
        If an override names a village that is not there, a class that is none, or one village
        twice.
    """
    chosen = _checked(overrides, set(inputs["village_code"]))
    rows = []
    for village in inputs.sort("village_code").to_dicts():
        override = chosen.get(village["village_code"])
        if override is not None:
            by_planner = _Finding(override.vulnerability, "override", {"reason": override.reason})
            rows.append(_row(village["village_code"], [by_planner]))
            continue
        findings = list(_findings(village, rules))
        highest = max((_ORDER.index(f.vulnerability) for f in findings), default=0)
        decisive = [f for f in findings if _ORDER.index(f.vulnerability) == highest]
        if not highest:
            unknown = village["blind_spot"] or village["band"] is None
            name = "unknown" if unknown else "none"
            decisive = [*decisive, _Finding(CLASSES[0], name, {})]
        rows.append(_row(village["village_code"], decisive))
    return pl.DataFrame(rows, schema=_CLASSES_OF_VILLAGES, orient="row")


def _row(village_code: str, findings: list[_Finding]) -> tuple[str, str, str, str, str]:
    return (
        village_code,
        findings[0].vulnerability,
        findings[0].rule,
        " ".join(finding.words("id") for finding in findings),
        " ".join(finding.words("en") for finding in findings),
    )


def _findings(village: dict[str, Any], rules: ClassRules) -> Iterator[_Finding]:
    """Yield every rule that lifts this village above the lowest class."""
    probability, band = village["top_k_probability"], village["band"]
    if rules.risk_from == "band":
        if band in CLASSES[1:]:
            yield _Finding(band, "risk", {"probability": float(probability or 0.0)})
    elif probability is not None and probability >= rules.rawan_probability:
        high = probability >= rules.sangat_rawan_probability
        yield _Finding(CLASSES[1 + high], "risk", {"probability": float(probability)})
    index = village["logistics_index"]
    if index is not None and index >= rules.rawan_index:
        high = index >= rules.sangat_rawan_index
        yield _Finding(CLASSES[1 + high], "logistics", {"index": float(index)})
    for name in ("water_crossing_share", "distance_seat_km", "ikg_access"):
        value, least = village[name], getattr(rules, name)
        if value is not None and value >= least and rules.remote_class != CLASSES[0]:
            yield _Finding(rules.remote_class, name, {"value": float(value), "least": float(least)})
    share = village["listed_share"]
    if share is not None and share >= rules.listed_share:
        yield _Finding("rawan", "listed", {"share": float(share)})


def _checked(overrides: tuple[Override, ...], known: set[str]) -> dict[str, Override]:
    found: dict[str, Override] = {}
    mistakes = []
    for override in overrides:
        code = override.village_code
        if code not in known:
            mistakes.append(f"classes: there is no village {code}.{did_you_mean(code, known)}")
        if override.vulnerability not in CLASSES:
            hint = did_you_mean(override.vulnerability, CLASSES)
            mistakes.append(f'classes: {code}: "{override.vulnerability}" is no class.{hint}')
        if code in found:
            mistakes.append(f"classes: the village {code} stands twice.")
        found[code] = override
    if mistakes:
        raise RawanError("\n".join(mistakes))
    return found


def listed_tps(warehouse: Warehouse, election: str, known_by: date) -> pl.DataFrame:
    """Return the TPS of an election that a source lists by class: village_code, class, tps.

    `known_by` is the last day whose lists count. Of several lists of one TPS the newest class
    counts; a TPS listed without a class is not classed, and so left out.
    """
    return warehouse.frame(
        """
        WITH newest AS (
            SELECT village_code, tps_number,
                   arg_max(vulnerability, (known_on, source_url)) AS class
            FROM staging.tps_vulnerability
            WHERE election = ? AND known_on <= ? AND vulnerability IS NOT NULL
            GROUP BY ALL
        )
        SELECT village_code, class, count(*)::BIGINT AS tps
        FROM newest GROUP BY ALL ORDER BY ALL
        """,
        [election, known_by],
    )
