"""The two ways a grid of values changes size: averaging down, bilinear up."""

from __future__ import annotations

import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor


def shrink(x: Float[Tensor, "b c h w"], size: tuple[int, int]) -> Float[Tensor, "b c i j"]:
    """Average over the area each new cell covers; `size` is (height, width), no larger than x's."""
    if tuple(x.shape[2:]) == size:
        return x
    return F.adaptive_avg_pool2d(x, size)


def enlarge(x: Float[Tensor, "b c h w"], size: tuple[int, int]) -> Float[Tensor, "b c i j"]:
    """Bilinear, with cell centres (not corners) aligned."""
    if tuple(x.shape[2:]) == size:
        return x
    return F.interpolate(x, size=size, mode="bilinear", align_corners=False)
