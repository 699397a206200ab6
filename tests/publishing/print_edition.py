"""An edition of an invented region for what is printed, with names that look like code."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import polars as pl

from rawan.gates.validate import Finding
from rawan.publishing.areas import BY_DISTRICT
from rawan.publishing.bilingual import Words
from rawan.publishing.edition import (
    Edition,
    Erratum,
    InputFile,
    ListInfo,
    Override,
    RunFacts,
    Standing,
)
from rawan.settings import Audience

HOSTILE = (
    '=HYPERLINK("http://x.invalid","klik")',
    '#set page(width: 1pt); #read("/etc/passwd") $x$ *b* _i_ @a <b>',
    "<img src=x onerror=alert(1)>\x00\x0b\u202e",
    "@SUM(A1)|calc",
)
FIRST = ("Suka", "Rejo", "Karang", "Marga", "Tirta", "Wana", "Bumi", "Sri")
LAST = ("rekaan", "contoh", "umpama", "khayal", "andai", "misal", "angan")
MADE_ON = datetime(2024, 11, 20, 3, 15, tzinfo=UTC)
LISTS = (
    *(("conflict", stage) for stage in ("logistics", "voting", "recap")),
    ("logistics", "logistics"),
)
STAGES = {
    "logistics": Words("Distribusi logistik", "Distribution"),
    "voting": Words("Pemungutan suara", "Voting"),
    "recap": Words("Rekapitulasi", "Recapitulation"),
}
HAZARDS = {"conflict": Words("Bentrok", "Clashes"), "logistics": Words("Logistik", "Logistics")}
SECRET = ("drivers", "components", "reports_used")


def code_of(number: int) -> str:
    return f"99.99.{number // 20 % 90 + 1:02}.{2001 + number % 20 + 20 * (number // 1800)}"


def name_of(number: int) -> str:
    plain = f"{FIRST[number % 8]}{LAST[number // 8 % 7]} {number // 56 + 1}"
    return HOSTILE[number] if number < len(HOSTILE) else plain


def ranking(n: int, k: int, per_polsek: int, lists: tuple[tuple[str, str], ...]) -> pl.DataFrame:
    """Villages in the order of their number; on the list of logistics the other way round."""
    rows: list[dict[str, Any]] = []
    for hazard, stage in lists:
        is_index = hazard == "logistics"
        for place in range(n):
            i = n - 1 - place if is_index else place
            probability = round(max(0.0, 1 - place / (2 * k)), 3)
            rows.append(
                {
                    "run_id": "20241120-abc",
                    "hazard": hazard,
                    "stage": stage,
                    "cutoff": date(2024, 11, 20),
                    "horizon_days": 88,
                    "village_code": code_of(i),
                    "village": name_of(i),
                    "district": f"Umpama {i // per_polsek + 1}",
                    "polsek": f"Polsek Umpama {i // per_polsek + 1}",
                    "rank": place + 1,
                    "rank_low": max(1, place - 5),
                    "rank_high": min(n, place + 12),
                    "tied_with": 0,
                    "risk": None if is_index else round(0.4 * probability + 0.01, 4),
                    "index": round(90 * (1 - place / n), 1) if is_index else None,
                    "top_k": k,
                    "top_k_probability": probability,
                    "band": band(probability),
                    "coverage": 0.0 if i % 7 == 5 else 0.4,
                    "blind_spot": i % 7 == 5,
                    "rank_if_like_neighbours": 3 if i % 7 == 5 and not is_index else None,
                    "drivers": "Kejadian di desa ini (×2,7); selisih suara sempit (×1,3)",
                    "rank_change": (i % 5) - 2,
                    "tied_at_k": 0,
                    "share_imputed": 0.125,
                    "baseline_rank": i + 1,
                    "score": 1 - place / n,
                    "score_basis": "window",
                    "components": "{}",
                    "incidents_used": i % 4,
                    "reports_used": i % 3,
                    "tps": None if i % 11 == 3 else 3 + i % 9,
                    "tps_source": None if i % 11 == 3 else "Pilkada rekaan 2020",
                    "model": "scorecard",
                    "model_beats_baseline": True,
                    "data_origin": "SIMULASI",
                }
            )
    return pl.DataFrame(rows, infer_schema_length=None)


def band(probability: float) -> str:
    if probability >= 0.8:
        return "sangat_rawan"
    return "rawan" if probability >= 0.3 else "kurang_rawan"


def reasons(n: int) -> pl.DataFrame:
    told = (
        (
            ("Kejadian di desa ini", "Incidents in this village"),
            1.0,
            "Kejadian di desa ini: dua bentrok, terakhir 3 Maret 2024; desa rata-rata 0,2. "
            "Menaikkan: 2,7 kali lebih mungkin.",
            "Incidents in this village: two clashes, the last on 3 March 2024; the average village "
            "has 0.2. Raises: 2.7 times as likely.",
        ),
        (
            ("Selisih suara", "Margin of votes"),
            0.3,
            "Selisih suara: 1,2 % pada pilkada 2020. Menaikkan: 1,3 kali lebih mungkin.",
            "Margin of votes: 1.2 % at the election of 2020. Raises: 1.3 times as likely.",
        ),
        (
            ("Jarak", "Distance"),
            -0.2,
            "Jarak ke kota: 4 km. Menurunkan: 0,8 kali lebih mungkin.",
            "Distance to town: 4 km. Lowers: 0.8 times as likely.",
        ),
    )
    rows = [
        {
            "village_code": code_of(i),
            "hazard": "conflict",
            "position": position,
            "group": f"g{position}",
            "label_id": labels[0],
            "label_en": labels[1],
            "contribution": effect / 2,
            "relative": effect,
            "is_told": True,
            "sentence_id": f"{name_of(i)}: {said_id}" if i == 1 else said_id,
            "sentence_en": f"{name_of(i)}: {said_en}" if i == 1 else said_en,
        }
        for i in range(n)
        if i % 6 != 4
        for position, (labels, effect, said_id, said_en) in enumerate(told, start=1)
    ]
    return pl.DataFrame(rows)


def changes(n: int) -> pl.DataFrame:
    """The second village came into the first k, the third fell out; one is gone."""
    rows: list[dict[str, Any]] = [
        {
            "village_code": code_of(i),
            "hazard": "conflict",
            "rank_before": 30 if i == 1 else i + 1,
            "rank_after": i + 1,
            "by_time": 1 if i == 1 else 0,
            "by_data": 27 if i == 1 else 0,
            "by_model": 0,
            "by_places": 0,
            "entered": i == 1,
            "left": i == 2,
            "is_beyond": i == 1,
        }
        for i in range(n)
    ]
    gone = {**rows[0], "village_code": "99.99.99.2999", "rank_before": 7, "rank_after": None}
    return pl.DataFrame([*rows, gone], infer_schema_length=None)


def points(n: int) -> pl.DataFrame:
    """Blocks of five by four villages, nine blocks side by side; the last has no place."""
    return pl.DataFrame(
        {
            "village_code": [code_of(i) for i in range(n)],
            "lat": [None if i == n - 1 else latitude(i) for i in range(n)],
            "lon": [None if i == n - 1 else longitude(i) for i in range(n)],
        },
        schema={"village_code": pl.String, "lat": pl.Float64, "lon": pl.Float64},
    )


def latitude(i: int) -> float:
    return -5.3 - 0.12 * (i // 180) - 0.03 * (i % 20 // 5) - 0.011 * (i * 7 % 5) / 5


def longitude(i: int) -> float:
    return 105.2 + 0.15 * (i // 20 % 9) + 0.03 * (i % 5) + 0.011 * (i * 3 % 7) / 7


def edition(
    audience: Audience = "intel",
    n: int = 60,
    k: int = 12,
    per_polsek: int = 20,
    lists: tuple[tuple[str, str], ...] = LISTS,
    **changed: Any,
) -> Edition:
    """Return one run as an audience may read it; `changed` replaces parts of the edition."""
    lacking = {"partner": SECRET, "planner": ("components",), "intel": ()}[audience]
    is_partner = audience == "partner"
    infos = tuple(
        ListInfo(
            hazard=hazard,
            stage=stage,
            hazard_label=HAZARDS[hazard],
            stage_label=STAGES[stage],
            horizon_days=88,
            start=date(2024, 11, 24),
            end=date(2024, 11, 27),
            model=Words("Kartu skor ahli", "Expert scorecard"),
            model_note=Words("Model belum dapat diuji.", "The model could not be tested."),
            score_basis="window",
        )
        for hazard, stage in lists
    )
    facts = RunFacts(
        region="Kabupaten Umpama",
        election=Words.same("pilkada2024"),
        cutoff=date(2024, 11, 20),
        run_id="20241120-abc",
        made_on=MADE_ON,
        data_origin="SIMULASI",
        top_k=k,
        lists=infos,
        warnings=(
            Words(
                "3 pertanyaan menunggu keputusan orang (rawan review).",
                "3 questions wait for a person (rawan review).",
            ),
        ),
        component_labels={"g1": Words("Kejadian", "Incidents")},
        inputs=(InputFile("insiden.csv", "ab" * 32, 410), InputFile("tps.csv", "cd" * 32, 260)),
    )
    override = Override(
        village_code=code_of(4),
        hazard="conflict",
        kind="up",
        reason="" if is_partner else "Sengketa batas belum selesai; lihat di lapangan.",
        by="" if is_partner else "Kabagops rekaan",
        on=MADE_ON,
        until=date(2024, 12, 1),
    )
    finding = Finding(
        floor="staging",
        table="staging.incidents",
        is_hard=False,
        meaning={"id": "setiap kejadian punya hari", "en": "every incident has a day"},
        status="failed",
        detail={"id": "2 baris", "en": "2 rows"},
        rows=2,
    )
    whole = ranking(n, k, per_polsek, lists)
    made = Edition(
        audience=audience,
        facts=facts,
        standing=Standing(overrides=(override,)),
        ranking=whole.drop(lacking),
        lacking=lacking,
        villages=points(n),
        reasons=reasons(n),
        are_reasons_whole=not is_partner,
        evidence=pl.DataFrame(),
        reports=pl.DataFrame(),
        changes=changes(n),
        compared_with=("20241113-def", date(2024, 11, 13)),
        history=pl.DataFrame(),
        neighbours=pl.DataFrame(),
        curve=pl.DataFrame(
            {
                "hazard": ["conflict"],
                "k": [k],
                "capture": [0.42],
                "low": [0.2],
                "high": [0.6],
                "baseline_capture": [0.4],
            }
        ),
        cutoffs_tested=6,
        by_district=pl.DataFrame(schema=BY_DISTRICT),
        findings=(finding,),
    )
    return replace(made, **changed)


WITHDRAWN = Erratum("Kapolres rekaan", MADE_ON, "Berkas masukan salah.")
