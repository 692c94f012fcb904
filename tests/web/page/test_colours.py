"""Where colours come from."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from PIL import Image

from chromafield.settings import defaults

from .person import Person, Studio


def test_colours_come_from_the_wheel_suggestions_the_palette_and_the_picture(
    person: Person, tmp_path: Path
) -> None:
    person.after(lambda: person.click(0.3, 0.4))
    person.page.wait_for_selector("#suggestions button")
    before = person.document()["marks"][0]["color"]
    person.choose_in_list(1)
    person.after(lambda: person.page.click("#suggestions button:nth-child(3)"))
    suggested = person.document()["marks"][0]["color"]
    assert suggested != before

    wheel = person.page.locator("#wheel").bounding_box()
    middle = (wheel["x"] + wheel["width"] / 2, wheel["y"] + wheel["height"] / 2)
    person.after(lambda: person.page.mouse.click(middle[0] + 12, middle[1] - 12))
    assert person.document()["marks"][0]["color"] != suggested
    now = person.document()
    person.page.mouse.click(wheel["x"] + 2, wheel["y"] + 2)  # no colour exists there
    assert person.document() == now

    person.page.fill("#palette", "#a03020, #204060")
    person.after(lambda: person.page.press("#palette", "Enter"))
    assert person.document()["settings"]["palette"] == "#a03020,#204060"
    person.after(lambda: person.page.click("#swatches button:nth-child(2)"))
    assert person.document()["marks"][0]["color"] == "#204060"

    person.page.keyboard.press("Escape")
    person.tool("pick")
    person.click(0.3, 0.4)
    assert person.page.inner_text("#hex") != "#204060"

    levels = np.random.default_rng(0).integers(0, 255, (6, 6, 3), dtype=np.uint8)
    reference = Image.fromarray(levels).resize((80, 80))
    reference.paste((10, 200, 30), (30, 30, 50, 50))
    reference.save(tmp_path / "reference.png")
    person.page.set_input_files("#reference", str(tmp_path / "reference.png"))
    person.unfold(True)
    person.page.wait_for_selector("#reference-view:not([hidden])")
    person.page.click("#reference-view")
    assert person.page.inner_text("#hex") == "#0ac81e"
    person.after(lambda: person.page.check("#refer"))
    settings = person.document()["settings"]
    assert settings["reference"].endswith("-reference.png") and settings["reference_strength"] == 1
    person.after(lambda: person.page.uncheck("#refer"))
    assert "reference" not in person.document()["settings"]

    Image.linear_gradient("L").save(tmp_path / "another.png")
    person.after(lambda: person.page.set_input_files("#file", str(tmp_path / "another.png")))
    assert person.page.is_hidden("#reference-view")  # it lies beside the other picture's hints
    assert person.page.is_disabled("#refer")


def test_a_colour_that_is_picked_belongs_to_the_next_mark(person: Person) -> None:
    colors = ["#a03020", "#d08030", "#308040", "#204060", "#8040a0", "#808080"]
    for number, color in enumerate(colors):
        person.colour(color)
        person.after(lambda x=0.1 + 0.15 * number: person.click(x, 0.4))
    assert [mark["color"] for mark in person.document()["marks"]] == colors
    person.colour("#00a0a0")  # for a seventh, which never comes
    assert [mark["color"] for mark in person.document()["marks"]] == colors

    person.choose_in_list(2)
    person.after(lambda: person.colour("#c0c040"))
    assert [mark["color"] for mark in person.document()["marks"]][1] == "#c0c040"


def test_samples_stand_side_by_side_and_one_is_kept_for_all_or_for_a_region(
    person: Person,
) -> None:
    automatic = [person.shown(x, 0.3) for x in (0.2, 0.7)]
    person.page.click("#more")
    person.page.wait_for_function("document.querySelectorAll('#samples img').length == 4")
    sizes = "[...document.querySelectorAll('#samples img')].map(i => i.naturalWidth)"
    person.page.wait_for_function(f"{sizes}.every(width => width > 0)")
    person.after(lambda: person.page.click("#samples button:nth-child(2)"))
    assert person.document()["settings"]["sample"] == [0, 2]
    whole = [person.shown(x, 0.3) for x in (0.2, 0.7)]
    assert whole != automatic
    person.after(lambda: person.page.click("#automatic"))
    again = np.array([person.shown(x, 0.3) for x in (0.2, 0.7)])
    assert np.abs(again - automatic).max() <= 3  # the row of samples has taken room of the stage

    person.tool("fill")
    for corner in ((0.05, 0.1), (0.4, 0.1), (0.4, 0.6), (0.05, 0.6)):
        person.click(*corner)
    person.after(lambda: person.page.keyboard.press("Enter"))
    person.after(lambda: person.page.click("#samples button:nth-child(3)"))
    (mark,) = person.document()["marks"]
    assert mark["sample"] == [0, 3] and "color" not in mark
    outside = np.array(person.shown(0.7, 0.3))
    assert np.abs(outside - automatic[1]).max() <= 3  # nothing changed


def test_a_palette_is_kept_as_it_is_and_what_is_no_colour_is_said(
    person: Person, tmp_path: Path
) -> None:
    levels = np.random.default_rng(0).integers(0, 255, (8, 8, 3), dtype=np.uint8)
    Image.fromarray(levels).save(tmp_path / "colours.png")
    told = {"chromafield": "hints", "version": 1, "settings": {"palette": "colours.png"}}
    (tmp_path / "told.json").write_text(json.dumps(told))
    person.after(lambda: person.page.set_input_files("#load", str(tmp_path / "told.json")))
    assert person.page.input_value("#palette-strength") == str(defaults["palette_strength"])
    person.after(lambda: person.slide("palette-strength", 0.7))
    assert person.document()["settings"] == {"palette": "colours.png", "palette_strength": 0.7}

    person.page.fill("#palette", "#248 80c0ff")
    person.after(lambda: person.page.press("#palette", "Enter"))
    assert person.document()["settings"]["palette"] == "#224488,#80c0ff"
    person.page.fill("#palette", "bluish")
    person.page.press("#palette", "Enter")
    assert "bluish" in person.message
    assert person.document()["settings"]["palette"] == "#224488,#80c0ff"


def test_saving_takes_nothing_from_who_is_writing(person: Person) -> None:
    person.page.fill("#palette", "#248")
    person.page.press("#palette", "Enter")
    person.page.fill("#palette", "#80c")
    person.saved(1)
    assert person.page.input_value("#palette") == "#80c"


def test_strength_is_kept_and_exported(person: Person, studio: Studio) -> None:
    person.colour("#d03020")
    person.after(lambda: person.click(0.3, 0.4))
    whole = person.shown(0.3, 0.4)
    person.after(lambda: person.slide("strength", 0.3))
    assert person.document()["settings"] == {"strength": 0.3}
    faint = person.shown(0.3, 0.4)
    assert 0 < faint[0] - faint[2] < 0.6 * (whole[0] - whole[2])
    with person.page.expect_download() as download:
        person.page.click("#export")
    with Image.open(download.value.path()) as exported:
        found = exported.getpixel((int(0.3 * 240), int(0.4 * 180)))
    assert np.abs(np.array(found) - faint).max() < 12
    person.after(lambda: person.page.click("#undo"))
    assert person.document()["settings"] == {} and person.page.input_value("#strength") == "1"


def test_the_network_is_chosen_from_a_menu(person: Person) -> None:
    menu = person.page.locator("#network")
    names = menu.locator("option").all_inner_texts()
    assert "paper-cnn" in names and "zhang2016" not in names  # which has no weights
    person.after(lambda: menu.select_option("paper-cnn"))
    assert person.document()["settings"] == {"model": "paper-cnn"}
    person.after(lambda: person.page.keyboard.press("Control+z"))
    assert menu.input_value() == "" and person.document()["settings"] == {}
