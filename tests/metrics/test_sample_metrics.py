"""Table 2's measures against values worked out by hand, brute force and scikit-image."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
import torch
from skimage.metrics import structural_similarity

from chromafield.color import rgb_to_lab
from chromafield.datasets.datasets import list_photos
from chromafield.metrics.sample_metrics import (
    best_of,
    errors,
    even_regions,
    mean_over_pairs,
    pairwise_similarity,
    similarity,
    unevenness,
    variance,
)
from chromafield.papers.second.sample_table import (
    Figures,
    Sampled,
    best_markdown,
    difference,
    evaluate_samples,
    interval,
    markdown,
    paired,
)
from chromafield.resize import resize


def test_errors_are_in_the_papers_units() -> None:
    true = torch.zeros(2, 2, 2)
    samples = torch.stack([true + 12.8, true])
    samples[1, 0, 0, 0] = 64.0
    rmse, mae = errors(samples, true)
    torch.testing.assert_close(rmse, torch.tensor([0.1, 0.5 / 8**0.5]))
    torch.testing.assert_close(mae, torch.tensor([0.1, 0.5 / 8]))


def test_the_best_of_fewer_is_the_mean_over_all_choices() -> None:
    found = torch.tensor([0.5, 0.2, 0.9, 0.4, 0.7], dtype=torch.float64)
    for count in range(1, 6):
        chosen = itertools.combinations(found.tolist(), count)
        expected = np.mean([min(c) for c in chosen])
        assert best_of(found, count) == pytest.approx(expected)
    assert best_of(found, 5) == pytest.approx(0.2)


def test_the_variance_by_hand() -> None:
    samples = torch.zeros(2, 2, 1, 1)
    samples[0, 0] = 25.6  # a is 0.2 and 0: variance 0.01; b has none
    assert variance(samples) == pytest.approx(0.005)
    assert variance(samples[:1]) == 0


# Faint fields are those that the two constants of the measure decide on.
@pytest.mark.parametrize("reach", [1.0, 0.1, 0.02])
def test_the_similarity_is_scikit_images(reach: float) -> None:
    random = np.random.default_rng(0)
    one, other = reach * random.uniform(-1, 1, (2, 2, 20, 24))
    _, everywhere = structural_similarity(
        one,
        other,
        channel_axis=0,
        data_range=2.0,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
        full=True,
    )
    expected = everywhere[:, 5:-5, 5:-5].mean()  # ours has the windows that lie in the picture
    got = similarity(torch.from_numpy(one), torch.from_numpy(other))
    assert got == pytest.approx(float(expected), abs=1e-9)
    assert similarity(torch.from_numpy(one), torch.from_numpy(one)) == pytest.approx(1)


# Wang et al., 2004: c1 = (0.01 R)^2 and c2 = (0.03 R)^2, and values from -1 to 1 have R = 2. Of two
# even fields 0 and m the similarity is c1 / (m^2 + c1); of an even field and a checkerboard of
# +-s, whose mean is 0 in every window, c2 / (s^2 + c2). Both are a half at m^2 = c1, s^2 = c2.
def test_the_similarity_by_hand() -> None:
    grey = torch.zeros(2, 14, 15).double()
    assert similarity(grey, grey + 0.02) == pytest.approx(1 / 2, rel=1e-6)
    assert similarity(grey, grey + 0.06) == pytest.approx(1 / 10, rel=1e-6)
    board = 0.06 * (1.0 - 2.0 * ((torch.arange(14)[:, None] + torch.arange(15)) % 2))
    board = board.double().expand(2, 14, 15)
    assert similarity(grey, board) == pytest.approx(1 / 2, rel=1e-6)
    # Against its own opposite only the sign of the covariance turns: (c2 - 2 s^2) / (c2 + 2 s^2).
    assert similarity(board, -board) == pytest.approx(-1 / 3, rel=1e-6)


def test_small_grids_have_small_windows() -> None:
    one = torch.rand(2, 5, 7, generator=torch.Generator().manual_seed(0))
    assert similarity(one, one) == pytest.approx(1, abs=1e-5)
    assert similarity(one, one.flip(2)) < 0.9


def test_pairs_are_averaged_and_one_sample_is_like_itself() -> None:
    a = torch.zeros(2, 12, 12)
    b = torch.full((2, 12, 12), 0.5)
    ab, aa = similarity(a, b), 1.0
    assert mean_over_pairs([a, a, b]) == pytest.approx((aa + 2 * ab) / 3)
    assert pairwise_similarity(torch.stack([a, a, b]) * 128) == pytest.approx((aa + 2 * ab) / 3)
    assert pairwise_similarity(a[None]) == 1


def test_even_regions_are_joined_over_corners_and_small_ones_left_out() -> None:
    lightness = torch.full((10, 10), 50.0)
    lightness[:, 5] = 90.0  # a wall of 10 cells: too small to count
    lightness[4, 5] = 50.5  # with a hole in it
    assert even_regions(lightness).unique().tolist() == [0, 1]
    lightness[4, 5] = 90.0
    regions = even_regions(lightness)
    assert regions.unique().tolist() == [0, 1, 2]
    assert (regions[:, 5] == 0).all() and regions[0, 0] != regions[0, 9]


def test_unevenness_by_hand() -> None:
    regions = torch.zeros(2, 4, dtype=torch.long)
    regions[0], regions[1, :2] = 1, 2
    ab = torch.zeros(2, 2, 4)
    ab[0, 0] = torch.tensor([0.0, 2.0, 0.0, 2.0])  # variance 1 in the first region of 4 cells
    ab[1, 1] = torch.tensor([5.0, 5.0, 9.0, -9.0])  # none in the second of 2; the rest counts not
    assert unevenness(ab, regions) == pytest.approx(4 * 1.0 / 6)
    assert unevenness(ab, torch.zeros(2, 4, dtype=torch.long)) == 0


def figures(best: float) -> Figures:
    return Figures((best + 0.2, best), best, best**2, 0.01, 0.5, 0.9, 10.0, 4.0, 0.7)


def test_differences_are_paired() -> None:
    one = Sampled("faces", "ours", (figures(0.1), figures(0.3)))
    other = Sampled("faces", "theirs", (figures(0.2), figures(0.5)))
    d = difference(one, other, "best_rmse")
    assert d.mean == pytest.approx(-0.15)
    half = 1.96 * np.std([-0.1, -0.2], ddof=1) / 2**0.5
    assert (d.low, d.high) == pytest.approx((-0.15 - half, -0.15 + half))
    assert interval([1.0]).high == float("inf")
    assert "ours less theirs" in paired(one, other) and "variance 100 %" in paired(one, other)
    table = markdown([one, other], 8, {"ours": 66.6})
    assert "| faces | theirs | - | 2 | 0.3500 | 0.3500 | 0.14500 | 0.5500 |" in table
    assert "| faces | ours | 67 | 2 | 0.2000 |" in table and "8 samples a picture" in table
    curve = best_markdown([one, other])
    assert "| n = 1 | n = 2 |" in curve and "| faces | ours | 0.4000 | 0.2000 |" in curve


def test_the_errors_of_a_pictures_samples_are_those_of_every_choice(pack: Path) -> None:
    """The least of three by each definition; the mean of one; of two, over all pairs."""
    photos = list_photos([pack])[:1]
    random = torch.Generator().manual_seed(0)
    samples = 20 * torch.randn(3, 2, 10, 12, generator=random)
    (row,) = evaluate_samples(photos, {"drawn": lambda lab: samples})
    (found,) = row.figures
    rgb = torch.from_numpy(photos[0].read_rgb().copy()).movedim(-1, 0).float() / 255
    true = resize(rgb_to_lab(rgb)[None], (10, 12))[0, 1:]
    away = ((samples - true) / 128).double()
    square = away.square().mean((1, 2, 3))
    assert found.best_mse == pytest.approx(float(square.min()), rel=1e-5)
    assert found.best_mae == pytest.approx(float(away.abs().mean((1, 2, 3)).min()), rel=1e-5)
    rmse = square.sqrt().tolist()
    pairs = [min(pair) for pair in itertools.combinations(rmse, 2)]
    assert found.best == pytest.approx((np.mean(rmse), np.mean(pairs), min(rmse)), rel=1e-5)
    assert (found.mean_rmse, found.best_rmse) == (found.best[0], found.best[-1])
