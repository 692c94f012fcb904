"""The numbers that the papers give to the fields, each by a value worked out from its equation."""

from __future__ import annotations

import itertools
import math

import pytest
import torch

from chromafield.beliefs import ChannelBeliefs, GaussianBelief, LabelBelief, channel_bins
from chromafield.fields import EqualMean, create_field

GREY = torch.full((1, 1, 1, 1), 50.0)


def two_colours(p: float) -> LabelBelief:
    """One pixel: the grey cell with probability p, else the cell 10 units of a beside it."""
    palette = torch.tensor([[0.0, 0.0], [10.0, 0.0]]).double()
    energy = -torch.tensor([p, 1 - p]).double().log()
    return LabelBelief(energy.view(1, 2, 1, 1), palette)


def settled(name: str, guide: torch.Tensor, belief: object) -> torch.Tensor:
    """A field's colours at its defaults."""
    field = create_field(name)
    return field.infer(field.prepare(guide), belief).unwrap()  # type: ignore[arg-type]


# Melas-Kyriazi and Han, section 3.2: w = exp(-dL^2 / sigma), L from 0 to 1. A step of
# sqrt(ln 2) hundredths of L's range makes half an edge, so sigma is the hundredth's square.
def test_half_an_edge_binds_at_083_units_of_lightness() -> None:
    half = math.sqrt(math.log(2))
    assert half == pytest.approx(0.8326, abs=1e-4)
    edges = create_field("potts").prepare(torch.tensor([50.0, 50 + half])[None, None, None])
    assert edges.right[0, 0, 0].item() == pytest.approx(0.5, abs=1e-4)


def two_pixel_bounds(sweeps: int) -> list[float]:
    """The evidence lower bound of two equal pixels on one edge of weight 1, sweep by sweep.

    Both may have bin 7 or 17, with p = 0.9 and 0.1; the other 23 have none. By scalars: bins are
    numbers, messages are sums.
    """
    p = [0.0] * 25
    p[7], p[17] = 0.9, 0.1
    reward = [
        [10.0 if k == m else 3.0 if abs(k - m) <= 2 else 0.0 for m in range(25)] for k in range(25)
    ]
    q = [[1 / 25] * 25, [1 / 25] * 25]

    def message(i: int) -> list[float]:
        return [sum(r * x for r, x in zip(row, q[1 - i], strict=True)) for row in reward]

    def bound() -> float:
        own = sum(10 * a * b for one in q for a, b in zip(one, p, strict=True))
        entropy = -sum(a * math.log(a) for one in q for a in one if a > 0)
        return own + entropy + sum(a * b for a, b in zip(q[0], message(0), strict=True))

    bounds = [bound()]
    for _ in range(sweeps):
        for i in (0, 1):
            score = [math.exp(10 * a + b) for a, b in zip(p, message(i), strict=True)]
            q[i] = [s / sum(score) for s in score]
        bounds.append(bound())
    return bounds


# The marginals are to have converged (section 3.2), to the 0.4 % that eight sweeps leave at most: a
# sweep that still adds a thousandth of the bound is not the last, whatever adds nothing is.
def test_potts_goes_on_while_a_sweep_adds_a_ten_thousandth_of_the_bound() -> None:
    expected = two_pixel_bounds(8)
    gains = [(b - a) / b for a, b in itertools.pairwise(expected)]
    stops = next(n for n, gain in enumerate(gains, start=1) if gain < 1e-4)
    assert 5e-4 < gains[stops - 2] < 1e-3 and gains[stops - 1] < 1e-9  # far from any doubt
    bins = channel_bins(torch.zeros(()).double())[:, None]
    energy = torch.full((1, 25, 1, 2), math.inf).double()
    energy[:, 7], energy[:, 17] = -math.log(0.9), -math.log(0.1)
    belief = ChannelBeliefs(LabelBelief(energy, bins), LabelBelief(energy, bins))
    field = create_field("potts")
    guide = torch.full((1, 1, 1, 2), 50.0).double()
    solution = field.infer(field.prepare(guide), belief)
    assert solution.steps == stops
    assert solution.bounds == pytest.approx([2 * b for b in expected[: stops + 1]])


# Zhang, Isola and Efros, 2016: their released decoder multiplies log-probabilities by
# 2.606 = 6 / ln 10, so that odds of ten to one become e^6 to one; they print T = 0.38.
def test_the_annealed_mean_sharpens_ten_to_one_to_e_to_the_sixth() -> None:
    share = settled("annealed", GREY, two_colours(10 / 11))[0, 0].item() / 10
    assert math.log((1 - share) / share) == pytest.approx(6, rel=0.015)


# (1 + beta) x = the neighbour + beta m, beta = tau^2 p. Two equal pixels, told 40 to a unit of ab
# and -20 to ten units. A network that is sure to ten units, the usual one, is to hold its colour
# against its neighbours: all but a hundredth of the way.
def test_levin_keeps_what_a_network_is_sure_of() -> None:
    mean = torch.tensor([40.0, -20.0]).double().expand(1, 2, 1, 2)
    precision = torch.tensor([1.0, 0.01]).double().view(1, 1, 1, 2)
    got = settled("levin", GREY.expand(1, 1, 1, 2), GaussianBelief(mean, precision))[0, 0, 0]
    one, other = 10_000, 100  # beta of each
    determinant = (1 + one) * (1 + other) - 1
    first = ((1 + other) * one * 40 - other * 20) / determinant
    second = (one * 40 - (1 + one) * other * 20) / determinant
    assert got.tolist() == pytest.approx([first, second], abs=1e-6)
    assert second == pytest.approx(-20 + 60 / 101, abs=0.01)


# E(x) = -log sum_k p_k^(1/T) N(x; c_k, 7^2). With T a tenth, 55 against 45 in a hundred counts as
# (55 / 45)^10 = 7.44 to one, hardly less than certain; x is where the shares' mean is x itself.
def test_the_mixture_raises_probabilities_to_the_tenth_power() -> None:
    odds = 1.0
    for _ in range(10):
        odds *= 55 / 45
    assert odds == pytest.approx(7.44, abs=0.01)

    def pull(x: float) -> float:
        grey, beside = odds * math.exp(-(x**2) / 98), math.exp(-((x - 10) ** 2) / 98)
        return 10 * beside / (grey + beside) - x

    low, high = 0.0, 5.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if pull(middle) > 0 else (low, middle)
    got = settled("mixture", GREY, two_colours(0.55))[0, 0].item()
    assert got == pytest.approx(low, abs=0.1)  # it stops when no colour moves by 0.05


# With sure cells 0 and 10 and an edge of weight 1, (1 + s) x - s y = 0 and (1 + s) y - s x = 10:
# five parts of the neighbour to one of their own leave an eleventh of the step between them.
def test_the_mixture_leaves_an_eleventh_of_a_step_between_equal_neighbours() -> None:
    sure = torch.tensor([[0.0, 1e9], [1e9, 0.0]]).double().view(1, 2, 1, 2)
    belief = LabelBelief(sure, two_colours(0.5).palette)
    got = settled("mixture", GREY.expand(1, 1, 1, 2), belief)[0, 0, 0]
    assert got.tolist() == pytest.approx([50 / 11, 60 / 11], abs=1e-6)


# Messaoud et al., Equation 6, for two pixels that are like each other, S = 1/2 everywhere, told -20
# and 20 by a network that is sure to ten units: (1/2 + 1/2 + beta + ridge) x = 20 beta. Such a
# network is to pull with about a tenth of the likes' strength, the ridge with a thousandth.
def test_a_network_pulls_with_a_tenth_of_the_strength_of_likes() -> None:
    mean = torch.tensor([-20.0, 20.0]).double().expand(1, 2, 1, 2)
    belief = GaussianBelief(mean, torch.full((1, 1, 1, 2), 1 / 10**2).double())
    x = settled("gcrf", torch.zeros(1, 2, 1, 2).double(), belief)[0, 0, 0, 1].item()
    beta = (3.2 / 10) ** 2  # as tau counts units of ab; within 3 % of a tenth
    assert x == pytest.approx(20 * beta / (1 + beta + 1 / 1000), rel=1e-4)
    assert x == pytest.approx(20 * 0.1 / 1.1, rel=0.03)


# An almost closed cluster without a hint is held by 1 - lambda alone, squared: single precision
# is off by a unit of ab where three of 64 pixels, below one in twenty, are told.
def test_few_hints_are_solved_in_double_precision() -> None:
    vectors = 3 * torch.randn(1, 4, 8, 8, generator=torch.Generator().manual_seed(0))
    mean, precision = torch.zeros(1, 2, 8, 8), torch.zeros(1, 1, 8, 8)
    for y, x, a in ((0, 0, -30.0), (7, 6, 0.0), (3, 4, 30.0)):
        mean[0, :, y, x], precision[0, 0, y, x] = torch.tensor([a, a / 2]), 1.0
    ridge, tau = 1e-6, 3.2
    field = create_field("gcrf", solver="low-rank", rank=64, ridge=ridge, tau=tau)
    got = field.infer(field.prepare(vectors), GaussianBelief(mean, precision)).unwrap()
    e, told = vectors[0].flatten(1).T.double(), mean[0].flatten(1).T.double()
    away = torch.eye(64).double() - torch.softmax(e @ e.T, dim=1)
    beta = tau**2 * precision.flatten().double()
    system = away.T @ away + torch.diag(beta + ridge)
    prior = (beta[:, None] * told).sum(0) / beta.sum()
    expected = torch.linalg.solve(system, beta[:, None] * told + ridge * prior)
    torch.testing.assert_close(got[0].flatten(1).T.double(), expected, atol=0.05, rtol=0)


# Of c = 1_R / |R| - 1_Q / |Q| the squared length is 1 / |R| + 1 / |Q|: a tie of two regions of 32
# pixels weighs a 32nd of one of two pixels, says something else, and is to hold as well.
def test_a_tie_of_large_regions_holds_beside_one_of_single_pixels() -> None:
    random = torch.Generator().manual_seed(0)
    vectors = torch.randn(1, 3, 8, 10, generator=random).double()
    belief = GaussianBelief(
        40 * torch.randn(1, 2, 8, 10, generator=random).double(),
        torch.full((1, 1, 8, 10), 0.01).double(),
    )
    left, right, one, other = (torch.zeros(8, 10) for _ in range(4))
    left[:, :4] = right[:, 4:8] = one[0, 8] = other[7, 9] = 1.0
    field = create_field("gcrf")
    prepared = field.prepare(vectors)
    free = field.infer(prepared, belief).unwrap()[0]
    tied = field.infer(prepared, belief, [EqualMean(left, right), EqualMean(one, other)]).unwrap()[
        0
    ]  # type: ignore[call-arg]

    def apart(ab: torch.Tensor) -> torch.Tensor:
        large = ab[:, :, :4].mean((1, 2)) - ab[:, :, 4:8].mean((1, 2))
        return torch.stack([large, ab[:, 0, 8] - ab[:, 7, 9]])

    assert (apart(free).abs().amax(1) > 0.5).all()
    assert apart(tied).abs().max() < 1e-6
