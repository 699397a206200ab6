"""The registry of features, and the parameters that the SQL reads."""

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import polars as pl

from models.additive import Transform
from rawan.calendar import cutoffs
from rawan.settings import PROJECT_ROOT, Settings
from rawan.warehouse import Warehouse

REGISTRY = PROJECT_ROOT / "data" / "contracts" / "features.toml"


@dataclass(frozen=True)
class Feature:
    """A feature as declared in data/contracts/features.toml."""

    name: str
    unit: str
    counts: str | None
    transform: Transform
    missing: str | None
    learn: bool
    labels: dict[str, str]


@cache
def registry() -> dict[str, Feature]:
    """Return every declared feature by name."""
    content = tomllib.loads(REGISTRY.read_text(encoding="utf-8"))
    return {
        name: Feature(
            name=name,
            unit=entry["unit"],
            counts=entry.get("counts"),
            transform=entry["transform"],
            missing=entry.get("missing"),
            learn=entry["learn"],
            labels=entry["label"],
        )
        for name, entry in content.items()
        if name != "families"
    }


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
    parts = re.fullmatch(r"past_(.+)_(\d+|year|last)", name)
    if parts is None:
        return None
    family = tomllib.loads(REGISTRY.read_text(encoding="utf-8"))["families"]["past"]
    group, measure = parts.groups()
    kind = measure if measure in ("year", "last") else "days"
    words = family["groups"].get(group, {"id": group, "en": group})
    return Feature(
        name=name,
        unit=family["unit"][kind],
        counts="clash" if group == "outcome" and kind != "last" else group,
        transform="identity" if kind == "last" else "log1p",
        missing=None,
        learn=True,
        labels={
            lang: family["label"][kind][lang].format(group=words[lang], days=measure)
            for lang in ("id", "en")
        },
    )


def learned(columns: Iterable[str]) -> dict[str, Transform]:
    """Return the features among these columns that models may learn from, with transforms."""
    return {
        name: declared(name).transform
        for name in columns
        if (name in registry() and registry()[name].learn) or name.startswith("past_")
    }


def set_parameters(warehouse: Warehouse, settings: Settings) -> None:
    """Set the variables and small tables that the SQL of all floors reads."""
    features = settings.features
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
            "band_sangat_rawan": settings.bands.sangat_rawan,
            "band_rawan": settings.bands.rawan,
            "data_origin": settings.region.data_origin,
        }
    )
    warehouse.replace("features.cutoffs", _cutoffs(settings))
    warehouse.replace(
        "features.half_lives", pl.DataFrame({"half_life_days": sorted(features.half_lives_days)})
    )
    warehouse.replace("features.type_groups", _type_groups(warehouse))
    # The blocks of space that bootstraps draw together.
    warehouse.execute(
        "CREATE OR REPLACE TABLE features.blocks AS"
        " SELECT village_code, district_code AS block FROM reference.villages"
    )
    weights: dict[str, float] = dict(settings.grades.source.items())
    weights |= dict(settings.grades.information.items())
    warehouse.replace(
        "reference.grade_weights",
        pl.DataFrame({"grade": list(weights), "weight": list(weights.values())}),
    )


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
