"""Fingers, pens, wheels: what zooms never marks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from .person import Person, Studio

PEN = """([places, force]) => {
  const stage = document.getElementById("stage");
  stage.setPointerCapture = () => {};
  const send = (kind, [x, y], pressure) => stage.dispatchEvent(new PointerEvent(kind, {
    pointerType: "pen", pointerId: 7, isPrimary: true, bubbles: true, button: 0, buttons: 1,
    clientX: x, clientY: y, pressure }));
  send("pointerdown", places[0], force);
  for (const place of places) send("pointermove", place, force);
  send("pointerup", places.at(-1), 0);
}"""


class Hand:
    """Fingers on the picture."""

    def __init__(self, person: Person) -> None:
        self.person = person
        self.session = person.page.context.new_cdp_session(person.page)

    def put(self, kind: str, *places: tuple[float, float]) -> None:
        points = [
            {"x": x, "y": y, "id": i}
            for i, (x, y) in enumerate(self.person.screen(*place) for place in places)
        ]
        self.session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    def swipe(self, *steps: list[tuple[float, float]]) -> None:
        """The places of all fingers at each step."""
        pixels = [[self.person.screen(*place) for place in step] for step in steps]
        kinds = ["touchStart"] + ["touchMove"] * (len(steps) - 1)
        for kind, step in zip(kinds, pixels, strict=True):
            points = [{"x": x, "y": y, "id": i} for i, (x, y) in enumerate(step)]
            self.session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        self.session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


@pytest.fixture
def touching(browser: Any, studio: Studio) -> Iterator[Person]:
    page = browser.new_page(viewport={"width": 800, "height": 600}, has_touch=True)
    person = Person(page)
    person.go(studio.address)
    yield person
    page.close()
    assert not person.errors


def test_two_fingers_zoom_and_pan_and_never_mark(touching: Person) -> None:
    hand = Hand(touching)
    before = touching.page.evaluate("window.studio.view()")
    hand.swipe(
        [(0.45, 0.5)],
        [(0.45, 0.5), (0.55, 0.5)],
        [(0.40, 0.5), (0.60, 0.5)],
        [(0.30, 0.5), (0.70, 0.5)],
    )
    after = touching.page.evaluate("window.studio.view()")
    assert after[2] > 2 * before[2]
    hand.swipe([(0.5, 0.5)], [(0.5, 0.55)], [(0.45, 0.6)])  # one finger moves the view
    assert touching.page.evaluate("window.studio.view()")[1] < after[1]
    touching.page.wait_for_timeout(300)
    assert touching.document()["marks"] == []

    touching.page.keyboard.press("0")
    touching.tool("stroke")
    hand.swipe([(0.3, 0.3)], [(0.32, 0.3)], [(0.34, 0.3), (0.6, 0.5)], [(0.3, 0.3), (0.7, 0.5)])
    touching.page.wait_for_timeout(300)
    assert touching.document()["marks"] == []

    touching.page.keyboard.press("0")
    touching.tool("point")
    touching.after(lambda: hand.swipe([(0.3, 0.4)]))
    (mark,) = touching.document()["marks"]
    assert mark["at"] == pytest.approx([0.3, 0.4], abs=0.01)


def test_a_wheel_zooms_by_as_much_as_it_turns_about_the_pointer(person: Person) -> None:
    place = person.screen(0.3, 0.4)
    person.page.mouse.move(*place)
    before = person.page.evaluate("window.studio.view()")
    for _ in range(20):
        person.page.mouse.wheel(0, -2)
    person.page.wait_for_timeout(200)
    after = person.page.evaluate("window.studio.view()")
    assert 1.02 < after[2] / before[2] < 1.3
    assert person.screen(0.3, 0.4) == pytest.approx(place, abs=1)
    person.page.mouse.wheel(-50, 0)
    person.page.wait_for_timeout(200)
    assert person.page.evaluate("window.studio.view()") == after


def test_a_pen_that_is_pressed_harder_draws_wider(person: Person) -> None:
    person.tool("stroke")
    for row, force in ((0.3, 0.2), (0.7, 0.9)):
        places = [person.screen(0.3 + 0.05 * i, row) for i in range(5)]
        person.after(lambda places=places, force=force: person.page.evaluate(PEN, [places, force]))
        person.page.keyboard.press("Escape")
    light, hard = (mark["radius"] for mark in person.document()["marks"])
    assert hard > 2 * light


def test_side_by_side_and_before_show_the_grey_picture(person: Person) -> None:
    person.colour("#d03020")
    person.after(lambda: person.click(0.3, 0.4))
    person.page.keyboard.press("Escape")
    colored = person.shown(0.3, 0.4)
    person.page.keyboard.down("b")
    grey = person.shown(0.3, 0.4)
    assert max(grey) - min(grey) <= 3 < max(colored) - min(colored)
    person.page.keyboard.up("b")
    assert person.shown(0.3, 0.4) == colored

    person.page.keyboard.press("c")
    box = person.page.locator("#stage").bounding_box()
    left, top, fx, fy = person.page.evaluate("window.studio.view()")
    x = box["x"] + box["width"] * (0.5 + (0.6 - left) * fx / 2)
    person.after(lambda: person.page.mouse.click(x, box["y"] + (0.7 - top) * fy * box["height"]))
    assert person.document()["marks"][1]["at"] == pytest.approx([0.6, 0.7], abs=0.01)
