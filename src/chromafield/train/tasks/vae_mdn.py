"""The task of VAE and mixture in one network: two losses, neither moves the other's part."""

from __future__ import annotations

from functools import partial

from torch import Tensor, nn

from ...data.crops import Batch
from ...models.rivals.vae_mdn import VaeMdn
from ..defaults import Defaults
from ..flags import Ignores
from ._frozen import alone, draw_normal
from ._rival import BesideVae, RivalTask, beside_vae
from .vae import code_weight


class VaeMdnObjective(BesideVae):
    def __call__(self, network: nn.Module, batch: Batch, progress: float) -> dict[str, Tensor]:
        """ "colours" and "codes" of the VAE, and "mixture", Equation 9."""
        model = alone(network, VaeMdn)
        seen = self.of_vae.encode(model.vae, batch)
        weight = code_weight(model.config.divergence, model.config.rise, progress)
        parts = self.of_vae.parts(seen, weight * seen.posterior.divergence())
        noise = draw_normal(seen.posterior.mean, self.of_vae.random)
        z = seen.posterior.draw(noise).detach()
        return parts | {"mixture": model.mixture(seen.grey.detached()).loss(z)}


defaults = Defaults("imagenet")
IGNORES = Ignores("The VAE and its mixture have losses of their own, the paper's")
build = partial(RivalTask, make_objective=beside_vae(VaeMdnObjective))
