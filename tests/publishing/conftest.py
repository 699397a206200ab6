"""An invented region for the page: an edition of it, with names that look like code."""

import json
import math
import os
import random
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import polars as pl
import pytest
from playwright.sync_api import (
    BrowserContext,
    ConsoleMessage,
    Dialog,
    Page,
    ViewportSize,
    sync_playwright,
)
from playwright.sync_api import TimeoutError as BrowserTimeout

from rawan.gates.validate import Finding
from rawan.publishing.areas import BY_DISTRICT
from rawan.publishing.card_words import Words
from rawan.publishing.edition import Edition, ListInfo, Override, RunFacts, Standing
from rawan.publishing.page import render_page
from rawan.settings import Audience, Language

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


@pytest.fixture(scope="session")
def make_region() -> Callable[..., Edition]:
    return region


@pytest.fixture(scope="session")
def edition_for() -> Callable[[Edition, Audience], Edition]:
    return for_audience


@pytest.fixture(scope="session")
def hostile_names() -> list[str]:
    return HOSTILE


# ---- pages in a real browser -----------------------------------------------------------

WIDE: ViewportSize = {"width": 1280, "height": 900}


@dataclass
class Visit:
    """An open page and what it did that nobody asked for."""

    page: Page
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def note(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def refuse(self, dialog: Dialog) -> None:
        self.complaints.append(f"dialog: {dialog.message}")
        dialog.dismiss()


class Visitor:
    """Opens pages from disk; at the end none may have complained or asked the network."""

    def __init__(self, browser: BrowserContext, folder: Path) -> None:
        self.browser, self.folder = browser, folder
        self.visits: list[Visit] = []

    def __call__(self, path: Path, viewport: ViewportSize = WIDE, hash_: str = "") -> Visit:
        page = self.browser.new_page()
        page.set_viewport_size(viewport)
        page.set_default_timeout(5_000)
        seen = Visit(page)
        self.visits.append(seen)
        page.on("request", lambda request: seen.requests.append(request.url))
        page.on("console", seen.note)
        page.on("pageerror", lambda error: seen.complaints.append(str(error)))
        page.on("dialog", seen.refuse)
        page.goto(path.as_uri() + hash_)
        try:
            page.wait_for_selector("html[data-ready]", state="attached", timeout=15_000)
        except BrowserTimeout:
            pytest.fail(f"The page did not start: {seen.complaints}")
        return seen

    def made(self, edition: Edition, lang: Language = "id", viewport: ViewportSize = WIDE) -> Visit:
        path = self.folder / f"{len(self.visits)}.html"
        path.write_text(render_page(edition, lang), encoding="utf-8", newline="")
        return self(path, viewport)

    def leave(self) -> None:
        own = ("file:", "blob:", "data:")
        for seen in self.visits:
            seen.page.close()
            assert seen.complaints == []
            assert [url for url in seen.requests if not url.startswith(own)] == []


@pytest.fixture(scope="session")
def browser() -> Iterator[BrowserContext]:
    path = os.environ.get("RAWAN_CHROMIUM") or shutil.which("chromium")
    if path is None:
        pytest.fail(
            "No Chromium: install it (apt install chromium) or set RAWAN_CHROMIUM to its path."
        )
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu"]
        )
        yield chromium.new_context()
        chromium.close()


@pytest.fixture
def visit(browser: BrowserContext, tmp_path: Path) -> Iterator[Visitor]:
    visitor = Visitor(browser, tmp_path)
    yield visitor
    visitor.leave()


@pytest.fixture(scope="session")
def html(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "index.html"
    path.write_text(render_page(region(), "id"), encoding="utf-8", newline="")
    return path


@pytest.fixture
def opened(visit: Visitor, html: Path) -> Visit:
    return visit(html)
