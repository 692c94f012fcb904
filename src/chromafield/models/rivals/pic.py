"""pic: pixel after pixel, each coloured after those before it (probabilistic colorization).

    p(x | grey) = prod_i p(x_i | x_1 .. x_{i-1}, grey)

A network embeds the grey picture, another models the colours at a quarter of its size. Sampling
takes a pass of that one for each pixel: it is slow, which is one of the second paper's points.

References:
    Royer, Kolesnikov and Lampert, Probabilistic image colorization, 2017; their released code for
    the layers.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from ...errors import BadValue
from ._parts import dropped, squares
from ._pixels import Pixels, as_ab, both_signs, draw_pixel

NUMBERS = 8  # of a component


@dataclass(frozen=True)
class Config:
    side: int = 64  # pixels of its pictures, a multiple of 4; the colours' grid has a quarter
    width: int = 160  # channels; 32 on two cores,
    blocks: int = 4  # of both streams; and 2
    deep: int = 4  # residual blocks of the grey picture's network at each size
    components: int = 10  # logistics in a pixel's mixture
    dropout: float = 0.5  # in training
    early: float = 1.0  # and the weight of the likelihood without earlier pixels


class Residual(nn.Module):
    """A gated residual block of plain convolutions."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(2 * width, width, 3, padding=1)
        self.second = nn.Conv2d(2 * width, 2 * width, 3, padding=1)

    def forward(
        self, x: Float[Tensor, "b c h w"], dropout: float, random: torch.Generator | None
    ) -> Float[Tensor, "b c h w"]:
        y = both_signs(self.first(both_signs(x)))
        if random is not None and dropout:
            y = dropped(y, dropout, random)
        change, gate = self.second(y).chunk(2, dim=1)
        out: Tensor = x + change * torch.sigmoid(gate)
        return out


class Pic(nn.Module):
    def __init__(self, config: Config) -> None:
        super().__init__()
        if config.side < 8 or config.side % 4:
            raise BadValue(f"The side is {config.side}; it is a multiple of 4 from 8 on.")
        self.config = config
        wide = (max(config.width // 4, 1), max(config.width // 2, 1), config.width)
        self.enters = nn.ModuleList(
            nn.Conv2d(i, o, 3, stride, padding=1)
            for i, o, stride in zip((1, *wide[:-1]), wide, (1, 2, 2), strict=True)
        )
        self.stages = nn.ModuleList(
            nn.ModuleList(Residual(w) for _ in range(config.deep)) for w in wide
        )
        outside = NUMBERS * config.components
        self.early = nn.Conv2d(config.width, outside, 1)
        self.pixels = Pixels(config.width, config.blocks, outside)

    def embed(
        self, lightness: Float[Tensor, "b 1 h w"], random: torch.Generator | None = None
    ) -> tuple[Float[Tensor, "b c i j"], Float[Tensor, "b 1 i j"]]:
        """What the grey picture looks like at a quarter of the size, and its lightness there."""
        seen = squares(lightness, self.config.side)
        y = seen
        for enter, stage in zip(self.enters, self.stages, strict=True):
            y = enter(y)
            for block in stage:  # type: ignore[attr-defined]
                y = block(y, self.config.dropout, random)
        return F.elu(y), F.avg_pool2d(seen, 4)

    def draw(
        self, lightness: Float[Tensor, "b 1 h w"], random: torch.Generator
    ) -> Float[Tensor, "b 2 i j"]:
        """One colouring of each picture, in ab units, at a quarter of side x side."""
        known, grey = self.embed(lightness)
        x = known.new_zeros(len(known), 2, *known.shape[2:])
        for i in range(x.shape[2]):
            row = x[:, :, : i + 1]  # the pixels below have no say
            for j in range(x.shape[3]):
                raw = self.pixels(row, known[:, :, : i + 1])[:, :, i : i + 1, j : j + 1]
                row[:, :, i, j] = draw_pixel(raw, grey[:, :, i : i + 1, j : j + 1], random)
        return as_ab(x)


build = Pic
