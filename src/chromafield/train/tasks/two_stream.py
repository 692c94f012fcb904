"""The task of the two-stream colorizer: colours, and classes where pictures have labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from torch import Tensor, nn

from ...data.crops import Batch
from ...data.datasets import Photo
from ...data.labels import Classes, find_classes, labelled
from ...errors import BadValue
from ...models.paper_cnn import AB_SCALE
from ...models.two_stream import TwoStream
from ..config import RunConfig
from ..fit import Trainee
from ..folder import RunFolder
from ..losses import MEAN_UNIT
from ..objective import Judge, Objective, State
from .classifier import Rivals
from .colorizer import ColourTask, defaults

TWO_STREAM = "two-stream"
# The colours' squared error is in units of MEAN_UNIT; the published weight is for errors in [0, 1].
SCALE = (AB_SCALE / MEAN_UNIT) ** 2


@dataclass(frozen=True)
class TwoStreamObjective:
    colour: Judge
    rivals: Rivals  # the classes of each training picture

    def __call__(self, network: nn.Module, batch: Batch, progress: float) -> dict[str, Tensor]:
        """The colour's parts, and "classes".

        Raises:
            BadValue: the network is spread over several processes.
        """
        if not isinstance(network, TwoStream):
            raise BadValue("two-stream trains in one process; start it without torchrun.")
        belief, scores = self.colour.ask(network.both, batch)
        classes = network.config.class_weight * SCALE * self.rivals.loss(scores, batch.chosen)
        return self.colour.parts(belief, batch) | {"classes": classes}

    def state(self) -> State:
        return self.colour.state()

    def restore(self, state: State) -> None:
        self.colour.restore(state)


@dataclass(frozen=True)
class TwoStreamTask:
    """`ColourTask` with the number of classes counted and their loss added."""

    config: RunConfig

    @cached_property
    def classes(self) -> Classes:
        train, held_out = ColourTask(self.config).photos()
        return find_classes(labelled([*train, *held_out], self.config.unlabelled))

    @cached_property
    def colour(self) -> ColourTask:
        options = {**self.config.options, "classes": len(self.classes.names)}
        return ColourTask(replace(self.config, options=options))

    def photos(self) -> tuple[list[Photo], list[Photo]]:
        return self.colour.photos()

    def model(self, begin: bool) -> nn.Module:
        return self.colour.model(begin)

    def objective(self, photos: Sequence[Photo]) -> Objective:
        return TwoStreamObjective(self.colour.objective(photos), Rivals(photos, self.classes))

    def look(self, trainee: Trainee, held_out: Sequence[Photo]) -> dict[str, float]:
        return self.colour.look(trainee, held_out)

    def show(self, path: Path, trainee: Trainee, held_out: Sequence[Photo]) -> None:
        self.colour.show(path, trainee, held_out)

    def export(
        self,
        folder: RunFolder,
        trainee: Trainee,
        held_out: Sequence[Photo],
        checking: Sequence[Path],
    ) -> Path:
        return self.colour.export(folder, trainee, held_out, checking)


IGNORES = None
build = TwoStreamTask

__all__ = ["IGNORES", "build", "defaults"]
