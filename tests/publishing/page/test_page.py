"""The page as its readers meet it: in a real browser, from disk, with the network watched."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from playwright.sync_api import Page, ViewportSize, expect

from rawan.publishing.edition import Standing
from rawan.publishing.page.render import render_page
from rawan.publishing.texts import text
from rawan.settings import Language

# See conftest.py; `visit(path)` opens a page, `visit.made(edition)` writes and opens one.
MakeRegion = Callable[..., Any]
Visit = Any

NARROW: ViewportSize = {"width": 360, "height": 800}


def first_names(page: Page) -> list[str]:
    return page.locator("#table tbody tr[data-place] .pick").all_inner_texts()


def shows(page: Page, n: int) -> None:
    expect(page.locator("#shown")).to_have_text(f"{n} dari 120 desa")


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


def test_choosing_a_row_gives_reasons_that_add_up_to_the_score(
    opened: Visit, make_region: MakeRegion
) -> None:
    page = opened.page
    rows = (
        make_region()
        .ranking.filter(hazard="conflict", stage="logistics")
        .sort("rank", "village_code")
    )
    for at in (0, 5, 20):
        page.locator("#table tbody tr[data-place]").nth(at).click()
        parts, total = sum_shown(page)
        assert parts == total == round(rows["score"][at] * 1000)
        assert page.locator("#detail h2").inner_text() == rows["village"][at]
        assert rows["village_code"][at] in page.locator("#detail").inner_text()
    decimal = page.locator(".parts tfoot .num").inner_text().replace("−", "-").replace(",", ".")
    assert float(decimal) == pytest.approx(rows["score"][20], abs=0.0005)


def test_the_map_chooses_the_row_and_the_row_the_map(
    opened: Visit, make_region: MakeRegion
) -> None:
    page = opened.page
    listed = make_region().ranking.filter(hazard="conflict", stage="logistics")
    last = listed.filter(rank=100)["village"][0]
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
    page.select_option("#district", label="Umpama 2")
    shows(page, 20)
    assert page.locator("#table tbody tr[data-place]").count() == 20
    assert page.locator("#map .cell:not(.off)").count() == 20
    page.check("#only-blind")
    shows(page, 2)
    page.click("#filters [type=reset]")
    shows(page, 120)
    page.fill("#search", "umpama rekaan")
    expect(page.locator("#shown")).not_to_have_text("120 dari 120 desa")
    assert all("rekaan" in name for name in first_names(page))
    page.click("#filters [type=reset]")
    shows(page, 120)
    page.select_option("#band", "khusus")
    shows(page, 1)


def test_sorting_and_the_cut_line(opened: Visit) -> None:
    page = opened.page
    cut = page.locator("#table tr.cut")
    assert cut.count() == 1
    assert "12 desa" in cut.inner_text()
    page.locator("#table thead th", has_text="Desa").click()
    expect(page.locator("#table th[aria-sort]")).to_contain_text("Desa")
    names = first_names(page)
    assert names == sorted(names, key=str.lower)
    assert cut.count() == 0
    page.locator("#table thead th", has_text="No.").click()
    expect(cut).to_have_count(1)


def test_names_that_look_like_code_are_only_text(opened: Visit, hostile_names: list[str]) -> None:
    page = opened.page
    for name in hostile_names:
        page.fill("#search", name.lower())
        shows(page, 1)
        expect(page.locator("#table .pick")).to_have_text(name)
        page.locator("#table tbody tr[data-place]").click()
        assert page.locator("#detail h2").inner_text() == name
    assert page.locator("img, main script").count() == 0


def test_only_web_addresses_become_links(opened: Visit) -> None:
    page = opened.page
    page.fill("#search", "99.99.02.2003")
    shows(page, 1)
    page.locator("#table tbody tr[data-place]").click()
    links = page.locator("#detail a")
    assert links.first.get_attribute("href") == "https://contoh.invalid/berita?a=1&b=2"
    assert links.first.get_attribute("rel") == "noopener noreferrer"
    assert all(
        href.startswith("https:") for href in links.evaluate_all("all => all.map(a => a.href)")
    )
    assert "1 sumber tanpa tautan publik" in page.locator("#detail").inner_text()
    assert "javascript:" not in page.content().split('id="data"')[1].split("</script>")[0]


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
    assert "bila seperti tetangganya" in page.locator("#blind li").first.inner_text()
    page.locator("#blind .pick").first.click()
    assert "bukan berarti aman" in page.locator("#detail").inner_text()
    assert page.locator("#map .cell.blind").count() == 7


def test_a_link_to_a_village_opens_it(visit: Visit, html: Path) -> None:
    seen = visit(html, hash_="#conflict/voting/99.99.03.2004")
    assert "99.99.03.2004" in seen.page.locator("#detail").inner_text()
    assert seen.page.locator("#lists [aria-pressed='true']").inner_text().startswith("Pemungutan")


def test_a_phone_needs_no_sideways_scrolling(visit: Visit, html: Path) -> None:
    seen = visit(html, NARROW)
    page = seen.page
    for _ in range(2):
        inside = page.locator("#table").bounding_box()
        frame = page.locator("#villages").bounding_box()
        assert inside is not None
        assert frame is not None
        assert inside["x"] + inside["width"] <= frame["x"] + frame["width"]
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        page.locator("#table tbody tr[data-place] .pick").first.click()
    assert page.locator("#detail h2").is_visible()
    heading = page.locator("#detail h2").bounding_box()
    assert heading is not None
    assert 0 <= heading["y"] < 800


@pytest.mark.parametrize("lang", ["id", "en"])
def test_it_opens_in_either_language(
    visit: Visit,
    tmp_path: Path,
    lang: Language,
    make_region: MakeRegion,
    hostile_names: list[str],
) -> None:
    path = tmp_path / "index.html"
    path.write_text(render_page(make_region(n=30, top_k=3), lang), encoding="utf-8", newline="")
    seen = visit(path)
    page = seen.page
    assert page.locator("html").get_attribute("lang") == lang
    assert text("page.village", lang) in page.locator("#table thead").inner_text()
    page.locator("#table tbody tr[data-place]").first.click()
    assert text("page.sum", lang) in page.locator("#detail").inner_text()
    assert "{" not in page.locator("main").inner_text().replace(hostile_names[2], "")


def test_a_region_without_incidents_or_places_still_opens(
    visit: Visit, tmp_path: Path, make_region: MakeRegion
) -> None:
    made = make_region(n=30)
    bare = replace(
        made,
        evidence=made.evidence.clear(),
        reports=made.reports.clear(),
        reasons=made.reasons.clear(),
        history=made.history.clear(),
        neighbours=made.neighbours.clear(),
        curve=made.curve.clear(),
        changes=None,
        compared_with=None,
        findings=(),
        standing=Standing(),
        villages=made.villages.with_columns(lat=pl.lit(None, pl.Float64)),
    )
    path = tmp_path / "index.html"
    path.write_text(render_page(bare, "id"), encoding="utf-8", newline="")
    seen = visit(path)
    page = seen.page
    assert page.locator("#table tbody tr[data-place]").count() == 25
    assert "Tidak dapat diukur" in page.locator("#capture").inner_text()
    assert "Belum ada daftar terdahulu" in page.locator("#changes").inner_text()
    assert page.locator("#only-changed").is_disabled()
    page.locator("#table tbody tr[data-place]").first.click()
    assert "tidak membuktikan desa ini aman" in page.locator("#detail").inner_text()
