"""Colours that are given at some of a picture's pixels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float
from numpy.typing import NDArray
from torch import Tensor

from ..beliefs import GaussianBelief

PRECISION = 1.0  # of a cell that given colours cover whole, 1 / ab^2
MIN_COUNTED = 0.1  # of it: what they count in a cell that they hardly touch


@dataclass(frozen=True, slots=True)
class GivenColors:
    """One colour a pixel, where one is given."""

    ab: Float[Tensor, "2 H W"]  # CIELAB units, half precision; 0 where nothing is given
    known: Bool[Tensor, "H W"]
    numbers: NDArray[np.uint16] | None = None  # (H, W), of the mark on each pixel, from 1; 0: none
    many_colored: tuple[int, ...] = ()  # the numbers of marks that give several colours

    def belief(self, grid: tuple[int, int]) -> GaussianBelief:
        """On a field's grid: each cell by its covered share and mean colour."""
        height, width = self.known.shape
        pixels = torch.from_numpy(np.flatnonzero(self.known.numpy()))
        rows, columns = pixels // width, pixels % width
        cell = (rows * grid[0] // height) * grid[1] + columns * grid[1] // width
        count = torch.bincount(cell, minlength=grid[0] * grid[1]).float()
        own = self.ab.flatten(1)[:, pixels].float()
        total = torch.zeros(2, len(count)).index_add_(1, cell, own)
        area = height * width / (grid[0] * grid[1])
        share = torch.where(count > 0, (count / area).clamp(MIN_COUNTED, 1.0), 0.0)
        mean = total / count.clamp_min(1)
        return GaussianBelief(mean.view(1, 2, *grid), PRECISION * share.view(1, 1, *grid))
