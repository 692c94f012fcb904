"""Somebody at the studio's page, and the studio that serves it."""

from __future__ import annotations

import base64
import json
import os
import socket
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import uvicorn
from PIL import Image

import chromafield.web.studio
from chromafield.data.synthetic import scene
from chromafield.settings import Settings
from chromafield.web.serve import create_app, open_all

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

# All that a person can use, where it lies, and whether it is too small for a finger.
CONTROLS = """() => {
  const seen = [...document.querySelectorAll("button, select, input, .button, [tabindex]")];
  return seen.filter((one) => one.checkVisibility({ visibilityProperty: true })
    && !one.closest(".unseen") && !one.matches(".unseen") && !one.closest("#panel, dialog"))
    .map((one) => {
      const { left, top, right, bottom } = one.getBoundingClientRect();
      return { name: one.id || one.dataset.tool || one.textContent, left, top, right, bottom,
               small: Math.min(right - left, bottom - top) < 24 };
    });
}"""
SIDES = """() => {
  const { scrollWidth, scrollHeight } = document.documentElement;
  return [scrollWidth, scrollHeight, innerWidth, innerHeight];
}"""

# Whether what is named lies in the panel; false if it lies under it, null if beside it.
IN_PANEL = """(place) => {
  let one = null;
  try { one = document.querySelector(place); } catch { return null; }
  if (!one) return null;
  if (one.closest("#panel")) return true;
  const { left, top, width, height } = one.getBoundingClientRect();
  const over = document.elementFromPoint(left + width / 2, top + height / 2);
  return over?.closest("#panel") ? false : null;
}"""

# The window of whoever has no other: WINDOW=360x740 pytest tests/web/page tries all at that size.
WINDOW = [int(side) for side in os.environ.get("WINDOW", "1200x800").split("x")]
PATIENCE = int(os.environ.get("PATIENCE", "120000"))  # milliseconds: a busy machine is no failure
VIEWPORT = {"width": WINDOW[0], "height": WINDOW[1]}


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

    def start(self, opened: Path | None, port: int = 0) -> None:
        """Serve a picture, a folder or nothing, from a thread: nothing is imported anew."""
        data_dir = self.photo.parent / "data"
        self.workplace = chromafield.web.studio.Studio(
            Settings(model=str(self.weights)), "cpu", data_dir
        )
        open_all(self.workplace, [opened] if opened else [])
        token = self.workplace.store.token()
        listener = socket.create_server(("127.0.0.1", port))
        self.port = listener.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}/?token={token}"
        app = create_app(self.workplace, token)
        config = uvicorn.Config(app, log_level="error", lifespan="off", timeout_graceful_shutdown=1)
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(
            target=self.server.run, kwargs={"sockets": [listener]}, daemon=True
        )
        self.thread.start()

    def stop(self) -> None:
        self.server.should_exit = self.server.force_exit = True
        self.thread.join(60)
        assert not self.thread.is_alive(), "the studio's server does not end"

    @property
    def saved(self) -> Path:
        return self.photo.with_name("photo.png.hints.json")

    @property
    def kept(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self.saved.read_text())
        return told


# A file that is dropped on the stage.
DROP = """async ([name, content]) => {
  const bytes = Uint8Array.from(atob(content), (c) => c.charCodeAt(0));
  const held = new DataTransfer();
  held.items.add(new File([bytes], name, { type: "image/png" }));
  const event = new DragEvent("drop", { dataTransfer: held, bubbles: true, cancelable: true });
  document.getElementById("stage").dispatchEvent(event);
}"""


class Person:
    """Somebody at the page."""

    def __init__(self, page: Any) -> None:
        self.page = page
        page.set_default_timeout(PATIENCE)
        self._click = page.click
        for name in ("click", "fill", "hover", "check", "uncheck", "select_option"):
            setattr(page, name, partial(self._reach, getattr(page, name)))
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", self._heard)

    def _heard(self, message: Any) -> None:
        # The browser itself reports a refused or a broken request; the page says it in a sentence.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.errors.append(message.text)

    def go(self, address: str) -> None:
        self.page.goto(address)
        self.until("document.getElementById('stage').dataset.painted")

    def until(self, told: str) -> None:
        """Wait for what JavaScript tells; asking at each frame would keep the browser busy."""
        self.page.wait_for_function(told, polling=30)

    @property
    def painted(self) -> int:
        return int(self.page.evaluate("Number(document.getElementById('stage').dataset.painted)"))

    def after(self, act: Any) -> None:
        """Do something that asks for a new painting, and wait for it."""
        before = self.painted
        act()
        told = f"Number(document.getElementById('stage').dataset.painted) > {before}"
        self.until(told)
        self.see_all()

    def see_all(self) -> list[dict[str, Any]]:
        """See that the page does not scroll, and all that can be used is in the window."""
        across, down, width, height = self.page.evaluate(SIDES)
        assert (across, down) == (width, height)
        controls: list[dict[str, Any]] = self.page.evaluate(CONTROLS)
        for one in controls:
            inside = one["left"] >= 0 and one["top"] >= 0
            assert inside and one["right"] <= width and one["bottom"] <= height, one
            assert not one["small"], one
        return controls

    def _reach(self, act: Callable[..., Any], place: str, *told: Any, **more: Any) -> Any:
        """Do something to what is named; unfold the panel for what is in it, fold it for others."""
        inside = self.page.evaluate(IN_PANEL, place)
        if inside is not None:
            self.unfold(inside)
        return act(place, *told, **more)

    def unfold(self, shown: bool) -> None:
        """Unfold the panel where it is folded, or fold it so that the stage is free."""
        if self.page.is_visible("#panel-shown"):
            told = self.page.get_attribute("#panel-shown", "aria-expanded") == "true"
            if told != shown:
                self._click("#panel-shown")

    def screen(self, x: float, y: float) -> tuple[float, float]:
        """Where the window shows a place of the picture; a folded panel is no longer over it."""
        self.unfold(False)
        at = self.page.evaluate(SCREEN, [x, y])
        return at[0], at[1]

    def uncover(self, x: float, y: float) -> None:
        """Close the colours where they lie over a place."""
        at = "([x, y]) => Boolean(document.elementFromPoint(x, y)?.closest('#popover'))"
        if self.page.evaluate(at, list(self.screen(x, y))):
            self.page.click("#popover .closer")

    def click(self, x: float, y: float) -> None:
        self.uncover(x, y)
        self.page.mouse.click(*self.screen(x, y))

    def drag(self, *places: tuple[float, float]) -> None:
        for place in places:
            self.uncover(*place)
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
        self.until(told)

    def drop(self, path: Path) -> None:
        content = base64.b64encode(path.read_bytes()).decode()
        self.page.evaluate(DROP, [path.name, content])

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
        self.page.click(f"#list > :nth-child({number}) button:first-child")

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
