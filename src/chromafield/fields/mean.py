"""mean: the expected colour of each pixel; the least squared error, and the calmest picture.

    E(x) = sum_i p_i |x_i - m_i|^2

A field without neighbours: its minimum is the belief's own mean m.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..beliefs import Belief, as_gaussian, checked
from ._alone import Alone
from ._result import Solution


@dataclass(frozen=True)
class Config:
    grid: int | str = "network"  # where it works; see `FieldConfig`


class MeanField(Alone[Config]):
    def infer(self, prepared: None, belief: Belief) -> Solution:
        return Solution(as_gaussian(checked(belief)).mean)


# Clauses of the fields' contract that do not hold here, and why.
EXCEPTIONS = {"silence": "an even distribution is an answer too, though it says little"}

build = MeanField
