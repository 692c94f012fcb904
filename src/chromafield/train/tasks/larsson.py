"""The task of Larsson's hypercolumns: hues and chromas of small windows, at a few places each.

References:
    Larsson, Maire and Shakhnarovich, Learning representations for automatic colorization, 2016:
    128 places a picture, histograms of 7 x 7 pixels, the hue's loss five times the chroma's and
    weighted by the true chroma. Theirs was momentum; here it is the trainer's Adam.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn

from ...color import lab_to_shown
from ...data.crops import Batch
from ...datasets.datasets import Photo
from ...models._hue import BINS, hue_and_chroma
from ...models.larsson import Larsson
from ..config import RunConfig
from ..defaults import Defaults
from ..flags import Ignores
from ._frozen import SeededObjective, alone
from ._own_objective import OwnObjectiveTask

PLACES = 128  # of a picture
WINDOW = 7  # pixels of a side
HUE_WEIGHT = 5.0


class LarssonObjective(SeededObjective):
    def __init__(self, config: RunConfig) -> None:
        super().__init__(config.crops.seed)
        self.device, self.half = torch.device(config.device), config.fit.half

    def __call__(self, network: nn.Module, batch: Batch, progress: float) -> dict[str, Tensor]:
        """ "chroma" and "hue": divergences of the answers from the windows' histograms."""
        model = alone(network, Larsson)
        b, _, h, w = batch.lab.shape
        pixels = [torch.randint(n, (b, PLACES), generator=self.random) for n in (w, h)]
        places = (torch.stack(pixels, dim=-1)[:, None] + 0.5).to(batch.lab)
        seen, places = (x.to(self.device) for x in (batch.seen, places))
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.half):
            hue, chroma = (x.float()[:, :, 0] for x in model.at(seen, places, self.random))
        true_hue, true_chroma = hue_and_chroma(lab_to_shown(batch.lab.to(self.device)))
        x, y = (p.to(self.device) for p in pixels)
        own = true_chroma.flatten(1).gather(1, y * w + x)
        return {
            "chroma": divergence(windows(true_chroma, x, y), chroma).mean(),
            "hue": HUE_WEIGHT * (own * divergence(windows(true_hue, x, y), hue)).mean(),
        }


def windows(
    values: Float[Tensor, "b h w"], x: Int[Tensor, "b n"], y: Int[Tensor, "b n"]
) -> Float[Tensor, "b 32 n"]:
    """Histograms of values in [0, 1] in windows around pixels, cut off at the picture's edges."""
    bins = (BINS * values).long().clamp_max(BINS - 1)
    counts = F.one_hot(bins, BINS).movedim(-1, 1).to(values)
    shares = F.avg_pool2d(counts, WINDOW, 1, WINDOW // 2, count_include_pad=False)
    places = (y * values.shape[2] + x)[:, None].expand(-1, BINS, -1)
    return shares.flatten(2).gather(2, places)


def divergence(
    true: Float[Tensor, "b k n"], logits: Float[Tensor, "b k n"]
) -> Float[Tensor, "b n"]:
    """Kullback and Leibler's, of the true distributions from softmax(logits)."""
    return (torch.xlogy(true, true) - true * logits.log_softmax(1)).sum(1)


class LarssonTask(OwnObjectiveTask):
    def objective(self, photos: Sequence[Photo]) -> LarssonObjective:
        return LarssonObjective(self.config)


defaults = Defaults("scratch")
IGNORES = Ignores("The hypercolumns have a loss of their own, their paper's")
build = LarssonTask
