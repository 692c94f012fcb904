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
from ._strips import row_strips
from .picture import Levels


def colour_layer(grey: Levels, rgb: Levels) -> Levels:
    """The layer (h, w, 4), RGBA, not premultiplied, of the dtype of `rgb`.

    The composite agrees with `rgb` to one level of its dtype.

    Args:
        grey: (h, w) levels as the picture below shows them; uint8 or uint16.
        rgb: (h, w, 3) the result in the same colour space.

    Raises:
        BadValue: the two are not of one size.
    """
    if rgb.shape != (*grey.shape, 3):
        raise BadValue(
            f"A grey picture {grey.shape} needs colours {(*grey.shape, 3)}, not {rgb.shape}."
        )
    full = np.iinfo(rgb.dtype).max
    layer: Levels = np.empty((*grey.shape, 4), rgb.dtype)
    for rows in row_strips(*grey.shape):
        below = (grey[rows] / np.iinfo(grey.dtype).max)[..., None]
        result = rgb[rows] / full
        opacity = np.ceil(_least_opacity(below, result) * full - 1e-6)  # a whole level, never less
        layer[rows, :, 3:] = opacity
        share = np.maximum(opacity / full, 1 / full)
        colour = np.where(opacity > 0, below + (result - below) / share, 0)
        layer[rows, :, :3] = np.rint(full * colour.clip(0, 1))
    return layer


def _least_opacity(below: NDArray[np.float64], result: NDArray[np.float64]) -> NDArray[np.float64]:
    """(h, w, 1) in [0, 1]."""
    step = result - below
    room = np.where(step > 0, 1 - below, below)  # how far full paint could move the channel
    needed = np.divide(np.abs(step), room, out=np.zeros_like(step), where=room > 0)
    least: NDArray[np.float64] = needed.max(axis=-1, keepdims=True)
    return least
