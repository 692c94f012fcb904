"""A global histogram: colours that a person wants to see more of, and a belief tilted towards them.

    p'(k) = p(k) h(k)^s / sum_l p(l) h(l)^s,   h(k) = (share(k) + e) / (1 + K e)

s is the strength: 0 changes nothing, 1 is the first paper's product. The small e keeps the product
from being 0 / 0 where belief and histogram have no colour in common.

References:
    Melas-Kyriazi and Han, section 4.2.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from .convert import as_channels, as_labels, bin_of, labels_to_gaussian, nearest
from .kinds import (
    CHANNEL_BINS,
    Belief,
    ChannelBeliefs,
    GaussianBelief,
    LabelBelief,
    Proposal,
)

FLOOR = 1e-3  # e


@dataclass(frozen=True, slots=True)
class Histogram:
    """The share of each joint cell; its sums over one channel are the first paper's 25 bins."""

    share: Float[Tensor, " k"]  # sums to 1
    palette: Float[Tensor, "k 2"]  # centres on the grid of the channels' bins, CIELAB ab

    def to(self, like: Tensor) -> Histogram:
        """The same with the dtype and on the device of `like`."""
        return Histogram(self.share.to(like), self.palette.to(like))

    def over(self, palette: Float[Tensor, "m 2"]) -> Float[Tensor, " m"]:
        """The share of each entry of another palette: of the cells that are nearest to it."""
        if palette.shape == self.palette.shape and torch.equal(palette, self.palette):
            return self.share
        share = self.share.new_zeros(len(palette))
        return share.index_add_(0, nearest(palette, self.palette), self.share)

    def channel(self, c: int) -> Float[Tensor, " 25"]:
        """The share of each bin of a (c = 0) or of b (c = 1)."""
        bins = torch.zeros(CHANNEL_BINS, dtype=self.share.dtype, device=self.share.device)
        return bins.index_add_(0, bin_of(self.palette)[:, c], self.share)


def tilt(belief: Belief, histogram: Histogram, strength: float) -> Belief:
    """The belief times the histogram to the power of `strength`, renormalised pixel by pixel.

    A Gaussian has no bins: its mean moves by as much as the mean of the distribution beside it does
    (of a `Proposal`), or of its own distribution over the histogram's cells.
    """
    match belief:
        case ChannelBeliefs():
            return _tilt_channels(belief, histogram, strength)
        case LabelBelief():
            return _tilt_labels(belief, histogram.over(belief.palette), strength)
        case GaussianBelief():
            labels = as_labels(belief, histogram.palette)
            return _follow(belief, labels, _tilt_labels(labels, histogram.share, strength))
        case Proposal():
            share = histogram.over(belief.labels.palette)
            labels = _tilt_labels(belief.labels, share, strength)
            return Proposal(
                _follow(belief.gaussian, belief.labels, labels),
                labels,
                _tilt_channels(as_channels(belief), histogram, strength),
            )


def _tilt_channels(belief: ChannelBeliefs, histogram: Histogram, strength: float) -> ChannelBeliefs:
    return ChannelBeliefs(
        _tilt_labels(belief.a, histogram.channel(0), strength),
        _tilt_labels(belief.b, histogram.channel(1), strength),
    )


def _tilt_labels(belief: LabelBelief, share: Float[Tensor, " k"], strength: float) -> LabelBelief:
    floored = (share + FLOOR) / (1 + len(share) * FLOOR)
    gain = strength * floored.log().to(belief.energy)
    return LabelBelief(belief.energy - gain[:, None, None], belief.palette)


def _follow(belief: GaussianBelief, before: LabelBelief, after: LabelBelief) -> GaussianBelief:
    step = labels_to_gaussian(after).mean - labels_to_gaussian(before).mean
    return GaussianBelief(belief.mean + step, belief.precision)
