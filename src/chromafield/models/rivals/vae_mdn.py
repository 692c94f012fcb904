"""vae-mdn: the VAE and its mixture of codes in one network, without the field.

Its mixture learns beside the VAE, on codes and features that it does not move; Deshpande et al.
train one after the other (`chromafield train vae`, then `mdn`), which ends in the same place.

References:
    Deshpande, Lu, Yeh, Chong and Forsyth, Learning diverse image colorization, 2017.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ..sampler import mdn
from ..sampler.vae import Config as VaeConfig
from ..sampler.vae import Vae


@dataclass(frozen=True)
class Config(VaeConfig):
    components: int = 8  # of the mixture
    sigma: float = 0.1  # of each, in each of the code's numbers
    width: int = 256  # hidden numbers of the mixture's network


class VaeMdn(nn.Module):
    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        c = config
        self.vae = Vae(config)
        self.mixture = mdn.MixtureDensity(
            mdn.Config(c.components, c.sigma, c.latent, c.coarse, c.width)
        )

    def draw(
        self, lightness: Float[Tensor, "b 1 h w"], random: torch.Generator
    ) -> Float[Tensor, "b 2 i j"]:
        """One colouring of each picture, in ab units, at a quarter of its size."""
        grey = self.vae.features(lightness)
        codes: Tensor = self.mixture(grey).draw(1, "sample", random)[:, 0]
        return self.vae.decode(codes, grey)

    def start_from_imagenet(self) -> None:
        """Load the encoder's published ImageNet weights."""
        self.vae.start_from_imagenet()


build = VaeMdn
