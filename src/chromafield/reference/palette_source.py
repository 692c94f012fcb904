"""Where a global histogram comes from: a colour picture, a folder of them, a written palette.

A picture gives the share of each gamut cell among its coloured pixels (grey is likely everywhere,
so a few near-grey pixels would turn trees grey before anything turned orange); a folder the average
over its pictures, each counting the same; a written palette the same share to each of its colours,
spread over the cells around it, since a person means a colour and not a cell.

References:
    Melas-Kyriazi and Han, section 4.2: the average of the colour values of another picture.
"""

from __future__ import annotations

from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor

from ..beliefs import Histogram
from ..canvas.lightness import as_unit
from ..color import rgb_to_lab
from ..color.palette import gamut_cells, nearest_cells, soft_encode
from ..errors import BadValue
from ..image import read_picture, three_channels
from ..image.listing import PICTURES, pictures_in
from ..image.swatches import read_gpl, read_hex

PIXEL_LIMIT = 1 << 18  # of a picture that are counted, evenly over it
MIN_CHROMA = 5.0  # chroma, CIELAB units, from which a pixel has a colour
NEAR_GREY = 10.0  # chroma of pixels that are left out where others have more


def read_histogram(source: str) -> Histogram:
    """The histogram that a person names.

    Args:
        source: the path of a picture, of a folder of pictures or of a GIMP palette (.gpl), or hex
            colours like `#a03020,#204060`.

    Raises:
        BadValue: no path and no colours, or without any colour but grey.
        PictureError: a picture that cannot be read.
    """
    kind = _kind_of(source)
    if kind == "folder":
        ab = [_pixels(Path(source, name)) for name in pictures_in(Path(source))]
        if not ab:
            raise BadValue(f"The palette's folder {source} holds no pictures.")
    elif kind == "picture":
        ab = [_pixels(Path(source))]
    else:
        written = read_gpl(Path(source)) if kind == "gpl" else read_hex(source)
        ab = [_swatches(torch.from_numpy(written.copy()))]
    colored = [one for one in ab if bool((torch.hypot(*one) >= MIN_CHROMA).any())]
    if not colored:
        raise BadValue(f"The palette {source} has no colour but grey. Name one with colours.")
    if kind in ("folder", "picture"):
        share = torch.stack([_count(_without_grey(one)) for one in colored]).mean(0)
    else:
        share = _spread(colored[0])
    return Histogram(share, gamut_cells())


def _kind_of(source: str) -> str:
    path = Path(source)
    if path.suffix.lower() == ".gpl":
        return "gpl"
    if path.suffix.lower() in PICTURES:
        return "folder" if path.is_dir() else "picture"
    try:
        there = bool(source) and path.exists()
    except OSError:  # too long for a path: a long list of colours
        there = False
    if not there:
        return "hex"
    return "folder" if path.is_dir() else "picture"


def _pixels(path: Path) -> Float[Tensor, "2 n"]:
    """The ab of the picture's pixels, of large ones every n-th row and column."""
    pixels = read_picture(path).pixels
    step = max(round((pixels.shape[0] * pixels.shape[1] / PIXEL_LIMIT) ** 0.5), 1)
    return rgb_to_lab(as_unit(three_channels(pixels[::step, ::step])))[1:].flatten(1)


def _swatches(rgb: Tensor) -> Float[Tensor, "2 n"]:
    return rgb_to_lab(rgb.T[:, None].float() / 255)[1:, 0]


def _without_grey(ab: Float[Tensor, "2 n"]) -> Float[Tensor, "2 m"]:
    """The pixels that are not near grey; of faint pictures, those that have a colour at all."""
    chroma = torch.hypot(*ab)
    limit = NEAR_GREY if bool((chroma >= NEAR_GREY).any()) else MIN_CHROMA
    return ab[:, chroma >= limit]


def _count(ab: Float[Tensor, "2 n"]) -> Float[Tensor, " k"]:
    counts = torch.bincount(nearest_cells(ab), minlength=len(gamut_cells()))
    return counts.float() / counts.sum()


def _spread(ab: Float[Tensor, "2 n"]) -> Float[Tensor, " k"]:
    cells, weight = soft_encode(ab[None, :, None])
    share = torch.zeros(len(gamut_cells()))
    return share.index_add_(0, cells.flatten(), weight.flatten()) / ab.shape[1]
