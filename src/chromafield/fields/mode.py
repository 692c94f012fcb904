"""mode: the most probable colour cell of each pixel; the most vivid, and the most uneven.

    E(x) = sum_i energy_i(x_i)

A field without neighbours: its minimum is the palette entry of least energy, pixel by pixel.
"""

from __future__ import annotations

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from ..beliefs import Belief, as_labels, checked
from ..color.palette import gamut_cells
from ._checks import check_guide, exactly
from ._result import Solution


@dataclass(frozen=True)
class Config:
    grid: int | str = "network"  # where it works; see `FieldConfig`


class ModeField:
    def __init__(self, config: Config) -> None:
        self.config = config

    def prepare(self, guide: Float[Tensor, "b c h w"]) -> None:
        """Nothing to keep: no pixel looks at its neighbours."""
        check_guide(guide)

    def infer(self, prepared: None, belief: Belief) -> Solution:
        belief = checked(belief)
        labels = as_labels(belief, gamut_cells())
        best = labels.energy.argmin(1)
        return Solution(exactly(labels.palette[best].movedim(-1, 1), belief))


# Clauses of the fields' contract that do not hold here, and why.
EXCEPTIONS = {
    "silence": "an even distribution is an answer too, though it says little",
    "vividness": "it decides on the distribution itself, not on its mean",
}

build = ModeField
