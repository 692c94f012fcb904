"""Colours that are given at some of a picture's pixels, or nearly everywhere."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float
from numpy.typing import NDArray
from torch import Tensor

from ..beliefs import GaussianBelief
from ..resize import resize

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
        known = np.flatnonzero(self.known.numpy())
        pixels, cell = torch.from_numpy(known), torch.from_numpy(self.cells(known, grid))
        count = torch.bincount(cell, minlength=grid[0] * grid[1]).float()
        own = self.ab.flatten(1)[:, pixels].float()
        total = torch.zeros(2, len(count)).index_add_(1, cell, own)
        area = self.known.numel() / (grid[0] * grid[1])
        share = torch.where(count > 0, (count / area).clamp(MIN_COUNTED, 1.0), 0.0)
        mean = total / count.clamp_min(1)
        return GaussianBelief(mean.view(1, 2, *grid), PRECISION * share.view(1, 1, *grid))

    def cells(self, pixels: NDArray[np.int64], grid: tuple[int, int]) -> NDArray[np.int64]:
        """The cell of a grid that each of the pixels lies in; both are counted row by row."""
        height, width = self.known.shape
        rows, columns = pixels // width, pixels % width
        found: NDArray[np.int64] = (rows * grid[0] // height) * grid[1]
        return found + columns * grid[1] // width


@dataclass(frozen=True, slots=True)
class DenseColors:
    """Colours that are given nearly everywhere, on a grid no finer than the picture."""

    ab: Float[Tensor, "1 2 h w"]  # CIELAB units
    share: Float[Tensor, "1 1 h w"]  # 0 to 1: how far each counts beside what is found without it

    @property
    def taken(self) -> float:
        """The share of the picture that they are given for."""
        return float(self.share.mean())

    def belief(self, grid: tuple[int, int]) -> GaussianBelief:
        """On a field's grid: each cell by its covered share and mean colour."""
        both = resize(torch.cat([self.share * self.ab, self.share], dim=1), grid)
        return GaussianBelief(both[:, :2] / both[:, 2:].clamp_min(1e-6), PRECISION * both[:, 2:])

    def without(self, change: Float[Tensor, "1 1 i j"]) -> DenseColors:
        """The same, counting less where so large a share of the colours was changed since."""
        kept = 1 - resize(change.cpu(), (self.share.shape[2], self.share.shape[3]))
        return DenseColors(self.ab, self.share * kept)
