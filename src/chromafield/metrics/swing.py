"""How much the colours of what stands still swing over a shot.

A slow change is small from frame to frame, so the warp error does not see a wall that turns orange
while cars pass. A place of the picture is still where it has nearly the grey level of its median
in most frames of the shot; in those it is seen, in the others something is before it. Over the
frames in which it is seen, its chroma and its hue go from their 5th to their 95th percentile.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
from jaxtyping import Float
from numpy.typing import NDArray

SIDE = 64  # places on the longer side
ALIKE = 6.0  # grey levels of 255 from the median within which a place is seen
MOSTLY = 0.6  # share of a shot's frames in which a still place is seen
SHORTEST = 8  # frames of a shot that is measured
ENDS = (5, 95)  # percentiles
COLORED = 4.0  # CIELAB units of mean chroma from which a place has a hue


@dataclass
class Swings:
    """The swings of one method's shots; means over still places."""

    shot: list[NDArray[np.float32]] = field(default_factory=list)  # ab (h, w, 2) of each frame
    chroma: list[float] = field(default_factory=list)  # CIELAB units, of each shot
    hue: list[float] = field(default_factory=list)  # degrees

    def add(self, ab: NDArray[np.float32]) -> None:
        """The colours (h, w, 2) of the shot's next frame."""
        h, w = ab.shape[:2]
        self.shot.append(cv2.resize(ab, _size(h, w), interpolation=cv2.INTER_AREA).astype("f4"))

    def close(self, seen: NDArray[np.bool_] | None) -> None:
        """The shot is over.

        Args:
            seen: (t, h, w), of still places the frames in which they are seen; none of a shot
                that is not measured.
        """
        if seen is not None and len(self.shot) == len(seen):
            chroma, hue = swings(np.stack(self.shot), seen)
            self.chroma += [chroma] if chroma is not None else []
            self.hue += [hue] if hue is not None else []
        self.shot.clear()


def still_places(greys: list[NDArray[np.uint8]]) -> NDArray[np.bool_] | None:
    """Where and when still places of a shot are seen, (t, h, w); none of a short shot."""
    if len(greys) < SHORTEST:
        return None
    small = np.stack(
        [cv2.resize(g, _size(*g.shape), interpolation=cv2.INTER_AREA) for g in greys]
    ).astype(np.float32)
    seen: NDArray[np.bool_] = np.abs(small - np.median(small, axis=0)) < ALIKE
    return np.asarray(seen & (seen.mean(0) >= MOSTLY), np.bool_)


def swings(
    ab: Float[np.ndarray, "t h w 2"], seen: NDArray[np.bool_]
) -> tuple[float | None, float | None]:
    """The mean swing of chroma, in CIELAB units, and of hue, in degrees; none without places."""
    places = seen.any(0)
    if not places.any():
        return None, None
    colors, visible = ab[:, places], seen[:, places]
    chroma = np.where(visible, np.hypot(colors[..., 0], colors[..., 1]), np.nan)
    low, high = np.nanpercentile(chroma, ENDS, axis=0)
    mean = np.nanmean(np.where(visible[..., None], colors, np.nan), axis=0)
    hues = np.degrees(np.arctan2(colors[..., 1], colors[..., 0]))
    away = (hues - np.degrees(np.arctan2(mean[:, 1], mean[:, 0])) + 180) % 360 - 180
    colored = np.hypot(mean[:, 0], mean[:, 1]) >= COLORED
    if not colored.any():
        return float((high - low).mean()), None
    away = np.where(visible, away, np.nan)[:, colored]
    begin, end = np.nanpercentile(away, ENDS, axis=0)
    return float((high - low).mean()), float((end - begin).mean())


def _size(height: int, width: int) -> tuple[int, int]:
    """Width and height of the grid of a frame's places."""
    scale = min(SIDE / max(height, width), 1.0)
    return max(round(width * scale), 1), max(round(height * scale), 1)
