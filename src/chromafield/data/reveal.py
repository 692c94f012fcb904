"""Points that a person might give, simulated: patches of a picture's own colours.

Each patch is told its mean true colour. Two laws of place: `normal` (around the middle, a quarter
of the side wide) and `uniform`.

References:
    Zhang et al., Real-time user-guided image colorization, 2017, for the protocol.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from ..beliefs import GaussianBelief
from ..errors import BadValue
from ..resize import resize
from .repaint import Place

SIDE = 7  # pixels of a patch
LAWS = ("normal", "uniform")


@dataclass(frozen=True, slots=True)
class Revealed:
    """True colours at some of a picture's pixels."""

    ab: Float[Tensor, "1 2 H W"]  # 0 where nothing is known
    known: Float[Tensor, "1 1 H W"]  # 1 where something is


def reveal(
    ab: Float[Tensor, "1 2 H W"],
    count: int,
    law: str,
    random: np.random.Generator,
    side: tuple[int, int] = (SIDE, SIDE),
) -> Revealed:
    """`count` patches of the picture, each as its mean colour; of two on a place the later shows.

    Args:
        side: pixels of a patch, from and to.

    Raises:
        BadValue: no such law.
    """
    check_law(law)
    height, width = ab.shape[2:]
    told, known = torch.zeros_like(ab), torch.zeros_like(ab[:, :1])
    for _ in range(count):
        patch_side = side[0] if side[0] == side[1] else int(random.integers(side[0], side[1] + 1))
        rows, columns = (_span(whole, patch_side, law, random) for whole in (height, width))
        patch = ab[:, :, rows, columns]
        told[:, :, rows, columns] = patch.mean((2, 3), keepdim=True)
        known[:, :, rows, columns] = 1.0
    return Revealed(told, known)


def check_law(law: str) -> None:
    """Raises: BadValue: no such law."""
    if law not in LAWS:
        raise BadValue(f"Patches are placed by the law {' or '.join(LAWS)}, not {law!r}.")


def reveal_at(shown: Revealed, ab: Float[Tensor, "1 2 H W"], *places: Place) -> None:
    """One hint more: of the first place's colour, 3 x 3 pixels at each where there is room."""
    row, column = places[0]
    color = ab[:, :, row, column, None, None]
    for place in places:
        rows, columns = (slice(max(i - 1, 0), i + 2) for i in place)
        shown.ab[:, :, rows, columns] = color
        shown.known[:, :, rows, columns] = 1.0


def told_on(shown: Revealed, grid: tuple[int, int]) -> GaussianBelief:
    """What is revealed, on a grid: each cell by its share, as precision, and its mean colour."""
    share, total = resize(shown.known, grid), resize(shown.ab, grid)
    return GaussianBelief(total / share.clamp_min(1e-6), share)


def _span(whole: int, side: int, law: str, random: np.random.Generator) -> slice:
    """The patch's place along one side; it lies in the picture whole where there is room."""
    most = max(whole - side, 0)
    if law == "uniform":
        start = int(random.integers(0, most + 1))
    else:
        middle = random.normal(whole / 2, whole / 4)
        start = int(np.clip(round(middle - side / 2), 0, most))
    return slice(start, min(start + side, whole))
