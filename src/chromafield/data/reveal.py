"""Points that a person might give, simulated: patches of a picture's own colours.

Each patch has its mean true colour. The positions have one of two distributions: `normal` (around
the middle, a quarter of the side wide) or `uniform`.

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
from .repaint import Position

SIDE = 7  # pixels of a patch
DISTRIBUTIONS = ("normal", "uniform")


@dataclass(frozen=True, slots=True)
class Revealed:
    """True colours at some of a picture's pixels."""

    ab: Float[Tensor, "1 2 H W"]  # 0 where nothing is known
    known: Float[Tensor, "1 1 H W"]  # 1 where something is


def reveal(
    ab: Float[Tensor, "1 2 H W"],
    count: int,
    distribution: str,
    random: np.random.Generator,
    side: tuple[int, int] = (SIDE, SIDE),
) -> Revealed:
    """`count` patches of the picture, each as its mean colour; where two overlap, the later counts.

    Args:
        side: pixels of a patch, from and to.

    Raises:
        BadValue: no such distribution.
    """
    check_distribution(distribution)
    height, width = ab.shape[2:]
    colors, known = torch.zeros_like(ab), torch.zeros_like(ab[:, :1])
    for _ in range(count):
        patch_side = side[0] if side[0] == side[1] else int(random.integers(side[0], side[1] + 1))
        rows, columns = (
            _span(whole, patch_side, distribution, random) for whole in (height, width)
        )
        patch = ab[:, :, rows, columns]
        colors[:, :, rows, columns] = patch.mean((2, 3), keepdim=True)
        known[:, :, rows, columns] = 1.0
    return Revealed(colors, known)


def check_distribution(distribution: str) -> None:
    """Raises: BadValue: no such distribution."""
    if distribution not in DISTRIBUTIONS:
        raise BadValue(
            f"The positions of patches are {' or '.join(DISTRIBUTIONS)}, not {distribution!r}."
        )


def reveal_at(shown: Revealed, ab: Float[Tensor, "1 2 H W"], *positions: Position) -> None:
    """Add a hint of the first position's colour: 3 x 3 pixels at each, less beyond the edge."""
    row, column = positions[0]
    color = ab[:, :, row, column, None, None]
    for position in positions:
        rows, columns = (slice(max(i - 1, 0), i + 2) for i in position)
        shown.ab[:, :, rows, columns] = color
        shown.known[:, :, rows, columns] = 1.0


def given_on(shown: Revealed, grid: tuple[int, int]) -> GaussianBelief:
    """What is revealed, on a grid: each cell by its share, as precision, and its mean colour."""
    share, total = resize(shown.known, grid), resize(shown.ab, grid)
    return GaussianBelief(total / share.clamp_min(1e-6), share)


def _span(whole: int, side: int, distribution: str, random: np.random.Generator) -> slice:
    """The patch's span along one side; all of it lies in the picture where it fits."""
    limit = max(whole - side, 0)
    if distribution == "uniform":
        start = int(random.integers(0, limit + 1))
    else:
        middle = random.normal(whole / 2, whole / 4)
        start = int(np.clip(round(middle - side / 2), 0, limit))
    return slice(start, min(start + side, whole))
