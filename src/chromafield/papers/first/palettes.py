"""The first paper's Figure 7: pictures without a palette and with each, and how far it moves them.

The paper says of its histogram transfer that the histogram of an unrelated picture does little
where the network is sure. The table tells how little: what moves, and whether it is nearer to the
truth or farther from it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor

from ...canvas.canvas import Palette
from ...canvas.lightness import as_unit
from ...color import ciede2000, rgb_to_lab
from ...colorizer.loading import load_colorizer
from ...errors import BadValue
from ...evaluate.sheets import Shown, row_of, stacked
from ...image import Picture, three_channels
from ...image.detect import is_color
from ...metrics.metrics import colourfulness
from ...reference.palette_source import read_histogram
from ...settings import Settings
from ...tables import as_table
from .figures import caption
from .means import mean_of

NONE = "no palette"
FAR = 10.0  # ab units: a pixel that moves farther is seen to


@dataclass(frozen=True, slots=True)
class Moved:
    """What one palette does to a picture; means over its pixels."""

    palette: str
    moved: float  # ab units
    far: float  # percent of the pixels that move by more than `FAR`
    colourfulness: float
    ciede2000: float | None  # from the truth; None where the picture has no colours


def palettes_sheet(
    pictures: Sequence[Picture],
    settings: Settings,
    device: str = "auto",
    palettes: Sequence[str] = (),
) -> tuple[Shown, list[Moved]]:
    """A row a picture: no palette, then each; see `read_histogram` for what a palette may be.

    Returns:
        The sheet, and for each palette the means over the pictures; without a palette first.

    Raises:
        BadValue: no picture, no palette, or one without colours.
        PictureError: a palette's picture that cannot be read.
    """
    if not palettes:
        raise BadValue("No palettes were named. Give at least one with --palette.")
    read = [Palette(read_histogram(p), settings.palette_strength) for p in palettes]
    names = [NONE, *(Path(p).name for p in palettes)]
    colorizer = load_colorizer(settings, device)
    rows, found = [], []
    for picture in pictures:
        canvas = colorizer.canvas(picture)
        painted = [canvas.paint(), *(canvas.tilted(palette).paint() for palette in read)]
        plain = caption(canvas.field, settings.field, canvas.belief)
        rows.append(row_of(picture, [f"{plain}, {NONE}", *names[1:]], painted))
        found.append(_measured(picture, names, painted))
    return stacked(rows), [mean_of(own) for own in zip(*found, strict=True)]


def as_markdown(rows: Sequence[Moved]) -> str:
    return as_table(
        {
            "palette": one.palette,
            "moved, ab": f"{one.moved:.1f}",
            f"pixels moved by over {FAR:.0f}": f"{one.far:.1f} %",
            "colourfulness": f"{one.colourfulness:.1f}",
            "CIEDE2000": "" if one.ciede2000 is None else f"{one.ciede2000:.2f}",
        }
        for one in rows
    )


def _measured(
    picture: Picture, names: Sequence[str], painted: Sequence[Float[Tensor, "3 H W"]]
) -> list[Moved]:
    labs = [rgb_to_lab(rgb.double().cpu()) for rgb in painted]
    true = None
    if is_color(picture)[0]:
        true = rgb_to_lab(as_unit(three_channels(picture.pixels)).double())
    found = []
    for name, rgb, lab in zip(names, painted, labs, strict=True):
        moved = (lab - labs[0])[1:].square().sum(0).sqrt()
        found.append(
            Moved(
                name,
                float(moved.mean()),
                100 * float((moved > FAR).double().mean()),
                colourfulness((rgb.cpu() * 255).round().to(torch.uint8)),
                None if true is None else float(ciede2000(true, lab).mean()),
            )
        )
    return found
