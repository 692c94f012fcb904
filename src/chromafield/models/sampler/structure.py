"""structure: which pixels of a grey picture go together, as one vector a pixel.

    S = softmax over j of e_i . e_j

is what the `gcrf` field makes of the vectors. They are learnt through the field's solve. The
decoder's last two layers are learnt anew beside them, and replace the VAE's own under the field.

References:
    Messaoud, Forsyth and Schwing, 2018, section 3.2.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ...defaults import SPREAD
from ...errors import BadValue
from ...resize import shrink
from .._layers import ConvNorm, single
from .vae import Features, Top

SHARES = 8.0  # of the picture's longer side in a unit of place, so that neighbours can differ


@dataclass(frozen=True)
class Config:
    dimensions: int = 32  # numbers in a pixel's vector
    width: int = 64  # channels inside
    inside: int = 64  # channels of the VAE's finest map,
    top: tuple[int, int, int] = (128, 64, 64)  # and what its last layers are made of
    beta: float = 1.0  # in training: the weight of a told colour,
    masks: tuple[float, ...] = (1.0, 0.75, 0.5, 0.25, 0.1, 0.1, 0.1)  # told shares over the run,
    edits: float = 0.4  # the share of pictures in which true colours are told,
    edit_shares: tuple[float, float] = (0.003, 0.1)  # and of so many of their pixels
    likelihood: float = 0.0  # in training: the share of Equation 7's exact likelihood in the loss,
    unit: float = SPREAD  # whose colours are in so many ab units
    vae: str = ""  # SHA-256 of the VAE's weights that these were trained on


class Structure(nn.Module):
    def __init__(self, config: Config) -> None:
        super().__init__()
        if not 0 <= config.likelihood <= 1 or config.unit <= 0:
            raise BadValue(
                f"The share of the likelihood ({config.likelihood}) is from 0 to 1, its unit "
                f"({config.unit}) above 0."
            )
        self.config = config
        self.first = ConvNorm(config.inside + 3, config.width)
        self.second = ConvNorm(config.width, config.width)
        self.vector = nn.Conv2d(config.width + 3, config.dimensions, 1)
        self.top = Top(*config.top)

    def embed(
        self, lightness: Float[Tensor, "b 1 h w"], grey: Features
    ) -> Float[Tensor, "b d i j"]:
        """A vector for each cell of the colours' grid."""
        plain = _lightness_and_position(shrink(lightness, grey.size))
        y = self.second(self.first(torch.cat([grey.fine(), plain], dim=1)))
        with single(y):
            vectors: Tensor = self.vector(torch.cat([y.float(), plain], dim=1))
        return vectors


def _lightness_and_position(lightness: Float[Tensor, "b 1 h w"]) -> Float[Tensor, "b 3 h w"]:
    """Lightness, and each cell's place from the picture's middle, all around 1 in size."""
    b, _, h, w = lightness.shape
    unit = max(h, w) / SHARES
    y = (torch.arange(h).to(lightness) - (h - 1) / 2) / unit
    x = (torch.arange(w).to(lightness) - (w - 1) / 2) / unit
    place = torch.stack(torch.meshgrid(y, x, indexing="ij")).expand(b, 2, h, w)
    return torch.cat([lightness / 25 - 2, place], dim=1)


build = Structure
