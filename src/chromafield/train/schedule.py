"""What changes over a run: the learning rate, the crops' size, the weights' average."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import nn


def rate_factor(
    step: int, progress: float, warmup: int, cool: float = 1.0, floor: float = 0.01
) -> float:
    """A factor on the learning rate: linear rise over `warmup` steps, half a cosine to `floor`.

    Args:
        cool: the last share of the run, 0 to 1, over which the cosine falls; before it the rate is
            constant, and with 0 to the end.
    """
    rise = min((step + 1) / max(warmup, 1), 1.0)
    fall = max(progress - (1 - cool), 0.0) / cool if cool else 0.0
    return rise * (floor + (1 - floor) * 0.5 * (1 + math.cos(math.pi * fall)))


def crop_side(sides: Sequence[int], progress: float) -> int:
    """The crops' side now: each of `sides` has an equal share of the run."""
    return sides[min(int(progress * len(sides)), len(sides) - 1)]


def average_keep(step: int, decay: float, ramp: float = 9.0, every: int = 1) -> float:
    """The share of itself that the weights' average keeps at an update after `step` steps.

    Args:
        decay: a step; the horizon of an old average is 1 / (1 - decay) steps.
        ramp: that of a younger one is at most the steps done over this.
        every: steps between updates.
    """
    updates = step // every
    return min(decay**every, (1 + updates) / (1 + ramp + updates))


@torch.no_grad()
def update_average(average: nn.Module, model: nn.Module, keep: float) -> None:
    """Exponential moving average of all weights: `keep` of itself, the rest the model's."""
    now = model.state_dict()
    for name, value in average.state_dict().items():
        if value.is_floating_point():
            value.lerp_(now[name], 1 - keep)
        else:
            value.copy_(now[name])
