"""Colours that come from other pictures: what is offered, taken and shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from chromafield.data.synthetic import scene
from chromafield.hints.document import Hints, disc
from chromafield.hints.file import DRAFT, write_hints

from .person import VIEWPORT, Person, Studio

ALPHA = """(name) => {
  const map = window.studio.state[name];
  if (!map) return null;
  const { data } = map.getContext("2d").getImageData(0, 0, map.width, map.height);
  let sum = 0;
  for (let i = 3; i < data.length; i += 4) sum += data[i];
  return sum / (data.length / 4);
}"""

SUREST = """() => {
  const { matched } = window.studio.state;
  const { data } = matched.getContext("2d").getImageData(0, 0, matched.width, matched.height);
  const alpha = data.filter((_, i) => i % 4 === 3);
  const at = alpha.indexOf(Math.max(...alpha));
  const [x, y] = [at % matched.width, Math.floor(at / matched.width)];
  return [(x + 0.5) / matched.width, (y + 0.5) / matched.height];
}"""


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The open photograph in colour, another of the same kind, and a grey one."""
    folder = tmp_path_factory.mktemp("pictures")
    true = scene(np.random.default_rng(3), 180, 240)
    Image.fromarray(np.ascontiguousarray(true[..., ::-1])).save(folder / "service.png")
    Image.fromarray(scene(np.random.default_rng(8), 120, 160)).save(folder / "garden.png")
    Image.linear_gradient("L").save(folder / "grey.png")
    return folder


def overlay(person: Person, name: str) -> float | None:
    told: float | None = person.page.evaluate(ALPHA, name)
    return told


def test_a_version_from_another_program_is_offered_taken_and_its_trust_shown(
    one: Person, pictures: Path
) -> None:
    before = one.shown(0.5, 0.5)
    one.drop(pictures / "service.png")
    assert "service.png is in colour and shows this photograph" in one.message
    answers = one.page.locator("#message .answers button").all_inner_texts()
    assert answers[0].startswith("Take its colours (") and answers[1:] == [
        *("Use as a reference", "Colour it anew")
    ]
    one.after(lambda: one.page.click("#message .answers button"))
    (mark,) = one.document()["marks"]
    assert mark["colored"].endswith("-service.png") and one.document()["version"] == 2
    one.page.wait_for_function("document.querySelector('#list').textContent.includes('% taken')")
    assert 0 <= (overlay(one, "trust") or 0) < 100  # most is taken, the rest is dark
    assert one.shown(0.5, 0.5) != before
    one.after(lambda: one.page.click("#list .eye"))  # hidden, it gives nothing
    assert one.document()["marks"][0]["hidden"] and one.document()["version"] == 3
    assert one.shown(0.5, 0.5) == before
    one.after(lambda: one.page.click("#clear"))


def test_another_picture_is_offered_as_a_reference_and_a_grey_one_is_opened(
    one: Person, pictures: Path
) -> None:
    one.drop(pictures / "garden.png")
    assert one.message == "garden.png is in colour."
    one.after(lambda: one.page.click("text=Use as a reference"))
    settings = one.document()["settings"]
    assert settings["reference"].endswith("-garden.png") and one.page.is_checked("#refer")
    one.after(lambda: one.page.uncheck("#refer"))
    one.page.click("#forget")
    assert one.page.is_hidden("#reference-view")
    one.page.set_input_files("#version", str(pictures / "garden.png"))
    assert "something else" in one.message
    one.after(lambda: one.drop(pictures / "grey.png"))
    assert one.page.inner_text("#pictures option:checked") == "grey.png"
    one.after(lambda: one.page.select_option("#pictures", label="photo.png"))


def test_of_several_references_the_matched_places_are_shown(one: Person, pictures: Path) -> None:
    names = [str(pictures / name) for name in ("garden.png", "service.png")]
    one.page.set_input_files("#reference", names)
    one.page.wait_for_function("document.querySelectorAll('#references canvas').length == 2")
    one.after(lambda: one.page.check("#refer"))
    assert "several-" in one.document()["settings"]["reference"]
    one.page.check("#matched")
    one.page.wait_for_function("window.studio.state.matched")
    assert (overlay(one, "matched") or 0) > 20
    surest = one.page.evaluate(SUREST)
    one.page.uncheck("#matched")
    assert overlay(one, "matched") is None
    plain = one.page.evaluate("document.getElementById('reference-view').toDataURL()")
    one.page.mouse.move(*one.screen(*surest))
    told = "document.getElementById('reference-view').toDataURL()"
    one.page.wait_for_function(f"before => {told} !== before", arg=plain)  # a frame at the place
    one.page.hover("#reference-view")
    one.page.wait_for_function("window.studio.state.alike")
    assert 0 < (overlay(one, "alike") or 0) < 120  # some of the photograph, not all
    one.after(lambda: one.page.uncheck("#refer"))
    assert one.document()["settings"] == {}


def test_a_draft_of_a_series_is_offered_kept_or_thrown_away(
    browser: Any, tmp_path: Path, tiny_weights: Path
) -> None:
    studio = Studio(tmp_path, tiny_weights)
    draft = studio.photo.with_name(studio.photo.name + DRAFT)
    person = Person(browser.new_page(viewport=VIEWPORT))
    try:
        for answer, marks in (("Throw away", 0), ("Show and keep", 1)):
            write_hints(draft, Hints((disc(0.5, 0.25, 0.01, "#c03020"),)))
            person.go(studio.address)
            assert person.message.startswith("One mark was carried here from other photographs")
            assert person.document()["marks"] == []  # nothing is taken unasked
            person.page.click(f"text={answer}")
            person.until(f"window.studio.state.history.now.marks.length == {marks}")
            for _ in range(200):
                if not draft.exists():
                    break
                person.page.wait_for_timeout(20)
            assert not draft.exists()
        person.saved(1)
        assert studio.kept["marks"][0]["color"] == "#c03020"
    finally:
        person.page.close()
        studio.stop()
    assert not person.errors
