"""From a stroke's end to the repainted preview, in a browser: median, 95th percentile, and where.

    python benchmarks/studio.py [--strokes 40] [--before COMMIT]

With `--before` the same strokes are drawn in that commit's studio too, in turns, so that what else
the machine does slows both alike. Needs the extra `studio`, Playwright and Chromium.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import Page, sync_playwright

from chromafield.data.synthetic import scene

FLAGS = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
REPOSITORY = Path(__file__).resolve().parents[1]
WATCH = """
addEventListener("pointerup", () => (window.ended = performance.now()), true);
new MutationObserver(() => (window.took = performance.now() - window.ended)).observe(
  document.getElementById("stage"), { attributeFilter: ["data-painted"] });
"""
PARTS = {
    "all": "all",
    "server": "of it the server: marks drawn, the hint network, the field solved",
    "painting": "of it painting",
}

Times = list[dict[str, float]]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--strokes", type=int, default=40)
    parser.add_argument("--before", help="a commit to compare with")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as open_:
        photo = Path(folder) / "photo.png"
        grey = scene(np.random.default_rng(0), 1000, 1000).mean(2).astype(np.uint8)
        Image.fromarray(grey).save(photo)
        trees = {"now": REPOSITORY}
        if chosen.before:
            trees = {chosen.before: open_.enter_context(checked_out(chosen.before))} | trees
        addresses = {
            name: open_.enter_context(served(tree, Path(folder) / name.replace("/", "-"), photo))
            for name, tree in trees.items()
        }
        told = measure(addresses, chosen.strokes)
    print(f"{chosen.strokes} strokes on a picture of one megapixel, milliseconds\n")
    print("| " + "".join(f"| {name}: median | 95th percentile " for name in told) + "|")
    print("|---" * (2 * len(told) + 1) + "|")
    for part, words in PARTS.items():
        print(
            f"| {words} | "
            + " | ".join(quantiles([t[part] for t in times]) for times in told.values())
            + " |"
        )


@contextlib.contextmanager
def checked_out(commit: str) -> Iterator[Path]:
    """A commit's files in a folder of their own."""
    git = ["git", "-C", str(REPOSITORY), "worktree"]
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "tree"
        subprocess.run([*git, "add", "--quiet", "--detach", str(tree), commit], check=True)
        try:
            yield tree
        finally:
            subprocess.run([*git, "remove", "--force", str(tree)], check=True)


@contextlib.contextmanager
def served(tree: Path, home: Path, photo: Path) -> Iterator[str]:
    """The address of the studio of these files, with a copy of the photograph open."""
    home.mkdir()
    command = [sys.executable, "-m", "chromafield", "studio", str(shutil.copy(photo, home))]
    command += ["--port", "0", "--no-browser"]
    own = {
        "XDG_DATA_HOME": str(home),
        "PYTHONPATH": str(tree / "src"),
        "OMP_WAIT_POLICY": "PASSIVE",
    }
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ | own)
    try:
        assert server.stdout is not None
        yield server.stdout.readline().strip()
    finally:
        server.kill()
        server.wait()


def measure(addresses: dict[str, str], strokes: int) -> dict[str, Times]:
    """Draw strokes here and there, in each studio in turn, and read what the pages measured."""
    told: dict[str, Times] = {name: [] for name in addresses}
    random = np.random.default_rng(0)
    with sync_playwright() as engine:
        browser = engine.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        pages = {name: opened(browser.new_page(), address) for name, address in addresses.items()}
        for number in range(strokes + 1):
            place = random.uniform(0.3, 0.6, 2)
            for name, page in pages.items():
                times = stroke(page, *place)
                if number:  # the first warms up
                    told[name].append(times)
        browser.close()
    return told


def opened(page: Page, address: str) -> Page:
    """The page, once its first colours are painted, with the tool for lines in hand."""
    page.set_viewport_size({"width": 1400, "height": 1100})
    page.goto(address, timeout=120000)
    page.wait_for_function("document.getElementById('stage').dataset.painted", timeout=120000)
    page.evaluate(WATCH)
    page.click("[data-tool=stroke]")
    return page


def stroke(page: Page, x: float, y: float) -> dict[str, float]:
    """Draw one, and wait until it is painted and saved."""
    page.bring_to_front()
    page.keyboard.press("Escape")  # the card of the last stroke would lie in the way
    box = page.locator("#stage").bounding_box()
    assert box is not None
    painted = page.evaluate("Number(document.getElementById('stage').dataset.painted)")
    page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + (x + 0.05) * box["width"], box["y"] + y * box["height"], steps=5)
    page.mouse.up()
    page.wait_for_function(f"Number(document.getElementById('stage').dataset.painted) > {painted}")
    page.wait_for_timeout(400)  # the hints are saved meanwhile
    text = page.evaluate("document.getElementById('stage').dataset.milliseconds")
    times: dict[str, float] = json.loads(text) | {"all": page.evaluate("window.took")}
    return times


def quantiles(values: list[float]) -> str:
    """The median and the 95th percentile."""
    late = sorted(values)[min(int(0.95 * len(values)), len(values) - 1)]
    return f"{statistics.median(values):.0f} | {late:.0f}"


if __name__ == "__main__":
    main()
