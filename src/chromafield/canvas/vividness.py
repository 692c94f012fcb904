"""Vividness: from the expected colour, dull where the network is unsure, to likely colours.

With the mean m, the distribution p over cells c_k, and the vividness v in [0, 2]:

    x = fade(m + v / 2 (s - m)),   fade(x) = x (1 + (1.25^v - 1) max(0, 1 - (|x| / 60)^2))
    s = sum_j x_j softmax_j(-3 e_j),   e_j = sum_k q_k CIEDE2000(x_j, c_k),   q_k ~ p_k / w_k^(1/2)

s is a soft choice among candidates x_j of the colour with the least expected difference. w are the
weights by which training favours rare colours; dividing by their root takes half of that back. The
gain fades where colours are strong already, so that a blue sky does not turn neon.

v = 0 is the mean, with the least squared error; v = 2 is about as colourful as the mode, without
its blotches.

References:
    Sharma, Wu and Dalal, 2005, for CIEDE2000; Zhang, Isola and Efros, 2016, for the weights w.
"""

from __future__ import annotations

import functools
from dataclasses import replace

import torch
from jaxtyping import Float
from torch import Tensor

from ..beliefs import (
    Belief,
    ChannelBeliefs,
    GaussianBelief,
    LabelBelief,
    Proposal,
    as_gaussian,
    as_labels,
)
from ..color import ciede2000
from ..color.natural import natural_prior
from ..color.palette import gamut_cells, nearest_cells, rebalance

GAIN = 1.25  # of chroma, for each unit of vividness
STRONG = 60.0  # ab units: the chroma from which nothing is added
SPACING = 8.0  # ab units between candidates; grey is one of them
FARTHEST = 64.0  # ab units of a or b
SHARPNESS = 3.0  # of the choice among candidates, per unit of CIEDE2000
UNIFORM = 0.5  # share of the uniform prior in w, as in training
RESTORED = 0.5  # how much of w is taken back
MIDDLE = 50.0  # lightness; at one lightness CIEDE2000 does not depend on it
CHUNK = 8192  # pixels at once


def enliven(belief: Belief, vividness: float) -> Belief:
    """The belief with the mean of its Gaussian part at this vividness; see this file's head.

    Distributions stay as they are. A network that gives no distribution has decided by itself:
    its colours change above a vividness of 1 only.

    Args:
        vividness: 0 to 2.
    """
    if vividness == 0:
        return belief
    match belief:
        case GaussianBelief():
            return replace(belief, mean=_fade(belief.mean, GAIN ** max(vividness - 1, 0)))
        case Proposal():
            labels, channels = belief.labels, belief.channels
        case LabelBelief():
            labels, channels = belief, None
        case ChannelBeliefs():
            labels, channels = as_labels(belief, gamut_cells()), belief
    gaussian = as_gaussian(belief)
    likely = likely_colors(labels)
    mean = _fade(torch.lerp(gaussian.mean, likely, vividness / 2), GAIN**vividness)
    return Proposal(replace(gaussian, mean=mean), labels, channels)


def likely_colors(labels: LabelBelief) -> Float[Tensor, "b 2 h w"]:
    """s of this file's head, CIELAB ab, for a distribution over any palette of ab."""
    b, _, h, w = labels.energy.shape
    table = _table(labels.palette.cpu().float().numpy().tobytes())
    candidates, differences, weight = (t.to(labels.energy) for t in table)
    log_p = -labels.energy.flatten(2) - RESTORED * weight.log()[:, None]
    chosen = []
    for part in torch.split(log_p, CHUNK, dim=2):
        expected = torch.einsum("jk,bkn->bjn", differences, torch.softmax(part, dim=1))
        share = torch.softmax(-SHARPNESS * expected, dim=1)
        chosen.append(torch.einsum("bjn,jc->bcn", share, candidates))
    return torch.cat(chosen, dim=2).reshape(b, 2, h, w)


def _fade(ab: Float[Tensor, "b 2 h w"], gain: float) -> Float[Tensor, "b 2 h w"]:
    share = (1 - (ab / STRONG).square().sum(1, keepdim=True)).clamp_min(0)
    return ab * (1 + (gain - 1) * share)


@functools.lru_cache(maxsize=4)
def _table(
    palette: bytes,
) -> tuple[Float[Tensor, "j 2"], Float[Tensor, "j k"], Float[Tensor, " k"]]:
    """The candidates, their CIEDE2000 from each cell of a palette, and the training's weights."""
    cells = torch.frombuffer(bytearray(palette), dtype=torch.float32).reshape(-1, 2)
    axis = torch.arange(-FARTHEST, FARTHEST + 1, SPACING)
    grid = torch.cartesian_prod(axis, axis)
    candidates = grid[torch.cdist(grid, gamut_cells()).amin(1) <= SPACING * 0.64]
    shape = (len(candidates), len(cells))
    rows, columns = candidates.T[:, :, None].expand(2, *shape), cells.T[:, None].expand(2, *shape)
    light = torch.full((1, *shape), MIDDLE)
    differences = ciede2000(torch.cat([light, rows]), torch.cat([light, columns]))
    weight = rebalance(natural_prior(), UNIFORM)[nearest_cells(cells.T)]
    return candidates, differences, weight
