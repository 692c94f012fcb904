"""The mean chroma of a shot, found once from frames all over it, and held.

What a network makes of a scene may swell while something passes, several times over, and so slowly
that no frame differs much from the last. While a film is looked through, some frames of each shot
are coloured alone; the median of their mean chroma is the shot's. A frame of the shot is then drawn
near it: of its distance, on a scale of ratios, as much is left as `near` leaves.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

from jaxtyping import Float
from torch import Tensor

MEASURED = tuple(2**n - 4 for n in range(3, 24))  # a shot's frames that are coloured alone
NEAR = 1.05  # times more or less than the shot's chroma that a frame comes to have at most
GAINS = (0.3, 1.6)  # least and most that chroma is scaled by
SLOW = 0.3  # of the last frame's gain that stays
LITTLE = 0.5  # CIELAB units of mean chroma: of less there is nothing to hold


def is_measured(number: int) -> bool:
    """Whether a shot's frame of this number is colorized alone to measure the shot's chroma."""
    return number in MEASURED


def mean_chroma(ab: Float[Tensor, "1 2 h w"]) -> float:
    """In CIELAB units."""
    return float(ab.square().sum(1).sqrt().mean())


def shot_chroma(measured: Sequence[tuple[int, float]], shot: range) -> float | None:
    """A shot's chroma by those of its frames; None where none was coloured."""
    own = [chroma for number, chroma in measured if number in shot]
    return median(own) if own else None


@dataclass
class Evenness:
    """The gains of a shot's frames, one after the other."""

    target: float | None = None  # the shot's mean chroma
    gain: float | None = field(default=None)  # of the last frame

    def gain_for(self, ab: Float[Tensor, "1 2 h w"]) -> float:
        """What the next frame's colours are scaled by."""
        own = mean_chroma(ab)
        if self.target is None or min(own, self.target) < LITTLE:
            return 1.0 if self.gain is None else self.gain
        away = math.log(own / self.target)
        limit = math.log(NEAR)
        wanted = math.exp(limit * math.tanh(away / limit) - away)
        wanted = min(max(wanted, GAINS[0]), GAINS[1])
        last = wanted if self.gain is None else self.gain
        self.gain = math.exp(SLOW * math.log(last) + (1 - SLOW) * math.log(wanted))
        return self.gain
