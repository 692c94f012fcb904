"""The studio's pictures in the docs: twelve states and an animation, of scikit-image's photographs.

    python benchmarks/screenshot.py docs/images/studio

Needs the extra `studio`, Playwright, scikit-image, and Chromium on the path or in $CHROMIUM.
"""

from __future__ import annotations

import base64
import io
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import sync_playwright
from skimage import data

FLAGS = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
READY = "document.getElementById('stage').dataset.painted"
WINDOW = {"width": 1200, "height": 720}
SCREEN = """([x, y]) => {
  const box = document.getElementById("stage").getBoundingClientRect();
  const [left, top, fx, fy] = window.studio.view();
  return [box.left + (x - left) * fx * box.width, box.top + (y - top) * fy * box.height];
}"""


@contextmanager
def studio(folder: Path, *paths: Path) -> Iterator[str]:
    """A studio with these open; its address."""
    command = [sys.executable, "-m", "chromafield", "studio", *map(str, paths)]
    own = os.environ | {"OMP_WAIT_POLICY": "PASSIVE", "XDG_DATA_HOME": str(folder)}
    server = subprocess.Popen(
        [*command, "--port", "0", "--no-browser"], stdout=subprocess.PIPE, text=True, env=own
    )
    try:
        assert server.stdout is not None
        yield server.stdout.readline().strip()
    finally:
        server.kill()
        server.communicate()


DROP = """async ([name, content]) => {
  const bytes = Uint8Array.from(atob(content), (c) => c.charCodeAt(0));
  const held = new DataTransfer();
  held.items.add(new File([bytes], name, { type: "image/png" }));
  const event = new DragEvent("drop", { dataTransfer: held, bubbles: true, cancelable: true });
  document.getElementById("stage").dispatchEvent(event);
}"""
SMALL = (800, 480)  # pixels of the animation
FRAME = 1300  # milliseconds of each of its frames


class Camera:
    """Takes pictures of a page."""

    def __init__(self, page: Any, target: Path) -> None:
        self.page, self.target = page, target
        self.frames: list[Image.Image] = []  # of an animation

    def frame(self) -> None:
        self.page.wait_for_timeout(1500)
        with Image.open(io.BytesIO(self.page.screenshot())) as shot:
            self.frames.append(shot.convert("RGB").resize(SMALL, Image.Resampling.LANCZOS))

    def animate(self, name: str) -> None:
        first, *rest = self.frames
        first.save(
            self.target / f"{name}.webp",
            save_all=True,
            append_images=rest,
            duration=FRAME,
            loop=0,
            quality=45,
            method=6,
            minimize_size=True,
        )

    def take(self, name: str) -> None:
        self.page.wait_for_timeout(1500)
        with Image.open(io.BytesIO(self.page.screenshot())) as shot:
            shot.convert("RGB").save(self.target / f"{name}.webp", quality=70, method=6)

    def at(self, x: float, y: float) -> tuple[float, float]:
        left, top = self.page.evaluate(SCREEN, [x, y])
        return left, top

    def click(self, x: float, y: float) -> None:
        self.page.keyboard.press("Escape")
        self.page.mouse.click(*self.at(x, y))

    def draw(self, *places: tuple[float, float]) -> None:
        self.page.keyboard.press("Escape")
        self.page.mouse.move(*self.at(*places[0]))
        self.page.mouse.down()
        for place in places[1:]:
            self.page.mouse.move(*self.at(*place), steps=5)
        self.page.mouse.up()

    def colour(self, hex_: str) -> None:
        self.page.evaluate(
            "hex => { const box = document.getElementById('color'); box.value = hex;"
            " box.dispatchEvent(new Event('input')); }",
            hex_,
        )


def scans(folder: Path, *names: str) -> Path:
    """A new folder with scikit-image's photographs of these names, grey."""
    folder.mkdir()
    for name in names:
        Image.fromarray(getattr(data, name)()).convert("L").save(folder / f"{name}.png")
    return folder


def many(camera: Camera) -> None:
    """A folder of three, the first with a mark."""
    camera.page.wait_for_function(READY)
    camera.colour("#d9541f")
    camera.click(0.2, 0.75)
    camera.page.wait_for_selector("#suggestions button")
    camera.page.keyboard.press("Escape")
    camera.take("11-many")


def offer(camera: Camera) -> None:
    """The same photograph as another program might have coloured it, dropped on the page."""
    page = camera.page
    page.wait_for_function(READY)
    bent = (1, 0.02, 3, 0.01, 1, -2)  # of an affine map: a little turned and shifted
    small = Image.fromarray(data.astronaut()).resize((360, 360))
    file = io.BytesIO()
    small.transform((360, 360), Image.Transform.AFFINE, bent).save(file, "PNG")
    content = base64.b64encode(file.getvalue()).decode()
    page.evaluate(DROP, ["from-a-service.png", content])
    page.wait_for_selector("#message:not([hidden])")
    camera.take("10-offer")


def animation(camera: Camera) -> None:
    """Lines and a click, each with what they do."""
    page = camera.page
    page.wait_for_function(READY)
    camera.frame()
    page.keyboard.press("s")
    camera.colour("#d9541f")
    camera.draw((0.2, 0.62), (0.16, 0.78), (0.22, 0.93))
    camera.frame()
    page.keyboard.press("Escape")
    camera.draw((0.6, 0.7), (0.52, 0.6), (0.44, 0.66))
    page.keyboard.press("Escape")
    camera.frame()
    page.keyboard.press("p")
    camera.colour("#1f3f8f")
    camera.click(0.06, 0.2)
    camera.frame()
    page.keyboard.press("Escape")
    page.keyboard.down("b")
    camera.frame()
    page.keyboard.up("b")
    camera.frame()
    camera.animate("studio")


def one(camera: Camera) -> None:
    """A portrait, from its first colours to several colourings."""
    page = camera.page
    page.wait_for_function(READY)
    camera.take("02-first-colours")
    camera.click(0.17, 0.72)
    page.wait_for_selector("#suggestions button")
    camera.take("03-click")
    page.keyboard.press("s")
    camera.colour("#d9541f")
    camera.draw((0.2, 0.62), (0.16, 0.78), (0.22, 0.93))
    camera.take("04-line")
    page.keyboard.press("f")
    camera.colour("#1f3f8f")
    for corner in ((0.02, 0.1), (0.1, 0.08), (0.09, 0.3), (0.03, 0.32)):
        page.mouse.click(*camera.at(*corner))
    page.mouse.move(*camera.at(0.02, 0.2))
    camera.take("05-area")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    page.keyboard.press("p")
    split = "value => { const box = document.getElementById('split'); box.value = value;"
    split += " box.dispatchEvent(new Event('input')); }"
    page.evaluate(split, 0.5)
    camera.take("06-before-after")
    page.evaluate(split, 0)
    page.keyboard.press("c")
    camera.take("07-side-by-side")
    page.keyboard.press("c")
    page.keyboard.press("d")
    camera.take("08-where-to-look")
    page.keyboard.press("d")
    page.click("#more")
    page.wait_for_function("document.querySelectorAll('#samples img').length == 4", timeout=120_000)
    camera.take("09-other-colourings")


def phone(camera: Camera) -> None:
    """The same on a phone, in the dark."""
    camera.page.set_viewport_size({"width": 360, "height": 740})
    camera.page.emulate_media(color_scheme="dark")
    camera.page.wait_for_function(READY)
    camera.click(0.17, 0.72)
    camera.page.wait_for_selector("#suggestions button")
    camera.take("12-phone")


def empty(camera: Camera) -> None:
    """Before anything is open."""
    camera.page.wait_for_function("document.querySelectorAll('#examples img[src]').length == 3")
    camera.take("01-empty")


def shoot(browser: Any, target: Path, address: str, act: Callable[[Camera], None]) -> None:
    """Open the page and act on it."""
    page = browser.new_page(viewport=WINDOW, color_scheme="light")
    page.set_default_timeout(300_000)  # of a machine that has other work
    page.goto(address)
    act(Camera(page, target))
    page.close()


def main(target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    with tempfile.TemporaryDirectory() as name, sync_playwright() as engine:
        folder = Path(name)
        browser = engine.chromium.launch(executable_path=chromium, args=FLAGS)
        with studio(folder) as address:
            shoot(browser, target, address, empty)
        acts = {"one": one, "phone": phone, "offer": offer, "animation": animation}
        for title, act in acts.items():  # each with a scan that has no marks yet
            with studio(folder, scans(folder / title, "astronaut") / "astronaut.png") as address:
                shoot(browser, target, address, act)
        with studio(folder, scans(folder / "many", "astronaut", "chelsea", "rocket")) as address:
            shoot(browser, target, address, many)
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
