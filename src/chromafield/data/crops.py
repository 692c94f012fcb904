"""Endless training batches whose every picture depends on the seed and its number alone.

So a run resumed at step n sees what an unbroken one would, and each process of a distributed run
takes its own share without talking to the others.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from ..color import rgb_to_lab
from ..datasets.datasets import Photo
from ..datasets.order import Order, even_order
from ..threads import Ahead
from .aging import age
from .crop_config import CropConfig
from .plates import random_plate

TRIES = 8  # crops drawn before a square of the picture's shorter side is taken
AHEAD = 4  # batches prepared in advance
DECODERS = 2  # threads that decode pictures


Read = Callable[[int], NDArray[np.uint8]]  # a photo's number to its picture


@dataclass(frozen=True, slots=True)
class Batch:
    seen: Float[
        Tensor, "b 1 h w"
    ]  # lightness as the network sees it, old plates and marks of age included
    lab: Float[Tensor, "b 3 h w"]  # the clean picture
    chosen: tuple[int, ...]  # which photos these are
    segments: NDArray[np.uint8] | None = None  # (b, h, w), labels; None if no pack has any


def random_crop(
    rgb: NDArray[np.uint8],
    side: int,
    config: CropConfig,
    random: np.random.Generator,
    way: int | None = None,
) -> NDArray[np.uint8]:
    """A random part of the picture, mirrored half of the time, resized to side x side.

    Args:
        way: OpenCV's interpolation; by default areas, or lines where the part is smaller.
    """
    h, w = rgb.shape[:2]
    for _ in range(TRIES):
        area = h * w * random.uniform(config.area[0], config.area[1])
        aspect = np.exp(random.uniform(*np.log(config.aspect)))
        ch, cw = round(float(np.sqrt(area / aspect))), round(float(np.sqrt(area * aspect)))
        if 0 < ch <= h and 0 < cw <= w:
            break
    else:
        ch = cw = min(h, w)
    top, left = random.integers(0, h - ch + 1), random.integers(0, w - cw + 1)
    part = rgb[top : top + ch, left : left + cw]
    if way is None:
        way = cv2.INTER_AREA if min(ch, cw) >= side else cv2.INTER_LINEAR
    out = cv2.resize(part, (side, side), interpolation=way)
    if random.random() < 0.5:
        out = out[:, ::-1]
    return np.ascontiguousarray(out)


def reader(photos: Sequence[Photo], keep: float) -> Read:
    """Reads pictures by number; the first that fit into `keep` GB are decoded once."""
    kept: dict[int, NDArray[np.uint8]] = {}
    left = keep * 1e9

    def read(place: int) -> NDArray[np.uint8]:
        nonlocal left
        picture = kept.get(place)
        if picture is None:
            picture = photos[place].read_rgb()
            if picture.nbytes <= left and kept.setdefault(place, picture) is picture:
                left -= picture.nbytes
        return picture

    return read


def segments_reader(photos: Sequence[Photo]) -> Read | None:
    """Reads segments by the photo's number, 0 throughout where a pack has none; None if all do."""
    sources = {photo.source: photo for photo in photos}
    if all(photo.read_segments() is None for photo in sources.values()):
        return None

    def read(place: int) -> NDArray[np.uint8]:
        found = photos[place].read_segments()
        return np.zeros((1, 1), np.uint8) if found is None else found  # any part of it is 0

    return read


def make_batch(
    order: Order,
    read: Read,
    numbers: Sequence[int],
    side: int,
    config: CropConfig,
    pool: ThreadPoolExecutor,
    read_segments: Read | None = None,
) -> Batch:
    """The batch of the pictures with these running numbers in the order."""
    chosen = tuple(order(number) for number in numbers)

    def crop(number: int, place: int) -> NDArray[np.uint8]:
        random = np.random.default_rng([config.seed, number])
        return random_crop(read(place), side, config, random)

    def crop_segments(number: int, place: int, read: Read) -> NDArray[np.uint8]:
        random = np.random.default_rng([config.seed, number])  # as the picture's
        return random_crop(read(place), side, config, random, cv2.INTER_NEAREST)

    rgb = np.stack(list(pool.map(crop, numbers, chosen)))
    segments = None
    if read_segments is not None:
        cut = functools.partial(crop_segments, read=read_segments)
        segments = np.stack(list(pool.map(cut, numbers, chosen)))
    unit = torch.from_numpy(rgb).movedim(-1, 1).float() / 255
    lab = rgb_to_lab(unit)
    seen = lab[:, :1].clone()
    for i, number in enumerate(numbers):
        random = np.random.default_rng([config.seed, number, 2])
        if random.random() < config.plates:
            seen[i, 0] = random_plate(unit[i], random)
        random = np.random.default_rng([config.seed, number, 1])
        if random.random() < config.aged:
            seen[i, 0] = torch.from_numpy(age(seen[i, 0].numpy(), random))
    return Batch(seen, lab, chosen, segments)


def batches(
    photos: Sequence[Photo],
    config: CropConfig,
    side: Callable[[int], int],
    start: int = 0,
    rank: int = 0,
    world: int = 1,
    order: Order | None = None,
) -> Generator[Batch, None, None]:
    """Batches from step `start` on, prepared ahead by a thread.

    Args:
        side: the crops' height and width in pixels at a step.
        rank: this process's number among `world`; each takes every `world`-th batch.
        order: which photo comes when; by default all equally often.

    Raises:
        DataError: a picture cannot be read.
    """
    read, read_segments = reader(photos, config.keep), segments_reader(photos)
    shown = order or even_order(len(photos), config.seed)

    def made() -> Iterator[Batch]:
        with ThreadPoolExecutor(DECODERS) as pool:
            for step in itertools.count(start):
                first = (step * world + rank) * config.batch
                numbers = range(first, first + config.batch)
                yield make_batch(shown, read, numbers, side(step), config, pool, read_segments)

    with contextlib.closing(Ahead(made(), AHEAD)) as ahead:
        yield from ahead
