"""Refine the colours of hints with a field that spreads colours at the picture's own size.

The field gets two beliefs: a weak one from the hint network and the fully connected field, and a
strong one from the marks. It moves colours along the picture's edges, which the small grid cannot
hold, and stays near the weak belief far from all marks.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeGuard

import torch
from jaxtyping import Float
from torch import Tensor

from ..beliefs import GaussianBelief
from ..canvas.upsample import upsampled
from ..fields import EqualMean, Field, Refiner

# Precision of the weak belief, 1 / ab^2, on the grid of the colours so far; a finer grid divides it
# by its number of pixels a cell. With Levin's tau colours then move over about five cells.
LOOSE = 4e-6


def refines_hints(field: Field) -> TypeGuard[Refiner]:
    """Whether the field refines hints at full size; see `Refiner`."""
    return isinstance(field, Refiner) and field.refines_hints


@torch.inference_mode()
def refine(
    field: Refiner,
    prepared: Any,
    ab: Float[Tensor, "1 2 h w"],
    lightness: Float[Tensor, "1 1 i j"],
    given: GaussianBelief,
    equal_means: Sequence[EqualMean] = (),
) -> Float[Tensor, "1 2 i j"]:
    """Refine the colours on the field's own grid.

    Args:
        prepared: what the field prepared for this lightness.
        ab: the colours so far, on a smaller grid.
        lightness: [0, 100], on the field's grid.
        given: the marks' colours on that grid.
        equal_means: pairs of regions of that grid that share one average colour.

    Raises:
        SolveError: the field did not converge.
    """
    precision = LOOSE * ab[0, 0].numel() / lightness.numel()
    loose = GaussianBelief(upsampled(ab, lightness), torch.full_like(lightness, precision))
    return field.infer(prepared, loose * given, equal_means).unwrap()
