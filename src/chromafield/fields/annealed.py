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

from ..beliefs import LabelBelief
from ..errors import BadValue
from ._alone import BY_LABELS, ByLabels


@dataclass(frozen=True)
class Config:
    temperature: float = 0.38  # T, above 0
    grid: int | str = "network"  # where it works; see `FieldConfig`

    def __post_init__(self) -> None:
        if not self.temperature > 0:
            raise BadValue(
                f"The temperature is {self.temperature}; it must be above 0 (0.38 is usual)."
            )


class AnnealedField(ByLabels[Config]):
    def decide(self, labels: LabelBelief) -> Float[Tensor, "b 2 h w"]:
        p = torch.softmax(-labels.energy / self.config.temperature, dim=1)
        return torch.einsum("bkhw,kc->bchw", p, labels.palette)


EXCEPTIONS = BY_LABELS

build = AnnealedField
