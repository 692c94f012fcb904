"""Settings that only some networks have a use for: the others refuse them before any work."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import nn

from ..beliefs import Belief, ChannelBeliefs, GaussianBelief, Proposal
from ..errors import BadValue
from .config import RunConfig
from .options import changed_options

OF_A_COLOR = ("--loss", "--knee", "--vivid", "--adversarial")
OF_BINS = ("--soft",)
OF_SEVERAL = ("--label-step",)
ALL = (*OF_A_COLOR, *OF_BINS, *OF_SEVERAL, "--teacher")

SIDE = 64  # pixels of the picture that shows what kind of belief a network predicts


@dataclass(frozen=True)
class Ignores:
    """The flags that a task does not take, and the reason, which a sentence begins with."""

    reason: str
    flags: tuple[str, ...] = ALL


def refuse_unused(config: RunConfig, ignores: Ignores | None) -> None:
    """Raises: BadValue: a setting that what is trained would pass over."""
    if ignores is not None:
        _refuse(config, ignores.flags, ignores.reason)


@torch.no_grad()
def refuse_unanswered(config: RunConfig, model: nn.Module) -> None:
    """Raises: BadValue: a setting of a kind of belief that this colorizer does not predict."""
    belief: Belief = model.eval()(torch.full((1, 1, SIDE, SIDE), 50.0, device=config.device))
    model.train()
    if not isinstance(belief, Proposal):
        _refuse(config, OF_SEVERAL, f"{config.model} does not predict colours and distributions")
    if not isinstance(belief, (GaussianBelief, Proposal)):
        _refuse(config, OF_A_COLOR, f"{config.model} predicts distributions alone")
    bins = belief.channels if isinstance(belief, Proposal) else belief
    if not isinstance(bins, ChannelBeliefs):
        _refuse(config, OF_BINS, f"{config.model} does not predict 25 + 25 bins")


def _refuse(config: RunConfig, names: Iterable[str], reason: str) -> None:
    given = {one.spelling for one in changed_options(config)}
    if surplus := [name for name in names if name in given]:
        raise BadValue(f"{reason}: leave {' and '.join(surplus)} out.")
