"""The task of the pixel-by-pixel colorizer: the likelihood of true colours, small.

The grey picture's network alone predicts each pixel too, so that it learns what colours there are.
"""

from __future__ import annotations

from functools import partial

import torch.nn.functional as F
from torch import Tensor, nn

from ...data.crops import Batch
from ...models.rivals._pixels import as_values, log_likelihood
from ...models.rivals.pic import Pic
from ..config import RunConfig
from ..defaults import Defaults
from ..flags import Ignores
from ._frozen import SeededObjective, alone
from ._rival import RivalTask, true_squares, without_photos


class PicObjective(SeededObjective):
    def __init__(self, config: RunConfig) -> None:
        super().__init__(config.crops.seed)
        self.device = config.device

    def __call__(self, network: nn.Module, batch: Batch, progress: float) -> dict[str, Tensor]:
        """ "pixels" and "early", less their log likelihoods, in nats a value of a or b."""
        model = alone(network, Pic)
        both = true_squares(batch, model.config.side, self.device)
        known, grey = model.embed(both[:, :1], self.random)
        x = as_values(F.avg_pool2d(both[:, 2:], 4))
        raw = model.pixels(x, known, model.config.dropout, self.random)
        early = log_likelihood(model.early(known), grey, x)
        return {
            "pixels": -log_likelihood(raw, grey, x).mean() / 2,
            "early": -model.config.early * early.mean() / 2,
        }


defaults = Defaults("scratch", fit={"lr": 1e-3, "betas": (0.95, 0.9995), "weight_decay": 0.0})
IGNORES = Ignores("The pixel-by-pixel colorizer has a loss of its own, its paper's")
build = partial(RivalTask, make_objective=without_photos(PicObjective))
