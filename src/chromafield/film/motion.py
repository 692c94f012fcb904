"""How the last frame's colours moved: optical flow on small frames, and how far it is trusted.

The flow goes from this frame back to the last one. It is trusted where going back and forth ends
near the start, and where the lightness that it brings along is the lightness that is there.

References:
    Kroeger et al., Fast optical flow using dense inverse search, 2016 (OpenCV's DIS).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from ..image.sheet import within

SIDE = 320  # pixels of the longer side that motion is found on
ASTRAY = 1.0  # pixels between start and end of back and forth that halve the trust
GRAIN = 8.0  # levels of change all over a frame that are no motion, at most
LEVELS = 8.0  # grey levels of 255 between what is brought and what is there, likewise

Flow = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Motion:
    """From each place of this frame to where it was."""

    flow: Flow  # (h, w, 2), x and y in pixels of this size
    trust: NDArray[np.float32]  # (h, w), 0 to 1

    def bring(self, planes: Float[Tensor, "1 c i j"]) -> Float[Tensor, "1 c i j"]:
        """The last frame's planes, of any size, where they are now."""
        h, w = planes.shape[2:]
        flow = self.resized((w, h))
        brought = [
            self.warp(np.asarray(plane.numpy(), np.float32), flow) for plane in planes[0].cpu()
        ]
        return torch.from_numpy(np.stack(brought))[None].to(planes)

    @staticmethod
    def warp(plane: NDArray[np.float32], flow: Flow) -> NDArray[np.float32]:
        """A plane of the flow's size where things are now."""
        h, w = plane.shape
        y, x = np.mgrid[0:h, 0:w].astype(np.float32)
        where = (x + flow[..., 0], y + flow[..., 1])
        out = cv2.remap(plane, *where, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(out, np.float32)

    def trust_on(self, grid: tuple[int, int]) -> Float[Tensor, "1 1 h w"]:
        """The trust on another grid, height and width."""
        small = cv2.resize(self.trust, grid[::-1], interpolation=cv2.INTER_AREA)
        return torch.from_numpy(small)[None, None]

    def resized(self, size: tuple[int, int]) -> Flow:
        """The flow on a grid of this width and height, in its pixels."""
        h, w = self.flow.shape[:2]
        scale = np.array([size[0] / w, size[1] / h], np.float32)
        out = cv2.resize(self.flow, size, interpolation=cv2.INTER_LINEAR) * scale
        return np.asarray(out, np.float32)


def shrunk(luma: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A frame at the size that motion is found on."""
    return within(luma, SIDE, minimum=16)


def find_motion(last: NDArray[np.uint8], now: NDArray[np.uint8]) -> Motion:
    """Motion between two shrunk frames of one size."""
    dis = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
    empty = np.zeros((*now.shape, 2), np.float32)
    back, forth = dis.calc(now, last, empty.copy()), dis.calc(last, now, empty)
    h, w = now.shape
    y, x = np.mgrid[0:h, 0:w].astype(np.float32)
    there = (x + back[..., 0], y + back[..., 1])
    again = cv2.remap(forth, *there, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    astray = np.hypot(*(back + again).transpose(2, 0, 1))
    off = np.abs(Motion.warp(last.astype(np.float32), np.asarray(back, np.float32)) - now)
    off = cv2.GaussianBlur(off, (5, 5), 0)
    off = np.maximum(off - min(float(np.median(off)), GRAIN), 0)  # grain is no motion
    inside = (there[0] >= 0) & (there[0] < w) & (there[1] >= 0) & (there[1] < h)
    trust = inside / ((1 + (astray / ASTRAY) ** 2) * (1 + (off / LEVELS) ** 2))
    return Motion(np.asarray(back, np.float32), trust.astype(np.float32))
