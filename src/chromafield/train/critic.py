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

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ..beliefs import Belief, GaussianBelief, Proposal, grid_of
from ..data.crops import Batch
from ..errors import BadValue
from ..resize import shrink
from .objective import BeliefObjective, Output, State

AB_UNIT = 50.0  # the critic sees ab in units of 50
WIDTHS = (64, 128)  # channels of its layers
SMALLEST = 8  # cells a side of what it can judge
LR = 2e-4
BETAS = (0.5, 0.999)


class Critic(nn.Module):
    """Two convolutions of stride 2 and one that judges: each verdict sees 22 x 22 cells."""

    def __init__(self) -> None:
        super().__init__()
        first, second = WIDTHS
        self.layers = nn.Sequential(
            nn.Conv2d(3, first, 4, 2, padding=1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(first, second, 4, 2, padding=1, bias=False),
            nn.InstanceNorm2d(second, affine=True),
            nn.LeakyReLU(0.2),
            nn.Conv2d(second, 1, 4, 1, padding=1),
        )

    def forward(self, lab: Float[Tensor, "b 3 h w"]) -> Float[Tensor, "b 1 i j"]:
        unit = torch.cat([lab[:, :1] / 50 - 1, lab[:, 1:] / AB_UNIT], dim=1)
        verdicts: Tensor = self.layers(unit)
        return verdicts


class AdversarialObjective:
    """A colour objective with a critic beside it, which takes a step of its own each time."""

    def __init__(self, color: BeliefObjective, weight: float, seed: int) -> None:
        self.color, self.weight = color, weight
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            self.critic = Critic().to(color.balance.device)
        self.optimizer = torch.optim.Adam(self.critic.parameters(), lr=LR, betas=BETAS)

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
        self._learn(true, guess.detach())
        passed = ((self.critic.requires_grad_(False)(guess) - 1) ** 2).mean()
        return self.color.parts(belief, batch) | {"critic": self.weight * passed}

    def _learn(self, true: Float[Tensor, "b 3 h w"], guess: Float[Tensor, "b 3 h w"]) -> None:
        critic = self.critic.requires_grad_(True)
        loss = ((critic(true) - 1) ** 2).mean() + (critic(guess) ** 2).mean()
        self.optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        self.optimizer.step()

    def state(self) -> State:
        return {"critic": self.critic.state_dict(), "optimizer": self.optimizer.state_dict()}

    def restore(self, state: State) -> None:
        self.critic.load_state_dict(state["critic"])
        self.optimizer.load_state_dict(state["optimizer"])


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
