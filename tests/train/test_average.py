"""The mean of weight files against the mean taken by hand."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from click.testing import CliRunner

from chromafield.cli.main import main
from chromafield.errors import BadValue, WeightsError
from chromafield.models import create_model, load_model
from chromafield.models.weights import read_weights, write_weights
from chromafield.train.average import average_weights

SMALL = {"coarse": 16, "widths": (8, 8, 8)}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("weights")
    paths = [folder / f"{number}.safetensors" for number in range(3)]
    for number, path in enumerate(paths):
        torch.manual_seed(number)
        write_weights(path, "lite-unet", create_model("lite-unet", **SMALL))
    return paths


@pytest.mark.parametrize("shares", [(), (1.0, 2.0, 5.0)])
def test_each_weight_is_the_mean(shares: tuple[float, ...], files: list[Path], tmp_path: Path):
    out = tmp_path / "mean.safetensors"
    digest = average_weights(files, out, shares)
    assert load_model(str(out)).digest == digest
    states = [read_weights(path)[2] for path in files]
    parts = [share / sum(shares) for share in shares] or [1 / 3] * 3
    for key, got in read_weights(out)[2].items():
        expected = sum(
            part * state[key].double() for part, state in zip(parts, states, strict=True)
        )
        # Kernels are written in half precision.
        torch.testing.assert_close(got.double(), expected, rtol=1e-3, atol=1e-6)
    card = out.with_suffix(".md").read_text()
    assert all(read_weights(path)[3] in card for path in files) and digest in card


def test_of_equal_files_it_is_the_file(files: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "same.safetensors"
    words = ["average", str(files[0]), str(files[0]), "-o", str(out)]
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 0 and done.stdout.strip() == str(out)
    one, other = read_weights(out)[2], read_weights(files[0])[2]
    assert all(torch.equal(one[key], other[key]) for key in other)


def test_what_cannot_be_averaged_is_said(files: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "mean.safetensors"
    with pytest.raises(BadValue, match="at least two weight files"):
        average_weights(files[:1], out)
    with pytest.raises(BadValue, match="for each a share above 0"):
        average_weights(files, out, (1.0, 0.0, 1.0))
    other = tmp_path / "other.safetensors"
    write_weights(other, "lite-unet", create_model("lite-unet", coarse=8, widths=(8, 8, 8)))
    with pytest.raises(WeightsError, match="is of another network, or of other options"):
        average_weights([files[0], other], out)
    assert not out.exists()
