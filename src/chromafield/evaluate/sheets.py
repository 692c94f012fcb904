"""Pictures side by side: grey, by each method, and true."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from ..canvas.lightness import lightness_of
from ..canvas.upsample import render
from ..datasets.datasets import Photo
from ..errors import BadValue
from ..image import Picture, at_depth, three_channels
from ..image.detect import is_color
from ..image.sheet import as_bytes, contact_sheet, scaled
from .report import ColorMethod

Shown = NDArray[np.uint8]
HEIGHT = 220  # pixels of each picture on a sheet
MOST = 8  # pictures on a sheet


def methods_sheet(photos: Sequence[Photo], methods: dict[str, ColorMethod]) -> Shown:
    """A row a picture, at most 8 of them, evenly over all; the methods' names above.

    Raises:
        DataError: a picture cannot be read.
        BadValue: there is none.
    """
    rows = []
    for photo in photos[:: max(-(-len(photos) // MOST), 1)]:
        picture = Picture(photo.read_rgb())
        lightness = lightness_of(picture)
        ways = [paint(lightness) for paint in methods.values()]
        shown = [render(ab, lightness) for ab in (torch.zeros(1, 2, 1, 1), *ways)]
        rows.append(row_of(picture, ["grey", *methods], shown))
    return stacked(rows)


def row_of(
    picture: Picture, captions: Sequence[str], shown: Sequence[Float[Tensor, "3 h w"]]
) -> Shown:
    """A sheet of one row, captions above it, the truth last where the picture is in colour."""
    small = [scaled(as_bytes(rgb), HEIGHT) for rgb in shown]
    if not is_color(picture)[0]:
        return contact_sheet([small], HEIGHT, captions)
    truth = at_depth(three_channels(picture.pixels), 8).astype(np.uint8)
    return contact_sheet([[*small, truth]], HEIGHT, [*captions, "truth"])


def stacked(rows: Sequence[Shown]) -> Shown:
    """Rows one under the other.

    Raises:
        BadValue: there is none.
    """
    if not rows:
        raise BadValue("No pictures were named. Give at least one.")
    return contact_sheet([[row] for row in rows], rows[0].shape[0])
