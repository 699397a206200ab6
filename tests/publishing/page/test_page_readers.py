"""Who the page must serve: keyboard, screen reader, phone, paper, and regions of any size."""

import io
import time
from collections.abc import Callable
from importlib.resources import files
from typing import Any

import pytest
from playwright.sync_api import Page, ViewportSize, expect
from pypdf import PdfReader

MakeRegion = Callable[..., Any]  # see conftest.py
Visit = Any

NARROW: ViewportSize = {"width": 360, "height": 800}


def grave(page: Page) -> list[str]:
    """Return what axe-core finds serious or critical: rule, how grave, and where."""
    axe = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
    page.evaluate(axe)
    result = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    return [
        f"{found['id']} ({found['impact']}): {found['nodes'][0]['target']} {found['help']}"
        for found in result["violations"]
        if found["impact"] in ("serious", "critical")
    ]


def test_a_screen_reader_meets_no_grave_obstacle(opened: Visit) -> None:
    page = opened.page
    page.click("#table tbody tr[data-place] >> nth=3")
    assert grave(page) == []
    page.click("#lang-en")
    page.click("#sum-blind")
    page.click("#view-sides")
    assert grave(page) == []


def test_nor_do_partners_on_a_phone(
    visit: Visit, make_region: MakeRegion, edition_for: Callable[..., Any]
) -> None:
    page = visit.made(edition_for(make_region(n=40), "partner"), "en", NARROW).page
    page.click("#table .pick >> nth=0")
    assert grave(page) == []


def test_everything_is_reached_by_keyboard_alone(opened: Visit) -> None:
    page = opened.page
    reached: list[str] = []
    for _ in range(45):
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate(
                "document.activeElement.id || document.activeElement.getAttribute('class') || ''"
            )
        )
        if reached[-1].startswith("pick"):
            break
    for wanted in ("lang-en", "sum-sure", "k", "k-slide", "k-near", "search", "polsek"):
        assert wanted in reached
    for wanted in ("district", "band", "only", "only-changed", "only-blind", "view-sides"):
        assert wanted in reached
    assert any(name.startswith("cell") for name in reached)
    name = page.evaluate("document.activeElement.textContent")
    page.keyboard.press("Enter")
    expect(page.locator("#detail h2")).to_have_text(name)
    page.keyboard.press("Escape")
    assert page.locator("#detail").is_hidden()
    assert page.evaluate("document.activeElement.textContent") == name


def test_the_table_is_sorted_by_keyboard(opened: Visit) -> None:
    page = opened.page
    page.locator("#table thead th", has_text="Desa").locator("[tabindex='0'], button").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#table th[aria-sort]")).to_contain_text("Desa")


@pytest.mark.parametrize("lang", ["lang-id", "lang-en"])
def test_no_view_is_wider_than_a_phone(visit: Visit, html: Any, lang: str) -> None:
    page = visit(html, NARROW).page
    page.click(f"#{lang}")
    page.click("#view-sides")
    page.click("#sides .pick >> nth=0")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.click("#view-work")
    page.fill("#k", "100")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_it_is_printed_on_landscape_paper_with_its_marks(
    visit: Visit, make_region: MakeRegion
) -> None:
    page = visit.made(make_region(n=40, top_k=4)).page
    pages = PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True))).pages
    box = pages[0].mediabox
    assert (round(box.width), round(box.height)) == (842, 595)
    printed = "\n".join(sheet.extract_text() for sheet in pages)
    for told in ("SIMULASI", "DRAF", "Satintelkam", "5f1d0c", "Batas 4 desa"):
        assert told in printed
    assert "Hapus saringan" not in printed
    assert len(pages) <= 5


def test_five_thousand_villages_are_usable(visit: Visit, make_region: MakeRegion) -> None:
    page = visit.made(make_region(n=5000, top_k=500)).page
    assert page.locator("#table tbody tr[data-place]").count() == 25
    started = time.perf_counter()
    page.locator("#table thead th", has_text="Desa").click()
    expect(page.locator("#table th[aria-sort]")).to_contain_text("Desa")
    page.fill("#search", "sukarekan")
    expect(page.locator("#shown")).to_contain_text("mirip")
    page.fill("#k", "900")
    expect(page.locator("#k-slide")).to_have_value("900")
    page.click("#filters [type=reset]")
    expect(page.locator("#shown")).to_have_text("5.000 dari 5.000 desa")
    page.click("#table .pick >> nth=5")
    expect(page.locator("#detail h2")).to_be_visible()
    page.click("#lang-en")
    expect(page.locator("#shown")).to_have_text("5,000 of 5,000 villages")
    assert time.perf_counter() - started < 15
