"""A colorizer that takes hints itself, made ready to listen: it colours the picture anew with them.

    heard = automatic + network(grey, told) - network(grey, nothing)

So without hints nothing changes, whatever the automatic colours are the average of.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Float
from torch import Tensor

from ..beliefs import GaussianBelief
from ..canvas.guide import SIZE
from ..canvas.views import seen_size
from ..resize import resize

CELL = 4  # pixels a side of a cell of the grid that hints are drawn on


@runtime_checkable
class TakesHints(Protocol):
    """A network with an input for colours that are told at some pixels."""

    def hinted(
        self, lightness: Float[Tensor, "b 1 h w"], told: GaussianBelief
    ) -> Float[Tensor, "b 2 i j"]:
        """Its colours, ab.

        Args:
            told: of the picture's size; where its precision is above 0.
        """
        ...


@dataclass(frozen=True, slots=True)
class Within:
    """One grey picture; each set of hints costs a pass of the network."""

    network: TakesHints
    seen: Float[Tensor, "1 1 h w"]  # lightness, as large as the network sees it
    alone: Float[Tensor, "1 2 i j"]  # its colours without hints, ab, on the grid

    @property
    def grid(self) -> tuple[int, int]:
        """Height and width of its answer."""
        return self.alone.shape[2], self.alone.shape[3]

    @torch.inference_mode()
    def hear(
        self, automatic: Float[Tensor, "1 2 h w"], told: GaussianBelief
    ) -> Float[Tensor, "1 2 h w"]:
        """The automatic colours changed by what is told, all on its grid; raises as the network."""
        size = (self.seen.shape[2], self.seen.shape[3])
        given = GaussianBelief(_spread(told.mean, size), _spread(told.precision, size))
        return automatic + resize(self.network.hinted(self.seen, given), self.grid) - self.alone


@torch.inference_mode()
def listen_within(
    lightness: Float[Tensor, "1 1 H W"], network: TakesHints, size: int = SIZE
) -> Within:
    """Look at the picture once; L in [0, 100]."""
    seen = resize(lightness, seen_size(lightness.shape[2], lightness.shape[3], size))
    height, width = seen.shape[2:]
    nothing = GaussianBelief(torch.zeros_like(seen).expand(-1, 2, -1, -1), torch.zeros_like(seen))
    alone = resize(network.hinted(seen, nothing), (height // CELL, width // CELL))
    return Within(network, seen, alone)


def _spread(x: Float[Tensor, "1 c i j"], size: tuple[int, int]) -> Float[Tensor, "1 c h w"]:
    """Each cell's value at all of its pixels."""
    return torch.nn.functional.interpolate(x, size=size, mode="nearest")
