"""The task of the GAN with noise at every layer: taken for true by a critic, and nothing else.

A Wasserstein critic takes several steps for one of the network, on the same true pictures with new
noise, and its weights are clipped after each. Nothing pulls a picture to its own true colours.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

import torch
from torch import Tensor, nn

from ...data.crops import Batch
from ...models.rivals.mln_gan import Config as MlnConfig
from ...models.rivals.mln_gan import Critic, MlnGan, grey_of, uv_of
from ...plugins import configure
from ..config import RunConfig
from ..defaults import Defaults
from ..flags import Ignores
from ..opponent import Opponent
from ._frozen import alone
from ._rival import AgainstOpponent, RivalTask, true_squares, without_photos

NAME = "mln-gan"
LR = 1e-4  # of the critic


class MlnObjective(AgainstOpponent):
    def __init__(self, config: RunConfig) -> None:
        own = configure(MlnConfig, config.options, NAME)
        seed = config.crops.seed
        create = partial(Critic, own.side, own.critic_width)
        super().__init__(seed, Opponent(create, _slow_means, seed, config.device))
        self.device = config.device

    def __call__(self, network: nn.Module, batch: Batch, progress: float) -> dict[str, Tensor]:
        """ "critic": less the critic's value of the network's pictures."""
        model = alone(network, MlnGan)
        both = true_squares(batch, model.config.side, self.device)
        grey = grey_of(both[:, :1])
        true = torch.cat([grey, uv_of(both[:, 1:])], dim=1)
        for _ in range(model.config.critic_steps):
            with torch.no_grad():
                guess = self._guess(model, grey)
            self.opponent.learn(partial(distance, true=true, guess=guess))
            with torch.no_grad():
                for weight in self.opponent.critic.parameters():
                    weight.clamp_(-model.config.clip, model.config.clip)
        return {"critic": -self.opponent.judge()(self._guess(model, grey)).mean()}

    def _guess(self, model: MlnGan, grey: Tensor) -> Tensor:
        return torch.cat([grey, model(grey, model.noise(grey, self.random))], dim=1)


def distance(critic: nn.Module, true: Tensor, guess: Tensor) -> Tensor:
    """A critic's loss: less how much more it values true pictures than guessed ones."""
    loss: Tensor = critic(guess).mean() - critic(true).mean()
    return loss


def _slow_means(parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
    return torch.optim.RMSprop(parameters, lr=LR)


# Without a mean of the gradient, Adam is RMSProp, with which its authors trained it.
FIT = {"lr": 2e-4, "betas": (0.0, 0.99), "weight_decay": 0.0, "grad_clip": 1e9}
defaults = Defaults("scratch", fit=FIT)
IGNORES = Ignores("The GAN with noise at every layer has a loss of its own, its paper's")
build = partial(RivalTask, make_objective=without_photos(MlnObjective))
