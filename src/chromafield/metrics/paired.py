"""True pictures of datasets one by one, and differences of methods that are paired over them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from ..color import rgb_to_lab
from ..datasets.datasets import Photo


@dataclass(frozen=True)
class TruePicture:
    """A picture in colour."""

    photo: Photo
    number: int  # in its dataset
    rgb: UInt8[Tensor, "3 H W"]
    lab: Float[Tensor, "1 3 H W"]


@dataclass(frozen=True, slots=True)
class Difference:
    """A paired difference over pictures."""

    mean: float
    low: float  # of the 95 % interval; infinite where a single picture gives none
    high: float

    def text(self, digits: int) -> str:
        """The mean and its interval, with a sign each."""
        mean = f"{self.mean:+.{digits}f}"
        if math.isinf(self.high):
            return f"{mean}, one picture gives no interval"
        return f"{mean}, {self.low:+.{digits}f} to {self.high:+.{digits}f}"


def by_dataset(
    photos: Sequence[Photo], progress: Callable[[], None] = lambda: None
) -> Iterator[tuple[str, Iterator[TruePicture]]]:
    """The name of each dataset and its pictures, one after the other.

    Args:
        progress: called after each picture.

    Raises:
        DataError: a picture cannot be read.
    """
    for name in sorted({p.pack for p in photos}):
        yield name, _counted([p for p in photos if p.pack == name], progress)


def _counted(photos: Sequence[Photo], progress: Callable[[], None]) -> Iterator[TruePicture]:
    for picture in true_pictures(photos):
        yield picture
        progress()


def true_pictures(photos: Sequence[Photo]) -> Iterator[TruePicture]:
    """Read the photos of a dataset.

    Raises:
        DataError: a picture cannot be read.
    """
    for number, photo in enumerate(photos):
        rgb = torch.from_numpy(photo.read_rgb().copy()).movedim(-1, 0)
        yield TruePicture(photo, number, rgb, rgb_to_lab(rgb.float() / 255)[None])


def interval(values: Sequence[float]) -> Difference:
    """The mean of paired differences with its 95 % interval, the normal one."""
    n = len(values)
    mean = sum(values) / n
    if n < 2:
        return Difference(mean, -math.inf, math.inf)
    spread = math.sqrt(sum((v - mean) ** 2 for v in values) / (n - 1) / n)
    return Difference(mean, mean - 1.96 * spread, mean + 1.96 * spread)
