"""From each frame of a shot to its key frame: where the colours of each place come from.

    step(n)       the flow from frame n to the frame beside it that is nearer to the key
    chain(n)      step(n), then route(n - 1) from where that ends; both trusts multiplied
    straight(n)   the flow from frame n to the key itself; its search begins at chain(n)
    route(n)      straight(n) where its trust is at least SURE or that of the chain, else chain(n)

Flows are added up and colours are read once, from the key, so they neither blur nor slide. A
straight flow forgets what a chain got wrong as soon as going back and forth agrees again.

References:
    Kroeger et al., Fast optical flow using dense inverse search, 2016 (OpenCV's DIS).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ..registration.flow import Flow, Flows, added, find_flows, trust_of
from .motion import Motion, at_rest

SURE = 0.25  # trust from which on the straight flow is taken whatever the chain's is
HALF = 2  # of the size that flow is found on: DIS finds it on that grid, so no more is kept
PRESET = cv2.DISOPTICAL_FLOW_PRESET_MEDIUM

Small = Callable[[int], NDArray[np.uint8]]  # a frame's luma at the size that flow is found on


@dataclass(frozen=True, slots=True)
class Route:
    """The motion from a frame to its key, kept small."""

    flow: NDArray[np.float16]  # (h, w, 2), x and y in pixels of this grid
    trust: NDArray[np.uint8]  # (h, w), 255 is 1
    distance: int  # frames from the key

    @property
    def motion(self) -> Motion:
        trust = self.trust.astype(np.float32) / np.float32(255)
        return Motion(self.flow.astype(np.float32), trust)


def routes(key: int, way: range, small: Small) -> Iterator[tuple[int, Route]]:
    """The route from each frame of the way to the key; the way begins beside it.

    Ends where no place is trusted any longer.
    """
    there = before = small(key)
    last = at_rest(there.shape)
    forth = last.flow
    for number in way:
        here = small(number)
        step = find_flows(before, here, PRESET)
        chain = _motion(before, here, step).after(last)
        start = Flows(chain.flow, added(forth, step.forth))
        flows = find_flows(there, here, PRESET, start)
        last, forth = _better(_motion(there, here, flows), chain), flows.forth
        if not last.trust.any():
            return
        yield number, _kept(last, abs(number - key))
        before = here


def _motion(other: NDArray[np.uint8], one: NDArray[np.uint8], flows: Flows) -> Motion:
    return Motion(flows.back, trust_of(other, one, flows))


def _better(straight: Motion, chain: Motion) -> Motion:
    """Each place's motion: the straight one where that is sure."""
    sure = (straight.trust >= SURE) | (straight.trust >= chain.trust)
    flow: Flow = np.where(sure[..., None], straight.flow, chain.flow)
    return Motion(flow, np.where(sure, straight.trust, chain.trust))


def _kept(motion: Motion, distance: int) -> Route:
    h, w = motion.trust.shape
    size = (max(w // HALF, 1), max(h // HALF, 1))
    flow = motion.resized(size).astype(np.float16)
    trust = cv2.resize(motion.trust, size, interpolation=cv2.INTER_AREA)
    return Route(flow, np.asarray(np.rint(255 * trust), np.uint8), distance)
