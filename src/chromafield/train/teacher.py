"""Other networks' guesses beside the truth, for a network that is to replace them.

The true colour of a grey pixel is one of many; what networks make of it is their average, so that
it teaches with less noise, and one network comes near to several that are averaged.

References:
    Hinton, Vinyals and Dean, Distilling the knowledge in a neural network, 2015.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ..beliefs import Belief, as_gaussian, grid_of
from ..data.crops import Batch
from ..resize import resize
from .losses import mean_loss
from .objective import BeliefObjective, Output, State


@dataclass(frozen=True)
class DistilledObjective:
    """A colorizer's loss, and how far its mean is from its teacher's."""

    own: BeliefObjective
    teacher: nn.Module  # sees the clean picture, whatever degradations the network is shown
    weight: float

    def __call__(self, network: nn.Module, batch: Batch, progress: float) -> dict[str, Tensor]:
        return self.parts(self.predict(network, batch), batch)

    def predict(self, network: Callable[..., Output], batch: Batch) -> Output:
        return self.own.predict(network, batch)

    def parts(self, belief: Belief, batch: Batch) -> dict[str, Tensor]:
        """The colour's parts, and "taught", the distance from the teacher."""
        parts = self.own.parts(belief, batch)
        device = self.own.balance.device
        clean = batch.lab[:, :1].to(device, memory_format=torch.channels_last)
        with (
            torch.no_grad(),
            torch.autocast(device.type, torch.bfloat16, enabled=self.own.half),
        ):
            target = as_gaussian(self.teacher(clean)).mean.float()
        losses = self.own.losses
        mean = as_gaussian(belief).mean.float()
        target = resize(target, grid_of(belief))
        parts["taught"] = self.weight * mean_loss(mean, losses.vivid * target, losses)
        return parts

    def state(self) -> State:
        return {}

    def restore(self, state: State) -> None: ...
