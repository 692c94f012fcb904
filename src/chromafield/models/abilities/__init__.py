"""What a network may be able to do beside its forward pass; each is a protocol of its own.

A network that lacks one is used without it: the loss is then `LOSS`, training starts from scratch,
and `--reference` refuses it.
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from jaxtyping import Float
from torch import Tensor

from ...beliefs import GaussianBelief

LOSS = "huber"  # what a mean colour is trained with by default


@runtime_checkable
class HasLoss(Protocol):
    """A network whose mean colour is trained with another loss than `LOSS`."""

    loss: str


@runtime_checkable
class StartsFromImageNet(Protocol):
    """A network that can start from published ImageNet weights.

    Its parameters under the name `encoder` are those that started, and learn more slowly.
    """

    def start_from_imagenet(self) -> None:
        """Load the published weights, strictly."""
        ...


@runtime_checkable
class DescribesPictures(Protocol):
    """A network whose features can be compared between two pictures."""

    def describe(self, lightness: Float[Tensor, "b 1 h w"]) -> list[Tensor]:
        """Compute feature maps of L in [0, 100]; they are compared on the first map's grid."""
        ...


@runtime_checkable
class HasClasses(Protocol):
    """A network that tells beside the colours what a picture is of."""

    class_weight: float  # of the classes' loss beside the colours' squared error in [0, 1]

    def both(
        self, lightness: Float[Tensor, "b 1 h w"]
    ) -> tuple[GaussianBelief, Float[Tensor, "b k"]]:
        """The belief, and a score for each class."""
        ...
