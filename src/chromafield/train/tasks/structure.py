"""The task of the second paper's structure: vectors a pixel, learnt through the field's solve.

Each picture's code is drawn from the VAE's posterior and decoded; a random share of the decoded
pixels is told to the field, fewer as the run goes on, and the field's answer is compared with the
truth. In some pictures a few true colours are told instead, as a person's strokes would be.

References:
    Messaoud, Forsyth and Schwing, 2018, section 3.2, and section 4 for the schedule. The solution
    is regressed: the energy of the truth alone would be least for S = I.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from ...data.crops import Batch
from ...data.datasets import Photo
from ...fields._adjoint import solve
from ...models import to_device
from ...models.sampler.loading import create_structure
from ...models.sampler.structure import Structure
from ...models.sampler.vae import Vae
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
from .vae import WeightedNorm, weighted_norm

STRUCTURE = "structure"
RIDGE = 1e-3  # towards the average of what is told
LOOKED_AT = 64  # held-out pictures while it trains, at most
SHARES = (1.0, 0.1, 0.01)  # of the pixels that are told when it is looked at


def answer(
    vectors: Float[Tensor, "b d h w"],
    told: Float[Tensor, "b 2 h w"],
    known: Bool[Tensor, "b h w"],
    beta: float,
) -> Float[Tensor, "b 2 h w"]:
    """The field's colours where some pixels' are told; in double precision."""
    own = beta * known.flatten(1).double()
    values = told.flatten(2).mT.double()
    mean = (own[..., None] * values).sum(1, keepdim=True) / own.sum(1)[:, None, None]
    right = own[..., None] * values + RIDGE * mean
    x = solve(vectors.flatten(2).mT.double(), own + RIDGE, right)
    return x.mT.reshape(told.shape).float()


def choose(share: Float[Tensor, " b"], random: Tensor) -> Bool[Tensor, "b h w"]:
    """About a share of each picture's pixels by random numbers (b, h, w), and at least one."""
    known = random < share[:, None, None]
    first = random == random.amin((1, 2), keepdim=True)
    return known | first


class StructureObjective(Drawing):
    def __init__(self, norm: WeightedNorm, seed: int, half: bool) -> None:
        super().__init__(seed)
        self.norm, self.half = norm, half

    def __call__(self, network: nn.Module, batch: Batch, progress: float) -> dict[str, Tensor]:
        """ "colours", where the decoder's are told, and "edits", where some true ones are."""
        standing = alone(network, Standing)
        structure = standing.learner
        assert isinstance(structure, Structure)
        config = structure.config
        standing.vae.eval()
        device = self.norm.balance.device
        seen = batch.seen.to(device, memory_format=torch.channels_last)
        with torch.autocast(device.type, torch.bfloat16, enabled=self.half):
            vectors, alpha, true = _told(standing.vae, structure, seen, batch, self.random)
        count = len(true)
        edits = round(config.edits * count)
        told = torch.cat([true[:edits], alpha[edits:]])
        usual = config.masks[min(int(progress * len(config.masks)), len(config.masks) - 1)]
        low, high = (math.log(s) for s in config.edit_shares)
        drawn = torch.rand(edits, generator=self.random) * (high - low) + low
        share = torch.cat([drawn.exp(), torch.full((count - edits,), usual)])
        places = torch.rand(count, *true.shape[2:], generator=self.random)
        known = choose(share, places).to(device)
        error = self.norm(answer(vectors, told, known, config.beta), true)
        return {
            "colours": error[edits:].sum() / count,
            "edits": error[:edits].sum() / count,
        }


def _told(
    vae: Vae, structure: Structure, seen: Tensor, batch: Batch, random: torch.Generator
) -> tuple[Tensor, Tensor, Tensor]:
    """Each pixel's vector, the colours decoded from a posterior draw, and the true ones."""
    with torch.no_grad():
        grey = vae.features(seen)
        true = shrink(batch.lab[:, 1:].to(seen), grey.size)
        posterior = vae.encode(true, grey)
        z = posterior.draw(draw_normal(posterior.mean, random))
        below = vae.below_top(z, grey)
    return structure.embed(seen, grey), structure.top(below, z), true


@dataclass(frozen=True)
class StructureTask:
    config: RunConfig

    @cached_property
    def base(self) -> tuple[Vae, str]:
        return start_vae(self.config.start)

    def photos(self) -> tuple[list[Photo], list[Photo]]:
        return ColourTask(self.config).photos()

    def model(self, begin: bool) -> nn.Module:
        vae, digest = self.base
        torch.manual_seed(self.config.crops.seed)
        own = vae.config
        shape = {"inside": own.widths[-1], "top": (sum(own.widths[1:]), own.widths[-1], own.latent)}
        structure = create_structure(**{**shape, **self.config.options, "vae": digest})
        structure.top.load_state_dict(vae.top.state_dict())
        return to_device(Standing(vae, structure), self.config.device)

    def objective(self, photos: Sequence[Photo]) -> Objective:
        norm = weighted_norm(self.config, photos)
        return StructureObjective(norm, self.config.crops.seed, self.config.fit.half)

    @torch.inference_mode()
    def look(self, trainee: Trainee, held_out: Sequence[Photo]) -> dict[str, float]:
        """Errors in ab units: of the decoded colours, of the field told some of them, of edits."""
        standing = trainee.average
        assert isinstance(standing, Standing) and isinstance(standing.learner, Structure)
        random = seeded(0)
        found: dict[str, list[Tensor]] = {}
        for batch in held_out_batch(spread(held_out, LOOKED_AT), self.config):
            true, rows = _answers(standing.vae, standing.learner, batch, random)
            for name, ab in rows.items():
                error = (ab - true).square().mean((1, 2, 3)).sqrt()
                found.setdefault(f"rmse, {name}", []).append(error)
        return {name: float(torch.cat(errors).mean()) for name, errors in found.items()}

    @torch.inference_mode()
    def show(self, path: Path, trainee: Trainee, held_out: Sequence[Photo]) -> None:
        """Grey, decoded, the field told shares of it and of the truth, and the truth."""
        standing = trainee.average
        assert isinstance(standing, Standing) and isinstance(standing.learner, Structure)
        batch = next(held_out_batch(spread(held_out, SHOWN), self.config))
        _, rows = _answers(standing.vae, standing.learner, batch, seeded(0))
        write_rows(path, batch, list(rows.values()))

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
        return export_part(folder, self.config, STRUCTURE, standing.learner, trainee, figures)


def _answers(
    vae: Vae, structure: Structure, batch: Batch, random: torch.Generator
) -> tuple[Tensor, dict[str, Tensor]]:
    """True colours; and by name the decoded ones, and the field's told shares of either."""
    vectors, alpha, true = _told(vae, structure, batch.seen, batch, random)
    rows = {"decoded": alpha}
    for share in SHARES:
        places = torch.rand(len(true), *true.shape[2:], generator=random)
        known = choose(torch.full((len(true),), share), places).to(true.device)
        beta = structure.config.beta
        rows[f"field, {share:g} told"] = answer(vectors, alpha, known, beta)
        rows[f"edits at {share:g}"] = answer(vectors, true, known, beta)
    return true, rows


def defaults(name: str, options: Mapping[str, Any]) -> Defaults:
    return Defaults(SHIPPED_VAE)


IGNORES = Ignores("The structure has a loss of its own, the paper's")
build = StructureTask
