"""What a belief is worth against the true colours, for every kind of belief.

Losses are computed in the true colours' precision, whatever the network's.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor

from ..beliefs import (
    ALL,
    Belief,
    ChannelBeliefs,
    Few,
    GaussianBelief,
    LabelBelief,
    Proposal,
    grid_of,
    nearest,
)
from ..color.palette import REACH, STEP, gamut_cells, soft_encode
from ..resize import shrink
from .config import LossConfig

MEAN_UNIT = 10.0  # ab units: an error of this size costs about 1


def belief_loss(
    belief: Belief,
    ab: Float[Tensor, "b 2 h w"],
    balance: Float[Tensor, " k"],
    config: LossConfig,
    few: Few = ALL,
) -> dict[str, Tensor]:
    """The named parts of the loss, each already weighted; their sum is the loss.

    Args:
        ab: true colours at any size; averaged to the belief's grid.
        balance: the weight of a pixel whose true colour lies in each gamut cell.
        few: the cells of a proposal's grid that its distributions are of.
    """
    match belief:
        case Proposal():
            parts = gaussian_loss(belief.gaussian, ab, config)
            some = few.of(shrink(ab, grid_of(belief)))
            parts["labels"] = config.labels * label_loss(belief.labels, some, balance)
            if belief.channels is not None:
                parts["channels"] = config.channels * channel_loss(belief.channels, some, config)
            return parts
        case GaussianBelief():
            return gaussian_loss(belief, ab, config)
        case LabelBelief():
            return {"labels": label_loss(belief, ab, balance)}
        case ChannelBeliefs():
            return {"channels": channel_loss(belief, ab, config)}


def gaussian_loss(
    belief: GaussianBelief, ab: Float[Tensor, "b 2 h w"], config: LossConfig
) -> dict[str, Tensor]:
    """The mean's loss; likelihood of the precision beside it.

    Huber's has slope 1 beyond its knee, as l1 has everywhere. A mean that is near the median of
    what is plausible is duller than the truth; `vivid` makes up for some of it.
    """
    true = shrink(ab, grid_of(belief))
    guess, precision = belief.mean.to(true), belief.precision.to(true)
    mean = mean_loss(guess, config.vivid * true, config)
    square = ((guess.detach() - true) ** 2).sum(1, keepdim=True)
    likelihood = (0.5 * precision * square - precision.log()).mean()
    return {"mean": mean, "precision": config.precision * likelihood}


def mean_loss(
    guess: Float[Tensor, "b 2 h w"], true: Float[Tensor, "b 2 h w"], config: LossConfig
) -> Tensor:
    """Of colours in ab units, in units of `MEAN_UNIT`."""
    near, far = guess / MEAN_UNIT, true / MEAN_UNIT
    match config.mean:
        case "mse":
            return F.mse_loss(near, far)
        case "l1":
            return F.l1_loss(near, far)
        case _:
            knee = config.knee / MEAN_UNIT
            return F.huber_loss(near, far, delta=knee) / knee


def label_loss(
    belief: LabelBelief, ab: Float[Tensor, "b 2 h w"], balance: Float[Tensor, " k"]
) -> Tensor:
    """Cross-entropy against soft-encoded colours, each pixel weighted by its colour's rarity."""
    cells, weight = soft_encode(shrink(ab, grid_of(belief)))
    log_p = F.log_softmax(-belief.energy.to(weight), dim=1)
    entropy = -(weight * log_p.gather(1, _entries(belief.palette, cells))).sum(1)
    # The nine cells start at the corner (-1, -1): number 4 is the one the colour itself lies in.
    return (entropy * balance[cells[:, 4]]).mean()


def _entries(
    palette: Float[Tensor, "k 2"], cells: Int[Tensor, "b 9 h w"]
) -> Int[Tensor, "b 9 h w"]:
    """The palette's entries that gamut cells are, or lie next to."""
    gamut = gamut_cells().to(palette)
    if palette.shape == gamut.shape and torch.equal(palette, gamut):
        return cells
    return nearest(palette, gamut)[cells]


def channel_loss(
    belief: ChannelBeliefs, ab: Float[Tensor, "b 2 h w"], config: LossConfig
) -> Tensor:
    """The first paper's: cross-entropy over the 25 bins of a and of b, one-hot or soft."""
    true = shrink(ab, grid_of(belief))
    a = _bin_entropy(belief.a, true[:, 0], config.soft)
    return a + _bin_entropy(belief.b, true[:, 1], config.soft)


def _bin_entropy(belief: LabelBelief, true: Float[Tensor, "b h w"], soft: bool) -> Tensor:
    position = (true / STEP).clamp(-REACH, REACH) + REACH
    energy = belief.energy.to(true)
    if not soft:
        return F.cross_entropy(-energy, position.round().long())
    log_p = F.log_softmax(-energy, dim=1)
    lower = position.floor().clamp_max(2 * REACH - 1)
    share = (position - lower)[:, None]  # of the bin above; so the target's mean is the true colour
    below = lower.long()[:, None]
    return -((1 - share) * log_p.gather(1, below) + share * log_p.gather(1, below + 1)).mean()
