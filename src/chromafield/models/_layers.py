"""Layers that several networks are made of."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from ..errors import BadValue
from ..resize import enlarge


def check_width(width: int) -> None:
    """Raises: BadValue: a network's first block has no channels."""
    if width < 1:
        raise BadValue(f"The width is {width}; it must be at least 1.")


def conv_norm_relu(
    inside: int, outside: int, side: int = 3, stride: int = 1
) -> tuple[nn.Module, nn.Module, nn.Module]:
    """A convolution as large as its picture, a norm and a ReLU, for a `Sequential`."""
    convolution = nn.Conv2d(inside, outside, side, stride, padding=side // 2, bias=False)
    return convolution, nn.BatchNorm2d(outside), nn.ReLU()


def single(like: Tensor) -> torch.autocast:
    """A context for last layers, whose rounding nothing would average out: no half precision."""
    return torch.autocast(like.device.type, enabled=False)


class ConvNorm(nn.Module):
    def __init__(self, inside: int, outside: int, stride: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inside, outside, 3, stride, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(outside)

    def forward(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b d i j"]:
        return self.sum(self.conv(x))

    def part(self, x: Float[Tensor, "b c h w"], first: int) -> Float[Tensor, "b d i j"]:
        """What some of the channels, from number `first` on, add to the convolution."""
        weight = self.conv.weight[:, first : first + x.shape[1]]
        return F.conv2d(x, weight, None, self.conv.stride, self.conv.padding)

    def sum(self, *parts: Float[Tensor, "b d i j"]) -> Float[Tensor, "b d i j"]:
        """The answer to channels of which each part holds some."""
        whole, *more = parts
        for part in more:
            whole = whole + part
        out: Tensor = F.relu(self.norm(whole))
        return out


class Fuse(nn.Module):
    """Enlarge the coarse map, put a finer one beside it, and mix the two."""

    def __init__(self, coarse: int, tap: int, width: int) -> None:
        super().__init__()
        self.lateral = nn.Conv2d(tap, width, 1, bias=False)
        self.lateral_norm = nn.BatchNorm2d(width)
        self.mix = ConvNorm(coarse + width, width)

    def forward(
        self, coarse: Float[Tensor, "b c i j"], tap: Float[Tensor, "b t h w"]
    ) -> Float[Tensor, "b d h w"]:
        side = F.relu(self.lateral_norm(self.lateral(tap)))
        mixed: Tensor = self.mix(beside(coarse, side))
        return mixed


def beside(
    coarse: Float[Tensor, "b c i j"], fine: Float[Tensor, "b d h w"]
) -> Float[Tensor, "b e h w"]:
    """The coarse map enlarged, and the fine one's channels after its own."""
    return torch.cat([enlarge(coarse, (fine.shape[2], fine.shape[3])), fine], dim=1)
