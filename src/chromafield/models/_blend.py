"""Several networks as one: their beliefs averaged.

References:
    The pool is `beliefs.pool`; averaging two colorizers beats each alone in other tools' published
    comparisons, since their errors differ.
"""

from __future__ import annotations

from collections.abc import Sequence

from jaxtyping import Float
from torch import Tensor, nn

from ..beliefs import Belief, grid_of, on_grid, pool
from ..color.palette import gamut_cells
from ..image.resize import resize


class Blend(nn.Module):
    """Answers on the grid of its first member."""

    palette: Tensor

    def __init__(self, members: Sequence[nn.Module]) -> None:
        super().__init__()
        self.members = nn.ModuleList(members)
        self.register_buffer("palette", gamut_cells().clone())

    def forward(self, lightness: Float[Tensor, "b 1 h w"]) -> Belief:
        beliefs: list[Belief] = []
        for member in self.members:
            belief = member(lightness)
            grid = grid_of(beliefs[0] if beliefs else belief)
            beliefs.append(on_grid(belief, grid, resize))
        return pool(beliefs, self.palette)
