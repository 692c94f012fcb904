"""The training loop: one level, no callbacks but the one that watches."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import nn

from ..data.crops import Batch
from ..errors import TrainingDiverged
from ..models.abilities import StartsFromImageNet
from .config import Budget, FitConfig
from .objective import Objective
from .schedule import average_keep, rate_factor, update_average


@dataclass
class TrainState:
    """All that a run changes, and all that a checkpoint holds."""

    model: nn.Module  # its parameters are what the optimizer moves
    average: nn.Module  # the moving average of the model: what is evaluated and shipped
    optimizer: torch.optim.Optimizer
    objective: Objective
    step: int = 0  # steps done
    seconds: float = 0.0  # time they took


def make_optimizer(model: nn.Module, config: FitConfig) -> torch.optim.Optimizer:
    """AdamW; an encoder that can start from ImageNet has its own rate, vectors have no decay.

    Parameters that need no gradient are left out.
    """
    groups: dict[tuple[float, float], list[nn.Parameter]] = {}
    started = isinstance(model, StartsFromImageNet)
    for name, parameter in model.named_parameters():
        if not parameter.requires_grad:
            continue
        lr = config.start_lr if started and "encoder" in name.split(".") else config.lr
        decay = config.weight_decay if parameter.ndim > 1 else 0.0
        groups.setdefault((lr, decay), []).append(parameter)
    return torch.optim.AdamW(
        [
            {"params": parameters, "lr": lr, "peak": lr, "weight_decay": decay}
            for (lr, decay), parameters in groups.items()
        ],
        betas=config.betas,
        fused=True,
    )


def fit(
    state: TrainState,
    network: nn.Module,
    batches: Iterator[Batch],
    config: FitConfig,
    budget: Budget,
    watch: Callable[[dict[str, float]], None],
    agree: Callable[[float], float] = lambda seconds: seconds,
) -> None:
    """Train until the budget is spent.

    Args:
        network: the state's model, or the same wrapped for several processes.
        watch: called after each step with its numbers.
        agree: makes one time of what several processes measured, so that all stop together.

    Raises:
        TrainingDiverged: the loss is not finite.
    """
    began = time.monotonic() - state.seconds
    network.train()
    while (progress := budget.progress(state.step, state.seconds)) < 1:
        factor = rate_factor(state.step, progress, config.warmup, config.cool)
        for group in state.optimizer.param_groups:
            group["lr"] = group["peak"] * factor

        parts = state.objective(network, next(batches), progress)
        loss = torch.stack(list(parts.values())).sum()
        if not loss.isfinite():
            raise TrainingDiverged(state.step, loss.item())

        state.optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        norm = nn.utils.clip_grad_norm_(state.model.parameters(), config.grad_clip)
        state.optimizer.step()
        if (state.step + 1) % config.average_every == 0:
            keep = average_keep(
                state.step, config.average, config.average_ramp, config.average_every
            )
            update_average(state.average, state.model, keep)
        state.step += 1
        state.seconds = agree(time.monotonic() - began)
        numbers = {name: part.item() for name, part in parts.items()}
        watch(numbers | {"loss": loss.item(), "grad_norm": norm.item(), "factor": factor})
