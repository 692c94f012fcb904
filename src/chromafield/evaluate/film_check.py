"""Frame by frame against steady, on a film in colour."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from ..colorizer.colorizer import Colorizer
from ..colorizer.loading import load_colorizer
from ..fields import takes_vividness
from ..film.evenness import is_measured, mean_chroma, shot_chroma
from ..film.shots import Shots
from ..film.source import open_source
from ..film.temporal import HISTORY_LIMIT, TemporalColors
from ..settings import Settings
from .films import Decide, Frame, lightness_of, markdown, measure_film


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
    held = _chroma_of_shots(path, most, colorizer)
    count = 0

    def alone(lightness: Float[Tensor, "1 1 H W"], luma: NDArray[np.uint8]) -> Tensor:
        return colorizer.canvas_of(lightness).solve()

    def together(lightness: Float[Tensor, "1 1 H W"], luma: NDArray[np.uint8]) -> Tensor:
        look = steady.looks.next(luma, takes_vividness(settings.field))
        brought = steady.bring(lightness, colorizer.field, look)
        canvas = brought or colorizer.canvas_of(lightness)
        ab = steady.decide(canvas, look)
        return steady.even.gain_for(ab) * ab

    def is_cut(luma: NDArray[np.uint8]) -> bool:
        nonlocal count
        cut = shots.is_cut(luma)
        if cut:
            steady.cut()
            steady.even.target = held[count]
        count += 1
        return cut

    def grey(lightness: Float[Tensor, "1 1 H W"], luma: NDArray[np.uint8]) -> Tensor:
        return torch.zeros(1, 2, 1, 1)

    methods: dict[str, Decide] = {"frame by frame": alone, "steady": together, "all-grey": grey}
    return markdown(*measure_film(_frames(path, most), methods, is_cut, grain, seed, progress))


@torch.inference_mode()
def _chroma_of_shots(path: Path, most: int | None, colorizer: Colorizer) -> list[float | None]:
    """For each frame the mean chroma of its shot, measured as a film's is before it is coloured."""
    shots, starts = Shots(), list[int]()
    measured: list[tuple[int, float]] = []
    count = 0
    for number, rgb in enumerate(_frames(path, most)):
        grey = np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), np.uint8)
        if shots.is_cut(grey):
            starts.append(number)
        if is_measured(number - starts[-1]):
            lightness = lightness_of(grey)
            measured.append((number, mean_chroma(colorizer.canvas_of(lightness).solve())))
        count += 1
    held: list[float | None] = []
    for shot in (range(*pair) for pair in pairwise([*starts, count])):
        held += [shot_chroma(measured, shot)] * len(shot)
    return held


def _frames(path: Path, most: int | None) -> Iterator[Frame]:
    with open_source(path) as source:
        for number, frame in enumerate(source.container.decode(source.video)):
            if most is not None and number >= most:
                return
            yield frame.to_ndarray(format="rgb24")
