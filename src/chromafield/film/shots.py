"""Where a shot ends: PySceneDetect's detector on small frames, one at a time.

Frames are made alike in light first: their levels get one mean and one contrast, so that neither
an exposure that swings nor a fade looks like a cut, and a cut in the dark does. Grain and the
film's weave in the gate are blurred. A frame without contrast is no picture: it begins no shot.
There is no cut where motion leads from the frame before to this one, as in a fast pan.
Where a person names the cuts, none are looked for.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scenedetect import FrameTimecode
from scenedetect.detector import FlashFilter
from scenedetect.detectors import ContentDetector

from ..image.sheet import within
from .motion import find_motion
from .source import HAIR

SIDE = 160  # pixels of the longer side that cuts are found on
THRESHOLD = 35.0  # mean change of a level between two frames of one light; cuts make 49 to 63
SHORTEST = 2  # frames of a shot, at least
BLUR = 1.5  # pixels of the small frame, standard deviation
CONTRAST = 50.0  # levels, standard deviation, that frames are brought to
FLAT = 1.5  # levels: a frame of less contrast is empty
SAME = 0.4  # mean trust in the motion from which on it is the same scene; cuts have at most 0.1
FAINT = 6.0  # levels: less contrast is not enlarged any further


@dataclass(frozen=True, slots=True)
class Cutting:
    """How a film is divided into shots."""

    times: tuple[float, ...] | None = None  # seconds at which shots begin; None: they are found
    threshold: float = THRESHOLD
    shortest: int = SHORTEST  # frames


class Shots:
    """Told of each frame in turn."""

    def __init__(self, cutting: Cutting | None = None) -> None:
        cutting = cutting or Cutting()
        self.detector = ContentDetector(cutting.threshold, 0, luma_only=True)
        self.lasting = FlashFilter(FlashFilter.Mode.SUPPRESS, cutting.shortest)
        self.left = None if cutting.times is None else sorted(cutting.times)
        self.last: NDArray[np.uint8] | None = None  # the last frame with a picture, in one light
        self.number = 0

    def is_cut(self, luma: NDArray[np.uint8], seconds: float = 0.0) -> bool:
        """Does a shot begin with this frame? The first frame begins one.

        Args:
            seconds: when it is shown; asked for where cuts are named.
        """
        cuts = self._found(luma) if self.left is None else self._named(seconds)
        self.number += 1
        return cuts or self.number == 1

    def _found(self, luma: NDArray[np.uint8]) -> bool:
        even = _even(luma)
        if even is None:
            return False
        last, self.last = self.last, even
        small = cv2.cvtColor(even, cv2.COLOR_GRAY2BGR)
        time = FrameTimecode(self.number, 25.0)
        changed = bool(self.detector.process_frame(time, small))
        if changed and last is not None:
            changed = float(find_motion(last, even).trust.mean()) < SAME
        return bool(self.lasting.filter(time, changed))

    def _named(self, seconds: float) -> bool:
        cuts = False
        while self.left and self.left[0] <= seconds + HAIR:
            self.left.pop(0)
            cuts = True
        return cuts


def _even(luma: NDArray[np.uint8]) -> NDArray[np.uint8] | None:
    """The frame small, in one light; None of one without a picture."""
    small = cv2.GaussianBlur(within(luma, SIDE).astype(np.float32), (0, 0), BLUR)
    contrast = float(small.std())
    if contrast < FLAT:
        return None
    levels = 128 + (small - small.mean()) * CONTRAST / max(contrast, FAINT)
    return np.asarray(levels.round().clip(0, 255), np.uint8)
