"""The first minutes, and what goes wrong in them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from .person import Person, Studio


def colored(path: Path) -> None:
    levels = np.random.default_rng(0).integers(0, 255, (6, 8, 3), dtype=np.uint8)
    Image.fromarray(levels).resize((64, 48)).save(path)


def test_an_empty_studio_says_what_it_does_and_has_photographs_to_try(
    studio: Studio, browser: Any
) -> None:
    studio.stop()
    studio.start(None)
    page = browser.new_page(viewport={"width": 800, "height": 600})
    person = Person(page)
    page.goto(studio.address)
    page.wait_for_function("document.querySelectorAll('#examples img[src]').length == 3")
    assert "no photograph leaves" in page.inner_text("#empty")
    assert page.is_visible("#empty-open") and not page.is_visible("#tools")
    page.click("#examples button:nth-child(2)")
    page.wait_for_function("document.getElementById('stage').dataset.painted")
    assert page.inner_text("#pictures option:checked") == "rocket.png"
    assert page.is_visible("#tools") and not page.is_visible("#empty")
    page.keyboard.press("?")
    assert page.is_visible("#help")
    page.click("#help button")
    page.close()
    assert not person.errors


def test_all_of_the_empty_studio_is_in_the_window(studio: Studio, browser: Any) -> None:
    studio.stop()
    studio.start(None)
    page = browser.new_page()
    page.goto(studio.address)
    page.wait_for_function("document.querySelectorAll('#examples img[src]').length === 3")
    for width, height in ((360, 740), (800, 600), (683, 384), (2560, 1440)):
        page.set_viewport_size({"width": width, "height": height})
        places = ("#empty", "#examples > :last-child")
        drop, last = (page.locator(place).bounding_box() for place in places)
        assert drop["height"] > 0.75 * height and drop["width"] > 0.9 * width
        assert last["y"] + last["height"] <= drop["y"] + drop["height"], (width, height)
    page.close()


def test_a_colour_photograph_is_offered_to_be_coloured_anew(person: Person, tmp_path: Path) -> None:
    colored(tmp_path / "garden.png")
    person.page.set_input_files("#file", str(tmp_path / "garden.png"))
    assert person.message == "This photograph is in colour already."
    person.page.wait_for_timeout(500)
    there = person.page.locator("#stage").bounding_box()
    person.page.evaluate("document.getElementById('message').hidden = true")
    assert person.page.locator("#stage").bounding_box() == there  # a note moves nothing
    person.page.evaluate("document.getElementById('message').hidden = false")
    person.after(lambda: person.page.click("text=Colour it anew"))
    assert person.page.is_hidden("#message")
    person.after(lambda: person.click(0.4, 0.4))
    assert len(person.document()["marks"]) == 1


def test_of_a_file_that_is_refused_nothing_is_left(
    person: Person, studio: Studio, tmp_path: Path
) -> None:
    (tmp_path / "none.png").write_bytes(b"nothing")
    person.after(lambda: person.page.set_input_files("#file", str(tmp_path / "none.png")))
    assert "none.png" in person.message
    assert person.page.inner_text("#status").startswith("240 ")  # the picture before is open again
    assert [one.path.name for one in studio.workplace.store.opened.values()] == ["photo.png"]
    assert not list((tmp_path / "data").rglob("none.png"))


def test_undo_survives_a_reload(person: Person) -> None:
    person.after(lambda: person.click(0.3, 0.4))
    person.after(lambda: person.click(0.7, 0.4))
    person.page.wait_for_function("Number(document.getElementById('stage').dataset.saved) >= 1")
    person.page.wait_for_timeout(500)
    person.page.reload()
    person.page.wait_for_function("document.getElementById('stage').dataset.painted")
    assert len(person.document()["marks"]) == 2
    person.after(lambda: person.page.click("#undo"))
    assert len(person.document()["marks"]) == 1
    person.after(lambda: person.page.click("#undo"))
    assert person.page.is_disabled("#undo") and person.page.is_disabled("#clear")
    person.after(lambda: person.page.click("#redo"))
    person.after(lambda: person.page.click("#clear"))
    assert person.document()["marks"] == []


def test_what_is_done_while_the_server_is_gone_is_sent_when_it_is_back(
    person: Person, studio: Studio
) -> None:
    person.colour("#d03020")
    person.after(lambda: person.click(0.3, 0.4))
    person.saved(1)
    studio.stop()
    person.click(0.7, 0.6)
    person.page.wait_for_selector("#message:not([hidden])")
    assert "The studio has ended" in person.message
    studio.start(studio.photo, studio.port)
    for _ in range(150):
        if len(studio.kept["marks"]) == 2:
            break
        person.page.wait_for_timeout(100)
    assert len(studio.kept["marks"]) == 2


def test_the_grey_picture_comes_at_once_and_clicks_wait_for_the_colours(
    studio: Studio, browser: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio.stop()
    studio.start(studio.photo)
    go = threading.Event()
    load: Callable[..., Any] = studio.workplace._colorizer

    def slowly(settings: Any) -> Any:
        assert go.wait(60)
        return load(settings)

    monkeypatch.setattr(studio.workplace, "_colorizer", slowly)
    page = browser.new_page(viewport={"width": 800, "height": 600})
    person = Person(page)
    page.goto(studio.address)
    page.wait_for_function("window.studio?.state.grey")
    grey = person.shown(0.3, 0.4)
    assert max(grey) - min(grey) <= 3 and grey != [0, 0, 0]
    assert "Finding its colours" in page.text_content("#status")
    person.click(0.3, 0.4)
    assert person.document()["marks"] == []
    go.set()
    page.wait_for_function("window.studio.state.history.now.marks.length == 1")
    assert person.document()["marks"][0]["at"] == pytest.approx([0.3, 0.4], abs=0.01)
    page.close()
    assert not person.errors
