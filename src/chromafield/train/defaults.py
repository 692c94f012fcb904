"""What a run takes where no option is given."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from .config import FitConfig


@dataclass(frozen=True)
class Defaults:
    start: str  # "imagenet" where the network can, else "scratch", or a name
    loss: str = "huber"  # of a mean colour
    held_out: float = 0.02  # share of the pictures
    fit: Mapping[str, Any] = field(default_factory=dict)  # fields of `FitConfig`

    def fitted(self, fit: FitConfig, given: Collection[str] = ()) -> FitConfig:
        """The settings with these in place of those that nobody gave by name."""
        own = {name: value for name, value in self.fit.items() if name not in given}
        new = replace(fit, **own)
        return replace(new, start_lr=new.lr / 4)


def fresh(knows_imagenet: bool) -> str:
    """The start of a network that stands on no other."""
    return "imagenet" if knows_imagenet else "scratch"
