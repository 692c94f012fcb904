"""vgg: the first paper's other classifier, VGG-16 with batch norms on lightness or on Lab.

Its last maps are averaged and classified by one layer, so that pictures have any size; the
published network has two layers of 4,096 numbers before that, and sees 224 x 224 pixels.

References:
    Simonyan and Zisserman, Very deep convolutional networks, 2015; Melas-Kyriazi and Han, section
    3.1.
"""

from __future__ import annotations

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor, nn

from .._padding import padded

DEPTHS = (2, 2, 3, 3, 3)  # convolutions at each size
WIDTHS = (1, 2, 4, 8, 8)  # their channels, times the first ones'
MULTIPLE = 32  # pixels of a side


@dataclass(frozen=True)
class Config:
    colour: bool = False  # Lab, or lightness alone
    classes: int = 365
    width: int = 64  # channels of the first layers


class Vgg(nn.Module):
    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        layers: list[nn.Module] = []
        inside = 3 if config.colour else 1
        for depth, times in zip(DEPTHS, WIDTHS, strict=True):
            for _ in range(depth):
                outside = config.width * times
                layers += [
                    nn.Conv2d(inside, outside, 3, padding=1, bias=False),
                    nn.BatchNorm2d(outside),
                    nn.ReLU(inplace=True),
                ]
                inside = outside
            layers.append(nn.MaxPool2d(2))
        self.features = nn.Sequential(*layers)
        self.fc = nn.Linear(inside, config.classes)

    def forward(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b k"]:
        scores: Tensor = self.fc(self.features(padded(x, MULTIPLE)).mean((2, 3)))
        return scores


build = Vgg
