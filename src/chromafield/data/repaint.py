"""An object in a picture painted in a colour that it never had, as people do with hints.

Points of true colours alone teach a network that a given colour is likely: given an unlikely one,
it would paint much of the picture. Here the pixels connected to a chosen one by similar colours get
another colour; everything else stays.
"""

from __future__ import annotations

import cv2
import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from ..color import fit_gamut

ALIKE = 7.0  # ab units within which colours are one object's
AREA = (0.01, 0.6)  # share of the picture that an object has
STEPS = (20.0, 80.0)  # ab units between the old colour and the new
TRIES = 4
STROKE = 0.5  # the longest, of the longer side

Position = tuple[int, int]  # row and column


def repaint(
    lab: Float[Tensor, "3 h w"], random: np.random.Generator
) -> tuple[Float[Tensor, "2 h w"], Position] | None:
    """The picture's ab with one object in a new colour, and a position on it; None without one."""
    height, width = lab.shape[1:]
    for _ in range(TRIES):
        row, column = int(random.integers(height)), int(random.integers(width))
        away = torch.linalg.vector_norm(lab[1:] - lab[1:, row, column, None, None], dim=0)
        alike = (away < ALIKE).numpy().astype(np.uint8)
        _, numbers = cv2.connectedComponents(alike, connectivity=4)
        thing = numbers == numbers[row, column]
        if not AREA[0] <= thing.mean() <= AREA[1]:
            continue
        share = torch.from_numpy(cv2.GaussianBlur(thing.astype(np.float32), (3, 3), 0))
        angle, step = random.uniform(0, 2 * np.pi), random.uniform(*STEPS)
        shift = torch.tensor([np.cos(angle), np.sin(angle)], dtype=lab.dtype) * step
        painted = lab.clone()
        painted[1:] += share * shift[:, None, None]
        return fit_gamut(painted)[1:], (row, column)
    return None


def along(
    ab: Float[Tensor, "2 h w"], position: Position, random: np.random.Generator
) -> list[Position]:
    """A stroke: places two pixels apart on a straight line, until the colour is another thing's."""
    height, width = ab.shape[1:]
    angle = random.uniform(0, 2 * np.pi)
    length = random.uniform(0, STROKE * max(height, width))
    positions = [position]
    for step in np.arange(2.0, length, 2.0):
        row = position[0] + round(float(step * np.sin(angle)))
        column = position[1] + round(float(step * np.cos(angle)))
        if not (0 <= row < height and 0 <= column < width):
            break
        if torch.linalg.vector_norm(ab[:, row, column] - ab[:, position[0], position[1]]) > ALIKE:
            break
        positions.append((row, column))
    return positions
