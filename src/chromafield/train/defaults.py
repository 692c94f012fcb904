"""What a run takes where no option is given."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Defaults:
    start: str  # "imagenet" where the network can, else "scratch", or a name
    loss: str = "huber"  # of a mean colour
    held_out: float = 0.02  # share of the pictures


def fresh(knows_imagenet: bool) -> str:
    """The start of a network that stands on no other."""
    return "imagenet" if knows_imagenet else "scratch"
