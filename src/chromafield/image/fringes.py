"""Channels that lie apart, as scanners with three lines and old lenses leave them, laid together.

The shifts of red and blue against green are those that make the channels most alike up to gain and
offset (the enhanced correlation coefficient).

References:
    Evangelidis and Psarakis, Parametric image alignment using enhanced correlation coefficient
    maximization, 2008.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from .picture import Levels

LONGEST_SIDE = 512  # pixels of the view in which the shifts are found
MAX_SHIFT = 3.0  # pixels of it
ALIKE = 0.9  # correlation from which channels are one picture, shifted
MIN_SIDE = 32
MARGIN = 4  # pixels at the edges that a shift leaves without a partner
STEPS = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 40, 1e-4)


def laid_together(rgb: Levels) -> NDArray[np.float32] | None:
    """A small view (h, w, 3) in [0, 1] with its channels laid together; None if they cannot be."""
    scale = min(1.0, LONGEST_SIDE / max(rgb.shape[:2]))
    size = max(1, round(rgb.shape[1] * scale)), max(1, round(rgb.shape[0] * scale))
    if min(size) < MIN_SIDE:
        return None
    view = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    view /= np.float32(np.iinfo(rgb.dtype).max)
    green = np.ascontiguousarray(view[..., 1])
    for channel in (0, 2):
        moved = _moved_onto(green, np.ascontiguousarray(view[..., channel]))
        if moved is None:
            return None
        view[..., channel] = moved
    inner: NDArray[np.float32] = view[MARGIN:-MARGIN, MARGIN:-MARGIN].clip(0, 1)
    return np.ascontiguousarray(inner)


def _moved_onto(
    green: NDArray[np.float32], other: NDArray[np.float32]
) -> cv2.typing.MatLike | None:
    way: cv2.typing.MatLike = np.eye(2, 3, dtype=np.float32)
    try:
        alike, found = cv2.findTransformECC(
            green, other, way, cv2.MOTION_TRANSLATION, STEPS, np.full(green.shape, 255, np.uint8), 1
        )
    except cv2.error:  # no structure to hold on to
        return None
    if alike < ALIKE or np.abs(found[:, 2]).max() > MAX_SHIFT:
        return None
    size = (green.shape[1], green.shape[0])
    how = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(other, found, size, flags=how, borderMode=cv2.BORDER_REPLICATE)
