"""Is a picture in colour already?

A black-and-white print may be toned: sepia, cyanotype, yellowed, split-toned. Then its chroma is a
curve over lightness, and what stains add lies along one line of the ab plane. Both are taken out;
a colour photograph has hues left over in every direction.
"""

from __future__ import annotations

import cv2
import numpy as np

LONGEST_SIDE = 256  # pixels; averaging to this hides grain and the colour noise of JPEG


def small_lab(rgb: Levels) -> NDArray[np.float32]:
    h, w = rgb.shape[:2]
    scale = min(1.0, LONGEST_SIDE / max(h, w))
    size = (max(1, round(w * scale)), max(1, round(h * scale)))
    small = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
    unit = small.astype(np.float32) / np.iinfo(rgb.dtype).max
    return cv2.cvtColor(unit, cv2.COLOR_RGB2Lab)
