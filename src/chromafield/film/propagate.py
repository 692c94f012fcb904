"""Hints on one frame of a shot, carried to the others.

On its own frame a hint changes the colours of what goes with it, as on a photograph. What changed
is then told to the frames beside it, brought along the motion one frame at a time, forward and
back, until the shot ends. A place that the motion cannot be trusted on is told nothing: there the
network decides, and what the frames before believed.
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

STRONG = 100.0  # 1 / ab^2: the precision of a place that hints changed; others weigh far less
CHANGED = 3.0  # ab units of change by which a place is wholly told
TRUSTED = 0.25  # trust in the motion from which on a place stays told
FARTHEST = 3000  # frames that a hint travels each way, at most: they stay in memory


@dataclass(frozen=True, slots=True)
class Told:
    """What hints say of one frame, kept small."""

    ab: Float[Tensor, "1 2 h w"]  # half precision
    share: Float[Tensor, "1 1 h w"]  # 0 to 1, of being told; half precision
    distance: int  # frames from the key frame

    def belief(self) -> GaussianBelief:
        return GaussianBelief(self.ab.float(), STRONG * self.share.float())


@torch.inference_mode()
def told_of(canvas: Canvas, propagator: HintPropagator, hints: Hints) -> Told:
    """What the hints of a key frame change on it, on the canvas's grid."""
    grid = grid_of(canvas.belief)
    found = propagator.colors(hints)
    change = torch.linalg.vector_norm(found - propagator.automatic, dim=1, keepdim=True)
    marked = propagator.given(hints).belief(propagator.grid).precision.to(change)
    share = (change / CHANGED).maximum(marked).clamp(0, 1)
    both = resize(torch.cat([found, share], dim=1), grid).cpu().half()
    return Told(both[:, :2], both[:, 2:], 0)


def travel(
    told: dict[int, Told], frames: range, small: Callable[[int], NDArray[np.uint8]]
) -> dict[int, Told]:
    """What each frame of a shot is told.

    Args:
        told: by number, what the key frames are told.
        frames: of the shot.
        small: a frame's luma at the size that motion is found on.
    """
    everywhere: dict[int, list[Told]] = {number: [own] for number, own in told.items()}
    for key, own in told.items():
        for way in (range(key + 1, frames.stop), range(key - 1, frames.start - 1, -1)):
            last = own
            for number in way[:FARTHEST]:
                if number in told:
                    break  # that frame has its own word, and carries it on
                beside = number - 1 if number > key else number + 1
                last = _brought(last, small(beside), small(number))
                if not last.share.any():
                    break
                everywhere.setdefault(number, []).append(last)
    return {number: _agreed(own) for number, own in everywhere.items()}


def _brought(last: Told, there: NDArray[np.uint8], here: NDArray[np.uint8]) -> Told:
    motion = find_motion(there, here)
    planes = motion.bring(torch.cat([last.ab, last.share], dim=1).float())
    trust = motion.trust_on((planes.shape[2], planes.shape[3]))
    share = planes[:, 2:] * (trust / TRUSTED).clamp(0, 1)
    return Told(planes[:, :2].half(), share.half(), last.distance + 1)


def _agreed(told: Sequence[Told]) -> Told:
    """Between two key frames, the nearer counts more."""
    if len(told) == 1:
        return told[0]
    weights = [one.share.float() / one.distance for one in told]
    total = torch.stack(weights).sum(0).clamp_min(1e-12)
    ab = torch.stack([w * one.ab.float() for w, one in zip(weights, told, strict=True)]).sum(0)
    share = torch.stack([one.share for one in told]).amax(0)
    return Told((ab / total).half(), share, min(one.distance for one in told))
