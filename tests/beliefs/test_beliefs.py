"""Beliefs against the densities and distributions they stand for."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from chromafield.beliefs import (
    ChannelBeliefs,
    GaussianBelief,
    LabelBelief,
    Proposal,
    as_channels,
    as_gaussian,
    as_labels,
    channel_beliefs,
    gaussian_to_labels,
    grid_of,
    labels_to_gaussian,
    marginals,
    multiply,
    on_grid,
    regrid,
)
from chromafield.beliefs.convert import VARIANCE_FLOOR
from chromafield.color.palette import gamut_cells
from chromafield.errors import BadValue
from chromafield.resize import resize

seeds = st.integers(0, 2**32 - 1)
BINS = torch.arange(-120, 121, 10, dtype=torch.float64)


def random_gaussian(random: torch.Generator, h: int = 3, w: int = 4) -> GaussianBelief:
    """Any mean; precisions from a hundredth of what a cell knows to a stroke's."""
    mean = 100 * torch.randn(2, 2, h, w, generator=random, dtype=torch.float64)
    log = 2 * torch.randn(2, 1, h, w, generator=random, dtype=torch.float64) - 3
    return GaussianBelief(mean, log.exp())


def palette() -> Tensor:
    return gamut_cells().double()


def random_labels(random: torch.Generator, h: int = 2, w: int = 3) -> LabelBelief:
    energy = 4 * torch.randn(2, 261, h, w, generator=random, dtype=torch.float64)
    return LabelBelief(energy, palette())


def random_channels(random: torch.Generator, h: int = 2, w: int = 3) -> ChannelBeliefs:
    energy = 3 * torch.randn(2, 2, 25, h, w, generator=random, dtype=torch.float64)
    return ChannelBeliefs(*(LabelBelief(e, BINS[:, None]) for e in energy))


def generator(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def close(x: GaussianBelief, y: GaussianBelief) -> None:
    torch.testing.assert_close(x.mean, y.mean, rtol=1e-9, atol=1e-9)
    torch.testing.assert_close(x.precision, y.precision, rtol=1e-9, atol=1e-9)


def log_density(belief: GaussianBelief, ab: Tensor) -> Tensor:
    normal = torch.distributions.Normal(belief.mean, belief.precision**-0.5)
    return normal.log_prob(ab).sum(1)


# The oracle: two densities multiplied point by point; the product's shape is the same, its height
# is not, so differences of the logarithm between points are compared.
@given(seed=seeds)
def test_a_product_of_beliefs_is_the_product_of_their_densities(seed):
    random = generator(seed)
    x, y = random_gaussian(random), random_gaussian(random)
    here, there = 50 * torch.randn(2, 2, 2, 3, 4, generator=random, dtype=torch.float64)
    got = log_density(x * y, here) - log_density(x * y, there)
    expected = sum(log_density(one, here) - log_density(one, there) for one in (x, y))
    torch.testing.assert_close(got, expected, rtol=1e-9, atol=1e-6)


@given(seed=seeds)
def test_multiplication_commutes_associates_and_has_a_neutral_element(seed):
    random = generator(seed)
    x, y, z = (random_gaussian(random) for _ in range(3))
    close(x * y, y * x)
    close((x * y) * z, x * (y * z))
    silent = GaussianBelief(z.mean, torch.zeros_like(z.precision))
    close(x * silent, x)
    close(silent * x, x)


def test_two_that_know_nothing_know_nothing_together():
    silent = GaussianBelief(torch.full((1, 2, 1, 1), 40.0), torch.zeros(1, 1, 1, 1))
    both = silent * silent
    assert both.precision.item() == 0 and both.mean.isfinite().all()


def test_equal_precisions_meet_in_the_middle():
    x = GaussianBelief(torch.tensor([10.0, 0.0]).view(1, 2, 1, 1), torch.full((1, 1, 1, 1), 2.0))
    y = GaussianBelief(torch.tensor([30.0, -8.0]).view(1, 2, 1, 1), torch.full((1, 1, 1, 1), 2.0))
    assert (x * y).mean.flatten().tolist() == [20.0, -4.0]
    assert (x * y).precision.item() == 4.0


@given(seed=seeds)
def test_the_gaussian_of_labels_has_their_moments(seed):
    belief = random_labels(generator(seed), 1, 2)
    got = labels_to_gaussian(belief)
    for i in range(2):
        for x in range(2):
            p = [math.exp(-e) for e in belief.energy[i, :, 0, x].tolist()]
            p = [one / sum(p) for one in p]
            for c in range(2):
                values = belief.palette[:, c].tolist()
                mean = sum(q * v for q, v in zip(p, values, strict=True))
                assert got.mean[i, c, 0, x].item() == pytest.approx(mean, abs=1e-9)
            a, b = got.mean[i, :, 0, x].tolist()
            spread = sum(
                q * ((u - a) ** 2 + (v - b) ** 2) / 2
                for q, (u, v) in zip(p, belief.palette.tolist(), strict=True)
            )
            assert got.precision[i, 0, 0, x].item() == pytest.approx(1 / spread, rel=1e-9)


def test_labels_sure_of_one_cell_are_no_surer_than_the_floor():
    energy = torch.full((1, 261, 1, 1), 1e4)
    energy[0, 7] = 0
    got = labels_to_gaussian(LabelBelief(energy, gamut_cells()))
    assert torch.equal(got.mean.flatten(), gamut_cells()[7])
    assert got.precision.item() == 1 / VARIANCE_FLOOR


@given(seed=seeds)
def test_labels_of_a_gaussian_are_its_density_at_each_cell(seed):
    belief = random_gaussian(generator(seed), 1, 2)
    got = gaussian_to_labels(belief, palette()).probability()
    points = palette().T.reshape(2, 261, 1, 1).expand(2, 261, 1, 2)
    logs = torch.stack([log_density(belief, points[None, :, k]) for k in range(261)], dim=1)
    torch.testing.assert_close(got, torch.softmax(logs, 1), rtol=1e-9, atol=1e-12)


# A Gaussian that fits well inside the palette survives the way there and back.
@given(
    a=st.floats(-20, 20), b=st.floats(-20, 20), spread=st.floats(7, 9), lightness=st.integers(1, 3)
)
def test_a_gaussian_amid_the_palette_survives_as_labels(a, b, spread, lightness):
    mean = torch.tensor([a, b], dtype=torch.float64).view(1, 2, 1, 1).expand(1, 2, lightness, 1)
    precision = torch.full((1, 1, lightness, 1), spread**-2, dtype=torch.float64)
    got = labels_to_gaussian(gaussian_to_labels(GaussianBelief(mean, precision), palette()))
    torch.testing.assert_close(got.mean, mean, rtol=0, atol=0.5)
    torch.testing.assert_close(got.precision, precision, rtol=0.05, atol=0)


@given(seed=seeds)
def test_marginals_are_sums_over_the_other_channel(seed):
    belief = random_labels(generator(seed))
    got = marginals(belief)
    p = belief.probability()
    for c, channel in enumerate((got.a, got.b)):
        assert torch.equal(channel.palette, BINS[:, None])
        q = channel.probability()
        torch.testing.assert_close(q.sum(1), torch.ones_like(q[:, 0]), rtol=0, atol=1e-12)
        for i, value in enumerate(BINS):
            expected = p[:, belief.palette[:, c] == value].sum(1)
            torch.testing.assert_close(q[:, i], expected, rtol=1e-12, atol=1e-15)


@given(seed=seeds)
def test_marginals_keep_the_mean_and_the_variance_exactly(seed):
    belief = random_labels(generator(seed))
    close(as_gaussian(marginals(belief)), as_gaussian(belief))


@given(seed=seeds)
def test_a_joint_belief_of_channels_is_their_product(seed):
    channels = random_channels(generator(seed))
    grid = torch.cartesian_prod(BINS, BINS)
    got = as_labels(channels, grid).probability().unflatten(1, (25, 25))
    expected = channels.a.probability()[:, :, None] * channels.b.probability()[:, None]
    torch.testing.assert_close(got, expected, rtol=1e-9, atol=1e-15)
    # On a part of the grid it is the same product, made to sum to one again.
    index = ((palette() + 120) / 10).long()
    part = expected[:, index[:, 0], index[:, 1]]
    got = as_labels(channels, palette()).probability()
    torch.testing.assert_close(got, part / part.sum(1, keepdim=True), rtol=1e-9, atol=1e-15)


@given(seed=seeds)
def test_independent_channels_survive_as_a_joint_belief(seed):
    channels = random_channels(generator(seed))
    back = marginals(as_labels(channels, torch.cartesian_prod(BINS, BINS)))
    for got, expected in ((back.a, channels.a), (back.b, channels.b)):
        torch.testing.assert_close(got.probability(), expected.probability(), rtol=1e-9, atol=1e-15)


def test_a_channel_gaussian_takes_each_channels_own_mean():
    energy = torch.full((2, 1, 25, 1, 1), 1e4)
    energy[0, :, 3], energy[1, :, 20] = 0, 0  # a = -90, b = 80
    a, b = (LabelBelief(e, BINS[:, None].float()) for e in energy)
    got = as_gaussian(ChannelBeliefs(a, b))
    assert got.mean.flatten().tolist() == [-90, 80] and got.precision.item() == 1 / VARIANCE_FLOOR


def test_every_kind_of_belief_becomes_both_kinds():
    random = generator(0)
    gaussian, labels = random_gaussian(random, 2, 3), random_labels(random)
    channels = random_channels(random)
    both = Proposal(gaussian, labels)
    assert as_channels(Proposal(gaussian, labels, channels)) is channels
    close(as_gaussian(as_channels(both)), as_gaussian(marginals(labels)))
    assert as_gaussian(gaussian) is gaussian and as_gaussian(both) is gaussian
    assert as_labels(labels, palette()[:3]) is labels and as_labels(both, palette()) is labels
    for belief in (gaussian, labels, channels, both):
        one, other = as_gaussian(belief), as_labels(belief, palette())
        assert one.mean.shape == (2, 2, 2, 3) and one.precision.shape == (2, 1, 2, 3)
        assert (one.precision > 0).all()
        assert other.energy.shape == (2, 261, 2, 3) and torch.equal(other.palette, palette())
    close(as_gaussian(labels), labels_to_gaussian(labels))
    expected = gaussian_to_labels(gaussian, palette()).energy
    assert torch.equal(as_labels(gaussian, palette()).energy, expected)


def test_channels_that_rule_a_value_out_stay_finite_as_a_gaussian():
    channels = marginals(LabelBelief(torch.zeros(1, 261, 1, 1), gamut_cells()))
    assert channels.a.energy.isinf().any()  # no gamut cell has a = -120
    assert as_gaussian(channels).mean.isfinite().all()
    joint = as_labels(channels, gamut_cells()).probability()
    assert joint.isfinite().all() and joint.sum().item() == pytest.approx(1)


# An opinion multiplies a distribution cell by cell, whatever kind the distribution is.
@given(seed=seeds)
def test_joining_an_opinion_multiplies_the_probabilities(seed):
    random = generator(seed)
    labels, opinion = random_labels(random), random_gaussian(random, 2, 3)
    told = gaussian_to_labels(opinion, palette()).probability()
    expected = labels.probability() * told
    expected = expected / expected.sum(1, keepdim=True)
    got = multiply(labels, opinion)
    torch.testing.assert_close(as_labels(got, palette()).probability(), expected)
    both = multiply(Proposal(opinion, labels), opinion)
    assert torch.equal(as_labels(both, palette()).energy, as_labels(got, palette()).energy)
    close(as_gaussian(both), opinion * opinion)
    close(as_gaussian(multiply(opinion, as_gaussian(labels))), opinion * as_gaussian(labels))


@given(seed=seeds)
def test_channels_may_be_joined_before_or_after_they_become_one(seed):
    random = generator(seed)
    channels, opinion = random_channels(random), random_gaussian(random, 2, 3)
    before = as_labels(multiply(channels, opinion), palette()).probability()
    after = as_labels(multiply(as_labels(channels, palette()), opinion), palette()).probability()
    torch.testing.assert_close(before, after, rtol=1e-7, atol=1e-12)
    whole = multiply(Proposal(opinion, as_labels(channels, palette()), channels), opinion)
    assert torch.equal(
        as_channels(whole).b.energy, as_channels(multiply(channels, opinion)).b.energy
    )


@given(seed=seeds)
def test_an_opinion_without_precision_changes_nothing(seed):
    random = generator(seed)
    mean = random_gaussian(random, 2, 3).mean
    silent = GaussianBelief(mean, torch.zeros(2, 1, 2, 3, dtype=mean.dtype))
    for belief in (random_gaussian(random, 2, 3), random_labels(random), random_channels(random)):
        got = multiply(belief, silent)
        close(as_gaussian(got), as_gaussian(belief))
        expected = as_labels(belief, palette()).probability()
        torch.testing.assert_close(as_labels(got, palette()).probability(), expected)


def test_every_kind_of_belief_knows_its_grid_and_can_change_it():
    random = generator(3)
    gaussian, labels = random_gaussian(random, 4, 6), random_labels(random, 4, 6)
    channels = random_channels(random, 4, 6)
    kinds = (gaussian, labels, channels, Proposal(gaussian, labels, channels))

    def halve(x: Tensor) -> Tensor:
        return torch.nn.functional.avg_pool2d(x, 2)

    for belief in kinds:
        assert grid_of(belief) == (4, 6)
        small = regrid(belief, halve)
        assert type(small) is type(belief) and grid_of(small) == (2, 3)
        close(as_gaussian(regrid(belief, lambda x: x)), as_gaussian(belief))
    # Probabilities are averaged, not energies: four sure neighbours that differ make one unsure.
    small = regrid(labels, halve)
    torch.testing.assert_close(small.probability(), halve(labels.probability()))
    torch.testing.assert_close(regrid(gaussian, halve).mean, halve(gaussian.mean))
    whole = as_channels(regrid(kinds[-1], halve))
    assert torch.equal(whole.a.energy, as_channels(regrid(channels, halve)).a.energy)


def test_a_networks_fifty_planes_are_the_bins_of_a_and_then_of_b():
    energy = torch.arange(50.0).view(1, 50, 1, 1)
    told = channel_beliefs(energy)
    assert told.a.energy.flatten().tolist() == list(range(25))
    assert told.b.energy.flatten().tolist() == list(range(25, 50))
    assert told.a.palette.flatten().tolist() == told.b.palette.flatten().tolist() == BINS.tolist()


def one_exact(a: float, exact: float, silent: float) -> GaussianBelief:
    """Four cells in a row: sure to 10 units, exact, silent, sure to 10 units."""
    mean = torch.tensor([a, exact, silent, a]).expand(1, 2, 1, 4).clone()
    return GaussianBelief(mean, torch.tensor([0.01, math.inf, 0.0, 0.01]).view(1, 1, 1, 4))


def test_exact_colours_win_products_and_silent_means_are_not_read() -> None:
    first, second = one_exact(10.0, 30.0, math.nan), one_exact(20.0, -30.0, 7.0)
    got = first * second
    torch.testing.assert_close(got.mean[0, 0, 0], torch.tensor([15.0, 0.0, 0.0, 15.0]))
    assert got.precision[0, 0, 0].tolist() == pytest.approx([0.02, math.inf, 0.0, 0.02])
    plain = GaussianBelief(torch.full((1, 2, 1, 4), 50.0), torch.full((1, 1, 1, 4), 0.03))
    for product in (first * plain, plain * first):
        torch.testing.assert_close(product.mean[0, 0, 0], torch.tensor([40.0, 30.0, 50.0, 40.0]))
    impossible = LabelBelief(torch.full((1, 2, 1, 1), math.inf), torch.tensor([[0.0, 0], [30, 30]]))
    impossible.energy[:, 0] = 0
    sure = GaussianBelief(torch.full((1, 2, 1, 1), 29.0), torch.full((1, 1, 1, 1), math.inf))
    product = multiply(impossible, sure)
    assert isinstance(product, LabelBelief)
    assert product.probability().flatten().tolist() == [0.0, 1.0]


def test_products_refuse_what_is_no_precision() -> None:
    for wrong in (math.nan, -0.005):
        other = GaussianBelief(torch.zeros(1, 2, 1, 1), torch.full((1, 1, 1, 1), wrong))
        with pytest.raises(BadValue, match="NaN or below 0 in 1 of 1 cells"):
            multiply(GaussianBelief(torch.zeros(1, 2, 1, 1), torch.ones(1, 1, 1, 1)), other)


@pytest.mark.parametrize("grid", [(1, 2), (2, 8), (1, 4)])
def test_exact_cells_stay_exact_on_other_grids(grid: tuple[int, int]) -> None:
    belief = one_exact(10.0, 30.0, math.nan)
    weighted = belief.on(grid, resize)
    moved = on_grid(belief, grid, resize)
    assert isinstance(moved, GaussianBelief)
    for got in (weighted, moved):
        exact = got.exact[0, 0, 0]
        assert exact.any() and not exact.all()
        assert (got.mean[0, :, 0][:, exact] == 30).all()
        assert not got.precision.isnan().any()
    assert weighted.mean.isfinite().all()
