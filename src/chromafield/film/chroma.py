"""A frame's own luma and new chroma: Y' stays to the bit, colours become Cb and Cr.

Y' of a grey frame is the sRGB grey level scaled to its range, so lightness follows from it; the
colour's own sRGB gives Cb and Cr, on the chroma planes' own grid, so nothing is enlarged in vain.

References:
    ITU-R BT.601 and BT.709 for the weights of red and blue.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from ..color.lab import grey_to_lightness
from ..pipeline.lift import coloured

WEIGHTS = {"601": (0.299, 0.114), "709": (0.2126, 0.0722)}  # of red and blue in luma
HIGH = 576  # lines: above, BT.709 is what unmarked films mean


@dataclass(frozen=True, slots=True)
class Coding:
    """How a film writes its levels."""

    matrix: str  # "601" or "709"
    full: bool  # 0 to 255 for luma, or 16 to 235

    def lightness(self, luma: NDArray[np.uint8]) -> Float[Tensor, "1 1 h w"]:
        """L in [0, 100] of luma."""
        levels = torch.arange(256, dtype=torch.float64)
        unit = levels / 255 if self.full else (levels - 16) / 219
        table = grey_to_lightness(unit.clamp(0, 1)).float()
        return torch.from_numpy(table.numpy()[luma])[None, None]

    def chroma(self, rgb: Float[Tensor, "3 h w"]) -> NDArray[np.uint8]:
        """Cb and Cr (2, h, w) of sRGB in [0, 1]."""
        red, blue = WEIGHTS[self.matrix]
        r, g, b = rgb.double()
        y = red * r + (1 - red - blue) * g + blue * b
        planes = torch.stack([(b - y) / (2 * (1 - blue)), (r - y) / (2 * (1 - red))])
        scale = 255 if self.full else 224
        return (128 + scale * planes).round().clamp(0, 255).to(torch.uint8).numpy()


def paint(
    luma: NDArray[np.uint8], ab: Float[Tensor, "1 2 h w"], coding: Coding
) -> NDArray[np.uint8]:
    """The chroma planes (2, H / 2, W / 2) of a 4:2:0 frame in these colours."""
    height, width = (luma.shape[0] + 1) // 2, (luma.shape[1] + 1) // 2
    small = cv2.resize(luma, (width, height), interpolation=cv2.INTER_AREA)
    return coding.chroma(coloured(ab, coding.lightness(np.asarray(small, np.uint8))))
