"""sample: a colour drawn from each pixel's distribution, by a seed; shows the network's belief.

    x_i = argmin_k energy_i(k) - g_i(k),   g independent, standard Gumbel

A field without neighbours: pixels are drawn independently, so pictures are speckled where the
network is uncertain. The same seed gives the same picture.

References:
    Gumbel, 1954; Maddison, Tarlow and Minka, A* Sampling, 2014, for the maximum trick.
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
    seed: int = 0  # of the draws; the same for each picture of a batch
    grid: int | str = "network"  # where it works; see `FieldConfig`

    def __post_init__(self) -> None:
        if not 0 <= self.seed < 2**63:
            raise BadValue(f"The seed is {self.seed}; it goes from 0 to 2**63 - 1.")


class SampleField(ByLabels[Config]):
    def decide(self, labels: LabelBelief) -> Float[Tensor, "b 2 h w"]:
        random = torch.Generator().manual_seed(self.config.seed)
        uniform = torch.rand(labels.energy.shape[1:], generator=random, dtype=torch.float64)
        gumbel = -(-uniform.clamp(1e-300, 1 - 1e-16).log()).log()
        drawn = (labels.energy - gumbel.to(labels.energy)).argmin(1)
        return labels.palette[drawn].movedim(-1, 1)


EXCEPTIONS = {
    "mirror": "the draws belong to places, which mirroring does not move",
} | BY_LABELS

build = SampleField
