"""Whether a method speaks every hue: of the pixels of each true hue, the share that keeps it.

A pixel has a hue where its chroma is above 15 in the truth; a result keeps it where its own chroma
is above 5 and its hue lies in the same sector. Sectors are of the angle of CIELAB's (a, b): sRGB's
red lies at 40 degrees, yellow at 100, green at 136, blue at 306, skin between 45 and 70.
"""

from __future__ import annotations

import torch
from jaxtyping import Float, Int
from torch import Tensor

TRUE_CHROMA = 15.0  # ab units
KEPT_CHROMA = 5.0  # ab units
# Where each sector begins, in degrees; it ends where the next begins, the last at the first.
SECTORS = {
    "red": 10.0,
    "orange": 45.0,
    "yellow": 80.0,
    "green": 110.0,
    "teal": 165.0,
    "blue": 225.0,
    "pink": 300.0,
}


def sector_of(ab: Float[Tensor, 2 * n]) -> Int[Tensor, " *n"]:
    """The number of each colour's sector, in the order of `SECTORS`."""
    begin = torch.tensor(list(SECTORS.values()), dtype=ab.dtype)
    degrees = torch.rad2deg(torch.atan2(ab[1], ab[0])) % 360
    return (torch.bucketize(degrees, begin, right=True) - 1) % len(SECTORS)


def hues_kept(
    true: Float[Tensor, "2 h w"], guess: Float[Tensor, "2 h w"]
) -> tuple[Int[Tensor, " 7"], Int[Tensor, " 7"]]:
    """Pixels of each true hue, and those of them that keep it."""
    of_truth = sector_of(true)
    counted = torch.hypot(*true) > TRUE_CHROMA
    kept = counted & (torch.hypot(*guess) > KEPT_CHROMA) & (sector_of(guess) == of_truth)
    n = len(SECTORS)
    return (
        torch.bincount(of_truth[counted], minlength=n),
        torch.bincount(of_truth[kept], minlength=n),
    )
