"""two-stream: the first paper's colorizer with a second stream that says what the picture is of.

From the trunk's features a global stream goes on to one vector a picture; it is put beside the
middle features of every place and fused with them by a 1 x 1 convolution. The same vector is
classified, and that loss is trained beside the colours' when pictures have labels.

References:
    Melas-Kyriazi and Han, section 3.1; Iizuka, Simo-Serra and Ishikawa, Let there be color!, 2016,
    at a quarter of whose widths this works.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from ..beliefs import GaussianBelief
from ._padding import cropped, padded
from ._resnet import MULTIPLE, WIDTH, Decoder, Trunk, stage
from .paper_cnn import STRIDE, believe

GLOBAL = 128  # numbers in the picture's vector


@dataclass(frozen=True)
class Config:
    classes: int = 2  # training sets it to the number of classes there are
    class_weight: float = 1 / 300  # of the classes' loss beside the colours' in [0, 1]; Iizuka's


class TwoStream(Trunk):
    loss: ClassVar[str] = "mse"  # what it is trained with where nothing else is asked for

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        self.class_weight = config.class_weight
        self.layer3 = stage(WIDTH, 256, 2)
        self.whole = nn.Linear(256, GLOBAL)
        self.middle = nn.Conv2d(WIDTH, WIDTH, 3, padding=1)
        self.fusion = nn.Conv2d(WIDTH + GLOBAL, WIDTH, 1)
        self.fc = nn.Linear(GLOBAL, config.classes)
        self.decoder = Decoder(2, doublings=2)

    def forward(self, lightness: Float[Tensor, "b 1 h w"]) -> GaussianBelief:
        """A belief on a grid of ceil(h / 2) x ceil(w / 2); any size, L in [0, 100]."""
        return self.both(lightness)[0]

    def both(
        self, lightness: Float[Tensor, "b 1 h w"]
    ) -> tuple[GaussianBelief, Float[Tensor, "b k"]]:
        """The belief, and a score for each class."""
        h, w = lightness.shape[2:]
        x = self.features(padded(lightness / 100, MULTIPLE))
        picture = F.relu(self.whole(self.layer3(x).mean((2, 3))))
        everywhere = picture[:, :, None, None].expand(-1, -1, *x.shape[2:])
        fused = F.relu(self.fusion(torch.cat([F.relu(self.middle(x)), everywhere], dim=1)))
        return believe(cropped(self.decoder(fused), (h, w), STRIDE)), self.fc(picture)


# Clauses of the models' contract that do not hold here, and why.
EXCEPTIONS = {
    "precision": "as in paper-cnn",
    "gradient": "the classes' layer answers beside the belief: fc",
}

build = TwoStream
