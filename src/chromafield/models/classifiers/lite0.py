"""lite0: the default network's encoder under one linear layer; from ImageNet, the strong row.

Its encoder has the same names as the one in `lite-unet`, so that a colorizer's weights can be its
start: what a linear layer makes of frozen features says what they know.

References:
    Larsson, Maire and Shakhnarovich, Colorization as a proxy task for visual understanding, 2017.
"""

from __future__ import annotations

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor, nn

from ...errors import BadValue
from .._efficientnet import LITE0, MULTIPLE, Encoder, imagenet_path, imagenet_state
from .._padding import padded
from ..weights import load_state


@dataclass(frozen=True)
class Config:
    colour: bool = False  # it sees lightness alone
    classes: int = 365

    def __post_init__(self) -> None:
        if self.colour:
            raise BadValue("lite0 sees lightness alone. Take resnet18 for colour.")


class Lite0(nn.Module):
    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        self.encoder = Encoder()
        self.head_norm = nn.BatchNorm1d(LITE0.taps[-1])
        self.fc = nn.Linear(LITE0.taps[-1], config.classes)

    def forward(self, x: Float[Tensor, "b 1 h w"]) -> Float[Tensor, "b k"]:
        deepest = self.encoder(padded(2 * x - 1, MULTIPLE))[-1]
        scores: Tensor = self.fc(self.head_norm(deepest.mean((2, 3))))
        return scores

    def start_from_imagenet(self) -> None:
        """Load the encoder's published ImageNet weights, strictly."""
        load_state(self.encoder, imagenet_state(), imagenet_path())


build = Lite0
