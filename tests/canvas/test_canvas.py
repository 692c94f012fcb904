from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from chromafield.beliefs import GaussianBelief
from chromafield.canvas.canvas import make_canvas
from chromafield.color import rgb_to_lab
from chromafield.errors import BadValue
from chromafield.fields import create_field


class Wild(nn.Module):
    """A model whose colours are far outside the gamut, on a grid of a quarter."""

    def forward(self, lightness: torch.Tensor) -> GaussianBelief:
        b, _, h, w = lightness.shape
        random = torch.Generator().manual_seed(h * w)
        mean = 90 * torch.randn(b, 2, -(-h // 4), -(-w // 4), generator=random)
        return GaussianBelief(mean, torch.ones_like(mean[:, :1]))


@settings(max_examples=30, deadline=None)
@given(h=st.integers(1, 50), w=st.integers(1, 50), size=st.integers(1, 64))
def test_lightness_is_kept_whatever_the_model_says(h: int, w: int, size: int) -> None:
    lightness = 100 * torch.rand(1, 1, h, w, generator=torch.Generator().manual_seed(h))
    rgb = make_canvas(lightness, Wild(), create_field("mean"), size).paint()
    assert rgb.shape == (3, h, w)
    assert rgb.min() >= 0 and rgb.max() <= 1
    assert (rgb_to_lab(rgb.double())[:1] - lightness[0]).abs().max() < 0.05


def test_strength_goes_from_grey_to_full() -> None:
    lightness = 20 + 60 * torch.rand(1, 1, 24, 24)
    canvas = make_canvas(lightness, Wild(), create_field("mean"), 24)
    chroma = [rgb_to_lab(canvas.paint(strength=s))[1:].norm(dim=0).mean() for s in (0.0, 0.2, 1.0)]
    assert chroma[0] < 1e-3 < chroma[1] < chroma[2]


def test_an_opinion_of_high_precision_is_obeyed_and_costs_no_network_pass() -> None:
    calls = []

    class Counting(Wild):
        def forward(self, lightness: torch.Tensor) -> GaussianBelief:
            calls.append(1)
            return super().forward(lightness)

    lightness = torch.full((1, 1, 32, 32), 60.0)
    canvas = make_canvas(lightness, Counting(), create_field("mean"), 32, views=1)
    told = GaussianBelief(torch.full((1, 2, 8, 8), 12.0), torch.full((1, 1, 8, 8), 1e6))
    torch.testing.assert_close(canvas.solve(told), told.mean, atol=1e-2, rtol=0)
    canvas.solve()
    assert len(calls) == 1


@pytest.mark.parametrize(
    ("grid", "expected"),
    [("network", (24, 32)), ("full", (48, 70)), (64 * 64, (48, 70)), (100, (8, 12))],
)
def test_a_field_works_on_the_grid_it_names(grid: int | str, expected: tuple[int, int]) -> None:
    seen = []
    field = create_field("mean", grid=grid)
    field.prepare = lambda guide: seen.append(tuple(guide.shape[2:]))  # type: ignore[method-assign]
    canvas = make_canvas(50 * torch.ones(1, 1, 48, 70), Wild(), field, 100)
    assert seen == [expected]
    assert tuple(canvas.solve().shape[2:]) == expected
    assert canvas.paint().shape == (3, 48, 70)


@pytest.mark.parametrize("grid", ["half", 0, -5])
def test_a_grid_that_is_none_is_refused(grid: int | str) -> None:
    with pytest.raises(BadValue, match="A field's grid is .*; it is 'network', 'full' or a number"):
        make_canvas(torch.ones(1, 1, 8, 8), Wild(), create_field("mean", grid=grid), 8)
