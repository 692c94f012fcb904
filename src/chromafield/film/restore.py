"""Restore old film for the network's input: even light, and no dust.

Deflicker: each frame's levels are scaled so that its mean follows the median of the frames around
it in the shot. Dust and short scratches: what is in this frame alone, neither where it was before
nor where it is after, while those two agree, is replaced by their average.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ..registration.flow import brought
from .chroma import Coding, Plane, as_bytes
from .motion import find_motion, shrunk

AROUND = 12  # frames on each side that a frame's light is compared with
GAINS = (0.7, 1.4)  # least and most that levels are scaled by
DUST = 16.0  # levels of 255 by which dust differs at least


@dataclass(frozen=True, slots=True)
class Light:
    """The mean luma of a shot's frames, 0 to 255."""

    levels: tuple[float, ...]

    def gain(self, number: int, black: float) -> float:
        """What levels above black are scaled by, of the shot's frame of this number."""
        near = self.levels[max(number - AROUND, 0) : number + AROUND + 1]
        own = self.levels[number] - black
        if own < 1:
            return 1.0
        return float(np.clip((np.median(near) - black) / own, *GAINS))


def even(luma: Plane, gain: float, coding: Coding) -> Plane:
    """Levels scaled from black."""
    unit = 2 ** (coding.depth - 8)
    black = 0 if coding.full else 16 * unit
    levels = black + gain * (luma.astype(np.float32) - black)
    return levels.round().clip(0, 2**coding.depth - 1).astype(luma.dtype)


def without_dust(before: Plane, now: Plane, after: Plane, depth: int) -> Plane:
    """The frame without what the frames before and after do not have."""
    unit = 2 ** (depth - 8)
    one, other = (_brought(frame, now, depth) for frame in (before, after))
    here = now.astype(np.float32)
    above, below = here - np.maximum(one, other), np.minimum(one, other) - here
    away = np.maximum(above, below)  # above both, or below both
    dust = (away > DUST * unit) & (np.abs(one - other) < away / 2)
    if not dust.any():
        return now
    grown = cv2.dilate(dust.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    mean = ((one + other) / 2).round().astype(now.dtype)
    return np.where(grown, mean, now)


def _brought(frame: Plane, now: Plane, depth: int) -> NDArray[np.float32]:
    """A frame beside this one, moved to where things are now."""
    small = [shrunk(as_bytes(plane, depth)) for plane in (frame, now)]
    flow = find_motion(*small).resized((now.shape[1], now.shape[0]))
    return brought(frame.astype(np.float32), flow)
