"""CIELab levels of a TIFF to sRGB: L from black to white in whole numbers, a and b signed.

References:
    TIFF 6.0 (1992), section 23 (1 of a and b is 256 levels at 16 bits, 1 level at 8).
"""

from __future__ import annotations

import numpy as np

from ._icc import KNEE, SRGB_CURVE, SRGB_TO_PCS, Numbers, inverse
from .picture import Levels
from .strips import row_strips


def srgb_of_lab(lab: Levels) -> Levels:
    """(h, w, 3) sRGB levels of the same dtype; white and greys stay what they are."""
    full = int(np.iinfo(lab.dtype).max)
    signed = np.int8 if lab.dtype == np.uint8 else np.int16
    a_level = 1.0 if lab.dtype == np.uint8 else 1 / 256
    to_linear = np.linalg.inv(SRGB_TO_PCS) * SRGB_TO_PCS.sum(1)  # of XYZ relative to white
    encode = inverse(SRGB_CURVE)
    out: Levels = np.empty_like(lab)
    for rows in row_strips(*lab.shape[:2]):
        root_y = (100 / full * lab[rows, :, 0].astype(np.float64) + 16) / 116
        a, b = (lab[rows, :, k].view(signed).astype(np.float64) * a_level for k in (1, 2))
        roots = np.stack([root_y + a / 500, root_y, root_y - b / 200], axis=-1)
        light = _light(roots) @ to_linear.T
        out[rows] = np.rint(full * encode(light.clip(0, 1)))
    return out


def _light(root: Numbers) -> Numbers:
    return np.where(root > KNEE, root**3, 3 * KNEE**2 * (root - 4 / 29))
