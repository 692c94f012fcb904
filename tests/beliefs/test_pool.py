"""The pool against mixtures written out."""

from __future__ import annotations

import torch
from hypothesis import given
from hypothesis import strategies as st

from chromafield.beliefs import (
    ChannelBeliefs,
    GaussianBelief,
    LabelBelief,
    Proposal,
    as_channels,
    as_gaussian,
    as_labels,
    average,
    marginals,
    on_palette,
)
from chromafield.color.palette import gamut_cells
from chromafield.resize import resize

seeds = st.integers(0, 10**6)
CELLS = gamut_cells().double()


def gaussian(random: torch.Generator) -> GaussianBelief:
    mean = 30 * torch.randn(1, 2, 2, 3, generator=random).double()
    return GaussianBelief(mean, torch.rand(1, 1, 2, 3, generator=random).double() + 0.01)


def labels(random: torch.Generator) -> LabelBelief:
    return LabelBelief(3 * torch.randn(1, 261, 2, 3, generator=random).double(), CELLS)


@given(seed=seeds)
def test_labels_are_averaged_as_probabilities(seed: int) -> None:
    random = torch.Generator().manual_seed(seed)
    told = [labels(random) for _ in range(3)]
    got = average(told, CELLS, resize)
    assert isinstance(got, LabelBelief)
    expected = sum(b.probability() for b in told) / 3
    torch.testing.assert_close(got.probability(), expected)


# Averaging and summing over the other channel may be done in either order.
@given(seed=seeds)
def test_channels_are_averaged_as_their_joint_beliefs_are(seed: int) -> None:
    random = torch.Generator().manual_seed(seed)
    told = [labels(random) for _ in range(2)]
    got = average([marginals(b) for b in told], CELLS, resize)
    assert isinstance(got, ChannelBeliefs)
    expected = marginals(average(told, CELLS, resize))
    torch.testing.assert_close(got.a.probability(), expected.a.probability())
    torch.testing.assert_close(got.b.probability(), expected.b.probability())


# The oracle: the moments of many draws from the mixture.
def test_gaussians_pool_to_their_mixtures_moments() -> None:
    random = torch.Generator().manual_seed(0)
    told = [gaussian(random) for _ in range(3)]
    got = average(told, CELLS, resize)
    draws = torch.cat(
        [
            b.mean + torch.randn(200_000, 2, 2, 3, generator=random).double() / b.precision.sqrt()
            for b in told
        ]
    )
    torch.testing.assert_close(got.mean[0], draws.mean(0), atol=0.2, rtol=0)
    variance = draws.var(0).mean(0, keepdim=True)
    torch.testing.assert_close(1 / got.precision[0], variance, rtol=0.01, atol=0)


def test_who_has_no_opinion_is_not_heard() -> None:
    one = GaussianBelief(torch.full((1, 2, 1, 2), 8.0), torch.tensor([0.5, 0.0]).view(1, 1, 1, 2))
    two = GaussianBelief(torch.full((1, 2, 1, 2), -90.0), torch.zeros(1, 1, 1, 2))
    got = average([one, two], gamut_cells(), resize)
    assert got.mean[0, :, 0, 0].tolist() == [8, 8]
    assert got.precision.flatten().tolist() == [0.5, 0]


@given(seed=seeds)
def test_one_source_is_itself(seed: int) -> None:
    random = torch.Generator().manual_seed(seed)
    for belief in (gaussian(random), labels(random), marginals(labels(random))):
        got = average([belief], CELLS, resize)
        torch.testing.assert_close(as_gaussian(got).mean, as_gaussian(belief).mean)
        torch.testing.assert_close(as_gaussian(got).precision, as_gaussian(belief).precision)


def test_several_kinds_become_all_kinds() -> None:
    random = torch.Generator().manual_seed(1)
    told = [gaussian(random), labels(random), Proposal(gaussian(random), labels(random))]
    got = average(told, CELLS, resize)
    assert isinstance(got, Proposal) and got.channels is None
    expected = sum(as_labels(b, CELLS).probability() for b in told) / 3
    torch.testing.assert_close(got.labels.probability(), expected)
    torch.testing.assert_close(got.gaussian.mean, sum(as_gaussian(b).mean for b in told) / 3)
    bins = marginals(labels(random))
    got = average([*told, bins], CELLS, resize)
    assert isinstance(got, Proposal) and got.channels is not None
    expected = sum(as_channels(b).a.probability() for b in (*told, bins)) / 4
    torch.testing.assert_close(got.channels.a.probability(), expected)


def wider(random: torch.Generator) -> LabelBelief:
    """Over the gamut's cells in another order, with two more beside the first of them."""
    more = torch.cat([CELLS.flip(0), CELLS[:1] + torch.tensor([[-10.0, 3.0], [-20.0, -4.0]])])
    return LabelBelief(3 * torch.randn(1, 263, 2, 3, generator=random).double(), more)


@given(seed=seeds)
def test_labels_over_several_palettes_meet_over_the_one_that_is_given(seed: int) -> None:
    random = torch.Generator().manual_seed(seed)
    told, other = labels(random), wider(random)
    p = other.probability()
    moved = p[:, :261].flip(1).clone()
    moved[:, 0] += p[:, 261] + p[:, 262]
    torch.testing.assert_close(on_palette(other, CELLS).probability(), moved)
    for both in ([told, other], [other, told]):
        got = average(both, CELLS, resize)
        assert isinstance(got, LabelBelief) and torch.equal(got.palette, CELLS)
        torch.testing.assert_close(got.probability(), (told.probability() + moved) / 2)
    alone = average([other, other], CELLS, resize)
    assert isinstance(alone, LabelBelief) and torch.equal(alone.palette, other.palette)
