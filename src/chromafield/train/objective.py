"""What a run makes smaller: from a batch to the named parts of a loss."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar, runtime_checkable

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ..beliefs import ALL, Belief, Few
from ..data.crops import Batch
from .config import LossConfig
from .losses import belief_loss

State = dict[str, Any]
Output = TypeVar("Output")


@runtime_checkable
class Objective(Protocol):
    def __call__(self, network: nn.Module, batch: Batch, progress: float) -> dict[str, Tensor]:
        """The loss's parts, each already weighted; their sum is the loss.

        Args:
            progress: the share of the run that is done, for what changes over it.
        """
        ...

    def state(self) -> State:
        """What it learns beside the network, for a checkpoint."""
        ...

    def restore(self, state: State) -> None: ...


@runtime_checkable
class ColorObjective(Objective, Protocol):
    """An objective whose parts follow from what a network believes of the colours."""

    def predict(self, network: Callable[..., Output], batch: Batch) -> Output:
        """The network's output for the batch, in the run's precision."""
        ...

    def parts(self, belief: Belief, batch: Batch) -> dict[str, Tensor]: ...


@dataclass(frozen=True)
class BeliefObjective:
    """A colorizer's belief against the true colours."""

    balance: Float[Tensor, " k"]  # the weight of a pixel of each gamut cell; says the device
    losses: LossConfig
    half: bool = False  # the network computes in bfloat16

    def __call__(self, network: nn.Module, batch: Batch, progress: float) -> dict[str, Tensor]:
        return self.parts(self.predict(network, batch), batch)

    def predict(self, network: Callable[..., Output], batch: Batch) -> Output:
        device = self.balance.device
        seen = batch.seen.to(device, memory_format=torch.channels_last)
        few = self._few(batch)
        with torch.autocast(device.type, torch.bfloat16, enabled=self.half):
            return network(seen) if few == ALL else network(seen, few)

    def parts(self, belief: Belief, batch: Batch) -> dict[str, Tensor]:
        ab = batch.lab[:, 1:].to(self.balance.device)
        return belief_loss(belief, ab, self.balance, self.losses, self._few(batch))

    def _few(self, batch: Batch) -> Few:
        """The cells that distributions are learnt at; others in the next batch."""
        step = self.losses.label_step
        return ALL if step == 1 else Few(step, sum(batch.chosen))

    def state(self) -> State:
        return {}

    def restore(self, state: State) -> None: ...
