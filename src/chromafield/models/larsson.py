"""larsson: hypercolumns of VGG-16, one distribution of the hue and one of the chroma.

A place's hypercolumn is what every layer of the trunk says there: the grey itself, thirteen
convolutions and two wide layers, 12,417 numbers at the published width. One layer makes a hue in
32 bins and a chroma in 32 bins of them. The belief is the colour that the authors decode, as sure
as the two distributions are narrow.

References:
    Larsson, Maire and Shakhnarovich, Learning representations for automatic colorization, 2016.
    Theirs is four times as wide as the default here (`width=64`), and begins from a classifier.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from ..beliefs import GaussianBelief
from ._hue import BINS, centres, decoded, grey_of_lightness, mean_direction
from ._layers import check_width, conv_norm_relu
from ._padding import padded
from .rivals._parts import dropped

STRIDE = 4  # pixels a cell of the output
MULTIPLE = 32  # both sides of what the trunk sees are multiples of this
MEAN_GREY = 0.4488  # of the authors' pictures
DEPTHS = (2, 2, 3, 3, 3)  # convolutions at each size
WIDTHS = (1, 2, 4, 8, 8)  # their channels, times the first ones'
WIDE, HIDDEN = 64, 16  # the same for the two wide layers, and for the one on hypercolumns
AB_UNIT = 100.0  # ab units that a chroma of 1 has, about
VARIANCE_FLOOR = 1.0  # ab^2
DROPPED = 0.5  # of the wide layers' values in training


@dataclass(frozen=True)
class Config:
    width: int = 16  # channels of the first convolutions; the authors' network has 64

    def __post_init__(self) -> None:
        check_width(self.width)


class Larsson(nn.Module):
    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        self.blocks = nn.ModuleList()
        inside, column = 1, 1
        for depth, times in zip(DEPTHS, WIDTHS, strict=True):
            outside = times * config.width
            convolutions = [_layer(inside, outside, 3)]
            convolutions += [_layer(outside, outside, 3) for _ in range(depth - 1)]
            self.blocks.append(nn.ModuleList(convolutions))
            inside, column = outside, column + depth * outside
        wide = WIDE * config.width
        self.fc6, self.fc7 = _layer(inside, wide, 7), _layer(wide, wide, 1)
        self.columns = column + 2 * wide  # numbers of a hypercolumn
        self.hidden = nn.Conv2d(self.columns, HIDDEN * config.width, 1)
        self.hue = nn.Conv2d(HIDDEN * config.width, BINS, 1)
        self.chroma = nn.Conv2d(HIDDEN * config.width, BINS, 1)

    def forward(self, lightness: Float[Tensor, "b 1 h w"]) -> GaussianBelief:
        """A belief on a grid of ceil(h / 4) x ceil(w / 4); any size, L in [0, 100]."""
        places = _every_cell(lightness)
        hue, chroma = (x.softmax(1) for x in self.at(lightness, places))
        grey = _sampled(grey_of_lightness(lightness), places, _size(lightness))
        return GaussianBelief(decoded(hue, chroma, grey), 1 / _variance(hue, chroma))

    def at(
        self,
        lightness: Float[Tensor, "b 1 h w"],
        places: Float[Tensor, "b i j 2"],
        random: torch.Generator | None = None,
    ) -> tuple[Float[Tensor, "b 32 i j"], Float[Tensor, "b 32 i j"]]:
        """Logits of the hue's and the chroma's bins at some places.

        Args:
            places: x and y in pixels; the first pixel's middle is 0.5.
            random: in training, says which half of the wide layers' values is dropped.
        """
        whole = padded(lightness, MULTIPLE)
        maps = [_sampled(one, places, _size(whole)) for one in self._maps(whole, random)]
        column = torch.cat(maps, dim=1)
        hidden = _halved(F.relu(self.hidden(column)), random)
        return self.hue(hidden), self.chroma(hidden)

    def _maps(
        self, lightness: Float[Tensor, "b 1 h w"], random: torch.Generator | None
    ) -> list[Tensor]:
        """What every layer says, on grids of 1 to 1/32 of the picture's size."""
        x = grey_of_lightness(lightness) - MEAN_GREY
        maps = [x]
        for block in self.blocks:
            assert isinstance(block, nn.ModuleList)
            for layer in block:
                maps.append(x := layer(x))
            x = F.max_pool2d(x, 2)
        maps.append(x := _halved(self.fc6(x), random))
        maps.append(_halved(self.fc7(x), random))
        return maps


def _layer(inside: int, outside: int, side: int) -> nn.Sequential:
    return nn.Sequential(*conv_norm_relu(inside, outside, side))


def _halved(x: Tensor, random: torch.Generator | None) -> Tensor:
    return x if random is None else dropped(x, DROPPED, random)


def _every_cell(lightness: Float[Tensor, "b 1 h w"]) -> Float[Tensor, "b i j 2"]:
    """The middles of the output's cells in pixels."""
    b, _, h, w = lightness.shape
    x, y = (STRIDE * (torch.arange(-(-n // STRIDE)) + 0.5) for n in (w, h))
    both = torch.stack(torch.meshgrid(x, y, indexing="xy"), dim=-1)
    return both.to(lightness).expand(b, -1, -1, -1)


def _size(x: Float[Tensor, "b c h w"]) -> tuple[int, int]:
    return x.shape[3], x.shape[2]


def _sampled(
    grid: Float[Tensor, "b c p q"], places: Float[Tensor, "b i j 2"], size: tuple[int, int]
) -> Float[Tensor, "b c i j"]:
    """The values at places of a picture of this width and height, which the grid covers whole."""
    unit = 2 * places / torch.tensor(size, dtype=places.dtype, device=places.device) - 1
    return F.grid_sample(grid, unit, padding_mode="border", align_corners=False)


def _variance(
    hue: Float[Tensor, "b 32 i j"], chroma: Float[Tensor, "b 32 i j"]
) -> Float[Tensor, "b 1 i j"]:
    """Half the squared distance of colours from their mean, where hue and chroma are apart."""
    across, up = mean_direction(hue)
    values = centres(chroma)[:, None, None]
    first, second = ((chroma * values**k).sum(1, keepdim=True) for k in (1, 2))
    spread = second - first.square() * (across.square() + up.square())
    return (AB_UNIT**2 * spread / 2).clamp_min(VARIANCE_FLOOR)


build = Larsson
