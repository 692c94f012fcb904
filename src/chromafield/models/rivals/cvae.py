"""cvae: the second paper's VAE with a prior of one Gaussian that follows from the grey picture.

    p(z | grey) = N(mean(grey), variance(grey))

It is learnt with the rest: the codes' divergence is that from this prior, not from N(0, I).

References:
    Sohn, Lee and Yan, Learning structured output representation using deep conditional generative
    models, 2015; Deshpande et al., 2017, whose comparison the second paper names.
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn

from .._layers import single
from ..sampler.vae import LOG_VARIANCE_RANGE, Config, Features, Posterior, Vae
from ._parts import normal


class Cvae(nn.Module):
    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        self.vae = Vae(config)
        self.gaussian = nn.Linear(config.coarse, 2 * config.latent)

    def prior(self, grey: Features) -> Posterior:
        """p(z | grey)."""
        with single(grey.coarse):
            raw = self.gaussian(grey.coarse.float().mean((2, 3)))
        mean, log_variance = raw.chunk(2, dim=1)
        return Posterior(mean, log_variance.clamp(*LOG_VARIANCE_RANGE))

    def draw(
        self, lightness: Float[Tensor, "b 1 h w"], random: torch.Generator
    ) -> Float[Tensor, "b 2 i j"]:
        """One colouring of each picture, in ab units, at a quarter of its size."""
        grey = self.vae.features(lightness)
        z = self.prior(grey).draw(normal(lightness, random, self.config.latent))
        return self.vae.decode(z, grey)

    def start_from_imagenet(self) -> None:
        """Load the encoder's published ImageNet weights."""
        self.vae.start_from_imagenet()


build = Cvae
