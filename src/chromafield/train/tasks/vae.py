"""The task of the second paper's VAE: colours to codes and back, given the grey picture.

The loss is the negative evidence bound in Deshpande et al.'s units: a weighted norm of the colours'
error, and the codes' divergence from N(0, I) times a weight that rises over the run's first part.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor, nn

from ...color import UNIT
from ...color.palette import rebalance, soft_encode
from ...data.crops import Batch
from ...datasets.datasets import Photo
from ...models.sampler.loading import create_vae
from ...models.sampler.vae import Features, Posterior, Vae
from ...resize import shrink
from ..config import RunConfig
from ..defaults import Defaults
from ..flags import Ignores
from ..held_out import held_out_batches, root_mean_square, rows_sheet, sheet_batch, split_photos
from ..objective import Objective
from ..prior import measure_prior
from ..task import Result, figures_result
from ._frozen import SeededObjective, alone, draw_normal
from .colorizer import create_started

VAE = "vae"
NORM = (2 * 64 * 64) ** 0.5  # errors count as the norm over a 64 x 64 field of a and b
HELD_OUT_LIMIT = 200  # pictures for its figures


class WeightedNorm:
    """How far colours are from the true ones; rare colours count more."""

    def __init__(self, balance: Float[Tensor, " k"]) -> None:
        self.balance = balance

    def __call__(
        self, guess: Float[Tensor, "b 2 h w"], true: Float[Tensor, "b 2 h w"]
    ) -> Float[Tensor, " b"]:
        """The norm of each picture's error in the paper's units, as if on a 64 x 64 field."""
        cells, _ = soft_encode(true)
        weight = self.balance[cells[:, 4]]  # of the nine cells, the one the colour lies in
        square = (weight[:, None] * ((guess - true) / UNIT) ** 2).mean((1, 2, 3))
        return NORM * (square + 1e-12).sqrt()


@dataclass(frozen=True, slots=True)
class Encoded:
    """A batch as a VAE sees it."""

    grey: Features
    ab: Float[Tensor, "b 2 h w"]  # the true colours on the VAE's grid
    posterior: Posterior
    guess: Float[Tensor, "b 2 h w"]  # the colours of a code drawn from it


class VaeObjective(SeededObjective):
    def __init__(self, norm: WeightedNorm, seed: int, half: bool) -> None:
        super().__init__(seed)
        self.norm, self.half = norm, half

    def __call__(self, network: nn.Module, batch: Batch, progress: float) -> dict[str, Tensor]:
        """ "colours", and "codes", the weighted divergence."""
        vae = alone(network, Vae)
        seen = self.encode(vae, batch)
        weight = code_weight(vae.config.divergence, vae.config.rise, progress)
        return self.parts(seen, weight * seen.posterior.divergence())

    def encode(self, vae: Vae, batch: Batch) -> Encoded:
        """The batch, its codes, and the colours of codes that are drawn."""
        device = self.norm.balance.device
        seen = batch.seen.to(device, memory_format=torch.channels_last)
        with torch.autocast(device.type, torch.bfloat16, enabled=self.half):
            grey = vae.features(seen)
            ab = shrink(batch.lab[:, 1:].to(device), grey.size)
            posterior = vae.encode(ab, grey)
            z = posterior.draw(draw_normal(posterior.mean, self.random))
            return Encoded(grey, ab, posterior, vae.decode(z, grey))

    def parts(self, seen: Encoded, codes: Float[Tensor, " b"]) -> dict[str, Tensor]:
        """The loss of codes that cost so much."""
        return {"colours": self.norm(seen.guess, seen.ab).mean(), "codes": codes.mean()}


def code_weight(divergence: float, rise: float, progress: float) -> float:
    """The weight of a nat of a code; it rises to `divergence` over a share of the run."""
    return divergence * (min(progress / rise, 1.0) if rise else 1.0)


def weighted_norm(config: RunConfig, photos: Sequence[Photo]) -> WeightedNorm:
    """The norm, with the weights that follow from these training pictures."""
    balance = rebalance(measure_prior(photos), config.losses.uniform)
    return WeightedNorm(balance.to(config.device))


@dataclass(frozen=True)
class VaeTask:
    config: RunConfig

    def photos(self) -> tuple[list[Photo], list[Photo]]:
        return split_photos(self.config)

    def network(self, begin: bool) -> nn.Module:
        return create_started(self.config, begin, lambda: create_vae(**self.config.options))

    def objective(self, photos: Sequence[Photo]) -> Objective:
        norm = weighted_norm(self.config, photos)
        return VaeObjective(norm, self.config.crops.seed, self.config.fit.half)

    def figures(self, network: nn.Module, held_out: Sequence[Photo]) -> dict[str, float]:
        """The error of the posterior's mean and of the prior's, in ab units, and nats a code."""
        vae = alone(network, Vae)
        errors, prior_errors, nats = [], [], []
        for batch in held_out_batches(held_out, self.config, HELD_OUT_LIMIT):
            ab, posterior, guess, blind = _there_and_back(vae, batch)
            errors.append(root_mean_square(guess, ab))
            prior_errors.append(root_mean_square(blind, ab))
            nats.append(posterior.divergence())
        return {
            "rmse": float(torch.cat(errors).mean()),
            "rmse of z = 0": float(torch.cat(prior_errors).mean()),
            "nats": float(torch.cat(nats).mean()),
        }

    def sheet(self, network: nn.Module, held_out: Sequence[Photo]) -> NDArray[np.uint8]:
        """Grey, by the code 0, by its own code, and the truth."""
        batch = sheet_batch(held_out, self.config)
        _, _, guess, blind = _there_and_back(alone(network, Vae), batch)
        return rows_sheet(batch, [blind, guess])

    def result(
        self, network: nn.Module, held_out: Sequence[Photo], datasets: Sequence[Path]
    ) -> Result:
        figures = self.figures(network, held_out) if held_out else {}
        return figures_result(VAE, network, figures)


def _there_and_back(vae: Vae, batch: Batch) -> tuple[Tensor, Posterior, Tensor, Tensor]:
    """True colours, their codes, what the codes' mean decodes to, and what the code 0 does."""
    grey = vae.features(batch.seen)
    ab = shrink(batch.lab[:, 1:], grey.size)
    posterior = vae.encode(ab, grey)
    guess = vae.decode(posterior.mean, grey)
    return ab, posterior, guess, vae.decode(torch.zeros_like(posterior.mean), grey)


defaults = Defaults("imagenet")
IGNORES = Ignores("The VAE has a loss of its own, the paper's")
build = VaeTask
