"""A blend of several networks: their beliefs averaged, since their errors differ."""

from __future__ import annotations

from collections.abc import Sequence

from jaxtyping import Float
from torch import Tensor, nn

from ..beliefs import Belief, average
from ..color.palette import gamut_cells
from ..resize import resize


class Blend(nn.Module):
    """The average belief of its members, on the grid of the first."""

    palette: Tensor

    def __init__(
        self, members: Sequence[nn.Module], weights: Sequence[float] | None = None
    ) -> None:
        super().__init__()
        self.members = nn.ModuleList(members)
        self.weights = tuple(weights or [1.0] * len(members))  # how much each counts
        self.register_buffer("palette", gamut_cells().clone())

    def forward(self, lightness: Float[Tensor, "b 1 h w"]) -> Belief:
        return self.average([member(lightness) for member in self.members])

    def average(self, beliefs: Sequence[Belief]) -> Belief:
        """Average one belief of each member."""
        return average(beliefs, self.palette, resize, self.weights)
