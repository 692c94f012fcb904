"""annealed: the mean of each pixel's sharpened distribution; between mean and mode.

    x_i = sum_k softmax(-energy_i / T)_k c_k

A field without neighbours. T = 1 is the distribution's mean, T towards 0 its mode.

References:
    Zhang, Isola and Efros, Colorful Image Colorization, 2016, equation 5 and its T = 0.38.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from ..beliefs import Belief, as_labels, checked
from ..color.palette import gamut_cells
from ..errors import BadValue
from ._checks import check_guide, exactly
from ._result import Solution


@dataclass(frozen=True)
class Config:
    temperature: float = 0.38  # T, above 0
    grid: int | str = "network"  # where it works; see `FieldConfig`


class AnnealedField:
    def __init__(self, config: Config) -> None:
        if not config.temperature > 0:
            raise BadValue(
                f"The temperature is {config.temperature}; it must be above 0 (0.38 is usual)."
            )
        self.config = config

    def prepare(self, guide: Float[Tensor, "b c h w"]) -> None:
        """Nothing to keep: no pixel looks at its neighbours."""
        check_guide(guide)

    def infer(self, prepared: None, belief: Belief) -> Solution:
        belief = checked(belief)
        labels = as_labels(belief, gamut_cells())
        p = torch.softmax(-labels.energy / self.config.temperature, dim=1)
        return Solution(exactly(torch.einsum("bkhw,kc->bchw", p, labels.palette), belief))


# Clauses of the fields' contract that do not hold here, and why.
EXCEPTIONS = {
    "silence": "an even distribution is an answer too, though it says little",
    "vividness": "it decides on the distribution itself, not on its mean",
}

build = AnnealedField
