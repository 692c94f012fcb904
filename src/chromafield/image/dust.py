"""Dust and scratches of a print or a scan: found on even ground, and filled from around them.

What is much lighter or darker than the opening or closing of the picture by a small disc, and many
times more so than is usual nearby, is small and stands out. It is dust where the ground around it
is even, and it is a speck or a line: an eye's light and a button stand on no even ground, and grass
stands out everywhere. On uneven ground dust stays: half of what was strewn over seven photographs
is found, and 0.1 % of the photographs themselves is taken for dust.

References:
    Serra, Image Analysis and Mathematical Morphology, 1982: top-hat transforms.
    Knutsson and Westin, Normalized and differential convolution, CVPR 1993: filling.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from .picture import Levels, Picture

Plane = NDArray[np.float32]
Mask = NDArray[np.uint8]

SHARE = 1 / 250  # of the shorter side: the radius of the largest speck
LEAST = 0.2  # of the whole range of levels, by which dust differs at least
TIMES = 10.0  # as much as what is usual nearby
EVEN = 0.04  # standard deviation of the ground, of the range
LONG = 4.0  # times its width that a scratch is long at least
GROWN = 3  # pixels of the square by which dust is enlarged: its edges are soft


def without_dust(picture: Picture) -> tuple[Picture, float]:
    """The picture without dust and scratches, and their share of it."""
    mask = find_dust(picture.pixels)
    if not mask.any():
        return picture, 0.0
    return replace(picture, pixels=fill(picture.pixels, mask)), float(mask.mean())


def find_dust(levels: Levels) -> Mask:
    """1 where dust or a scratch is, (h, w).

    Args:
        levels: (h, w) or (h, w, 3).
    """
    grey = _grey(levels)
    radius = _radius(grey.shape)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    away = np.maximum(
        cv2.morphologyEx(grey, cv2.MORPH_TOPHAT, disc),
        cv2.morphologyEx(grey, cv2.MORPH_BLACKHAT, disc),
    )
    wide = (16 * radius + 1, 16 * radius + 1)
    nearby = cv2.blur(np.minimum(away, LEAST), wide, borderType=cv2.BORDER_REFLECT)
    core = ((away > LEAST) & (away > TIMES * nearby)).astype(np.uint8)
    core &= (_unevenness(grey, core, radius) < EVEN).astype(np.uint8)
    kept = _specks_and_lines(core, radius)
    return np.asarray(cv2.dilate(kept, np.ones((GROWN, GROWN), np.uint8)), np.uint8)


def fill(levels: Levels, mask: Mask) -> Levels:
    """The levels with those under the mask from around them, of the same dtype."""
    radius = _radius(mask.shape)
    known = (1 - mask).astype(np.float32)
    filled = levels.copy()
    size = (0, 0)
    weight = cv2.GaussianBlur(known, size, 2.0 * radius)
    planes = levels[..., None] if levels.ndim == 2 else levels
    for channel in range(planes.shape[2]):
        plane = planes[..., channel].astype(np.float32)
        around = cv2.GaussianBlur(plane * known, size, 2.0 * radius) / np.maximum(weight, 1e-6)
        own = filled if levels.ndim == 2 else filled[..., channel]
        own[mask > 0] = np.rint(around[mask > 0]).astype(levels.dtype)
    return filled


def _grey(levels: Levels) -> Plane:
    """(h, w) in [0, 1]."""
    plane = levels if levels.ndim == 2 else levels.mean(2, dtype=np.float32)
    return np.asarray(plane, np.float32) / np.float32(np.iinfo(levels.dtype).max)


def _radius(shape: tuple[int, ...]) -> int:
    return max(2, round(SHARE * min(shape[:2])))


def _unevenness(grey: Plane, core: Mask, radius: int) -> Plane:
    """The standard deviation of the ground around each pixel, without what may be dust."""
    known = 1 - cv2.dilate(core, np.ones((5, 5), np.uint8)).astype(np.float32)
    around = (6 * radius + 1, 6 * radius + 1)
    weight = np.maximum(cv2.blur(known, around), 1e-3)
    mean = cv2.blur(grey * known, around) / weight
    square = cv2.blur(grey * grey * known, around) / weight
    return np.asarray(np.sqrt(np.maximum(square - mean * mean, 0)), np.float32)


def _specks_and_lines(core: Mask, radius: int) -> Mask:
    """What is no larger than a speck, or is long and thin."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(core, connectivity=8)
    wanted = np.zeros(count, np.uint8)
    for one in range(1, count):
        width, height, area = stats[one, 2:5].tolist()
        speck = max(width, height) <= 2 * radius + 1
        length = float(np.hypot(width, height))
        wanted[one] = speck or (length >= LONG * area / length and length > 2 * radius)
    return np.asarray(wanted[labels], np.uint8)


def dust_sentence(share: float, name: str) -> str:
    """What a person is told of dust that was taken out."""
    return f"{name}: dust and scratches on {100 * share:.2g} % of it were taken out."
