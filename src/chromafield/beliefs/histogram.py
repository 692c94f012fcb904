"""A global histogram: colours that a person wants to see more of, and a belief tilted towards them.

    p'(k) = p(k) h(k)^t / sum_l p(l) h(l)^t,   h(k) = (share(k) + e) / (1 + K e),   t = s^r

s is the strength: 0 changes nothing, 1 is the first paper's product. The small e keeps the product
from being 0 / 0 where belief and histogram have no colour in common. One s moves a picture about
as far whatever decides on it: r is smaller for the mean, which averages most of a tilt away, and
larger for a's and b's bins, which the Markov field decides together with all neighbours
(`benchmarks/palette.py`).

References:
    Melas-Kyriazi and Han, section 4.2.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from .convert import as_channels, as_gaussian, as_labels, bin_of, labels_to_gaussian, nearest
from .kinds import (
    CHANNEL_BINS,
    Belief,
    ChannelBeliefs,
    GaussianBelief,
    LabelBelief,
    Proposal,
)

FLOOR = 1e-3  # e
MEAN, CELLS, BINS = 0.75, 1.2, 1.3  # r: of Gaussians, joint cells, bins of a and of b


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
    """The belief times the histogram, renormalised pixel by pixel; all kinds at once.

    Each kind is multiplied by itself: joint cells by their shares, a's and b's bins by theirs, so
    that each field gets the product of what it decides on. A Gaussian has no bins: its mean moves
    by as much as the mean of the distribution beside it does (of a `Proposal`), or of its own
    distribution over the histogram's cells.

    Args:
        strength: 0 changes nothing, 1 is the product.
    """
    if strength == 0:
        return belief
    labels = as_labels(belief, histogram.palette)
    share = histogram.over(labels.palette)
    moved = _tilt_labels(labels, share, strength**MEAN)
    return Proposal(
        _follow(as_gaussian(belief), labels, moved),
        _tilt_labels(labels, share, strength**CELLS),
        _tilt_channels(as_channels(belief), histogram, strength**BINS),
    )


def _tilt_channels(belief: ChannelBeliefs, histogram: Histogram, power: float) -> ChannelBeliefs:
    return ChannelBeliefs(
        _tilt_labels(belief.a, histogram.channel(0), power),
        _tilt_labels(belief.b, histogram.channel(1), power),
    )


def _tilt_labels(belief: LabelBelief, share: Float[Tensor, " k"], power: float) -> LabelBelief:
    floored = (share + FLOOR) / (1 + len(share) * FLOOR)
    gain = power * floored.log().to(belief.energy)
    return LabelBelief(belief.energy - gain[:, None, None], belief.palette)


def _follow(belief: GaussianBelief, before: LabelBelief, after: LabelBelief) -> GaussianBelief:
    """The Gaussian with the step of the labels' mean; exact colours stay."""
    step = labels_to_gaussian(after).mean - labels_to_gaussian(before).mean
    mean = torch.where(belief.exact, belief.mean, belief.mean + step)
    return GaussianBelief(mean, belief.precision)
