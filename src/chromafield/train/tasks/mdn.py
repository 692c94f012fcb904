"""The task of the second paper's mixture density network: codes that suit a grey picture.

Its targets are codes drawn anew each step from the VAE's posterior of the true colours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ...data.crops import Batch
from ...datasets.datasets import Photo
from ...models.sampler.loading import create_mdn
from ...models.sampler.mdn import Codes, MixtureDensity
from ...models.sampler.vae import Posterior, Vae
from ...resize import shrink
from ..config import RunConfig
from ..defaults import Defaults
from ..flags import Ignores
from ..held_out import held_out_batches, rows_sheet, sheet_batch, split_photos
from ..objective import Objective
from ..task import Result, figures_result
from ._frozen import SHIPPED, OnFrozenVae, SeededObjective, alone, draw_normal, on_frozen_vae

MDN = "mdn"
HELD_OUT_LIMIT = 200  # pictures for its figures
DRAWN = 4  # codes a picture on the sheets


class MdnObjective(SeededObjective):
    def __init__(self, device: str, seed: int, half: bool) -> None:
        super().__init__(seed)
        self.device, self.half = torch.device(device), half

    def __call__(self, network: nn.Module, batch: Batch, progress: float) -> dict[str, Tensor]:
        """ "codes", Equation 9."""
        standing = alone(network, OnFrozenVae)
        standing.vae.eval()
        seen = batch.seen.to(self.device, memory_format=torch.channels_last)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.half):
            codes, posterior = _codes_of(standing, seen, batch)
        z = posterior.draw(draw_normal(posterior.mean, self.random))
        return {"codes": codes.loss(z)}


def _codes_of(standing: OnFrozenVae, seen: Tensor, batch: Batch) -> tuple[Codes, Posterior]:
    """p(z | grey), and the codes of the true colours."""
    with torch.no_grad():
        grey = standing.vae.features(seen)
        posterior = standing.vae.encode(shrink(batch.lab[:, 1:].to(seen), grey.size), grey)
    codes: Codes = standing.learner(grey)
    return codes, posterior


@dataclass(frozen=True)
class MdnTask:
    config: RunConfig

    def network(self, begin: bool) -> nn.Module:
        def create(vae: Vae, digest: str) -> MixtureDensity:
            shape = {"latent": vae.config.latent, "inside": vae.config.coarse}
            return create_mdn(**{**shape, **self.config.options, "vae": digest})

        return on_frozen_vae(self.config, create)

    def objective(self, photos: Sequence[Photo]) -> Objective:
        return MdnObjective(self.config.device, self.config.crops.seed, self.config.fit.half)

    def photos(self) -> tuple[list[Photo], list[Photo]]:
        return split_photos(self.config)

    def figures(self, network: nn.Module, held_out: Sequence[Photo]) -> dict[str, float]:
        """Nats of the true codes, the distance to the nearest mean, and how many means are used."""
        standing = alone(network, OnFrozenVae)
        nats, near, used = [], [], []
        for batch in held_out_batches(held_out, self.config, HELD_OUT_LIMIT):
            codes, posterior = _codes_of(standing, batch.seen, batch)
            square = ((codes.mean - posterior.mean[:, None]) ** 2).mean(2)
            nats.append(codes.likelihood(posterior.mean))
            near.append(square.amin(1).sqrt())
            used.append(square.argmin(1))
        shares = torch.bincount(torch.cat(used), minlength=codes.mean.shape[1]).double()
        shares = shares / shares.sum()
        entropy = -(shares * shares.clamp_min(1e-30).log()).sum()
        return {
            "log p(z)": float(torch.cat(nats).mean()),
            "distance to the nearest mean": float(torch.cat(near).mean()),
            "means in use": float(entropy.exp()),
        }

    def sheet(self, network: nn.Module, held_out: Sequence[Photo]) -> NDArray[np.uint8]:
        """Grey, a few draws decoded, and the truth."""
        standing = alone(network, OnFrozenVae)
        batch = sheet_batch(held_out, self.config)
        grey = standing.vae.features(batch.seen)
        drawn = standing.learner(grey).draw(DRAWN, "sample", torch.Generator().manual_seed(0))
        return rows_sheet(batch, [standing.vae.decode(z, grey) for z in drawn.unbind(1)])

    def result(
        self, network: nn.Module, held_out: Sequence[Photo], datasets: Sequence[Path]
    ) -> Result:
        learner = alone(network, OnFrozenVae).learner
        return figures_result(MDN, learner, self.figures(network, held_out) if held_out else {})


defaults = Defaults(SHIPPED)
IGNORES = Ignores("The mixture gives codes and no colours")
build = MdnTask
