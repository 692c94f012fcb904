"""A constraint on a field's answer: two regions whose average colours go together."""

from __future__ import annotations

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from ..errors import BadValue


@dataclass(frozen=True, slots=True)
class Tie:
    """Two regions of the grid whose average colours differ by a fixed step; by none, usually."""

    one: Float[Tensor, "h w"]  # each pixel's share of the region, 0 to 1
    other: Float[Tensor, "h w"]
    step: tuple[float, float] = (0.0, 0.0)  # the first's ab less the other's

    def row(self, grid: tuple[int, ...]) -> Float[Tensor, " p"]:
        """c of the constraint c . x = step.

        Raises:
            BadValue: a region is empty or of another grid.
        """
        for region in (self.one, self.other):
            if tuple(region.shape) != tuple(grid) or not float(region.sum()) > 0:
                raise BadValue(
                    f"A tie's region covers none of the field's grid of {tuple(grid)}; its own is "
                    f"{tuple(region.shape)}. Draw it larger."
                )
        return (self.one / self.one.sum() - self.other / self.other.sum()).flatten()
