"""The task of the second paper's structure: vectors a pixel, learnt through the field's solve.

Each picture's code is drawn from the VAE's posterior and decoded; a random share of the decoded
pixels is given to the field, fewer as the run goes on, and the field's colours are compared with
the truth. In some pictures a few true colours are given instead, as a person's strokes would be.

References:
    Messaoud, Forsyth and Schwing, 2018, section 3.2, and section 4 for the schedule. The solution
    is regressed: the energy of the truth alone would be least for S = I. The option `likelihood`
    has Equation 7 itself, determinant included, in place of a share of that.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Bool, Float
from numpy.typing import NDArray
from torch import Tensor, nn

from ...data.crops import Batch
from ...datasets.datasets import Photo
from ...fields._adjoint import solve
from ...fields._likelihood import log_likelihood
from ...models.sampler.loading import create_structure
from ...models.sampler.structure import Structure
from ...models.sampler.vae import Vae
from ...resize import shrink
from ..config import RunConfig
from ..defaults import Defaults
from ..flags import Ignores
from ..held_out import held_out_batches, rows_sheet, sheet_batch, split_photos
from ..objective import Objective
from ..task import Result, figures_result
from ._frozen import (
    SHIPPED,
    OnFrozenVae,
    SeededObjective,
    alone,
    draw_normal,
    on_frozen_vae,
    row_errors,
    seeded,
)
from .vae import WeightedNorm, weighted_norm

STRUCTURE = "structure"
RIDGE = 1e-3  # towards the average of what is given
HELD_OUT_LIMIT = 64  # pictures for its figures
SHARES = (1.0, 0.1, 0.01)  # of the pixels that are given for its figures


def infer(
    vectors: Float[Tensor, "b d h w"],
    given: Float[Tensor, "b 2 h w"],
    known: Bool[Tensor, "b h w"],
    beta: float,
) -> Float[Tensor, "b 2 h w"]:
    """The field's colours where some pixels' are given; in double precision."""
    x = solve(vectors.flatten(2).mT.double(), *_unary(given, known, beta))
    return x.mT.reshape(given.shape).float()


def nats(
    vectors: Float[Tensor, "b d h w"],
    given: Float[Tensor, "b 2 h w"],
    known: Bool[Tensor, "b h w"],
    beta: float,
    true: Float[Tensor, "b 2 h w"],
) -> Float[Tensor, " b"]:
    """Less the true colours' log likelihood under that field, a value; in double precision."""
    embedding, x = vectors.flatten(2).mT.double(), true.flatten(2).mT.double()
    found = log_likelihood(embedding, *_unary(given, known, beta), x)
    return -found.float() / x[0].numel()


def _unary(
    given: Float[Tensor, "b 2 h w"], known: Bool[Tensor, "b h w"], beta: float
) -> tuple[Float[Tensor, "b p"], Float[Tensor, "b p 2"]]:
    """What pulls each pixel by itself, and the right-hand side."""
    own = beta * known.flatten(1).double()
    values = given.flatten(2).mT.double()
    mean = (own[..., None] * values).sum(1, keepdim=True) / own.sum(1)[:, None, None]
    return own + RIDGE, own[..., None] * values + RIDGE * mean


def choose(share: Float[Tensor, " b"], random: Tensor) -> Bool[Tensor, "b h w"]:
    """About a share of each picture's pixels by random numbers (b, h, w), and at least one."""
    known = random < share[:, None, None]
    first = random == random.amin((1, 2), keepdim=True)
    return known | first


class StructureObjective(SeededObjective):
    def __init__(self, norm: WeightedNorm, seed: int, half: bool) -> None:
        super().__init__(seed)
        self.norm, self.half = norm, half

    def __call__(self, network: nn.Module, batch: Batch, progress: float) -> dict[str, Tensor]:
        """ "colours", where the decoder's are given, and "edits", where some true ones are; with
        the option `likelihood` also that, in nats a value."""
        vae, structure = _parts(network)
        config = structure.config
        vae.eval()
        device = self.norm.balance.device
        seen = batch.seen.to(device, memory_format=torch.channels_last)
        with torch.autocast(device.type, torch.bfloat16, enabled=self.half):
            vectors, alpha, true = _decoded(vae, structure, seen, batch, self.random)
        count = len(true)
        edits = round(config.edits * count)
        given = torch.cat([true[:edits], alpha[edits:]])
        now = config.masks[min(int(progress * len(config.masks)), len(config.masks) - 1)]
        low, high = (math.log(s) for s in config.edit_shares)
        drawn = torch.rand(edits, generator=self.random) * (high - low) + low
        shares = torch.cat([drawn.exp(), torch.full((count - edits,), now)])
        positions = torch.rand(count, *true.shape[2:], generator=self.random)
        known = choose(shares, positions).to(device)
        share, unit = config.likelihood, config.unit
        error = self.norm(infer(vectors, given, known, config.beta), true)
        parts = {
            "colours": (1 - share) * error[edits:].sum() / count,
            "edits": (1 - share) * error[:edits].sum() / count,
        }
        if share:
            exact = nats(vectors, given / unit, known, config.beta, true / unit)
            parts["likelihood"] = share * exact.mean()
        return parts


def _decoded(
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


def _parts(network: nn.Module) -> tuple[Vae, Structure]:
    standing = alone(network, OnFrozenVae)
    return standing.vae, alone(standing.learner, Structure)


@dataclass(frozen=True)
class StructureTask:
    config: RunConfig

    def network(self, begin: bool) -> nn.Module:
        def create(vae: Vae, digest: str) -> Structure:
            widths, latent = vae.config.widths, vae.config.latent
            shape = {"inside": widths[-1], "top": (sum(widths[1:]), widths[-1], latent)}
            structure = create_structure(**{**shape, **self.config.options, "vae": digest})
            structure.top.load_state_dict(vae.top.state_dict())
            return structure

        return on_frozen_vae(self.config, create)

    def objective(self, photos: Sequence[Photo]) -> Objective:
        norm = weighted_norm(self.config, photos)
        return StructureObjective(norm, self.config.crops.seed, self.config.fit.half)

    def photos(self) -> tuple[list[Photo], list[Photo]]:
        return split_photos(self.config)

    def figures(self, network: nn.Module, held_out: Sequence[Photo]) -> dict[str, float]:
        """Errors in ab units: of the decoded colours, of the field given some of them, of edits."""
        random = seeded(0)
        batches = held_out_batches(held_out, self.config, HELD_OUT_LIMIT)
        return row_errors(lambda batch: _predicted(*_parts(network), batch, random), batches)

    def sheet(self, network: nn.Module, held_out: Sequence[Photo]) -> NDArray[np.uint8]:
        """Grey, decoded, the field given shares of it and of the truth, and the truth."""
        batch = sheet_batch(held_out, self.config)
        _, rows = _predicted(*_parts(network), batch, seeded(0))
        return rows_sheet(batch, list(rows.values()))

    def result(
        self, network: nn.Module, held_out: Sequence[Photo], datasets: Sequence[Path]
    ) -> Result:
        figures = self.figures(network, held_out) if held_out else {}
        return figures_result(STRUCTURE, _parts(network)[1], figures)


def _predicted(
    vae: Vae, structure: Structure, batch: Batch, random: torch.Generator
) -> tuple[Tensor, dict[str, Tensor]]:
    """True colours; and by name the decoded ones, and the field's given shares of either."""
    vectors, alpha, true = _decoded(vae, structure, batch.seen, batch, random)
    rows = {"decoded": alpha}
    for share in SHARES:
        positions = torch.rand(len(true), *true.shape[2:], generator=random)
        known = choose(torch.full((len(true),), share), positions).to(true.device)
        beta = structure.config.beta
        rows[f"field, {share:g} told"] = infer(vectors, alpha, known, beta)
        rows[f"edits at {share:g}"] = infer(vectors, true, known, beta)
    return true, rows


defaults = Defaults(SHIPPED)
IGNORES = Ignores("The structure has a loss of its own, the paper's")
build = StructureTask
