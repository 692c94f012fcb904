"""fit_gamut: chroma is the only thing it may take, and no more than it must."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from chromafield.color import fit_gamut, lab_to_rgb, lab_to_shown, rgb_to_lab
from chromafield.color.gamut import HALVINGS, SHARES, SLACK
from chromafield.color.lab import lab_to_linear

seeds = st.integers(0, 2**32 - 1)
STEP = 2 * 0.5**HALVINGS / SHARES  # twice what the edge is found to
dtypes = st.sampled_from([torch.float32, torch.float64])


def random_lab(seed: int, dtype: torch.dtype = torch.float64) -> torch.Tensor:
    """8 x 8 pixels, dark ones as often as light ones, most of them outside the gamut."""
    random = np.random.default_rng(seed)
    lab = random.uniform((0, -130, -130), (1, 130, 130), (8, 8, 3))
    lab[..., 0] = 100 * lab[..., 0] ** 2
    lab[0, 0], lab[0, 1], lab[0, 2] = (0, 60, 9), (100, -60, 9), (100, 0, 0)
    return torch.tensor(lab, dtype=dtype).movedim(-1, 0)


def chroma(lab: torch.Tensor) -> torch.Tensor:
    return torch.hypot(lab[1], lab[2])


def fits(lab: torch.Tensor, share: torch.Tensor) -> torch.Tensor:
    """Where these shares of the chroma lie in the gamut."""
    linear = lab_to_linear(torch.stack([lab[0], lab[1] * share, lab[2] * share]))
    return ((linear >= -SLACK) & (linear <= 1 + SLACK)).all(0)


# The oracle: of 400 shares of each pixel's chroma none fits that is just above the one kept, nor
# any run of them an eighth of the chroma wide.
@settings(max_examples=50)
@given(seed=seeds)
def test_no_larger_share_of_the_chroma_would_fit(seed):
    lab = random_lab(seed)
    kept = chroma(fit_gamut(lab)) / chroma(lab).clamp_min(1e-9)
    coloured = chroma(lab) > 0
    shares = torch.linspace(0, 1, 401, dtype=lab.dtype)[:, None, None].expand(-1, 8, 8)
    all_fits = fits(lab.repeat(1, 401, 1), shares.reshape(-1, 8)).unflatten(0, (401, 8))
    larger = all_fits & (shares > kept + STEP)
    wide = larger.unfold(0, 52, 1).all(-1).any(0)
    just_above = larger & (shares < kept + 0.006)
    assert not wide[coloured].any() and not just_above.any(0)[coloured].any()
    assert fits(lab, (kept - STEP).clamp_min(0))[coloured].all()


# Here the gamut has a dent: from 41 to 63 % of the chroma red is too bright, then not up to 81 %.
def test_a_bright_yellow_stays_a_bright_yellow():
    lab = torch.tensor([95.9255, -25.5819, 115.7528], dtype=torch.float64)[:, None, None]
    assert [bool(fits(lab, torch.tensor([[s]]))) for s in (0.4, 0.5, 0.8)] == [True, False, True]
    assert chroma(fit_gamut(lab)).item() == pytest.approx(0.808 * chroma(lab).item(), abs=0.1)


@given(seed=seeds, dtype=dtypes)
def test_lightness_is_kept_exactly_and_hue_to_a_thousandth(seed, dtype):
    lab = random_lab(seed, dtype)
    fitted = fit_gamut(lab)
    assert torch.equal(fitted[0], lab[0])
    turn = torch.atan2(fitted[2], fitted[1]) - torch.atan2(lab[2], lab[1])
    turn = torch.remainder(turn + torch.pi, 2 * torch.pi) - torch.pi
    assert turn[chroma(fitted) > 1].abs().max() < 1e-3
    assert (chroma(fitted) <= chroma(lab) * (1 + 1e-6)).all()


@given(seed=seeds, dtype=dtypes)
def test_the_result_can_be_shown_and_clamping_it_hardly_moves_lightness(seed, dtype):
    lab = random_lab(seed, dtype)
    fitted = fit_gamut(lab)
    linear = lab_to_linear(fitted)
    rounding = 1e-5 if dtype == torch.float32 else 1e-12
    assert linear.min() >= -SLACK - rounding and linear.max() <= 1 + SLACK + rounding
    shown = rgb_to_lab(lab_to_rgb(fitted).clamp(0, 1))
    assert (shown[0] - lab[0]).abs().max() < 0.05


@given(seed=seeds, dtype=dtypes)
def test_colours_of_srgb_come_back_bit_for_bit(seed, dtype):
    random = np.random.default_rng(seed)
    rgb = torch.tensor(random.integers(0, 256, (3, 16, 16)), dtype=dtype) / 255
    rgb[:, 0, :8] = rgb[:, 0, :8].round()  # the corners of the cube are the nearest to the edge
    lab = rgb_to_lab(rgb)
    assert torch.equal(fit_gamut(lab), lab)


@given(seed=seeds)
def test_a_neighbour_outside_leaves_the_colours_inside_bit_for_bit(seed):
    lab = random_lab(seed)
    inside = (fit_gamut(lab) == lab).all(0)
    shown = rgb_to_lab(torch.rand(3, 8, 8, dtype=lab.dtype, generator=torch.manual_seed(seed % 99)))
    mixed = torch.where(torch.eye(8, dtype=torch.bool), lab, shown)
    fitted = fit_gamut(mixed)
    untouched = ~torch.eye(8, dtype=torch.bool) | inside
    assert torch.equal(fitted[:, untouched], mixed[:, untouched])


@given(seed=seeds, dtype=dtypes)
def test_twice_is_once(seed, dtype):
    once = fit_gamut(random_lab(seed, dtype))
    torch.testing.assert_close(fit_gamut(once), once, rtol=0, atol=0.02)


def test_black_and_white_have_no_colour():
    lab = torch.tensor([[0.0, 100.0], [50.0, 50.0], [-70.0, 20.0]])[:, None]
    assert fit_gamut(lab)[1:].abs().max() < 0.2  # what the slack leaves at black


def test_leading_axes_are_pictures_of_their_own():
    lab = torch.stack([random_lab(1), random_lab(2), random_lab(3)])
    alone = torch.stack([fit_gamut(one) for one in lab])
    torch.testing.assert_close(fit_gamut(lab), alone, rtol=0, atol=1e-9)


@given(seed=seeds, dtype=dtypes)
def test_what_is_shown_is_what_was_fitted(seed, dtype):
    lab = random_lab(seed, dtype)
    shown, fitted = lab_to_shown(lab), lab_to_rgb(fit_gamut(lab)).clamp(0, 1)
    assert torch.equal(shown, fitted)
    grey = torch.zeros(3, 4, 4, dtype=dtype)
    grey[0] = torch.linspace(0, 100, 16, dtype=dtype).view(4, 4)
    assert torch.equal(lab_to_shown(grey), lab_to_rgb(grey).clamp(0, 1))  # nothing to fit
