"""An edition of an invented region for the page: all that readers may learn of a run."""

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

import polars as pl

from rawan.gates.validate import Finding
from rawan.publishing.areas import BY_DISTRICT
from rawan.publishing.bilingual import Words
from rawan.publishing.edition import Edition, ListInfo, Override, RunFacts, Standing
from rawan.settings import Audience
from tests.publishing.page_list import (
    LABELS,
    LISTS,
    dice,
    one_list,
    village_codes,
    village_points,
)


def incidents(codes: list[str], rng: random.Random) -> pl.DataFrame:
    """Every second village has some, each with one source for the public and one that is not."""
    rows: list[tuple[Any, ...]] = []
    kinds = [
        ("bentrok_pendukung", "Bentrok pendukung", "Clash of supporters", True),
        ("sengketa_lahan", "Sengketa lahan", "Land dispute", False),
    ]
    for i in range(0, len(codes), 2):
        for event in range(i % 4 + 1):
            occurred = date(2019, 3, 1) + timedelta(days=rng.randint(0, 1900))
            told = (codes[i], f"k{i}-{event}", occurred.isoformat(), occurred + timedelta(days=2))
            rows.extend(
                (*told, *kinds[event % 2], url)
                for url in ("https://contoh.invalid/berita?a=1&b=2", "javascript:alert(1)")
            )
    columns = ["village_code", "event_id", "occurred_on", "known_on", "type", "label_id"]
    columns += ["label_en", "is_outcome", "source_url"]
    return pl.DataFrame(rows, schema=columns, orient="row")


def reports(codes: list[str]) -> pl.DataFrame:
    """Every fifth village has two, of different grades."""
    return pl.DataFrame(
        [
            {
                "village_code": code,
                "occurred_on": f"2024-0{3 + which}-12",
                "known_on": date(2024, 3 + which, 14),
                "label_id": "Intimidasi",
                "label_en": "Intimidation",
                "source_grade": "BE"[which],
                "information_grade": "24"[which],
            }
            for code in codes[::5]
            for which in range(2)
        ]
    )


def reasons(codes: list[str], rng: random.Random) -> pl.DataFrame:
    """Four reasons a hazard and village, two of them told in sentences."""
    kinds = [
        ("past_clash", "Kerusuhan di desa ini", "Clashes in this village"),
        ("closeness", "Persaingan pada pemilu terakhir", "Contest in the last election"),
        ("water", "Penyeberangan dengan perahu", "Crossings by boat"),
        ("size", "Besarnya desa", "Size of the village"),
    ]
    return pl.DataFrame(
        [
            {
                "village_code": code,
                "hazard": hazard,
                "position": position + 1,
                "group": group,
                "label_id": id_,
                "label_en": en,
                "contribution": 0.5 - 0.2 * position,
                "relative": round((0.9 - 0.4 * position) * (0.5 + rng.random()), 4),
                "is_told": position < 3,
                "sentence_id": f"{id_}: 2 kejadian. Menaikkan." if position < 2 else None,
                "sentence_en": f"{en}: 2 incidents. Raises." if position < 2 else None,
            }
            for hazard in ("conflict", "logistics")
            for code in codes
            for position, (group, id_, en) in enumerate(kinds)
        ]
    )


def changes(ranking: pl.DataFrame, top_k: int) -> pl.DataFrame:
    """The list before: the first two villages entered, and one that is gone left."""
    first = ranking.filter(hazard="conflict", stage="logistics").sort("rank", "village_code")
    rows = []
    for i, (code, after) in enumerate(first.select("village_code", "rank").iter_rows()):
        before = {0: top_k + 3, 1: top_k + 20, 2: 1, 60: 9}.get(i, after)
        rows.append(
            {
                "village_code": code,
                "hazard": "conflict",
                "rank_before": before,
                "rank_after": after,
                "by_time": 1 if before != after else 0,
                "by_data": before - after - 1 if before != after else 0,
                "by_model": 0,
                "by_places": 0,
                "entered": i < 2,
                "left": i == 60,
                "is_beyond": i in (1, 60),
            }
        )
    gone = {"village_code": "99.99.99.2999", "rank_before": 4, "rank_after": None, "left": True}
    parts = dict.fromkeys(["by_time", "by_data", "by_model", "by_places"])
    rows.append({**rows[0], **parts, **gone, "entered": False, "is_beyond": False})
    return pl.DataFrame(rows, infer_schema_length=None)


def history(ranking: pl.DataFrame) -> pl.DataFrame:
    """Three runs of the list of clashes at the logistics stage."""
    now = ranking.filter(hazard="conflict", stage="logistics").select(
        "hazard", "stage", "village_code", "rank", "rank_low", "rank_high"
    )
    runs = [("aaa111", date(2024, 7, 1)), ("bbb222", date(2024, 8, 1))]
    runs.append(("5f1d0c", date(2024, 9, 1)))
    return pl.concat(
        now.with_columns(run_id=pl.lit(run), cutoff=pl.lit(cutoff)) for run, cutoff in runs
    )


def neighbours(codes: list[str]) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {
                "village_code": code,
                "neighbour_code": codes[(i + step) % len(codes)],
                "km": 1.1 * step,
            }
            for i, code in enumerate(codes)
            for step in range(1, 6)
        ]
    )


def curve(n: int) -> pl.DataFrame:
    """Of clashes only: logistics could not be measured."""
    return pl.DataFrame(
        {
            "hazard": ["conflict"] * n,
            "k": list(range(1, n + 1)),
            "capture": [(k / n) ** 0.4 for k in range(1, n + 1)],
            "low": [(k / n) ** 0.6 for k in range(1, n + 1)],
            "high": [(k / n) ** 0.25 for k in range(1, n + 1)],
            "baseline_capture": [(k / n) ** 0.5 for k in range(1, n + 1)],
        }
    )


def by_district() -> pl.DataFrame:
    """Two kecamatan, one of which has incidents that name no village."""
    return pl.DataFrame(
        {
            "district_code": ["99.99.01", "99.99.02"],
            "district": ["Umpama 1", "Umpama 2"],
            "tps_district": [40, None],
            "tps_district_source": ["Pilkada rekaan 2020", None],
            "outcomes_conflict": [2, 0],
            "outcomes_logistics": [0, 0],
            "incidents_district_only": [3, 0],
            "reports_district_only": [4, 0],
            "tps_vulnerable_district_only": [0, 0],
        },
        schema=BY_DISTRICT,
    )


def run_facts(top_k: int, origin: Literal["publik", "SIMULASI"]) -> RunFacts:
    stages = {
        "logistics": Words("Distribusi logistik", "Distribution"),
        "voting": Words("Pemungutan suara", "Voting"),
        "recap": Words("Rekapitulasi", "Recapitulation"),
    }
    hazards = {
        "conflict": Words("Bentrok antarpendukung", "Clashes of supporters"),
        "logistics": Words("Logistik terhambat", "Logistics held up"),
    }
    return RunFacts(
        region="Kabupaten Umpama",
        election=Words("Pemilihan rekaan", "Invented election"),
        cutoff=date(2024, 9, 1),
        run_id="5f1d0c",
        made_on=datetime(2024, 9, 2, 3, 4, tzinfo=UTC),
        data_origin=origin,
        top_k=top_k,
        lists=tuple(
            ListInfo(
                hazard=hazard,
                stage=stage,
                hazard_label=hazards[hazard],
                stage_label=stages[stage],
                horizon_days=88,
                start=date(2024, 9, 1),
                end=date(2024, 11, 28),
                model=Words.same("contoh-1"),
                model_note=Words(
                    "Model ini menangkap 9% lebih banyak kejadian daripada pembanding.",
                    "This model captures 9% more incidents than the baseline.",
                ),
                score_basis="window" if stage == "recap" else "stage",
            )
            for hazard, stage in LISTS
        ),
        warnings=(
            Words(
                "7% tanggal hanya diketahui bulannya.", "Of 7% of dates only the month is known."
            ),
        ),
        component_labels={key: Words(label, f"{key} (en)") for key, label in LABELS.items()},
        inputs=(),
    )


def region(
    n: int = 120,
    top_k: int = 12,
    origin: Literal["publik", "SIMULASI"] = "SIMULASI",
    seed: int = 1,
) -> Edition:
    """A draft for intelligence readers, who get everything."""
    rng = dice(seed)
    rows = [row for hazard, stage in LISTS for row in one_list(n, hazard, stage, top_k, seed)]
    points = village_points(n, rng)
    codes = village_codes(n)
    evidence = incidents(codes, rng)
    ranking = pl.DataFrame(rows, infer_schema_length=None)
    if origin != "SIMULASI":
        ranking = ranking.with_columns(data_origin=pl.lit(origin))
    held = Override(
        village_code=codes[3],
        hazard="conflict",
        kind="up",
        reason="<b>pasar baru</b>",
        by="Pejabat Rekaan",
        on=datetime(2024, 9, 1, tzinfo=UTC),
        until=date(2024, 12, 1),
    )
    finding = Finding(
        floor="staging",
        table="staging.polling_stations",
        is_hard=False,
        meaning={"id": "TPS setiap desa diketahui", "en": "the TPS of each village are known"},
        status="failed",
        detail={"id": "2 baris tidak", "en": "2 rows are not"},
        rows=n,
    )
    return Edition(
        audience="intel",
        facts=run_facts(top_k, origin),
        standing=Standing(overrides=(held,)),
        ranking=ranking,
        lacking=(),
        villages=pl.DataFrame(
            {
                "village_code": codes,
                "lat": [None if i == n - 1 else lat for i, (lat, _) in enumerate(points)],
                "lon": [lon for _, lon in points],
            }
        ),
        reasons=reasons(codes, rng),
        are_reasons_whole=True,
        evidence=evidence,
        reports=reports(codes),
        changes=changes(ranking, top_k),
        compared_with=("bbb222", date(2024, 8, 1)),
        history=history(ranking),
        neighbours=neighbours(codes),
        curve=curve(n),
        cutoffs_tested=6,
        by_district=by_district(),
        findings=(finding,),
    )


def for_audience(edition: Edition, audience: Audience) -> Edition:
    """The same with what partners do not get taken away, as the loading of an edition does."""
    if audience != "partner":
        return replace(edition, audience=audience)
    lacking = ("drivers", "components", "reports_used")
    return replace(
        edition,
        audience=audience,
        lacking=lacking,
        ranking=edition.ranking.drop(lacking),
        are_reasons_whole=False,
        reports=edition.reports.clear(),
        by_district=edition.by_district.with_columns(reports_district_only=pl.lit(None, pl.Int64)),
        standing=replace(
            edition.standing,
            overrides=tuple(replace(o, by="", reason="") for o in edition.standing.overrides),
        ),
    )
