"""The registry of features, and the parameters that the SQL reads."""

import tomllib
from dataclasses import dataclass
from functools import cache
from typing import Literal

import polars as pl

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
    transform: Literal["identity", "log1p"]
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
    }


def own_counts() -> frozenset[str]:
    """Return the features that count the unit's own past, and so are uncertain as counts are."""
    return frozenset(name for name, feature in registry().items() if feature.counts == "clash")


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
