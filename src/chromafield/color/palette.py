"""The joint palette: cells of 10 x 10 units of ab that sRGB can show, and soft encoding on it.

The grid contains the first paper's 25 + 25 bin centres -120, -110, ..., 120, so a distribution over
the joint cells sums to one over each channel's bins exactly.

References:
    Zhang, Isola and Efros, Colorful Image Colorization, 2016 (soft encoding, rebalancing).
"""

from __future__ import annotations

import functools

import torch
from jaxtyping import Float, Int
from torch import Tensor

from .lab import rgb_to_lab

STEP = 10  # ab units a side of a cell
REACH = 12  # the grid's last index either way: centres -120 ... 120
SIDE = 2 * REACH + 1
SOFT_SIGMA = 5.0  # ab units: width of soft encoding


@functools.cache
def gamut_cells() -> Float[Tensor, "k 2"]:
    """Centres of the cells that some sRGB colour rounds to, ordered by a, then b.

    The faces of the colour cube are enough: a vertical line through any colour leaves the solid
    through a face at the same ab.
    """
    u, v = torch.meshgrid(torch.arange(256.0), torch.arange(256.0), indexing="ij")
    faces = []
    for axis in range(3):
        for level in (0.0, 255.0):
            face = [u, v]
            face.insert(axis, torch.full_like(u, level))
            faces.append(torch.stack(face))
    lab = rgb_to_lab(torch.stack(faces).double() / 255)
    i, j = (lab[:, 1:] / STEP).round().long().movedim(1, 0) + REACH
    grid = torch.zeros(SIDE, SIDE, dtype=torch.bool)
    grid[i, j] = True
    return (grid.nonzero() - REACH).float() * STEP


@functools.cache
def _nearest() -> Int[Tensor, " 625"]:
    """For each cell of the whole 25 x 25 grid, the index of the nearest gamut cell."""
    axis = torch.arange(-REACH, REACH + 1.0) * STEP
    grid = torch.cartesian_prod(axis, axis)
    return torch.cdist(grid, gamut_cells()).argmin(1)


def soft_encode(
    ab: Float[Tensor, "b 2 h w"],
) -> tuple[Int[Tensor, "b 9 h w"], Float[Tensor, "b 9 h w"]]:
    """A colour as weights over the nine cells around it.

    Returns:
        Indices into `gamut_cells()` and weights that sum to 1, Gaussian in the distance to the
        cell's centre. A neighbour outside the gamut lends its weight to the gamut cell next to it.
    """
    middle = (ab / STEP).round().clamp(1 - REACH, REACH - 1)
    step = torch.arange(-1, 2, device=ab.device)
    offset = torch.cartesian_prod(step, step)
    cells = middle[:, None] + offset[None, :, :, None, None]  # (b, 9, 2, h, w)
    square = ((cells * STEP - ab[:, None]) ** 2).sum(2)
    weight = torch.softmax(-square / (2 * SOFT_SIGMA**2), dim=1)
    return _index(cells[:, :, 0], cells[:, :, 1]), weight


def nearest_cells(ab: Float[Tensor, "2 n"]) -> Int[Tensor, " n"]:
    """The index into `gamut_cells()` of the cell each colour lies in; outside, of the nearest."""
    place = (ab / STEP).round().clamp(-REACH, REACH)
    return _index(place[0], place[1])


def _index(i: Float[Tensor, " *n"], j: Float[Tensor, " *n"]) -> Int[Tensor, " *n"]:
    """Of the gamut cell at the grid's place (i, j), both from -REACH to REACH, or next to it."""
    flat = ((i + REACH) * SIDE + j + REACH).long()
    cell: Tensor = _nearest().to(flat.device)[flat]
    return cell


def smooth_prior(counts: Float[Tensor, " k"]) -> Float[Tensor, " k"]:
    """Counts of each cell, smoothed by a Gaussian of sigma 5 units and normalised to sum 1."""
    distance = torch.cdist(gamut_cells(), gamut_cells())
    kernel = torch.exp(-(distance**2) / (2 * SOFT_SIGMA**2))
    smoothed = (kernel / kernel.sum(1, keepdim=True)).T @ counts.float()
    return smoothed / smoothed.sum()


def rebalance(prior: Float[Tensor, " k"], uniform: float) -> Float[Tensor, " k"]:
    """Weights 1 / ((1 - uniform) prior + uniform / k), for rare colours; mean 1 under the prior."""
    weight = 1 / ((1 - uniform) * prior + uniform / len(prior))
    return weight / (prior * weight).sum()
