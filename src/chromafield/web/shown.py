"""What the page shows of a picture beside its colours: parts, small copies, maps, places."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from ..canvas.canvas import Canvas
from ..canvas.lightness import lightness_of
from ..canvas.uncertainty import entropy, uncertainty
from ..canvas.upsample import render
from ..errors import BadValue
from ..hints.document import Hints
from ..hints.raster import draw_marks
from ..image import at_depth, read_picture, three_channels
from ..image.sheet import as_bytes, scaled
from ..propagation.propagate import HintPropagator
from ..resize import resize
from .opened import OpenPicture

PREVIEW = 1_000_000  # pixels of the picture that the page shows at first, at most
SCREEN = 16_000_000  # and of what fills a screen
THUMBNAIL = 160  # pixels of a sample's longer side
REFERENCE = 400  # and of a reference's
MAP = 256  # and of a map's
NEAR = 0.08  # of the longer side: a place this near a mark needs no other


def part_of(
    opened: OpenPicture, part: tuple[float, float, float, float], pixels: int = PREVIEW
) -> NDArray[np.uint8]:
    """A part of the picture's lightness, shrunk to what the page shows; 255 for 100.

    Args:
        part: left, top, right and bottom as shares of the picture.
        pixels: how many the page shows of it at most.

    Raises:
        BadValue: the part is none, or the picture is not read.
    """
    left, top, right, bottom = part
    if not (0 <= left < right <= 1 and 0 <= top < bottom <= 1):
        raise BadValue(f"{part} is no part of a picture: left, top, right, bottom in 0 to 1.")
    whole = opened.lightness
    if whole is None:
        raise BadValue(opened.error or f"{opened.path.name} is not read yet.")
    height, width = whole.shape[2:]
    rows = slice(int(top * height), max(round(bottom * height), int(top * height) + 1))
    columns = slice(int(left * width), max(round(right * width), int(left * width) + 1))
    cut = whole[:, :, rows, columns]
    size = _fitted(cut.shape[2], cut.shape[3], pixels=pixels)
    return share_bytes(resize(cut, size)[0, 0] / 100)


def thumbnail(propagator: HintPropagator, seed: int, number: int) -> bytes:
    """One of the samples that a seed gives, as a small PNG.

    Raises:
        WeightsError: no networks for samples are there.
    """
    ab = propagator.colors(Hints(settings=(("sample", (seed, number)),)))
    height, width = propagator.lightness.shape[2:]
    small = resize(propagator.lightness, _fitted(height, width, longer=THUMBNAIL))
    return _png(as_bytes(render(ab, small)))


def small_photograph(opened: OpenPicture) -> bytes:
    """It as it is now, as a small PNG: in its colours where they are at hand, else grey.

    Raises:
        ChromafieldError: it cannot be read.
    """
    lightness = opened.lightness
    if lightness is None:
        lightness = lightness_of(read_picture(opened.path))
    small = resize(lightness, _fitted(lightness.shape[2], lightness.shape[3], longer=THUMBNAIL))
    ready = next(iter(opened.ready.values()), None)
    ab = torch.zeros(1, 2, 1, 1).to(small)
    if ready is not None:
        ab = ready.propagator.colors(opened.parse(opened.hints))
    return _png(as_bytes(render(ab, small)))


def small_copy(path: Path) -> bytes:
    """A picture in its colours, as a small PNG.

    Raises:
        PictureError: it cannot be read.
    """
    pixels = at_depth(three_channels(read_picture(path).pixels), 8).astype(np.uint8)
    height, width = pixels.shape[:2]
    return _png(scaled(pixels, _fitted(height, width, longer=REFERENCE)[0]))


def map_of(share: Float[Tensor, "1 1 h w"]) -> NDArray[np.uint8]:
    """Shares from 0 to 1 as a small map."""
    return share_bytes(resize(share, _fitted(share.shape[2], share.shape[3], MAP))[0, 0])


def cell_of(canvas: Canvas, x: float, y: float) -> tuple[int, int]:
    """Column and row of the pixel at a place, x and y from 0 to 1."""
    height, width = canvas.lightness.shape[2:]
    return min(int(x * width), width - 1), min(int(y * height), height - 1)


def unsure(canvas: Canvas) -> NDArray[np.uint8]:
    """How unsure the network is on its own grid: 0 is sure, 255 is clueless."""
    return share_bytes(uncertainty(canvas))


def next_position(canvas: Canvas, hints: Hints) -> tuple[float, float]:
    """The place where the network is least sure and no mark is near: the next click."""
    bits = torch.nn.functional.avg_pool2d(entropy(canvas)[None, None], 5, 1, 2)[0, 0]
    h, w = bits.shape
    height, width = canvas.lightness.shape[2:]
    told = draw_marks(hints, (height, width)).belief((h, w)).precision.to(bits)
    reach = [
        2 * round(NEAR * max(height, width) * n / side) + 1 for n, side in ((h, height), (w, width))
    ]
    around = torch.nn.functional.max_pool2d(told, reach, 1, [n // 2 for n in reach])[0, 0]
    # Where everything is told, the place that is least sure of all.
    place = int(torch.where(around > 0, bits - bits.max() - 1, bits).argmax())
    return (place % w + 0.5) / w, (place // w + 0.5) / h


def share_bytes(share: Float[Tensor, "h w"]) -> NDArray[np.uint8]:
    """Shares from 0 to 1 as bytes, 255 for 1."""
    return (share * 255).round().clamp(0, 255).to(torch.uint8).cpu().numpy()


def _fitted(
    height: int, width: int, longer: int | None = None, pixels: int = PREVIEW
) -> tuple[int, int]:
    """Height and width of a smaller copy: by the longer side, or by a number of pixels."""
    scale = longer / max(height, width) if longer else (pixels / (height * width)) ** 0.5
    return max(round(height * min(scale, 1)), 1), max(round(width * min(scale, 1)), 1)


def _png(pixels: NDArray[np.uint8]) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()
