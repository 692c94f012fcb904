"""The task of Zhang et al.'s network that takes hints: colours, with a few true ones told.

A picture's points are as many as its paper draws, 7 on average and at times none, of 1 to 9 pixels
around the middle; one picture in a hundred is told whole.

References:
    Zhang et al., Real-time user-guided image colorization, 2017, section 3.1.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from ...beliefs import GaussianBelief
from ...data.crops import Batch
from ...data.reveal import reveal
from ...datasets.datasets import Photo
from ..objective import ColorObjective, State
from ._frozen import SeededObjective
from ._own_objective import OwnObjectiveTask
from .colorizer import IGNORES, defaults

FEW = 1 / 8  # the number of points is a geometric one of this chance, less one
WHOLE = 0.01  # the chance that all of a picture is told
SIDES = (1, 9)  # pixels of a patch


class PointsObjective(SeededObjective):
    def __init__(self, color: ColorObjective, seed: int) -> None:
        super().__init__(seed)
        self.color = color

    def __call__(self, network: nn.Module, batch: Batch, progress: float) -> dict[str, Tensor]:
        """The colours' parts, where some are told."""
        random = self.numpy_random()
        points = simulate(batch.lab[:, 1:], random)
        return self.color.parts(self.color.predict(partial(network, given=points), batch), batch)

    def state(self) -> State:
        return self.color.state() | super().state()

    def restore(self, state: State) -> None:
        super().restore(state)
        self.color.restore({key: value for key, value in state.items() if key != "random"})


def simulate(ab: Float[Tensor, "b 2 h w"], random: np.random.Generator) -> GaussianBelief:
    """Points on true colours, at the pictures' own size; precision 1 where one is."""
    shown = []
    for one in ab[:, None]:
        count = int(random.geometric(FEW)) - 1
        shown.append(reveal(one, count, "normal", random, side=SIDES))
        if random.random() < WHOLE:
            shown[-1].ab[:], shown[-1].known[:] = one, 1.0
    return GaussianBelief(torch.cat([s.ab for s in shown]), torch.cat([s.known for s in shown]))


class PointsTask(OwnObjectiveTask):
    """With points told."""

    def objective(self, photos: Sequence[Photo]) -> PointsObjective:
        return PointsObjective(self.color.objective(photos), self.config.crops.seed)


build = PointsTask

__all__ = ["IGNORES", "build", "defaults"]
