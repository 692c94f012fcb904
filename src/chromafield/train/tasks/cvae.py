"""The task of the VAE whose prior follows from the grey picture: the VAE's, with that prior."""

from __future__ import annotations

from functools import partial

from torch import Tensor, nn

from ...data.crops import Batch
from ...models.rivals.cvae import Cvae
from ..defaults import Defaults
from ..flags import Ignores
from ._frozen import alone
from ._rival import BesideVae, RivalTask, beside_vae
from .vae import code_weight


class CvaeObjective(BesideVae):
    def __call__(self, network: nn.Module, batch: Batch, progress: float) -> dict[str, Tensor]:
        """ "colours", and "codes", the weighted divergence from the prior."""
        model = alone(network, Cvae)
        seen = self.of_vae.encode(model.vae, batch)
        nats = seen.posterior.divergence_from(model.prior(seen.grey))
        weight = code_weight(model.config.divergence, model.config.rise, progress)
        return self.of_vae.parts(seen, weight * nats)


defaults = Defaults("imagenet")
IGNORES = Ignores("The CVAE has a loss of its own, the paper's")
build = partial(RivalTask, make_objective=beside_vae(CvaeObjective))
