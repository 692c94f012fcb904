"""Parts of a picture that the network sees each at its own size: prints on a page, tiles.

A network sees about 160 x 160 pixels of whatever it is given, so of four prints on a page it sees
80 x 80 each. Here it is given each part turned upright, and what it believes is laid on one grid
over the whole picture, as fine as the finest part's. A long picture is cut into tiles that overlap;
where two do, one fades into the other.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from ..beliefs import Belief, grid_of, regrid, stacked
from ..image.pages import upright

LONG = 2.0  # longer side to shorter: beyond it a picture is cut into tiles
TILE = 1.5  # the same of a tile
OVERLAP = 0.3  # of a tile's length, at least
MOST_TILES = 12
SHORTEST = 32  # pixels: a thinner strip is seen as one
MOST_CELLS = 9.0  # times those of one part: the finest grid of a page

See = Callable[[Float[Tensor, "1 1 h w"]], Belief]  # what a network believes of a lightness


@dataclass(frozen=True)
class Patch:
    """A part of a picture, which may be turned."""

    corners: NDArray[np.float64]  # (4, 2): x, y in pixels, clockwise from the upper left
    fades: bool = False  # its start lies over the end of the tile before it

    @property
    def size(self) -> tuple[float, float]:
        """Height and width in pixels."""
        right, down = self.corners[1] - self.corners[0], self.corners[3] - self.corners[0]
        return float(np.hypot(*down)), float(np.hypot(*right))


def see_prints(
    lightness: Float[Tensor, "1 1 H W"], prints: Sequence[NDArray[np.float64]], see: See
) -> Belief:
    """What the network believes of a page when it is shown each print at its own size.

    Outside the prints the belief says nothing of use: the page keeps its colours there.

    Args:
        prints: corners (4, 2) in pixels of the page, at least one.
    """
    plane = lightness[0, 0].cpu().numpy()
    patches = [Patch(corners) for corners in prints]
    views = [torch.from_numpy(upright(plane, one.corners)).to(lightness) for one in patches]
    return _laid(lightness, patches, [see_tiles(view[None, None], see) for view in views])


def see_tiles(lightness: Float[Tensor, "1 1 H W"], see: See) -> Belief:
    """What the network believes of a picture; one that is longer than 2:1 is seen tile by tile."""
    patches = tiles(*lightness.shape[2:])
    if len(patches) == 1:
        return see(lightness)
    beliefs = []
    for patch in patches:
        left, top = (round(float(v)) for v in patch.corners[0])
        right, bottom = (round(float(v)) for v in patch.corners[2])
        beliefs.append(see(lightness[:, :, top:bottom, left:right]))
    return _laid(lightness, patches, beliefs)


def tiles(height: int, width: int) -> list[Patch]:
    """The tiles of a picture, one after the other; a picture that is not long is one tile."""
    long, short = max(height, width), min(height, width)
    if long <= LONG * short or short < SHORTEST:
        return [_box(0, 0, width, height)]
    count = math.ceil((long - TILE * short) / ((1 - OVERLAP) * TILE * short)) + 1
    count = min(count, MOST_TILES)
    length = round(max(TILE * short, long / (count - OVERLAP * (count - 1))))
    starts = [round(k * (long - length) / (count - 1)) for k in range(count)]
    parts = []
    for k, start in enumerate(starts):
        place = (start, 0, start + length, short)
        left, top, right, bottom = place if width >= height else (*place[1::-1], *place[:1:-1])
        parts.append(_box(left, top, right, bottom, fades=k > 0))
    return parts


def _box(left: float, top: float, right: float, bottom: float, fades: bool = False) -> Patch:
    corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
    return Patch(np.array(corners, np.float64), fades)


def _laid(
    lightness: Float[Tensor, "1 1 H W"], patches: Sequence[Patch], beliefs: Sequence[Belief]
) -> Belief:
    """The beliefs on one grid over the picture, in the order of the patches."""
    height, width = lightness.shape[2:]
    cells = [math.prod(grid_of(one)) for one in beliefs]
    finest = max(n / math.prod(p.size) for n, p in zip(cells, patches, strict=True))
    density = math.sqrt(min(finest, MOST_CELLS * max(cells) / (height * width)))
    grid = max(round(density * height), 1), max(round(density * width), 1)
    whole: Belief | None = None
    for patch, belief in zip(patches, beliefs, strict=True):
        places, share = _places(patch, grid, (height, width))
        places, share = places.to(lightness), share.to(lightness)

        def sampled(x: Tensor, places: Tensor = places) -> Tensor:
            return F.grid_sample(x, places, padding_mode="border", align_corners=False)

        laid = regrid(belief, sampled)
        whole = laid if whole is None else _mixed(whole, laid, share)
    assert whole is not None
    return whole


def _mixed(below: Belief, above: Belief, share: Float[Tensor, "1 1 h w"]) -> Belief:
    """The one belief with so much of the other over it."""
    return regrid(stacked([below, above]), lambda x: x[:1] + (x[1:] - x[:1]) * share)


def _places(
    patch: Patch, grid: tuple[int, int], size: tuple[int, int]
) -> tuple[Float[Tensor, "1 h w 2"], Float[Tensor, "1 1 h w"]]:
    """Where in the patch each cell of the picture's grid lies (-1 to 1), and how much it counts."""
    y, x = ((np.arange(n) + 0.5) * s / n for n, s in zip(grid, size, strict=True))
    points = np.stack(np.meshgrid(x, y), axis=-1) - patch.corners[0]
    axes = np.column_stack(
        [patch.corners[1] - patch.corners[0], patch.corners[3] - patch.corners[0]]
    )
    inside = points @ np.linalg.inv(axes).T  # 0 to 1 along the patch's own sides
    cell = np.array(size)[::-1] / np.array(grid)[::-1] / np.linalg.norm(axes, axis=0)
    share = ((inside > -1.5 * cell) & (inside < 1 + 1.5 * cell)).all(-1).astype(np.float64)
    if patch.fades:  # into the tile before it
        share *= np.clip(inside[..., int(size[0] > size[1])] / OVERLAP, 0, 1)
    places = torch.from_numpy(2 * inside - 1).float()[None]
    return places, torch.from_numpy(share).float()[None, None]
