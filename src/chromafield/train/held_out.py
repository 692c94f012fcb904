"""Held-out pictures: figures on them, and a sheet of the same few as a run goes on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor, nn

from ..canvas.lightness import as_unit
from ..canvas.upsample import render
from ..color import rgb_to_lab
from ..data.crops import Batch
from ..datasets.datasets import Photo, list_photos, split
from ..errors import DataError
from ..evaluate.methods import color_method
from ..evaluate.report import ColorMethod, Row, all_grey, evaluate
from ..fields import create_field
from ..image.sheet import as_bytes, contact_sheet
from .config import RunConfig

SHEET_PICTURES = 8  # of a colorizer's sheet
FEW_PICTURES = 6  # of a sheet of several rows
SHEET_HEIGHT = 120  # pixels a picture
CHUNK = 32  # held-out pictures at a time


def split_photos(config: RunConfig) -> tuple[list[Photo], list[Photo]]:
    """The run's training pictures, and those held out.

    Raises:
        DataError: a path holds no pictures, or none are left to train on.
    """
    train, held_out = split(list_photos([Path(p) for p in config.paths]), config.held_out)
    if not train:
        raise DataError("No training pictures are left beside those held out. Add pictures.")
    return train, held_out


def spread(photos: Sequence[Photo], limit: int) -> list[Photo]:
    """At most `limit` of the photos, evenly over all datasets."""
    return list(photos[:: max(-(-len(photos) // limit), 1)])


def held_out_rows(model: nn.Module, photos: Sequence[Photo]) -> list[Row]:
    """The all-grey row and the model's over all `photos` together, as one dataset."""
    together = [replace(photo, pack="held-out") for photo in photos]
    return evaluate(together, {"mean": color_method(model, create_field("mean"))})


def held_out_sheet(model: nn.Module, photos: Sequence[Photo]) -> NDArray[np.uint8]:
    """The first paper's Figure 3: the same pictures grey, coloured and true, a column each."""
    paint = color_method(model, create_field("mean"))

    def shown(by: ColorMethod, rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
        lightness = rgb_to_lab(as_unit(rgb))[None, :1]
        return as_bytes(render(by(lightness), lightness))

    true = [photo.read_rgb() for photo in spread(photos, SHEET_PICTURES)]
    rows = [[shown(all_grey, p) for p in true], [shown(paint, p) for p in true], true]
    return contact_sheet(rows, SHEET_HEIGHT)


def rows_sheet(batch: Batch, rows: Sequence[Float[Tensor, "b 2 h w"]]) -> NDArray[np.uint8]:
    """A sheet of the batch: grey, each row's colours, and the truth; a column a picture."""
    lightness, true = batch.lab[:, :1], batch.lab[:, 1:]
    sheet = [
        [
            as_bytes(render(*pair))
            for pair in zip(torch.split(ab, 1), torch.split(lightness, 1), strict=True)
        ]
        for ab in (torch.zeros_like(true), *rows, true)
    ]
    return contact_sheet(sheet, SHEET_HEIGHT)


def held_out_batches(
    photos: Sequence[Photo], config: RunConfig, limit: int | None = None, size: int = CHUNK
) -> Iterator[Batch]:
    """The middle squares of at most `limit` pictures at the run's last size, without degradations.

    Args:
        size: pictures a batch.
    """
    photos = photos if limit is None else spread(photos, limit)
    for i in range(0, len(photos), size):
        chunk = photos[i : i + size]
        lab = torch.stack([middle_square(photo, config.sides[-1]) for photo in chunk])
        lab = lab.to(config.device)
        yield Batch(lab[:, :1], lab, tuple(range(i, i + len(chunk))))


def sheet_batch(photos: Sequence[Photo], config: RunConfig) -> Batch:
    """A few of at least one picture, for a sheet; see `held_out_batches`."""
    return next(held_out_batches(photos, config, FEW_PICTURES))


def middle_square(photo: Photo, side: int) -> Float[Tensor, "3 h w"]:
    """The middle square of the picture as Lab, side x side."""
    rgb = photo.read_rgb()
    h, w = rgb.shape[:2]
    short = min(h, w)
    top, left = (h - short) // 2, (w - short) // 2
    part = rgb[top : top + short, left : left + short]
    way = cv2.INTER_AREA if short >= side else cv2.INTER_LINEAR
    small = cv2.resize(part, (side, side), interpolation=way)
    return rgb_to_lab(as_unit(small.astype(np.uint8, copy=False)))


def root_mean_square(
    guess: Float[Tensor, "b 2 h w"], true: Float[Tensor, "b 2 h w"]
) -> Float[Tensor, " b"]:
    """Each picture's error in ab units."""
    return (guess - true).square().mean((1, 2, 3)).sqrt()
