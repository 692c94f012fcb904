"""The task of the second paper's mixture density network: codes that suit a grey picture.

Its targets are codes drawn anew each step from the VAE's posterior of the true colours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ...data.crops import Batch
from ...data.datasets import Photo
from ...models import to_device
from ...models.sampler.loading import create_mdn
from ...models.sampler.mdn import Codes, MixtureDensity
from ...models.sampler.vae import Posterior, Vae
from ...resize import shrink
from ..checks import spread
from ..config import RunConfig
from ..defaults import Defaults
from ..fit import Trainee
from ..flags import Ignores
from ..folder import RunFolder
from ..objective import Objective
from ._sampler import (
    SHIPPED_VAE,
    SHOWN,
    Drawing,
    Standing,
    alone,
    draw_normal,
    export_part,
    held_out_batch,
    seeded,
    start_vae,
    write_rows,
)
from .colorizer import ColourTask

MDN = "mdn"
LOOKED_AT = 200  # held-out pictures while it trains, at most
DRAWN = 4  # codes a picture on the sheets


class MdnObjective(Drawing):
    def __init__(self, device: str, seed: int, half: bool) -> None:
        super().__init__(seed)
        self.device, self.half = torch.device(device), half

    def __call__(self, network: nn.Module, batch: Batch, progress: float) -> dict[str, Tensor]:
        """ "codes", Equation 9."""
        standing = alone(network, Standing)
        standing.vae.eval()
        seen = batch.seen.to(self.device, memory_format=torch.channels_last)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.half):
            codes, posterior = _seen(standing, seen, batch)
        z = posterior.draw(draw_normal(posterior.mean, self.random))
        return {"codes": codes.loss(z)}


def _seen(standing: Standing, seen: Tensor, batch: Batch) -> tuple[Codes, Posterior]:
    """p(z | grey), and the codes of the true colours."""
    with torch.no_grad():
        grey = standing.vae.features(seen)
        posterior = standing.vae.encode(shrink(batch.lab[:, 1:].to(seen), grey.size), grey)
    codes: Codes = standing.learner(grey)
    return codes, posterior


@dataclass(frozen=True)
class MdnTask:
    config: RunConfig

    @cached_property
    def base(self) -> tuple[Vae, str]:
        return start_vae(self.config.start)

    def photos(self) -> tuple[list[Photo], list[Photo]]:
        return ColourTask(self.config).photos()

    def model(self, begin: bool) -> nn.Module:
        vae, digest = self.base
        torch.manual_seed(self.config.crops.seed)
        shape = {"latent": vae.config.latent, "inside": vae.config.coarse}
        mdn = create_mdn(**{**shape, **self.config.options, "vae": digest})
        return to_device(Standing(vae, mdn), self.config.device)

    def objective(self, photos: Sequence[Photo]) -> Objective:
        return MdnObjective(self.config.device, self.config.crops.seed, self.config.fit.half)

    @torch.inference_mode()
    def look(self, trainee: Trainee, held_out: Sequence[Photo]) -> dict[str, float]:
        """Nats of the true codes, the distance to the nearest mean, and how many means are used."""
        standing = trainee.average
        assert isinstance(standing, Standing) and isinstance(standing.learner, MixtureDensity)
        nats, near, used = [], [], []
        for batch in held_out_batch(spread(held_out, LOOKED_AT), self.config):
            codes, posterior = _seen(standing, batch.seen, batch)
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

    @torch.inference_mode()
    def show(self, path: Path, trainee: Trainee, held_out: Sequence[Photo]) -> None:
        """Grey, a few draws decoded, and the truth."""
        standing = trainee.average
        assert isinstance(standing, Standing)
        batch = next(held_out_batch(spread(held_out, SHOWN), self.config))
        grey = standing.vae.features(batch.seen)
        drawn = standing.learner(grey).draw(DRAWN, "sample", seeded(0))
        write_rows(path, batch, [standing.vae.decode(z, grey) for z in drawn.unbind(1)])

    def export(
        self,
        folder: RunFolder,
        trainee: Trainee,
        held_out: Sequence[Photo],
        checking: Sequence[Path],
    ) -> Path:
        standing = trainee.average
        assert isinstance(standing, Standing)
        figures = self.look(trainee, held_out) if held_out else {}
        return export_part(folder, self.config, MDN, standing.learner, trainee, figures)


def defaults(name: str, options: Mapping[str, Any]) -> Defaults:
    return Defaults(SHIPPED_VAE)


IGNORES = Ignores("The mixture gives codes and no colours")
build = MdnTask
