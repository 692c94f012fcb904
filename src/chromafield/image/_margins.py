"""Even margins: a print's own paper around its picture, and bars at two opposite sides."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.float64]
Corners = NDArray[np.float64]

ALIKE = 9.0  # Lab units from a margin's colour within which a pixel is margin
BLED = (1.0, 0.4, 0.4)  # what L, a, b count: in a JPEG the card's colour bleeds into the paper
EVEN = 0.92  # share of a line's pixels that are alike, for the line to be margin
SHARP = 0.5  # share of the next line's pixels that are not: a margin ends straight
DEEPEST = 0.3  # of a side: no margin is wider
LEAST_SIDES = 3  # of a print that have a margin
LEAST_BAR = 0.02  # of a side


def trimmed(lab: Plane, corners: Corners) -> Corners | None:
    """The corners of the picture inside a print's own margin, or of the print that has none."""
    from .pages import upright

    sides = [np.hypot(*(corners[k] - corners[k - 1])) for k in (1, 2)]
    if min(sides) < 8:
        return None
    inside = upright(lab.astype(np.float32), corners).astype(np.float64)
    deep = [_depth(turned) for turned in _from_each_side(inside, skip=2)]
    known = [one for one in deep if one is not None]
    edge = 1.5  # pixels of the view: where card and print mix
    if len([one for one in known if one > 0]) >= LEAST_SIDES:
        common = float(np.median([one for one in known if one > 0]))
        cut = [common + 2 if one is None else one + 2 if one else edge for one in deep]
    else:
        cut = [edge] * 4
    top, right, bottom, left = cut
    height, width = inside.shape[:2]
    if top + bottom > 0.6 * height or left + right > 0.6 * width:
        return None
    across, down = (corners[1] - corners[0]) / width, (corners[3] - corners[0]) / height
    places = [(left, top), (width - right, top), (width - right, height - bottom)]
    places.append((left, height - bottom))
    return np.array([corners[0] + x * across + y * down for x, y in places])


def _from_each_side(inside: Plane, skip: int) -> list[Plane]:
    """The picture turned so that each side is the first line: top, right, bottom, left."""
    inner = inside[skip:-skip, skip:-skip]
    return [inner, np.rot90(inner, 1), np.rot90(inner, 2), np.rot90(inner, 3)]


def _depth(lab: Plane) -> float | None:
    """Lines of margin at the top; 0 where there is none, None where it ends in no straight edge."""
    lab = lab * BLED
    own = np.median(lab[:2].reshape(-1, 3), axis=0)
    alike = np.linalg.norm(lab - own, axis=-1) < ALIKE
    share = alike.mean(1)
    if share[0] < EVEN:
        return 0.0
    deep = int(np.argmax(share < EVEN)) if (share < EVEN).any() else len(share)
    if deep > DEEPEST * len(share):
        return None
    after = share[deep : deep + 3].min()
    return float(deep) if after < 1 - SHARP else None


def bars(lab: Plane) -> list[Corners]:
    """The corners of what lies between two even bars of one colour at opposite sides."""
    lab = cv2.medianBlur(lab.astype(np.float32), 3).astype(np.float64)
    height, width = lab.shape[:2]
    sides = [_bar(turned) for turned in _from_each_side(lab, skip=1)]
    pairs = [(sides[0], sides[2], height), (sides[1], sides[3], width)]
    if not any(a and b and np.linalg.norm(a[1] - b[1]) < ALIKE for a, b, _ in pairs):
        return []
    top, right, bottom, left = (one[0] + 1 if one else 0.0 for one in sides)
    corners = [(left, top), (width - right, top), (width - right, height - bottom)]
    return [np.array([*corners, (left, height - bottom)], np.float64)]


def _bar(lab: Plane) -> tuple[float, Plane] | None:
    """Depth and colour of a bar at the top: perfectly even, and it ends on one line."""
    deep = _depth(lab)
    if not deep or deep < LEAST_BAR * len(lab):
        return None
    bar = lab[: int(deep) - 1 or 1].reshape(-1, 3)
    if bar.std(0).max() > 2.0 or lab[int(deep) :].std(0).max() < 4.0:
        return None
    return deep + 1, np.median(bar, axis=0)
