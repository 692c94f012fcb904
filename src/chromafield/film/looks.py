"""Which frames of a shot the network sees: those that motion cannot carry colours to.

    carried(n)   the motion from frame n to the last frame that it saw, frame by frame
    lost(n)      the share of places whose trust in carried(n) is below TRUSTED

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
    carried: Motion | None  # to the last that the network saw; None where it sees this one


@dataclass
class Looks:
    """A shot's frames, one after the other."""

    clock: Clock = field(default_factory=Clock)
    last: NDArray[np.uint8] | None = None  # the last frame, shrunk
    carried: Motion | None = None  # from it to the last that the network saw
    unseen: int = 0  # frames since then

    def next(self, luma: NDArray[np.uint8], carries: bool = False) -> Look:
        """Find the next frame's ways.

        Args:
            luma: its luma for finding motion, 8 bits.
            carries: whether it may be left unseen.
        """
        now, motion, carried = shrunk(luma), None, None
        if self.last is not None and self.last.shape == now.shape:
            with self.clock.runs("flow"):
                motion = find_motion(self.last, now)
                if carries and self.carried is not None and self.unseen < MOST:
                    carried = motion.after(self.carried)
        if carried is not None and (carried.trust < TRUSTED).mean() > LOST:
            carried = None
        self.unseen = 0 if carried is None else self.unseen + 1
        self.last, self.carried = now, carried or at_rest(now.shape)
        return Look(motion, carried)

    def see_next(self) -> None:
        """The network sees the next frame."""
        self.carried = None


def brought(belief: GaussianBelief, carried: Motion) -> GaussianBelief:
    """What was believed of another frame, as far as the motion to it is trusted."""
    both = carried.bring(torch.cat([belief.mean, belief.precision], dim=1))
    trust = carried.trust_on((both.shape[2], both.shape[3])).to(both)
    return GaussianBelief(both[:, :2], both[:, 2:] * trust)
