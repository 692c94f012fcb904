"""The 313 colour cells of Zhang, Isola and Efros, 2016.

A grid of 10 units of ab, ordered by a, then b: what sRGB can show, and a margin. The numbers are
those of the authors' file `pts_in_hull.npy`.
"""

from __future__ import annotations

import functools

import torch
from jaxtyping import Float
from torch import Tensor

STEP = 10  # ab units between centres
FIRST_A = -90
# For a = -90, -80, ..., 100: the least and the greatest b.
ROWS = (
    *((50, 90), (20, 90), (0, 90), (-20, 90), (-30, 100), (-40, 100), (-50, 100)),
    *((-50, 100), (-60, 100), (-70, 100), (-80, 90), (-80, 90), (-90, 90), (-100, 90)),
    *((-100, 80), (-110, 80), (-110, 80), (-110, 70), (-110, 70), (-90, 0)),
)


@functools.cache
def zhang_cells() -> Float[Tensor, "313 2"]:
    """The cells' centres, CIELAB ab."""
    return torch.tensor(
        [
            (float(FIRST_A + STEP * i), float(b))
            for i, (low, high) in enumerate(ROWS)
            for b in range(low, high + STEP, STEP)
        ],
        device="cpu",
    )
