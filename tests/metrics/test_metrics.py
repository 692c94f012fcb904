from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from skimage.metrics import peak_signal_noise_ratio

from chromafield.color import rgb_to_lab
from chromafield.color.palette import gamut_cells, rebalance, smooth_prior
from chromafield.metrics.metrics import accuracy, colourfulness, measure, psnr, rebalanced_auc


def picture(seed: int) -> torch.Tensor:
    return torch.randint(0, 256, (3, 16, 24), generator=torch.Generator().manual_seed(seed)).byte()


def test_psnr_agrees_with_scikit_image() -> None:
    a, b = picture(0), picture(1)
    assert psnr(a, b) == pytest.approx(peak_signal_noise_ratio(a.numpy(), b.numpy()), abs=1e-9)


def test_colourfulness_of_half_red_half_blue_by_hand() -> None:
    """Signed: rg is 255 and 0, yb 127.5 and -255; absolute: yb is 127.5 and 255."""
    halves = torch.zeros(3, 10, 20, dtype=torch.uint8)
    halves[0, :, :10], halves[2, :, 10:] = 255, 255
    signed = math.hypot(127.5, 191.25) + 0.3 * math.hypot(127.5, -63.75)
    absolute = math.hypot(127.5, 63.75) + 0.3 * math.hypot(127.5, 191.25)
    assert colourfulness(halves, signed=True) == pytest.approx(signed)
    assert colourfulness(halves) == pytest.approx(absolute)


def test_grey_has_no_colourfulness() -> None:
    assert colourfulness(torch.full((3, 4, 4), 90, dtype=torch.uint8)) == 0


def test_the_accuracy_is_the_area_under_the_counted_curve() -> None:
    """Zhang et al. 2016, 3.1: the share of pixels within t, for t from 0 to 150."""
    random = torch.Generator().manual_seed(0)
    true = 60 * torch.randn(2, 20, 20, generator=random)
    guess = true + 40 * torch.randn(2, 20, 20, generator=random)
    distance = np.hypot(*(true - guess).numpy())
    thresholds = np.linspace(0, 150, 30001)
    shares = [(distance <= t).mean() for t in thresholds]
    area = np.trapezoid(shares, thresholds) / 150
    assert float(accuracy(true, guess).mean()) == pytest.approx(area, abs=1e-4)


def test_ab_mse_is_in_the_papers_scale() -> None:
    """A colour off by 25.5 units of ab in both channels is off by 0.1 of the scale: 0.01."""
    truth, guess = picture(2), picture(3)
    steps = (rgb_to_lab(truth.double() / 255) - rgb_to_lab(guess.double() / 255))[1:]
    by_hand = float((steps**2).mean()) / 255**2
    assert measure(truth, guess).ab_mse == pytest.approx(by_hand, rel=1e-9)


def test_truth_measured_against_itself_is_perfect() -> None:
    truth = picture(4)
    same = measure(truth, truth)
    assert same.ciede2000 == 0
    assert same.ab_mse == 0
    assert same.auc == 1
    assert same.colourfulness == same.truth_colourfulness


def test_rebalancing_weighs_each_pixel_by_its_colours_rarity() -> None:
    k = len(gamut_cells())
    random = np.random.default_rng(0)
    cells = torch.from_numpy(random.integers(0, k, 500) // 9)
    scores = torch.from_numpy(random.random(500))
    counts = torch.bincount(cells, minlength=k).double()
    sums = torch.zeros(k, dtype=torch.float64).index_add_(0, cells, scores)
    weight = rebalance(smooth_prior(counts), 0.5).double()
    pixel_by_pixel = sum(float(weight[c] * s) for c, s in zip(cells, scores, strict=True))
    pixel_by_pixel /= sum(float(weight[c]) for c in cells)
    assert rebalanced_auc(sums, counts) == pytest.approx(pixel_by_pixel, rel=1e-9)
