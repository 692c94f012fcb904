"""lite-unet: faces, landscapes and objects by an ImageNet encoder and a light decoder; the default.

One pass answers twice or three times, on a grid of a quarter of the input's size: a mean colour
with its precision (regression), a distribution over the joint ab cells and, if asked, one over the
first paper's 25 + 25 bins of a and of b (classification).

References:
    Melas-Kyriazi and Han, section 3.2, for the 25 + 25 bins;
    Zhang, Isola and Efros, 2016, for the joint cells; Iizuka et al., 2016, for the global feature
    added to the coarsest map.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from ..beliefs import (
    ALL,
    CHANNEL_BINS,
    Few,
    GaussianBelief,
    LabelBelief,
    Proposal,
    channel_beliefs,
)
from ..color.palette import gamut_cells
from ..errors import BadValue
from ._efficientnet import MULTIPLE, VARIANTS, Encoder, imagenet_path, imagenet_state
from ._padding import cropped, padded
from .weights import load_state

AB_UNIT = 50.0  # the mean's head answers in units of 50 ab, so that its values are near 1
STRIDE = 4  # pixels a cell of the output
LOG_PRECISION_RANGE = (-9.0, 0.0)  # a standard deviation of 90 down to 1 ab units


@dataclass(frozen=True)
class Config:
    coarse: int = 192  # channels of the decoder at 1/32
    widths: tuple[int, int, int] = (160, 112, 96)  # its channels at 1/16, 1/8 and 1/4
    channels: bool = False  # answer with the first paper's 25 + 25 bins too
    encoder: str = "lite0"  # EfficientNet-Lite0, or the larger lite2

    def __post_init__(self) -> None:
        if self.encoder not in VARIANTS:
            known = ", ".join(VARIANTS)
            raise BadValue(f"The encoder is {self.encoder!r}; it is one of {known}.")


class Mix(nn.Module):
    """Enlarge the coarse map, put the encoder's finer one beside it, and mix the two."""

    def __init__(self, coarse: int, tap: int, width: int) -> None:
        super().__init__()
        self.lateral = nn.Conv2d(tap, width, 1, bias=False)
        self.lateral_norm = nn.BatchNorm2d(width)
        self.conv = nn.Conv2d(coarse + width, width, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(width)

    def forward(
        self, coarse: Float[Tensor, "b c i j"], tap: Float[Tensor, "b t h w"]
    ) -> Float[Tensor, "b d h w"]:
        side = F.relu(self.lateral_norm(self.lateral(tap)))
        up = F.interpolate(coarse, size=tap.shape[2:], mode="bilinear", align_corners=False)
        return F.relu(self.norm(self.conv(torch.cat([up, side], dim=1))))


class LiteUNet(nn.Module):
    palette: Tensor

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        variant = VARIANTS[config.encoder]
        self.encoder = Encoder(variant.stages)
        *taps, deepest = variant.taps[1:]
        self.bottom = nn.Conv2d(deepest, config.coarse, 1, bias=False)
        self.bottom_norm = nn.BatchNorm2d(config.coarse)
        self.overall = nn.Linear(config.coarse, config.coarse)
        inside = (config.coarse, *config.widths[:-1])
        self.mixes = nn.ModuleList(
            Mix(c, t, w) for c, t, w in zip(inside, taps[::-1], config.widths, strict=True)
        )
        self.register_buffer("palette", gamut_cells().clone())
        self.colour = nn.Conv2d(config.widths[-1], 3, 1)
        self.cells = nn.Conv2d(config.widths[-1], len(self.palette), 1)
        if config.channels:
            self.channels = nn.Conv2d(config.widths[-1], 2 * CHANNEL_BINS, 1)

    def forward(self, lightness: Float[Tensor, "b 1 h w"], few: Few = ALL) -> Proposal:
        """Beliefs on a grid of ceil(h / 4) x ceil(w / 4); any size, L in [0, 100].

        Args:
            few: the cells of the grid that get distributions; all of them get a mean.
        """
        return self.believe(self.describe(lightness)[-1], few)

    def believe(self, y: Float[Tensor, "b c h w"], few: Few = ALL) -> Proposal:
        """What follows from the decoder's last map."""
        mean, log_precision = self.colour(y).split([2, 1], dim=1)
        precision = (log_precision - 5).clamp(*LOG_PRECISION_RANGE).exp()
        y = few.of(y)
        return Proposal(
            GaussianBelief(AB_UNIT * mean, precision),
            LabelBelief(-self.cells(y), self.palette),
            channel_beliefs(-self.channels(y)) if self.config.channels else None,
        )

    def describe(self, lightness: Float[Tensor, "b 1 h w"]) -> list[Tensor]:
        """What it sees: the encoder's maps at 1/4, 1/8 and 1/16, and the decoder's last at 1/4."""
        h, w = lightness.shape[2:]
        _, *taps, deepest = self.encoder(padded(lightness / 50 - 1, MULTIPLE))
        y = F.relu(self.bottom_norm(self.bottom(deepest)))
        y = y + self.overall(y.mean((2, 3)))[:, :, None, None]
        for mix, tap in zip(self.mixes, taps[::-1], strict=True):
            y = mix(y, tap)
        return [*taps, cropped(y, (h, w), STRIDE)]

    def freeze(self, last: str) -> None:
        """Let the encoder stay as it is in training up to its map at this size, "1/2" to "1/32"."""
        self.encoder.freeze(last)

    def start_from_imagenet(self) -> None:
        """Load the encoder's published ImageNet weights, strictly."""
        variant = VARIANTS[self.config.encoder]
        load_state(self.encoder, imagenet_state(variant), imagenet_path(variant))


build = LiteUNet
