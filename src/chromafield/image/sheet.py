"""Contact sheets: rows of pictures side by side, so that people can see what happens."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

GAP = 4  # pixels between pictures
PAPER = 255  # the sheet's grey
CAPTION = 18  # pixels of a line of text
INK = (60, 60, 60)


def as_bytes(rgb: Float[Tensor, "3 h w"]) -> NDArray[np.uint8]:
    """sRGB in [0, 1] as bytes (h, w, 3)."""
    return np.ascontiguousarray((rgb * 255).round().to(torch.uint8).movedim(0, -1).cpu().numpy())


def contact_sheet(
    rows: Sequence[Sequence[NDArray[np.uint8]]], height: int, captions: Sequence[str] = ()
) -> NDArray[np.uint8]:
    """Lay out pictures in rows.

    Args:
        rows: (h, w, 3) sRGB pictures of any sizes; each is scaled to `height` pixels, aspect kept.
        captions: what stands above each picture of each row; none leaves no room for any.

    Returns:
        (H, W, 3) sRGB on white paper.
    """
    bands = [_band(row, height) for row in rows]
    if captions:
        lines = [_line(row, height, captions) for row in rows]
        bands = [band for pair in zip(lines, bands, strict=True) for band in pair]
    width = max(band.shape[1] for band in bands)
    sheet = [
        np.pad(b, ((0, GAP), (0, width - b.shape[1]), (0, 0)), constant_values=PAPER) for b in bands
    ]
    return np.concatenate(sheet)[:-GAP]


def captioned(picture: NDArray[np.uint8], caption: str) -> NDArray[np.uint8]:
    """The picture (h, w, 3) with a line of text above it."""
    return np.concatenate([_words(caption, picture.shape[1]), picture])


def scaled(picture: NDArray[np.uint8], height: int) -> NDArray[np.uint8]:
    """The picture at another height, aspect kept."""
    h, w = picture.shape[:2]
    width = max(round(w * height / h), 1)
    way = cv2.INTER_AREA if height < h else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(picture, (width, height), interpolation=way), dtype=np.uint8)


def within(levels: NDArray[np.uint8], side: int, minimum: int = 1) -> NDArray[np.uint8]:
    """Resize a plane or a picture to sides of at most `side` and at least `minimum` pixels."""
    h, w = levels.shape[:2]
    scale = min(side / max(h, w), 1.0)
    size = (max(round(w * scale), minimum), max(round(h * scale), minimum))
    return np.asarray(cv2.resize(levels, size, interpolation=cv2.INTER_AREA), np.uint8)


def _line(
    row: Sequence[NDArray[np.uint8]], height: int, captions: Sequence[str]
) -> NDArray[np.uint8]:
    widths = [max(round(p.shape[1] * height / p.shape[0]), 1) for p in row]
    line = np.full((CAPTION, sum(widths) + GAP * (len(row) - 1), 3), PAPER, np.uint8)
    left = 0
    for width, caption in zip(widths, captions, strict=True):
        line[:, left : left + width] = _words(caption, width)
        left += width + GAP
    return line


def _words(caption: str, width: int) -> NDArray[np.uint8]:
    """A line of text; a long one ends with its picture."""
    part = np.full((CAPTION, width, 3), PAPER, np.uint8)
    at = (2, CAPTION - 5)
    cv2.putText(part, caption, at, cv2.FONT_HERSHEY_SIMPLEX, 0.42, INK, 1, cv2.LINE_AA)
    return part


def _band(row: Sequence[NDArray[np.uint8]], height: int) -> NDArray[np.uint8]:
    gap = np.full((height, GAP, 3), PAPER, dtype=np.uint8)
    parts: list[NDArray[np.uint8]] = []
    for picture in row:
        parts += [scaled(picture, height), gap]
    return np.concatenate(parts[:-1], axis=1)
