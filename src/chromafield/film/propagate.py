"""Propagate the hints on one frame of a shot to the other frames.

On its own frame a hint changes the colours of similar pixels, as on a photograph. The changed
colours are then given to the next frames, moved along the motion one frame at a time, forward and
back, until the shot ends. Pixels whose motion is not trusted are given no colour: there the network
and the history of the shot decide.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from ..beliefs import GaussianBelief, grid_of
from ..canvas.canvas import Canvas
from ..hints.document import Hints
from ..hints.propagate import HintPropagator
from ..resize import resize
from .motion import find_motion

STRONG = 100.0  # 1 / ab^2: the precision of a changed pixel; other beliefs weigh far less
CHANGED = 3.0  # ab units of change that give a pixel the full precision
TRUSTED = 0.25  # trust in the motion above which a pixel keeps its share
FARTHEST = 3000  # frames that a hint is propagated each way, at most: they stay in memory


@dataclass(frozen=True, slots=True)
class FrameColors:
    """The colours that hints give one frame, in half precision."""

    ab: Float[Tensor, "1 2 h w"]  # half precision
    share: Float[Tensor, "1 1 h w"]  # share of the full precision, 0 to 1; half precision
    distance: int  # frames from the key frame

    def belief(self) -> GaussianBelief:
        return GaussianBelief(self.ab.float(), STRONG * self.share.float())


@torch.inference_mode()
def frame_colors(canvas: Canvas, propagator: HintPropagator, hints: Hints) -> FrameColors:
    """The colours that the hints of a key frame change on it, on the canvas's grid."""
    grid = grid_of(canvas.belief)
    found = propagator.colors(hints)
    change = torch.linalg.vector_norm(found - propagator.automatic, dim=1, keepdim=True)
    marked = propagator.given(hints).belief(propagator.grid).precision.to(change)
    share = (change / CHANGED).maximum(marked).clamp(0, 1)
    both = resize(torch.cat([found, share], dim=1), grid).cpu().half()
    return FrameColors(both[:, :2], both[:, 2:], 0)


def propagate(
    given: dict[int, FrameColors], frames: range, small: Callable[[int], NDArray[np.uint8]]
) -> dict[int, FrameColors]:
    """Propagate the colours of key frames to all frames of their shot.

    Args:
        given: the colours of the key frames, by frame number.
        frames: the shot's frames.
        small: returns a frame's luma at the size that motion is found on.
    """
    everywhere: dict[int, list[FrameColors]] = {number: [own] for number, own in given.items()}
    for key, own in given.items():
        for way in (range(key + 1, frames.stop), range(key - 1, frames.start - 1, -1)):
            last = own
            for number in way[:FARTHEST]:
                if number in given:
                    break  # a key frame propagates its own colours
                beside = number - 1 if number > key else number + 1
                last = _brought(last, small(beside), small(number))
                if not last.share.any():
                    break
                everywhere.setdefault(number, []).append(last)
    return {number: _agreed(own) for number, own in everywhere.items()}


def _brought(last: FrameColors, there: NDArray[np.uint8], here: NDArray[np.uint8]) -> FrameColors:
    motion = find_motion(there, here)
    planes = motion.bring(torch.cat([last.ab, last.share], dim=1).float())
    trust = motion.trust_on((planes.shape[2], planes.shape[3]))
    share = planes[:, 2:] * (trust / TRUSTED).clamp(0, 1)
    return FrameColors(planes[:, :2].half(), share.half(), last.distance + 1)


def _agreed(given: Sequence[FrameColors]) -> FrameColors:
    """Average the colours from two key frames; the nearer one weighs more."""
    if len(given) == 1:
        return given[0]
    weights = [one.share.float() / one.distance for one in given]
    total = torch.stack(weights).sum(0).clamp_min(1e-12)
    ab = torch.stack([w * one.ab.float() for w, one in zip(weights, given, strict=True)]).sum(0)
    share = torch.stack([one.share for one in given]).amax(0)
    return FrameColors((ab / total).half(), share, min(one.distance for one in given))
