"""The equal-mean constraint on a field's solution: two regions share one average colour."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from ..errors import BadValue, SolveError

FAINTEST = 1e-4  # of the strongest: weaker combinations of constraints follow from the others


@dataclass(frozen=True, slots=True)
class EqualMean:
    """Two regions of the grid whose average colours differ by a fixed step, 0 by default."""

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
                    f"A region of a pair covers none of the field's grid of {tuple(grid)}; it is "
                    f"{tuple(region.shape)}. Draw it larger."
                )
        return (self.one / self.one.sum() - self.other / self.other.sum()).flatten()


def with_equal_means(
    free: Float[Tensor, "p c"],
    solve: Callable[[Float[Tensor, "p k"]], Float[Tensor, "p k"]],
    equal_means: Sequence[EqualMean],
    grid: tuple[int, ...],
) -> Float[Tensor, "p c"]:
    """Move a field's solution until all constraints hold, along A^-1 c: at the least energy.

    Pairs that follow from others - A with B, B with C, then A with C - add no constraint, so the
    constraints are reduced to independent ones.

    Args:
        free: the solution without constraints.
        solve: returns A^-1 of some columns.
        equal_means: the pairs of regions.
        grid: height and width of the field's grid.

    Raises:
        BadValue: a region is empty or of another grid.
        SolveError: both regions of a pair are given exactly.
    """
    rows = torch.stack([pair.row(grid) for pair in equal_means]).double().cpu()
    steps = torch.tensor([pair.step for pair in equal_means], dtype=torch.float64)
    strength, ways = torch.linalg.eigh(rows @ rows.T)
    kept = strength > FAINTEST**2 * strength.max().clamp_min(1e-300)
    scale = ways[:, kept] / strength[kept].sqrt()
    independent, steps = (scale.T @ rows).to(free), (scale.T @ steps).to(free)
    moved = solve(independent.T)
    far, failed = torch.linalg.solve_ex(independent @ moved, independent @ free - steps)
    if bool(failed):
        raise SolveError(
            "Two regions that should share one average colour are both given exactly, so neither "
            "can move. Leave some of their pixels free."
        )
    moved_free: Tensor = free - moved @ far
    return moved_free
