from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from chromafield.canvas.upsample import Upsampled, upsample, upsample_planes
from chromafield.resize import enlarge, shrink


def whole(upsampled: Upsampled) -> torch.Tensor:
    return torch.cat([lab for _, lab in upsampled.strips()], dim=2)


def edge(height: int = 64, width: int = 96, at: int = 43) -> torch.Tensor:
    """A vertical edge: L 30 and 70, ab (40, -20) and (-10, 50), off the grid of 8."""
    left = torch.tensor([30.0, 40, -20])[:, None, None].expand(3, height, at)
    right = torch.tensor([70.0, -10, 50])[:, None, None].expand(3, height, width - at)
    return torch.cat([left, right], dim=2)[None]


def test_an_edge_of_lightness_carries_the_colour_better_than_bilinear() -> None:
    lab = edge()
    small = shrink(lab[:, 1:], (8, 12))
    bilinear = (enlarge(small, (64, 96)) - lab[:, 1:]).abs().mean()
    upsampled = (whole(upsample(small, lab[:, :1]))[:, 1:] - lab[:, 1:]).abs().mean()
    assert upsampled < 0.6 * bilinear


def test_over_flat_lightness_it_is_bilinear() -> None:
    small = 30 * torch.randn(1, 2, 5, 7)
    lightness = torch.full((1, 1, 41, 58), 40.0)
    upsampled = whole(upsample(small, lightness))
    torch.testing.assert_close(upsampled[:, 1:], enlarge(small, (41, 58)), atol=1e-4, rtol=0)


def test_texture_without_colour_moves_no_colour() -> None:
    """Lightness noise under constant colour: nothing to follow."""
    lightness = 50 + 15 * torch.randn(1, 1, 64, 64).clamp(-2, 2)
    small = torch.tensor([20.0, -30.0])[None, :, None, None].expand(1, 2, 8, 8)
    upsampled = whole(upsample(small, lightness))[:, 1:]
    torch.testing.assert_close(upsampled, enlarge(small, (64, 64)), atol=1e-4, rtol=0)


# Three columns, L 47, 50, 53 and a -3, 0, 3, b 3, 0, -3: around the middle one both variances are 6
# and the covariance 6 or -6. A unit of noise leaves r^2 = 6^2 / ((6 + 1) (6 + 1)), and steps well
# below 9 units of lightness move no colour: the slope is r^2 6 / (6 + 9^2).
def test_the_slope_along_lightness_by_hand() -> None:
    steps = torch.tensor([-3.0, 0.0, 3.0]).expand(1, 1, 3, 3)
    planes = upsample_planes(torch.cat([steps, -steps], dim=1), 50 + steps)
    slope = (36 / 49) * 6 / (6 + 81)
    assert planes[0, 2:4, 1, 1].tolist() == pytest.approx([slope, -slope], rel=1e-3)


@settings(max_examples=40, deadline=None)
@given(
    h=st.integers(1, 40),
    w=st.integers(1, 40),
    gh=st.integers(1, 12),
    gw=st.integers(1, 12),
    seed=st.integers(0, 99),
)
def test_every_size_keeps_lightness_and_stays_finite(
    h: int, w: int, gh: int, gw: int, seed: int
) -> None:
    random = torch.Generator().manual_seed(seed)
    lightness = 100 * torch.rand(1, 1, h, w, generator=random)
    upsampled = whole(upsample(60 * torch.randn(1, 2, gh, gw, generator=random), lightness))
    assert upsampled.shape == (1, 3, h, w)
    assert torch.equal(upsampled[:, :1], lightness)
    assert upsampled.isfinite().all()


def test_strips_are_parts_of_the_whole(monkeypatch) -> None:
    random = torch.Generator().manual_seed(0)
    lightness = 100 * torch.rand(1, 1, 37, 29, generator=random)
    upsampled = upsample(30 * torch.randn(1, 2, 5, 4, generator=random), lightness)
    at_once = whole(upsampled)
    monkeypatch.setattr("chromafield.canvas.upsample.STRIP", 3 * 29)
    strips = list(upsampled.strips())
    assert len(strips) == 13
    torch.testing.assert_close(torch.cat([s for _, s in strips], dim=2), at_once)
    assert [rows for rows, _ in strips][-1] == slice(36, 37)
