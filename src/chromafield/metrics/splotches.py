"""Splotches: colour steps between neighbours that the lightness does not explain.

    share of the 4-neighbour pairs with |dL| < 1 that have |d(a, b)| >= 5

on the grid that a field worked on, before its colours are upsampled to the picture's size. The
truth has some too, so the excess over the truth's, averaged to the same grid, is what counts.
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

FLAT = 1.0  # L units: pairs below are of one lightness
COLOR_STEP = 5.0  # ab units


def splotches(lightness: Float[Tensor, "1 h w"], ab: Float[Tensor, "2 h w"]) -> float:
    """The share, 0 to 1; 0 where no pair is of one lightness."""
    flat, steps = 0, 0
    for axis in (1, 2):
        level = lightness.diff(dim=axis)[0].abs() < FLAT
        jump = torch.hypot(*ab.diff(dim=axis)) >= COLOR_STEP
        flat += int(level.sum())
        steps += int((level & jump).sum())
    return steps / flat if flat else 0.0
