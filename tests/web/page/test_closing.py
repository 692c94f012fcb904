"""What the tests of the page rest on: a browser that hangs holds nobody up."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest

from .conftest import DESK, children, in_time

pytestmark = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="Linux tells children")


def test_a_browser_that_does_not_answer_is_killed() -> None:
    DESK.clear()
    browser: Any = DESK.browser()
    page = browser.new_page()
    for driver in children(os.getpid()):
        for process in children(driver):
            os.kill(process, signal.SIGSTOP)
    with in_time(1.0):
        page.close()
    assert not browser.is_connected()
    DESK.clear()
