"""Over a cut back to the same scene: a frame that is like a key of another shot.

Corners that look alike say how the whole scene moved, and optical flow that begins there the rest.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..registration.corners import flow_of, plane_motion
from ..registration.flow import Flows, find_flows, trust_of
from .motion import Motion
from .routes import PRESET, Small

TRUSTED = 0.3  # mean trust of a frame that is like a key
NEAREST = 8  # keys that a shot is compared with


def like_scene(key: NDArray[np.uint8], here: NDArray[np.uint8]) -> Motion | None:
    """The motion from a frame to a key of another shot; none where their scenes differ."""
    scene = plane_motion(here, key)
    if scene is None:
        return None
    start = Flows(
        flow_of(scene, here.shape), flow_of(np.asarray(np.linalg.inv(scene), np.float64), key.shape)
    )
    flows = find_flows(key, here, PRESET, start)
    trust = trust_of(key, here, flows)
    return Motion(flows.back, trust) if trust.mean() >= TRUSTED else None


def found_in(shot: range, keys: Sequence[int], small: Small) -> tuple[int, int, Motion] | None:
    """A frame of a shot, the key of another that it is most like, and the motion to it.

    The shot's ends and middle are compared with the nearest keys; none where none is alike.
    """
    frames = sorted({shot.start, (shot.start + shot.stop - 1) // 2, shot.stop - 1})
    near = sorted(keys, key=lambda key: min(abs(key - frames[0]), abs(key - frames[-1])))
    best: tuple[int, int, Motion] | None = None
    for key in near[:NEAREST]:
        for frame in frames:
            motion = like_scene(small(key), small(frame))
            if motion and (best is None or motion.trust.mean() > best[2].trust.mean()):
                best = (frame, key, motion)
    return best
