"""mean: the expected colour of each pixel; the least squared error, and the calmest picture.

    E(x) = sum_i p_i |x_i - m_i|^2

A field without neighbours: its minimum is the belief's own mean m.
"""

from __future__ import annotations

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from ..beliefs import Belief, as_gaussian, checked
from ._checks import check_guide
from ._result import Solution


@dataclass(frozen=True)
class Config:
    grid: int | str = "network"  # where it works; see `FieldConfig`


class MeanField:
    def __init__(self, config: Config) -> None:
        self.config = config

    def prepare(self, guide: Float[Tensor, "b c h w"]) -> None:
        """Nothing to keep: no pixel looks at its neighbours."""
        check_guide(guide)

    def infer(self, prepared: None, belief: Belief) -> Solution:
        return Solution(as_gaussian(checked(belief)).mean)


# Clauses of the fields' contract that do not hold here, and why.
EXCEPTIONS = {"silence": "an even distribution is an answer too, though it says little"}

build = MeanField
