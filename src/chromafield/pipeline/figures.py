"""The first paper's figures on any pictures: sweeps, fields and palettes side by side.

A picture in colour is made grey first, and stands in the last column as it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import BadValue
from ..fields import create_field
from ..fields.potts import PottsField
from ..image import Picture, at_depth, three_channels
from ..image.sheet import as_bytes, contact_sheet
from .colorizer import Settings, load_colorizer
from .lift import coloured

Shown = NDArray[np.uint8]
HEIGHT = 220  # pixels of each picture on a sheet
SWEEPS = 8  # the paper's
FIELDS = ("mean", "mode", "annealed", "potts", "mixture")  # the paper's Figure 5, and ours


def sweeps_sheet(pictures: Sequence[Picture], settings: Settings, device: str = "auto") -> Shown:
    """Figure 4: the Potts field's picture at its start, which is grey, and after each sweep.

    Raises:
        BadValue: no picture, or a field that has no sweeps.
    """
    colorizer = load_colorizer(replace(settings, field="potts"), device)
    field = colorizer.field
    assert isinstance(field, PottsField)
    rows = []
    for picture in pictures:
        canvas = colorizer.canvas(picture)
        states = field.sweeps(canvas.prepared, canvas.belief, SWEEPS)
        rows.append(
            [*(as_bytes(coloured(s.ab, canvas.lightness)) for s in states), *_truth(picture)]
        )
    captions = ["start", *(f"sweep {n}" for n in range(1, SWEEPS + 1))]
    return _sheet(rows, captions)


def fields_sheet(
    pictures: Sequence[Picture],
    settings: Settings,
    device: str = "auto",
    names: Sequence[str] = FIELDS,
) -> Shown:
    """Figure 5: one belief, decided by several fields.

    Raises:
        BadValue: no picture.
        UnknownName: no such field.
    """
    colorizer = load_colorizer(replace(settings, field="mean"), device)
    fields = [create_field(name) for name in names]
    rows = []
    for picture in pictures:
        row = [as_bytes(colorizer.canvas(picture).paint(strength=0.0))]
        row += [
            as_bytes(replace(colorizer, field=field).canvas(picture).paint()) for field in fields
        ]
        rows.append([*row, *_truth(picture)])
    return _sheet(rows, ["grey", *names])


def palettes_sheet(
    pictures: Sequence[Picture],
    settings: Settings,
    device: str = "auto",
    palettes: Sequence[str] = (),
) -> Shown:
    """Figure 7: no palette, then each; see `read_histogram` for what a palette may be.

    Raises:
        BadValue: no picture, no palette, or one without colours.
        PictureError: a palette's picture that cannot be read.
    """
    if not palettes:
        raise BadValue("No palettes were named. Give at least one with --palette.")
    ways = [replace(settings, palette=palette) for palette in (None, *palettes)]
    colorizers = [load_colorizer(way, device) for way in ways]
    rows = []
    for picture in pictures:
        row = [as_bytes(colorizer.canvas(picture).paint()) for colorizer in colorizers]
        rows.append([*row, *_truth(picture)])
    return _sheet(rows, ["no palette", *(Path(p).name for p in palettes)])


def _sheet(rows: Sequence[Sequence[Shown]], captions: Sequence[str]) -> Shown:
    """Sheets of one row each, captions above it, under one another."""
    if not rows:
        raise BadValue("No pictures were named. Give at least one.")
    told = [*captions, "truth"]
    sheets = [contact_sheet([row], HEIGHT, told[: len(row)]) for row in rows]
    return contact_sheet([[s] for s in sheets], sheets[0].shape[0])


def _truth(picture: Picture) -> list[Shown]:
    if picture.is_grey:
        return []
    return [at_depth(three_channels(picture.pixels), 8).astype(np.uint8)]
