"""Colours that stay with things: the frames before are one more belief.

Each frame's belief of the network is joined with what the frames before believed, brought along the
motion; its precision counts how many frames agree, as far as the motion is trusted, and forgets old
ones. A field with edges through time also gets the marginals of the frame before. A new shot knows
nothing of the one before.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from ..beliefs import GaussianBelief, as_gaussian, join
from ..fields import FollowingField, Past
from ..pipeline.canvas import Canvas
from .clock import Clock
from .motion import Motion, find_motion, shrunk

MEMORY = 30.0  # frames that count at most


@dataclass
class Steady:
    """What is remembered of the shot so far."""

    memory: float = MEMORY
    clock: Clock = field(default_factory=Clock)
    last: NDArray[np.uint8] | None = None  # the last frame, shrunk
    belief: GaussianBelief | None = None  # what all frames so far say, on the canvas's grid
    labels: tuple[Tensor, Tensor] | None = None  # the last frame's marginals of a and of b

    def cut(self) -> None:
        """A new shot begins."""
        self.last = self.belief = self.labels = None

    @torch.inference_mode()
    def decide(
        self, canvas: Canvas, luma: NDArray[np.uint8], *told: GaussianBelief
    ) -> Float[Tensor, "1 2 h w"]:
        """This frame's colours; it is remembered for the next.

        Args:
            canvas: the frame, prepared.
            luma: the same, as motion is found on it, 8 bits.
            told: what a person says of it, on the canvas's grid.
        """
        own = as_gaussian(canvas.belief)
        now = shrunk(luma)
        with self.clock.runs("flow"):
            motion = self._motion(now, own)
        before = None if motion is None else self._brought(motion, own)
        opinions = told if before is None else (before, *told)
        with self.clock.runs("field"):
            ab = self._solved(canvas, motion, opinions)
        known = own if before is None else own * before
        limit = self.memory * own.precision
        self.belief = GaussianBelief(ab, torch.minimum(known.precision, limit))
        self.last = now
        return ab

    def _solved(
        self, canvas: Canvas, motion: Motion | None, opinions: tuple[GaussianBelief, ...]
    ) -> Float[Tensor, "1 2 h w"]:
        if not isinstance(canvas.field, FollowingField):
            return canvas.solve(*opinions)
        belief = canvas.belief
        for opinion in opinions:
            belief = join(belief, opinion)
        past = None
        if motion is not None and self.labels is not None:
            a, b = (motion.bring(q) for q in self.labels)
            past = Past(a, b, motion.trust_on((a.shape[2], a.shape[3])).to(a))
        solution, self.labels = canvas.field.follow(canvas.prepared, belief, past)
        return solution.unwrap()

    def _motion(self, now: NDArray[np.uint8], own: GaussianBelief) -> Motion | None:
        """From the frame before; None at a shot's start."""
        if self.last is None or self.belief is None or self.last.shape != now.shape:
            return None
        return find_motion(self.last, now) if self.belief.mean.shape == own.mean.shape else None

    def _brought(self, motion: Motion, own: GaussianBelief) -> GaussianBelief | None:
        """What the frames before say of this one."""
        if self.belief is None:
            return None
        grid = (own.mean.shape[2], own.mean.shape[3])
        planes = motion.bring(torch.cat([self.belief.mean, self.belief.precision], dim=1))
        trust = motion.trust_on(grid).to(planes)
        return GaussianBelief(planes[:, :2], planes[:, 2:] * trust)

    def save(self, path: Path) -> None:
        """What the next frame of the shot needs, for another run to go on."""
        state: dict[str, Tensor] = {}
        if self.last is not None and self.belief is not None:
            state = {"last": torch.from_numpy(self.last)}
            state |= {"mean": self.belief.mean, "precision": self.belief.precision}
        if self.labels is not None:
            state |= dict(zip("ab", self.labels, strict=True))
        torch.save(state, path)

    def load(self, path: Path) -> None:
        """Go on from what `save` wrote."""
        self.cut()
        state: dict[str, Tensor] = torch.load(path, weights_only=True)
        if "last" in state:
            self.last = state["last"].numpy()
            self.belief = GaussianBelief(state["mean"], state["precision"])
        if "a" in state:
            self.labels = state["a"], state["b"]
