"""bicycle-gan: a U-net that a code steers, and an encoder that finds the code of given colours.

References:
    Zhu, Zhang, Pathak, Darrell, Efros, Wang and Shechtman, Toward multimodal image-to-image
    translation, 2017; their released code for the layers.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from ..sampler.vae import Posterior
from ._parts import AB_UNIT, SLOPE, UNet, normal, squares

WIDEST = 4  # times the first layer's channels, in the encoder


@dataclass(frozen=True)
class Config:
    side: int = 64  # pixels of its pictures, a power of 2
    code: int = 8  # numbers in a code
    width: int = 64  # channels of the U-net's first layer; 16 trains ten times as fast on a CPU
    encoder_width: int = 64  # of the encoder's,
    blocks: int = 3  # and its blocks, each of half the size of the one before
    error: float = 10.0  # in training: the weight of the absolute error,
    divergence: float = 0.01  # of a nat of a code,
    recovery: float = 0.5  # of the error of a code that is drawn and found again,
    critic: tuple[int, ...] = (64, 128)  # and the channels of the critics' layers


class Block(nn.Module):
    """A residual block that halves its picture by averaging."""

    def __init__(self, inside: int, outside: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(inside, inside, 3, padding=1)
        self.second = nn.Conv2d(inside, outside, 3, padding=1)
        self.past = nn.Conv2d(inside, outside, 1)

    def forward(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b d i j"]:
        y = self.first(F.leaky_relu(F.instance_norm(x), SLOPE))
        y = self.second(F.leaky_relu(F.instance_norm(y), SLOPE))
        out: Tensor = F.avg_pool2d(y, 2) + self.past(F.avg_pool2d(x, 2))
        return out


class CodeEncoder(nn.Module):
    """q(z | colours)."""

    def __init__(self, width: int, blocks: int, code: int) -> None:
        super().__init__()
        wide = [width * min(n, WIDEST) for n in range(1, blocks + 1)]
        self.first = nn.Conv2d(2, width, 4, 2, padding=1)
        self.blocks = nn.Sequential(*map(Block, wide[:-1], wide[1:]))
        self.mean, self.log_variance = nn.Linear(wide[-1], code), nn.Linear(wide[-1], code)

    def forward(self, ab: Float[Tensor, "b 2 s s"]) -> Posterior:
        y = F.leaky_relu(self.blocks(self.first(ab)), SLOPE).mean((2, 3))
        return Posterior(self.mean(y), self.log_variance(y))


class BicycleGan(nn.Module):
    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        self.net = UNet(config.side, config.width, config.code)
        self.codes = CodeEncoder(config.encoder_width, config.blocks, config.code)

    def decode(
        self, lightness: Float[Tensor, "b 1 h w"], z: Float[Tensor, "b z"]
    ) -> Float[Tensor, "b 2 s s"]:
        """The colours of these codes, in ab units."""
        ab: Tensor = AB_UNIT * self.net(squares(lightness, self.config.side), z)
        return ab

    def encode(self, ab: Float[Tensor, "b 2 s s"]) -> Posterior:
        posterior: Posterior = self.codes(ab / AB_UNIT)
        return posterior

    def draw(
        self, lightness: Float[Tensor, "b 1 h w"], random: torch.Generator
    ) -> Float[Tensor, "b 2 s s"]:
        """One colouring of each picture, in ab units, side x side."""
        return self.decode(lightness, normal(lightness, random, self.config.code))


build = BicycleGan
