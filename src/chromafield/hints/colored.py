"""The whole picture as another program coloured it: a hint that the other marks lie over.

Its colours are the automatic ones of all that is done next. Where it is not trusted they come from
the fully connected field and the hint network, as for any given colours, so from the colours around
and from the network's own. At full size its own fine colours are laid over these.
"""

from __future__ import annotations

from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor

from ..canvas.given import DenseColors
from ..image import read_picture
from ..reference.colored import take_colors
from .document import Hints

CHANGED = 3.0  # ab units of change by other marks, from which on they alone count

Kept = dict[tuple[Path, int], DenseColors]  # by the picture and its time of change, nanoseconds


def dense_colors(
    hints: Hints, lightness: Float[Tensor, "1 1 H W"], kept: Kept
) -> DenseColors | None:
    """The colours of the coloured picture that the hints name; None where they name none.

    Args:
        kept: what was found for this lightness before; it is added to.

    Raises:
        PictureError: it cannot be read.
        BadValue: it cannot be used; see `take_colors`.
    """
    path = hints.colored
    if path is None:
        return None
    key = (path, path.stat().st_mtime_ns if path.exists() else 0)
    if key not in kept:
        kept[key] = take_colors(lightness, read_picture(path), f"The coloured picture {path}")
    return kept[key]


def left_of(
    dense: DenseColors, before: Float[Tensor, "1 2 h w"], after: Float[Tensor, "1 2 h w"]
) -> DenseColors:
    """The dense colours where other marks left them: they made colours `after` of `before`."""
    change = torch.linalg.vector_norm(after - before, dim=1, keepdim=True)
    return dense.without((change / CHANGED).clamp(0, 1))
