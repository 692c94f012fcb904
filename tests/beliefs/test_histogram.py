"""Tilting by a histogram: the first paper's product, and its limits."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from chromafield.beliefs import (
    Belief,
    GaussianBelief,
    Histogram,
    LabelBelief,
    Proposal,
    as_channels,
    as_gaussian,
    as_labels,
    marginals,
    tilt,
)
from chromafield.color.palette import gamut_cells

seeds = st.integers(0, 10**6)
CELLS = gamut_cells().double()


def labels(random: torch.Generator) -> LabelBelief:
    return LabelBelief(3 * torch.randn(1, 261, 2, 3, generator=random).double(), CELLS)


def kinds(random: torch.Generator) -> dict[str, Belief]:
    mean = 30 * torch.randn(1, 2, 2, 3, generator=random).double()
    gaussian = GaussianBelief(mean, torch.full((1, 1, 2, 3), 0.01).double())
    told = labels(random)
    return {
        "gaussian": gaussian,
        "labels": told,
        "channels": marginals(told),
        "proposal": Proposal(gaussian, told),
    }


def histogram(random: torch.Generator) -> Histogram:
    share = torch.rand(261, generator=random).double() ** 8
    return Histogram(share / share.sum(), CELLS)


@given(seed=seeds)
def test_its_channels_are_sums_over_the_other(seed: int) -> None:
    told = histogram(torch.Generator().manual_seed(seed))
    for c in range(2):
        for i, value in enumerate(range(-120, 121, 10)):
            expected = told.share[CELLS[:, c] == value].sum()
            torch.testing.assert_close(told.channel(c)[i], expected)


# The paper's: unary times histogram, normalised over the 25 bins, a and b apart.
@pytest.mark.parametrize("kind", ["gaussian", "labels", "channels", "proposal"])
@given(seed=seeds)
def test_full_strength_is_the_normalised_product(kind: str, seed: int) -> None:
    random = torch.Generator().manual_seed(seed)
    belief, told = kinds(random)[kind], histogram(random)
    own, got = as_channels(belief), as_channels(tilt(belief, told, 1.0))
    for c, (before, after) in enumerate(((own.a, got.a), (own.b, got.b))):
        floored = (told.channel(c) + 1e-3) / (1 + 25e-3)
        product = before.probability() * floored[:, None, None]
        torch.testing.assert_close(after.probability(), product / product.sum(1, keepdim=True))


# The same of the joint cells: what `mode`, `mixture` and their like decide on.
@pytest.mark.parametrize("kind", ["gaussian", "labels", "channels", "proposal"])
def test_joint_cells_are_multiplied_by_their_own_shares(kind: str) -> None:
    random = torch.Generator().manual_seed(11)
    belief, told = kinds(random)[kind], histogram(random)
    floored = (told.share + 1e-3) / (1 + 261e-3)
    product = as_labels(belief, CELLS).probability() * floored[:, None, None]
    got = as_labels(tilt(belief, told, 1.0), CELLS).probability()
    torch.testing.assert_close(got, product / product.sum(1, keepdim=True))


def test_an_exact_colour_stays_under_any_palette() -> None:
    random = torch.Generator().manual_seed(12)
    belief = kinds(random)["gaussian"]
    assert isinstance(belief, GaussianBelief)
    belief.precision[..., 1, 1] = float("inf")
    got = as_gaussian(tilt(belief, histogram(random), 1.0))
    assert torch.equal(got.mean[..., 1, 1], belief.mean[..., 1, 1])
    assert not torch.equal(got.mean[..., 0, 0], belief.mean[..., 0, 0])


@pytest.mark.parametrize("kind", ["gaussian", "labels", "channels", "proposal"])
@given(seed=seeds)
def test_no_strength_changes_nothing(kind: str, seed: int) -> None:
    random = torch.Generator().manual_seed(seed)
    belief = kinds(random)[kind]
    got = tilt(belief, histogram(random), 0.0)
    torch.testing.assert_close(as_gaussian(got).mean, as_gaussian(belief).mean)
    now, before = as_labels(got, CELLS).probability(), as_labels(belief, CELLS).probability()
    torch.testing.assert_close(now, before)


# An even share of cells is not an even share of a channel's bins: channels apart would be tilted.
@pytest.mark.parametrize("kind", ["gaussian", "labels", "proposal"])
def test_an_even_histogram_changes_no_joint_belief(kind: str) -> None:
    random = torch.Generator().manual_seed(0)
    belief = kinds(random)[kind]
    even = Histogram(torch.full((261,), 1 / 261).double(), CELLS)
    got = tilt(belief, even, 1.0)
    torch.testing.assert_close(as_gaussian(got).mean, as_gaussian(belief).mean)


@pytest.mark.parametrize("kind", ["gaussian", "labels", "channels", "proposal"])
def test_more_strength_comes_nearer_to_the_colour_named(kind: str) -> None:
    random = torch.Generator().manual_seed(2)
    belief = kinds(random)[kind]
    share = torch.zeros(261).double()
    share[int((torch.tensor([20.0, -40.0]) == CELLS).all(1).nonzero())] = 1
    named = torch.tensor([20.0, -40.0]).double().view(1, 2, 1, 1)
    distances = [
        (as_gaussian(tilt(belief, Histogram(share, CELLS), s)).mean - named).norm(dim=1).mean()
        for s in (0.0, 0.3, 1.0)
    ]
    assert distances[0] > distances[1] > distances[2]


# Section 4.2: p' ~ p h. Even odds of a = 0 and 20 under shares of a quarter and three quarters
# become a quarter and three quarters, but for the floor of a thousandth: the mean goes from 10 to
# 20 * 0.751 / 1.002, and the Gaussian beside it moves as far, wherever it was.
def test_a_proposals_gaussian_moves_by_as_much_as_the_labels_mean() -> None:
    palette = torch.tensor([[0.0, 0.0], [20.0, 0.0]]).double()
    even = LabelBelief(torch.zeros(1, 2, 1, 1).double(), palette)
    mean = torch.tensor([3.0, -7.0]).double().view(1, 2, 1, 1)
    gaussian = GaussianBelief(mean, torch.full((1, 1, 1, 1), 0.01).double())
    wanted = Histogram(torch.tensor([0.25, 0.75]).double(), palette)
    got = as_gaussian(tilt(Proposal(gaussian, even), wanted, 1.0))
    expected = [3 + 20 * 0.751 / 1.002 - 10, -7.0]
    assert got.mean.flatten().tolist() == pytest.approx(expected, rel=1e-9)


def test_a_proposals_own_channels_are_tilted_and_not_its_labels_marginals() -> None:
    random = torch.Generator().manual_seed(3)
    own, told = marginals(labels(random)), histogram(random)
    gaussian = kinds(random)["gaussian"]
    assert isinstance(gaussian, GaussianBelief)
    got = as_channels(tilt(Proposal(gaussian, labels(random), own), told, 0.7))
    expected = as_channels(tilt(own, told, 0.7))
    torch.testing.assert_close(got.a.energy, expected.a.energy)
    torch.testing.assert_close(got.b.energy, expected.b.energy)


def test_colours_that_never_meet_leave_a_belief_finite() -> None:
    energy = torch.full((1, 261, 1, 1), 1e4)
    energy[0, 0] = 0
    share = torch.zeros(261)
    share[200] = 1
    got = tilt(LabelBelief(energy, gamut_cells()), Histogram(share, gamut_cells()), 1.0)
    assert as_labels(got, gamut_cells()).probability().isfinite().all()
    assert as_channels(got).a.probability().isfinite().all()


@given(seed=seeds)
def test_a_belief_over_more_cells_is_tilted_by_the_shares_of_its_own(seed: int) -> None:
    random = torch.Generator().manual_seed(seed)
    share = torch.rand(261, generator=random).double()
    histogram = Histogram(share / share.sum(), CELLS)
    order = torch.randperm(263, generator=random)
    far = torch.tensor([[-120.0, -120.0], [120.0, 120.0]]).double()
    palette = torch.cat([CELLS, far])[order]
    belief = LabelBelief(torch.randn(1, 263, 1, 1, generator=random).double(), palette)
    floored = (torch.cat([histogram.share, torch.zeros(2)])[order] + 1e-3) / (1 + 263e-3)
    expected = belief.probability() * floored[:, None, None] ** (0.7**1.2)
    got = as_labels(tilt(belief, histogram, 0.7), CELLS).probability()
    torch.testing.assert_close(got, expected / expected.sum(1))
