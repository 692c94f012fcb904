"""What a run is about: its pictures, its network, its objective, and what is looked at."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, runtime_checkable

from torch import nn

from ..data.datasets import Photo
from .fit import Trainee
from .folder import RunFolder
from .objective import Objective


@runtime_checkable
class Task(Protocol):
    def photos(self) -> tuple[list[Photo], list[Photo]]:
        """Training pictures, and those held out.

        Raises:
            DataError: they are not what the task needs.
        """
        ...

    def model(self, begin: bool) -> nn.Module:
        """Fresh weights from the seed, on its device.

        Args:
            begin: replace what the config's start can; a run that is resumed needs none.
        """
        ...

    def objective(self, photos: Sequence[Photo]) -> Objective: ...

    def look(self, trainee: Trainee, held_out: Sequence[Photo]) -> dict[str, float]:
        """Figures on held-out pictures, for the log."""
        ...

    def show(self, path: Path, trainee: Trainee, held_out: Sequence[Photo]) -> None:
        """Write a sheet of a few held-out pictures, where there is something to see."""
        ...

    def export(
        self,
        folder: RunFolder,
        trainee: Trainee,
        held_out: Sequence[Photo],
        checking: Sequence[Path],
    ) -> Path:
        """Write the weights, their hash and their card; the weights' path."""
        ...
