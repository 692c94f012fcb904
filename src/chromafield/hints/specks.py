"""Clicks on things of a few pixels, which are smaller than a cell of the grid that fields work on.

Such a thing stands out from an even ground around it. The grid shows the ground alone, so a click
on the thing would colour the ground; here it colours the pixels that stand out, and nothing else.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from ..canvas.given import GivenColors
from .document import Hints, Mark

AROUND = 2.0  # cells: half the side of the ground that is looked at
EVEN = 4.0  # L units: the largest deviation of a ground that is even
STANDS_OUT = 8.0  # L units of the thing from its ground, at least
DEVIATIONS = 3.0  # of the ground, at least


def separate_specks(
    hints: Hints,
    given: GivenColors,
    lightness: Float[Tensor, "1 1 H W"],
    grid: tuple[int, int],
) -> tuple[Hints, GivenColors]:
    """Give clicks on specks a reach of 0, and their colour to all pixels of the speck.

    Without any, the hints and the given colours themselves.
    """
    marks, ab, known = list(hints.marks), given.ab, given.known
    for i, mark in enumerate(marks):
        if mark.kind != "at" or mark.sample or mark.reach == 0:
            continue
        if (found := _speck(mark, lightness, grid)) is None:
            continue
        box, inside = found
        row, column = _place(mark, lightness)
        if known is given.known:
            ab, known = ab.clone(), known.clone()
        ab[:, *box][:, inside & ~known[box]] = given.ab[:, row, column, None]
        known[box] |= inside
        marks[i] = replace(mark, reach=0.0)
    if known is given.known:
        return hints, given
    return replace(hints, marks=tuple(marks)), replace(given, ab=ab, known=known)


def _place(mark: Mark, lightness: Float[Tensor, "1 1 H W"]) -> tuple[int, int]:
    (x, y), (height, width) = mark.positions[0], lightness.shape[2:]
    return min(int(y * height), height - 1), min(int(x * width), width - 1)


def _speck(
    mark: Mark, lightness: Float[Tensor, "1 1 H W"], grid: tuple[int, int]
) -> tuple[tuple[slice, slice], Tensor] | None:
    """A box around the mark and the speck's pixels in it; None where there is none."""
    height, width = lightness.shape[2:]
    cell = max(height / grid[0], width / grid[1])
    radius = max(mark.radius * max(height, width), 0.5)
    if radius > cell:
        return None
    row, column = _place(mark, lightness)
    reach = int(np.ceil(AROUND * cell))
    rows = slice(max(row - reach, 0), row + reach + 1)
    columns = slice(max(column - reach, 0), column + reach + 1)
    seen: NDArray[np.float32] = lightness[0, 0, rows, columns].cpu().numpy()
    at = (row - rows.start, column - columns.start)
    step = np.abs(seen - seen[at])
    least = STANDS_OUT / 2
    _, numbers = cv2.connectedComponents((step < least).astype(np.uint8), connectivity=8)
    inside = numbers == numbers[at]
    ground = seen[~cv2.dilate(inside.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)]
    if inside.sum() > cell**2 or not ground.size or ground.std() > EVEN:
        return None
    out = abs(float(seen[inside].mean() - np.median(ground)))
    if out < max(STANDS_OUT, DEVIATIONS * float(ground.std())):
        return None
    return (rows, columns), torch.from_numpy(inside)
