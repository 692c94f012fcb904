"""Vividness against a slow oracle, its ends, and what it leaves alone."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from chromafield.beliefs import (
    ChannelBeliefs,
    GaussianBelief,
    LabelBelief,
    Proposal,
    as_gaussian,
    labels_to_gaussian,
    marginals,
)
from chromafield.canvas.vividness import enliven, likely_colors
from chromafield.color import ciede2000
from chromafield.color.natural import natural_prior
from chromafield.color.palette import gamut_cells, nearest_cells, rebalance


def labels(seed: int = 0, height: int = 3, width: int = 4) -> LabelBelief:
    torch.manual_seed(seed)
    return LabelBelief(3 * torch.randn(1, len(gamut_cells()), height, width), gamut_cells())


def proposal(seed: int = 0) -> Proposal:
    own = labels(seed)
    return Proposal(labels_to_gaussian(own), own, marginals(own))


def certain(a: float, b: float) -> LabelBelief:
    """All of the probability on one cell."""
    energy = torch.full((1, len(gamut_cells()), 1, 1), 1e4)
    energy[0, nearest_cells(torch.tensor([[float(a)], [float(b)]]))] = 0
    return LabelBelief(energy, gamut_cells())


def test_natural_prior_is_a_distribution_that_favours_grey_and_earth_over_magenta() -> None:
    prior = natural_prior()
    assert prior.sum() == pytest.approx(1, abs=1e-5) and prior.min() > 0
    at = {
        c: float(prior[nearest_cells(torch.tensor([[c[0]], [c[1]]]))])
        for c in [(0.0, 0.0), (10.0, 20.0), (80.0, -60.0)]
    }
    assert at[0.0, 0.0] > at[10.0, 20.0] > 10 * at[80.0, -60.0]


def test_likely_colors_agree_with_the_definition_pixel_by_pixel() -> None:
    belief = labels()
    w = rebalance(natural_prior(), 0.5).double()
    found = likely_colors(belief)
    for row, column in ((0, 0), (2, 3)):
        p = belief.probability()[0, :, row, column].double()
        q = p / w.sqrt()
        q = q / q.sum()
        total, mean = 0.0, torch.zeros(2, dtype=torch.float64)
        for a in range(-64, 65, 8):
            for b in range(-64, 65, 8):
                x = torch.tensor([float(a), float(b)])
                if (gamut_cells() - x).square().sum(1).min().sqrt() > 8 * 0.64:
                    continue
                lab = torch.cat([torch.tensor([50.0]), x]).double()[:, None, None]
                cells = torch.cat(
                    [torch.full((1, len(w)), 50.0).double(), gamut_cells().T.double()]
                )[:, None]
                e = (q * ciede2000(lab.expand_as(cells), cells)[0]).sum()
                total += (share := math.exp(-3 * float(e)))
                mean += share * x
        assert torch.allclose(found[0, :, row, column].double(), mean / total, atol=1e-3)


def test_zero_is_the_belief_itself() -> None:
    belief = proposal()
    assert enliven(belief, 0) is belief


@given(st.floats(0, 2), st.integers(0, 50))
def test_distributions_and_precision_stay(vividness: float, seed: int) -> None:
    before = proposal(seed)
    after = enliven(before, vividness)
    assert isinstance(after, Proposal)
    assert after.labels is before.labels and after.channels is before.channels
    assert torch.equal(after.gaussian.precision, before.gaussian.precision)


def test_a_sure_network_keeps_its_hue_and_gains_a_quarter_of_its_chroma_less_what_fades() -> None:
    x = as_gaussian(enliven(certain(10, 20), 1)).mean.flatten()
    likely = likely_colors(certain(10, 20)).flatten()
    middle = torch.lerp(torch.tensor([10.0, 20.0]), likely, 0.5)
    assert torch.allclose(x, middle * (1 + 0.25 * (1 - (middle / 60).square().sum())))
    assert x.norm() > 22


def test_strong_colours_gain_nothing() -> None:
    far = GaussianBelief(torch.tensor([0.0, -65.0]).reshape(1, 2, 1, 1), torch.ones(1, 1, 1, 1))
    assert torch.equal(as_gaussian(enliven(far, 2)).mean, far.mean)


def test_chroma_grows_with_vividness_where_the_network_is_unsure() -> None:
    """Between grey and orange, as a network trained on rare colours' weights would say it."""
    cells = gamut_cells()
    near = [(cells - torch.tensor(c)).square().sum(1) / 200 for c in ((0.0, 0.0), (20.0, 40.0))]
    energy = -torch.logaddexp(-near[0], -near[1]) - rebalance(natural_prior(), 0.5).log()
    belief = LabelBelief(energy.reshape(1, -1, 1, 1), cells)
    chroma = [float(as_gaussian(enliven(belief, v)).mean.norm()) for v in (0, 0.5, 1, 1.5, 2)]
    assert chroma == sorted(chroma) and chroma[-1] > 1.3 * chroma[0]


def test_a_network_without_a_distribution_changes_above_one_alone() -> None:
    own = GaussianBelief(torch.full((1, 2, 1, 1), 10.0), torch.ones(1, 1, 1, 1))
    assert torch.equal(as_gaussian(enliven(own, 1)).mean, own.mean)
    expected = 10 * (1 + 0.25 * (1 - 200 / 3600))
    assert torch.allclose(as_gaussian(enliven(own, 2)).mean, torch.full((1, 2, 1, 1), expected))


@pytest.mark.parametrize("kind", ["labels", "channels"])
def test_other_kinds_of_belief_become_vivid_too(kind: str) -> None:
    own: LabelBelief | ChannelBeliefs = labels() if kind == "labels" else marginals(labels())
    after = enliven(own, 1)
    assert isinstance(after, Proposal)
    assert not torch.equal(after.gaussian.mean, as_gaussian(own).mean)
