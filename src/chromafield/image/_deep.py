"""Pixels of more than 8 bits, which Pillow would narrow, through OpenCV."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from cv2.utils import logging
from numpy.typing import NDArray

from ._guard import Unreadable
from .picture import Levels


def decode_deep(data: NDArray[np.uint8]) -> NDArray[Any]:
    """Every bit of an encoded PNG or TIFF: (h, w), or (h, w, 3 or 4) in the order RGBA.

    Raises:
        ValueError: the decoder could not make sense of it.
    """
    level = logging.getLogLevel()
    logging.setLogLevel(logging.LOG_LEVEL_SILENT)  # its complaints become our sentence
    try:
        decoded = cv2.imdecode(data, cv2.IMREAD_UNCHANGED)
    finally:
        logging.setLogLevel(level)
    if decoded is None:
        raise Unreadable("its pixels cannot be decoded")
    if decoded.ndim == 2:
        return decoded
    return np.ascontiguousarray(decoded[..., [2, 1, 0, 3][: decoded.shape[2]]])


def full_range(levels: Levels, bits: int) -> Levels:
    """Levels of fewer than 16 bits at the range of 16."""
    limit = 2**bits - 1
    wide: Levels = ((levels.astype(np.uint32) * 65535 + limit // 2) // limit).astype(np.uint16)
    return wide
