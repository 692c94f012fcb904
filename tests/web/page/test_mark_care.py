"""Marks are hidden, copied, sized and bent; what they were before; the histogram and the tour."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .person import VIEWPORT, Person

TOUR = """() => {
  const { left, top, right, bottom } = document.getElementById("tour").getBoundingClientRect();
  return left >= 0 && top >= 0 && right <= innerWidth && bottom <= innerHeight;
}"""


@pytest.fixture(autouse=True)
def clear(one: Person) -> Iterator[None]:
    yield
    if one.page.is_enabled("#clear"):
        one.after(lambda: one.page.click("#clear"))
    one.page.keyboard.press("Escape")


def area(one: Person) -> None:
    """A region with three corners, chosen."""
    one.colour("#d03020")
    one.tool("fill")
    for corner in ((0.2, 0.2), (0.6, 0.2), (0.4, 0.6)):
        one.click(*corner)
    one.after(lambda: one.page.keyboard.press("Enter"))
    one.page.keyboard.press("Escape")


def test_a_hidden_mark_gives_no_colour_and_comes_back(one: Person) -> None:
    before = one.shown(0.4, 0.3)
    area(one)
    colored = one.shown(0.4, 0.3)
    assert colored != before
    one.after(lambda: one.page.click("#list .eye"))
    assert one.shown(0.4, 0.3) == before and one.document()["marks"][0]["hidden"] is True
    one.tool("move")
    one.click(0.4, 0.3)  # what is hidden cannot be taken in the picture
    assert one.page.is_disabled("#remove")
    one.after(lambda: one.page.click("#list .eye"))
    assert one.shown(0.4, 0.3) == colored and "hidden" not in one.document()["marks"][0]


def test_a_corner_is_moved_alone_and_a_line_bends(one: Person) -> None:
    area(one)
    one.tool("move")
    one.click(0.4, 0.3)
    one.after(lambda: one.drag((0.6, 0.2), (0.8, 0.1)))
    first, second, third = one.document()["marks"][0]["polygon"]
    assert second == pytest.approx([0.8, 0.1], abs=0.01)
    assert first == pytest.approx([0.2, 0.2], abs=0.01)
    assert third == pytest.approx([0.4, 0.6], abs=0.01)
    one.page.keyboard.press("Escape")
    one.tool("stroke")
    one.after(lambda: one.drag((0.2, 0.8), (0.5, 0.8), (0.8, 0.8)))
    one.page.keyboard.press("Escape")
    one.tool("move")
    one.click(0.35, 0.8)
    one.after(lambda: one.drag((0.5, 0.8), (0.5, 0.9)))
    heights = [y for _, y in one.document()["marks"][1]["path"]]
    assert max(heights) == pytest.approx(0.9, abs=0.01) and heights[0] < 0.85 > heights[-1]


def test_what_a_mark_was_before_is_offered_again(one: Person) -> None:
    area(one)
    one.choose_in_list(1)
    for color in ("#20a030", "#2040d0"):
        one.after(lambda color=color: one.colour(color))
    one.unfold(True)
    forms = one.page.locator("#earlier-forms button")
    assert forms.count() == 2
    assert "2 changes ago: Area #d03020" in forms.nth(1).get_attribute("title")
    one.after(forms.nth(1).click)
    assert one.document()["marks"][0]["color"] == "#d03020"
    one.after(lambda: one.page.click("#copy"))
    assert len(one.document()["marks"]) == 2
    assert one.page.is_hidden("#earlier")  # the copy was nothing before


def test_the_size_is_the_chosen_marks_or_the_next_ones(one: Person) -> None:
    one.tool("point")
    one.after(lambda: one.click(0.3, 0.4))
    one.page.keyboard.press("Escape")
    one.choose_in_list(1)
    one.after(lambda: one.slide("radius", 0.04))
    assert one.document()["marks"][0]["radius"] == 0.04
    one.page.keyboard.press("Escape")
    assert one.page.input_value("#radius") == "0.012"
    one.slide("radius", 0.02)
    one.after(lambda: one.click(0.7, 0.7))
    assert [mark["radius"] for mark in one.document()["marks"]] == [0.04, 0.02]
    one.page.keyboard.press("Escape")
    one.slide("radius", 0.012)


def test_the_histogram_shows_what_colours_there_are(one: Person) -> None:
    bright = """() => {
      const canvas = document.getElementById("spectrum");
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      return data.filter((_, i) => i % 4 === 3).map(Number).filter((alpha) => alpha > 120).length;
    }"""
    few = one.page.evaluate(bright)
    area(one)
    assert one.page.evaluate(bright) > few > 0
    one.after(lambda: one.slide("strength", 0))
    assert one.page.evaluate(bright) == 1  # all is grey
    assert "is 0; 0 is grey" in one.page.inner_text("#chroma")
    one.after(lambda: one.slide("strength", 1))


@pytest.mark.parametrize("size", [(1200, 800), (360, 740)])
def test_the_tour_has_five_steps_and_can_be_skipped(one: Person, size: tuple[int, int]) -> None:
    page = one.page
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.keyboard.press("?")
    page.click("#tour-again")
    for number in range(1, 6):
        assert page.inner_text("#tour-step") == f"{number} of 5"
        assert page.evaluate(TOUR) and page.locator(".toured").count() == 1
        page.click("#tour-next")
    assert page.is_hidden("#tour") and page.locator(".toured").count() == 0
    page.keyboard.press("?")
    page.click("#tour-again")
    page.keyboard.press("Escape")
    assert page.is_hidden("#tour")
    page.set_viewport_size(VIEWPORT)
