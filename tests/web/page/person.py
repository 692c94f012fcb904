"""Somebody at the studio's page, and the studio that serves it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from chromafield.data.synthetic import scene

# What the canvas shows at a place of the picture.
SHOWN = """async ([x, y]) => {
  await new Promise(requestAnimationFrame); // what is asked for is painted by then
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


def photograph(path: Path, height: int = 180, width: int = 240) -> None:
    grey = scene(np.random.default_rng(3), height, width).mean(2).astype(np.uint8)
    Image.fromarray(grey).save(path)


class Studio:
    """A served picture, or the folder that it lies in."""

    def __init__(self, folder: Path, weights: Path) -> None:
        self.photo = folder / "photo.png"
        photograph(self.photo)
        self.weights = weights
        self.start(self.photo)

    def start(self, opened: Path) -> None:
        command = [sys.executable, "-m", "chromafield", "studio", str(opened), "--port", "0"]
        command += ["--no-browser", "--model", str(self.weights), "--device", "cpu"]
        own = os.environ | {"XDG_DATA_HOME": str(self.photo.parent / "data")}
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=own)
        assert self.process.stdout is not None
        self.address = self.process.stdout.readline().strip()

    def stop(self) -> None:
        self.process.kill()
        self.process.communicate()

    @property
    def saved(self) -> Path:
        return self.photo.with_name("photo.png.hints.json")

    @property
    def kept(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self.saved.read_text())
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

    @property
    def message(self) -> str:
        self.page.wait_for_selector("#message:not([hidden])")
        told: str = self.page.inner_text("#message span")
        return told

    def saved(self, revision: int) -> None:
        """Wait until so many documents are kept."""
        told = f"Number(document.getElementById('stage').dataset.saved) >= {revision}"
        self.page.wait_for_function(told)

    def slide(self, id_: str, value: float) -> None:
        """Move a slider, and let it go."""
        self.page.evaluate(
            "([id, value]) => { const box = document.getElementById(id); box.value = value;"
            " box.dispatchEvent(new Event('input')); box.dispatchEvent(new Event('change')); }",
            [id_, value],
        )

    def tool(self, name: str) -> None:
        self.page.click(f"[data-tool={name}]")

    def choose_in_list(self, number: int) -> None:
        self.page.click(f"#list button:nth-child({number})")

    def colour(self, hex_: str) -> None:
        self.page.evaluate(
            "hex => { const box = document.getElementById('color'); box.value = hex;"
            " box.dispatchEvent(new Event('input')); }",
            hex_,
        )


def reddish(rgb: list[int]) -> bool:
    return rgb[0] > rgb[1] + 25 and rgb[0] > rgb[2] + 25


def bluish(rgb: list[int]) -> bool:
    return rgb[2] > rgb[0] + 25
