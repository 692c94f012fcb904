"""A critic: a PatchGAN that learns to tell true colours from the network's, as one more loss.

The critic sees (L, ab) on the grid of the network's output and judges each patch of it; the network
is paid for patches that pass as true. Least squares on both sides:

    critic:   mean (D(true) - 1)^2 + mean D(network's)^2
    network:  weight * mean (D(network's) - 1)^2

References:
    Isola, Zhu, Zhou and Efros, Image-to-image translation with conditional adversarial networks,
    2017, for the patches; Mao et al., Least squares GAN, 2017; Melas-Kyriazi and Han, section 5,
    which names it as future work.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from functools import partial

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ..beliefs import Belief, GaussianBelief, Proposal, grid_of
from ..data.crops import Batch
from ..errors import BadValue
from ..resize import shrink
from .objective import BeliefObjective, Output, State
from .opponent import Opponent

AB_UNIT = 50.0  # the critic sees ab in units of 50
WIDTHS = (64, 128)  # channels of its layers
SMALLEST = 8  # cells a side of what it can judge
LR = 2e-4
BETAS = (0.5, 0.999)


class Critic(nn.Module):
    """Convolutions of stride 2 and one that judges; after two each verdict sees 22 x 22 cells.

    Args:
        widths: channels of each.
    """

    def __init__(self, widths: Sequence[int] = WIDTHS) -> None:
        super().__init__()
        layers = [nn.Conv2d(3, widths[0], 4, 2, padding=1), nn.LeakyReLU(0.2)]
        for inside, outside in itertools.pairwise(widths):
            layers += [
                nn.Conv2d(inside, outside, 4, 2, padding=1, bias=False),
                nn.InstanceNorm2d(outside, affine=True),
                nn.LeakyReLU(0.2),
            ]
        self.layers = nn.Sequential(*layers, nn.Conv2d(widths[-1], 1, 4, 1, padding=1))

    def forward(self, lab: Float[Tensor, "b 3 h w"]) -> Float[Tensor, "b 1 i j"]:
        unit = torch.cat([lab[:, :1] / 50 - 1, lab[:, 1:] / AB_UNIT], dim=1)
        verdicts: Tensor = self.layers(unit)
        return verdicts


class AdversarialObjective:
    """A colour objective with a critic beside it, which takes a step of its own each time."""

    def __init__(self, color: BeliefObjective, weight: float, seed: int) -> None:
        self.color, self.weight = color, weight
        self.opponent = Opponent(Critic, adam, seed, color.balance.device)

    def __call__(self, network: nn.Module, batch: Batch, progress: float) -> dict[str, Tensor]:
        return self.parts(self.predict(network, batch), batch)

    def predict(self, network: Callable[..., Output], batch: Batch) -> Output:
        return self.color.predict(network, batch)

    def parts(self, belief: Belief, batch: Batch) -> dict[str, Tensor]:
        """The colour's parts, and "critic", what is lost for not passing as true.

        Raises:
            BadValue: the network predicts distributions alone, or on too small a grid.
        """
        if min(grid_of(belief)) < SMALLEST:
            raise BadValue(
                f"The critic judges grids of at least {SMALLEST} x {SMALLEST} cells; these crops "
                f"give {grid_of(belief)}. Raise --sides."
            )
        lab = batch.lab.to(self.color.balance.device)
        true = shrink(lab, grid_of(belief))
        guess = torch.cat([true[:, :1], _colors(belief).to(true)], dim=1)
        self.opponent.learn(partial(least_squares, true=true, guess=guess.detach()))
        passed = ((self.opponent.judge()(guess) - 1) ** 2).mean()
        return self.color.parts(belief, batch) | {"critic": self.weight * passed}

    def state(self) -> State:
        return self.opponent.state()

    def restore(self, state: State) -> None:
        self.opponent.restore(state)


def adam(parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
    """What critics of patches learn by."""
    return torch.optim.Adam(parameters, lr=LR, betas=BETAS)


def least_squares(
    critic: Callable[[Tensor], Tensor],
    true: Float[Tensor, "b 3 h w"],
    guess: Float[Tensor, "c 3 h w"],
) -> Tensor:
    """A critic's loss: 1 for what is true, 0 for what is not."""
    loss: Tensor = ((critic(true) - 1) ** 2).mean() + (critic(guess) ** 2).mean()
    return loss


def _colors(belief: Belief) -> Float[Tensor, "b 2 h w"]:
    match belief:
        case GaussianBelief():
            return belief.mean
        case Proposal():
            return belief.gaussian.mean
    raise BadValue(
        "The critic needs a network that predicts a colour; this one predicts "
        "distributions alone. Train lite-unet or paper-cnn with --adversarial."
    )
