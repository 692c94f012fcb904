"""Larsson's hypercolumns: published sizes, and hue and chroma against the standard library's."""

from __future__ import annotations

import colorsys
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from chromafield.color import rgb_to_lab
from chromafield.data.crop_config import CropConfig
from chromafield.errors import BadValue
from chromafield.models import create_model, load_model
from chromafield.models._hue import (
    BINS,
    decoded,
    grey_of_lightness,
    hue_and_chroma,
    mean_direction,
    median,
)
from chromafield.models.larsson import Larsson
from chromafield.train.config import FitConfig, RunConfig
from chromafield.train.run import train
from chromafield.train.tasks.larsson import divergence, windows


def random(*shape: int) -> torch.Tensor:
    return torch.rand(*shape, generator=torch.Generator().manual_seed(0))


def test_the_authors_width_has_the_published_hypercolumn_and_layers() -> None:
    with torch.device("meta"):
        model = create_model("larsson", width=64)
    assert isinstance(model, Larsson) and model.columns == 12_417
    convolutions = sum(  # VGG-16's, of one channel
        9 * i * o
        for i, o in [(1, 64), (64, 64), (64, 128), (128, 128), (128, 256), (256, 256), (256, 256)]
        + [(256, 512)]
        + 5 * [(512, 512)]
    )
    kernels = sum(p.numel() for p in model.blocks.parameters() if p.dim() == 4)
    assert kernels == convolutions
    assert model.fc6[0].weight.shape == (4096, 512, 7, 7)
    assert model.fc7[0].weight.shape == (4096, 4096, 1, 1)
    assert model.hidden.weight.shape[:2] == (1024, 12_417)
    assert model.hue.weight.shape[:2] == model.chroma.weight.shape[:2] == (32, 1024)


def test_a_width_of_nothing_is_refused() -> None:
    with pytest.raises(BadValue, match="The width is 0"):
        create_model("larsson", width=0)


def test_hue_and_chroma_are_those_of_the_standard_library() -> None:
    rgb = random(2, 3, 4, 5)
    rgb[0, :, 0, 0] = 0.3  # a grey
    hue, chroma = hue_and_chroma(rgb)
    for at in np.ndindex(2, 4, 5):
        one = rgb[at[0], :, at[1], at[2]].double().tolist()
        assert hue[at].item() == pytest.approx(colorsys.rgb_to_hsv(*one)[0], abs=1e-5)
        assert chroma[at].item() == pytest.approx(max(one) - min(one), abs=1e-6)


def test_sure_distributions_decode_to_their_colour() -> None:
    """Bins' centres, and greys at which nothing is cut off; the colour by `colorsys`."""
    hues, chromas = torch.tensor([0, 5, 13, 20, 31]), torch.tensor([2, 10, 4, 7, 12])
    grey = torch.tensor([0.5, 0.4, 0.6, 0.3, 0.5])[None, None, None]
    hue, chroma = (F.one_hot(i, BINS).T[None, :, None].float() for i in (hues, chromas))
    ab = decoded(hue, chroma, grey)
    for i, (h, c) in enumerate(zip(hues.tolist(), chromas.tolist(), strict=True)):
        width, level = (c + 0.5) / BINS, grey[0, 0, 0, i].item()
        value = level + width / 2
        rgb = colorsys.hsv_to_rgb((h + 0.5) / BINS, width / value, value)
        expected = rgb_to_lab(torch.tensor(rgb)[:, None, None])[1:, 0, 0]
        torch.testing.assert_close(ab[0, :, 0, i], expected, atol=0.02, rtol=0)


def test_a_hue_of_no_direction_fades_to_grey() -> None:
    even = torch.full((1, BINS, 1, 1), 1 / BINS)
    vivid = F.one_hot(torch.tensor([20]), BINS).float()[:, :, None, None]
    assert decoded(even, vivid, torch.full((1, 1, 1, 1), 0.5)).abs().max() < 0.01
    across, up = mean_direction(even)
    assert max(across.abs().max(), up.abs().max()) < 1e-6


def test_the_median_has_half_of_the_probability_below() -> None:
    chroma = random(3, BINS, 2, 2).softmax(1)
    found = median(chroma)
    for at in np.ndindex(3, 2, 2):
        p = chroma[at[0], :, at[1], at[2]].double().numpy()
        expected = np.interp(0.5, np.concatenate([[0], p.cumsum()]), np.arange(BINS + 1) / BINS)
        assert found[at[0], 0, at[1], at[2]].item() == pytest.approx(expected, abs=1e-5)


def test_the_grey_of_a_lightness_has_it() -> None:
    lightness = 100 * random(1, 1, 3, 4)
    grey = grey_of_lightness(lightness)
    again = rgb_to_lab(grey.expand(-1, 3, -1, -1))[:, :1]
    torch.testing.assert_close(again, lightness, atol=1e-3, rtol=0)


def test_windows_count_the_pixels_that_are_there() -> None:
    values = random(2, 11, 13)
    x, y = torch.tensor([[0, 6], [12, 3]]), torch.tensor([[0, 5], [10, 9]])
    found = windows(values, x, y)
    for b, n in np.ndindex(2, 2):
        i, j = y[b, n], x[b, n]
        window = values[b, max(i - 3, 0) : i + 4, max(j - 3, 0) : j + 4].numpy()
        counts, _ = np.histogram(window, BINS, (0, 1))
        np.testing.assert_allclose(found[b, :, n], counts / counts.sum(), atol=1e-6)


def test_the_divergence_is_torchs() -> None:
    true, logits = random(2, BINS, 3).softmax(1), random(2, BINS, 3)
    expected = F.kl_div(logits.log_softmax(1), true, reduction="none").sum(1)
    torch.testing.assert_close(divergence(true, logits), expected)
    same = divergence(true, true.log())
    torch.testing.assert_close(same, torch.zeros_like(same), atol=1e-5, rtol=0)


def test_a_place_reads_the_same_on_the_grid_and_alone() -> None:
    torch.manual_seed(0)
    model = create_model("larsson", width=2).eval()
    seen = 100 * random(1, 1, 40, 56)
    cell = torch.tensor([[[[4 * 9 + 2.0, 4 * 3 + 2.0]]]])  # x of column 9, y of row 3
    hue, chroma = model.at(seen, cell)
    grid = model(seen)
    grey = grey_of_lightness(seen)[:, :, 13:15, 37:39].mean((2, 3), keepdim=True)
    alone = decoded(hue.softmax(1), chroma.softmax(1), grey)
    torch.testing.assert_close(grid.mean[:, :, 3:4, 9:10], alone, atol=1e-2, rtol=0)


def test_it_learns_and_its_weights_load_by_path(pack: Path, tmp_path: Path) -> None:
    lines: list[dict[str, float]] = []
    config = RunConfig(
        model="larsson",
        paths=(str(pack),),
        steps=25,
        options={"width": 4},
        start="scratch",
        sides=(32,),
        held_out=0.2,
        evaluated=2,
        crops=CropConfig(batch=2, aged=0.0),
        fit=FitConfig(warmup=5),
    )
    train(tmp_path, config, lines.append)
    for part in ("chroma", "hue"):
        first, last = (sum(line[part] for line in some) / 5 for some in (lines[:5], lines[-5:]))
        assert last < 0.9 * first
    trained = load_model(str(tmp_path / "weights" / "larsson.safetensors"))
    assert trained.model.config.width == 4
