"""sRGB to CIELAB against the standard's chromaticities, a published calculator and scikit-image."""

import numpy as np
import pytest
import skimage.color
import torch
from hypothesis import given
from hypothesis import strategies as st

from chromafield.color import lab_to_rgb, rgb_to_lab
from chromafield.color.lab import XYZ_FROM_RGB, grey_to_lightness, lab_to_linear

seeds = st.integers(0, 2**32 - 1)


def random_rgb(seed: int, *shape: int) -> torch.Tensor:
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def random_lab(seed: int, h: int, w: int) -> torch.Tensor:
    """Any Lab, most of it outside the gamut."""
    unit = random_rgb(seed, 3, h, w)
    return unit * torch.tensor([100.0, 256.0, 256.0])[:, None, None] - torch.tensor(
        [0.0, 128.0, 128.0]
    ).view(3, 1, 1)


def test_the_matrix_follows_from_the_chromaticities_of_the_standard():
    # IEC 61966-2-1, table 1: x and y of red, green and blue, and of D65.
    primaries = np.array([[0.64, 0.33], [0.30, 0.60], [0.15, 0.06]])
    white = np.array([0.3127, 0.3290])

    def xyz(xy: np.ndarray) -> np.ndarray:
        return np.stack([xy[..., 0] / xy[..., 1], np.ones(xy.shape[:-1]), xy.sum(-1)], -1)

    columns = xyz(primaries).T
    columns[2] = (1 - primaries.sum(1)) / primaries[:, 1]
    target = np.array([white[0] / white[1], 1, (1 - white.sum()) / white[1]])
    expected = columns * np.linalg.solve(columns, target)
    np.testing.assert_allclose(XYZ_FROM_RGB, expected, rtol=0, atol=1e-12)


# Bruce Lindbloom, CIE Color Calculator, www.brucelindbloom.com (reference white D65, RGB model
# sRGB, gamma sRGB, no adaptation). His matrix has seven digits and his white point is a constant
# of its own, (0.95047, 1, 1.08883); ours is derived from the matrix, which moves some by 0.008.
LINDBLOOM = [
    ((1, 0, 0), (53.2408, 80.0925, 67.2032)),
    ((0, 1, 0), (87.7347, -86.1827, 83.1793)),
    ((0, 0, 1), (32.2970, 79.1875, -107.8602)),
    ((1, 1, 0), (97.1393, -21.5537, 94.4780)),
    ((0, 1, 1), (91.1132, -48.0875, -14.1312)),
    ((1, 0, 1), (60.3242, 98.2343, -60.8249)),
    ((1, 1, 1), (100.0, 0.0, 0.0)),
]


@pytest.mark.parametrize(("rgb", "lab"), LINDBLOOM)
def test_primaries_match_bruce_lindbloom_calculator(rgb, lab):
    got = rgb_to_lab(torch.tensor(rgb, dtype=torch.float64)[:, None, None]).flatten()
    np.testing.assert_allclose(got, lab, rtol=0, atol=0.01)


@given(seed=seeds)
def test_agrees_with_scikit_image(seed):
    rgb = random_rgb(seed, 3, 8, 8)
    expected = skimage.color.rgb2lab(rgb.movedim(0, -1).numpy())
    # 0.02: scikit-image's white point is a constant of its own; see its 0.005 of chroma in greys.
    np.testing.assert_allclose(rgb_to_lab(rgb).movedim(0, -1), expected, rtol=0, atol=0.02)


@pytest.mark.parametrize(("dtype", "most"), [(torch.float64, 1e-12), (torch.float32, 2e-4)])
def test_greys_have_no_chroma(dtype, most):
    grey = torch.cat([torch.linspace(0, 1, 256, dtype=dtype), torch.tensor([1e-9, 0.04045])])
    lab = rgb_to_lab(grey.to(dtype).expand(3, 1, -1))
    assert lab[1:].abs().max() < most
    torch.testing.assert_close(lab[0, 0], grey_to_lightness(grey.to(dtype)), rtol=0, atol=most)


def test_lightness_runs_from_0_to_100_and_rises_with_grey():
    lightness = grey_to_lightness(torch.linspace(0, 1, 4096, dtype=torch.float64))
    assert lightness[0] == pytest.approx(0, abs=1e-12)
    assert lightness[-1] == pytest.approx(100, abs=1e-12)
    assert (lightness.diff() > 0).all()


@given(seed=seeds)
def test_there_and_back_is_where_we_were(seed):
    rgb = random_rgb(seed, 3, 8, 8)
    torch.testing.assert_close(lab_to_rgb(rgb_to_lab(rgb)), rgb, rtol=0, atol=1e-12)


@given(seed=seeds)
def test_back_and_there_holds_outside_the_gamut_too(seed):
    lab = random_lab(seed, 8, 8)
    torch.testing.assert_close(rgb_to_lab(lab_to_rgb(lab)), lab, rtol=0, atol=1e-9)


def test_every_byte_of_each_channel_survives_single_precision():
    level = torch.arange(256.0)
    rgb = torch.stack([level, level.flip(0), level.roll(85)])[:, :, None] / 255
    assert torch.equal((lab_to_rgb(rgb_to_lab(rgb)) * 255).round(), (rgb * 255).round())


@pytest.mark.parametrize("lead", [(), (2,), (2, 3)])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_leading_axes_are_pictures_of_their_own(lead, dtype):
    rgb = random_rgb(1, *lead, 3, 4, 5).to(dtype)
    lab = rgb_to_lab(rgb)
    assert lab.shape == rgb.shape and lab.dtype == dtype
    alone = [rgb_to_lab(one) for one in rgb.reshape(-1, 3, 4, 5)]
    torch.testing.assert_close(lab.reshape(-1, 3, 4, 5), torch.stack(alone), rtol=0, atol=1e-4)
    assert lab_to_linear(lab).dtype == dtype


@pytest.mark.parametrize("value", [-0.2, 0.0, 1e-6, 0.0031308, 0.04045, 1.0])
def test_gradients_are_finite_at_black_below_it_and_at_both_knees(value):
    rgb = torch.full((3, 1, 1), value, requires_grad=True)
    lab = rgb_to_lab(rgb)
    (grad,) = torch.autograd.grad(lab.sum(), rgb)
    assert grad.isfinite().all() and (grad != 0).any()
    lab = lab.detach().requires_grad_()
    (grad,) = torch.autograd.grad(lab_to_rgb(lab).sum(), lab)
    assert grad.isfinite().all() and (grad != 0).any()


def test_gradients_are_those_of_the_functions():
    rgb = random_rgb(2, 3, 2, 3).mul(0.9).add(0.05).requires_grad_()
    assert torch.autograd.gradcheck(rgb_to_lab, rgb)
    assert torch.autograd.gradcheck(lab_to_rgb, rgb_to_lab(rgb).detach().requires_grad_())
