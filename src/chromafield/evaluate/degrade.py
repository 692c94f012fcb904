"""What the networks are shown of a true picture: itself, an aged copy, a drawing of it."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from ..data.aging import age
from ..data.sketch import sketch
from .report import Show, show_clean


def show_aged(lightness: Tensor, number: int) -> Tensor:
    """With marks of age that follow from the picture's number, so that all methods see the same."""
    random = np.random.default_rng([number, 3])
    return torch.from_numpy(age(lightness.numpy(), random))


def show_sketch(lightness: Tensor, number: int) -> Tensor:
    """As a pencil drawing."""
    return torch.from_numpy(sketch(lightness.numpy()))


SHOWS: dict[str, Show] = {"clean": show_clean, "aged": show_aged, "sketch": show_sketch}
