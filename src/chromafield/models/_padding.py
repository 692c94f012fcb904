"""Pictures of any size for networks that halve them several times."""

from __future__ import annotations

import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor


def padded(x: Float[Tensor, "b c h w"], multiple: int) -> Float[Tensor, "b c i j"]:
    """Continued by its last row and column until both sides are multiples of `multiple`."""
    h, w = x.shape[2:]
    return F.pad(x, (0, -w % multiple, 0, -h % multiple), mode="replicate")


def cropped(
    y: Float[Tensor, "b c i j"], size: tuple[int, int], stride: int
) -> Float[Tensor, "b c k l"]:
    """The part of an answer of one cell every `stride` pixels that a picture of `size` takes."""
    h, w = size
    return y[:, :, : (h + stride - 1) // stride, : (w + stride - 1) // stride]
