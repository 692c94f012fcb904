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

from ..beliefs import Belief, as_labels, checked
from ..color.palette import gamut_cells
from ..errors import BadValue
from ._checks import check_guide, exactly
from ._result import Solution


@dataclass(frozen=True)
class Config:
    seed: int = 0  # of the draws; the same for each picture of a batch
    grid: int | str = "network"  # where it works; see `FieldConfig`

    def __post_init__(self) -> None:
        if not 0 <= self.seed < 2**63:
            raise BadValue(f"The seed is {self.seed}; it goes from 0 to 2**63 - 1.")


class SampleField:
    def __init__(self, config: Config) -> None:
        self.config = config

    def prepare(self, guide: Float[Tensor, "b c h w"]) -> None:
        """Nothing to keep: no pixel looks at its neighbours."""
        check_guide(guide)

    def infer(self, prepared: None, belief: Belief) -> Solution:
        belief = checked(belief)
        labels = as_labels(belief, gamut_cells())
        random = torch.Generator().manual_seed(self.config.seed)
        uniform = torch.rand(labels.energy.shape[1:], generator=random, dtype=torch.float64)
        gumbel = -(-uniform.clamp(1e-300, 1 - 1e-16).log()).log()
        drawn = (labels.energy - gumbel.to(labels.energy)).argmin(1)
        return Solution(exactly(labels.palette[drawn].movedim(-1, 1), belief))


# Clauses of the fields' contract that do not hold here, and why.
EXCEPTIONS = {
    "mirror": "the draws belong to places, which mirroring does not move",
    "silence": "an even distribution is an answer too, though it says little",
    "vividness": "it decides on the distribution itself, not on its mean",
}

build = SampleField
