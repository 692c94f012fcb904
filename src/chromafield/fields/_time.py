"""Fields that look back: what a frame before decided is a neighbour of the same place now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from jaxtyping import Float
from torch import Tensor

from ..beliefs import Belief, ChannelBeliefs
from ._result import Solution


@dataclass(frozen=True, slots=True)
class Past:
    """The marginals of the frame before, brought to where things are now."""

    a: Float[Tensor, "b k h w"]
    b: Float[Tensor, "b k h w"]
    trust: Float[Tensor, "b 1 h w"]  # how sure it is that these are the same things, 0 to 1


@runtime_checkable
class FollowingField(Protocol):
    """A field with edges through time."""

    def channels(self, belief: Belief) -> ChannelBeliefs:
        """The distributions of a and of b that the field decides on."""
        ...

    def follow(
        self, prepared: Any, belief: Belief, past: Past | None
    ) -> tuple[Solution, tuple[Tensor, Tensor]]:
        """The colours, and the marginals of a and of b (b, k, h, w) that the next frame follows."""
        ...
