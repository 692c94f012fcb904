"""A result as numbered pictures, coloured or as a layer of the colours alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np

from ..errors import OutputError
from ..image import Levels, Picture, write_picture
from ..image.layer import color_layer
from .chroma import WEIGHTS, Coding
from .exposure import ends
from .levels import chroma_of, luma_of
from .sequence import numbers_of, pattern_of

WRITTEN = (".png", ".tif", ".tiff", ".jpg", ".jpeg", ".webp", ".dpx")
ONE_PICTURE = tuple(one for one in WRITTEN if one != ".webp")  # a .webp may be animated
TRANSPARENT = (".png", ".tif", ".tiff", ".webp")
DEEP = (".png", ".tif", ".tiff", ".dpx")  # with 16 bits a channel


def is_numbered(target: Path) -> bool:
    """Does the name mean numbered pictures?"""
    return pattern_of(target.name) is not None


def check_pictures(target: Path, layer: bool, depth: int) -> None:
    """Whether pictures of this kind can be written.

    Raises:
        OutputError: they cannot.
    """
    suffix = target.suffix.lower()
    if suffix not in WRITTEN:
        raise OutputError(f"{target} should end with one of {', '.join(WRITTEN)}.")
    if layer and suffix not in TRANSPARENT:
        raise OutputError(
            f"A layer is transparent, which {suffix} pictures are not. Name one of "
            f"{', '.join(TRANSPARENT)}."
        )
    if depth > 8 and suffix not in DEEP:
        raise OutputError(
            f"The film has {depth} bits a level, {suffix} pictures have 8. Name .png, .tif or .dpx."
        )


def refuse_pictures(target: Path) -> None:
    """Raises: OutputError: there are pictures of such names already."""
    numbers = numbers_of(target)
    if numbers:
        first = target.with_name(target.name % numbers[0])
        raise OutputError(f"There is a {first} already. Name another, or add --overwrite.")


def write_pictures(
    segments: Sequence[Path], target: Path, coding: Coding, first: int, layer: bool
) -> int:
    """Write the segments' frames; returns how many.

    Args:
        coding: how the segments' levels are meant.
        first: the number of the first picture.
        layer: the colours alone, transparent, instead of the coloured picture.

    Raises:
        OutputError: one cannot be written.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    count = 0
    for count, frame in enumerate(_frames(segments), start=1):
        path = target.with_name(target.name % (first + count - 1))
        grey, rgb = rgb_of(frame, coding)
        if layer:
            whole = color_layer(grey, rgb)
            alpha = np.ascontiguousarray(whole[..., 3])
            bare = np.ascontiguousarray(whole[..., :3])
            write_picture(path, bare, Picture(bare, alpha, 8 * bare.itemsize))
        elif path.suffix.lower() == ".dpx":
            _write_dpx(path, rgb, coding.depth)
        else:
            write_picture(path, rgb, Picture(rgb, depth=8 * rgb.itemsize))
    return count


def _frames(segments: Sequence[Path]) -> Iterator[Any]:
    for path in segments:
        with av.open(str(path)) as container:
            yield from container.decode(container.streams.video[0])


def rgb_of(frame: Any, coding: Coding) -> tuple[Levels, Levels]:
    """A frame's grey levels (h, w) and its sRGB levels (h, w, 3), of 8 bits, or of 16 where the
    film has more."""
    luma = luma_of(frame, coding)
    unit, (black, white) = 2.0 ** (coding.depth - 8), ends(coding.full)
    y = (luma / unit - black) / (white - black)
    if coding.full:
        y = luma / (2.0**coding.depth - 1)
    size = (luma.shape[1], luma.shape[0])
    planes = chroma_of(frame, coding).astype(np.float64) - (1 << (coding.depth - 1))
    planes /= (2.0**coding.depth - 1) if coding.full else 224 * unit
    cb, cr = (cv2.resize(plane, size, interpolation=cv2.INTER_LINEAR) for plane in planes)
    red, blue = WEIGHTS[coding.matrix]
    r, b = y + 2 * (1 - red) * cr, y + 2 * (1 - blue) * cb
    g = (y - red * r - blue * b) / (1 - red - blue)
    kind = np.uint8 if coding.depth == 8 else np.uint16
    top = np.iinfo(kind).max
    grey, rgb = (
        np.rint(plane.clip(0, 1) * top).astype(kind) for plane in (y, np.dstack([r, g, b]))
    )
    return grey, rgb


def _write_dpx(path: Path, rgb: Levels, depth: int) -> None:
    """A picture that Pillow does not write, of 8, 10 or 16 bits."""
    deep = rgb.dtype == np.uint16
    written = "rgb24" if not deep else "gbrp10le" if depth == 10 else "rgb48le"
    with av.open(str(path), "w", format="image2", options={"update": "1"}) as out:
        video = out.add_stream("dpx", Fraction(25))
        video.height, video.width, video.pix_fmt = *rgb.shape[:2], written
        pixels: Any = rgb
        frame = av.VideoFrame.from_ndarray(pixels, "rgb48le" if deep else "rgb24")
        out.mux(video.encode(frame.reformat(format=written)))
        out.mux(video.encode(None))
