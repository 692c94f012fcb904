"""Guided upsampling: colours from a small grid to the full picture, along its lightness edges.

On each cell of the grid, ab is explained by lightness as well as a straight line can over the cells
around it: a slope, weighted by the squared correlation of lightness and colour. At full size, the
bilinear colour is corrected by the slope times the lightness detail that the grid cannot hold:

    ab(x) = up(ab)(x) + up(slope)(x) * (L(x) - up(L_grid)(x))
    slope = r^2 cov(L, ab) / (var(L) + e^2),   r = their correlation

Flat regions get exactly the bilinear colour; on an edge of lightness the colour turns with it.

References:
    He, Sun and Tang, Guided Image Filtering, 2013, for the local line; the correction keeps the
    grid's own averages, which their filter blurs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from ..color import lab_to_shown
from ..image import Levels, Picture
from ..image.strips import row_strips
from ..resize import enlarge, enlarge_rows, shrink
from .given import DenseColors, GivenColors

EDGE = 9.0  # e, L units: steps of lightness well below it move no colour
NOISE = 1.0  # L or ab units: variation below it says nothing about correlation
STRIP = 1 << 18  # pixels a strip


@dataclass(frozen=True, slots=True)
class Upsampled:
    """Colours ready to be read at full size, strip by strip."""

    planes: Float[Tensor, "1 5 h w"]  # ab, slope, grid lightness; enlarged in width only
    lightness: Float[Tensor, "1 1 H W"]

    def strips(self) -> Iterator[tuple[slice, Float[Tensor, "1 3 r W"]]]:
        """Rows of the picture with their Lab, from top to bottom."""
        height, width = self.lightness.shape[2:]
        for rows in row_strips(height, width, STRIP):
            yield rows, self._rows(rows.start, rows.stop)

    def _rows(self, start: int, stop: int) -> Float[Tensor, "1 3 r W"]:
        planes = enlarge_rows(self.planes, self.lightness.shape[2], start, stop)
        ab, slope, coarse = planes[:, :2], planes[:, 2:4], planes[:, 4:]
        lightness = self.lightness[:, :, start:stop]
        return torch.cat([lightness, ab + slope * (lightness - coarse)], dim=1)


def color_strips(
    ab: Float[Tensor, "1 2 h w"],
    lightness: Float[Tensor, "1 1 H W"],
    strength: float = 1.0,
    given: GivenColors | None = None,
    dense: DenseColors | None = None,
) -> Iterator[tuple[slice, Float[Tensor, "3 r W"]]]:
    """Rows of the picture in these colours, top to bottom: sRGB in [0, 1], fitted to the gamut.

    Args:
        strength: 0 leaves the picture grey, 1 is the full colouring.
        given: colours that a person gives; these pixels get them whatever the grid could hold.
        dense: colours given nearly everywhere; they count by their share, under `given`.
    """
    factor = torch.tensor([1.0, strength, strength], device=lightness.device)[:, None, None]
    over = None if dense is None else _dense_strips(dense, lightness)
    for rows, lab in upsample(ab, lightness).strips():
        if over is not None:
            colors, share = next(over)
            lab[:, 1:] = torch.lerp(lab[:, 1:], colors, share)
        if given is not None:
            known, colors = given.known[rows].to(lab.device), given.ab[:, rows].to(lab)
            lab[:, 1:] = torch.where(known, colors, lab[:, 1:])
        yield rows, lab_to_shown(lab * factor)[0]


def _dense_strips(
    dense: DenseColors, lightness: Float[Tensor, "1 1 H W"]
) -> Iterator[tuple[Float[Tensor, "1 2 r W"], Float[Tensor, "1 1 r W"]]]:
    """Rows of dense colours at full size, and their shares."""
    height, width = lightness.shape[2:]
    wide = enlarge(dense.share.to(lightness), (dense.share.shape[2], width))
    for rows, lab in upsample(dense.ab.to(lightness), lightness).strips():
        yield lab[:, 1:], enlarge_rows(wide, height, rows.start, rows.stop)


def render(
    ab: Float[Tensor, "1 2 h w"], lightness: Float[Tensor, "1 1 H W"], strength: float = 1.0
) -> Float[Tensor, "3 H W"]:
    """Render the whole picture in these colours; see `color_strips`."""
    return torch.cat([strip for _, strip in color_strips(ab, lightness, strength)], dim=1)


def upsampled(
    ab: Float[Tensor, "1 2 h w"], lightness: Float[Tensor, "1 1 H W"]
) -> Float[Tensor, "1 2 H W"]:
    """The colours of `upsample` at full size, as one tensor."""
    return torch.cat([lab[:, 1:] for _, lab in upsample(ab, lightness).strips()], dim=2)


def upsample(ab: Float[Tensor, "1 2 h w"], lightness: Float[Tensor, "1 1 H W"]) -> Upsampled:
    """Upsample ab from a grid no finer than the picture to the picture's size.

    Args:
        ab: CIELAB ab on the grid.
        lightness: the picture's own L in [0, 100].
    """
    planes = upsample_planes(ab, lightness)
    return Upsampled(enlarge(planes, (planes.shape[2], lightness.shape[3])), lightness)


def upsample_planes(
    ab: Float[Tensor, "1 2 h w"], lightness: Float[Tensor, "1 1 H W"]
) -> Float[Tensor, "1 5 i j"]:
    """The planes that `upsample` enlarges: ab, its slope along lightness, the grid's lightness."""
    height, width = lightness.shape[2:]
    grid = (min(ab.shape[2], height), min(ab.shape[3], width))
    ab, coarse = shrink(ab, grid), shrink(lightness, grid)
    return torch.cat([ab, _slope(ab, coarse), coarse], dim=1)


def _slope(
    ab: Float[Tensor, "1 2 h w"], lightness: Float[Tensor, "1 1 h w"]
) -> Float[Tensor, "1 2 h w"]:
    mean_l, mean_ab = _around(lightness), _around(ab)
    covariance = _around(lightness * ab) - mean_l * mean_ab
    var_l = (_around(lightness**2) - mean_l**2).clamp_min(0)
    var_ab = (_around(ab**2) - mean_ab**2).clamp_min(0)
    trust = covariance**2 / ((var_l + NOISE**2) * (var_ab + NOISE**2))
    return trust * covariance / (var_l + EDGE**2)


def _around(x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b c h w"]:
    """The average over the 3 x 3 cells around each."""
    return F.avg_pool2d(F.pad(x, (1, 1, 1, 1), mode="replicate"), 3, 1)


def levels_of(strips: Iterable[tuple[slice, Float[Tensor, "3 r W"]]], picture: Picture) -> Levels:
    """Rows of sRGB in [0, 1] as levels (h, w, 3) of the picture's own type."""
    out = np.empty((*picture.size, 3), picture.pixels.dtype)
    top = np.iinfo(out.dtype).max
    for rows, rgb in strips:
        out[rows] = (rgb * top).round().movedim(0, -1).cpu().numpy()
    return out
