"""The task of colorizers of two streams: colours, and classes where pictures have labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from torch import Tensor, nn

from ...data.crops import Batch
from ...datasets.datasets import Photo
from ...datasets.labels import Classes, find_classes, labelled
from ...errors import BadValue
from ...models.abilities import HasClasses
from ...models.paper_cnn import AB_SCALE
from ..losses import MEAN_UNIT
from ..objective import ColorObjective, Objective, State
from ._own_objective import OwnObjectiveTask
from .classifier import Rivals
from .colorizer import ColorTask, defaults

TWO_STREAM = "two-stream"
# The colours' squared error is in units of MEAN_UNIT; the published weight is for errors in [0, 1].
SCALE = (AB_SCALE / MEAN_UNIT) ** 2


@dataclass(frozen=True)
class TwoStreamObjective:
    color: ColorObjective
    rivals: Rivals  # the classes of each training picture

    def __call__(self, network: nn.Module, batch: Batch, progress: float) -> dict[str, Tensor]:
        """The colour's parts, and "classes".

        Raises:
            BadValue: the network is spread over several processes.
        """
        if not isinstance(network, HasClasses):
            raise BadValue("Two streams train in one process; start them without torchrun.")
        belief, scores = self.color.predict(network.both, batch)
        classes = network.class_weight * SCALE * self.rivals.loss(scores, batch.chosen)
        return self.color.parts(belief, batch) | {"classes": classes}

    def state(self) -> State:
        return self.color.state()

    def restore(self, state: State) -> None:
        self.color.restore(state)


class TwoStreamTask(OwnObjectiveTask):
    """With the number of classes counted and their loss added."""

    @cached_property
    def classes(self) -> Classes:
        train, held_out = ColorTask(self.config).photos()
        return find_classes(labelled([*train, *held_out], self.config.unlabelled))

    @cached_property
    def color(self) -> ColorTask:
        options = {**self.config.options, "classes": len(self.classes.names)}
        return ColorTask(replace(self.config, options=options))

    def objective(self, photos: Sequence[Photo]) -> Objective:
        return TwoStreamObjective(self.color.objective(photos), Rivals(photos, self.classes))


IGNORES = None
build = TwoStreamTask

__all__ = ["IGNORES", "build", "defaults"]
