"""A belief on another grid."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from .kinds import Belief, ChannelBeliefs, GaussianBelief, LabelBelief, Proposal, grid_of

Resize = Callable[[Tensor, tuple[int, int]], Tensor]  # planes (b, c, h, w) to (height, width)


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


def on_grid(belief: Belief, grid: tuple[int, int], resize: Resize) -> Belief:
    """The belief on a grid of this height and width; itself where it lies there already."""
    if grid == grid_of(belief):
        return belief
    return regrid(belief, lambda x: resize(x, grid))


def _regrid_channels(
    belief: ChannelBeliefs, resample: Callable[[Tensor], Tensor]
) -> ChannelBeliefs:
    return ChannelBeliefs(_regrid_labels(belief.a, resample), _regrid_labels(belief.b, resample))


def _regrid_gaussian(
    belief: GaussianBelief, resample: Callable[[Tensor], Tensor]
) -> GaussianBelief:
    """Exact cells and means that nobody reads do not spoil what they are averaged with."""
    mean = torch.where(belief.mean.isfinite(), belief.mean, belief.read())
    exact = belief.exact
    if not bool(exact.any()):
        return GaussianBelief(resample(mean), resample(belief.precision))
    rest = torch.where(exact, 0.0, belief.precision)
    share = resample(exact.to(mean))
    pinned = resample(exact * mean) / share.clamp_min(1e-12)
    return GaussianBelief(
        torch.where(share > 0, pinned, resample(mean)),
        torch.where(share > 0, math.inf, resample(rest)),
    )


def _regrid_labels(belief: LabelBelief, resample: Callable[[Tensor], Tensor]) -> LabelBelief:
    return LabelBelief(-resample(belief.probability()).log(), belief.palette)
