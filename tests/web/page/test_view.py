"""What is seen."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from .person import VIEWPORT, Person


def test_before_and_after_zoom_pan_and_the_next_click(person: Person) -> None:
    person.colour("#d03020")
    person.after(lambda: person.click(0.3, 0.4))
    person.page.evaluate(
        "() => { const s = document.getElementById('split'); s.value = 0.5;"
        " s.dispatchEvent(new Event('input')); }"
    )
    person.page.click("#marks")  # rings are on another canvas; the marks' colours are not
    grey = person.shown(0.2, 0.8)
    assert max(grey) - min(grey) <= 3
    view = person.page.evaluate("window.studio.view()")
    person.page.mouse.move(*person.screen(0.5, 0.5))
    person.page.mouse.wheel(0, -300)
    person.page.wait_for_function("window.studio.view()[2] > 1")
    person.page.keyboard.press("+")
    closer = person.page.evaluate("window.studio.view()")
    assert closer[2] > view[2] * 1.5
    person.tool("pan")
    person.drag((0.5, 0.5), (0.45, 0.5))
    assert person.page.evaluate("window.studio.view()")[0] > closer[0]
    person.page.keyboard.press("0")
    assert person.page.evaluate("window.studio.view()") == view
    person.page.click("#doubt")
    person.page.wait_for_function("window.studio.state.doubt")
    person.page.click("#next")
    person.page.wait_for_function("window.studio.state.ring")
    x, y = person.page.evaluate("window.studio.state.ring")
    assert 0 <= x <= 1 and 0 <= y <= 1


def test_the_api_has_a_page_of_its_own(person: Person) -> None:
    browser = person.page.context.browser
    assert browser is not None
    page = browser.new_page()
    page.goto(person.page.url.partition("?")[0] + "api")
    page.wait_for_selector("section")
    text = page.inner_text("body")
    for told in ("POST /api/colorize", "PUT /api/pictures/{number}/hints", "another format"):
        assert told.lower() in text.lower()
    page.close()


def ground(person: Person) -> int:
    told = person.page.evaluate("getComputedStyle(document.body).backgroundColor")
    return sum(int(n) for n in re.findall(r"\d+", told)[:3])


def test_the_page_is_dark_or_light_as_the_person_is_used_to(person: Person) -> None:
    person.page.emulate_media(color_scheme="light")
    light = ground(person)
    person.page.emulate_media(color_scheme="dark")
    assert ground(person) < 200 < 600 < light


def test_a_large_scan_is_shown_in_full_detail_where_one_looks(
    person: Person, tmp_path: Path
) -> None:
    stripes = np.zeros((1600, 2000), np.uint8)
    stripes[:, ::2] = 255
    Image.fromarray(stripes).save(tmp_path / "a large scan é.png")
    person.after(lambda: person.page.set_input_files("#file", str(tmp_path / "a large scan é.png")))
    person.page.wait_for_function(
        "document.getElementById('status').textContent.startsWith('2000')"
    )

    def contrast() -> int:
        lights = [sum(person.shown(0.5 + i / 4000, 0.5)) for i in range(8)]
        return max(lights) - min(lights)

    if VIEWPORT["width"] < 2000:
        assert contrast() < 200  # a pixel of the page holds several of the scan's
    person.page.keyboard.press("1")
    for _ in range(100):
        if contrast() > 500:
            break
        person.page.wait_for_timeout(50)
    assert contrast() > 500
    with person.page.expect_download() as download:
        person.page.click("#layer")
    assert download.value.suggested_filename.startswith("a large scan é-color")


def test_next_walks_from_one_place_to_the_next_and_round(person: Person) -> None:
    found = []
    for _ in range(4):
        with person.page.expect_response("**/unsure") as answer:
            person.page.keyboard.press("n")
        found.append(tuple(answer.value.json().values()))
    assert len(set(found)) == 4
    assert person.document()["marks"] == []  # what was shown is no mark
    person.until("window.studio.state.ring !== null")


def test_next_in_haste_walks_on_all_the_same(person: Person) -> None:
    told: list[dict[str, Any]] = []

    def note(request: Any) -> None:
        if request.url.endswith("/unsure"):
            told.append(request.post_data_json)

    person.page.on("request", note)
    for _ in range(3):
        person.page.keyboard.press("n")
    while len(told) < 3:
        person.page.wait_for_timeout(50)
    assert [len(one["marks"]) for one in told] == [0, 1, 2]
