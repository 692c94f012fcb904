"""The four-neighbour grid: its edges, and how much each binds."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

FULL_LIGHTNESS = 100.0  # guides are in units of CIELAB L; edge weights in shares of its range


@dataclass(frozen=True, slots=True)
class Edges:
    """Weights in [0, 1] of the edges to the right and lower neighbour; 0 beyond the border."""

    right: Float[Tensor, "b h w"]
    down: Float[Tensor, "b h w"]


def lightness_edges(guide: Float[Tensor, "b c h w"], sigma: float) -> Edges:
    """w_ij = exp(-|g_i - g_j|^2 / sigma), g the guide over 100, summed over its channels."""
    unit = guide / FULL_LIGHTNESS

    def weight(step: Tensor) -> Tensor:
        return torch.exp(-(step**2).sum(1) / sigma)

    right, down = weight(unit.diff(dim=-1)), weight(unit.diff(dim=-2))
    return Edges(F.pad(right, (0, 1)), F.pad(down, (0, 0, 0, 1)))
