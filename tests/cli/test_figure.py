"""The second paper's figures: the truth stands last, sizes count, the rest is refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from chromafield.cli.main import main
from chromafield.data.synthetic import scene
from chromafield.evaluate.sheets import HEIGHT
from chromafield.image.sheet import scaled

SIDE = 64
DISC = {"at": [0.3, 0.5], "radius": 0.1, "color": "#c02020"}
REGION = {"polygon": [[0.1, 0.1], [0.9, 0.1], [0.5, 0.9]], "sample": [3, 2]}
KINDS = {  # by kind, its options and its columns
    "unary": ((), 7),
    "affinity": (("--at", "0.2,0.5"), 2),
    "variance": ((), 3),
    "edits": (("--hints", "HINTS"), 5),
}


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments])


def write_hints(path: Path, *marks: object) -> Path:
    path.write_text(json.dumps({"chromafield": "hints", "version": 1, "marks": marks}))
    return path


@pytest.fixture
def colours(tmp_path: Path) -> Path:
    """A square picture in colour."""
    path = tmp_path / "colours.png"
    Image.fromarray(scene(np.random.default_rng(3), SIDE, SIDE)).save(path)
    return path


def sheet(
    kind: str, picture: Path, networks: Path, *more: object, marks: tuple[object, ...] = (DISC,)
) -> np.ndarray:
    """The figure of one kind."""
    hints = write_hints(picture.with_name("hints.json"), *marks)
    out = picture.with_name("sheet.png")
    told = [str(hints) if word == "HINTS" else word for word in KINDS[kind][0]]
    result = run("figure", kind, picture, "--networks", networks, "-o", out, *told, *more)
    assert result.exit_code == 0, result.output
    with Image.open(out) as image:
        return np.asarray(image)


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_in_colour_stands_last_as_it_was(
    kind: str, colours: Path, networks_folder: Path
) -> None:
    shown = sheet(kind, colours, networks_folder)
    assert shown.shape[1] == (KINDS[kind][1] + 1) * (HEIGHT + 4) - 4
    with Image.open(colours) as image:
        truth = scaled(np.asarray(image.convert("RGB")), HEIGHT)
    assert np.array_equal(shown[-HEIGHT:, -HEIGHT:], truth)
    grey = shown[-HEIGHT:, :HEIGHT]
    assert kind == "affinity" or np.ptp(grey.astype(int), axis=2).max() <= 1


@pytest.mark.parametrize("kind", KINDS)
def test_the_size_is_what_the_networks_see(kind: str, photo: Path, networks_folder: Path) -> None:
    usual = sheet(kind, photo, networks_folder, "--device", "cpu")
    assert np.array_equal(usual, sheet(kind, photo, networks_folder, "--size", 256))
    assert not np.array_equal(usual, sheet(kind, photo, networks_folder, "--size", 96))


def test_regions_of_a_sample_are_no_edits(photo: Path, networks_folder: Path) -> None:
    plain = sheet("edits", photo, networks_folder)
    for marks in ((REGION, DISC), (DISC, REGION)):
        assert np.array_equal(plain, sheet("edits", photo, networks_folder, marks=marks))
    hints = write_hints(photo.with_name("region.json"), REGION)
    out = photo.with_name("none.png")
    result = run(
        *("figure", "edits", photo, "--networks", networks_folder, "-o", out, "--hints", hints)
    )
    assert result.exit_code == 1, result.output
    assert "at least one disc, stroke or polygon with a colour" in result.stderr


@pytest.mark.parametrize(
    ("kind", "more", "named"),
    [
        *((kind, ("--views", 1), "--views") for kind in KINDS),
        *((kind, ("--model", "paper-cnn"), "--model") for kind in KINDS),
        ("affinity", ("--seed", 3, "--palette", "#204060"), "--palette, --seed"),
        ("sweeps", ("--networks", "folder", "--field", "mean"), "--field, --networks"),
        ("training", ("--size", 64), "--size"),
    ],
)
def test_options_without_a_use_are_refused(
    kind: str, more: tuple[object, ...], named: str, photo: Path
) -> None:
    result = run("figure", kind, photo, "-o", photo.with_name("sheet.png"), *more)
    assert result.exit_code == 2, result.output
    assert f"Leave out {named}: {kind} does not take" in " ".join(result.stderr.split())


def test_a_device_that_is_not_there_is_named(photo: Path, networks_folder: Path) -> None:
    result = run(
        *("figure", "unary", photo, "--networks", networks_folder, "--device", "abacus"),
        *("-o", photo.with_name("sheet.png")),
    )
    assert result.exit_code == 1 and "This machine has no device 'abacus'" in result.stderr
