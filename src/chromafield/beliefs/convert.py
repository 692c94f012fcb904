"""One kind of belief as another."""

from __future__ import annotations

import math

import torch
from jaxtyping import Float, Int
from torch import Tensor

from .kinds import (
    Belief,
    ChannelBeliefs,
    GaussianBelief,
    LabelBelief,
    Proposal,
    channel_bins,
)

VARIANCE_FLOOR = 1.0  # ab^2: no distribution over cells of 10 units is surer than one unit


def labels_to_gaussian(belief: LabelBelief) -> GaussianBelief:
    """The Gaussian of the same mean and the same variance, averaged over a and b."""
    return _gaussian(*_moments(belief))


def _moments(belief: LabelBelief) -> tuple[Float[Tensor, "b c h w"], Float[Tensor, "b c h w"]]:
    p = belief.probability()
    mean = torch.einsum("bkhw,kc->bchw", p, belief.palette)
    square = torch.einsum("bkhw,kc->bchw", p, belief.palette**2)
    return mean, square - mean**2


def _gaussian(mean: Float[Tensor, "b c h w"], variance: Float[Tensor, "b c h w"]) -> GaussianBelief:
    floored = variance.mean(1, keepdim=True).clamp_min(VARIANCE_FLOOR)
    return GaussianBelief(mean, 1 / floored)


def gaussian_to_labels(belief: GaussianBelief, palette: Float[Tensor, "k c"]) -> LabelBelief:
    """Energy = half the precision times the squared distance to each palette entry.

    A palette of one channel (c = 1) takes a belief whose mean has that channel alone. An exact
    colour leaves the entries nearest to it alone: the others' energy is infinite.
    """
    mean, exact = belief.read(), belief.exact
    cross = torch.einsum("bchw,kc->bkhw", mean, palette)
    square = (palette**2).sum(1)[:, None, None]
    distance = (mean**2).sum(1, keepdim=True) - 2 * cross + square
    energy = 0.5 * belief.precision * distance
    if bool(exact.any()):
        nearest_ones = torch.where(distance <= distance.amin(1, keepdim=True), 0.0, math.inf)
        energy = torch.where(exact, nearest_ones.to(energy), energy)
    return LabelBelief(energy, palette)


def marginals(belief: LabelBelief) -> ChannelBeliefs:
    """A joint belief summed over the other channel; the 25 + 25 of the first paper, exactly.

    Values that no palette entry has keep probability 0 (an infinite energy).
    """
    p = belief.probability()
    channels = []
    for c in range(2):
        values = channel_bins(belief.palette)
        summed = torch.zeros(p.shape[0], len(values), *p.shape[2:], dtype=p.dtype, device=p.device)
        summed.index_add_(1, bin_of(belief.palette)[:, c], p)
        channels.append(LabelBelief(-summed.log(), values[:, None]))
    return ChannelBeliefs(*channels)


def as_gaussian(belief: Belief) -> GaussianBelief:
    """Any belief as a Gaussian one."""
    match belief:
        case GaussianBelief():
            return belief
        case Proposal():
            return belief.gaussian
        case LabelBelief():
            return labels_to_gaussian(belief)
    (mean_a, variance_a), (mean_b, variance_b) = _moments(belief.a), _moments(belief.b)
    return _gaussian(torch.cat([mean_a, mean_b], 1), torch.cat([variance_a, variance_b], 1))


def as_channels(belief: Belief) -> ChannelBeliefs:
    """Any belief as one distribution a channel, over the bins -120, -110, ..., 120."""
    match belief:
        case ChannelBeliefs():
            return belief
        case LabelBelief():
            return marginals(belief)
        case Proposal():
            return belief.channels or marginals(belief.labels)
    bins = channel_bins(belief.mean)[:, None]
    a, b = split_channels(belief)
    return ChannelBeliefs(gaussian_to_labels(a, bins), gaussian_to_labels(b, bins))


def split_channels(belief: GaussianBelief) -> tuple[GaussianBelief, GaussianBelief]:
    """Split a belief into one of a alone and one of b alone."""
    a, b = belief.mean[:, :1], belief.mean[:, 1:]
    return GaussianBelief(a, belief.precision), GaussianBelief(b, belief.precision)


def bin_of(ab: Float[Tensor, "k 2"]) -> Int[Tensor, "k 2"]:
    """The numbers of the channel bins whose centres these are."""
    return ((ab + 120) / 10).round().long()


def nearest(palette: Float[Tensor, "k c"], others: Float[Tensor, "m c"]) -> Int[Tensor, " m"]:
    """For each of some colours, the index of the palette's entry that is nearest."""
    index: Tensor = torch.cdist(others, palette.to(others)).argmin(1)
    return index


def on_palette(belief: LabelBelief, palette: Float[Tensor, "k c"]) -> LabelBelief:
    """The distribution over another palette: each entry's share goes to the one nearest to it."""
    palette = palette.to(belief.energy)
    if belief.palette.shape == palette.shape and torch.equal(belief.palette, palette):
        return belief
    p = belief.probability()
    moved = p.new_zeros(p.shape[0], len(palette), *p.shape[2:])
    moved.index_add_(1, nearest(palette, belief.palette), p)
    return LabelBelief(-moved.log(), palette)


def as_labels(belief: Belief, palette: Float[Tensor, "k 2"]) -> LabelBelief:
    """Any belief as a joint distribution; `palette` serves those that bring none, on any device."""
    match belief:
        case LabelBelief():
            return belief
        case Proposal():
            return belief.labels
        case GaussianBelief():
            return gaussian_to_labels(belief, palette.to(belief.mean))
    palette = palette.to(belief.a.energy)
    index = bin_of(palette)
    return LabelBelief(belief.a.energy[:, index[:, 0]] + belief.b.energy[:, index[:, 1]], palette)
