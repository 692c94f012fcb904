"""Things in memory as palettes, references and hints; folders; forks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

import chromafield
from chromafield.api.named import named_files
from chromafield.data.synthetic import scene
from chromafield.errors import BadValue, PictureError


@pytest.fixture
def told(tiny_weights: Path) -> dict[str, Any]:
    return {"model": tiny_weights, "size": 32, "views": 1, "device": "cpu"}


@pytest.fixture
def colors() -> Image.Image:
    """The scene of `grey_picture`."""
    levels = np.rint(255 * scene(np.random.default_rng(3), 90, 120)).astype(np.uint8)
    return Image.fromarray(levels)


@pytest.mark.parametrize("name", ["palette", "reference"])
def test_pictures_in_memory_do_what_their_files_do(
    name: str, grey_picture: np.ndarray, told: dict[str, Any], colors: Image.Image, tmp_path: Path
) -> None:
    colors.save(tmp_path / "colors.png")
    by_file = chromafield.colorize(grey_picture, **told, **{name: tmp_path / "colors.png"})
    held = (tmp_path / "colors.png").read_bytes()
    for given in (colors, np.asarray(colors), held):
        assert np.array_equal(chromafield.colorize(grey_picture, **told, **{name: given}), by_file)


def test_equal_pictures_are_one_file_that_holds_them(colors: Image.Image) -> None:
    (first,) = named_files({"colors_from": colors}).values()
    (second,) = named_files({"reference": np.asarray(colors)}).values()
    assert first == second
    assert np.array_equal(chromafield.read_picture(Path(first)).pixels, np.asarray(colors))


def test_references_may_be_a_list(
    grey_picture: np.ndarray, told: dict[str, Any], colors: Image.Image, tmp_path: Path
) -> None:
    (tmp_path / "several").mkdir()
    colors.save(tmp_path / "several" / "0.png")
    colors.transpose(Image.Transpose.ROTATE_90).save(tmp_path / "several" / "1.png")
    by_folder = chromafield.colorize(grey_picture, **told, reference=tmp_path / "several")
    given = [colors, tmp_path / "several" / "1.png"]
    assert np.array_equal(chromafield.colorize(grey_picture, **told, reference=given), by_folder)
    with pytest.raises(PictureError, match="none.png cannot be read"):
        chromafield.colorize(grey_picture, **told, reference=[tmp_path / "none.png"])


def test_a_palette_is_a_list_of_colors(grey_picture: np.ndarray, told: dict[str, Any]) -> None:
    by_text = chromafield.colorize(grey_picture, **told, palette="#a03020,#204060")
    for given in (["#a03020", "#204060"], [(160, 48, 32), (32, 64, 96)]):
        assert np.array_equal(chromafield.colorize(grey_picture, **told, palette=given), by_text)
    with pytest.raises(
        BadValue, match=r"The palette is a dict\. Give a picture; a list of colours"
    ):
        chromafield.colorize(grey_picture, **told, palette={"#a03020": 1})
    for wrong in ([(160, 48)], [(300, 0, 0)], [(0.5, 0, 0)], [7]):
        with pytest.raises(BadValue, match="palette's colour .* is none; write"):
            chromafield.colorize(grey_picture, **told, palette=wrong)


def test_hints_are_a_dict_with_pictures_in_it(
    grey_picture: np.ndarray, told: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mask = np.zeros(grey_picture.shape, np.uint8)
    mask[:30] = 255
    Image.fromarray(mask).save(tmp_path / "mask.png")
    marks = [{"mask": "mask.png", "color": "#4060a0"}]
    path = tmp_path / "a.hints.json"
    path.write_text(json.dumps({"chromafield": "hints", "version": 2, "marks": marks}))
    by_file = chromafield.colorize(grey_picture, **told, hints=path)
    monkeypatch.chdir(tmp_path)
    in_memory = [{"mask": Image.fromarray(mask), "color": "#4060a0"}]
    for given in ({"marks": marks}, marks, {"marks": in_memory}, chromafield.read_hints(path)):
        assert np.array_equal(chromafield.colorize(grey_picture, **told, hints=given), by_file)
    with pytest.raises(BadValue, match="no hint file's content"):
        chromafield.colorize(grey_picture, **told, hints={"marks": [{"at": object()}]})
    with pytest.raises(BadValue, match=r"^The hints, marks.0.: a radius is missing"):
        chromafield.colorize(grey_picture, **told, hints=[{"at": [0.5, 0.5], "color": "#405060"}])


def test_a_folder_is_colored_as_the_command_does(
    photo: Path, told: dict[str, Any], tmp_path: Path
) -> None:
    scans = tmp_path / "scans"
    scans.mkdir()
    photo.rename(scans / "good.png")
    (scans / "bad.png").write_bytes(b"no picture")
    seen: list[object] = []
    ends = chromafield.colorize_folder(scans, tmp_path / "out", each=seen.append, **told)
    assert seen == ends
    assert [(one.job.source.name, bool(one.report), bool(one.error)) for one in ends] == [
        ("bad.png", False, True),
        ("good.png", True, False),
    ]
    assert (tmp_path / "out" / "good.png").exists()
    (again,) = chromafield.colorize_folder(
        [scans / "good.png"], tmp_path / "out", resume=True, **told
    )
    assert again.skipped
    with pytest.raises(TypeError, match="colorize_folder.* 'siez'"):
        chromafield.colorize_folder(scans, tmp_path / "out", siez=3)


FORK = """
import os, sys
import numpy as np, torch
import chromafield
torch.set_num_threads(int(sys.argv[2]))
grey = np.arange(4096, dtype=np.uint8).reshape(64, 64)
told = {"model": sys.argv[1], "size": 32, "views": 1, "device": "cpu"}
first = chromafield.colorize(grey, **told)
if os.fork() == 0:
    try:
        same = np.array_equal(chromafield.colorize(grey, **told), first)
    except chromafield.ChromafieldError as error:
        print(error, flush=True)
        os._exit(3)
    os._exit(0 if same else 4)
sys.exit(os.waitstatus_to_exitcode(os.wait()[1]))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no forks")
@pytest.mark.parametrize(("threads", "code"), [(1, 0), (2, 3)])
def test_a_fork_works_or_says_why_not(threads: int, code: int, tiny_weights: Path) -> None:
    command = [sys.executable, "-c", FORK, str(tiny_weights), str(threads)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=200)
    assert done.returncode == code, done.stdout + done.stderr
    assert ("multiprocessing.get_context('spawn')" in done.stdout) == (code == 3)


def test_a_tensor_with_a_gradient_and_rounded_floats_are_taken(
    grey_picture: np.ndarray, told: dict[str, Any]
) -> None:
    floats = (grey_picture / 255).astype(np.float32)
    floats[0, :2] = (1 + 1e-5, -1e-5)
    once = chromafield.colorize(floats, **told)
    tensor = torch.tensor(floats, requires_grad=True)
    assert np.array_equal(once, chromafield.colorize(tensor, **told))
    floats[0, 0] = 1.1
    with pytest.raises(PictureError, match="floating-point values"):
        chromafield.colorize(floats, **told)


@pytest.mark.parametrize("loaded", [True, False])
def test_a_closed_image_is_said_to_be_one(photo: Path, loaded: bool) -> None:
    image = Image.open(photo)
    if loaded:
        image.load()
    image.close()
    with pytest.raises(BadValue, match="The image is closed"):
        chromafield.colorize(image)
