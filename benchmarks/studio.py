"""From a stroke's end to the repainted preview, in a browser: median, 95th percentile, and where.

    python benchmarks/studio.py [--strokes 40]

Needs the extra `studio`, Playwright and Chromium.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import sync_playwright

from chromafield.data.synthetic import scene

FLAGS = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--strokes", type=int, default=40)
    strokes = parser.parse_args().strokes
    with tempfile.TemporaryDirectory() as folder:
        photo = Path(folder) / "photo.png"
        grey = scene(np.random.default_rng(0), 1000, 1000).mean(2).astype(np.uint8)
        Image.fromarray(grey).save(photo)
        command = [sys.executable, "-m", "chromafield", "studio", str(photo)]
        command += ["--port", "0", "--no-browser"]
        own = os.environ | {"XDG_DATA_HOME": folder, "OMP_WAIT_POLICY": "PASSIVE"}
        server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=own)
        try:
            assert server.stdout is not None
            told = measure(server.stdout.readline().strip(), strokes)
        finally:
            server.kill()
    print(f"{strokes} strokes on a picture of one megapixel, milliseconds\n")
    print("| | median | 95th percentile |\n|---|---|---|")
    for name in ("all", "server", "painting"):
        values = sorted(one[name] for one in told)
        late = values[min(int(0.95 * len(values)), len(values) - 1)]
        print(f"| {name} | {statistics.median(values):.0f} | {late:.0f} |")


def measure(address: str, strokes: int) -> list[dict[str, float]]:
    """Draw strokes here and there, and read what the page measured."""
    told = []
    random = np.random.default_rng(0)
    with sync_playwright() as engine:
        browser = engine.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        page = browser.new_page(viewport={"width": 1400, "height": 1100})
        page.goto(address)
        page.wait_for_function("document.getElementById('stage').dataset.painted", timeout=120000)
        page.click("[data-tool=stroke]")
        box = page.locator("#stage").bounding_box()
        for number in range(strokes + 1):
            page.keyboard.press("Escape")  # the card of the last stroke would lie in the way
            painted = page.evaluate("Number(document.getElementById('stage').dataset.painted)")
            x, y = random.uniform(0.3, 0.6, 2)
            page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])
            page.mouse.down()
            page.mouse.move(
                box["x"] + (x + 0.05) * box["width"], box["y"] + y * box["height"], steps=5
            )
            page.mouse.up()
            page.wait_for_function(
                f"Number(document.getElementById('stage').dataset.painted) > {painted}"
            )
            page.wait_for_timeout(400)  # the hints are saved meanwhile
            if number:  # the first warms up
                text = page.evaluate("document.getElementById('stage').dataset.milliseconds")
                told.append(json.loads(text))
        browser.close()
    return told


if __name__ == "__main__":
    main()
