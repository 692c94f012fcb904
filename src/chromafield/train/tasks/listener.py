"""The task of the hint network: simulated hints of true colours, and what they change.

A picture gets a few patches of its true colours, as a person's points would be: mostly few, at
times many, of 1 to 9 pixels, around the middle or anywhere. In half of the pictures one object or
more are painted in other colours first, each with a hint of its own; any position may have one hint
more. One in two of these is a stroke along the object. The run starts from the colorizer to stand
on, or from COLORIZER+FILE, where FILE is the weights of an earlier hint network.

References:
    Zhang et al., Real-time user-guided image colorization, 2017, section 3.1, for the patches.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor, nn

from ...beliefs import GaussianBelief
from ...data.crops import Batch
from ...data.repaint import Position, along, repaint
from ...data.reveal import DISTRIBUTIONS, Revealed, given_on, reveal, reveal_at
from ...datasets.datasets import Photo
from ...defaults import MODEL
from ...models.hint_network.loading import HINT_NETWORK, create_hint_network
from ...resize import shrink
from ..config import LossConfig
from ..defaults import Defaults
from ..flags import ALL, Ignores
from ..held_out import held_out_batches, rows_sheet, sheet_batch
from ..losses import mean_loss
from ..objective import Objective
from ._frozen import OnColorizerTask, OnFrozenColorizer, SeededObjective, row_errors

FEW = 1 / 8  # the number of points is 1 + a geometric number of this chance
MANY = 0.3  # the share of pictures with many points instead: from 10 to MOST, evenly in log
MOST = 250
SIDES = (1, 9)  # pixels of a patch
REPAINTED = 0.5  # the chance of an object in another colour, and of each one more
MOST_REPAINTED = 3  # in a picture
STROKES = 0.5  # the share of strokes among the hints on objects
HELD_OUT_LIMIT = 100  # pictures for its figures
COUNTS = (1, 10, 100)  # points, for its figures


class HintsOnColorizer(OnFrozenColorizer):
    def forward(
        self, seen: Float[Tensor, "b 1 h w"], shown: Sequence[Revealed]
    ) -> Float[Tensor, "b 2 i j"]:
        """Colours, ab, of grey pictures with what is revealed of each."""
        maps, mean = self.describe(seen)
        mean = mean.float()
        grid = (mean.shape[2], mean.shape[3])
        given = [given_on(one, grid) for one in shown]
        belief = GaussianBelief(
            torch.cat([t.mean for t in given]).to(mean),
            torch.cat([t.precision for t in given]).to(mean),
        )
        colours: Tensor = self.learner(maps, mean, belief)
        return colours


class HintNetworkObjective(SeededObjective):
    def __init__(self, device: str, losses: LossConfig, seed: int, half: bool) -> None:
        super().__init__(seed)
        self.device, self.losses, self.half = torch.device(device), losses, half

    def __call__(self, network: nn.Module, batch: Batch, progress: float) -> dict[str, Tensor]:
        """ "colours", the loss of the mean."""
        random = self.numpy_random()
        ab, shown = simulate(batch.lab, random)
        seen = batch.seen.to(self.device, memory_format=torch.channels_last)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.half):
            guess: Tensor = network(seen, shown)
        true = shrink(ab.to(self.device), (guess.shape[2], guess.shape[3]))
        return {"colours": mean_loss(guess, true, self.losses)}


def simulate(
    lab: Float[Tensor, "b 3 h w"], random: np.random.Generator
) -> tuple[Float[Tensor, "b 2 h w"], list[Revealed]]:
    """The colours to be learnt, some of them not the true ones, and points on each picture."""
    colours, shown = [], []
    for one in lab:
        ab, positions = _painted(one, random)
        points = reveal(ab[None], *_drawn(random), random, side=SIDES)
        for position in positions:
            stroke = random.random() < STROKES
            reveal_at(points, ab[None], *(along(ab, position, random) if stroke else [position]))
        colours.append(ab)
        shown.append(points)
    return torch.stack(colours), shown


def _painted(
    lab: Float[Tensor, "3 h w"], random: np.random.Generator
) -> tuple[Float[Tensor, "2 h w"], list[Position]]:
    """The picture's ab with things in other colours, and the places that have hints of their own:
    on each, and at times one anywhere."""
    positions: list[Position] = []
    while len(positions) < MOST_REPAINTED and random.random() < REPAINTED:
        if (found := repaint(lab, random)) is None:
            break
        ab, position = found
        lab = torch.cat([lab[:1], ab])
        positions.append(position)
    if random.random() < STROKES:
        anywhere = (int(random.integers(lab.shape[1])), int(random.integers(lab.shape[2])))
        positions.insert(0, anywhere)  # later hints cover it
    return lab[1:], positions


def _drawn(random: np.random.Generator) -> tuple[int, str]:
    """A number of points, and the distribution of their positions."""
    distribution = DISTRIBUTIONS[int(random.integers(len(DISTRIBUTIONS)))]
    if random.random() < MANY:
        return round(float(np.exp(random.uniform(np.log(10), np.log(MOST))))), distribution
    return int(random.geometric(FEW)), distribution


class HintNetworkTask(OnColorizerTask):
    name = HINT_NETWORK
    create = create_hint_network
    together = HintsOnColorizer

    def objective(self, photos: Sequence[Photo]) -> Objective:
        c = self.config
        return HintNetworkObjective(c.device, c.losses, c.crops.seed, c.fit.half)

    def figures(self, network: nn.Module, held_out: Sequence[Photo]) -> dict[str, float]:
        """Errors in ab units: of the automatic colours, and with each number of points."""
        batches = held_out_batches(held_out, self.config, HELD_OUT_LIMIT)
        return row_errors(lambda batch: _predicted(network, batch), batches)

    def sheet(self, network: nn.Module, held_out: Sequence[Photo]) -> NDArray[np.uint8]:
        """Grey, automatic, with ever more points, and the truth."""
        batch = sheet_batch(held_out, self.config)
        return rows_sheet(batch, list(_predicted(network, batch)[1].values()))


def _predicted(network: nn.Module, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
    """True colours on the output's grid, and the predicted ones by the number of points."""
    rows = {}
    for count in (0, *COUNTS):
        random = np.random.default_rng(count)
        shown = [reveal(one[None], count, "uniform", random) for one in batch.lab[:, 1:]]
        rows[f"{count} points"] = network(batch.seen, shown)
    grid = next(iter(rows.values())).shape[2:]
    return shrink(batch.lab[:, 1:], (grid[0], grid[1])), rows


defaults = Defaults(MODEL)
IGNORES = Ignores(
    "The hint network learns true colours alone",
    tuple(n for n in ALL if n not in ("--loss", "--knee")),
)
build = HintNetworkTask
