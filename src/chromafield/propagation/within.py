"""A picture encoded for a colorizer that takes hints itself.

    predicted = automatic + network(grey, given) - network(grey, nothing)

So without hints nothing changes, even if the automatic colours are an average of several views.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Float
from torch import Tensor

from ..beliefs import GaussianBelief
from ..canvas.guide import SIZE
from ..resize import resize
from ..views.views import field_size

CELL = 4  # pixels a side of a cell of the grid that hints are drawn on


@runtime_checkable
class TakesHints(Protocol):
    """A network with an input for colours that are given at some pixels."""

    def predict_with_hints(
        self, lightness: Float[Tensor, "b 1 h w"], given: GaussianBelief
    ) -> Float[Tensor, "b 2 i j"]:
        """Predict the colours, ab.

        Args:
            lightness: L in [0, 100].
            given: colours of the picture's size; they count where the precision is above 0.
        """
        ...


@dataclass(frozen=True, slots=True)
class EncodedWithin:
    """One grey picture; each set of hints costs one pass of the network."""

    network: TakesHints
    seen: Float[Tensor, "1 1 h w"]  # lightness at the network's input size
    alone: Float[Tensor, "1 2 i j"]  # its colours without hints, ab, on the grid

    @property
    def grid(self) -> tuple[int, int]:
        """Height and width of the grid that hints are drawn on."""
        return self.alone.shape[2], self.alone.shape[3]

    @torch.inference_mode()
    def predict(
        self, automatic: Float[Tensor, "1 2 h w"], given: GaussianBelief
    ) -> Float[Tensor, "1 2 h w"]:
        """Predict the colours from the automatic and the given ones, all on the grid."""
        size = (self.seen.shape[2], self.seen.shape[3])
        fine = GaussianBelief(_spread(given.mean, size), _spread(given.precision, size))
        return (
            automatic
            + resize(self.network.predict_with_hints(self.seen, fine), self.grid)
            - self.alone
        )


@torch.inference_mode()
def encode_within(
    lightness: Float[Tensor, "1 1 H W"], network: TakesHints, size: int = SIZE
) -> EncodedWithin:
    """Encode a picture once; L in [0, 100]."""
    seen = resize(lightness, field_size(lightness.shape[2], lightness.shape[3], size))
    height, width = seen.shape[2:]
    nothing = GaussianBelief(torch.zeros_like(seen).expand(-1, 2, -1, -1), torch.zeros_like(seen))
    alone = resize(network.predict_with_hints(seen, nothing), (height // CELL, width // CELL))
    return EncodedWithin(network, seen, alone)


def _spread(x: Float[Tensor, "1 c i j"], size: tuple[int, int]) -> Float[Tensor, "1 c h w"]:
    """Each cell's value at all of its pixels."""
    return torch.nn.functional.interpolate(x, size=size, mode="nearest")
