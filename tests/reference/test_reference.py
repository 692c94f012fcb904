"""Colours taken from another picture: from the same place rightly, from elsewhere hardly."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from PIL import Image

from chromafield.cli.main import main
from chromafield.data.synthetic import scene
from chromafield.errors import BadValue
from chromafield.image import from_array
from chromafield.models import create_model, load_model
from chromafield.reference.reference import encode_references, find_places, lab_of, refer
from chromafield.resize import resize


def own(rgb: np.ndarray) -> torch.Tensor:
    return lab_of(from_array(rgb))


def test_a_mirrored_cropped_copy_gives_its_colours_back() -> None:
    model = load_model("lite-unet").model
    lab = own(scene(np.random.default_rng(3), 160, 200))
    copy = scene(np.random.default_rng(3), 160, 200)[10:150, 15:190][:, ::-1]
    told = refer(model, lab[:, :1], encode_references(model, [own(np.ascontiguousarray(copy))]))
    true = resize(lab[:, 1:], (told.mean.shape[2], told.mean.shape[3]))
    error = (told.mean - true).norm(dim=1)[:, 4:-4, 6:-6]
    assert error.mean() < 0.4 * true.norm(dim=1).mean()
    other = scene(np.random.default_rng(8), 160, 200)
    elsewhere = refer(model, lab[:, :1], encode_references(model, [own(other)]))
    assert told.precision.mean() > 1.3 * elsewhere.precision.mean()
    faint = refer(model, lab[:, :1], encode_references(model, [own(other)]), strength=0.5)
    torch.testing.assert_close(faint.precision, elsewhere.precision / 2)


def test_each_place_is_found_in_the_reference_that_shows_it() -> None:
    model = load_model("lite-unet").model
    rgb = scene(np.random.default_rng(3), 160, 192)
    other = scene(np.random.default_rng(8), 120, 200)
    lab, left = own(rgb), np.ascontiguousarray(rgb[:, :96])
    found = find_places(
        model, lab[:, :1], encode_references(model, [own(other), own(left[:, ::-1].copy())])
    )
    h, w = found.which.shape
    half = found.which[3:-3, 2 : w // 2 - 3]
    assert half.float().mean() > 0.8  # its own half, not the other scene
    # The reference is the left half mirrored: x there is 1 - 2 x here, y the same.
    right = half == 1
    x, y = found.places[:, 3:-3, 2 : w // 2 - 3]
    here = (torch.arange(w)[2 : w // 2 - 3] + 0.5) / w
    rows = (torch.arange(h)[3:-3, None] + 0.5) / h
    assert (x - (1 - 2 * here)).abs()[right].median() < 0.1
    assert (y - rows).abs()[right].median() < 0.1
    assert found.trust.min() >= 0 and found.trust.max() <= 1
    assert found.trust[3:-3, 2 : w // 2 - 3].mean() > 0.5


def test_a_second_reference_gives_its_own_colours() -> None:
    model = load_model("lite-unet").model
    rgb = scene(np.random.default_rng(3), 160, 192)
    lab = own(rgb)
    halves = [own(np.ascontiguousarray(half)) for half in (rgb[:, :96], rgb[:, 96:])]
    one, both = (
        refer(model, lab[:, :1], encode_references(model, n)) for n in (halves[:1], halves)
    )
    true = resize(lab[:, 1:], (one.mean.shape[2], one.mean.shape[3]))
    middle = true.shape[3] // 2
    errors = [(told.mean - true)[..., middle + 2 :].norm(dim=1).mean() for told in (one, both)]
    assert errors[1] < 0.7 * errors[0]
    assert both.precision[..., middle + 2 :].mean() > one.precision[..., middle + 2 :].mean()


def test_networks_without_features_are_refused() -> None:
    reference = own(scene(np.random.default_rng(0), 40, 40))
    with pytest.raises(BadValue, match="PaperCNN cannot compare pictures"):
        encode_references(create_model("paper-cnn").eval(), [reference])


def test_the_command_takes_colours_and_says_what_is_no_reference(tmp_path: Path) -> None:
    colours = scene(np.random.default_rng(3), 120, 160)
    colours[..., 2] = 255 - colours[..., 2] // 2  # a blue cast that the network would not guess
    Image.fromarray(colours).save(tmp_path / "reference.png")
    Image.fromarray(colours).convert("L").save(tmp_path / "photo.png")

    def run(*more: object) -> tuple[int, str]:
        told = (
            "colorize",
            tmp_path / "photo.png",
            "-o",
            tmp_path / "out.png",
            "--overwrite",
            *more,
        )
        result = CliRunner().invoke(main, [str(a) for a in told])
        return result.exit_code, result.output

    blueness = []
    for more in ((), ("--reference", tmp_path / "reference.png")):
        assert run(*more)[0] == 0
        with Image.open(tmp_path / "out.png") as out:
            pixels = np.asarray(out).astype(float)
        blueness.append((pixels[..., 2] - pixels[..., 0]).mean())
    assert blueness[1] > blueness[0] + 20
    code, output = run("--reference", tmp_path / "photo.png")
    assert code == 1 and "has no colours" in output
    faint = np.full((64, 64, 3), 120, np.uint8)
    faint[..., 2] += 6  # a chroma of 4: far too little to be "in colour", and a colour
    Image.fromarray(faint).save(tmp_path / "faint.png")
    assert run("--reference", tmp_path / "faint.png")[0] == 0
    code, output = run("--reference", tmp_path / "reference.png", "--reference-strength", 2)
    assert code == 1 and "it goes from 0 to 1" in output
    code, output = run("--reference", tmp_path / "none.png")
    assert code == 1 and "none.png" in output
    folder = tmp_path / "several"
    folder.mkdir()
    code, output = run("--reference", folder)
    assert code == 1 and "holds no pictures" in output
    for name in ("faint.png", "reference.png"):
        (folder / name).write_bytes((tmp_path / name).read_bytes())
    assert run("--reference", folder)[0] == 0
    Image.fromarray(colours).convert("L").save(folder / "photo.png")
    code, output = run("--reference", folder)
    assert code == 1 and "photo.png has no colours" in output


def test_evaluate_shows_what_a_mirrored_copy_is_worth(tmp_path: Path, few: Path) -> None:
    table = tmp_path / "table.md"
    told = ("evaluate", few, "--mirrored", "--views", 1, "--vividness", 0, "--markdown", table)
    result = CliRunner().invoke(main, [str(a) for a in told])
    assert result.exit_code == 0, result.output
    first, _ = table.read_text().split("\n\n")
    rows = {row.split("|")[2].strip(): row.split("|") for row in first.splitlines()}
    alone, mirrored = (
        float(rows[n][6]) for n in ("lite-unet mean", "lite-unet mean, mirrored copy")
    )
    assert mirrored < alone
