"""A frame's own luma and new chroma: Y' stays to the bit, colours become Cb and Cr.

Y' of a grey frame is the sRGB grey level scaled to its range, so lightness follows from it; the
colour's own sRGB gives Cb and Cr, on the chroma planes' own grid, so nothing is enlarged in vain.
Levels of d bits are those of 8 bits times 2^(d - 8), but for the full range, which ends at 2^d - 1.

References:
    ITU-R BT.601, BT.709 and BT.2020, SMPTE 240M and the FCC's rules of 1953 for the weights of red
    and blue; BT.2020 for levels of more bits.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from ..canvas.upsample import render
from ..color.lab import grey_to_lightness
from ..image import Levels

# Of red and blue in luma.
WEIGHTS = {
    "601": (0.299, 0.114),
    "709": (0.2126, 0.0722),
    "2020": (0.2627, 0.0593),
    "240": (0.212, 0.087),
    "fcc": (0.3, 0.11),
}
HIGH = 576  # lines: above, BT.709 is what unmarked films mean

Plane = Levels  # (h, w), levels of 0 to 2^depth - 1


@dataclass(frozen=True, slots=True)
class Coding:
    """How a film writes its levels."""

    matrix: str  # a name of `WEIGHTS`
    full: bool  # 0 to 255 for luma, or 16 to 235
    depth: int = 8  # bits a level

    @property
    def kind(self) -> type[np.uint8 | np.uint16]:
        """What holds a level."""
        return np.uint8 if self.depth == 8 else np.uint16

    def lightness(self, luma: Plane) -> Float[Tensor, "1 1 h w"]:
        """L in [0, 100] of luma."""
        return torch.from_numpy(_lightness(self.full, self.depth)[luma])[None, None]

    def chroma(self, rgb: Float[Tensor, "3 h w"]) -> Plane:
        """Cb and Cr (2, h, w) of sRGB in [0, 1]."""
        red, blue = WEIGHTS[self.matrix]
        r, g, b = rgb.double()
        y = red * r + (1 - red - blue) * g + blue * b
        planes = torch.stack([(b - y) / (2 * (1 - blue)), (r - y) / (2 * (1 - red))])
        top = 2**self.depth - 1
        scale = top if self.full else 224 << (self.depth - 8)
        levels = ((1 << (self.depth - 1)) + scale * planes).round().clamp(0, top)
        return levels.numpy().astype(self.kind)


@functools.lru_cache(maxsize=4)
def _lightness(full: bool, depth: int) -> NDArray[np.float32]:
    """L of every level."""
    levels = torch.arange(2**depth, dtype=torch.float64)
    unit = levels / (2**depth - 1) if full else (levels / 2 ** (depth - 8) - 16) / 219
    return np.asarray(grey_to_lightness(unit.clamp(0, 1)).float().numpy())


def paint(luma: Plane, ab: Float[Tensor, "1 2 h w"], coding: Coding) -> Plane:
    """The chroma planes (2, H / 2, W / 2) of a 4:2:0 frame in these colours."""
    return coding.chroma(render(ab.cpu(), small_lightness(luma, coding)))


def small_lightness(luma: Plane, coding: Coding) -> Float[Tensor, "1 1 h w"]:
    """L in [0, 100] on the grid of the chroma planes, half the frame's height and width."""
    size = chroma_size(luma.shape)[::-1]
    small = cv2.resize(luma, size, interpolation=cv2.INTER_AREA)
    return coding.lightness(np.asarray(small, luma.dtype))


def chroma_size(size: tuple[int, ...]) -> tuple[int, int]:
    """Height and width of the chroma planes of a frame of this height and width."""
    return (size[0] + 1) // 2, (size[1] + 1) // 2


def grey_chroma(luma: Plane, coding: Coding) -> Plane:
    """The chroma planes of a frame without colours."""
    shape = (2, *chroma_size(luma.shape))
    return np.full(shape, 1 << (coding.depth - 1), coding.kind)


def added(own: Plane, new: Plane, share: float, coding: Coding) -> Plane:
    """Chroma planes of a film, and a share of new ones added to them."""
    middle = 1 << (coding.depth - 1)
    levels = own + share * (new.astype(np.float32) - middle)
    return np.asarray(levels.round().clip(0, 2**coding.depth - 1), coding.kind)


def as_bytes(luma: Plane, depth: int) -> NDArray[np.uint8]:
    """Levels of any depth as those of 8 bits; what motion and cuts are found on."""
    return np.asarray(luma if depth == 8 else luma >> (depth - 8), np.uint8)
