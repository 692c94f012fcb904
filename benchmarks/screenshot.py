"""The studio's picture in the docs: scikit-image's astronaut, with a few marks.

    python benchmarks/screenshot.py docs/images/studio.jpg

Needs the extra `studio`, Playwright, Chromium and scikit-image.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright
from skimage import data

FLAGS = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
MARKS = [
    {"path": [[0.2, 0.62], [0.16, 0.78], [0.22, 0.93]], "radius": 0.012, "color": "#d9541f"},
    {"at": [0.05, 0.22], "radius": 0.01, "color": "#1f3f8f"},
    {"at": [0.117, 0.37], "radius": 0.01, "color": "#b02030"},
    {"at": [0.66, 0.25], "radius": 0.012, "color": "grey"},
]


def main(target: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        photo = Path(folder) / "astronaut.png"
        Image.fromarray(data.astronaut()).convert("L").save(photo)
        hints = {"chromafield": "hints", "version": 1, "marks": MARKS}
        photo.with_name("astronaut.png.hints.json").write_text(json.dumps(hints))
        command = [sys.executable, "-m", "chromafield", "studio", str(photo)]
        command += ["--port", "0", "--no-browser"]
        own = os.environ | {"OMP_WAIT_POLICY": "PASSIVE"}
        server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=own)
        assert server.stdout is not None
        address = server.stdout.readline().strip()
        try:
            with sync_playwright() as engine:
                browser = engine.chromium.launch(
                    executable_path=shutil.which("chromium"), args=FLAGS
                )
                page = browser.new_page(viewport={"width": 1280, "height": 800})
                page.goto(address)
                page.wait_for_function("document.getElementById('stage').dataset.painted")
                page.click("[data-tool=move]")
                box = page.locator("#stage").bounding_box()
                page.mouse.click(
                    box["x"] + box["width"] / 2 - 0.2 * box["height"],
                    box["y"] + 0.62 * box["height"],
                )
                page.wait_for_selector("#suggestions button")
                page.wait_for_timeout(500)
                page.screenshot(path=target, type="jpeg", quality=88)
                browser.close()
        finally:
            server.kill()


if __name__ == "__main__":
    main(sys.argv[1])
