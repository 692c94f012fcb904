"""mode: the most probable colour cell of each pixel; the most vivid, and the most uneven.

    E(x) = sum_i energy_i(x_i)

A field without neighbours: its minimum is the palette entry of least energy, pixel by pixel.
"""

from __future__ import annotations

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from ..beliefs import LabelBelief
from ._alone import BY_LABELS, ByLabels


@dataclass(frozen=True)
class Config:
    grid: int | str = "network"  # where it works; see `FieldConfig`


class ModeField(ByLabels[Config]):
    def decide(self, labels: LabelBelief) -> Float[Tensor, "b 2 h w"]:
        return labels.palette[labels.energy.argmin(1)].movedim(-1, 1)


EXCEPTIONS = BY_LABELS

build = ModeField
