"""The task of a colorizer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from ...color.palette import rebalance
from ...datasets.datasets import Photo
from ...errors import BadValue
from ...evaluate.report import markdown
from ...models import create_model, default_loss, knows_imagenet, load_model, start_from, to_device
from ...models.abilities import StartsFromImageNet
from ..card import CANNOT, dataset_rows
from ..config import RunConfig
from ..critic import AdversarialObjective
from ..defaults import Defaults, fresh
from ..held_out import held_out_rows, held_out_sheet, split_photos, spread
from ..objective import BeliefObjective, ColorObjective
from ..prior import measure_prior
from ..task import Result
from ..teacher import DistilledObjective


@dataclass(frozen=True)
class ColorTask:
    config: RunConfig

    def network(self, begin: bool) -> nn.Module:
        c = self.config
        return create_started(c, begin, lambda: create_model(c.model, **c.options))

    def objective(self, photos: Sequence[Photo]) -> ColorObjective:
        prior = measure_prior(photos)
        balance = rebalance(prior, self.config.losses.uniform).to(self.config.device)
        objective = BeliefObjective(balance, self.config.losses, self.config.fit.half)
        weight, teacher = self.config.losses.adversarial, self.config.teacher
        if teacher and weight:
            raise BadValue("A run has a teacher or a critic, not both: leave one out.")
        if teacher:
            taught = load_model(teacher, self.config.device).model
            return DistilledObjective(objective, taught, self.config.losses.taught)
        if not weight:
            return objective
        return AdversarialObjective(objective, weight, self.config.crops.seed)

    def photos(self) -> tuple[list[Photo], list[Photo]]:
        return split_photos(self.config)

    def figures(self, network: nn.Module, held_out: Sequence[Photo]) -> dict[str, float]:
        grey, mean = held_out_rows(network, spread(held_out, self.config.evaluated))
        return {
            "ciede2000": mean.ciede2000,
            "psnr_gain": mean.psnr - grey.psnr,
            "colourfulness_ratio": mean.colourfulness_ratio,
        }

    def sheet(self, network: nn.Module, held_out: Sequence[Photo]) -> NDArray[np.uint8]:
        return held_out_sheet(network, held_out)

    def result(
        self, network: nn.Module, held_out: Sequence[Photo], datasets: Sequence[Path]
    ) -> Result:
        seen = spread(held_out, self.config.evaluated)
        rows = held_out_rows(network, seen) if seen else []
        rows += dataset_rows(network, datasets) if datasets else []
        text = (
            "\n## Figures\n\nMeasured by `chromafield evaluate` at the pictures' own size.\n\n"
            f"{markdown(rows)}\n## What it cannot do\n\n{CANNOT}"
        )
        return Result(self.config.model, network, text)


def create_started(config: RunConfig, begin: bool, create: Callable[[], nn.Module]) -> nn.Module:
    """A network from the run's seed and, where it begins, from its start; on its device."""
    torch.manual_seed(config.crops.seed)
    model = create()
    if begin:
        start(model, config.start)
    return to_device(model, config.device)


def start(model: nn.Module, source: str) -> None:
    """Replace fresh weights by ImageNet's, by what a weight file shares, or ("scratch") by none.

    Raises:
        BadValue: ImageNet's are asked for, and the network has no such start.
        WeightsError: the file is missing, damaged, or shares nothing.
    """
    if source == "imagenet":
        if not isinstance(model, StartsFromImageNet):
            raise BadValue(
                f"{type(model).__name__} has no start from ImageNet. Say --start scratch, or name "
                "a weight file."
            )
        model.start_from_imagenet()
    elif source != "scratch":
        start_from(model, Path(source))


def defaults(name: str, options: Mapping[str, Any]) -> Defaults:
    return Defaults(fresh(knows_imagenet(name)), default_loss(name))


IGNORES = None  # what its own kind of belief has no use for is seen when the network is there
build = ColorTask
