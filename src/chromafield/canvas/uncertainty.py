"""The belief's distribution: leading colours at a position, and the network's uncertainty."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from ..beliefs import LabelBelief, as_labels, grid_of
from ..color import lab_to_shown
from ..color.palette import gamut_cells
from ..errors import BadValue
from ..resize import resize
from .canvas import Canvas


@dataclass(frozen=True, slots=True)
class Guess:
    """One of the colours that a pixel may have."""

    a: float  # CIELAB units, the cell's centre
    b: float
    probability: float
    rgb: tuple[int, int, int]  # at the pixel's own lightness, fitted to the gamut


def leading_colours(canvas: Canvas, x: int, y: int, most: int = 5) -> list[Guess]:
    """The most probable colours of the picture's pixel (x, y), counted from the upper left.

    Raises:
        BadValue: the pixel lies outside the picture, or fewer than one colour is asked for.
    """
    height, width = canvas.lightness.shape[2:]
    if not (0 <= x < width and 0 <= y < height):
        raise BadValue(
            f"The place {x},{y} lies outside the picture, which is {width} x {height} pixels: "
            f"0,0 to {width - 1},{height - 1}."
        )
    if most < 1:
        raise BadValue(f"The number of colours is {most}; it must be at least 1.")
    labels = _labels(canvas)
    h, w = grid_of(labels)
    row, column = (2 * y + 1) * h // (2 * height), (2 * x + 1) * w // (2 * width)
    p = labels.probability()[0, :, row, column]
    guesses = []
    for k in p.argsort(descending=True)[:most].tolist():
        a, b = labels.palette[k].tolist()
        rgb = _rgb(float(canvas.lightness[0, 0, y, x]), a, b)
        guesses.append(Guess(a, b, float(p[k]), rgb))
    return guesses


def entropy(canvas: Canvas) -> Float[Tensor, "h w"]:
    """The entropy of the belief in bits, on its grid; at most log2 of the number of cells."""
    p = _labels(canvas).probability()[0]
    return -(p * p.clamp_min(1e-30).log2()).sum(0)


def uncertainty(canvas: Canvas) -> Float[Tensor, "h w"]:
    """The entropy as a share of its maximum, 0 to 1."""
    return entropy(canvas) / math.log2(len(gamut_cells()))


def entropy_map(canvas: Canvas) -> NDArray[np.uint8]:
    """The entropy as sRGB (H, W, 3) of the picture's size: dark is low, yellow is high."""
    share = uncertainty(canvas)
    height, width = canvas.lightness.shape[2:]
    whole = resize(share[None, None], (height, width))[0, 0]
    levels = (whole.clamp(0, 1) * 255).round().to(torch.uint8).cpu().numpy()
    return np.ascontiguousarray(cv2.applyColorMap(levels, cv2.COLORMAP_VIRIDIS)[..., ::-1])


def swatches(guesses: Sequence[Guess]) -> list[str]:
    """The guesses as hex colours."""
    return ["#{:02x}{:02x}{:02x}".format(*guess.rgb) for guess in guesses]


def _labels(canvas: Canvas) -> LabelBelief:
    return as_labels(canvas.belief, gamut_cells().to(canvas.lightness))


def _rgb(lightness: float, a: float, b: float) -> tuple[int, int, int]:
    lab = torch.tensor([lightness, a, b], dtype=torch.float64).view(3, 1, 1)
    r, g, blue = (lab_to_shown(lab) * 255).round().flatten().int().tolist()
    return r, g, blue
