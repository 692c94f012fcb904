"""The joint palette and what is computed on it, against brute force."""

import hashlib
import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from chromafield.color import rgb_to_lab
from chromafield.color.palette import (
    SOFT_SIGMA,
    STEP,
    gamut_cells,
    rebalance,
    smooth_prior,
    soft_encode,
)

seeds = st.integers(0, 2**32 - 1)


def random_ab(seed: int, n: int = 64) -> torch.Tensor:
    """ab of random sRGB colours, (1, 2, n, 1); corners of the cube among them."""
    rgb = torch.tensor(np.random.default_rng(seed).random((1, 3, n, 1)))
    rgb[..., :8, :] = rgb[..., :8, :].round()
    return rgb_to_lab(rgb)[:, 1:]


# Every checkpoint's weights are in this order: a change of it is a change of all of them.
def test_the_cells_and_their_order_never_change():
    cells = gamut_cells()
    assert cells.shape == (261, 2) and cells.dtype == torch.float32
    pairs = [tuple(pair) for pair in cells.int().tolist()]
    assert pairs == sorted(set(pairs)) and all(a % 10 == b % 10 == 0 for a, b in pairs)
    assert (pairs[0], pairs[-1]) == ((-90, 80), (100, -50))
    digest = hashlib.sha256(repr(pairs).encode()).hexdigest()
    assert digest.startswith("57cf94347c99abb7")


@given(seed=seeds)
def test_every_srgb_colour_lies_in_a_cell(seed):
    cells = {tuple(pair) for pair in gamut_cells().int().tolist()}
    own = (random_ab(seed, 256) / STEP).round().int() * STEP
    assert {tuple(pair) for pair in own[0, :, :, 0].T.tolist()} <= cells


# Only the faces of the colour cube are looked at; the oracle looks inside.
def test_the_inside_of_the_colour_cube_adds_no_cell():
    axis = torch.linspace(0, 1, 41, dtype=torch.float64)
    rgb = torch.cartesian_prod(axis, axis, axis).T[:, :, None]
    own = (rgb_to_lab(rgb)[1:, :, 0].T / STEP).round().int() * STEP
    cells = {tuple(pair) for pair in gamut_cells().int().tolist()}
    found = {tuple(pair) for pair in own.unique(dim=0).tolist()}
    assert found <= cells and len(found) > 250


# The definition, one neighbour at a time. Two gamut cells may be equally near to a neighbour
# outside the gamut; either may have its weight, so distances are compared and not numbers.
@given(seed=seeds)
def test_soft_encode_agrees_with_brute_force(seed):
    palette = gamut_cells().double().numpy()
    ab = random_ab(seed, 16)
    cells, weight = soft_encode(ab)
    for pixel in range(16):
        colour = ab[0, :, pixel, 0].numpy()
        steps = np.array([(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1)])
        centres = (np.rint(colour / STEP) + steps) * STEP
        raw = [np.exp(-((c - colour) ** 2).sum() / (2 * SOFT_SIGMA**2)) for c in centres]
        np.testing.assert_allclose(weight[0, :, pixel, 0], np.array(raw) / sum(raw), atol=1e-12)
        for centre, chosen in zip(centres, palette[cells[0, :, pixel, 0]], strict=True):
            assert np.hypot(*(chosen - centre)) == np.hypot(*(palette - centre).T).min()


@given(seed=seeds)
def test_soft_weights_sum_to_1_and_mean_about_the_colour(seed):
    ab = random_ab(seed)
    cells, weight = soft_encode(ab)
    assert cells.shape == weight.shape == (1, 9, 64, 1)
    torch.testing.assert_close(weight.sum(1), torch.ones_like(weight[:, 0]), rtol=0, atol=1e-12)
    mean = (weight[:, :, None] * gamut_cells()[cells].movedim(-1, 2)).sum(1)
    assert (mean - ab).abs().max() < STEP
    # The colour's own cell, which rebalancing asks for, is the middle one.
    assert torch.equal(
        gamut_cells()[cells[:, 4]].movedim(-1, 1), (ab / STEP).round().float() * STEP
    )


# Zhang, Isola and Efros, 2016: Gaussian weights of sigma 5 units on cells of 10, so that a cell's
# side away is two sigma: of a colour in the middle of its cell 1, four times e^-2, four times e^-4.
def test_soft_weights_of_a_cells_own_middle_by_hand():
    cells, weight = soft_encode(torch.tensor([20.0, -10.0]).double().view(1, 2, 1, 1))
    side, corner = math.exp(-2), math.exp(-4)
    whole = 1 + 4 * side + 4 * corner
    expected = [corner, side, corner, side, 1, side, corner, side, corner]
    assert weight.flatten().tolist() == pytest.approx([w / whole for w in expected], rel=1e-9)
    places = [[a, b] for a in (10, 20, 30) for b in (-20, -10, 0)]
    assert gamut_cells()[cells.flatten()].tolist() == places


def test_soft_encode_far_outside_the_palette_still_answers():
    cells, weight = soft_encode(torch.tensor([[[[500.0]], [[-500.0]]]]))
    assert weight.isfinite().all() and weight.sum() == pytest.approx(1)
    assert (gamut_cells()[cells.flatten()] - torch.tensor([80.0, -110.0])).abs().max() < 60


def random_prior(seed: int) -> torch.Tensor:
    counts = torch.tensor(np.random.default_rng(seed).gamma(0.2, size=261))
    return counts / counts.sum()


@given(seed=seeds, uniform=st.floats(0.01, 1))
def test_rebalancing_keeps_the_mean_and_favours_the_rare(seed, uniform):
    prior = random_prior(seed)
    weight = rebalance(prior, uniform)
    assert (prior * weight).sum().item() == pytest.approx(1)
    ordered = weight[prior.argsort()]
    assert (ordered.diff() <= 1e-12).all()
    # Zhang et al. 2016, equation 4: weights are inverse to the mixture with the uniform prior.
    inverse = weight * ((1 - uniform) * prior + uniform / 261)
    torch.testing.assert_close(inverse, inverse[:1].expand(261))


def test_a_wholly_uniform_share_switches_rebalancing_off():
    torch.testing.assert_close(rebalance(random_prior(1), 1.0), torch.ones(261).double())


def test_the_smoothed_prior_agrees_with_brute_force():
    counts = np.random.default_rng(0).integers(0, 5, 261).astype(float)
    cells = gamut_cells().double().numpy()
    expected = np.zeros(261)
    for i in range(261):
        kernel = np.exp(-((cells - cells[i]) ** 2).sum(1) / (2 * SOFT_SIGMA**2))
        expected += counts[i] * kernel / kernel.sum()
    got = smooth_prior(torch.tensor(counts))
    np.testing.assert_allclose(got, expected / expected.sum(), rtol=1e-4, atol=1e-8)
