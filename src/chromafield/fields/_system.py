"""The fully connected field's linear system for one picture and one belief: A x = b.

    A = (I - S)'(I - S) + diag(t)

by a Cholesky factor, by conjugate gradients that never store S, or by a low-rank S, which may also
only precondition the conjugate gradients.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from ._affinity import Affinity, Stored
from ._low_rank import LowRank, Woodbury, invert
from ._result import Result

Apply = Callable[[Float[Tensor, "p c"]], Float[Tensor, "p c"]]


@dataclass(frozen=True, slots=True)
class Limits:
    """When conjugate gradients stop."""

    steps: int  # at most
    tolerance: float  # of the residual, relative to the right-hand side


@dataclass(frozen=True, slots=True)
class LinearSolution:
    x: Float[Tensor, "p c"]
    result: Result = Result.CONVERGED
    steps: int = 0
    residual: float = 0.0


@dataclass(frozen=True, slots=True)
class Dense:
    factor: Float[Tensor, "p p"]  # lower triangular
    failed: bool  # the matrix is singular in its precision

    def solve(self, b: Float[Tensor, "p c"]) -> LinearSolution:
        result = Result.NOT_FINITE if self.failed else Result.CONVERGED
        return LinearSolution(torch.cholesky_solve(b, self.factor), result)

    def diagonal(self) -> Float[Tensor, " p"]:
        """Of A^-1."""
        return torch.cholesky_inverse(self.factor).diagonal()


@dataclass(frozen=True, slots=True)
class Iterative:
    apply: Apply
    precondition: Apply
    limits: Limits

    def solve(self, b: Float[Tensor, "p c"]) -> LinearSolution:
        return conjugate_gradients(self.apply, b, self.precondition, self.limits)


@dataclass(frozen=True, slots=True)
class Approximate:
    inverse: Woodbury

    def solve(self, b: Float[Tensor, "p c"]) -> LinearSolution:
        return LinearSolution(self.inverse.solve(b))

    def diagonal(self) -> Float[Tensor, " p"]:
        """Of A^-1."""
        return self.inverse.diagonal_of_inverse()


System = Dense | Iterative | Approximate


def dense_system(square: Float[Tensor, "p p"], own: Float[Tensor, " p"]) -> Dense:
    """From (I - S)'(I - S) and t."""
    factor, failed = torch.linalg.cholesky_ex(square + torch.diag(own))
    return Dense(factor, bool(failed))


def iterative_system(
    affinity: Affinity | Stored, low: LowRank | None, own: Float[Tensor, " p"], limits: Limits
) -> Iterative:
    """Conjugate gradients, preconditioned by the low-rank inverse where there is one."""
    if low is not None:
        return Iterative(apply_system(affinity, own), invert(low, own).solve, limits)
    return Iterative(apply_system(affinity, own), lambda r: r / (1 + own)[:, None], limits)


def apply_system(affinity: Affinity | Stored, own: Float[Tensor, " p"]) -> Apply:
    """v to A v, two products with S."""

    def apply(v: Float[Tensor, "p c"]) -> Float[Tensor, "p c"]:
        away = v - affinity.times(v)
        return away - affinity.transposed_times(away) + own[:, None] * v

    return apply


def conjugate_gradients(
    system: Apply, right: Float[Tensor, "p c"], precondition: Apply, limits: Limits
) -> LinearSolution:
    """Solve for each column; the residual is the largest of them, relative.

    References:
        Hestenes and Stiefel, 1952.
    """
    size = right.norm(dim=0).clamp_min(torch.finfo(right.dtype).tiny)
    x = precondition(right)
    residual = right - system(x)
    direction = z = precondition(residual)
    worth = (residual * z).sum(0)
    for step in range(limits.steps):
        error = float((residual.norm(dim=0) / size).max())
        if not error < float("inf"):
            return LinearSolution(x, Result.NOT_FINITE, step, error)
        if error <= limits.tolerance:
            return LinearSolution(x, Result.CONVERGED, step, error)
        ahead = system(direction)
        length = worth / (direction * ahead).sum(0).clamp_min(torch.finfo(right.dtype).tiny)
        x = x + length * direction
        residual = residual - length * ahead
        z = precondition(residual)
        before, worth = worth, (residual * z).sum(0)
        direction = z + worth / before.clamp_min(torch.finfo(right.dtype).tiny) * direction
    error = float((residual.norm(dim=0) / size).max())
    ended = Result.CONVERGED if error <= limits.tolerance else Result.STEP_LIMIT
    return LinearSolution(x, ended, limits.steps, error)
