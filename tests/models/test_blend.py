"""Networks joined by a plus sign."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from chromafield.beliefs import as_gaussian, as_labels, on_palette
from chromafield.color.palette import gamut_cells
from chromafield.errors import UnknownName
from chromafield.models import create_model, load_model
from chromafield.models.weights import write_weights


def test_a_blend_answers_with_the_average(tiny_weights: Path, tmp_path: Path) -> None:
    torch.manual_seed(5)
    other = tmp_path / "other.safetensors"
    write_weights(other, "lite-unet", create_model("lite-unet", coarse=8, widths=(8, 8, 8)))
    paths = [str(tiny_weights), str(other)]
    seen = 100 * torch.rand(1, 1, 40, 33)
    with torch.inference_mode():
        told = [load_model(path).model(seen) for path in paths]
        got = load_model("+".join(paths)).model(seen)
    mean = sum(as_gaussian(b).mean for b in told) / 2
    torch.testing.assert_close(as_gaussian(got).mean, mean)
    p = sum(as_labels(b, gamut_cells()).probability() for b in told) / 2
    torch.testing.assert_close(as_labels(got, gamut_cells()).probability(), p)


def test_networks_with_other_cells_meet_over_the_gamuts(tiny_weights: Path, tmp_path: Path) -> None:
    torch.manual_seed(5)
    other = tmp_path / "zhang.safetensors"
    write_weights(other, "zhang2016", create_model("zhang2016", width=4))
    paths = [str(other), str(tiny_weights), str(tiny_weights)]
    seen = 100 * torch.rand(1, 1, 40, 32)
    with torch.inference_mode():
        theirs, ours = (load_model(path).model(seen) for path in paths[:2])
        got = load_model("+".join(paths)).model(seen)
    cells = gamut_cells()
    p = (on_palette(theirs, cells).probability() + 2 * ours.labels.probability()) / 3
    torch.testing.assert_close(as_labels(got, cells).probability(), p, atol=1e-6, rtol=0)
    mean = (as_gaussian(theirs).mean + 2 * ours.gaussian.mean) / 3
    torch.testing.assert_close(as_gaussian(got).mean, mean, atol=1e-4, rtol=1e-6)


def test_a_plus_in_a_files_path_joins_nothing(tiny_weights: Path, tmp_path: Path) -> None:
    torch.manual_seed(5)
    path = tmp_path / "a+b.safetensors"
    digest = write_weights(path, "lite-unet", create_model("lite-unet", coarse=8, widths=(8, 8, 8)))
    assert load_model(str(path)).digest == digest


def test_its_name_and_digest_are_of_its_members(tiny_weights: Path) -> None:
    one, two = load_model(str(tiny_weights)), load_model(f"{tiny_weights}+{tiny_weights}")
    assert two.name == "lite-unet+lite-unet" and two.digest != one.digest
    with pytest.raises(UnknownName, match="No model named ''"):
        load_model("lite-unet+")
