"""Before and after in one film: side by side, or each half of the picture."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .chroma import Coding, chroma_size
from .levels import chroma_of, luma_of, made_frame, same_frame

WAYS = ("none", "side", "split")


def width_of(width: int, way: str) -> int:
    """Of the result of a film of this width."""
    return 2 * width if way == "side" else width


def compared(frame: Any, made: Any, coding: Coding, way: str) -> Any:
    """The frame as it was and as it was made, in one.

    Args:
        frame: of the source.
        made: the coloured one.
        way: side (the one left of the other) or split (the left half of the one).
    """
    if way == "none":
        return made
    before = same_frame(frame, coding)
    luma = _joined(luma_of(before, coding), luma_of(made, coding), way)
    chroma = _joined(chroma_of(before, coding), chroma_of(made, coding), way)
    return made_frame(luma, chroma[..., : chroma_size(luma.shape)[1]], coding.depth)


def _joined(before: NDArray[Any], after: NDArray[Any], way: str) -> NDArray[Any]:
    if way == "side":
        return np.concatenate([before, after], axis=-1)
    out = after.copy()
    middle = out.shape[-1] // 2
    out[..., :middle] = before[..., :middle]
    return out
