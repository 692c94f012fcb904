"""What a source thinks of each pixel's colour: the one language between rooms.

Models, hints and previous frames speak beliefs; fields turn beliefs into colour. All colours are
CIELAB a and b in their own units.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import torch
from jaxtyping import Float, Int
from torch import Tensor


@dataclass(frozen=True, slots=True)
class GaussianBelief:
    """What one source thinks of each pixel's ab: N(mean, 1 / precision).

    Two sources are joined by `a * b`, which multiplies their densities.
    """

    mean: Float[Tensor, "b c h w"]  # CIELAB ab, c = 2; or one of them alone, c = 1
    precision: Float[Tensor, "b 1 h w"]  # 1 / ab^2; 0 means "no opinion"

    def __mul__(self, other: GaussianBelief) -> GaussianBelief:
        precision = self.precision + other.precision
        weighted = self.precision * self.mean + other.precision * other.mean
        return GaussianBelief(weighted / precision.clamp_min(1e-12), precision)


@dataclass(frozen=True, slots=True)
class LabelBelief:
    """A distribution over a palette at each pixel: p = softmax(-energy) along the second axis.

    A joint belief has palette entries (a, b), c = 2; one channel's belief has c = 1.
    """

    energy: Float[Tensor, "b k h w"]
    palette: Float[Tensor, "k c"]  # CIELAB units

    def probability(self) -> Float[Tensor, "b k h w"]:
        return torch.softmax(-self.energy, dim=1)


@dataclass(frozen=True, slots=True)
class ChannelBeliefs:
    """The first paper's 25 + 25: a and b apart, each a `LabelBelief` with c = 1."""

    a: LabelBelief
    b: LabelBelief


@dataclass(frozen=True, slots=True)
class Proposal:
    """All kinds of belief from one network pass; each field takes the one it is made for."""

    gaussian: GaussianBelief
    labels: LabelBelief  # over joint ab cells
    channels: ChannelBeliefs | None = None  # None: the marginals of `labels` stand for them


Belief: TypeAlias = GaussianBelief | LabelBelief | ChannelBeliefs | Proposal

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

    A palette of one channel (c = 1) takes a belief whose mean has that channel alone.
    """
    cross = torch.einsum("bchw,kc->bkhw", belief.mean, palette)
    square = (palette**2).sum(1)[:, None, None]
    distance = (belief.mean**2).sum(1, keepdim=True) - 2 * cross + square
    return LabelBelief(0.5 * belief.precision * distance, palette)


def marginals(belief: LabelBelief) -> ChannelBeliefs:
    """A joint belief summed over the other channel; the 25 + 25 of the first paper, exactly.

    Values that no palette entry has keep probability 0 (an infinite energy).
    """
    p = belief.probability()
    channels = []
    for c in range(2):
        values = channel_bins(belief.palette)
        summed = torch.zeros(p.shape[0], len(values), *p.shape[2:], dtype=p.dtype, device=p.device)
        summed.index_add_(1, _bin_of(belief.palette)[:, c], p)
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
    a, b = _apart(belief)
    return ChannelBeliefs(gaussian_to_labels(a, bins), gaussian_to_labels(b, bins))


def _apart(belief: GaussianBelief) -> tuple[GaussianBelief, GaussianBelief]:
    """What it thinks of a alone, and of b alone."""
    a, b = belief.mean[:, :1], belief.mean[:, 1:]
    return GaussianBelief(a, belief.precision), GaussianBelief(b, belief.precision)


CHANNEL_BINS = 25  # of the first paper, a channel


def channel_bins(like: Tensor) -> Float[Tensor, " 25"]:
    """Centres of the first paper's 25 bins of a channel, with the dtype and device of `like`."""
    return torch.arange(-120, 121, 10, dtype=like.dtype, device=like.device)


def channel_beliefs(energy: Float[Tensor, "b 50 h w"]) -> ChannelBeliefs:
    """The first paper's answer of a network: 25 planes of energy for a, then 25 for b."""
    bins = channel_bins(energy)[:, None]
    a, b = energy[:, :CHANNEL_BINS], energy[:, CHANNEL_BINS:]
    return ChannelBeliefs(LabelBelief(a, bins), LabelBelief(b, bins))


def _bin_of(ab: Float[Tensor, "k 2"]) -> Int[Tensor, "k 2"]:
    """The numbers of the channel bins whose centres these are."""
    return ((ab + 120) / 10).round().long()


def as_labels(belief: Belief, palette: Float[Tensor, "k 2"]) -> LabelBelief:
    """Any belief as a joint distribution; `palette` serves those that bring none."""
    match belief:
        case LabelBelief():
            return belief
        case Proposal():
            return belief.labels
        case GaussianBelief():
            return gaussian_to_labels(belief, palette)
    index = _bin_of(palette)
    return LabelBelief(belief.a.energy[:, index[:, 0]] + belief.b.energy[:, index[:, 1]], palette)


def join(belief: Belief, opinion: GaussianBelief) -> Belief:
    """A belief multiplied by one more opinion, whatever kind it is."""
    match belief:
        case GaussianBelief():
            return belief * opinion
        case LabelBelief():
            return _join_labels(belief, opinion)
        case Proposal():
            return Proposal(
                belief.gaussian * opinion,
                _join_labels(belief.labels, opinion),
                belief.channels and _join_channels(belief.channels, opinion),
            )
        case ChannelBeliefs():
            return _join_channels(belief, opinion)


def _join_channels(belief: ChannelBeliefs, opinion: GaussianBelief) -> ChannelBeliefs:
    a, b = _apart(opinion)
    return ChannelBeliefs(_join_labels(belief.a, a), _join_labels(belief.b, b))


def _join_labels(belief: LabelBelief, opinion: GaussianBelief) -> LabelBelief:
    told = gaussian_to_labels(opinion, belief.palette)
    return LabelBelief(belief.energy + told.energy, belief.palette)


def grid_of(belief: Belief) -> tuple[int, int]:
    """Height and width of the grid a belief lies on."""
    match belief:
        case Proposal():
            return grid_of(belief.gaussian)
        case GaussianBelief():
            shape = belief.mean.shape
        case LabelBelief():
            shape = belief.energy.shape
        case ChannelBeliefs():
            shape = belief.a.energy.shape
    return shape[2], shape[3]


def regrid(belief: Belief, resample: Callable[[Tensor], Tensor]) -> Belief:
    """A belief on another grid: means, precisions and probabilities (not energies) resampled."""
    match belief:
        case GaussianBelief():
            return _regrid_gaussian(belief, resample)
        case LabelBelief():
            return _regrid_labels(belief, resample)
        case Proposal():
            return Proposal(
                _regrid_gaussian(belief.gaussian, resample),
                _regrid_labels(belief.labels, resample),
                belief.channels and _regrid_channels(belief.channels, resample),
            )
        case ChannelBeliefs():
            return _regrid_channels(belief, resample)


def _regrid_channels(
    belief: ChannelBeliefs, resample: Callable[[Tensor], Tensor]
) -> ChannelBeliefs:
    return ChannelBeliefs(_regrid_labels(belief.a, resample), _regrid_labels(belief.b, resample))


def _regrid_gaussian(
    belief: GaussianBelief, resample: Callable[[Tensor], Tensor]
) -> GaussianBelief:
    return GaussianBelief(resample(belief.mean), resample(belief.precision))


def _regrid_labels(belief: LabelBelief, resample: Callable[[Tensor], Tensor]) -> LabelBelief:
    return LabelBelief(-resample(belief.probability()).log(), belief.palette)
