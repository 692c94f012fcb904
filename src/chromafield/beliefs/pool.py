"""The linear opinion pool: several sources of the same standing, averaged.

    p(x) = sum_s p_s(x) / n

Where `a * b` multiplies densities of independent evidence, a pool averages guesses made from the
same evidence: two networks, or one network's guesses at a picture and at its mirror image.

References:
    Stone, The opinion pool, 1961.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from .convert import as_channels, as_gaussian, as_labels
from .kinds import Belief, ChannelBeliefs, GaussianBelief, LabelBelief, Proposal, grid_of
from .regrid import Resize, on_grid


def pool(beliefs: Sequence[Belief], palette: Float[Tensor, "k 2"], resize: Resize) -> Belief:
    """The average of at least one belief, on the grid of the first.

    Beliefs of one kind give that kind; of several kinds, all kinds at once.

    Args:
        palette: of the joint distribution, for those that bring none.
        resize: brings those on other grids to the first one's.
    """
    beliefs = [on_grid(belief, grid_of(beliefs[0]), resize) for belief in beliefs]
    kinds = {type(belief) for belief in beliefs}
    if kinds == {GaussianBelief}:
        return _gaussians([as_gaussian(b) for b in beliefs])
    if kinds == {LabelBelief}:
        return _labels([as_labels(b, palette) for b in beliefs])
    if kinds == {ChannelBeliefs}:
        return _channels([as_channels(b) for b in beliefs])
    return Proposal(
        _gaussians([as_gaussian(b) for b in beliefs]),
        _labels([as_labels(b, palette) for b in beliefs]),
        _channels([as_channels(b) for b in beliefs]) if any(map(_has_channels, beliefs)) else None,
    )


def _has_channels(belief: Belief) -> bool:
    return isinstance(belief, ChannelBeliefs) or (
        isinstance(belief, Proposal) and belief.channels is not None
    )


def _gaussians(beliefs: Sequence[GaussianBelief]) -> GaussianBelief:
    """The mixture's mean and its variance, averaged over a and b; one without opinion is silent."""
    told = torch.stack([b.precision > 0 for b in beliefs])
    share = told / told.sum(0).clamp_min(1)
    means = torch.stack([b.mean for b in beliefs])
    mean = (share * means).sum(0)
    square = ((means - mean) ** 2).mean(2, keepdim=True)
    own = 1 / torch.stack([b.precision for b in beliefs]).clamp_min(1e-12)
    variance = (share * (own + square)).sum(0)
    return GaussianBelief(mean, torch.where(told.any(0), 1 / variance, 0.0))


def _labels(beliefs: Sequence[LabelBelief]) -> LabelBelief:
    p = torch.stack([b.probability() for b in beliefs]).mean(0)
    return LabelBelief(-p.log(), beliefs[0].palette)


def _channels(beliefs: Sequence[ChannelBeliefs]) -> ChannelBeliefs:
    return ChannelBeliefs(_labels([b.a for b in beliefs]), _labels([b.b for b in beliefs]))
