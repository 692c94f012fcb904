"""The page at every size that people have: nothing scrolls or is out of reach, all is named."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest

from .person import Person, Studio

SIZES = [(360, 740), (800, 600), (1366, 768), (2560, 1440), (683, 384)]  # the last: 200 % of 1366
NAMELESS = """() => [...document.querySelectorAll("button, select, input, [tabindex], img, canvas")]
  .filter((one) => one.checkVisibility() && one.ariaHidden !== "true")
  .filter((one) => !(one.ariaLabel || one.getAttribute("aria-labelledby") || one.alt === ""
    || one.alt || one.title || one.textContent.trim() || one.labels?.[0]?.textContent.trim()))
  .map((one) => one.outerHTML)"""
ROLELESS = """() => [...document.querySelectorAll("[tabindex], [aria-label]")]
  .filter((one) => !one.role && !one.matches("button, input, select, label, aside, progress"))
  .map((one) => one.outerHTML.slice(0, 80))"""
TEXTS = """() => {
  const ground = (one) => {
    for (; one; one = one.parentElement) {
      const color = getComputedStyle(one).backgroundColor;
      if (!/, 0\\)$|transparent/.test(color)) return color;
    }
    return "rgb(255, 255, 255)";
  };
  return [...document.querySelectorAll("h1, h2, p, label, button, summary, code, .word, small")]
    .filter((one) => one.checkVisibility({ visibilityProperty: true }) && !one.disabled
      && !one.closest(":disabled") && one.textContent.trim())
    .map((one) => [one.textContent.trim(), getComputedStyle(one).color, ground(one)]);
}"""


@pytest.fixture(scope="module")
def marked(browser: Any, tmp_path_factory: pytest.TempPathFactory, tiny_weights: Any) -> Any:
    """Somebody whose picture has a mark, its colours beside it."""
    studio = Studio(tmp_path_factory.mktemp("fit"), tiny_weights)
    page = browser.new_page(viewport={"width": 1366, "height": 768})
    person = Person(page)
    person.go(studio.address)
    person.after(lambda: person.click(0.4, 0.5))
    page.wait_for_selector("#suggestions button")
    yield person
    page.close()
    studio.stop()
    assert not person.errors


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_all_of_the_page_is_in_the_window(marked: Person, width: int, height: int) -> None:
    page = marked.page
    page.set_viewport_size({"width": width, "height": height})
    page.wait_for_timeout(200)
    page.evaluate("() => new Promise(requestAnimationFrame)")
    names = {one["name"] for one in marked.see_all()}
    assert {"point", "undo", "export", "split", "closer", "stage", "more", "wheel"} <= names
    if page.is_visible("#panel-shown"):
        page.click("#panel-shown")
    box = page.locator("#panel").bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= width and box["y"] + box["height"] <= height
    assert box["width"] >= 200
    for id_ in ("list", "strength", "palette", "load"):
        page.locator(f"#{id_}").scroll_into_view_if_needed()  # inside the panel alone
    assert page.evaluate("scrollX + scrollY") == 0
    page.keyboard.press("Escape")
    marked.choose_in_list(1)  # its colours come back, and a folded panel goes
    stage = page.locator("#stage").bounding_box()
    assert stage["width"] * stage["height"] > 0.35 * width * height
    card = page.locator("#popover").bounding_box()
    x, y = marked.screen(0.4, 0.5)
    across, down = x - card["x"], y - card["y"]
    over = 0 <= across <= card["width"] and 0 <= down <= card["height"]
    assert not over or height < 500


def test_whatever_can_be_used_has_a_name_and_a_role(marked: Person) -> None:
    assert marked.page.evaluate(NAMELESS) == []
    assert marked.page.evaluate(ROLELESS) == []


AXE = os.environ.get("AXE")
SERIOUS = """async () => {
  const told = await axe.run(document, { resultTypes: ["violations"] });
  return told.violations.filter(({ impact }) => ["serious", "critical"].includes(impact))
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(" | ")}`);
}"""


@pytest.mark.skipif(not AXE, reason="no axe-core: npm pack it, and name axe.min.js in AXE")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_axe_finds_nothing_serious(marked: Person, width: int, height: int, scheme: str) -> None:
    page = marked.page
    page.set_viewport_size({"width": width, "height": height})
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    if not page.evaluate("'axe' in window"):
        page.evaluate(Path(str(AXE)).read_text())
    folded = page.is_visible("#panel-shown")
    if folded:
        page.click("#panel-shown")
    found = page.evaluate(SERIOUS)
    if folded:
        page.click("#panel-shown")
    page.keyboard.press("?")
    found += page.evaluate(SERIOUS)
    page.click("#help .main")
    assert found == []


def luminance(color: str) -> float:
    """WCAG 2.2's relative luminance of a colour as CSS tells it."""
    levels = [int(n) / 255 for n in re.findall(r"\d+", color)[:3]]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in levels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_has_a_contrast_of_4_5(marked: Person, scheme: str) -> None:
    marked.page.set_viewport_size({"width": 1366, "height": 768})
    marked.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    texts = marked.page.evaluate(TEXTS)
    assert len(texts) > 20
    for text, ink, ground in texts:
        high, low = sorted([luminance(ink), luminance(ground)], reverse=True)
        assert (high + 0.05) / (low + 0.05) >= 4.5, (text, ink, ground)
