"""The page as its readers meet it: in a real browser, from disk, with the network watched."""

import json
import math
import os
import random
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Literal

import polars as pl
import pytest
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Dialog,
    Page,
    ViewportSize,
    TimeoutError,
    sync_playwright,
)

from rawan.publishing.page import (
    PageFacts,
    StageInfo,
    in_thousandths,
    is_web_address,
    render_page,
    safe_json,
)
from rawan.publishing.texts import Language, text

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
WIDE: ViewportSize = {"width": 1280, "height": 900}
NARROW: ViewportSize = {"width": 360, "height": 800}


@dataclass(frozen=True)
class Region:
    """An invented region: three frames and the facts that go with them."""

    ranking: pl.DataFrame
    villages: pl.DataFrame
    evidence: pl.DataFrame
    facts: PageFacts


def village_codes(n: int) -> list[str]:
    return [
        f"99.99.{i // 20 % 90 + 1:02}.{2001 + i % 20 + 20 * (i // 1800)}"
        for i in range(n)
    ]


def village_names(n: int) -> list[str]:
    first = ["Suka", "Rejo", "Karang", "Marga", "Tirta", "Wana", "Bumi", "Sri"]
    last = ["rekaan", "contoh", "umpama", "khayal", "andai", "misal", "angan"]
    names = [f"{first[i % 8]}{last[i // 8 % 7]} {i // 56 + 1}" for i in range(n)]
    return [HOSTILE[i] if i < len(HOSTILE) else name for i, name in enumerate(names)]


def one_list(
    n: int, hazard: str, stage: str, top_k: int, seed: int
) -> list[dict[str, Any]]:
    rng = random.Random(f"{hazard}/{stage}/{seed}")
    is_index = hazard == "logistics"
    codes, names = village_codes(n), village_names(n)
    parts = [
        {
            key: round(rng.gauss(0.1, 0.7), 5) if rng.random() < 0.8 else 0.0
            for key in LABELS
        }
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
                "run_id": "5f1d0c", "hazard": hazard, "stage": stage, "cutoff": date(2024, 9, 1),
                "horizon_days": 88, "village_code": codes[i], "village": names[i],
                "district": f"Kecamatan Umpama {i // 20 + 1}", "polsek": f"Polsek Umpama {i // 40 + 1}",
                "rank": ranks[i], "rank_low": max(1, ranks[i] - spread), "rank_high": min(n, ranks[i] + spread),
                "tied_with": scores.count(scores[i]) - 1 if n < 1000 else 0,
                "risk": None if is_index else round(1 / (1 + math.exp(2 - scores[i])), 6),
                "index": round(min(100, max(0, 40 + 12 * scores[i])), 2) if is_index else None,
                "top_k": top_k, "top_k_probability": probability,
                "band": "khusus" if i == 40 else "sangat_rawan" if probability >= 0.8 else "rawan" if probability >= 0.3 else "kurang_rawan",
                "coverage": 0.0 if blind else round(rng.random(), 2), "blind_spot": blind,
                "drivers": "Kejadian lampau di desa ini dan desa tetangga; selisih suara sempit pada pemilihan terakhir.",
                "rank_change": rng.choice([None, 0, 3, -2, 11]), "tied_at_k": 0, "share_imputed": round(rng.random() / 3, 2),
                "baseline_rank": rng.randint(1, n), "score": scores[i], "score_basis": "window" if stage == "recap" else "stage",
                "components": json.dumps(parts[i]), "incidents_used": rng.randint(0, 5), "reports_used": rng.randint(0, 12),
                "tps": None if i % 11 == 3 else rng.randint(3, 25), "tps_source": None if i % 11 == 3 else "Pilkada rekaan 2020",
                "model": "contoh-1", "model_beats_baseline": stage != "recap", "data_origin": "SIMULASI",
            }
        )  # fmt: skip
    return rows


def rank_of(scores: list[float]) -> list[int]:
    return pl.Series(scores).rank("min", descending=True).cast(pl.Int64).to_list()


def region(
    n: int = 120,
    top_k: int = 12,
    origin: Literal["publik", "SIMULASI"] = "SIMULASI",
    seed: int = 1,
) -> Region:
    rng = random.Random(seed)
    rows = [
        row
        for hazard, stage in LISTS
        for row in one_list(n, hazard, stage, top_k, seed)
    ]
    columns = math.ceil(math.sqrt(n))
    codes = village_codes(n)
    evidence = []
    for i in range(0, n, 2):
        for event in range(i % 4 + 1):
            occurred = date(2019, 3, 1) + timedelta(days=rng.randint(0, 1900))
            for url in ("https://contoh.invalid/berita?a=1&b=2", "javascript:alert(1)"):
                evidence.append(
                    (
                        codes[i],
                        occurred,
                        occurred + timedelta(days=2),
                        "Bentrok pendukung",
                        f"k{i}-{event}",
                        url,
                    )
                )
    facts = PageFacts(
        region="Kabupaten Umpama",
        cutoff=date(2024, 9, 1),
        run_id="5f1d0c",
        data_origin=origin,
        top_k=top_k,
        stages=[
            StageInfo(
                hazard, stage,
                "Bentrok antarpendukung" if hazard == "conflict" else "Logistik terhambat",
                {"logistics": "Distribusi logistik", "voting": "Pemungutan suara", "recap": "Rekapitulasi"}[stage],
                88, date(2024, 9, 1), date(2024, 11, 28), "contoh-1",
                "Model ini menangkap 9% lebih banyak kejadian daripada pembanding pada enam pemilihan rekaan.",
                "window" if stage == "recap" else "stage",
            )
            for hazard, stage in LISTS
        ],
        warnings=["7% tanggal kejadian hanya diketahui bulannya.", "Dua desa tidak memiliki jumlah TPS terbaru."],
        component_labels=LABELS,
        not_for="Daftar ini tidak menyatakan apa pun tentang orang per orang dan bukan dasar untuk menindak siapa pun.",
    )  # fmt: skip
    ranking = pl.DataFrame(rows, infer_schema_length=None)
    if origin != "SIMULASI":
        ranking = ranking.with_columns(data_origin=pl.lit(origin))
    return Region(
        ranking=ranking,
        villages=pl.DataFrame(
            {
                "village_code": codes,
                "lat": [
                    None
                    if i == n - 1
                    else -5.3 - 0.03 * (i // columns) - 0.012 * rng.random()
                    for i in range(n)
                ],
                "lon": [
                    105.2 + 0.03 * (i % columns) + 0.012 * rng.random()
                    for i in range(n)
                ],
            }
        ),
        evidence=pl.DataFrame(
            evidence,
            schema=[
                "village_code",
                "occurred_on",
                "known_on",
                "type_label",
                "event_id",
                "source_url",
            ],
            orient="row",
        ),
        facts=facts,
    )


def rendered(made: Region, lang: Language = "id") -> str:
    return render_page(made.ranking, made.villages, made.evidence, made.facts, lang)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = os.environ.get("RAWAN_CHROMIUM") or shutil.which("chromium")
    if path is None:
        pytest.fail(
            "No Chromium: install it (apt install chromium) or set RAWAN_CHROMIUM to its path."
        )
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu"]
        )
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def html(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "index.html"
    path.write_text(rendered(region()), encoding="utf-8", newline="")
    return path


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


def visit(
    browser: Browser, path: Path, viewport: ViewportSize = WIDE, hash_: str = ""
) -> Visit:
    page = browser.new_page(viewport=viewport)
    seen = Visit(page)
    page.on("request", lambda request: seen.requests.append(request.url))
    page.on("console", seen.note)
    page.on("pageerror", lambda error: seen.complaints.append(str(error)))
    page.on("dialog", seen.refuse)
    page.goto(path.as_uri() + hash_)
    try:
        page.wait_for_selector("html[data-ready]", state="attached", timeout=15_000)
    except TimeoutError:
        pytest.fail(f"The page did not start: {seen.complaints}")
    return seen


@pytest.fixture
def opened(browser: Browser, html: Path) -> Iterator[Visit]:
    seen = visit(browser, html)
    yield seen
    seen.page.close()
    assert seen.complaints == []
    assert [
        url for url in seen.requests if not url.startswith(("file:", "blob:", "data:"))
    ] == []


def first_names(page: Page) -> list[str]:
    return page.locator("#table tbody tr[data-place] .pick").all_inner_texts()


def sum_shown(page: Page) -> tuple[int, int]:
    parts = page.locator(".parts tbody tr").evaluate_all(
        "rows => rows.map(row => +row.dataset.thousandths)"
    )
    total = page.locator(".parts tfoot tr").get_attribute("data-thousandths")
    return sum(parts), int(total or "nan")


def test_it_opens_from_disk_in_silence(opened: Visit) -> None:
    assert opened.page.locator("h1").inner_text().endswith("Kabupaten Umpama")
    assert opened.page.locator("#table tbody tr[data-place]").count() == 25
    assert opened.page.locator("#map .cell").count() == 119
    assert "1 desa tanpa koordinat" in opened.page.locator("#map-missing").inner_text()
    assert len(opened.requests) == 1


def test_choosing_a_row_gives_reasons_that_add_up_to_the_score(opened: Visit) -> None:
    page = opened.page
    rows = (
        region()
        .ranking.filter(hazard="conflict", stage="logistics")
        .sort("rank", "village_code")
    )
    for at in (0, 5, 20):
        page.locator("#table tbody tr[data-place]").nth(at).click()
        parts, total = sum_shown(page)
        assert parts == total == round(rows["score"][at] * 1000)
        assert page.locator("#detail h2").inner_text() == rows["village"][at]
        assert rows["village_code"][at] in page.locator("#detail").inner_text()
    decimal = (
        page.locator(".parts tfoot .num")
        .inner_text()
        .replace("−", "-")
        .replace(",", ".")
    )
    assert float(decimal) == pytest.approx(rows["score"][20], abs=0.0005)


def test_the_map_chooses_the_row_and_the_row_the_map(opened: Visit) -> None:
    page = opened.page
    last = region().ranking.filter(hazard="conflict", stage="logistics", rank=100)[
        "village"
    ][0]
    place = page.evaluate(
        "name => JSON.parse(document.getElementById('data').textContent).places.name.indexOf(name)",
        last,
    )
    page.locator(f"#map [data-place='{place}']").click(force=True)
    chosen = page.locator("#table tr.chosen")
    assert chosen.count() == 1
    assert chosen.locator(".pick").inner_text() == last
    assert page.locator("#detail h2").inner_text() == last
    assert last in page.locator("#selection").inner_text()
    page.locator("#table tbody tr[data-place]").first.click()
    assert page.locator("#map [aria-selected='true']").count() == 1


def test_the_keyboard_walks_the_map(opened: Visit) -> None:
    page = opened.page
    page.locator("#map [tabindex='0']").focus()
    before = page.evaluate("document.activeElement.dataset.place")
    for key in ("ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp", "ArrowDown"):
        page.keyboard.press(key)
    assert page.evaluate("document.activeElement.dataset.place") != before
    page.keyboard.press("Enter")
    assert page.locator("#detail h2").is_visible()
    page.keyboard.press("Escape")
    assert page.locator("#detail").is_hidden()


def test_filters_narrow_table_and_map_alike(opened: Visit) -> None:
    page = opened.page
    page.select_option("#district", label="Kecamatan Umpama 2")
    page.wait_for_function(
        "document.getElementById('shown').textContent.startsWith('20 ')"
    )
    assert page.locator("#table tbody tr[data-place]").count() == 20
    assert page.locator("#map .cell:not(.off)").count() == 20
    page.check("#only-blind")
    page.wait_for_function(
        "document.getElementById('shown').textContent.startsWith('2 ')"
    )
    page.click("#filters [type=reset]")
    page.fill("#search", "umpama rekaan")
    page.wait_for_function(
        "!document.getElementById('shown').textContent.startsWith('120 ')"
    )
    assert all("rekaan" in name for name in first_names(page))
    page.click("#filters [type=reset]")
    page.select_option("#band", "khusus")
    page.wait_for_function(
        "document.getElementById('shown').textContent.startsWith('1 ')"
    )


def test_sorting_and_the_cut_line(opened: Visit) -> None:
    page = opened.page
    cut = page.locator("#table tr.cut")
    assert cut.count() == 1
    assert "12 desa" in cut.inner_text()
    page.locator("#table thead th", has_text="Desa").click()
    names = first_names(page)
    assert names == sorted(names, key=str.lower)
    assert cut.count() == 0
    page.locator("#table thead th", has_text="No.").click()
    assert cut.count() == 1


def test_names_that_look_like_code_are_only_text(opened: Visit) -> None:
    page = opened.page
    for name in HOSTILE:
        page.fill("#search", name.lower())
        page.wait_for_function(
            "document.getElementById('shown').textContent.startsWith('1 ')"
        )
        assert first_names(page) == [name]
        page.locator("#table tbody tr[data-place]").click()
        assert page.locator("#detail h2").inner_text() == name
    assert page.locator("img, main script").count() == 0


def test_only_web_addresses_become_links(opened: Visit) -> None:
    page = opened.page
    page.fill("#search", "99.99.02.2003")
    page.wait_for_function(
        "document.getElementById('shown').textContent.startsWith('1 ')"
    )
    page.locator("#table tbody tr[data-place]").click()
    links = page.locator("#detail a")
    assert links.first.get_attribute("href") == "https://contoh.invalid/berita?a=1&b=2"
    assert links.first.get_attribute("rel") == "noopener noreferrer"
    assert all(
        href.startswith("https:")
        for href in links.evaluate_all("all => all.map(a => a.href)")
    )
    assert "1 sumber tanpa tautan publik" in page.locator("#detail").inner_text()
    assert (
        "javascript:" not in page.content().split('id="data"')[1].split("</script>")[0]
    )


def test_probability_and_index_keep_their_own_names(opened: Visit) -> None:
    page = opened.page
    assert page.locator("#table thead", has_text="Peluang kejadian").count() == 1
    assert page.locator("#window-basis").is_hidden()
    page.locator("#lists button").nth(2).click()
    assert page.locator("#window-basis").is_visible()
    assert "tidak terbukti" in page.locator("#list-facts").inner_text()
    page.locator("#lists button").nth(3).click()
    assert page.locator("#table thead", has_text="Indeks (0–100)").count() == 1
    page.locator("#table tbody tr[data-place]").first.click()
    assert "bukan peluang" in page.locator("#detail .big").inner_text()


def test_blind_spots_are_listed_apart_as_not_safe(opened: Visit) -> None:
    page = opened.page
    assert page.locator("#blind .pick").count() == 7
    assert "bukan berarti aman" in page.locator("#blind h2").inner_text()
    page.locator("#blind .pick").first.click()
    assert "bukan berarti aman" in page.locator("#detail").inner_text()
    assert page.locator("#map .cell.blind").count() == 7


def test_a_link_to_a_village_opens_it(browser: Browser, html: Path) -> None:
    seen = visit(browser, html, hash_="#conflict/voting/99.99.03.2004")
    assert "99.99.03.2004" in seen.page.locator("#detail").inner_text()
    assert (
        seen.page.locator("#lists [aria-pressed='true']")
        .inner_text()
        .startswith("Pemungutan")
    )
    seen.page.close()


def test_a_phone_needs_no_sideways_scrolling(browser: Browser, html: Path) -> None:
    seen = visit(browser, html, NARROW)
    page = seen.page
    for _ in range(2):
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        page.locator("#table tbody tr[data-place] .pick").first.click()
    assert page.locator("#detail h2").is_visible()
    assert page.locator("#detail h2").bounding_box()["y"] < 800  # type: ignore[index]  # visible, so it has a box
    assert seen.complaints == []
    page.close()


@pytest.mark.parametrize("lang", ["id", "en"])
def test_both_languages(browser: Browser, tmp_path: Path, lang: Language) -> None:
    path = tmp_path / "index.html"
    path.write_text(rendered(region(n=30, top_k=3), lang), encoding="utf-8", newline="")
    seen = visit(browser, path)
    page = seen.page
    assert page.locator("html").get_attribute("lang") == lang
    assert text("page.village", lang) in page.locator("#table thead").inner_text()
    page.locator("#table tbody tr[data-place]").first.click()
    assert text("page.sum", lang) in page.locator("#detail").inner_text()
    assert "{" not in page.locator("main").inner_text().replace(HOSTILE[2], "")
    assert seen.complaints == []
    page.close()


def test_invented_data_says_so_loudly() -> None:
    assert 'class="simulation"' in rendered(region(n=30))
    assert 'class="simulation"' not in rendered(region(n=30, origin="publik"))
    half = region(n=30, origin="publik")
    one = (
        pl.when(pl.int_range(pl.len()) == 3)
        .then(pl.lit("SIMULASI"))
        .otherwise("data_origin")
    )
    mixed = replace(half, ranking=half.ranking.with_columns(data_origin=one))
    assert 'class="simulation"' in rendered(mixed)


def test_the_same_run_gives_the_same_bytes() -> None:
    made = region(n=40)
    turned = replace(
        made,
        ranking=made.ranking.reverse(),
        villages=made.villages.reverse(),
        evidence=made.evidence.reverse(),
    )
    assert rendered(made) == rendered(turned)


def test_reasons_that_do_not_add_up_are_not_published() -> None:
    made = region(n=30)
    wrong = made.ranking.with_columns(score=pl.col("score") + 0.001)
    with pytest.raises(
        ValueError, match=r"village 99\.99\.\d\d\.\d{4}: components sum to"
    ):
        rendered(replace(made, ranking=wrong))


def test_a_list_nobody_tells_about_is_not_published() -> None:
    made = region(n=30)
    with pytest.raises(ValueError, match="facts.stages"):
        rendered(replace(made, facts=replace(made.facts, stages=made.facts.stages[:2])))


def test_probability_and_index_never_share_a_list() -> None:
    made = region(n=30)
    mixed = made.ranking.with_columns(
        risk=pl.when(pl.col("rank") == 1).then(None).otherwise("risk"),
        index=pl.when(pl.col("rank") == 1).then(50.0).otherwise("index"),
    )
    with pytest.raises(ValueError, match="either risk or index"):
        rendered(replace(made, ranking=mixed))


def test_a_region_without_incidents_or_places_still_opens(
    browser: Browser, tmp_path: Path
) -> None:
    made = region(n=30)
    bare = replace(
        made,
        evidence=made.evidence.clear(),
        villages=made.villages.with_columns(lat=pl.lit(None, pl.Float64)),
    )
    path = tmp_path / "index.html"
    path.write_text(rendered(bare), encoding="utf-8", newline="")
    seen = visit(browser, path)
    assert seen.page.locator("#table tbody tr[data-place]").count() == 25
    assert seen.complaints == []
    seen.page.close()


def test_json_cannot_leave_its_script_element() -> None:
    value = {"a": "</script><!--&\u2028\u2029"}
    out = safe_json(value)
    assert not set("<>&\u2028\u2029") & set(out)
    assert json.loads(out) == value


def test_rounded_parts_still_add_up() -> None:
    rng = random.Random(3)
    for _ in range(300):
        parts = [rng.gauss(0, 2) for _ in range(rng.randint(1, 12))]
        total = math.fsum(parts)
        rounded = in_thousandths(parts, total)
        assert sum(rounded) == round(total * 1000)
        assert all(abs(r - 1000 * p) <= 1 for r, p in zip(rounded, parts, strict=True))


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "//x",
        "https://",
        "http://[",
        "",
    ],
)
def test_what_is_no_web_address(url: str) -> None:
    assert not is_web_address(url)


def test_an_unknown_word_names_the_nearest() -> None:
    with pytest.raises(KeyError, match=r"page\.village"):
        text("page.vilage", "id")
