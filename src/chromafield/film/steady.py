"""Colours that stay with things: the frames before are one more belief.

Each frame's belief of the network is joined with what the frames before believed, brought along the
motion; its precision counts how many frames agree, as far as the motion is trusted, and forgets old
ones. A new shot knows nothing of the one before.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from ..beliefs import GaussianBelief, as_gaussian
from ..pipeline.canvas import Canvas
from .motion import find_motion, shrunk

MEMORY = 30.0  # frames that count at most


@dataclass
class Steady:
    """What is remembered of the shot so far."""

    memory: float = MEMORY
    last: NDArray[np.uint8] | None = None  # the last frame, shrunk
    belief: GaussianBelief | None = None  # what all frames so far say, on the canvas's grid

    def cut(self) -> None:
        """A new shot begins."""
        self.last = self.belief = None

    def decide(self, canvas: Canvas, luma: NDArray[np.uint8]) -> Float[Tensor, "1 2 h w"]:
        """This frame's colours; it is remembered for the next.

        Args:
            canvas: the frame, prepared.
            luma: the same, as motion is found on it.
        """
        own = as_gaussian(canvas.belief)
        now = shrunk(luma)
        before = self._brought(now, own)
        ab = canvas.solve(before) if before is not None else canvas.solve()
        known = own if before is None else own * before
        limit = self.memory * own.precision
        self.belief = GaussianBelief(ab, torch.minimum(known.precision, limit))
        self.last = now
        return ab

    def _brought(self, now: NDArray[np.uint8], own: GaussianBelief) -> GaussianBelief | None:
        """What the frames before say of this one; None at a shot's start."""
        if self.last is None or self.belief is None or self.last.shape != now.shape:
            return None
        if self.belief.mean.shape != own.mean.shape:
            return None
        motion = find_motion(self.last, now)
        grid = (own.mean.shape[2], own.mean.shape[3])
        planes = motion.bring(torch.cat([self.belief.mean, self.belief.precision], dim=1))
        return GaussianBelief(planes[:, :2], planes[:, 2:] * motion.trust_on(grid))
