"""The colours of a result alone, as a transparent layer over the grey picture.

For each pixel the least opacity A that some colour C in [0, 1] allows:

    A C + (1 - A) g = r    so    A = max over the channels of (r - g) / (1 - g) or (g - r) / g

and C is then g + (r - g) / A. Laid over the grey picture in normal mode it gives the result; where
the result is grey it is clear, so that a painter can erase, strengthen or mask colours alone.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..errors import BadValue
from .picture import Levels
from .strips import row_strips


def color_layer(below: Levels, rgb: Levels) -> Levels:
    """The layer (h, w, 4), RGBA, not premultiplied, of the dtype of `rgb`.

    The composite agrees with `rgb` to one level of its dtype.

    Args:
        below: (h, w) grey or (h, w, 3) toned levels of the picture it is laid over.
        rgb: (h, w, 3) the result in the same colour space.

    Raises:
        BadValue: the two are not of one size.
    """
    size = below.shape[:2]
    if rgb.shape != (*size, 3):
        raise BadValue(f"A picture {below.shape} needs colours {(*size, 3)}, not {rgb.shape}.")
    full = np.iinfo(rgb.dtype).max
    layer: Levels = np.empty((*size, 4), rgb.dtype)
    planes = below.reshape(*size, -1)
    for rows in row_strips(*size):
        base = planes[rows] / np.iinfo(below.dtype).max
        result = rgb[rows] / full
        opacity = np.ceil(_minimum_opacity(base, result) * full - 1e-6)  # a whole level, never less
        layer[rows, :, 3:] = opacity
        share = np.maximum(opacity / full, 1 / full)
        color = np.where(opacity > 0, base + (result - base) / share, 0)
        layer[rows, :, :3] = np.rint(full * color.clip(0, 1))
    return layer


def _minimum_opacity(
    below: NDArray[np.float64], result: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(h, w, 1) in [0, 1]."""
    step = result - below
    space = np.where(step > 0, 1 - below, below)  # how far full paint could move the channel
    needed = np.divide(np.abs(step), space, out=np.zeros_like(step), where=space > 0)
    minimum: NDArray[np.float64] = needed.max(axis=-1, keepdims=True)
    return minimum
