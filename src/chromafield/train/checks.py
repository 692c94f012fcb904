"""Looking at a run while it goes: figures on held-out pictures, and a sheet of the same few."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from torch import nn

from ..canvas.lightness import as_unit
from ..canvas.upsample import render
from ..color import rgb_to_lab
from ..data.datasets import Photo
from ..evaluate.methods import painter
from ..evaluate.report import Paint, Row, evaluate, paint_grey
from ..fields import create_field
from ..image.sheet import as_bytes, contact_sheet

SHOWN = 8  # pictures on a sheet
SHEET_HEIGHT = 120  # pixels a picture


def check(model: nn.Module, photos: Sequence[Photo]) -> list[Row]:
    """The all-grey row and the model's over all `photos` together, as one pack."""
    together = [replace(photo, pack="held-out") for photo in photos]
    return evaluate(together, {"mean": painter(model, create_field("mean"))})


def spread(photos: Sequence[Photo], most: int) -> list[Photo]:
    """At most `most` of the photos, evenly over all packs."""
    return list(photos[:: max(-(-len(photos) // most), 1)])


def write_sheet(model: nn.Module, photos: Sequence[Photo], path: Path) -> None:
    """The first paper's Figure 3: the same pictures grey, coloured and true, a column each."""
    paint = painter(model, create_field("mean"))

    def shown(by: Paint, rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
        lightness = rgb_to_lab(as_unit(rgb))[None, :1]
        return as_bytes(render(by(lightness), lightness))

    true = [photo.read_rgb() for photo in spread(photos, SHOWN)]
    rows = [[shown(paint_grey, p) for p in true], [shown(paint, p) for p in true], true]
    path.parent.mkdir(exist_ok=True)
    Image.fromarray(contact_sheet(rows, SHEET_HEIGHT)).save(path, quality=90)
