"""How much of its light each frame of a shot has: fades, flicker and scenes in the dark.

A fade moves every level towards one, black or white: y = c + s (x - c), where x is the level in the
full frame and s the share of light. What stands on the left are quantiles of the frame's levels; on
the right those of the nearest frame of the shot with all its contrast. The network is shown the
full frame, (y - c) / s + c, and of its colours the share s is painted: chroma fades with light.
A shot that is dark all over is shown brighter, and painted darker, in the same way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..image.sheet import within
from .chroma import Coding, Plane

QUANTILES = (2, 10, 25, 50, 75, 90, 98)  # percentiles of a frame's levels
SIDE = 96  # pixels of the longer side that levels are seen at
AROUND = 75  # frames on each side among which the full frame is looked for
FULL = 0.96  # of the largest contrast around: a full frame
MISFIT = (2.0, 0.04)  # levels, and share of the full contrast, that a fade may miss quantiles by
FADED = 0.6  # share that a fade must reach
DARK = 0.4  # of black to white: a shot whose bright levels stay below is shown brighter
MIN_SHARE = 0.02  # share of light of a frame that shows anything
DIM = 0.2  # share of light from which on a frame tells the network something


@dataclass(frozen=True, slots=True)
class Light:
    """A frame's share of light, and the level that it fades to."""

    share: float = 1.0
    to_white: bool = False

    @property
    def is_full(self) -> bool:
        return self.share >= 1

    @property
    def is_empty(self) -> bool:
        """Is there nothing to be seen?"""
        return self.share < MIN_SHARE

    @property
    def is_dim(self) -> bool:
        """Is there too little to be seen for the network?"""
        return self.share < DIM

    def shown(self, luma: Plane, coding: Coding) -> Plane:
        """The frame with all its light."""
        if self.is_full or self.is_empty:
            return luma
        black, white = ends(coding.full)
        unit = 2 ** (coding.depth - 8)
        pole = (white if self.to_white else black) * unit
        levels = pole + (luma.astype(np.float32) - pole) / self.share
        return np.asarray(levels.round().clip(black * unit, white * unit), coding.kind)

    def painted(self, chroma: Plane, coding: Coding) -> Plane:
        """The full frame's chroma with this frame's light."""
        if self.is_full:
            return chroma
        middle = 1 << (coding.depth - 1)
        levels = middle + self.share * (chroma.astype(np.float32) - middle)
        return np.asarray(levels.round(), coding.kind)


FULL_LIGHT = Light()


def ends(full: bool) -> tuple[int, int]:
    """Black and white as levels of 8 bits."""
    return (0, 255) if full else (16, 235)


def quantiles_of(luma: NDArray[np.uint8]) -> tuple[float, ...]:
    """Of a frame's levels, small, so that grain does not look like contrast in a fade."""
    found = np.percentile(within(luma, SIDE), QUANTILES)
    return tuple(round(float(level), 1) for level in found)


def lights(quantiles: Sequence[Sequence[float]], full: bool) -> tuple[Light, ...]:
    """The light of each frame of a shot."""
    levels = np.asarray(quantiles, np.float64)
    black, white = ends(full)
    contrast = levels[:, -1] - levels[:, 0]
    found = [Light()] * len(levels)
    fits = [_fit(levels, contrast, number, black, white) for number in range(len(levels))]
    for run in _runs([light.share < FULL for light in fits]):
        if min(fits[n].share for n in run) < FADED:
            for number in run:
                found[number] = fits[number]
    bright = float(np.quantile(levels[:, -1], 0.9)) - black
    base = min(max(bright / (DARK * (white - black)), MIN_SHARE), 1.0)
    if base == 1:
        return tuple(found)
    return tuple(Light(light.share * base, light.to_white) for light in found)


def _fit(
    levels: NDArray[np.float64], contrast: NDArray[np.float64], number: int, black: int, white: int
) -> Light:
    """The frame's light by the nearest full frame; all of it where no fade fits."""
    near = np.arange(max(number - AROUND, 0), min(number + AROUND + 1, len(levels)))
    limit = contrast[near].max()
    if limit <= 1 or contrast[number] >= FULL * limit:
        return Light()
    rich = near[contrast[near] >= FULL * limit]
    model = levels[rich[np.abs(rich - number).argmin()]]
    best = (MISFIT[0] + MISFIT[1] * limit, Light())
    for pole in (black, white):
        x, y = model - pole, levels[number] - pole
        share = float(np.clip(x @ y / (x @ x), 0, 1))
        misfit = float(np.sqrt(np.mean((y - share * x) ** 2)))
        if misfit < best[0]:
            best = (misfit, Light(share, pole == white))
    return best[1]


def _runs(flags: Sequence[bool]) -> list[range]:
    """The stretches of frames in a row that are flagged."""
    runs, begin = [], None
    for number, flag in enumerate((*flags, False)):
        if flag and begin is None:
            begin = number
        elif not flag and begin is not None:
            runs.append(range(begin, number))
            begin = None
    return runs
