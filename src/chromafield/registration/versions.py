"""Where each place of a picture lies in another version of it, and where the two agree.

First the whole is laid on the whole (`frame`), then dense flow follows what is bent. A place is
trusted where the flow there and back ends near its start, and where the lightness around it runs
alike in both:

    likeness = (2 cov(one, other) + s) / (var(one) + var(other) + s)

over a Gaussian window, both as sharp as the less sharp of the two; s keeps grain from counting. A
face that was redrawn has edges elsewhere and is not trusted, nor is what lies beside it.

References:
    Wang et al., Image quality assessment: from error visibility to structural similarity, 2004, for
    the likeness: contrast and structure.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from .corners import Homography
from .flow import Flow, Grey, Plane, astray_of, brought, find_flows, places
from .frame import LEAST, frame_motion, scaling

SIDE = 512  # pixels of the longer side of the grid that flow is found on
PRESET = cv2.DISOPTICAL_FLOW_PRESET_MEDIUM
ASTRAY = 1.5  # pixels of that grid between start and end that halve the trust
WINDOW = 6.0  # standard deviation of the likeness's window, pixels of that grid
COARSEST = 32.0  # pixels of that grid: whatever covers more shows nothing, and blurs take long
SLIGHT = 3.0  # grey levels: variation below it says nothing
LIKE, STEEP = 0.5, 0.08  # the likeness that halves the trust, and how fast it does
BESIDE = 6  # pixels around what is not trusted, which are not trusted either
TRUSTED = 0.5  # from which on a place counts as trusted
TURNS: dict[
    str, Callable[[Grey], Grey]
] = {  # what the other version may need before it fits, by what it is then
    "upside down": lambda plane: plane[::-1, ::-1],
    "a mirror image": lambda plane: plane[:, ::-1],
    "turned to the left": lambda plane: plane.T[:, ::-1],
    "turned to the right": lambda plane: plane.T[::-1],
}


@dataclass(frozen=True, slots=True)
class Registered:
    """For each cell of a grid over the one picture: where the other version shows it."""

    places: Flow  # (h, w, 2), x and y in the other's pixels
    trust: Plane  # (h, w), 0 to 1
    detail: float  # the other's pixels for one of the picture's, along a side

    @property
    def trusted(self) -> float:
        """The trusted share of the picture."""
        return float((self.trust > TRUSTED).mean())


def register(one: Grey, other: Grey) -> Registered:
    """Find the places of the one picture in the other version, of any size."""
    whole = frame_motion(one, other)
    h, w = one.shape
    scale = SIDE / max(h, w)
    size = max(round(w * scale), LEAST), max(round(h * scale), LEAST)
    motion = whole @ scaling(w / size[0], h / size[1])
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    here = np.asarray(cv2.resize(one, size, interpolation=way), np.uint8)
    there = _in_tone_of(here, _laid(other, motion, size))
    flows = find_flows(there, here, PRESET)
    detail = _detail(motion)
    moved = brought(there.astype(np.float32), flows.back)
    coarse = min(max(1.0, 1 / detail, scale), COARSEST)
    like = likeness(here.astype(np.float32), moved, coarse)
    xy = np.stack(places(flows.back), -1).astype(np.float64)
    at: Flow = np.asarray(cv2.perspectiveTransform(xy, motion), np.float32)
    inside = ((at >= 0) & (at <= np.array(other.shape[::-1]) - 1)).all(-1)
    agreed = 1 / (1 + np.exp((LIKE - like) / STEEP))
    trust = inside * agreed / (1 + (astray_of(flows) / ASTRAY) ** 2)
    return Registered(at, _without_borders(np.asarray(trust, np.float32)), _detail(whole))


def how_turned(one: Grey, other: Grey, least: float) -> str | None:
    """How the other version lies, if so turned it is trusted for the `least` share; None else."""
    for name, turn in TURNS.items():
        if register(one, np.ascontiguousarray(turn(other))).trusted >= least:
            return name
    return None


def likeness(one: Plane, other: Plane, coarse: float = 1.0) -> Plane:
    """How alike two planes of levels run around each place, at most 1; see the top of this file.

    Args:
        coarse: pixels of the planes that one pixel of the less sharp picture covers.
    """
    x, y = (_blurred(plane, 0.7 * coarse) for plane in (one, other))
    window = max(WINDOW, 2 * coarse)
    mean_x, mean_y = _blurred(x, window), _blurred(y, window)
    both = _blurred(x * y, window) - mean_x * mean_y
    own = _blurred(x * x, window) - mean_x**2 + _blurred(y * y, window) - mean_y**2
    return np.asarray((2 * both + SLIGHT**2) / (own.clip(0) + SLIGHT**2), np.float32)


def smoothed(plane: Plane, detail: float) -> Plane:
    """A plane that can be read at one place in so many without aliasing."""
    return _blurred(plane, detail / 2) if detail > 1.2 else plane


def _blurred(plane: Plane, deviation: float) -> Plane:
    return np.asarray(cv2.GaussianBlur(plane, (0, 0), deviation), np.float32)


def _detail(motion: Homography) -> float:
    return float(np.sqrt(abs(np.linalg.det(motion[:2, :2]))))


def _laid(other: Grey, motion: Homography, size: tuple[int, int]) -> Grey:
    """The other version on a grid of this width and height."""
    plane = smoothed(other.astype(np.float32), _detail(motion))
    way = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    out = cv2.warpPerspective(plane, motion, size, flags=way, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(np.rint(out).clip(0, 255), np.uint8)


def _in_tone_of(one: Grey, plane: Grey) -> Grey:
    """The plane with as many pixels of each level as the one has."""
    own, wanted = (np.cumsum(np.bincount(p.ravel(), minlength=256)) for p in (plane, one))
    levels = np.interp(own, wanted, np.arange(256))
    return np.asarray(np.rint(levels), np.uint8)[plane]


def _without_borders(trust: Plane) -> Plane:
    """The trust without what lies beside places that have none."""
    inner = cv2.erode(trust, np.ones((2 * BESIDE + 1, 2 * BESIDE + 1), np.uint8))
    return np.asarray(cv2.GaussianBlur(inner, (0, 0), BESIDE / 3), np.float32)
