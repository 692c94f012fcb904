"""The task of VAE and mixture in one network: two losses, neither moves the other's part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from torch import Tensor, nn

from ...data.crops import Batch
from ...data.datasets import Photo
from ...models.rivals.vae_mdn import VaeMdn
from ..config import RunConfig
from ..defaults import Defaults
from ..flags import Ignores
from ..objective import State
from ._frozen import alone, draw_normal
from ._rival import RivalTask
from .vae import VaeObjective, code_weight, weighted_norm


@dataclass(frozen=True)
class VaeMdnObjective:
    of_vae: VaeObjective

    def __call__(self, network: nn.Module, batch: Batch, progress: float) -> dict[str, Tensor]:
        """ "colours" and "codes" of the VAE, and "mixture", Equation 9."""
        model = alone(network, VaeMdn)
        seen = self.of_vae.encode(model.vae, batch)
        weight = code_weight(model.config.divergence, model.config.rise, progress)
        parts = self.of_vae.parts(seen, weight * seen.posterior.divergence())
        noise = draw_normal(seen.posterior.mean, self.of_vae.random)
        z = seen.posterior.draw(noise).detach()
        return parts | {"mixture": model.mixture(seen.grey.detached()).loss(z)}

    def state(self) -> State:
        return self.of_vae.state()

    def restore(self, state: State) -> None:
        self.of_vae.restore(state)


def make_objective(config: RunConfig, photos: Sequence[Photo]) -> VaeMdnObjective:
    norm = weighted_norm(config, photos)
    return VaeMdnObjective(VaeObjective(norm, config.crops.seed, config.fit.half))


def defaults(name: str, options: Mapping[str, Any]) -> Defaults:
    return Defaults("imagenet")


IGNORES = Ignores("The VAE and its mixture have losses of their own, the paper's")
build = partial(RivalTask, make_objective=make_objective)
