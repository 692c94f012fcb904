"""A browser, a studio and a person; skipped where there is no browser."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .person import Person, Studio

playwright = pytest.importorskip("playwright.sync_api")
BROWSER = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
if BROWSER is None:
    print("No browser found: the studio's page is not tested. Install chromium, or set CHROMIUM.")

# Only WebGL is drawn by SwiftShader. Were the page itself, each test would cost seven
# seconds of a core more.
FLAGS = (
    *("--disable-gpu-compositing", "--disable-gpu-rasterization"),
    *("--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--use-angle=swiftshader"),
    "--enable-unsafe-swiftshader",
)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    if BROWSER is None:
        pytest.skip("no chromium, google-chrome or $CHROMIUM")
    with playwright.sync_playwright() as engine:
        browser = engine.chromium.launch(executable_path=BROWSER, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def window(browser: Any) -> Iterator[Any]:
    """A browser's window that stays open: a new one costs a second."""
    context = browser.new_context(viewport={"width": 1200, "height": 800}, reduced_motion="reduce")
    context.new_page()  # the last page to close would take the window with it
    yield context
    context.close()


@pytest.fixture
def studio(tmp_path: Path, tiny_weights: Path) -> Iterator[Studio]:
    studio = Studio(tmp_path, tiny_weights)
    yield studio
    studio.stop()


@pytest.fixture
def person(window: Any, studio: Studio) -> Iterator[Person]:
    page = window.new_page()
    person = Person(page)
    person.go(studio.address)
    yield person
    forget(window, page, studio)
    assert not person.errors


def forget(window: Any, page: Any, studio: Studio) -> None:
    """Close a page, and forget what the window kept of the studio: its port may come again."""
    session = window.new_cdp_session(page)
    origin = {"origin": f"http://127.0.0.1:{studio.port}", "storageTypes": "all"}
    session.send("Storage.clearDataForOrigin", origin)
    window.clear_cookies()
    page.close()
