"""Plugged networks against the same arithmetic in NumPy."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from skimage.color import lab2rgb, rgb2lab
from torch import Tensor

from chromafield.beliefs import GaussianBelief, LabelBelief, as_gaussian, as_labels
from chromafield.canvas.canvas import make_canvas
from chromafield.color import rgb_to_lab
from chromafield.color.palette import gamut_cells
from chromafield.fields import create_field
from chromafield.models import load_model
from chromafield.models._cells import zhang_cells
from chromafield.models.plugged import store
from chromafield.models.plugged.loading import add, describe_file
from chromafield.models.plugged.probe import Stated
from chromafield.resize import resize
from chromafield.views.views import predict

from . import tiny


def plug(path: Path, preset: str = "", size: int | None = None) -> None:
    add(path, describe_file(path, told=Stated(preset, size)), [])


def lightness(h: int = 64, w: int = 96, seed: int = 0) -> Tensor:
    return 100 * torch.rand(1, 1, h, w, generator=torch.Generator().manual_seed(seed))


def grey_of(seen: Tensor) -> NDArray[np.float64]:
    """sRGB of each lightness, by scikit-image."""
    lab = np.zeros((*seen.shape[2:], 3))
    lab[..., 0] = seen[0, 0].double().numpy()
    return np.moveaxis(lab2rgb(lab), -1, 0)


def test_ddcolors_kind_answers_with_ab(tmp_path: Path) -> None:
    plug(tiny.ddcolor(tmp_path / "ddcolor.onnx", side=None))
    belief = load_model("ddcolor").model(lightness())
    assert isinstance(belief, GaussianBelief)
    expected = tiny.ddcolor_answer(grey_of(lightness()))
    np.testing.assert_allclose(belief.mean[0], expected, atol=0.05)
    assert np.abs(expected).max() > 20
    assert torch.equal(belief.precision, torch.full((1, 1, 64, 96), 0.01))


def test_fixed_sides_are_seen_whole_whatever_the_pictures(tmp_path: Path) -> None:
    plug(tiny.ddcolor(tmp_path / "ddcolor.onnx", side=64))
    model = load_model("ddcolor").model
    picture = lightness(120, 300)
    small = resize(picture, (64, 64))
    expected = tiny.ddcolor_answer(grey_of(small))
    for told in (model(picture), predict(model, picture, size=160, views=1)):
        np.testing.assert_allclose(as_gaussian(told).mean[0], expected, atol=0.05)


@pytest.mark.parametrize("way", ["0 to 1", "0 to 255", "ImageNet's"])
def test_deoldifys_kind_answers_in_each_range(way: str, tmp_path: Path) -> None:
    plug(tiny.deoldify(tmp_path / "deoldify.onnx", way))
    belief = load_model("deoldify").model(lightness())
    rgb = tiny.deoldify_answer(grey_of(lightness()))
    expected = np.moveaxis(rgb2lab(np.moveaxis(rgb, 0, -1)), -1, 0)[1:]
    np.testing.assert_allclose(as_gaussian(belief).mean[0], expected, atol=0.1)
    assert np.abs(expected).max() > 10


@pytest.mark.parametrize(("said", "seen"), [(None, 256), (512, 512), (320, 320), (0, 0)])
def test_the_size_that_is_said_counts_before_the_presets(
    said: int | None, seen: int, tmp_path: Path
) -> None:
    path = tiny.deoldify(tmp_path / "deoldify.onnx", "0 to 255")
    assert describe_file(path, told=Stated(size=said)).input.size == seen


@pytest.mark.parametrize(
    ("answer", "preset"),
    [
        ("ab", "zhang2016"),
        ("ab/110", "ab"),
        ("probabilities", "zhang2016"),
        ("logits", "zhang2016"),
    ],
)
def test_zhangs_kind_answers_with_ab_or_a_distribution(
    answer: str, preset: str, tmp_path: Path
) -> None:
    plug(tiny.zhang(tmp_path / "zhang.onnx", answer), preset)
    belief = load_model("zhang").model(lightness())
    expected = tiny.zhang_answer(lightness()[0].double().numpy(), answer)
    if answer.startswith("ab"):
        unit = 110 if answer == "ab/110" else 1
        np.testing.assert_allclose(as_gaussian(belief).mean[0], unit * expected, atol=1e-3)
    else:
        assert isinstance(belief, LabelBelief) and torch.equal(belief.palette, zhang_cells())
        p = np.exp(expected - expected.max(0))
        np.testing.assert_allclose(belief.probability()[0], p / p.sum(0), atol=1e-5)


def test_a_network_that_takes_hints_gets_them(tmp_path: Path) -> None:
    plug(tiny.with_hints(tmp_path / "hinted.onnx"), "zhang2017")
    model = load_model("hinted").model
    seen = lightness()
    planes = np.zeros((4, 64, 96))
    planes[0] = (seen[0, 0].double().numpy() - 50) / 100
    alone = 110 * tiny.answer_with_hints(planes)
    np.testing.assert_allclose(as_gaussian(model(seen)).mean[0], alone, atol=1e-3)
    mask = torch.zeros(1, 1, 64, 96)
    mask[..., 8:12, 20:30] = 0.4
    ab = torch.tensor([30.0, -55.0])[:, None, None].expand(1, 2, 64, 96)
    told = model.predict_with_hints(seen, GaussianBelief(ab, mask))
    here = mask[0, 0].numpy() > 0
    planes[1], planes[2], planes[3] = here * 30 / 110, here * -0.5, here
    np.testing.assert_allclose(told[0], 110 * tiny.answer_with_hints(planes), atol=1e-3)
    assert np.abs(told[0].numpy() - alone).max() > 5


def test_sides_that_are_no_multiple_are_continued_and_cut(tmp_path: Path) -> None:
    plug(tiny.zhang(tmp_path / "zhang.onnx", "ab"), "zhang2016")
    seen = lightness(70, 45)
    belief = load_model("zhang").model(seen)
    expected = tiny.zhang_answer(seen[0].double().numpy(), "ab")
    np.testing.assert_allclose(as_gaussian(belief).mean[0], expected, atol=1e-3)


def test_a_batch_is_its_pictures(tmp_path: Path) -> None:
    plug(tiny.ddcolor(tmp_path / "ddcolor.onnx", side=64))
    model = load_model("ddcolor").model
    both = torch.cat([lightness(64, 64, 1), lightness(64, 64, 2)])
    mean = model(both).mean
    for i in range(2):
        assert torch.equal(mean[i : i + 1], model(both[i : i + 1]).mean)


def test_lightness_is_kept_and_colours_out_of_the_gamut_are_fitted(tmp_path: Path) -> None:
    graph = tiny.Graph(3).conv(tiny.mix(4, 2, 3, 180))
    plug(graph.save(tmp_path / "wild.onnx", 2), "ddcolor", size=64)
    model, field = load_model("wild").model, create_field("mean")
    seen = 10 + 0.8 * lightness()
    canvas = make_canvas(seen, model, field, size=64)
    assert canvas.solve().abs().max() > 150  # far outside
    rgb = canvas.paint()
    assert rgb.min() >= 0 and rgb.max() <= 1
    torch.testing.assert_close(rgb_to_lab(rgb)[:1], seen[0], atol=0.1, rtol=0)


def test_views_that_disagree_make_it_less_sure(tmp_path: Path) -> None:
    across = np.linspace(-30, 30, 64)[None, None, None]  # answers by the place: no mirror image
    graph = tiny.Graph(3, 64, 64).conv(tiny.mix(0, 2, 3, 1)).do("Add", across)
    plug(graph.save(tmp_path / "lopsided.onnx", 2), "ddcolor")
    belief = predict(load_model("lopsided").model, lightness(64, 64), views=2)
    variance = 1 / as_gaussian(belief).precision[0, 0]
    off = np.linspace(-30, 30, 64)
    np.testing.assert_allclose(variance.mean(0), 100 + off**2, rtol=0.05)


def test_a_blend_of_three_kinds_is_the_mean_of_their_beliefs(
    tiny_weights: Path, tmp_path: Path
) -> None:
    plug(tiny.ddcolor(tmp_path / "ddcolor.onnx", side=64))
    plug(tiny.zhang(tmp_path / "cells.onnx", "logits"), "zhang2016", size=0)
    names = ["ddcolor", "cells", str(tiny_weights)]
    seen = lightness(96, 128)
    told = [predict(load_model(name).model, seen, size=96, views=1) for name in names]
    shares = {"+".join(names): (1, 1, 1), f"ddcolor*2+cells+{tiny_weights}*0.5": (2, 1, 0.5)}
    for name, weights in shares.items():
        got = predict(load_model(name).model, seen, size=96, views=1)
        total = sum(weights)
        means = [resize(as_gaussian(b).mean, (64, 64)) for b in told]
        mean = sum(w * m for w, m in zip(weights, means, strict=True)) / total
        torch.testing.assert_close(as_gaussian(got).mean, mean, atol=1e-4, rtol=1e-6)
        cells = gamut_cells()
        p = as_labels(got, cells).probability()
        torch.testing.assert_close(p.sum(1), torch.ones(1, 64, 64))
    half = predict(load_model("ddcolor*3").model, seen, size=96, views=1)
    torch.testing.assert_close(as_gaussian(half).mean, as_gaussian(told[0]).mean)


def test_a_file_serves_where_what_it_takes_can_be_told(tmp_path: Path) -> None:
    path = tiny.ddcolor(tmp_path / "Own One.onnx")
    trained = load_model(str(path))
    assert trained.name == "own-one" and store.added() == []
    add(path, describe_file(path), [])
    assert load_model("own-one").digest == trained.digest
