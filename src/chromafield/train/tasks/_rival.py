"""What the trainings of generative networks share: squares of true colours, figures, sheets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor, nn

from ...data.crops import Batch
from ...datasets.datasets import Photo
from ...errors import BadValue
from ...models.rivals import DrawsColors, create_rival
from ...resize import resize
from ..config import RunConfig
from ..held_out import held_out_batches, root_mean_square, rows_sheet, sheet_batch, split_photos
from ..objective import Objective, State
from ..opponent import Opponent
from ..task import Result, figures_result
from ._frozen import SeededObjective, seeded
from .colorizer import create_started
from .vae import VaeObjective, weighted_norm

HELD_OUT_LIMIT = 32  # pictures for its figures
DRAWN = 4  # colourings of each

MakeObjective = Callable[[RunConfig, Sequence[Photo]], Objective]


class AgainstOpponent(SeededObjective):
    """An objective with a critic beside it; both go on where they were."""

    def __init__(self, seed: int, opponent: Opponent) -> None:
        super().__init__(seed)
        self.opponent = opponent

    def state(self) -> State:
        return super().state() | {"opponent": self.opponent.state()}

    def restore(self, state: State) -> None:
        super().restore(state)
        self.opponent.restore(state["opponent"])


@dataclass(frozen=True)
class BesideVae:
    """An objective that the VAE's is part of; the chance is the VAE's."""

    of_vae: VaeObjective

    def state(self) -> State:
        return self.of_vae.state()

    def restore(self, state: State) -> None:
        self.of_vae.restore(state)


def beside_vae(create: Callable[[VaeObjective], Objective]) -> MakeObjective:
    """An objective that the VAE's for a run's pictures is part of."""

    def make(config: RunConfig, photos: Sequence[Photo]) -> Objective:
        norm = weighted_norm(config, photos)
        return create(VaeObjective(norm, config.crops.seed, config.fit.half))

    return make


def without_photos(create: Callable[[RunConfig], Objective]) -> MakeObjective:
    """An objective for which the pictures need not be looked at first."""
    return lambda config, photos: create(config)


def true_squares(batch: Batch, side: int, device: str) -> Float[Tensor, "b 4 s s"]:
    """The lightness that is seen, and the true Lab, side x side."""
    whole = torch.cat([batch.seen, batch.lab], dim=1).to(device)
    return resize(whole, (side, side))


def repeated(x: Float[Tensor, "b c h w"], count: int) -> Float[Tensor, "n c h w"]:
    """Each picture `count` times, one picture after another."""
    return x.repeat_interleave(count, 0)


@dataclass(frozen=True)
class RivalTask:
    """A network of `models/rivals`, by an objective of its own."""

    config: RunConfig
    make_objective: MakeObjective

    def photos(self) -> tuple[list[Photo], list[Photo]]:
        return split_photos(self.config)

    def network(self, begin: bool) -> nn.Module:
        c = self.config
        return create_started(c, begin, lambda: create_rival(c.model, **c.options))

    def objective(self, photos: Sequence[Photo]) -> Objective:
        return self.make_objective(self.config, photos)

    def figures(self, network: nn.Module, held_out: Sequence[Photo]) -> dict[str, float]:
        """Errors in ab units of the best of a few colourings and of any, and their deviation."""
        random, best, each, spread = seeded(0), [], [], []
        for batch in held_out_batches(held_out, self.config, HELD_OUT_LIMIT):
            drawn = drawing(network).draw(repeated(batch.seen, DRAWN), random)
            true = resize(batch.lab[:, 1:], (drawn.shape[2], drawn.shape[3]))
            error = root_mean_square(drawn, repeated(true, DRAWN)).view(-1, DRAWN)
            best.append(error.amin(1))
            each.append(error.mean(1))
            spread.append(drawn.view(-1, DRAWN, *drawn.shape[1:]).var(1).mean((1, 2, 3)).sqrt())
        return {
            f"rmse, best of {DRAWN}": float(torch.cat(best).mean()),
            "rmse, any": float(torch.cat(each).mean()),
            "deviation": float(torch.cat(spread).mean()),
        }

    def sheet(self, network: nn.Module, held_out: Sequence[Photo]) -> NDArray[np.uint8]:
        """Grey, a few colourings, and the truth."""
        batch, random = sheet_batch(held_out, self.config), seeded(0)
        size = (batch.lab.shape[2], batch.lab.shape[3])
        rows = [resize(drawing(network).draw(batch.seen, random), size) for _ in range(DRAWN)]
        return rows_sheet(batch, rows)

    def result(
        self, network: nn.Module, held_out: Sequence[Photo], datasets: Sequence[Path]
    ) -> Result:
        figures = self.figures(network, held_out) if held_out else {}
        return figures_result(self.config.model, network, figures)


def drawing(network: nn.Module) -> DrawsColors:
    """The network itself.

    Raises:
        BadValue: it is spread over several processes.
    """
    if not isinstance(network, DrawsColors):
        raise BadValue("This network trains in one process; start it without torchrun.")
    return network
