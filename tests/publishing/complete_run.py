"""An invented complete run on disk, whose secrets carry a mark that can be looked for."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from rawan.publishing.areas import BY_DISTRICT
from rawan.publishing.reasons.table import reasons
from rawan.publishing.tables import required_columns

RUN = "20240901-0123456789ab"
EARLIER = "20240801-ba9876543210"
MARK = "RAHASIA"
"""What stands in every value that not everybody may read."""
SECRET_GRADE = f"{MARK}-B"

_TYPES = {
    "type": ["bentrok", "lapor"],
    "label_id": ["Bentrok", f"{MARK} jenis"],
    "label_en": ["Clash", f"{MARK} type"],
    "is_outcome": [True, False],
}


def codes(n: int) -> list[str]:
    return [f"99.99.{i // 6 + 1:02}.{2001 + i % 6}" for i in range(n)]


def ranking(n: int = 12, with_reports: bool = True) -> pl.DataFrame:
    rows: list[dict[str, Any]] = []
    for hazard, stage in (("conflict", "voting"), ("logistics", "logistics")):
        is_index = hazard == "logistics"
        for i, code in enumerate(codes(n)):
            parts = {"distance_seat_km": 0.5 * (n - i)}
            if not is_index:
                parts = {"clash_decayed": 0.25 * (n - i)}
                if with_reports:
                    parts["conflict_reports"] = 0.125 * (n - i)
            rows.append(
                {
                    "run_id": RUN,
                    "hazard": hazard,
                    "stage": stage,
                    "cutoff": date(2024, 9, 1),
                    "horizon_days": 90,
                    "village_code": code,
                    "village": f"Rekaan {i + 1}",
                    "district": f"Umpama {i // 6 + 1}",
                    "polsek": f"Polsek Umpama {i // 6 + 1}",
                    "rank": i + 1,
                    "rank_low": max(1, i - 2),
                    "rank_high": min(n, i + 4),
                    "tied_with": 0,
                    "risk": None if is_index else round(0.5 / (i + 1), 6),
                    "index": round(50 / (i + 1), 6) if is_index else None,
                    "top_k": 3,
                    "top_k_probability": round(1 / (i + 1), 6),
                    "band": "rawan" if i < 3 else "kurang_rawan",
                    "coverage": 0.5,
                    "blind_spot": i == 7,
                    "rank_if_like_neighbours": 5 if i == 7 and not is_index else None,
                    "drivers": f"{MARK}: laporan",
                    "rank_change": None,
                    "tied_at_k": 0,
                    "share_imputed": 0.0,
                    "baseline_rank": n - i,
                    "score": sum(parts.values()),
                    "score_basis": "stage",
                    "components": json.dumps(parts),
                    "incidents_used": 1,
                    "reports_used": 2 if with_reports and not is_index else 0,
                    "tps": 4,
                    "tps_source": "pemilu rekaan",
                    "model": "ridge_logistic" if not is_index else "logistics_index",
                    "model_beats_baseline": None if is_index else True,
                    "data_origin": "SIMULASI",
                }
            )
    return pl.DataFrame(rows, infer_schema_length=None).select(required_columns())


def evidence(n: int = 12) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {
                "village_code": code,
                "event_key": f"k{i}",
                "occurred_from": date(2024, 5, 1),
                "occurred_on": date(2024, 5, 1 + i % 3),
                "known_on": date(2024, 5, 9),
                "type": "bentrok",
                "type_group": "clash",
                "source_url": "https://contoh.invalid/1",
                "file": f"{MARK}.xlsx",
                "row": i + 2,
                "file_hash": f"{MARK}-hash",
            }
            for i, code in enumerate(codes(n))
        ]
    )


def write_run(folder: Path, with_reports: bool = True, n: int = 12) -> Path:
    """Write a complete run as `rawan.publishing.complete` does, and return its folder."""
    run = folder / RUN
    run.mkdir(parents=True)
    listed, events = ranking(n, with_reports), evidence(n)
    frames = {
        "ranking": listed,
        "evidence": events,
        "reasons": reasons(listed, None, events, {}),
        "reports": pl.DataFrame(
            {
                "village_code": codes(n)[:1],
                "occurred_on": [date(2024, 8, 1)],
                "known_on": [date(2024, 8, 2)],
                "type": ["lapor"],
                "source_grade": [SECRET_GRADE],
                "information_grade": ["2"],
            }
        ),
        "types": pl.DataFrame(_TYPES),
        "villages": pl.DataFrame(
            {
                "village_code": codes(n),
                "lat": [-5.5 - 0.01 * (i % 6) for i in range(n)],
                "lon": [105.5 + 0.02 * (i // 6) for i in range(n)],
            }
        ),
        "neighbours": pl.DataFrame(
            {"village_code": codes(n)[:1], "neighbour_code": codes(n)[1:2], "km": [1.1]}
        ),
        "curve": pl.DataFrame(
            {
                "hazard": ["conflict"] * n,
                "k": list(range(1, n + 1)),
                "capture": [k / n for k in range(1, n + 1)],
                "low": [k / n / 2 for k in range(1, n + 1)],
                "high": [1.0] * n,
                "baseline_capture": [k / n / 2 for k in range(1, n + 1)],
            }
        ),
        "history": _history(listed),
        "by_district": pl.DataFrame(
            [("99.99.01", "Umpama 1", 20, "contoh", 1, 0, 1, 77123, 0)],
            schema=BY_DISTRICT,
            orient="row",
        ),
    }
    for name, frame in frames.items():
        frame.write_parquet(run / f"{name}.parquet")
    for card, text in (("card", f"# Kartu {MARK}\n"), ("card-open", "# Kartu\n")):
        (run / card).mkdir()
        (run / card / "model_card.md").write_text(text, encoding="utf-8")
    gates = [_finding("marts.ranking", "passed"), _finding("staging.reports", "failed")]
    (run / "gates.json").write_text(json.dumps(gates), encoding="utf-8")
    (run / "facts.json").write_text(json.dumps(facts(listed)), encoding="utf-8")
    manifest = {
        "manifest_version": 2,
        "run_id": RUN,
        "created_at": "2024-09-01T02:03:04+00:00",
        "region": "Kabupaten Umpama",
        "data_origin": "SIMULASI",
        "election": "contoh2024",
        "cutoff": "2024-09-01",
        "seed": 1,
        "model": {},
        "identity": {
            "inputs": {
                "record/terbuka.csv": {"sha256": "0" * 64, "origin": "record"},
                f"{MARK}.xlsx": {"sha256": "1" * 64, "origin": "inbox"},
            },
            "rejected": [f"{MARK}-rusak.csv"],
        },
        "files": {},
    }
    (run / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    (folder / "latest.json").write_text(json.dumps({"run_id": RUN}), encoding="utf-8")
    return run


def _history(listed: pl.DataFrame) -> pl.DataFrame:
    columns = ["hazard", "stage", "village_code", "run_id", "cutoff"]
    now = listed.select(*columns, "rank", "rank_low", "rank_high")
    before = now.with_columns(
        pl.lit(EARLIER).alias("run_id"),
        pl.lit(date(2024, 8, 1)).alias("cutoff"),
        (13 - pl.col("rank")).alias("rank"),
    ).with_columns(pl.col("rank").alias("rank_low"), pl.col("rank").alias("rank_high"))
    return pl.concat([before, now]).sort("hazard", "stage", "village_code", "cutoff")


def facts(listed: pl.DataFrame) -> dict[str, Any]:
    def words(text: str) -> dict[str, str]:
        return {"id": text, "en": f"{text} (en)"}

    lists = [
        {
            "hazard": hazard,
            "stage": stage,
            "hazard_label": words(f"Ancaman {hazard}"),
            "stage_label": words(f"Tahapan {stage}"),
            "horizon_days": 90,
            "start": "2024-09-10",
            "end": "2024-11-27",
            "model": words("model rekaan"),
            "model_note": words("Catatan model."),
            "score_basis": "stage",
        }
        for hazard, stage in listed.select("hazard", "stage").unique(maintain_order=True).rows()
    ]
    return {
        "region": "Kabupaten Umpama",
        "election": words("Pilkada rekaan"),
        "cutoff": "2024-09-01",
        "run_id": RUN,
        "data_origin": "SIMULASI",
        "top_k": 3,
        "lists": lists,
        "warnings": [
            {**words("Peringatan terbuka."), "sensitivity": "open"},
            {**words(f"{MARK}-rusak.csv ditolak."), "sensitivity": "internal"},
        ],
        "component_labels": {
            "clash_decayed": words("Kerusuhan"),
            "conflict_reports": words(f"{MARK} laporan"),
            "distance_seat_km": words("Jarak"),
        },
        "inputs": [
            {"name": "record/terbuka.csv", "sha256": "0" * 64, "rows": 3, "sensitivity": "open"},
            {"name": f"{MARK}.xlsx", "sha256": "1" * 64, "rows": 3, "sensitivity": "internal"},
        ],
        "cutoffs_tested": 8,
        "compared_with": None,
    }


def _finding(table: str, status: str) -> dict[str, Any]:
    secret = f" {MARK}" if "reports" in table else ""
    return {
        "floor": "marts",
        "table": table,
        "is_hard": False,
        "meaning": {"id": f"yang harus berlaku{secret}", "en": f"what must hold{secret}"},
        "status": status,
        "detail": {"id": "3 baris", "en": "3 rows"},
        "rows": 3,
    }
