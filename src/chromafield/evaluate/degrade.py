"""What the networks are shown of a true picture: itself, an aged copy, a drawing of it, what old
plates saw."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from ..color import lab_to_rgb
from ..data.aging import age
from ..data.plates import through_plate
from ..data.responses import PLATES
from ..data.sketch import sketch
from .report import Show, show_clean


def show_aged(lab: Tensor, number: int) -> Tensor:
    """With marks of age that follow from the picture's number, so that all methods see the same."""
    random = np.random.default_rng([number, 3])
    return torch.from_numpy(age(lab[0].numpy(), random))


def show_sketch(lab: Tensor, number: int) -> Tensor:
    """As a pencil drawing."""
    return torch.from_numpy(sketch(lab[0].numpy()))


def _plate(name: str) -> Show:
    """As a plate or film of this response to colours saw it."""

    def show(lab: Tensor, number: int) -> Tensor:
        return through_plate(lab_to_rgb(lab).clamp(0, 1), PLATES[name])

    return show


OLD: dict[str, Show] = {"clean": show_clean, "aged": show_aged, "sketch": show_sketch}
SHOWS: dict[str, Show] = OLD | {name: _plate(name) for name in PLATES}
