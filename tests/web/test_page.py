"""The studio in a browser, step by step as a person would; skipped where there is no browser."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from chromafield.data.synthetic import scene

playwright = pytest.importorskip("playwright.sync_api")
BROWSER = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
if BROWSER is None:
    print("No browser found: the studio's page is not tested. Install chromium, or set CHROMIUM.")
pytestmark = pytest.mark.skipif(BROWSER is None, reason="no chromium, google-chrome or $CHROMIUM")

FLAGS = (
    *("--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--use-angle=swiftshader"),
    "--enable-unsafe-swiftshader",
)
# What the canvas shows at a place of the picture.
SHOWN = """([x, y]) => {
  const [left, top, fx, fy] = window.studio.view();
  const paint = document.getElementById("paint");
  const copy = document.createElement("canvas");
  [copy.width, copy.height] = [paint.width, paint.height];
  const context = copy.getContext("2d");
  context.drawImage(paint, 0, 0);
  const at = [(x - left) * fx * paint.width, (y - top) * fy * paint.height].map(Math.round);
  return [...context.getImageData(...at, 1, 1).data];
}"""
SCREEN = """([x, y]) => {
  const box = document.getElementById("stage").getBoundingClientRect();
  const [left, top, fx, fy] = window.studio.view();
  return [box.left + (x - left) * fx * box.width, box.top + (y - top) * fy * box.height];
}"""


class Studio:
    """A served folder with one picture."""

    def __init__(self, folder: Path, weights: Path) -> None:
        grey = scene(np.random.default_rng(3), 180, 240).mean(2).astype(np.uint8)
        self.photo = folder / "photo.png"
        Image.fromarray(grey).save(self.photo)
        self.weights = weights
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-m", "chromafield", "studio", str(self.photo), "--port", "0"]
        command += ["--no-browser", "--model", str(self.weights), "--device", "cpu"]
        own = os.environ | {"XDG_DATA_HOME": str(self.photo.parent / "data")}
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=own)
        assert self.process.stdout is not None
        self.address = self.process.stdout.readline().strip()

    def stop(self) -> None:
        self.process.kill()
        self.process.communicate()

    @property
    def kept(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(
            (self.photo.with_name("photo.png.hints.json")).read_text()
        )
        return told


class Person:
    """Somebody at the page."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def go(self, address: str) -> None:
        self.page.goto(address)
        self.page.wait_for_function("document.getElementById('stage').dataset.painted")

    @property
    def painted(self) -> int:
        return int(self.page.evaluate("Number(document.getElementById('stage').dataset.painted)"))

    def after(self, act: Any) -> None:
        """Do something that asks for a new painting, and wait for it."""
        before = self.painted
        act()
        told = f"Number(document.getElementById('stage').dataset.painted) > {before}"
        self.page.wait_for_function(told)

    def screen(self, x: float, y: float) -> tuple[float, float]:
        at = self.page.evaluate(SCREEN, [x, y])
        return at[0], at[1]

    def click(self, x: float, y: float) -> None:
        self.page.mouse.click(*self.screen(x, y))

    def drag(self, *places: tuple[float, float]) -> None:
        mouse = self.page.mouse
        mouse.move(*self.screen(*places[0]))
        mouse.down()
        for place in places[1:]:
            mouse.move(*self.screen(*place), steps=4)
        mouse.up()

    def shown(self, x: float, y: float) -> list[int]:
        rgba: list[int] = self.page.evaluate(SHOWN, [x, y])
        return rgba[:3]

    def document(self) -> dict[str, Any]:
        told: dict[str, Any] = self.page.evaluate("window.studio.state.history.now")
        return told

    def tool(self, name: str) -> None:
        self.page.click(f"[data-tool={name}]")

    def colour(self, hex_: str) -> None:
        self.page.evaluate(
            "hex => { const box = document.getElementById('color'); box.value = hex;"
            " box.dispatchEvent(new Event('input')); }",
            hex_,
        )


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as engine:
        browser = engine.chromium.launch(executable_path=BROWSER, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def studio(tmp_path: Path, tiny_weights: Path) -> Iterator[Studio]:
    studio = Studio(tmp_path, tiny_weights)
    yield studio
    studio.stop()


@pytest.fixture
def person(browser: Any, studio: Studio) -> Iterator[Person]:
    page = browser.new_page(viewport={"width": 1200, "height": 800})
    person = Person(page)
    person.go(studio.address)
    yield person
    page.close()
    assert not person.errors


def reddish(rgb: list[int]) -> bool:
    return rgb[0] > rgb[1] + 25 and rgb[0] > rgb[2] + 25


def bluish(rgb: list[int]) -> bool:
    return rgb[2] > rgb[0] + 25


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


def test_colours_come_from_the_wheel_suggestions_the_palette_and_the_picture(
    person: Person, tmp_path: Path
) -> None:
    person.after(lambda: person.click(0.3, 0.4))
    person.page.wait_for_selector("#suggestions button")
    before = person.document()["marks"][0]["color"]
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


def test_the_keyboard_alone_is_enough(person: Person) -> None:
    person.page.focus("#stage")
    for key in ("ArrowRight", "ArrowRight", "ArrowDown"):
        person.page.keyboard.press(f"Shift+{key}")
    person.after(lambda: person.page.keyboard.press("Enter"))
    (mark,) = person.document()["marks"]
    assert mark["at"] == pytest.approx([0.6, 0.55])
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


def test_what_is_done_outlives_the_server_and_the_page(
    person: Person, studio: Studio, browser: Any
) -> None:
    person.after(lambda: person.click(0.3, 0.4))
    person.page.wait_for_function("document.getElementById('stage').dataset.saved == '1'")
    assert len(studio.kept["marks"]) == 1
    studio.stop()
    person.click(0.6, 0.6)
    person.page.wait_for_selector("#message:not([hidden])")
    assert "The studio has ended" in person.page.inner_text("#message")
    studio.start()
    page = browser.new_page()
    Person(page).go(studio.address)
    assert len(page.evaluate("window.studio.state.history.now")["marks"]) == 1
    page.close()


def test_a_second_window_does_not_overwrite_the_first(
    person: Person, studio: Studio, browser: Any
) -> None:
    page = browser.new_page(viewport={"width": 1200, "height": 800})
    other = Person(page)
    other.go(studio.address)
    person.after(lambda: person.click(0.3, 0.4))
    person.page.wait_for_function("document.getElementById('stage').dataset.saved == '1'")
    other.after(lambda: other.click(0.6, 0.6))
    page.wait_for_selector("#message:not([hidden])")
    assert "changed in another window" in page.inner_text("#message")
    assert len(studio.kept["marks"]) == 1 and studio.kept["marks"][0]["at"][0] < 0.4
    page.close()


def test_a_picture_is_dropped_in_and_what_is_exported_is_the_command_lines(
    person: Person, studio: Studio, tmp_path: Path
) -> None:
    person.after(lambda: person.click(0.3, 0.4))
    with person.page.expect_download() as download:
        person.page.click("#export")
    told = tmp_path / "told.json"
    told.write_text(json.dumps(person.document()))
    out = tmp_path / "out.png"
    command = [sys.executable, "-m", "chromafield", "colorize", str(studio.photo)]
    command += ["--hints", str(told), "--model", str(studio.weights), "-o", str(out)]
    subprocess.run(command, check=True, capture_output=True)
    assert Path(download.value.path()).read_bytes() == out.read_bytes()
    with person.page.expect_download() as download:
        person.page.click("#layer")
    with Image.open(download.value.path()) as layer:
        assert layer.mode == "RGBA"
    with person.page.expect_download() as download:
        person.page.click("#hints")
    assert json.loads(Path(download.value.path()).read_text()) == person.document()

    Image.fromarray(np.full((60, 80), 90, np.uint8)).save(tmp_path / "other.png")
    person.after(lambda: person.page.set_input_files("#file", str(tmp_path / "other.png")))
    person.page.wait_for_function("document.getElementById('status').textContent.startsWith('80 ')")
    assert person.document()["marks"] == []
    person.page.set_input_files("#load", str(told))
    person.page.wait_for_function("window.studio.state.history.now.marks.length == 1")


def test_a_file_that_is_no_picture_is_a_sentence(person: Person, tmp_path: Path) -> None:
    (tmp_path / "none.png").write_bytes(b"nothing")
    person.page.set_input_files("#file", str(tmp_path / "none.png"))
    person.page.wait_for_selector("#message:not([hidden])")
    assert "none.png" in person.page.inner_text("#message")
