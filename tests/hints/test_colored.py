"""The coloured picture as a hint: the command, lightness, marks over it, the file."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner
from numpy.typing import NDArray
from PIL import Image

from chromafield.cli.main import main
from chromafield.colorizer.loading import load_colorizer
from chromafield.data.synthetic import scene
from chromafield.hints.document import Hints, Mark
from chromafield.hints.file import write_hints
from chromafield.image import Picture, read_picture
from chromafield.reference.reference import lab_of
from chromafield.settings import Settings

SIZE = (150, 200)
BOX = (slice(60, 90), slice(80, 120))  # what was painted over in the coloured picture


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A 16-bit grey photograph, and the same in colours, painted over in its middle."""
    found = tmp_path_factory.mktemp("colored")
    rng = np.random.default_rng(3)
    grain = cv2.GaussianBlur(rng.standard_normal(SIZE).astype(np.float32), (0, 0), 2)
    rgb = np.asarray((scene(rng, *SIZE) + 60 * grain[..., None]).clip(0, 255), np.uint8)
    Image.fromarray(rgb).save(found / "true.png")
    grey = np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), np.uint16) * 257
    Image.fromarray(grey).save(found / "photo.png", dpi=(300, 300))
    other = rgb.copy()
    other[BOX] = rng.integers(0, 256, (30, 40, 3))
    Image.fromarray(other).save(found / "coloured.png")
    return found


def run(*told: object) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["colorize", *map(str, told)])
    return result.exit_code, result.output


def ab_of(path: Path) -> NDArray[np.float32]:
    return lab_of(read_picture(path))[0, 1:].numpy()


def test_the_command_takes_colours_and_keeps_the_rest(folder: Path, tiny_weights: Path) -> None:
    target = folder / "out.png"
    told = (folder / "photo.png", "-o", target, "--model", tiny_weights, "--overwrite")
    code, output = run(*told, "--colors-from", folder / "coloured.png", "--trust-sheet")
    assert code == 0, output
    assert "has the coloured version's colours on" in output
    photo, out = read_picture(folder / "photo.png"), read_picture(target)
    assert (out.size, out.depth, out.tags.dpi) == (photo.size, 16, photo.tags.dpi)
    near = np.abs(lab_of(out)[0, 0].numpy() - lab_of(photo)[0, 0].numpy())
    assert np.quantile(near, 0.99) < 0.05  # but for what sRGB has no room for
    away = np.linalg.norm(ab_of(target) - ab_of(folder / "true.png"), axis=0)
    painted = np.zeros(SIZE, bool)
    painted[BOX] = True
    beside = cv2.dilate(painted.astype(np.uint8), np.ones((41, 41), np.uint8)) > 0
    assert away[~beside].mean() < 5
    wrong = np.linalg.norm(ab_of(target) - ab_of(folder / "coloured.png"), axis=0)
    assert wrong[BOX].mean() > 15
    with Image.open(folder / "out-trust.jpg") as sheet:
        assert sheet.width > 3 * SIZE[1]


def test_a_mark_lies_over_it(folder: Path, tiny_weights: Path) -> None:
    mark = Mark("at", ((0.2, 0.2),), 0.05, color="#e000e0")
    hints = Hints((mark, Mark("colored", source="coloured.png")), folder=folder)
    write_hints(folder / "own.json", hints)
    told = json.loads((folder / "own.json").read_text())
    assert told["version"] == 2 and told["marks"][1] == {"colored": "coloured.png"}
    weights = str(tiny_weights)
    both = load_colorizer(Settings(weights, hints=str(folder / "own.json")), "cpu")
    alone = load_colorizer(Settings(weights, colors_from=str(folder / "coloured.png")), "cpu")
    picture = read_picture(folder / "photo.png")
    ab, without = (lab_of(Picture(one.colour(picture)))[0, 1:] for one in (both, alone))
    x, y = 40, 30
    assert np.linalg.norm(ab[:, y, x] - without[:, y, x]) > 20
    far = (slice(None), slice(100, 150), slice(150, 200))
    assert (ab[far] - without[far]).norm(dim=0).mean() < 5


def test_the_option_goes_before_the_file() -> None:
    hints = Hints((Mark("colored", source="a.png"), Mark("mask", source="b.png")))
    now = hints.with_colored(Path("/c.png"))
    assert now.colored == Path("/c.png") and len(now.marks) == 2
    assert [mark.kind for mark in now.drawn] == ["mask"] and Hints().colored is None


def test_a_sheet_of_nothing_is_refused(folder: Path, tiny_weights: Path) -> None:
    told = (folder / "photo.png", "-o", folder / "no.png", "--model", tiny_weights)
    code, output = run(*told, "--trust-sheet")
    assert code == 1 and "Name one with --colors-from" in output
    code, output = run(*told, "--colors-from", folder / "none.png")
    assert code == 1 and "none.png" in output
    code, output = run(*told, "--colors-from", folder / "photo.png")
    assert code == 1 and "has no colours to take" in output
    assert not (folder / "no.png").exists()
