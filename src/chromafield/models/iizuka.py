"""iizuka: Let there be color!, two streams from shared layers, fused at every place.

Low-level layers are shared. The middle stream sees the picture; the whole stream sees it at one
size and makes a vector of it, which stands beside the middle features of every place and is fused
with them. Classes are told from the whole stream, and that loss is trained beside the colours'.
`two-stream` is the first paper's own attempt at this, on its ResNet trunk.

References:
    Iizuka, Simo-Serra and Ishikawa, Let there be color!, 2016. Theirs is four times as wide as the
    default here (`width=64`), 42 million parameters; it has 205 classes and trains by Adadelta.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ..beliefs import GaussianBelief
from ..errors import BadValue
from ..resize import resize
from ._layers import check_width, conv_norm_relu
from ._padding import cropped, padded
from .paper_cnn import believe

STRIDE = 2  # pixels a cell of the output
MULTIPLE = 8  # both sides of what the shared layers see are multiples of this
HALVED = 32  # from the whole picture's side to that of the whole stream's last map


@dataclass(frozen=True)
class Config:
    width: int = 16  # channels of the first layer; the authors' network has 64
    side: int = 224  # pixels of the picture that the whole stream sees, a multiple of 32
    classes: int = 2  # training sets it to the number of classes there are
    class_weight: float = 1 / 300  # of the classes' loss beside the colours' in [0, 1]

    def __post_init__(self) -> None:
        check_width(self.width)
        if self.side < HALVED or self.side % HALVED:
            raise BadValue(f"The side is {self.side}; it must be a multiple of {HALVED}.")


class Iizuka(nn.Module):
    loss: ClassVar[str] = "mse"  # what it is trained with where nothing else is asked for

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        self.class_weight = config.class_weight
        one, two, four, eight = (config.width * k for k in (1, 2, 4, 8))
        self.low = nn.Sequential(
            *conv_norm_relu(1, one, stride=2),
            *(*conv_norm_relu(one, two), *conv_norm_relu(two, two, stride=2)),
            *(
                *conv_norm_relu(two, four),
                *conv_norm_relu(four, four, stride=2),
                *conv_norm_relu(four, eight),
            ),
        )
        self.middle = nn.Sequential(*conv_norm_relu(eight, eight), *conv_norm_relu(eight, four))
        self.whole = nn.Sequential(
            *(*conv_norm_relu(eight, eight, stride=2), *conv_norm_relu(eight, eight)),
            *(*conv_norm_relu(eight, eight, stride=2), *conv_norm_relu(eight, eight)),
            nn.Flatten(),
            *(nn.Linear(eight * (config.side // HALVED) ** 2, 2 * eight), nn.ReLU()),
            *(nn.Linear(2 * eight, eight), nn.ReLU()),
        )
        self.vector = nn.Sequential(nn.Linear(eight, four), nn.ReLU())
        self.classes = nn.Sequential(
            *(nn.Linear(eight, four), nn.ReLU()), nn.Linear(four, config.classes)
        )
        self.fusion = nn.Sequential(nn.Conv2d(eight, four, 1), nn.ReLU())
        self.decoder = nn.Sequential(
            *(*conv_norm_relu(four, two), nn.Upsample(scale_factor=2)),
            *(*conv_norm_relu(two, one), *conv_norm_relu(one, one), nn.Upsample(scale_factor=2)),
            *conv_norm_relu(one, max(one // 2, 1)),
            *(nn.Conv2d(max(one // 2, 1), 2, 3, padding=1), nn.Sigmoid()),
        )

    def forward(self, lightness: Float[Tensor, "b 1 h w"]) -> GaussianBelief:
        """A belief on a grid of ceil(h / 2) x ceil(w / 2); any size, L in [0, 100]."""
        return self.both(lightness)[0]

    def both(
        self, lightness: Float[Tensor, "b 1 h w"]
    ) -> tuple[GaussianBelief, Float[Tensor, "b k"]]:
        """The belief, and a score for each class."""
        h, w = lightness.shape[2:]
        side = self.config.side
        low = self.low(padded(lightness / 100, MULTIPLE))
        same = (h, w) == (side, side)
        vector = self.whole(low if same else self.low(resize(lightness / 100, (side, side))))
        middle = self.middle(low)
        everywhere = self.vector(vector)[:, :, None, None].expand(-1, -1, *middle.shape[2:])
        y = self.decoder(self.fusion(torch.cat([middle, everywhere], dim=1)))
        return believe(cropped(y, (h, w), STRIDE)), self.classes(vector)


# Clauses of the models' contract that do not hold here, and why.
EXCEPTIONS = {
    "precision": "as in paper-cnn",
    "gradient": "the classes' layers answer beside the belief: classes",
}

build = Iizuka
