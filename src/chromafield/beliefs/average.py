"""Average beliefs of several sources: the linear opinion pool.

    p(x) = sum_s w_s p_s(x) / sum_s w_s,   w_s = 1 by default

`a * b` multiplies densities of independent evidence. An average is for predictions from the same
evidence: two networks, or one network's beliefs of a picture and of its mirror image.

References:
    Stone, The opinion pool, 1961.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from .convert import as_channels, as_gaussian, as_labels, on_palette
from .kinds import Belief, ChannelBeliefs, GaussianBelief, LabelBelief, Proposal, grid_of
from .regrid import Resize, on_grid


def average(
    beliefs: Sequence[Belief],
    palette: Float[Tensor, "k 2"],
    resize: Resize,
    weights: Sequence[float] | None = None,
) -> Belief:
    """Average one belief or more, on the grid of the first.

    Beliefs of one kind give that kind; of several kinds, all kinds at once.

    Args:
        palette: of the joint distribution, for beliefs without one; and for all, where their
            palettes differ.
        resize: resamples beliefs on other grids to the first one's.
        weights: the weight of each, above 0; equal weights if None.
    """
    own = torch.tensor(weights or [1.0] * len(beliefs))
    beliefs = [on_grid(belief, grid_of(beliefs[0]), resize) for belief in beliefs]
    kinds = {type(belief) for belief in beliefs}
    if kinds == {GaussianBelief}:
        return _gaussians([as_gaussian(b) for b in beliefs], own)
    if kinds == {LabelBelief}:
        return _labels(_alike([as_labels(b, palette) for b in beliefs], palette), own)
    if kinds == {ChannelBeliefs}:
        return _channels([as_channels(b) for b in beliefs], own)
    return Proposal(
        _gaussians([as_gaussian(b) for b in beliefs], own),
        _labels(_alike([as_labels(b, palette) for b in beliefs], palette), own),
        _channels([as_channels(b) for b in beliefs], own)
        if any(map(_has_channels, beliefs))
        else None,
    )


def _alike(beliefs: Sequence[LabelBelief], palette: Float[Tensor, "k 2"]) -> Sequence[LabelBelief]:
    """All over one palette: their own where they share it."""
    own = beliefs[0].palette
    if all(b.palette.shape == own.shape and torch.equal(b.palette, own) for b in beliefs):
        return beliefs
    return [on_palette(b, palette) for b in beliefs]


def _has_channels(belief: Belief) -> bool:
    return isinstance(belief, ChannelBeliefs) or (
        isinstance(belief, Proposal) and belief.channels is not None
    )


def _gaussians(beliefs: Sequence[GaussianBelief], weights: Float[Tensor, " n"]) -> GaussianBelief:
    """The mixture's mean and its variance, averaged over a and b; precision 0 has no weight."""
    informed = torch.stack([b.precision > 0 for b in beliefs])
    share = informed * weights.to(beliefs[0].mean)[:, None, None, None, None]
    share = share / share.sum(0).clamp_min(1e-12)
    means = torch.stack([b.mean for b in beliefs])
    mean = (share * means).sum(0)
    square = ((means - mean) ** 2).mean(2, keepdim=True)
    own = 1 / torch.stack([b.precision for b in beliefs]).clamp_min(1e-12)
    variance = (share * (own + square)).sum(0)
    return GaussianBelief(mean, torch.where(informed.any(0), 1 / variance, 0.0))


def _labels(beliefs: Sequence[LabelBelief], weights: Float[Tensor, " n"]) -> LabelBelief:
    share = (weights / weights.sum()).to(beliefs[0].energy)
    p = torch.stack([b.probability() for b in beliefs])
    return LabelBelief(-torch.tensordot(share, p, 1).log(), beliefs[0].palette)


def _channels(beliefs: Sequence[ChannelBeliefs], weights: Float[Tensor, " n"]) -> ChannelBeliefs:
    a, b = ([one.a for one in beliefs], [one.b for one in beliefs])
    return ChannelBeliefs(_labels(a, weights), _labels(b, weights))
