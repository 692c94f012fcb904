"""The task of a colorizer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from ...color.palette import rebalance
from ...data.datasets import Photo, list_photos, split
from ...errors import BadValue, DataError
from ...models import create_model, default_loss, knows_imagenet, load_model, start_from, to_device
from ...models.abilities import StartsFromImageNet
from ..card import export
from ..checks import check, spread, write_sheet
from ..config import RunConfig
from ..critic import AdversarialObjective
from ..defaults import Defaults, fresh
from ..fit import Trainee
from ..folder import RunFolder
from ..objective import ColourObjective, Judge
from ..prior import measure_prior
from ..teacher import TaughtObjective


@dataclass(frozen=True)
class ColourTask:
    config: RunConfig

    def photos(self) -> tuple[list[Photo], list[Photo]]:
        listed = list_photos([Path(p) for p in self.config.paths])
        train, held_out = split(listed, self.config.held_out)
        if not train:
            raise DataError("No training pictures are left beside those held out. Add pictures.")
        return train, held_out

    def model(self, begin: bool) -> nn.Module:
        torch.manual_seed(self.config.crops.seed)
        model = create_model(self.config.model, **self.config.options)
        if begin:
            start(model, self.config.start)
        return to_device(model, self.config.device)

    def objective(self, photos: Sequence[Photo]) -> Judge:
        prior = measure_prior(photos)
        balance = rebalance(prior, self.config.losses.uniform).to(self.config.device)
        objective = ColourObjective(balance, self.config.losses, self.config.fit.half)
        weight, teacher = self.config.losses.adversarial, self.config.teacher
        if teacher and weight:
            raise BadValue("A run has a teacher or a critic, not both: leave one out.")
        if teacher:
            taught = load_model(teacher, self.config.device).model
            return TaughtObjective(objective, taught, self.config.losses.taught)
        if not weight:
            return objective
        return AdversarialObjective(objective, weight, self.config.crops.seed)

    def look(self, trainee: Trainee, held_out: Sequence[Photo]) -> dict[str, float]:
        grey, mean = check(trainee.average, spread(held_out, self.config.evaluated))
        return {
            "ciede2000": mean.ciede2000,
            "psnr_gain": mean.psnr - grey.psnr,
            "colourfulness_ratio": mean.colourfulness_ratio,
        }

    def show(self, path: Path, trainee: Trainee, held_out: Sequence[Photo]) -> None:
        write_sheet(trainee.average, held_out, path)

    def export(
        self,
        folder: RunFolder,
        trainee: Trainee,
        held_out: Sequence[Photo],
        checking: Sequence[Path],
    ) -> Path:
        seen = spread(held_out, self.config.evaluated)
        return export(folder, self.config, trainee, seen, checking)


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


IGNORES = None  # what its own kind of answer has no use for is seen when the network is there
build = ColourTask
