"""Dense flow between two grey pictures of one size, and how far it is trusted.

It is trusted where going there and back ends near the start, and where the grey level that it
brings along is the one that is there.

References:
    Kroeger et al., Fast optical flow using dense inverse search, 2016 (OpenCV's DIS).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

ASTRAY = 1.0  # pixels between start and end of back and forth that halve the trust
LEVELS = 8.0  # grey levels of 255 between what is brought and what is there, likewise
GRAIN = 8.0  # levels of change all over a picture that are no motion, at most

Flow = NDArray[np.float32]  # (h, w, 2), x and y in pixels
Grey = NDArray[np.uint8]  # (h, w)
Plane = NDArray[np.float32]  # (h, w)


@dataclass(frozen=True, slots=True)
class Flows:
    """Both ways between two pictures."""

    back: Flow  # from each place of the one to the other, whose values are brought
    forth: Flow  # from each place of the other to the one


def find_flows(other: Grey, one: Grey, preset: int, start: Flows | None = None) -> Flows:
    """Optical flow both ways.

    Args:
        preset: of OpenCV's DIS.
        start: flows that the search begins at; none: it begins at rest.
    """
    dis = cv2.DISOpticalFlow.create(preset)
    rest = np.zeros((*one.shape, 2), np.float32)
    begin = start or Flows(rest, rest)
    back = dis.calc(one, other, begin.back.copy())
    forth = dis.calc(other, one, begin.forth.copy())
    return Flows(np.asarray(back, np.float32), np.asarray(forth, np.float32))


def places(flow: Flow) -> tuple[Plane, Plane]:
    """Where the flow leads from each place, x and y."""
    y, x = np.mgrid[0 : flow.shape[0], 0 : flow.shape[1]].astype(np.float32)
    return x + flow[..., 0], y + flow[..., 1]


def brought(values: NDArray[np.float32], flow: Flow) -> NDArray[np.float32]:
    """The values, of the flow's size, that lie where the flow leads from each place."""
    out = cv2.remap(values, *places(flow), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(out, np.float32)


def added(first: Flow, then: Flow) -> Flow:
    """The flow that goes `first`, and from where that ends goes `then`."""
    return first + brought(then, first)


def astray_of(flows: Flows) -> Plane:
    """Pixels between each place of the one picture and where the way there and back ends."""
    return np.asarray(np.hypot(*added(flows.back, flows.forth).transpose(2, 0, 1)), np.float32)


def trust_of(other: Grey, one: Grey, flows: Flows) -> Plane:
    """0 to 1 for each place of the one picture; see the top of this file."""
    h, w = one.shape
    astray = astray_of(flows)
    off = np.abs(brought(other.astype(np.float32), flows.back) - one)
    off = cv2.GaussianBlur(off, (5, 5), 0)
    off = np.maximum(off - min(float(np.median(off)), GRAIN), 0)
    x, y = places(flows.back)
    inside = (x >= 0) & (x < w) & (y >= 0) & (y < h)
    trust = inside / ((1 + (astray / ASTRAY) ** 2) * (1 + (off / LEVELS) ** 2))
    return np.asarray(trust, np.float32)
