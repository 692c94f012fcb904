"""Where a shot ends: PySceneDetect's detector on small frames, one at a time."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from scenedetect import FrameTimecode
from scenedetect.detector import FlashFilter
from scenedetect.detectors import ContentDetector

from ..image.sheet import within

SIDE = 160  # pixels of the longer side that cuts are found on
THRESHOLD = 27.0  # PySceneDetect's own: mean change of a level between two frames
SHORTEST = 2  # frames of a shot, at least


class Shots:
    """Told of each frame in turn."""

    def __init__(self) -> None:
        self.detector = ContentDetector(
            THRESHOLD, SHORTEST, luma_only=True, filter_mode=FlashFilter.Mode.SUPPRESS
        )
        self.number = 0
        self.count = 0

    def is_cut(self, luma: NDArray[np.uint8]) -> bool:
        """Does a shot begin with this frame? The first frame begins one."""
        small = cv2.cvtColor(within(luma, SIDE), cv2.COLOR_GRAY2BGR)
        cuts = self.detector.process_frame(FrameTimecode(self.number, 25.0), small)
        first = self.number == 0
        self.number += 1
        if first or cuts:
            self.count += 1
        return first or bool(cuts)
