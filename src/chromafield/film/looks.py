"""Which frames of a shot the network sees: those that motion cannot carry colours to.

    to_seen(n)   the motion from frame n to the last frame that it saw, frame by frame
    lost(n)      the share of places whose trust in to_seen(n) is below TRUSTED

It sees a frame of which more than LOST is lost, and one that is more than MOST frames after the
last that it saw. In the others its belief about that frame counts, brought along, by the trust. On
two clips of 250 and 120 frames it so saw 188 and 52; no figure of docs/film.md was worse.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray

from ..beliefs import GaussianBelief
from .clock import Clock
from .motion import Motion, at_rest, find_motion, shrunk

TRUSTED = 0.3  # trust from which on a place is not lost
LOST = 0.04  # share of a frame's places
MOST = 5  # frames in a row that it does not see


@dataclass(frozen=True, slots=True)
class Look:
    """The ways from a frame to those before."""

    motion: Motion | None  # to the frame before; None at a shot's start
    to_seen: Motion | None  # to the last that the network saw; None where it sees this one


@dataclass
class Looks:
    """A shot's frames, one after the other."""

    clock: Clock = field(default_factory=Clock)
    last: NDArray[np.uint8] | None = None  # the last frame, shrunk
    to_seen: Motion | None = None  # from it to the last that the network saw
    unseen: int = 0  # frames since then

    def next(self, luma: NDArray[np.uint8], carries: bool = False) -> Look:
        """Find the next frame's ways.

        Args:
            luma: its luma for finding motion, 8 bits.
            carries: whether it may be left unseen.
        """
        now, motion, to_seen = shrunk(luma), None, None
        if self.last is not None and self.last.shape == now.shape:
            with self.clock.runs("flow"):
                motion = find_motion(self.last, now)
                if carries and self.to_seen is not None and self.unseen < MOST:
                    to_seen = motion.after(self.to_seen)
        if to_seen is not None and (to_seen.trust < TRUSTED).mean() > LOST:
            to_seen = None
        self.unseen = 0 if to_seen is None else self.unseen + 1
        self.last, self.to_seen = now, to_seen or at_rest(now.shape)
        return Look(motion, to_seen)

    def see_next(self) -> None:
        """The network sees the next frame."""
        self.to_seen = None


def brought(belief: GaussianBelief, to_seen: Motion) -> GaussianBelief:
    """What was believed of another frame, as far as the motion to it is trusted."""
    both = to_seen.bring(torch.cat([belief.mean, belief.precision], dim=1))
    trust = to_seen.trust_on((both.shape[2], both.shape[3])).to(both)
    return GaussianBelief(both[:, :2], both[:, 2:] * trust)
