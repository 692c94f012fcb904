"""c-gan: a U-net whose only chance is dropout, trained against a critic of patches (pix2pix).

References:
    Isola, Zhu, Zhou and Efros, Image-to-image translation with conditional adversarial networks,
    2017; their released code for the layers.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ._parts import AB_UNIT, UNet, squares


@dataclass(frozen=True)
class Config:
    side: int = 64  # pixels of its pictures, a power of 2
    width: int = 64  # channels of its first layer; 16 trains ten times as fast on a CPU
    dropout: float = 0.5  # share of values that are dropped, also when it draws
    error: float = 100.0  # in training: the weight of the absolute error,
    critic: tuple[int, ...] = (64, 128)  # and the channels of the critic's layers


class CGan(nn.Module):
    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        self.net = UNet(config.side, config.width)

    def draw(
        self, lightness: Float[Tensor, "b 1 h w"], random: torch.Generator
    ) -> Float[Tensor, "b 2 s s"]:
        """One colouring of each picture, in ab units, side x side."""
        seen = squares(lightness, self.config.side)
        ab: Tensor = AB_UNIT * self.net(seen, dropout=self.config.dropout, random=random)
        return ab


build = CGan
