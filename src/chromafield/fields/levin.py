"""levin: strokes spread to neighbours of similar lightness, on the picture's own grid.

    (1 + beta_i) x_i = sum over the 8 neighbours j of w_ij x_j + beta_i m_i,   beta_i = tau^2 p_i
    w_ij ~ exp(-(L_i - L_j)^2 / s_i),   sum_j w_ij = 1

Each pixel is the average of its neighbours, weighted by similarity; s_i is the variance of
lightness around it. Pixels with a given colour are pulled to it; strong beliefs fix them, as in the
paper. Elsewhere the solution lies between the colours around it.

References:
    Levin, Lischinski and Weiss, Colorization using optimization, 2004; the constants are those of
    the released code.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import splu
from torch import Tensor

from ..beliefs import Belief, as_gaussian, checked
from ..errors import BadValue, SolveError
from ._checks import check_guide
from ._equal_mean import EqualMean, with_equal_means
from ._result import Result, Solution

SCALE = 100.0  # L units: the paper's lightness goes to 1
NARROW = 0.6  # of the variance around a pixel
FAINTEST = 0.01  # what the most alike neighbour keeps, before weights are normalised
SMALLEST = 2e-6  # of s
TOLERANCE = 1e-6  # of the residual, relative to the right-hand side
STEPS = [(dy, dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1) if (dy, dx) != (0, 0)]


@dataclass(frozen=True)
class Config:
    tau: float = 100.0  # ab units: how strongly a belief pulls, beta = tau^2 p
    grid: int | str = 1_000_000  # the picture's own up to a megapixel

    def __post_init__(self) -> None:
        if self.tau <= 0:
            raise BadValue(f"tau is {self.tau}; it must be above 0.")


@dataclass(frozen=True, slots=True)
class Solved:
    x: Float[Tensor, "2 h w"]
    residual: float


class Levin:
    refines_hints = True  # where hints are given it has the last word

    def __init__(self, config: Config) -> None:
        self.config = config

    def prepare(self, guide: Float[Tensor, "b c h w"]) -> list[sparse.csr_matrix]:
        """Each picture's weights; of a guide of several channels, distances are Euclidean."""
        check_guide(guide)
        return [_weights(one.detach().cpu().double().numpy() / SCALE) for one in guide]

    def infer(
        self,
        prepared: list[sparse.csr_matrix],
        belief: Belief,
        equal_means: Sequence[EqualMean] = (),
    ) -> Solution:
        """See `Refiner`.

        Returns:
            `residual` is |b - A x| / |b| of the rows over their diagonals, before equal means.

        Raises:
            SolveError: a picture of which the belief says nothing, or too little to solve for.
            BadValue: a tie's region is empty or of another size.
        """
        unary = as_gaussian(checked(belief))
        solved = [
            self._solve(weights, unary.mean[i], unary.precision[i, 0], equal_means)
            for i, weights in enumerate(prepared)
        ]
        residual = max(one.residual for one in solved)
        result = Result.CONVERGED if residual <= TOLERANCE else Result.INACCURATE
        return Solution(
            torch.stack([one.x for one in solved]).to(unary.mean), result, residual=residual
        )

    def _solve(
        self,
        weights: sparse.csr_matrix,
        mean: Float[Tensor, "2 h w"],
        precision: Float[Tensor, "h w"],
        equal_means: Sequence[EqualMean],
    ) -> Solved:
        beta = self.config.tau**2 * precision.detach().cpu().double().numpy().ravel()
        if not (beta > 0).any():
            raise SolveError(
                "Nothing is known of the picture's colours, so every colour fits as well. Give the "
                "field a hint or a network's belief."
            )
        values = mean.detach().cpu().double().flatten(1).T.numpy()
        exact = np.isinf(beta)
        finite = np.where(exact, 0.0, beta)
        # Each row over its diagonal, so that strong beliefs do not drown the others; an exact
        # colour's row is left with its diagonal alone.
        scale = 1 / (1 + beta)
        system = sparse.diags(np.where(exact, 1.0, scale)) @ sparse.diags(1 + finite)
        system = (system - sparse.diags(scale) @ weights).tocsc()
        factor = _factorise(system)

        def solve(right: Float[Tensor, "p k"]) -> Float[Tensor, "p k"]:
            return torch.from_numpy(factor(scale[:, None] * right.numpy()))

        pull = np.where(exact[:, None], values, scale[:, None] * (finite[:, None] * values))
        free = factor(pull)
        missing = np.linalg.norm(pull - system @ free, axis=0)
        size = np.maximum(np.linalg.norm(pull, axis=0), np.finfo(np.float64).tiny)
        x = torch.from_numpy(free)
        if equal_means:
            x = with_equal_means(x, solve, equal_means, mean.shape[1:])
        return Solved(x.T.reshape(mean.shape), float((missing / size).max()))


def _factorise(system: sparse.csc_matrix) -> Callable[[Any], Any]:
    """A solver of A x = b.

    Raises:
        SolveError: A is singular in double precision.
    """
    # Its pattern is symmetric and its diagonal dominates, so no pivots are looked for.
    try:
        factor = splu(
            system,
            permc_spec="MMD_AT_PLUS_A",
            diag_pivot_thresh=0.0,
            options={"SymmetricMode": True},
        )
    except RuntimeError as error:  # SuperLU's word for it
        raise SolveError(
            "What is known of the picture's colours is too faint to solve for. Give higher "
            "precisions, or raise the field's tau."
        ) from error
    solve: Callable[[Any], Any] = factor.solve
    return solve


def _weights(guide: NDArray[np.float64]) -> sparse.csr_matrix:
    """W of a guide (c, h, w); each row sums to 1, but for a picture of one pixel."""
    _, h, w = guide.shape
    square = {step: _square(guide, step) for step in STEPS}
    stacked = np.stack(list(square.values()))  # infinite where there is no neighbour
    nearest = stacked.min(0)
    nearest = np.where(np.isfinite(nearest), nearest, 0.0)
    width = np.maximum(NARROW * _variance(guide), -nearest / math.log(FAINTEST))
    weight = np.exp(-stacked / np.maximum(width, SMALLEST))
    total = weight.sum(0)
    weight /= np.where(total > 0, total, 1.0)
    number = np.arange(h * w).reshape(h, w)
    rows, columns, values = [], [], []
    for (dy, dx), plane in zip(STEPS, weight, strict=True):
        here, there = _overlap(h, w, dy, dx)
        rows.append(number[here].ravel())
        columns.append(number[there].ravel())
        values.append(plane[here].ravel())
    entries = (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns)))
    return sparse.csr_matrix(entries, shape=(h * w, h * w))


def _square(guide: NDArray[np.float64], step: tuple[int, int]) -> NDArray[np.float64]:
    """The squared distance of each pixel to its neighbour a step away; infinite where none is."""
    _, h, w = guide.shape
    out = np.full((h, w), np.inf)
    here, there = _overlap(h, w, *step)
    out[here] = ((guide[:, *here] - guide[:, *there]) ** 2).sum(0)
    return out


def _variance(guide: NDArray[np.float64]) -> NDArray[np.float64]:
    """Over each pixel and its neighbours, summed over channels."""
    _, h, w = guide.shape
    first, second, count = np.zeros_like(guide), np.zeros_like(guide), np.zeros((h, w))
    for here, there in _windows(h, w):
        first[:, *here] += guide[:, *there]
        second[:, *here] += guide[:, *there] ** 2
        count[here] += 1
    spread: NDArray[np.float64] = (second / count - (first / count) ** 2).sum(0)
    return spread


def _windows(h: int, w: int) -> Iterator[tuple[tuple[slice, slice], tuple[slice, slice]]]:
    yield _overlap(h, w, 0, 0)
    for step in STEPS:
        yield _overlap(h, w, *step)


def _overlap(h: int, w: int, dy: int, dx: int) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    """The pixels that have a neighbour at this step, and those neighbours."""
    here = (slice(max(-dy, 0), h - max(dy, 0)), slice(max(-dx, 0), w - max(dx, 0)))
    there = (slice(max(dy, 0), h + min(dy, 0)), slice(max(dx, 0), w + min(dx, 0)))
    return here, there


# Clauses of the fields' contract that do not hold here, and why.
EXCEPTIONS = {"certain": "neighbours always pull a little, by 1 / (1 + beta)"}

build = Levin
