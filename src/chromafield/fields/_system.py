"""The fully connected field's linear system for one picture and one belief: A x = b.

    A = (I - S)'(I - S) + diag(t)

by a Cholesky factor, by conjugate gradients that never store S, or by a low-rank S, which may also
only precondition the conjugate gradients. Each says its true residual, |b - A x| / |b|.

Where t is infinite, x is fixed: the row and the column of A are those of the identity, and what is
fixed moves to the right-hand side.
"""

from __future__ import annotations

import math
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
    matrix: Float[Tensor, "p p"]  # A
    factor: Float[Tensor, "p p"]  # lower triangular
    failed: bool  # the matrix is singular in its precision
    tolerance: float  # of the residual

    def solve(self, b: Float[Tensor, "p c"]) -> LinearSolution:
        x = torch.cholesky_solve(b, self.factor)
        error = relative(b - self.matrix @ x, b)
        near = error <= self.tolerance and not self.failed
        return LinearSolution(x, Result.CONVERGED if near else Result.INACCURATE, 0, error)

    def diagonal(self) -> Float[Tensor, " p"]:
        """Of A^-1."""
        return torch.cholesky_inverse(self.factor).diagonal()


@dataclass(frozen=True, slots=True)
class Iterative:
    apply: Apply
    precondition: Apply
    limits: Limits
    dtype: torch.dtype

    def solve(self, b: Float[Tensor, "p c"]) -> LinearSolution:
        return conjugate_gradients(self.apply, b.to(self.dtype), self.precondition, self.limits)


@dataclass(frozen=True, slots=True)
class Approximate:
    """The low-rank inverse, and what to do where it is too far off.

    A second solve, of the residual, tells how far: in units of x, and rather too much than too
    little. The residual alone does not tell it: with little known, one of 0.01 may be 100 units.
    """

    inverse: Woodbury
    apply: Apply  # A, with S as it is
    exact: Callable[[], Iterative]
    accuracy: float  # units of x, root mean square; infinite: it is not measured

    def solve(self, b: Float[Tensor, "p c"]) -> LinearSolution:
        b = b.to(self.inverse.diagonal)
        x = self.inverse.solve(b)
        if math.isinf(self.accuracy):
            return LinearSolution(x, residual=math.nan)
        missing = b - self.apply(x)
        off = self.inverse.solve(missing).square().mean().sqrt()
        if not float(off) <= self.accuracy:
            return self.exact().solve(b)
        return LinearSolution(x, residual=relative(missing, b))

    def diagonal(self) -> Float[Tensor, " p"]:
        """Of A^-1."""
        return self.inverse.diagonal_of_inverse()


System = Dense | Iterative | Approximate


def relative(missing: Float[Tensor, "p c"], b: Float[Tensor, "p c"]) -> float:
    """|b - A x| / |b|, the largest of all columns'."""
    size = b.norm(dim=0).clamp_min(torch.finfo(b.dtype).tiny)
    return float((missing.norm(dim=0) / size).max())


def dense_system(square: Float[Tensor, "p p"], own: Float[Tensor, " p"], tolerance: float) -> Dense:
    """From (I - S)'(I - S) and t."""
    fixed = own.isinf()
    if bool(fixed.any()):
        free = (~fixed).to(square)
        square = square * free * free[:, None] + torch.diag(fixed.to(square))
        own = torch.where(fixed, 0.0, own)
    matrix = square + torch.diag(own)
    factor, failed = torch.linalg.cholesky_ex(matrix)
    return Dense(matrix, factor, bool(failed), tolerance)


def iterative_system(
    affinity: Affinity | Stored, low: LowRank | None, own: Float[Tensor, " p"], limits: Limits
) -> Iterative:
    """Conjugate gradients, preconditioned by the low-rank inverse where there is one."""
    if low is not None:
        precondition = _fixing(invert(low, own).solve, own)
    else:
        precondition = _fixing(lambda r: r / (1 + own)[:, None], own)
    return Iterative(apply_system(affinity, own), precondition, limits, own.dtype)


def apply_system(affinity: Affinity | Stored, own: Float[Tensor, " p"]) -> Apply:
    """v to A v, two products with S."""

    free_own = torch.where(own.isinf(), 0.0, own)

    def apply(v: Float[Tensor, "p c"]) -> Float[Tensor, "p c"]:
        away = v - affinity.times(v)
        return away - affinity.transposed_times(away) + free_own[:, None] * v

    return _fixing(apply, own)


def _fixing(apply: Apply, own: Float[Tensor, " p"]) -> Apply:
    """The same where t is finite, and the identity where it is not."""
    fixed = own.isinf()[:, None]
    if not bool(fixed.any()):
        return apply

    def both(v: Float[Tensor, "p c"]) -> Float[Tensor, "p c"]:
        return torch.where(fixed, v, apply(torch.where(fixed, 0.0, v)))

    return both


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
