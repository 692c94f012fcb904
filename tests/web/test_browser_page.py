"""The page that colours without Python, in Chromium; skipped where it or onnxruntime-web is not.

`npm pack onnxruntime-web`, unpack it, and name the folder `package/dist` in ORT_WEB.
"""

from __future__ import annotations

import contextlib
import functools
import http.server
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from chromafield.beliefs import as_gaussian
from chromafield.canvas.lightness import lightness_of
from chromafield.color import lab_to_shown
from chromafield.data.synthetic import scene
from chromafield.image import Picture
from chromafield.models import load_model
from chromafield.resize import resize
from chromafield.views.views import predict

playwright = pytest.importorskip("playwright.sync_api")
BROWSER = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
RUNTIME = os.environ.get("ORT_WEB")
PAGE = Path(__file__).parents[2] / "docs" / "browser"
FILES = ("ort.wasm.min.mjs", "ort-wasm-simd-threaded.mjs", "ort-wasm-simd-threaded.wasm")

pytestmark = pytest.mark.skipif(
    not BROWSER or not RUNTIME, reason="no chromium, or no onnxruntime-web in $ORT_WEB"
)


@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *words: object) -> None:
            pass

    handler = functools.partial(Quiet, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/index.html"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The page with the default network and the runtime beside it."""
    folder = tmp_path_factory.mktemp("site")
    shutil.copytree(PAGE, folder, dirs_exist_ok=True)
    (folder / "ort").mkdir()
    for name in FILES:
        shutil.copy(Path(str(RUNTIME)) / name, folder / "ort" / name)
    export = [sys.executable, "-m", "chromafield", "export", "lite-unet", "-o"]
    subprocess.run([*export, str(folder / "lite.onnx")], check=True, capture_output=True)
    with served(folder) as address:
        yield address


@pytest.fixture
def page(site: str) -> Iterator[Any]:
    with playwright.sync_playwright() as engine:
        browser = engine.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        page = browser.new_page()
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(site)
        page.get_by_text("Ready.").wait_for(timeout=200_000)
        yield page
        assert errors == []
        browser.close()


@pytest.mark.parametrize("size", [(150, 200), (31, 40), (400, 260)])
def test_a_photograph_is_coloured_as_python_does_it(
    page: Any, size: tuple[int, int], tmp_path: Path
) -> None:
    grey = scene(np.random.default_rng(3), *size) @ np.array([0.299, 0.587, 0.114])
    path = tmp_path / "grey.png"
    levels = np.repeat(np.rint(grey).astype(np.uint8)[..., None], 3, axis=2)
    Image.fromarray(levels).save(path)
    page.set_input_files("#file", path)
    page.get_by_text("Done.").wait_for(timeout=200_000)
    with page.expect_download() as told:
        page.get_by_text("Save it").click()
    told.value.save_as(tmp_path / "coloured.png")
    got = np.asarray(Image.open(tmp_path / "coloured.png").convert("RGB")).astype(int)

    lightness = lightness_of(Picture(levels))
    with torch.inference_mode():
        ab = as_gaussian(predict(load_model("lite-unet").model, lightness)).mean
        lab = torch.cat([lightness, resize(ab, size)], dim=1)
        expected = (lab_to_shown(lab)[0] * 255).round().movedim(0, -1).numpy()
    assert np.abs(got - expected).mean() < 0.2 and np.abs(got - expected).max() <= 6
    assert np.ptp(expected, axis=2).max() > 10  # it has colours


def test_what_is_no_picture_is_a_sentence(page: Any, tmp_path: Path) -> None:
    path = tmp_path / "text.png"
    path.write_text("hello")
    page.set_input_files("#file", path)
    page.get_by_text("This picture cannot be coloured: ").wait_for(timeout=200_000)
