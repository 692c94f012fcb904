"""The task of pix2pix's generator: near to the true colours, and taken for true by a critic."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...data.crops import Batch
from ...models.rivals._parts import AB_UNIT
from ...models.rivals.c_gan import CGan
from ...models.rivals.c_gan import Config as CGanConfig
from ...plugins import configure
from ..config import RunConfig
from ..critic import Critic, adam
from ..defaults import Defaults
from ..flags import Ignores
from ..opponent import Opponent
from ._frozen import alone
from ._rival import AgainstOpponent, RivalTask, true_squares, without_photos

NAME = "c-gan"


class CGanObjective(AgainstOpponent):
    def __init__(self, config: RunConfig) -> None:
        own = configure(CGanConfig, config.options, NAME)
        seed = config.crops.seed
        super().__init__(seed, Opponent(partial(Critic, own.critic), adam, seed, config.device))
        self.device = config.device

    def __call__(self, network: nn.Module, batch: Batch, progress: float) -> dict[str, Tensor]:
        """ "colours", the absolute error, and "critic", what is lost for not passing as true."""
        model = alone(network, CGan)
        both = true_squares(batch, model.config.side, self.device)
        true = both[:, 1:]
        ab = model.draw(both[:, :1], self.random)
        guess = torch.cat([true[:, :1], ab], dim=1)
        self.opponent.learn(partial(cross_entropy, true=true, guess=guess.detach()))
        verdicts = self.opponent.judge()(guess)
        return {
            "colours": model.config.error * (ab - true[:, 1:]).abs().mean() / AB_UNIT,
            "critic": F.binary_cross_entropy_with_logits(verdicts, torch.ones_like(verdicts)),
        }


def cross_entropy(critic: Callable[[Tensor], Tensor], true: Tensor, guess: Tensor) -> Tensor:
    """A critic's loss: the mean of what it loses on true colours and on guessed ones."""
    one, other = critic(true), critic(guess)
    of_true = F.binary_cross_entropy_with_logits(one, torch.ones_like(one))
    of_guess = F.binary_cross_entropy_with_logits(other, torch.zeros_like(other))
    return (of_true + of_guess) / 2


# The released code's, for the network; gradients are not clipped there and weights do not decay.
GAN_FIT = {"lr": 2e-4, "betas": (0.5, 0.999), "weight_decay": 0.0, "grad_clip": 1e9}
defaults = Defaults("scratch", fit=GAN_FIT)
IGNORES = Ignores("The conditional GAN has a loss of its own, its paper's")
build = partial(RivalTask, make_objective=without_photos(CGanObjective))
