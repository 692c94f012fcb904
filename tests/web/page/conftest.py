"""A browser, a studio and a person; skipped where there is no browser."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .person import VIEWPORT, Person, Studio

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


CLOSING = 60.0  # seconds


def end_browsers() -> None:
    """Kill the browsers that this process's drivers have started."""
    for driver in children(os.getpid()):
        for browser in children(driver):
            with contextlib.suppress(ProcessLookupError):
                os.kill(browser, signal.SIGKILL)


def children(process: int) -> list[int]:
    """What a process has started; nothing where the system does not tell."""
    try:
        told = Path(f"/proc/{process}/task/{process}/children").read_text()
    except OSError:
        return []
    return [int(one) for one in told.split()]


@contextlib.contextmanager
def in_time(seconds: float = CLOSING) -> Iterator[None]:
    """Closing has no timeout of its own: a browser that does not answer is killed."""
    late = threading.Event()

    def end() -> None:
        late.set()
        end_browsers()

    timer = threading.Timer(seconds, end)
    timer.start()
    try:
        yield
    except playwright.Error:
        if not late.is_set():
            raise
    finally:
        timer.cancel()


class Desk:
    """One browser for all tests of this folder that follow one another. Where others come, it is
    closed: beside it nobody else in this thread may run a loop of asyncio."""

    def __init__(self) -> None:
        self._held: contextlib.ExitStack | None = None

    def browser(self) -> Any:
        if BROWSER is None:
            pytest.skip("no chromium, google-chrome or $CHROMIUM")
        if self._held is None:
            self._held = contextlib.ExitStack()
            engine = self._held.enter_context(playwright.sync_playwright())
            self._browser = engine.chromium.launch(executable_path=BROWSER, args=list(FLAGS))
            self._held.callback(self._browser.close)
        return self._browser

    def clear(self) -> None:
        if self._held is not None:
            with in_time():
                self._held.close()
            self._held = None


DESK = Desk()


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(nextitem: pytest.Item | None) -> None:
    if nextitem is None or Path(__file__).parent not in nextitem.path.parents:
        DESK.clear()


@pytest.fixture(scope="module")
def browser() -> Any:
    return DESK.browser()


@pytest.fixture(scope="module")
def window(browser: Any) -> Iterator[Any]:
    """A browser's window that stays open: a new one costs a second."""
    context = browser.new_context(viewport=VIEWPORT, reduced_motion="reduce")
    context.new_page()  # the last page to close would take the window with it
    yield context
    with in_time():
        context.close()


@pytest.fixture(scope="module")
def one(
    browser: Any, tmp_path_factory: pytest.TempPathFactory, tiny_weights: Path
) -> Iterator[Person]:
    """One person for all tests of a file, each of which leaves the page as it was."""
    studio = Studio(tmp_path_factory.mktemp("one"), tiny_weights)
    page = browser.new_page(viewport=VIEWPORT, reduced_motion="reduce")
    person = Person(page)
    person.go(studio.address)
    yield person
    with in_time():
        page.close()
    studio.stop()
    assert not person.errors


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
    origin = {"origin": f"http://127.0.0.1:{studio.port}", "storageTypes": "all"}
    with in_time():
        session = window.new_cdp_session(page)
        session.send("Storage.clearDataForOrigin", origin)
        window.clear_cookies()
        page.close()
