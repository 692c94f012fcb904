"""The lightness of a picture: the network's input, and kept in the result."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from ..color import rgb_to_lab
from ..color.lab import grey_to_lightness
from ..image import Levels, Picture
from ..image.strips import row_strips

STRIP = 1 << 18  # pixels converted at a time


def lightness_of(picture: Picture) -> Float[Tensor, "1 1 h w"]:
    """L in [0, 100], single precision; a table for grey pictures, strip by strip for toned ones."""
    pixels = picture.pixels
    if pixels.ndim == 2:
        levels = np.iinfo(pixels.dtype).max
        table = grey_to_lightness(torch.arange(levels + 1, dtype=torch.float64) / levels)
        return torch.from_numpy(table.float().numpy()[pixels])[None, None]
    out = torch.empty(1, 1, *picture.size)
    for rows in row_strips(*picture.size, STRIP):
        out[0, 0, rows] = rgb_to_lab(as_unit(pixels[rows]))[0]
    return out


def as_unit(pixels: Levels) -> Float[Tensor, "3 h w"]:
    """Levels (h, w, 3) as sRGB in [0, 1]."""
    levels = np.iinfo(pixels.dtype).max
    return torch.from_numpy(np.moveaxis(pixels.astype(np.float32), -1, 0)) / levels
