"""paper-cnn: the first paper's single-stream colorizer, a mean colour by squared error.

ResNet-18's stem and first two stages, then the paper's decoder: 0.95 million parameters. Its last
convolution works at half the picture's size, as in the authors' release; the text says a quarter.
Colours are learnt as (ab + 128) / 255.

References:
    Melas-Kyriazi and Han, section 3.1 and Figure 2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from ..beliefs import GaussianBelief
from ._padding import cropped, padded
from ._resnet import MULTIPLE, Decoder, Trunk

STRIDE = 2  # pixels a cell of the output
AB_SCALE, AB_SHIFT = 255.0, 128.0  # ab = 255 y - 128
# The paper's network has no doubt of its own; this is its mean squared error on Places365, 0.0019
# in the scale above, as a precision.
PRECISION = 1 / (0.0019 * AB_SCALE**2)


@dataclass(frozen=True)
class Config:
    """The paper leaves nothing to choose."""


class PaperCNN(Trunk):
    loss: ClassVar[str] = "mse"  # what it is trained with where nothing else is asked for

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        self.decoder = Decoder(2, doublings=2)

    def forward(self, lightness: Float[Tensor, "b 1 h w"]) -> GaussianBelief:
        """A belief on a grid of ceil(h / 2) x ceil(w / 2); any size, L in [0, 100]."""
        h, w = lightness.shape[2:]
        y = self.decoder(self.features(padded(lightness / 100, MULTIPLE)))
        return believe(cropped(y, (h, w), STRIDE))


def believe(decoded: Float[Tensor, "b 2 i j"]) -> GaussianBelief:
    """The belief that a decoder's answer stands for: 0 to 1 are ab from -128 to 127."""
    mean = AB_SCALE * decoded - AB_SHIFT
    return GaussianBelief(mean, torch.full_like(mean[:, :1], PRECISION))


# Clauses of the models' contract that do not hold here, and why.
EXCEPTIONS = {"precision": "the paper's network answers with colours alone; it is a constant"}

build = PaperCNN
