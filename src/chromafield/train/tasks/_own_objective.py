"""A colorizer's task by an objective of its own: all else is that of any colorizer."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from torch import nn

from ...datasets.datasets import Photo
from ..config import RunConfig
from ..objective import Objective
from ..task import Result
from .colorizer import ColorTask


@dataclass(frozen=True)
class OwnObjectiveTask(ABC):
    config: RunConfig

    @cached_property
    def color(self) -> ColorTask:
        """The colorizer's own task."""
        return ColorTask(self.config)

    @abstractmethod
    def objective(self, photos: Sequence[Photo]) -> Objective:
        """What is learnt from these pictures."""

    def photos(self) -> tuple[list[Photo], list[Photo]]:
        return self.color.photos()

    def network(self, begin: bool) -> nn.Module:
        return self.color.network(begin)

    def figures(self, network: nn.Module, held_out: Sequence[Photo]) -> dict[str, float]:
        return self.color.figures(network, held_out)

    def sheet(self, network: nn.Module, held_out: Sequence[Photo]) -> NDArray[np.uint8]:
        return self.color.sheet(network, held_out)

    def result(
        self, network: nn.Module, held_out: Sequence[Photo], datasets: Sequence[Path]
    ) -> Result:
        return self.color.result(network, held_out, datasets)
