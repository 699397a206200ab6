"""The catalogue of features, and the parameters that the SQL reads.

What the features need beside the rows that came in is made in `rawan.feature_inputs`.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, get_args

import polars as pl

from models.additive import Transform
from rawan.calendar import cutoffs
from rawan.errors import RawanError
from rawan.feature_inputs import fill_inputs, lacking, typical_distance_km
from rawan.past_columns import macros
from rawan.settings import PROJECT_ROOT, Settings
from rawan.warehouse import Warehouse

REGISTRY = PROJECT_ROOT / "data" / "contracts" / "features.toml"

CONTAGION_DAYS = 90
"""How long an incident elsewhere in the kecamatan counts as recent."""
CORROBORATION_DAYS = 14
"""How far apart two reports may lie that speak of the same thing."""
NEAR, FAR = 1.5, 4.0
"""The two distances of spatial lags, as multiples of the median distance to the nearest unit."""
TREND_OFFSET = 0.25
"""Incidents a year that are added to both rates of a trend, so that one incident is no boom."""
WET_MONTHS = (11, 12, 1, 2, 3, 4)
"""The rainy season of southern Sumatra, by its months; of a record's units it is not known."""

Imputation = Literal["median", "zero", "empty", "none"]
_NEEDED = {"unit", "transform", "learn", "label", "window", "imputation", "source", "why"}
_ALLOWED = {*_NEEDED, "counts", "missing"}


@dataclass(frozen=True)
class Feature:
    """A feature as declared in data/contracts/features.toml, which says what each field means."""

    name: str
    unit: str
    counts: str | None
    transform: Transform
    missing: str | None
    learn: bool
    labels: dict[str, str]
    window: str
    imputation: Imputation
    source: str
    why: str


@cache
def registry() -> dict[str, Feature]:
    """Return every declared feature by name.

    Raises
    ------
    RawanError
        If an entry lacks a field, or contradicts itself; the message names it.
    """
    return read_catalogue(tomllib.loads(REGISTRY.read_text(encoding="utf-8")))


def read_catalogue(content: Mapping[str, Any]) -> dict[str, Feature]:
    """Return the features of a catalogue by name; its families are read when one is asked for.

    Raises
    ------
    RawanError
        If an entry lacks a field, or contradicts itself; the message names it.
    """
    return {name: _entry(name, entry) for name, entry in content.items() if name != "families"}


def _entry(name: str, entry: Mapping[str, Any]) -> Feature:
    def wrong(what: str) -> RawanError:
        return RawanError(f"{REGISTRY.name}, [{name}]: {what}")

    if missing := sorted(_NEEDED - set(entry)):
        raise wrong(f"{', '.join(missing)} is missing. Add it.")
    if unknown := sorted(set(entry) - _ALLOWED):
        raise wrong(f"{', '.join(unknown)} is no field of a feature. Take it out.")
    if empty := sorted(key for key in ("unit", "window", "source", "why") if not entry[key]):
        raise wrong(f"{', '.join(empty)} is empty. Fill it in.")
    if set(entry["label"]) != {"id", "en"}:
        raise wrong("label needs words in id and en, and in nothing else.")
    for field, kind in (("transform", Transform), ("imputation", Imputation)):
        if entry[field] not in get_args(kind):
            raise wrong(f"{field} is one of {', '.join(get_args(kind))}.")
    if entry["imputation"] == "median" and "missing" not in entry:
        raise wrong("missing must name the flag of a value that is filled with the median.")
    return Feature(
        name=name,
        unit=entry["unit"],
        counts=entry.get("counts"),
        transform=entry["transform"],
        missing=entry.get("missing"),
        learn=entry["learn"],
        labels=entry["label"],
        window=entry["window"],
        imputation=entry["imputation"],
        source=entry["source"],
        why=entry["why"],
    )


def own_counts(names: Iterable[str]) -> frozenset[str]:
    """Return those that count the unit's own past, and so are uncertain as counts are."""
    return frozenset(name for name in names if declared(name).counts == "clash")


def declared(name: str) -> Feature:
    """Return a feature by its name, one of a family too.

    Raises
    ------
    KeyError
        If nothing declares it.
    """
    found = find(name)
    if found is None:
        raise KeyError(f"no feature is called {name!r}")
    return found


@cache
def find(name: str) -> Feature | None:
    """Return a feature by its name, one of a family too; None if nothing declares it."""
    known = registry().get(name)
    if known is not None:
        return known
    families = tomllib.loads(REGISTRY.read_text(encoding="utf-8"))["families"]
    if parts := re.fullmatch(r"past_(.+)_(\d+|year|last)", name):
        return _past(name, families["past"], parts[1], parts[2])
    if parts := re.fullmatch(r"covariate_(.+)", name):
        return _covariate(name, families["covariate"], parts[1])
    return None


def _past(name: str, family: Mapping[str, Any], group: str, measure: str) -> Feature:
    kind = measure if measure in ("year", "last") else "days"
    words = family["groups"].get(group, {"id": group, "en": group})
    own = {key: family[key][kind] for key in ("unit", "window")}
    return _entry(
        name,
        {key: family[key] for key in ("imputation", "source", "why", "learn")}
        | {key: text.format(days=measure) for key, text in own.items()}
        | {
            "counts": "clash" if group == "outcome" and kind != "last" else group,
            "transform": "identity" if kind == "last" else "log1p",
            "label": {
                lang: words_of.format(group=words[lang], days=measure)
                for lang, words_of in family["label"][kind].items()
            },
        },
    )


def _covariate(name: str, family: Mapping[str, Any], column: str) -> Feature:
    labels = {lang: words.format(name=column) for lang, words in family["label"].items()}
    return _entry(name, {**family, "label": labels, "missing": f"is_{name}_missing"})


def learned(columns: Iterable[str]) -> dict[str, Transform]:
    """Return the features among these columns that models may learn from, with transforms."""
    return {
        name: declared(name).transform
        for name in columns
        if (name in registry() and registry()[name].learn)
        or name.startswith(("past_", "covariate_"))
    }


def not_applicable(warehouse: Warehouse) -> dict[str, str]:
    """Return why features are not applicable to a region or record: their input is missing whole.

    Such columns say the same of every unit, and models leave them out. A key is the name of
    a feature, or a pattern that ends in `*`.

    Parameters
    ----------
    warehouse : with its parameters set and the floor `staging` built.

    Returns
    -------
    dict
        By feature or pattern, the reason in a sentence.
    """
    return lacking(warehouse)


def set_parameters(warehouse: Warehouse, settings: Settings) -> None:
    """Set the variables and small tables that the SQL of all floors reads."""
    features = settings.features
    apart = typical_distance_km(warehouse.frame("SELECT lat, lon FROM reference.villages"))
    is_record = settings.record.folder is not None
    warehouse.set_variables(
        {
            "published_cutoff": settings.calendar.cutoff,
            "history_from": settings.calendar.history_from,
            "half_life_days": features.half_life_days,
            "long_half_life_days": features.long_half_life_days,
            "report_half_life_days": features.report_half_life_days,
            "coverage_half_years": 2 * features.coverage_years,
            "coverage_days": 182 * 2 * features.coverage_years,
            "neighbours": features.neighbours,
            "neighbour_scale_km": features.neighbour_scale_km,
            "near_scale_km": apart and NEAR * apart,
            "far_scale_km": apart and FAR * apart,
            "trend_offset": TREND_OFFSET,
            "contagion_days": CONTAGION_DAYS,
            "corroboration_days": CORROBORATION_DAYS,
            "wet_months": [] if is_record else list(WET_MONTHS),
            "band_sangat_rawan": settings.bands.sangat_rawan,
            "band_rawan": settings.bands.rawan,
            "data_origin": settings.region.data_origin,
        }
    )
    warehouse.replace("features.cutoffs", _cutoffs(settings))
    _name_past_columns(warehouse, features.half_lives_days)
    # The blocks of space that bootstraps draw together.
    warehouse.execute(
        "CREATE OR REPLACE TABLE features.blocks AS"
        " SELECT village_code, district_code AS block FROM reference.villages"
    )
    fill_inputs(warehouse, None if is_record else settings.region.reference)
    weights: dict[str, float] = dict(settings.grades.source.items())
    weights |= dict(settings.grades.information.items())
    warehouse.replace(
        "reference.grade_weights",
        pl.DataFrame({"grade": list(weights), "weight": list(weights.values())}),
    )


def _name_past_columns(warehouse: Warehouse, half_lives_days: Sequence[int]) -> None:
    """Make features.type_numbers, and the macros of the columns of features.past."""
    groups = _type_groups(warehouse)
    numbers = groups.select(pl.col("type").unique().sort()).with_row_index("type_no")
    warehouse.replace("features.type_numbers", numbers)
    numbered = groups.join(numbers, on="type").sort("group_name", "type_no")
    members = {
        str(group): rows["type_no"].to_list() for (group,), rows in numbered.group_by("group_name")
    }
    for macro in macros(members, sorted(set(half_lives_days))):
        warehouse.execute(macro)


def _type_groups(warehouse: Warehouse) -> pl.DataFrame:
    """Return the groups of types with a history of their own: outcomes, any type, each group.

    A group of the same types as another would only say the same twice.
    """
    types = warehouse.rows(
        "SELECT type, type_group, hazard = 'conflict' AND is_outcome"
        " FROM reference.incident_types ORDER BY type"
    )
    members: dict[str, set[str]] = {
        "outcome": {name for name, _, is_outcome in types if is_outcome},
        "any": {name for name, _, _ in types},
    }
    for name, group, _ in types:
        members.setdefault(group, set()).add(name)
    told: list[set[str]] = []
    rows = []
    for group, names in members.items():
        if names and names not in told:
            told.append(names)
            rows += [{"group_name": group, "type": name} for name in sorted(names)]
    return pl.DataFrame(rows, schema={"group_name": pl.String, "type": pl.String})


def _cutoffs(settings: Settings) -> pl.DataFrame:
    """Return one row a cutoff, with the last day whose news is known and the window asked about."""
    return pl.DataFrame(
        [
            {
                "cutoff": c.day,
                "known_by": c.day,
                "window_from": c.start,
                "window_until": c.until,
                "is_tested": c.is_tested,
            }
            for c in cutoffs(settings.calendar)
        ]
    )
