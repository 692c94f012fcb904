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
from ..registration.flow import Flow, added, brought, find_flows, trust_of

SIDE = 320  # pixels of the longer side that motion is found on


@dataclass(frozen=True, slots=True)
class Motion:
    """From each place of this frame to where it was."""

    flow: Flow  # (h, w, 2), x and y in pixels of this size
    trust: NDArray[np.float32]  # (h, w), 0 to 1

    def after(self, last: Motion) -> Motion:
        """This motion, and from where it ends the last one; both trusts multiplied."""
        return Motion(added(self.flow, last.flow), self.trust * brought(last.trust, self.flow))

    def bring(self, planes: Float[Tensor, "1 c i j"]) -> Float[Tensor, "1 c i j"]:
        """The last frame's planes, of any size, where they are now."""
        h, w = planes.shape[2:]
        flow = self.resized((w, h))
        moved = [brought(np.asarray(plane.numpy(), np.float32), flow) for plane in planes[0].cpu()]
        return torch.from_numpy(np.stack(moved))[None].to(planes)

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


def at_rest(size: tuple[int, ...]) -> Motion:
    """No motion at all of a frame of this height and width."""
    return Motion(np.zeros((*size, 2), np.float32), np.ones(size, np.float32))


def find_motion(last: NDArray[np.uint8], now: NDArray[np.uint8]) -> Motion:
    """Motion between two shrunk frames of one size."""
    flows = find_flows(last, now, cv2.DISOPTICAL_FLOW_PRESET_FAST)
    return Motion(flows.back, trust_of(last, now, flows))
