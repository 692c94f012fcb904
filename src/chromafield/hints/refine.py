"""The last word on hints, for a field that spreads colours at the picture's own size.

What the listening network and the fully connected field make of the hints is believed a little, and
the marks themselves strongly: the field moves colours along the picture's own edges, which the
small grid could not hold, and stays near what is believed where no mark is near.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeGuard

import torch
from jaxtyping import Float
from torch import Tensor

from ..beliefs import GaussianBelief
from ..canvas.upsample import lifted
from ..fields import Field, Finisher, Tie

# 1 / ab^2, on the grid of the colours so far; on a finer one as much less as it has more pixels. By
# Levin's tau colours then move over about five cells of that grid.
LOOSE = 4e-6


def finishes(field: Field) -> TypeGuard[Finisher]:
    """Whether the field asks for the last word, by its attribute of this name."""
    return bool(getattr(field, "finishes", False))


@torch.inference_mode()
def finish(
    field: Finisher,
    prepared: Any,
    ab: Float[Tensor, "1 2 h w"],
    lightness: Float[Tensor, "1 1 i j"],
    told: GaussianBelief,
    ties: Sequence[Tie] = (),
) -> Float[Tensor, "1 2 i j"]:
    """The field's colours on its own grid.

    Args:
        prepared: by the field, of this lightness.
        ab: the colours so far, on a smaller grid.
        lightness: [0, 100], on the field's grid.
        told: the marks' colours there.
        ties: pairs of regions of that grid that share one average colour.

    Raises:
        SolveError: the field did not converge.
    """
    precision = LOOSE * ab[0, 0].numel() / lightness.numel()
    loose = GaussianBelief(lifted(ab, lightness), torch.full_like(lightness, precision))
    return field.infer(prepared, loose * told, ties).unwrap()
