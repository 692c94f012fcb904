"""Other networks' guesses beside the truth, for a network that is to replace them.

The true colour of a grey pixel is one of many; what networks make of it is their average, so that
it teaches with less noise, and one network comes near to several that are averaged.

References:
    Hinton, Vinyals and Dean, Distilling the knowledge in a neural network, 2015.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ..beliefs import as_gaussian
from ..data.crops import Batch
from .losses import mean_loss
from .objective import ColourObjective, State


@dataclass(frozen=True)
class TaughtObjective:
    """A colorizer's loss, and how far its mean is from its teacher's."""

    own: ColourObjective
    teacher: nn.Module  # sees the clean picture, whatever marks of age the network is shown
    weight: float

    def __call__(self, network: nn.Module, batch: Batch, progress: float) -> dict[str, Tensor]:
        belief = self.own.believe(network, batch)
        parts = self.own.parts(belief, batch)
        device = self.own.balance.device
        clean = batch.lab[:, :1].to(device, memory_format=torch.channels_last)
        with (
            torch.no_grad(),
            torch.autocast(device.type, torch.bfloat16, enabled=self.own.half),
        ):
            told = as_gaussian(self.teacher(clean)).mean.float()
        losses = self.own.losses
        mean = as_gaussian(belief).mean.float()
        parts["taught"] = self.weight * mean_loss(mean, losses.vivid * told, losses)
        return parts

    def state(self) -> State:
        return {}

    def restore(self, state: State) -> None: ...
