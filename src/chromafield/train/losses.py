"""What a belief is worth against the true colours, for every kind of belief."""

from __future__ import annotations

from dataclasses import dataclass

import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from ..beliefs import Belief, ChannelBeliefs, GaussianBelief, LabelBelief, Proposal, grid_of
from ..color.palette import REACH, STEP, soft_encode
from ..image.resize import shrink

MEAN_UNIT = 10.0  # ab units: an error of so much costs about 1


@dataclass(frozen=True)
class LossConfig:
    knee: float = 3.0  # ab units: errors above it count linearly (Huber)
    labels: float = 0.3  # weight of the distribution's cross-entropy beside the mean's loss
    precision: float = 0.05  # weight of the precision's likelihood
    uniform: float = 0.5  # share of the uniform prior in rebalancing; 1 switches it off


def belief_loss(
    belief: Belief,
    ab: Float[Tensor, "b 2 h w"],
    balance: Float[Tensor, " k"],
    config: LossConfig,
) -> dict[str, Tensor]:
    """The named parts of the loss, each already weighted; their sum is the loss.

    Args:
        ab: true colours at any size; averaged to the belief's grid.
        balance: the weight of a pixel whose true colour lies in each gamut cell.
    """
    match belief:
        case Proposal():
            parts = gaussian_loss(belief.gaussian, ab, config)
            labels = label_loss(belief.labels, ab, balance)
            return parts | {"labels": config.labels * labels}
        case GaussianBelief():
            return gaussian_loss(belief, ab, config)
        case LabelBelief():
            return {"labels": label_loss(belief, ab, balance)}
        case ChannelBeliefs():
            return {"labels": channel_loss(belief, ab)}


def gaussian_loss(
    belief: GaussianBelief, ab: Float[Tensor, "b 2 h w"], config: LossConfig
) -> dict[str, Tensor]:
    """Huber loss of the mean, slope 1 a `MEAN_UNIT`; likelihood of the precision beside it."""
    true = shrink(ab, grid_of(belief))
    knee = config.knee / MEAN_UNIT
    mean = F.huber_loss(belief.mean / MEAN_UNIT, true / MEAN_UNIT, delta=knee) / knee
    square = ((belief.mean.detach() - true) ** 2).sum(1, keepdim=True)
    likelihood = (0.5 * belief.precision * square - belief.precision.log()).mean()
    return {"mean": mean, "precision": config.precision * likelihood}


def label_loss(
    belief: LabelBelief, ab: Float[Tensor, "b 2 h w"], balance: Float[Tensor, " k"]
) -> Tensor:
    """Cross-entropy against soft-encoded colours, each pixel weighted by its colour's rarity."""
    cells, weight = soft_encode(shrink(ab, grid_of(belief)))
    log_p = F.log_softmax(-belief.energy, dim=1)
    entropy = -(weight * log_p.gather(1, cells)).sum(1)
    # The nine cells start at the corner (-1, -1): number 4 is the one the colour itself lies in.
    return (entropy * balance[cells[:, 4]]).mean()


def channel_loss(belief: ChannelBeliefs, ab: Float[Tensor, "b 2 h w"]) -> Tensor:
    """The first paper's: one-hot cross-entropy over the 25 bins of a and of b."""
    true = shrink(ab, grid_of(belief))
    bins = (true / STEP).round().clamp(-REACH, REACH).long() + REACH
    a = F.cross_entropy(-belief.a.energy, bins[:, 0])
    return a + F.cross_entropy(-belief.b.energy, bins[:, 1])
