"""Fields without neighbours: each pixel's colour follows from its own belief."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Generic, TypeVar

from jaxtyping import Float
from torch import Tensor

from ..beliefs import Belief, LabelBelief, as_labels, checked
from ..color.palette import gamut_cells
from ._checks import check_guide, exactly
from ._result import Solution

# Clauses of the fields' contract that do not hold where distributions decide, and why.
BY_LABELS = {
    "silence": "an even distribution is an answer too, though it says little",
    "vividness": "it decides on the distribution itself, not on its mean",
}

C = TypeVar("C")


class Alone(Generic[C]):
    """A field that keeps nothing of the picture."""

    def __init__(self, config: C) -> None:
        self.config = config

    def prepare(self, guide: Float[Tensor, "b c h w"]) -> None:
        """Nothing to keep: no pixel looks at its neighbours."""
        check_guide(guide)


class ByLabels(Alone[C], ABC):
    """A field that decides on each pixel's distribution over colour cells."""

    @abstractmethod
    def decide(self, labels: LabelBelief) -> Float[Tensor, "b 2 h w"]:
        """The colour of each pixel, ab."""

    def infer(self, prepared: None, belief: Belief) -> Solution:
        belief = checked(belief)
        return Solution(exactly(self.decide(as_labels(belief, gamut_cells())), belief))
