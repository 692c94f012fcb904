"""The task of the network that says how far a mark reaches: marks on things, and what belongs.

Things are the segments that people drew, where a pack has some (`NAME_segments.zip` beside
`NAME.zip`), and regions of the picture's true colours elsewhere; see `data/things.py`. The run
starts from the network to stand on, or from NETWORK+FILE, where FILE is an earlier run's weights.

    loss = BCE(thing) + OVERLAP (1 - soft Dice(thing)) + ALIKE BCE(alike)

References:
    Milletari, Navab and Ahmadi, V-Net, 2016, for the soft Dice coefficient.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float, Int64
from torch import Tensor, nn

from ...data.crops import Batch
from ...data.things import Thing, draw_things
from ...datasets.datasets import Photo
from ...defaults import MODEL
from ...models.hint_network.reach_loading import REACH, create_reach_network
from ...resize import shrink
from ..defaults import Defaults
from ..flags import Ignores
from ..held_out import held_out_batches
from ..objective import Objective
from ._frozen import OnColorizerTask, OnFrozenColorizer, SeededObjective

MARKS = 8  # of a picture, at most
OVERLAP, ALIKE = 0.5, 0.3  # weights of parts of the loss
HELD_OUT_LIMIT = 100  # pictures for its figures


@dataclass(frozen=True, slots=True)
class Drawn:
    """Marks on the pictures of a batch, and what belongs to them, on the network's grid."""

    marks: Float[Tensor, "n 1 h w"]  # shares of a cell, as all of these
    pictures: Int64[Tensor, " n"]
    inside: Float[Tensor, "n 1 h w"]
    outside: Float[Tensor, "n 1 h w"]
    alike: Float[Tensor, "n 1 h w"]
    unlike: Float[Tensor, "n 1 h w"]


class ReachOnColorizer(OnFrozenColorizer):
    def forward(
        self, seen: Float[Tensor, "b 1 h w"], things: Sequence[Sequence[Thing]]
    ) -> tuple[Float[Tensor, "n 2 i j"], Drawn]:
        """Logits of "the same thing" and of "looks alike" for the marks on grey pictures."""
        maps, mean = self.describe(seen)
        grid = (mean.shape[2], mean.shape[3])
        drawn = _on_grid(things, grid, seen.device)
        return self.learner(maps, shrink(seen, grid), drawn.marks, drawn.pictures), drawn


def _on_grid(
    things: Sequence[Sequence[Thing]], grid: tuple[int, int], device: torch.device
) -> Drawn:
    every = [(picture, thing) for picture, own in enumerate(things) for thing in own]

    def shares(name: str) -> Float[Tensor, "n 1 h w"]:
        planes = [torch.from_numpy(getattr(thing, name)) for _, thing in every]
        return shrink(torch.stack(planes)[:, None].float(), grid).to(device)

    pictures = torch.tensor([picture for picture, _ in every], device=device)
    names = ("inside", "outside", "alike", "unlike")
    return Drawn(shares("mark"), pictures, *map(shares, names))


class ReachObjective(SeededObjective):
    def __init__(self, device: str, seed: int, half: bool) -> None:
        super().__init__(seed)
        self.device, self.half = torch.device(device), half

    def __call__(self, network: nn.Module, batch: Batch, progress: float) -> dict[str, Tensor]:
        """ "thing" and "overlap", of what belongs to the marks' things, and "alike"."""
        random = self.numpy_random()
        things = simulate(batch, random)
        seen = batch.seen.to(self.device)
        if not any(things):
            return {"thing": _zero(network)}
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.half):
            logits, drawn = network(seen, things)
        thing, alike = logits.float().split(1, dim=1)
        return {
            "thing": _cross_entropy(thing, drawn.inside, drawn.outside),
            "overlap": OVERLAP * (1 - _overlap(thing, drawn.inside, drawn.outside)),
            "alike": ALIKE * _cross_entropy(alike, drawn.alike, drawn.unlike),
        }


def simulate(batch: Batch, random: np.random.Generator) -> list[list[Thing]]:
    """Marks on the things of each picture."""
    blank = np.zeros(batch.lab.shape[2:], np.uint8)
    segments = [blank] * len(batch.lab) if batch.segments is None else batch.segments
    return [
        draw_things(lab, own, MARKS, random) for lab, own in zip(batch.lab, segments, strict=True)
    ]


def _zero(network: nn.Module) -> Tensor:
    """The loss of a batch without things, which moves nothing."""
    learnt = [p for p in network.parameters() if p.requires_grad]
    zero: Tensor = torch.stack([p.sum() for p in learnt]).sum() * 0
    return zero


def _cross_entropy(
    logits: Float[Tensor, "n 1 h w"],
    inside: Float[Tensor, "n 1 h w"],
    outside: Float[Tensor, "n 1 h w"],
) -> Float[Tensor, ""]:
    """Of the known cells; each mark counts the same."""
    each = inside * F.softplus(-logits) + outside * F.softplus(logits)
    known = (inside + outside).sum((1, 2, 3)).clamp_min(1)
    return (each.sum((1, 2, 3)) / known).mean()


def _overlap(
    logits: Float[Tensor, "n 1 h w"],
    inside: Float[Tensor, "n 1 h w"],
    outside: Float[Tensor, "n 1 h w"],
) -> Float[Tensor, ""]:
    """The soft Dice coefficient of the known cells, from 0 to 1."""
    share = logits.sigmoid() * (inside + outside).clamp(0, 1)
    both, either = (share * inside).sum((1, 2, 3)), (share + inside).sum((1, 2, 3))
    return ((2 * both + 1) / (either + 1)).mean()


class ReachTask(OnColorizerTask):
    name = REACH
    create = create_reach_network
    together = ReachOnColorizer

    def objective(self, photos: Sequence[Photo]) -> Objective:
        return ReachObjective(self.config.device, self.config.crops.seed, self.config.fit.half)

    def figures(self, network: nn.Module, held_out: Sequence[Photo]) -> dict[str, float]:
        """On regions of true colours: the shares of the thing and of the rest that are reached."""
        random, rows = np.random.default_rng(0), []
        for batch in held_out_batches(held_out, self.config, HELD_OUT_LIMIT):
            things = simulate(batch, random)
            if not any(things):
                continue
            logits, drawn = network(batch.seen, things)
            found = (logits[:, :1] > 0).float()
            shares = [
                (found * part).sum((1, 2, 3)) / part.sum((1, 2, 3)).clamp_min(1e-6)
                for part in (drawn.inside, drawn.outside)
            ]
            rows.append(torch.stack(shares, dim=1))
        if not rows:
            return {}
        inside, outside = torch.cat(rows).mean(0).tolist()
        return {"share of the thing reached": inside, "share of the rest reached": outside}

    def sheet(self, network: nn.Module, held_out: Sequence[Photo]) -> None:
        """There is nothing to see: maps are seen on hints."""


defaults = Defaults(MODEL)
IGNORES = Ignores("The reach network learns no colours")
build = ReachTask
