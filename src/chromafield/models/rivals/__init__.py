"""Generative networks that the second paper compares with: several colourings of one picture.

One file is one network; none is a colorizer. `draw` gives each picture of a batch one colouring, so
several of one picture are those of the picture repeated; all chance comes from the generator.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ...plugins import Folder
from .. import to_device
from ..weights import load_state, read_weights, refuse_unlisted

__all__ = ["DrawsColors", "create_rival", "list_rivals", "load_rival"]

_FILES = Folder(sys.modules[__name__], "network")


@runtime_checkable
class DrawsColors(Protocol):
    def draw(
        self, lightness: Float[Tensor, "b 1 h w"], random: torch.Generator
    ) -> Float[Tensor, "b 2 i j"]:
        """One colouring of each picture: ab, on a grid of the network's own.

        Args:
            lightness: [0, 100], of any size.
            random: on the CPU, so that a seed means the same on every device.
        """
        ...


def list_rivals() -> list[str]:
    """The names of all, without importing any."""
    return _FILES.names()


def create_rival(name: str, **options: object) -> nn.Module:
    """Build the network in the file `name` stands for, with fresh weights.

    Raises:
        UnknownName: no such network.
        BadValue: an option that the network's `Config` does not have, or cannot be made with.
    """
    model: nn.Module = _FILES.build(name, options)
    return model


def load_rival(path: Path, device: str = "cpu") -> nn.Module:
    """The network in a weight file that `chromafield train` wrote, ready to draw.

    Raises:
        WeightsError: the weights are missing, damaged or of a network that is none of these.
    """
    name, options, state, _ = read_weights(path)
    refuse_unlisted(path, name, list_rivals(), "draws no colourings")
    model = create_rival(name, **options)
    load_state(model, state, path)
    return to_device(model.eval().requires_grad_(False), device)
