"""Marks by mouse, pen and keyboard."""

from __future__ import annotations

import pytest

from .person import Person, bluish, reddish


def test_points_and_strokes_are_answered_moved_recoloured_and_deleted(person: Person) -> None:
    person.colour("#d03020")
    person.after(lambda: person.click(0.3, 0.4))
    assert reddish(person.shown(0.3, 0.4))
    assert person.document()["marks"][0]["color"] == "#d03020"

    person.tool("stroke")
    person.page.keyboard.press("Escape")  # the point is no longer chosen
    person.colour("#2040d0")
    person.after(lambda: person.drag((0.6, 0.7), (0.8, 0.7)))
    assert bluish(person.shown(0.7, 0.7))
    assert len(person.document()["marks"][1]["path"]) > 3

    person.tool("move")
    person.after(lambda: person.drag((0.3, 0.4), (0.4, 0.2)))
    assert person.document()["marks"][0]["at"] == pytest.approx([0.4, 0.2], abs=0.01)
    assert reddish(person.shown(0.4, 0.2))

    person.after(lambda: person.colour("#20a030"))
    rgb = person.shown(0.4, 0.2)
    assert rgb[1] > rgb[0] + 25

    person.after(lambda: person.page.click("#remove"))
    assert len(person.document()["marks"]) == 1


def test_everything_is_undone_and_redone(person: Person) -> None:
    for x in (0.2, 0.5, 0.8):
        person.after(lambda x=x: person.click(x, 0.5))
    for left in (2, 1, 0):
        person.after(lambda: person.page.click("#undo"))
        assert len(person.document()["marks"]) == left
    person.after(lambda: person.page.keyboard.press("Control+y"))
    person.after(lambda: person.page.click("#redo"))
    assert len(person.document()["marks"]) == 2
    person.after(lambda: person.page.keyboard.press("Control+z"))
    assert len(person.document()["marks"]) == 1


def test_regions_are_filled_and_others_share_one_colour(person: Person) -> None:
    person.colour("#d03020")
    person.tool("fill")
    for corner in ((0.1, 0.1), (0.3, 0.1), (0.3, 0.3)):
        person.click(*corner)
    person.after(lambda: person.page.keyboard.press("Enter"))
    assert len(person.document()["marks"][0]["polygon"]) == 3
    assert reddish(person.shown(0.27, 0.15))
    person.page.keyboard.press("Escape")
    person.tool("same")
    person.click(0.27, 0.15)
    person.after(lambda: person.click(0.8, 0.8))
    assert len(person.document()["same"]) == 1


def test_the_keyboard_alone_is_enough(person: Person) -> None:
    person.page.focus("#stage")
    for key in ("ArrowRight", "ArrowRight", "ArrowDown"):
        person.page.keyboard.press(f"Shift+{key}")
    person.after(lambda: person.page.keyboard.press("Enter"))
    (mark,) = person.document()["marks"]
    assert mark["at"] == pytest.approx([0.6, 0.55])
    person.page.keyboard.press("v")  # Move chooses it
    person.page.keyboard.press("Enter")
    person.page.keyboard.press("Enter")
    person.page.focus("#wheel")
    person.after(lambda: person.page.keyboard.press("ArrowUp"))
    assert person.document()["marks"][0]["color"] != mark["color"]
    person.page.focus("#stage")
    person.after(lambda: person.page.keyboard.press("g"))
    assert person.document()["marks"][0]["color"] == "grey"
    person.after(lambda: person.page.keyboard.press("Delete"))
    assert person.document()["marks"] == []

    person.page.keyboard.press("f")
    for key in ("ArrowLeft", "ArrowUp", "ArrowRight", "ArrowDown"):
        person.page.keyboard.press("Enter")
        person.page.keyboard.press(f"Shift+{key}")
    person.page.keyboard.press("Enter")
    person.after(lambda: person.page.keyboard.press("Enter"))
    assert len(person.document()["marks"][0]["polygon"]) == 5
    person.page.keyboard.press("s")
    person.page.keyboard.press("Enter")
    person.page.keyboard.press("Shift+ArrowUp")
    person.page.keyboard.press("Shift+ArrowUp")
    person.after(lambda: person.page.keyboard.press("Enter"))
    assert len(person.document()["marks"][1]["path"]) == 3


def test_a_pen_draws_as_a_mouse_does(person: Person) -> None:
    person.tool("stroke")
    person.colour("#d03020")
    pen = """(places) => {
      const stage = document.getElementById("stage");
      const send = (kind, [x, y], pressure) => stage.dispatchEvent(new PointerEvent(kind, {
        pointerType: "pen", pointerId: 7, isPrimary: true, bubbles: true, button: 0, buttons: 1,
        clientX: x, clientY: y, pressure }));
      stage.setPointerCapture = () => {};
      send("pointerdown", places[0], 0.5);
      for (const place of places) send("pointermove", place, 0.5);
      send("pointerup", places.at(-1), 0);
    }"""
    places = [person.screen(0.3 + 0.05 * i, 0.5) for i in range(5)]
    person.after(lambda: person.page.evaluate(pen, places))
    assert len(person.document()["marks"][0]["path"]) >= 2
    assert reddish(person.shown(0.4, 0.5))


def test_the_keyboard_moves_marks_pans_and_reaches_every_control(person: Person) -> None:
    person.page.focus("#stage")
    person.after(lambda: person.page.keyboard.press("Enter"))
    person.page.keyboard.press("v")
    person.page.keyboard.press("Enter")
    person.page.keyboard.press("Shift+ArrowRight")
    person.page.mouse.move(*person.screen(0.1, 0.1))  # hovering moves nothing
    person.after(lambda: person.page.keyboard.press("Enter"))
    assert person.document()["marks"][0]["at"] == pytest.approx([0.55, 0.5])

    person.page.keyboard.press("+")
    before = person.page.evaluate("window.studio.view()")
    person.page.keyboard.press("h")
    person.page.keyboard.press("Shift+ArrowLeft")
    assert person.page.evaluate("window.studio.view()")[0] < before[0]

    person.choose_in_list(1)  # its colours are at hand
    reached = tabbed(person)
    if person.page.is_visible("#panel-shown"):
        person.unfold(True)
        reached |= tabbed(person)
    assert {"file", "stage", "wheel", "palette", "reference", "load", "export"} <= reached


def test_all_that_is_said_stands_in_a_list_and_can_go(person: Person) -> None:
    person.tool("stroke")
    person.after(lambda: person.drag((0.2, 0.8), (0.8, 0.8)))
    person.after(
        lambda: person.page.evaluate(
            "() => { const { history } = window.studio.state;"
            " const path = [[0.2, 0.8], [0.8, 0.8]];"
            " history.push({ ...history.now, marks: [{ ...history.now.marks[0], path }] });"
            " document.getElementById('undo').click(); document.getElementById('redo').click(); }"
        )
    )
    person.page.keyboard.press("Escape")
    person.tool("move")
    person.click(0.5, 0.8)  # between its ends
    assert person.page.evaluate("window.studio.state.chosen") == {"list": "marks", "place": 0}

    person.tool("same")
    person.click(0.3, 0.3)
    person.after(lambda: person.click(0.7, 0.3))
    person.page.keyboard.press("Escape")
    person.tool("move")
    person.click(0.5, 0.5)  # nothing is there
    assert person.page.evaluate("window.studio.state.chosen") is None
    person.after(lambda: person.drag((0.7, 0.3), (0.7, 0.4)))
    pair = person.document()["same"][0]
    assert [region["at"][1] for region in pair] == pytest.approx([0.4, 0.4], abs=0.02)

    person.unfold(True)
    lines = person.page.locator("#list button:not(.eye)")
    assert [text.split()[0] for text in lines.all_inner_texts()] == ["Line", "Same"]
    lines.nth(1).click()
    person.after(lambda: person.page.keyboard.press("Delete"))
    assert person.document()["same"] == [] and len(person.document()["marks"]) == 1


def test_the_reach_of_a_mark_is_chosen_shown_and_kept(person: Person) -> None:
    person.colour("#d03020")
    person.after(lambda: person.click(0.3, 0.4))
    page = person.page
    assert page.text_content("#reach-words") == "the thing"
    person.unfold(True)
    slider = page.locator("#reach")
    with page.expect_response("**/reach") as answer:
        slider.hover()
    assert answer.value.ok
    page.wait_for_function("window.studio.state.reach !== null")
    person.after(lambda: slider.fill("0"))
    assert page.text_content("#reach-words") == "only here"
    document = person.document()
    assert document["version"] == 2 and document["marks"][0]["reach"] == 0
    person.after(lambda: slider.fill("0.5"))
    assert "reach" not in person.document()["marks"][0]
    page.mouse.move(5, 5)
    slider.blur()
    page.wait_for_function("window.studio.state.reach === null")


def test_a_mark_that_is_pointed_at_shows_its_reach(person: Person) -> None:
    page = person.page
    person.colour("#d03020")
    person.after(lambda: person.click(0.3, 0.4))
    page.keyboard.press("Escape")
    page.mouse.move(*person.screen(0.8, 0.8))
    assert page.evaluate("window.studio.state.reach") is None
    for pointed in (person.screen(0.3, 0.4), None):
        with page.expect_response("**/reach") as answer:
            page.mouse.move(*pointed) if pointed else page.hover("#list button")
        assert answer.value.ok
        person.until("window.studio.state.reach !== null")
        page.mouse.move(*person.screen(0.8, 0.8))
        person.until("window.studio.state.reach === null")


def tabbed(person: Person) -> set[str]:
    """What Tab comes to, from the list of photographs on."""
    person.page.focus("#pictures")
    reached = set()
    for _ in range(60):
        person.page.keyboard.press("Tab")
        reached.add(person.page.evaluate("document.activeElement.id"))
    return reached
