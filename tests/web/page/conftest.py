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

FLAGS = (
    *("--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--use-angle=swiftshader"),
    "--enable-unsafe-swiftshader",
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if BROWSER is None:
        pytest.skip("no chromium, google-chrome or $CHROMIUM")
    with playwright.sync_playwright() as engine:
        browser = engine.chromium.launch(executable_path=BROWSER, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def studio(tmp_path: Path, tiny_weights: Path) -> Iterator[Studio]:
    studio = Studio(tmp_path, tiny_weights)
    yield studio
    studio.stop()


@pytest.fixture
def person(browser: Any, studio: Studio) -> Iterator[Person]:
    page = browser.new_page(viewport={"width": 1200, "height": 800})
    person = Person(page)
    person.go(studio.address)
    yield person
    page.close()
    assert not person.errors
