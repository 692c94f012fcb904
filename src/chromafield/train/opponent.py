"""A critic that learns beside a network by steps of its own, within one step of the run."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import torch
from torch import Tensor, nn

from .objective import State

MakeOptimizer = Callable[[Iterable[nn.Parameter]], torch.optim.Optimizer]


class Opponent:
    """A critic and its optimizer; both go into the run's checkpoint.

    Args:
        create: the critic, with weights from `seed`.
        make_optimizer: of its parameters.
    """

    def __init__(
        self,
        create: Callable[[], nn.Module],
        make_optimizer: MakeOptimizer,
        seed: int,
        device: torch.device | str,
    ) -> None:
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            self.critic = create().to(device)
        self.optimizer = make_optimizer(self.critic.parameters())

    def learn(self, loss_of: Callable[[nn.Module], Tensor]) -> None:
        """One step of the critic."""
        loss = loss_of(self.critic.requires_grad_(True))
        self.optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        self.optimizer.step()

    def judge(self) -> nn.Module:
        """The critic as the network sees it: what it says moves the network and not the critic."""
        return self.critic.requires_grad_(False)

    def state(self) -> State:
        return {"critic": self.critic.state_dict(), "optimizer": self.optimizer.state_dict()}

    def restore(self, state: State) -> None:
        self.critic.load_state_dict(state["critic"])
        self.optimizer.load_state_dict(state["optimizer"])
