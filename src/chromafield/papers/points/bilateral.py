"""The fast bilateral solver: given colours spread over a grid of place and lightness.

    lambda / 2 sum_ij W_ij |y_i - y_j|^2 + sum_p c_p |x_p - t_p|^2,   x = S' y

over cells i, j and pixels p. S adds pixels up in the cells of a grid over rows, columns and
lightness; W = D_n B D_n is the blur B of neighbouring cells, made doubly stochastic towards the
cells' masses by D_n. A = lambda (D_m - W) + diag(S c), and A y = S (c t); a pixel has its cell's
colour.

Cells that nothing known reaches would be free: a millionth of their mass pulls to the mean of what
is known.

References:
    Barron and Poole, The fast bilateral solver, 2016; the constants are those of the released code.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import cg
from torch import Tensor

from ...errors import SolveError

PLACE = 8.0  # pixels of a cell's side
LIGHT = 4 / 2.55  # L units of a cell: four levels of 255
SMOOTH = 128.0  # lambda
ROUNDS = 10  # of making the blur doubly stochastic
FREE = 1e-6  # of a cell's mass: the pull to the mean
TOLERANCE, STEPS = 1e-6, 2000  # of the conjugate gradients


@dataclass(frozen=True)
class Grid:
    """A picture's cells."""

    cell: NDArray[np.int64]  # of each pixel, row after row
    mass: NDArray[np.float64]  # pixels in each
    weight: sparse.csr_matrix  # W


def make_grid(lightness: Float[Tensor, "1 1 h w"]) -> Grid:
    """The cells of a picture and how much neighbours share."""
    light = lightness[0, 0].double().cpu().numpy()
    h, w = light.shape
    y, x = np.mgrid[:h, :w]
    place = np.stack([y.ravel() / PLACE, x.ravel() / PLACE, light.ravel() / LIGHT])
    corner = np.rint(place).astype(np.int64)
    cells, cell = np.unique(corner, axis=1, return_inverse=True)
    cell = cell.ravel()
    mass = np.bincount(cell, minlength=cells.shape[1]).astype(float)
    blur = _blur(cells)
    scale = np.ones_like(mass)
    for _ in range(ROUNDS):
        scale = np.sqrt(scale * mass / (blur @ scale))
    spread = sparse.diags(scale) @ blur @ sparse.diags(scale)
    return Grid(cell, scale * (blur @ scale), spread.tocsr())


def _blur(cells: NDArray[np.int64]) -> sparse.csr_matrix:
    """B: twice a cell itself and once its two neighbours, summed over the dimensions."""
    dimensions, count = cells.shape
    number = {tuple(one): i for i, one in enumerate(cells.T)}
    rows, columns = [], []
    for dimension in range(dimensions):
        beyond = cells.copy()
        beyond[dimension] += 1
        for i, one in enumerate(beyond.T):
            if (j := number.get(tuple(one))) is not None:
                rows += [i, j]
                columns += [j, i]
    entries = (np.ones(len(rows)), (rows, columns))
    there = sparse.csr_matrix(entries, shape=(count, count))
    return there + 2 * dimensions * sparse.identity(count, format="csr")


def spread_bilateral(
    grid: Grid, ab: Float[Tensor, "1 2 h w"], known: Float[Tensor, "1 1 h w"]
) -> Float[Tensor, "1 2 h w"]:
    """Colours everywhere from those that are known.

    Args:
        known: how sure each pixel's colour is, from 0 to 1.

    Raises:
        SolveError: nothing is known, or the solver did not converge.
    """
    sure = known[0, 0].double().cpu().numpy().ravel()
    if not (sure > 0).any():
        raise SolveError("Nothing is known of the picture's colours. Reveal at least one.")
    target = ab[0].double().cpu().numpy().reshape(2, -1)
    count = len(grid.mass)
    pull = np.bincount(grid.cell, sure, count) + FREE * grid.mass
    system = SMOOTH * (sparse.diags(grid.mass) - grid.weight) + sparse.diags(pull)
    scale = sparse.diags(1 / np.maximum(system.diagonal(), 1e-5))
    planes = []
    for values in target:
        mean = float((sure * values).sum() / sure.sum())
        right = np.bincount(grid.cell, sure * values, count) + FREE * grid.mass * mean
        found, missing = cg(
            system, right, x0=np.full(count, mean), rtol=TOLERANCE, maxiter=STEPS, M=scale
        )
        if missing:
            raise SolveError(f"The bilateral solver did not converge in {STEPS} steps.")
        planes.append(found[grid.cell].reshape(ab.shape[2:]))
    return torch.from_numpy(np.stack(planes))[None].to(ab)
