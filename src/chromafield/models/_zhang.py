"""Layers of the networks by Zhang et al., 2016 and 2017, under the names of their releases."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from torch import nn

from ._layers import check_width

AB_UNIT = 110.0  # the released networks take and give colours in units of so many ab
MULTIPLE = 8  # both sides of what they see are multiples of this


@dataclass(frozen=True)
class Config:
    width: int = 64  # channels of the first block; the others have 2, 4 and 8 times as many

    def __post_init__(self) -> None:
        check_width(self.width)


def block(
    widths: tuple[int, ...], stride: int = 1, dilation: int = 1, norm: bool = True
) -> nn.Sequential:
    """3 x 3 convolutions from width to width, each with a ReLU, the last with the stride."""
    last = len(widths) - 2
    layers: list[nn.Module] = []
    for i, (inside, outside) in enumerate(itertools.pairwise(widths)):
        step = stride if i == last else 1
        layers.append(nn.Conv2d(inside, outside, 3, step, padding=dilation, dilation=dilation))
        # Not in place: `fold` must see that the norm follows the ReLU and not the convolution.
        layers.append(nn.ReLU())
    if norm:
        layers.append(nn.BatchNorm2d(widths[-1]))
    return nn.Sequential(*layers)


def trunk(inside: int, width: int, stride: int) -> list[nn.Sequential]:
    """The blocks model1 to model7; the first three end with the stride."""
    one, two, four, eight = (width * k for k in (1, 2, 4, 8))
    return [
        block((inside, one, one), stride),
        block((one, two, two), stride),
        block((two, four, four, four), stride),
        block((four, eight, eight, eight)),
        block((eight,) * 4, dilation=2),
        block((eight,) * 4, dilation=2),
        block((eight,) * 4),
    ]


def doubled(inside: int, outside: int) -> nn.ConvTranspose2d:
    return nn.ConvTranspose2d(inside, outside, 4, stride=2, padding=1)


def begin(network: nn.Module) -> None:
    """Fresh weights that keep the signal's size through convolutions with ReLU (He et al.)."""
    for module in network.modules():
        if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d)):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
            if module.bias is not None:
                nn.init.zeros_(module.bias)
