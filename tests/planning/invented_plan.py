"""The invented region with a complete run beside it, and a planner's file that fits it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from rawan.planning.rules.resources import Resources, as_resources
from rawan.settings import Settings, load_settings
from tests.conftest import DISTRICTS, VILLAGES, Bench, write_bench, write_csv

RUN = "20200101-0123456789ab"
SEATS = {"99.99.01": "Rejocontoh", "99.99.02": "Tirtakhayal", "99.99.03": "Pulauangan"}
TPS = dict(zip(VILLAGES, (12, 4, 6, 3, 9, 8, 5, 4), strict=True))
RISK = dict(zip(VILLAGES, (0.30, 0.02, 0.05, 0.01, 0.15, 0.03, 0.02, 0.08), strict=True))
DRAWS = 60


def planned_region(
    folder: Path,
    data_origin: str = "SIMULASI",
    names: Mapping[str, str] | None = None,
    **ranking: Any,
) -> Bench:
    """Write the invented region with all that a plan reads, a complete run included."""
    bench = write_bench(folder)
    called = {code: (names or {}).get(code, name) for code, (name, _, _) in VILLAGES.items()}
    bench.reference(
        "villages",
        (
            {
                "village_code": code,
                "village": called[code],
                "kind": "desa",
                "district_code": code[:8],
                "district": DISTRICTS[code[:8]],
                "lat": lat,
                "lon": lon,
            }
            for code, (_, lat, lon) in VILLAGES.items()
        ),
    )
    bench.reference(
        "districts",
        (
            {"district_code": code, "district": name, "seat": called.get(seat(code), SEATS[code])}
            for code, name in DISTRICTS.items()
        ),
    )
    bench.reference(
        "polsek",
        (
            {"district_code": code, "polsek": f"Polsek {name}", "assumed": "true"}
            for code, name in DISTRICTS.items()
        ),
    )
    bench.reference(
        "polling_stations",
        (
            {
                "election": "contoh2020",
                "village_code": code,
                "district_code": code[:8],
                "tps": tps,
                "known_on": "2019-12-01",
            }
            for code, tps in TPS.items()
        ),
    )
    write_csv(
        bench.folder / "reference" / "tps_special.csv",
        [
            {
                "election": "contoh2020",
                "level": "village",
                "code": "99.99.03.2001",
                "fact": "island_all",
                "class": "",
                "tps": 4,
                "within_total": "true",
                "island": "Pulau Angan",
                "source": "",
            }
        ],
    )
    write_run(bench.folder / "private", called, data_origin, **ranking)
    return bench


def seat(district: str) -> str:
    """Return the code of the village that is a kecamatan's seat."""
    return next(
        code
        for code, (name, _, _) in VILLAGES.items()
        if code.startswith(district) and name == SEATS[district]
    )


def write_run(private: Path, names: Mapping[str, str], data_origin: str, **ranking: Any) -> Path:
    """Write of a complete run what a plan reads."""
    folder = private / RUN
    folder.mkdir(parents=True)
    codes = list(VILLAGES)
    order = sorted(codes, key=lambda code: -RISK[code])
    rows = [
        {
            "hazard": hazard,
            "stage": stage,
            "village_code": code,
            "village": names[code],
            "tps": TPS[code],
            "rank": order.index(code) + 1,
            "risk": RISK[code] if hazard == "conflict" else None,
            "index": 10.0 + TPS[code] if hazard == "logistics" else None,
            "band": "sangat_rawan" if code == order[0] else "kurang_rawan",
            "top_k_probability": 0.9 if code == order[0] else 0.1,
            "blind_spot": code == "99.99.02.2003",
            **ranking,
        }
        for hazard, stage in (("conflict", "voting"), ("logistics", "logistics"))
        for code in codes
    ]
    pl.DataFrame(rows, infer_schema_length=None).write_parquet(folder / "ranking.parquet")
    spread = np.random.default_rng(7).lognormal(0.0, 0.5, (len(codes), DRAWS))
    drawn = spread * np.array([RISK[code] for code in codes])[:, None]
    pl.DataFrame(
        {"village_code": codes, "expected": drawn.tolist()},
        schema={"village_code": pl.String, "expected": pl.List(pl.Float32)},
    ).write_parquet(folder / "draws.parquet")
    manifest = {
        "manifest_version": 2,
        "run_id": RUN,
        "created_at": "2020-01-01T05:00:00+00:00",
        "region": "Kabupaten Contoh",
        "data_origin": data_origin,
        "election": "contoh2020",
        "cutoff": "2020-01-01",
    }
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    (private / "latest.json").write_text(json.dumps({"run_id": RUN}), encoding="utf-8")
    return folder


PLANNER: dict[str, Any] = {
    "title": "Rencana rekaan",
    "election": "contoh2020",
    "pattern": "lampung_pemilu2024",
    "assumptions": ["Semuanya rekaan."],
    "gives_way": ["reserve", "travel_limit", "ratio_kurang_rawan"],
    "team_limit_km": 8.0,
    "most_posts": 1,
    "units": [
        {"name": "Unit Rekaan", "officers": 60, "base_code": "99.99.01"},
        {"name": "Cadangan Rekaan", "officers": 6, "base_code": "99.99.02", "kind": "reserve"},
        {"name": "Siaga Rekaan", "officers": 30, "base_code": "99.99.01", "kind": "standby"},
    ],
    "posts": [{"name": "Pos Rekaan", "lat": -5.52, "lon": 105.52}],
    "boats": [
        {
            "name": "Perahu Rekaan",
            "from_code": "99.99.02.2003",
            "to_code": "99.99.03.2001",
            "hours": 1.0,
        }
    ],
}


def planner(**changes: Any) -> Resources:
    """Return a planner's file for the invented region."""
    return as_resources({**PLANNER, **changes}, "plan.toml")


def settings_of(bench: Bench, lang: str = "id") -> Settings:
    """Return the region's configuration."""
    return load_settings(bench.config, lang)
