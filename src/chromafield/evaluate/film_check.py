"""Frame by frame against steady, on a film in colour."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from ..colorizer.colorizer import load_colorizer
from ..film.shots import Shots
from ..film.source import open_source
from ..film.temporal import HISTORY_LIMIT, TemporalColors
from ..settings import Settings
from .films import Decide, Frame, markdown, measure_film


def check_film(
    path: Path,
    settings: Settings,
    memory: float = HISTORY_LIMIT,
    grain: float = 0.0,
    seed: int = 0,
    most: int | None = None,
    device: str = "auto",
    progress: Callable[[], None] = lambda: None,
) -> str:
    """Grey the film, colour it both ways, and compare, as a table.

    Args:
        grain: noise on what the network sees, levels of 255.
        most: frames, at most.

    Raises:
        PictureError: it is no film.
    """
    colorizer = load_colorizer(settings, device)
    steady, shots = TemporalColors(memory), Shots()

    def alone(lightness: Float[Tensor, "1 1 H W"], luma: NDArray[np.uint8]) -> Tensor:
        return colorizer.canvas_of(lightness).solve()

    def together(lightness: Float[Tensor, "1 1 H W"], luma: NDArray[np.uint8]) -> Tensor:
        return steady.decide(colorizer.canvas_of(lightness), luma)

    def is_cut(luma: NDArray[np.uint8]) -> bool:
        cut = shots.is_cut(luma)
        if cut:
            steady.cut()
        return cut

    def grey(lightness: Float[Tensor, "1 1 H W"], luma: NDArray[np.uint8]) -> Tensor:
        return torch.zeros(1, 2, 1, 1)

    methods: dict[str, Decide] = {"frame by frame": alone, "steady": together, "all-grey": grey}
    return markdown(*measure_film(_frames(path, most), methods, is_cut, grain, seed, progress))


def _frames(path: Path, most: int | None) -> Iterator[Frame]:
    with open_source(path) as source:
        for number, frame in enumerate(source.container.decode(source.video)):
            if most is not None and number >= most:
                return
            yield frame.to_ndarray(format="rgb24")
