"""The page's fixtures: an edition of an invented region, and pages opened in a real browser."""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

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

from rawan.publishing.edition import Edition
from rawan.publishing.page.render import render_page
from rawan.settings import Audience, Language
from tests.publishing.page_edition import for_audience, region
from tests.publishing.page_list import HOSTILE


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
