"""Losses against values worked out by hand and against the distributions they stand for."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from chromafield.beliefs import ChannelBeliefs, Few, GaussianBelief, LabelBelief, Proposal
from chromafield.color.palette import gamut_cells, soft_encode
from chromafield.errors import BadValue
from chromafield.train.config import LossConfig
from chromafield.train.losses import (
    belief_loss,
    channel_loss,
    gaussian_loss,
    label_loss,
)

seeds = st.integers(0, 2**32 - 1)
CONFIG = LossConfig(knee=10.0, labels=0.3, precision=0.05, channels=0.2)
EVEN = torch.ones(261, dtype=torch.float64)
BINS = torch.arange(-120, 121, 10, dtype=torch.float64)[:, None]


def pixel(*values: float) -> Tensor:
    """One pixel with these channels."""
    return torch.tensor(values, dtype=torch.float64).view(1, -1, 1, 1)


def random_ab(random: torch.Generator, h: int, w: int) -> Tensor:
    return 100 * torch.rand(2, 2, h, w, generator=random, dtype=torch.float64) - 50


def random_labels(random: torch.Generator, k: int, h: int, w: int, palette: Tensor) -> LabelBelief:
    energy = 3 * torch.randn(2, k, h, w, generator=random, dtype=torch.float64)
    return LabelBelief(energy, palette)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ((0, 0), 0.0),
        ((4, 0), 0.5 * 0.4**2 / 2),  # inside the knee: half the square, averaged over a and b
        ((6, -8), (0.5 * 0.6**2 + 0.5 * 0.8**2) / 2),
        ((10, 0), 0.5 / 2),
        ((30, 0), (3 - 0.5) / 2),  # beyond it: the distance less half a knee
        ((-30, 40), (3 - 0.5 + 4 - 0.5) / 2),
    ],
)
def test_the_means_loss_is_a_square_up_to_the_knee_and_a_line_beyond(error, expected):
    true = pixel(12, -7)
    belief = GaussianBelief(true + pixel(*error), pixel(0.25))
    assert gaussian_loss(belief, true, CONFIG)["mean"].item() == pytest.approx(expected)


@pytest.mark.parametrize(
    ("kind", "expected"), [("mse", (0.3**2 + 0.8**2) / 2), ("l1", (0.3 + 0.8) / 2)]
)
def test_the_means_loss_may_be_square_or_absolute(kind, expected):
    belief = GaussianBelief(pixel(3, -8), pixel(0.25))
    got = gaussian_loss(belief, pixel(0, 0), LossConfig(mean=kind))["mean"].item()
    assert got == pytest.approx(expected)
    with pytest.raises(BadValue, match="The loss is 'cubic'; it is one of huber, mse, l1"):
        LossConfig(mean="cubic")


# The oracle: the negative log-likelihood of torch's own normal distribution, less its constant.
@given(seed=seeds)
def test_the_precisions_loss_is_the_likelihood_of_the_errors(seed):
    random = torch.Generator().manual_seed(seed)
    mean, true = random_ab(random, 3, 4), random_ab(random, 3, 4)
    log = 2 * torch.randn(2, 1, 3, 4, generator=random, dtype=torch.float64) - 4
    belief = GaussianBelief(mean, log.exp())
    normal = torch.distributions.Normal(mean, belief.precision**-0.5)
    expected = (-normal.log_prob(true).sum(1) - math.log(2 * math.pi)).mean()
    got = gaussian_loss(belief, true, CONFIG)["precision"]
    torch.testing.assert_close(got, CONFIG.precision * expected)


def test_the_best_precision_is_two_over_the_squared_error():
    precision = pixel(0.03).requires_grad_()
    true = pixel(0, 0)
    belief = GaussianBelief(pixel(6, 8), precision)
    (grad,) = torch.autograd.grad(gaussian_loss(belief, true, CONFIG)["precision"], precision)
    assert grad.item() == pytest.approx(CONFIG.precision * (0.5 * 100 - 1 / 0.03))
    at_best = GaussianBelief(pixel(6, 8), torch.full_like(precision, 2 / 100).requires_grad_())
    loss = gaussian_loss(at_best, true, CONFIG)["precision"]
    assert torch.autograd.grad(loss, at_best.precision)[0].item() == pytest.approx(0)


# A network that is unsure must not learn its colours less: the mean hears the Huber loss alone.
def test_a_vivid_mean_is_best_beyond_the_truth_and_the_precision_knows():
    true = pixel(20, -10)
    vivid = LossConfig(vivid=1.2)
    at_best = gaussian_loss(GaussianBelief(1.2 * true, pixel(0.1)), true, vivid)
    assert at_best["mean"] == 0
    assert gaussian_loss(GaussianBelief(true, pixel(0.1)), true, vivid)["mean"] > 0.1
    plain = gaussian_loss(GaussianBelief(1.2 * true, pixel(0.1)), true, CONFIG)
    assert at_best["precision"] == plain["precision"]  # it says how far the true colours are
    with pytest.raises(BadValue, match="Vivid is 0"):
        LossConfig(vivid=0.0)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"knee": 0.0}, "The knee is 0.0 ab units; it must be above 0"),
        ({"knee": 10.0, "mean": "l1"}, "The loss l1 has no knee: leave --knee out"),
    ],
)
def test_a_knee_is_above_nothing_and_of_hubers_loss(given, sentence):
    with pytest.raises(BadValue, match=sentence):
        LossConfig(**given)


def test_the_precisions_loss_does_not_move_the_mean():
    mean = pixel(6, 8).requires_grad_()
    parts = gaussian_loss(GaussianBelief(mean, pixel(0.1).requires_grad_()), pixel(0, 0), CONFIG)
    assert torch.autograd.grad(parts["precision"], mean, allow_unused=True) == (None,)


@given(seed=seeds)
def test_label_loss_agrees_with_brute_force(seed):
    random = torch.Generator().manual_seed(seed)
    belief = random_labels(random, 261, 2, 3, gamut_cells().double())
    true = random_ab(random, 2, 3)
    balance = 2 * torch.rand(261, generator=random, dtype=torch.float64)
    cells, weight = soft_encode(true)
    p = belief.probability()
    total = 0.0
    for i in range(2):
        for y in range(2):
            for x in range(3):
                entropy = sum(
                    -weight[i, n, y, x] * p[i, cells[i, n, y, x], y, x].log() for n in range(9)
                )
                distance = (gamut_cells() - true[i, :, y, x]).square().sum(1)
                own = cells[i, 4, y, x]
                # Where the colour lies in the gamut its own cell is the nearest.
                if distance.min() < 25:
                    assert distance[own] == distance.min()
                total += float(entropy * balance[own])
    assert label_loss(belief, true, balance).item() == pytest.approx(total / 12)


@given(seed=seeds)
def test_label_loss_finds_a_colours_cells_in_any_palette_that_has_them(seed):
    random = torch.Generator().manual_seed(seed)
    belief = random_labels(random, 261, 2, 3, gamut_cells().double())
    order = torch.randperm(261, generator=random)
    shuffled = LabelBelief(belief.energy[:, order], belief.palette[order])
    true = random_ab(random, 2, 3)
    balance = torch.rand(261, generator=random, dtype=torch.float64)
    expected = label_loss(belief, true, balance)
    torch.testing.assert_close(label_loss(shuffled, true, balance), expected)


@given(seed=seeds)
def test_labels_are_best_where_they_are_the_soft_encoding_itself(seed):
    random = torch.Generator().manual_seed(seed)
    true = random_ab(random, 2, 2)
    cells, weight = soft_encode(true)
    target = torch.full((2, 261, 2, 2), 1e-12, dtype=torch.float64)
    target.scatter_add_(1, cells, weight)
    palette = gamut_cells().double()
    energy = -target.log()
    best = label_loss(LabelBelief(energy, palette), true, EVEN)
    entropy = -(target * target.log()).sum(1).mean()
    assert best.item() == pytest.approx(entropy.item(), abs=1e-6)
    nudge = torch.randn(energy.shape, generator=random, dtype=torch.float64)
    assert label_loss(LabelBelief(energy + nudge, palette), true, EVEN) > best


def test_know_nothing_labels_cost_the_logarithm_of_their_number():
    labels = LabelBelief(torch.zeros(1, 261, 1, 1).double(), gamut_cells().double())
    assert label_loss(labels, pixel(0, 0), EVEN).item() == pytest.approx(math.log(261))
    flat = LabelBelief(torch.zeros(1, 25, 1, 1).double(), BINS)
    loss = channel_loss(ChannelBeliefs(flat, flat), pixel(0, 0), CONFIG)
    assert loss.item() == pytest.approx(2 * math.log(25))


@given(seed=seeds)
def test_channel_loss_is_the_log_probability_of_the_two_bins(seed):
    random = torch.Generator().manual_seed(seed)
    a, b = (random_labels(random, 25, 2, 3, BINS) for _ in range(2))
    true = 3 * random_ab(random, 2, 3)  # past the last bin in places
    total = 0.0
    for i in range(2):
        for y in range(2):
            for x in range(3):
                for channel, value in ((a, true[i, 0, y, x]), (b, true[i, 1, y, x])):
                    nearest = (BINS[:, 0] - value).abs().argmin()
                    total -= math.log(channel.probability()[i, nearest, y, x])
    got = channel_loss(ChannelBeliefs(a, b), true, CONFIG)
    assert got.item() == pytest.approx(total / 12)


# The soft target is the two nearest bins, shared so that their mean is the true colour.
@given(seed=seeds)
def test_soft_channel_loss_agrees_with_brute_force(seed):
    random = torch.Generator().manual_seed(seed)
    a, b = (random_labels(random, 25, 2, 3, BINS) for _ in range(2))
    true = 3 * random_ab(random, 2, 3)  # past the last bin in places
    total = 0.0
    for channel, values in ((a, true[:, 0]), (b, true[:, 1])):
        log_p = channel.probability().log()
        share = (1 - (BINS.view(1, 25, 1, 1) - values[:, None].clamp(-120, 120)).abs() / 10).clamp(
            min=0
        )
        mean = (share * BINS.view(1, 25, 1, 1)).sum(1)
        torch.testing.assert_close(mean, values.clamp(-120, 120))
        total -= float((share * log_p).sum())
    soft = LossConfig(soft=True)
    assert channel_loss(ChannelBeliefs(a, b), true, soft).item() == pytest.approx(total / 12)


def test_each_kind_of_belief_has_its_parts_with_their_weights():
    random = torch.Generator().manual_seed(0)
    true = random_ab(random, 4, 4)
    gaussian = GaussianBelief(random_ab(random, 4, 4), torch.full((2, 1, 4, 4), 0.01).double())
    labels = random_labels(random, 261, 4, 4, gamut_cells().double())
    channels = ChannelBeliefs(*(random_labels(random, 25, 4, 4, BINS) for _ in range(2)))
    balance = torch.rand(261, generator=random, dtype=torch.float64)

    both = belief_loss(Proposal(gaussian, labels), true, balance, CONFIG)
    alone = gaussian_loss(gaussian, true, CONFIG)
    plain = label_loss(labels, true, balance)
    assert both == alone | {"labels": CONFIG.labels * plain}
    assert belief_loss(gaussian, true, balance, CONFIG) == alone
    assert belief_loss(labels, true, balance, CONFIG) == {"labels": plain}
    bins = channel_loss(channels, true, CONFIG)
    assert belief_loss(channels, true, balance, CONFIG) == {"channels": bins}
    whole = belief_loss(Proposal(gaussian, labels, channels), true, balance, CONFIG)
    assert whole == both | {"channels": CONFIG.channels * bins}


def test_true_colours_are_averaged_to_the_beliefs_grid():
    random = torch.Generator().manual_seed(1)
    fine = random_ab(random, 8, 12)
    coarse = fine.reshape(2, 2, 2, 4, 3, 4).mean((3, 5))
    gaussian = GaussianBelief(random_ab(random, 2, 3), torch.full((2, 1, 2, 3), 0.01).double())
    proposal = Proposal(gaussian, random_labels(random, 261, 2, 3, gamut_cells().double()))
    got = belief_loss(proposal, fine, EVEN, CONFIG)
    expected = belief_loss(proposal, coarse, EVEN, CONFIG)
    for part in ("mean", "precision", "labels"):
        torch.testing.assert_close(got[part], expected[part])


@pytest.mark.parametrize(
    ("phase", "rows", "top", "left"),
    [(0, 6, 0, 0), (1, 6, 0, 1), (5, 6, 1, 2), (14, 6, 1, 2), (7, 2, 1, 1)],  # no third row of two
)
def test_distributions_of_a_few_cells_meet_the_true_colours_of_these(phase, rows, top, left):
    few = Few(3, phase)
    random = torch.Generator().manual_seed(3)
    true = random_ab(random, rows, 6)
    precision = torch.full((2, 1, rows, 6), 0.01, dtype=torch.float64)
    gaussian = GaussianBelief(random_ab(random, rows, 6), precision)
    labels = random_labels(random, 261, rows, 6, gamut_cells().double())
    bins = ChannelBeliefs(*(random_labels(random, 25, rows, 6, BINS) for _ in range(2)))
    some = Proposal(
        gaussian,
        LabelBelief(few.of(labels.energy), labels.palette),
        ChannelBeliefs(*(LabelBelief(few.of(b.energy), b.palette) for b in (bins.a, bins.b))),
    )
    got = belief_loss(some, true, EVEN, CONFIG, few)
    cells = [(i, j) for i in range(top, rows, 3) for j in range(left, 6, 3)]

    def at(x: Tensor, i: int, j: int) -> Tensor:
        return x[:, :, i : i + 1, j : j + 1]

    one_by_one = [
        label_loss(LabelBelief(at(labels.energy, i, j), labels.palette), at(true, i, j), EVEN)
        for i, j in cells
    ]
    expected = CONFIG.labels * torch.stack(one_by_one).mean()
    torch.testing.assert_close(got["labels"], expected)
    parts = [
        channel_loss(
            ChannelBeliefs(*(LabelBelief(at(b.energy, i, j), BINS) for b in (bins.a, bins.b))),
            at(true, i, j),
            CONFIG,
        )
        for i, j in cells
    ]
    torch.testing.assert_close(got["channels"], CONFIG.channels * torch.stack(parts).mean())
    assert got["mean"] == gaussian_loss(gaussian, true, CONFIG)["mean"]


def test_every_part_has_a_finite_gradient_for_every_output():
    random = torch.Generator().manual_seed(2)
    mean, energy = random_ab(random, 3, 3), torch.randn(2, 261, 3, 3, dtype=torch.float64)
    precision = torch.full((2, 1, 3, 3), 0.02, dtype=torch.float64)
    leaves = [x.requires_grad_() for x in (mean, precision, energy)]
    proposal = Proposal(GaussianBelief(mean, precision), LabelBelief(energy, gamut_cells()))
    parts = belief_loss(proposal, random_ab(random, 3, 3), EVEN, CONFIG)
    for grad in torch.autograd.grad(sum(parts.values()), leaves):
        assert grad.isfinite().all() and grad.any()
