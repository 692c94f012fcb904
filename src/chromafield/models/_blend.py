"""Several networks as one: their beliefs averaged, since their errors differ."""

from __future__ import annotations

from collections.abc import Sequence

from jaxtyping import Float
from torch import Tensor, nn

from ..beliefs import Belief, pool
from ..color.palette import gamut_cells
from ..resize import resize


class Blend(nn.Module):
    """Answers on the grid of its first member."""

    palette: Tensor

    def __init__(self, members: Sequence[nn.Module]) -> None:
        super().__init__()
        self.members = nn.ModuleList(members)
        self.register_buffer("palette", gamut_cells().clone())

    def forward(self, lightness: Float[Tensor, "b 1 h w"]) -> Belief:
        return pool([member(lightness) for member in self.members], self.palette, resize)
