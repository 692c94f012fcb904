"""Nothing that somebody saved is lost, and what cannot be done is said."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from .person import VIEWPORT, Person, Studio, photograph

RED = {"at": [0.3, 0.4], "radius": 0.02, "color": "#d03020"}


def hints(*marks: dict[str, Any], **more: Any) -> str:
    return json.dumps({"chromafield": "hints", "version": 1, "marks": list(marks), **more})


@pytest.fixture
def two(studio: Studio, browser: Any) -> Any:
    """Somebody at a folder of two pictures that have hints of their own."""
    studio.stop()
    photograph(studio.photo.with_name("second.png"), 120, 200)
    studio.saved.write_text(hints(RED))
    studio.photo.with_name("second.png.hints.json").write_text(hints(RED, RED | {"at": [0.6, 0.6]}))
    studio.start(studio.photo.parent)
    page = browser.new_page(viewport=VIEWPORT)
    person = Person(page)
    person.go(studio.address)
    yield person
    page.close()
    assert not person.errors


def test_a_folder_is_opened_and_each_picture_keeps_its_own(two: Person, studio: Studio) -> None:
    assert len(two.document()["marks"]) == 1
    two.after(lambda: two.click(0.7, 0.7))
    painted = two.painted
    two.page.select_option("#pictures", label="second.png")
    two.slide("palette-strength", 0.7)  # while it is made ready nothing can be changed
    two.page.keyboard.press("Control+z")
    two.page.wait_for_function(
        f"Number(document.getElementById('stage').dataset.painted) > {painted}"
    )
    assert len(two.document()["marks"]) == 2
    two.after(lambda: two.click(0.2, 0.8))
    saved = studio.photo.with_name("second.png.hints.json")
    kept = json.loads(saved.read_text())
    for _ in range(100):  # the first picture's save may end after the second is open
        if len(kept["marks"]) == 3:
            break
        two.page.wait_for_timeout(100)
        kept = json.loads(saved.read_text())
    assert len(kept["marks"]) == 3 and kept["settings"] == {}
    assert len(studio.kept["marks"]) == 2
    two.after(lambda: two.page.select_option("#pictures", label="photo.png"))
    assert len(two.document()["marks"]) == 2
    two.after(lambda: two.page.click("#undo"))  # its past is still there
    assert len(two.document()["marks"]) == 1


def test_a_folder_is_exported_into_itself_and_what_is_changed_once_more(
    two: Person, studio: Studio
) -> None:
    def export() -> dict[str, int]:
        two.page.click("#export-all")
        two.page.wait_for_selector("#message span:has-text('All are exported')")
        two.page.click("#message [aria-label=Close]")
        found = (studio.photo.parent / "coloured").iterdir()
        return {path.name: path.stat().st_mtime_ns for path in found}

    def states() -> list[str]:
        told: list[str] = two.page.locator("#strip small").all_inner_texts()
        return told

    assert states()[0] == "edited"
    where = studio.photo.parent / "coloured"
    two.page.click("#export-all")
    two.page.wait_for_selector(f"#message span:has-text('lie in {where}')")
    first = export()  # nothing is to be done any more
    assert set(first) == {"photo.png", "second.png"} and states() == ["exported", "exported"]
    two.after(lambda: two.click(0.7, 0.7))
    assert states() == ["edited", "exported"]
    second = export()
    assert second["photo.png"] > first["photo.png"] and second["second.png"] == first["second.png"]


def test_a_picture_that_was_not_opened_yet_says_that_it_is_edited(two: Person) -> None:
    assert two.page.locator("#strip small").all_inner_texts() == ["edited", "edited"]


def test_the_settings_of_one_are_given_to_all(two: Person, studio: Studio) -> None:
    two.after(lambda: two.slide("strength", 0.5))
    two.page.click("#to-all")
    two.page.wait_for_selector("#message span:has-text('The other photograph has')")
    kept = json.loads(studio.photo.with_name("second.png.hints.json").read_text())
    assert kept["settings"] == {"strength": 0.5} and len(kept["marks"]) == 2
    two.after(lambda: two.page.select_option("#pictures", label="second.png"))
    assert two.document()["settings"] == {"strength": 0.5}
    two.page.wait_for_function("Number(document.getElementById('strength').value) === 0.5")


def test_hints_that_are_refused_stay_as_they_are(
    studio: Studio, browser: Any, person: Person
) -> None:
    studio.stop()
    later = hints().replace('"version": 1', '"version": 9')
    studio.saved.write_text(later)
    studio.start(studio.photo)
    page = browser.new_page()
    page.goto(studio.address)
    other = Person(page)
    assert "version 9" in other.message
    other.slide("strength", 0.5)
    page.click("#more")
    page.wait_for_timeout(500)
    assert studio.saved.read_text() == later
    studio.saved.write_text(hints(RED))
    page.reload()
    page.wait_for_function("document.getElementById('stage').dataset.painted")
    assert len(other.document()["marks"]) == 1
    page.close()


@pytest.mark.parametrize(("answer", "left"), [("Keep these", 0.6), ("Show those", 0.3)])
def test_of_two_windows_the_person_says_which_counts(
    person: Person, studio: Studio, browser: Any, answer: str, left: float
) -> None:
    page = browser.new_page(viewport=VIEWPORT)
    other = Person(page)
    other.go(studio.address)
    person.after(lambda: person.click(0.3, 0.4))
    person.saved(1)
    other.after(lambda: other.click(0.6, 0.6))
    assert "changed in another window" in other.message
    other.after(lambda: other.click(0.6, 0.8))
    assert "changed in another window" in other.message  # solving does not take it away
    page.click(f"text={answer}")
    other.saved(2)
    assert studio.kept["marks"][0]["at"][0] == pytest.approx(left, abs=0.02)
    page.close()


def test_what_is_done_last_is_kept_when_the_page_is_closed(person: Person, studio: Studio) -> None:
    person.after(lambda: person.click(0.3, 0.4))
    person.page.goto("about:blank")  # at once, before it is saved by itself
    for _ in range(50):
        if studio.saved.exists():
            break
        person.page.wait_for_timeout(100)
    assert len(studio.kept["marks"]) == 1


def test_hints_that_do_not_suit_are_refused_by_name(person: Person, tmp_path: Path) -> None:
    for told, sentence in (
        (hints(RED, picture=[900, 300]), "another aspect"),
        (hints(RED | {"color": "reddish"}), "reddish"),
        (hints(RED | {"at": [2, 0.5]}), "from 0 to 1"),
        (hints(RED | {"colour": "#ffffff"}), "colour"),
        ("{", "JSON"),
    ):
        (tmp_path / "told.json").write_text(told)
        person.page.set_input_files("#load", str(tmp_path / "told.json"))
        assert sentence in person.message
        person.page.click("#message [aria-label=Close]")
    assert person.document()["marks"] == []


def test_colours_on_one_place_are_said(person: Person) -> None:
    person.colour("#d03020")
    person.after(lambda: person.click(0.3, 0.4))
    person.page.keyboard.press("Escape")
    person.colour("#2030d0")
    person.after(lambda: person.click(0.3, 0.4))
    assert "Marks 1 and 2 give a place different colours" in person.message
    person.after(lambda: person.page.keyboard.press("Control+z"))
    person.page.wait_for_selector("#message", state="hidden")


def test_the_strip_shows_small_pictures_in_colour_once_they_have_some(two: Person) -> None:
    colors = """n => {
      const image = document.querySelectorAll("#strip img")[n];
      if (!image.naturalWidth) return null;
      const canvas = new OffscreenCanvas(image.naturalWidth, image.naturalHeight);
      const context = canvas.getContext("2d");
      context.drawImage(image, 0, 0);
      const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
      const steps = [...data].map((level, i) => (i % 4 ? 0 : Math.abs(level - data[i + 2])));
      return Math.max(...steps);
    }"""
    if not two.page.is_visible("#strip img"):
        pytest.skip("in so low a window the strip has names alone")
    two.until(f"({colors})(0) > 20 && ({colors})(1) === 0")
    two.after(lambda: two.page.click("#clear"))
    two.after(lambda: two.page.keyboard.press("]"))
    two.until(f"({colors})(1) > 20")
    assert two.page.locator("#strip small").all_inner_texts() == ["coloured", "edited"]
