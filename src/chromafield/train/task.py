"""What a run is about: its pictures, its network, its objective, and what is seen of it.

A task returns values; the run writes the files (`train/run.py`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from torch import nn

from ..datasets.datasets import Photo
from ..tables import as_table
from .objective import Objective


@dataclass(frozen=True)
class Result:
    """What a run ends with: the network of its weight file, and what the card says of it."""

    name: str  # in the weight file
    network: nn.Module
    text: str  # Markdown; follows the lines that say how the weights came about
    title: str = ""  # of the card; the name where it is empty


def figures_result(name: str, network: nn.Module, figures: Mapping[str, float]) -> Result:
    """A network whose card lists its figures on held-out pictures."""
    rows = as_table({"figure": key, "value": f"{value:.3f}"} for key, value in figures.items())
    return Result(name, network, f"\n## Figures on held-out pictures\n\n{rows}")


@runtime_checkable
class Task(Protocol):
    """Networks are seen without gradients: `figures`, `sheet` and `result` compute none."""

    def photos(self) -> tuple[list[Photo], list[Photo]]:
        """Training pictures, and those held out.

        Raises:
            DataError: they are not what the task needs.
        """
        ...

    def network(self, begin: bool) -> nn.Module:
        """Fresh weights from the seed, on its device.

        Args:
            begin: replace what the config's start can; a run that is resumed needs none.
        """
        ...

    def objective(self, photos: Sequence[Photo]) -> Objective: ...

    def figures(self, network: nn.Module, held_out: Sequence[Photo]) -> dict[str, float]:
        """Figures on held-out pictures, for the log; at least one picture."""
        ...

    def sheet(self, network: nn.Module, held_out: Sequence[Photo]) -> NDArray[np.uint8] | None:
        """A few held-out pictures as one, (h, w, 3); None where there is nothing to see."""
        ...

    def result(
        self, network: nn.Module, held_out: Sequence[Photo], datasets: Sequence[Path]
    ) -> Result:
        """What ships.

        Args:
            datasets: true pictures for more figures, where the task has a use for them.
        """
        ...
