"""What changes over a run: the learning rate, the crops' size, the weights' average."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import nn


@dataclass(frozen=True)
class Budget:
    """How long a run lasts: by steps, by minutes, or by whichever ends first."""

    steps: int | None = None
    minutes: float | None = None

    def progress(self, step: int, seconds: float) -> float:
        """The share of the run that is done, 0 to 1."""
        shares = [0.0]
        if self.steps is not None:
            shares.append(step / max(self.steps, 1))
        if self.minutes is not None:
            shares.append(seconds / 60 / max(self.minutes, 1e-9))
        return min(max(shares), 1.0)


def warmup_cosine(step: int, progress: float, warmup: int, floor: float = 0.01) -> float:
    """A factor on the learning rate: linear rise over `warmup` steps, half a cosine to `floor`."""
    rise = min((step + 1) / max(warmup, 1), 1.0)
    return rise * (floor + (1 - floor) * 0.5 * (1 + math.cos(math.pi * progress)))


def crop_side(sides: Sequence[int], progress: float) -> int:
    """The crops' side now: each of `sides` has an equal share of the run."""
    return sides[min(int(progress * len(sides)), len(sides) - 1)]


@torch.no_grad()
def update_average(average: nn.Module, model: nn.Module, step: int, decay: float) -> None:
    """Exponential moving average of all weights; young averages forget faster."""
    keep = min(decay, (1 + step) / (10 + step))
    now = model.state_dict()
    for name, value in average.state_dict().items():
        if value.is_floating_point():
            value.lerp_(now[name], 1 - keep)
        else:
            value.copy_(now[name])
