"""Is a shot in colour already? Judged by what stays over its frames.

Noise in a tape's chroma is another in each frame, so the median over some frames in a row is all
but free of it. A station's logo and burnt-in subtitles stay, and are small: what fewer than a tenth
of the places have does not make a grey film one in colour. That they are there is told.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ..image.detect import small_lab, tone_spread

JUDGED = 24  # frames of a shot between two looks at its colours
IN_A_ROW = 12  # frames of a look
SIDE = 256  # pixels of the longer side that is looked at
WIDE = 90  # percentile of the places that must have colours
STRONG = 15.0  # CIELAB units from the median colour that a mark's places have at least
AROUND = 7  # places across a mark's edge that are of it, too
MARKED = 1e-3  # share of the places from which on they are a mark
COLOR_SPREAD = 1.5  # CIELAB units; less than a photograph's, since more places must have them


@dataclass(frozen=True, slots=True)
class Look:
    """What stays over some frames in a row."""

    first: int  # the number of the first of them
    last: int
    spread: float  # how far its colours leave every tone, in CIELAB units
    marked: bool  # has it a coloured mark, as a logo is?

    @property
    def frames(self) -> range:
        return range(self.first, self.last + 1)


@dataclass
class ChromaCount:
    """Told of each frame in turn: how far each shot's colours leave every tone."""

    looks: list[Look] = field(default_factory=list)
    count: int = 0  # frames so far
    number: int = 0  # of the next frame in its shot
    row: list[NDArray[np.uint8]] = field(default_factory=list)

    def add(self, frame: Any, begins: bool) -> None:
        """The next frame; `begins` says that a shot does."""
        if begins:
            self.close()
            self.number = 0
        if self.number % JUDGED < IN_A_ROW:
            self.row.append(_small(frame))
        elif self.row:
            self.close()
        self.number += 1
        self.count += 1

    def close(self) -> None:
        """Judge what was seen since the last look."""
        if not self.row:
            return
        stays = _what_stays(self.row)
        first = self.count - len(self.row)
        spread, marked = tone_spread(stays, WIDE), has_mark(stays)
        if marked and (bare := tone_spread(without_marks(stays), WIDE)) < COLOR_SPREAD / 2:
            spread = bare  # a mark bends the tone that is looked for
        self.looks.append(Look(first, self.count - 1, spread, marked))
        self.row.clear()

    def of_shots(
        self, bounds: Sequence[int], mixed: Container[int] = ()
    ) -> tuple[list[float], tuple[bool, ...]]:
        """The spread of every shot, and whether it has a mark.

        Args:
            bounds: the first frame of each shot, and one past the last.
            mixed: frames that belong to two shots, and tell of neither.
        """
        self.close()
        spreads, marked = [], []
        for first, after in pairwise(bounds):
            own = [look for look in self.looks if first <= look.last and look.first < after]
            pure = [look for look in own if not any(n in mixed for n in look.frames)]
            own = pure or own
            spreads.append(median(look.spread for look in own) if own else 0.0)
            marked.append(any(look.marked for look in own))
        return spreads, tuple(marked)


def colored_shots(spreads: Sequence[float], bounds: Sequence[int]) -> tuple[bool, ...]:
    """Which shots are in colour; in a film that mostly is, half as much is enough.

    Args:
        spreads: how far each shot's colours leave a tone.
        bounds: the first frame of each shot, and one past the last.
    """
    minimum = COLOR_SPREAD
    surely = [spread > minimum for spread in spreads]
    frames = sum(b - a for a, b, trust in zip(bounds, bounds[1:], surely, strict=False) if trust)
    mostly = frames > (bounds[-1] - bounds[0]) / 2
    return tuple(spread > (minimum / 2 if mostly else minimum) for spread in spreads)


def has_mark(rgb: NDArray[np.uint8]) -> bool:
    """Whether few places of a picture (h, w, 3) are far from the colour of most."""
    return bool(_strong(rgb).mean() > MARKED)


def without_marks(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The picture with the chroma of most in its marks, where those are few."""
    strong = _strong(rgb)
    if not 0 < strong.mean() < 1 - WIDE / 100:
        return rgb
    grown = cv2.dilate(strong.astype(np.uint8), np.ones((AROUND, AROUND), np.uint8)) > 0
    planes = cv2.cvtColor(rgb, cv2.COLOR_RGB2YCrCb)
    planes[grown, 1:] = np.median(planes[..., 1:], axis=(0, 1))
    return np.asarray(cv2.cvtColor(planes, cv2.COLOR_YCrCb2RGB), np.uint8)


def _strong(rgb: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """The places (h, w) that are far from the colour of most."""
    ab = small_lab(rgb, SIDE)[..., 1:]
    away = np.linalg.norm(ab - np.median(ab, axis=(0, 1)), axis=-1)
    return np.asarray(away > STRONG)


def _what_stays(row: Sequence[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """One picture of frames in a row: their mean luma, each place's median chroma."""
    planes = np.stack([cv2.cvtColor(frame, cv2.COLOR_RGB2YCrCb) for frame in row]).astype(float)
    stays = np.dstack([planes[..., 0].mean(0), np.median(planes[..., 1:], axis=0)])
    levels = stays.round().astype(np.uint8)
    return np.asarray(cv2.cvtColor(levels, cv2.COLOR_YCrCb2RGB), np.uint8)


def _small(frame: Any) -> NDArray[np.uint8]:
    """The frame as sRGB (h, w, 3), at most SIDE pixels a side."""
    scale = min(1.0, SIDE / max(frame.width, frame.height))
    width, height = (max(round(scale * side), 1) for side in (frame.width, frame.height))
    if len(frame.format.components) < 3:
        return np.zeros((height, width, 3), np.uint8)
    small = frame.reformat(width=width, height=height, format="rgb24", interpolation="AREA")
    return np.asarray(small.to_ndarray(), np.uint8)
