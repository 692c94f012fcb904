"""The ways a grid of values changes size: averaging down, bilinear up."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor


def shrink(x: Float[Tensor, "b c h w"], size: tuple[int, int]) -> Float[Tensor, "b c i j"]:
    """Average over the area each new cell covers; `size` is (height, width), no larger than x's."""
    if tuple(x.shape[2:]) == size:
        return x
    if x.device.type == "mps":  # it averages over equal areas alone
        return F.adaptive_avg_pool2d(x.cpu(), size).to(x)
    return F.adaptive_avg_pool2d(x, size)


def enlarge(x: Float[Tensor, "b c h w"], size: tuple[int, int]) -> Float[Tensor, "b c i j"]:
    """Bilinear, with cell centres (not corners) aligned."""
    if tuple(x.shape[2:]) == size:
        return x
    return F.interpolate(x, size=size, mode="bilinear", align_corners=False)


def resize(x: Float[Tensor, "b c h w"], size: tuple[int, int]) -> Float[Tensor, "b c i j"]:
    """Each side by its own way: averaged where it shrinks, bilinear where it grows."""
    h, w = x.shape[2:]
    return enlarge(shrink(x, (min(h, size[0]), min(w, size[1]))), size)


def enlarge_rows(
    wide: Float[Tensor, "b c h w"], height: int, start: int, stop: int
) -> Float[Tensor, "b c r w"]:
    """Rows `start` to `stop` of `enlarge(wide, (height, w))`, without the rest of it."""
    have = wide.shape[2]
    rows = torch.arange(start, stop, dtype=torch.float64) + 0.5
    place = (rows * have / height - 0.5).clamp(0, have - 1)
    above = place.floor().long()
    below = (above + 1).clamp(max=have - 1)
    share = (place - above).to(wide)[:, None]
    above, below = above.to(wide.device), below.to(wide.device)
    return torch.lerp(wide[:, :, above], wide[:, :, below], share)
