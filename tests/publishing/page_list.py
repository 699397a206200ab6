"""Invented lists of villages for the page, with names that look like code."""

import json
import math
import random
from datetime import date
from typing import Any

import polars as pl

HOSTILE = [
    "<img src=x onerror=alert(1)>",
    '=HYPERLINK("http://x")',
    "A&B </script> {{7*7}}",
]
LABELS = {
    "base": "Tingkat dasar",
    "incidents_decayed": "Kejadian lampau (meluruh)",
    "margin": "Selisih suara sempit",
    "reports": "Laporan enam bulan terakhir",
    "access": "Akses jalan",
    "tps": "Jumlah TPS",
    "disputes": "Sengketa pemilihan kepala desa",
}
LISTS = [
    ("conflict", "logistics"),
    ("conflict", "voting"),
    ("conflict", "recap"),
    ("logistics", "logistics"),
]


def dice(seed: int | str) -> random.Random:
    return random.Random(seed)


def village_codes(n: int) -> list[str]:
    return [f"99.99.{i // 20 % 90 + 1:02}.{2001 + i % 20 + 20 * (i // 1800)}" for i in range(n)]


def village_names(n: int) -> list[str]:
    first = ["Suka", "Rejo", "Karang", "Marga", "Tirta", "Wana", "Bumi", "Sri"]
    last = ["rekaan", "contoh", "umpama", "khayal", "andai", "misal", "angan"]
    names = [f"{first[i % 8]}{last[i // 8 % 7]} {i // 56 + 1}" for i in range(n)]
    return [HOSTILE[i] if i < len(HOSTILE) else name for i, name in enumerate(names)]


def village_points(n: int, rng: random.Random) -> list[tuple[float, float]]:
    """Kecamatan as blocks of five by four villages, the blocks in a square."""
    blocks = math.ceil(math.sqrt(math.ceil(n / 20)))
    return [
        (
            -5.3 - 0.03 * (4 * (i // 20 // blocks) + i % 20 // 5) - 0.015 * rng.random(),
            105.2 + 0.03 * (5 * (i // 20 % blocks) + i % 5) + 0.015 * rng.random(),
        )
        for i in range(n)
    ]


def one_list(n: int, hazard: str, stage: str, top_k: int, seed: int) -> list[dict[str, Any]]:
    rng = dice(f"{hazard}/{stage}/{seed}")
    is_index = hazard == "logistics"
    codes, names = village_codes(n), village_names(n)
    parts = [
        {key: round(rng.gauss(0.1, 0.7), 5) if rng.random() < 0.8 else 0.0 for key in LABELS}
        for _ in range(n)
    ]
    for row in range(0, n - 1, 9):
        parts[row + 1] = parts[row]  # ties
    scores = [math.fsum(row.values()) for row in parts]
    ranks = (
        [1 + sum(other > score for other in scores) for score in scores]
        if n < 1000
        else rank_of(scores)
    )
    rows = []
    for i in range(n):
        spread = rng.randint(2, 6 + n // 8)
        probability = round(1 / (1 + math.exp((ranks[i] - top_k) / (1 + top_k / 4))), 3)
        blind = i % 17 == 5
        rows.append(
            {
                "run_id": "5f1d0c",
                "hazard": hazard,
                "stage": stage,
                "cutoff": date(2024, 9, 1),
                "horizon_days": 88,
                "village_code": codes[i],
                "village": names[i],
                "district": f"Umpama {i // 20 + 1}",
                "polsek": f"Polsek Umpama {i // 40 + 1}",
                "rank": ranks[i],
                "rank_low": max(1, ranks[i] - spread),
                "rank_high": min(n, ranks[i] + spread),
                "tied_with": scores.count(scores[i]) - 1 if n < 1000 else 0,
                "risk": None if is_index else round(1 / (1 + math.exp(2 - scores[i])), 6),
                "index": round(min(100, max(0, 40 + 12 * scores[i])), 2) if is_index else None,
                "top_k": top_k,
                "top_k_probability": probability,
                "band": "khusus" if i == 40 else band(probability),
                "coverage": 0.0 if blind else round(rng.random(), 2),
                "blind_spot": blind,
                "rank_if_like_neighbours": max(1, n // 2 - i) if blind and not is_index else None,
                "drivers": "Kejadian lampau di desa ini dan desa tetangga; "
                "selisih suara sempit pada pemilihan terakhir.",
                "rank_change": rng.choice([None, 0, 3, -2, 11]),
                "tied_at_k": 0,
                "share_imputed": round(rng.random() / 3, 2),
                "baseline_rank": rng.randint(1, n),
                "score": scores[i],
                "score_basis": "window" if stage == "recap" else "stage",
                "components": json.dumps(parts[i]),
                "incidents_used": rng.randint(0, 5),
                "reports_used": rng.randint(0, 12),
                "tps": None if i % 11 == 3 else 3 + i * 7 % 23,
                "tps_source": None if i % 11 == 3 else "Pilkada rekaan 2020",
                "model": "contoh-1",
                "model_beats_baseline": stage != "recap",
                "data_origin": "SIMULASI",
            }
        )
    return rows


def band(probability: float) -> str:
    if probability >= 0.8:
        return "sangat_rawan"
    return "rawan" if probability >= 0.3 else "kurang_rawan"


def rank_of(scores: list[float]) -> list[int]:
    return pl.Series(scores).rank("min", descending=True).cast(pl.Int64).to_list()
