"""resnet18: the first paper's classifier, ResNet-18 on lightness (ResNet-18-Gray) or on Lab.

Parameters have torchvision's names, so that its checkpoints are a start. What it shares with
`paper-cnn`, the stem and the first two stages, is that network's start.

References:
    He, Zhang, Ren and Sun, 2016; Melas-Kyriazi and Han, section 3.1.
"""

from __future__ import annotations

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor, nn

from .._padding import padded
from .._resnet import MULTIPLE, WIDTH, Trunk, stage


@dataclass(frozen=True)
class Config:
    colour: bool = False  # Lab, or lightness alone
    classes: int = 365  # the release's


class ResNet18(Trunk):
    def __init__(self, config: Config) -> None:
        super().__init__(3 if config.colour else 1)
        self.config = config
        self.layer3 = stage(WIDTH, 256, 2)
        self.layer4 = stage(256, 512, 2)
        self.fc = nn.Linear(512, config.classes)

    def forward(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b k"]:
        deep: Tensor = self.layer4(self.layer3(self.features(padded(x, MULTIPLE))))
        scores: Tensor = self.fc(deep.mean((2, 3)))
        return scores


build = ResNet18
