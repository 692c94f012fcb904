"""Pencil drawings made from photographs: dark lines where lightness changes, on white paper.

    sketch = 100 L / blur(L)

The first paper's Figure 9 colours drawings by a network that has only seen photographs.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

PAPER_SHARE = 0.02  # of the picture's longer side: the blur's standard deviation


def sketch(lightness: NDArray[np.float32]) -> NDArray[np.float32]:
    """A drawing of lightness (h, w), both in [0, 100]; what is evenly lit becomes white paper."""
    sigma = max(PAPER_SHARE * max(lightness.shape), 0.5)
    around = cv2.GaussianBlur(lightness, (0, 0), sigma)
    return np.asarray(np.clip(100 * lightness / np.maximum(around, 1), 0, 100), np.float32)
