"""TIFF: what its directory says, and the kinds of pixels Pillow would narrow to 8 bits.

The picture's directory is put first and said to be upright before a decoder sees the file, so that
no decoder chooses another page, and none turns it: the rows come as they are stored.

References:
    TIFF 6.0 (1992), sections 4 to 8 and 18.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, TiffImagePlugin
from PIL.ExifTags import Base

from ..errors import PictureError
from ._deep import decode_deep
from ._guard import Unreadable, unguarded
from ._icc import srgb_bytes
from ._lab import srgb_of_lab
from ._modes import Decoded, decode, levels_of_floats, levels_of_whole
from ._packings import is_readable, packing_refusal
from ._rare import samples_by_extra
from ._tiff_layout import (
    ASSOCIATED_ALPHA,
    BLACK_IS_ZERO,
    COLORS,
    FLOATS,
    INKS,
    LAB,
    NO_ALPHA,
    SIGNED,
    WHITE_IS_ZERO,
    Layout,
    layout_of,
)
from ._tiff_pages import pages_of, picture_among
from ._tiff_parts import read_samples
from ._tiff_tags import is_big, put_first, tags_of_page
from .picture import Levels, Tags


@dataclass(frozen=True)
class OpenTiff:
    """A TIFF whose picture's directory is found."""

    layout: Layout
    tags: Tags
    pictures: int  # among its pages; previews and masks do not count
    orientation: int | None  # None where the page does not say
    data: bytearray  # the file with the picture's page first and said to be upright


def open_tiff(path: Path) -> OpenTiff:
    """Find the picture in the file, and what the file says of it.

    Raises:
        PictureError: it is a raw file, or holds previews alone.
    """
    data = bytearray(path.read_bytes())
    lead = bytes(data[:16]) if is_big(data) else bytes(data[:8])
    order = "<" if lead[:2] == b"II" else ">"
    with unguarded():
        pages = pages_of(data, lead)
        if not pages:
            raise EOFError("no picture in it")
        page, pictures = picture_among(pages, path.name)
        layout = layout_of(page.tags, order)
        tags = tags_of_page(page, pages[0], data, order)
        orientation = page.tags.get(Base.Orientation, pages[0].tags.get(Base.Orientation))
    put_first(data, page, order)
    return OpenTiff(layout, tags, pictures, _whole(orientation), data)


def _whole(value: object) -> int | None:
    """An orientation of whatever kind of number."""
    if isinstance(value, (tuple, bytes)):
        value = value[0] if value else None
    try:
        number = int(value)  # type: ignore[call-overload]
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    return number if 1 <= number <= 8 else None


def read_pixels(opened: OpenTiff, name: str) -> Decoded:
    """The picture's levels, not turned.

    Raises:
        PictureError: a kind of page that cannot be read exactly.
    """
    layout, icc, data = opened.layout, opened.tags.icc, opened.data
    if not is_readable(layout.parts.packing, layout.bits):
        samples = samples_by_extra(data, layout.bits)
        if samples is None:
            raise packing_refusal(name, layout.parts.packing, layout.bits)
        return _sorted_out(np.atleast_3d(samples), layout, icc)
    if layout.bits <= 8:
        return _few_bits(opened, name)
    if layout.bits == 32 and layout.channels == 1 and layout.numbers != FLOATS:
        with _by_pillow(data, layout, name) as image:
            values = np.asarray(image)
        if layout.numbers != SIGNED:  # which Pillow takes for signed
            values = values.view(np.uint32)
        return Decoded(levels_of_whole(values, name), None, 16, icc)
    if not layout.is_whole and not layout.is_in_parts:
        raise _refusal(layout, name)
    if layout.photometric == INKS and icc is not None:
        raise PictureError(
            f"{name} has 16 bits a channel and a colour profile for CMYK, which is applied at 8 "
            "bits only. Convert the picture to sRGB in a picture editor and try again."
        )
    levels = _deep_levels(np.frombuffer(data, np.uint8), layout)
    if levels.dtype.kind == "f":
        levels = levels_of_floats(levels, name)
    if levels.dtype != np.uint16:
        raise Unreadable(f"its directory says {layout}, its pixels are {levels.dtype}")
    return _sorted_out(np.atleast_3d(levels), layout, icc)


def _few_bits(opened: OpenTiff, name: str) -> Decoded:
    """At most 8 bits: by Pillow where it knows the kind, else part by part."""
    layout, icc = opened.layout, opened.tags.icc
    if not layout.is_in_two_planes:
        try:
            with _by_pillow(opened.data, layout, name) as image:
                return decode(image, icc, name)
        except UnknownToPillow:
            if not layout.is_in_byte_parts:
                raise
    data = np.frombuffer(opened.data, np.uint8)
    samples = read_samples(data, layout.parts, layout.size, layout.channels, layout.separate, 8)
    return _sorted_out(samples, layout, icc)


class UnknownToPillow(PictureError):
    """A kind of page that Pillow does not know."""


def _refusal(layout: Layout, name: str) -> UnknownToPillow:
    return UnknownToPillow(
        f"{name} stores its pixels as {layout}, which cannot be read exactly. "
        "Save it as grey or RGB in unsigned 8 or 16 bits."
    )


class _AsStored(TiffImagePlugin.TiffImageFile):
    """Pillow's reader without its turning, for a file whose first page is said to be upright."""

    likely_photometric = BLACK_IS_ZERO

    def _setup(self) -> None:
        if Base.PhotometricInterpretation not in self.tag_v2:
            self.tag_v2[Base.PhotometricInterpretation] = self.likely_photometric
        super()._setup()

    def load_end(self) -> None:
        """Nothing: Pillow would turn it by what its XMP says."""


@contextmanager
def _by_pillow(data: bytearray, layout: Layout, name: str) -> Iterator[Image.Image]:
    kind = type("_AsMeant", (_AsStored,), {"likely_photometric": layout.photometric})
    with unguarded():
        try:
            image = kind(io.BytesIO(data))
        except SyntaxError as error:  # how Pillow calls a kind that it does not know
            raise _refusal(layout, name) from error
    with closing(image):
        with unguarded():
            image.load()
        yield image


def _deep_levels(data: NDArray[np.uint8], layout: Layout) -> NDArray[Any]:
    """(h, w) or (h, w, channels), as stored: uint16, or floats as they stand."""
    if layout.is_whole:
        levels = decode_deep(data)
        return levels if layout.bits >= 16 else _widened(levels, layout.bits)
    parts, channels = layout.parts, layout.channels
    samples = read_samples(data, parts, layout.size, channels, layout.separate, layout.bits)
    return samples.view(np.float16) if layout.numbers == FLOATS else samples


def _widened(levels: Levels, bits: int) -> Levels:
    """Fewer bits, which OpenCV moves up to the highest of 16, to the full range."""
    most = 2**bits - 1
    narrow = (levels >> (16 - bits)).astype(np.uint32)
    wide: Levels = ((narrow * 65535 + most // 2) // most).astype(np.uint16)
    return wide


def _sorted_out(levels: Levels, layout: Layout, icc: bytes | None) -> Decoded:
    """Black at 0, inks and Lab as RGB, alpha apart and not multiplied into the colours."""
    count, full = COLORS[layout.photometric], int(np.iinfo(levels.dtype).max)
    depth = 8 * levels.dtype.itemsize
    colors = np.ascontiguousarray(levels[..., :count])
    alpha: Levels | None = None
    if levels.shape[2] > count and layout.extra != NO_ALPHA:
        alpha = levels[..., count].copy()
    if alpha is not None and layout.extra == ASSOCIATED_ALPHA:
        for row, opacity in zip(colors, alpha, strict=True):
            whole = np.maximum(opacity, 1).astype(np.uint64)[:, None]
            row[...] = np.minimum((row.astype(np.uint64) * full + whole // 2) // whole, full)
    if layout.photometric == WHITE_IS_ZERO:
        colors = ~colors
    if layout.photometric == INKS:
        return Decoded(_rgb_of_inks(colors), alpha, depth, srgb_bytes())
    if layout.photometric == LAB:
        return Decoded(srgb_of_lab(colors), alpha, depth, srgb_bytes())
    return Decoded(colors[..., 0] if count == 1 else colors, alpha, depth, icc)


def _rgb_of_inks(inks: Levels) -> Levels:
    """CMYK by the plain rule: what each ink, and black, lets through."""
    full = int(np.iinfo(inks.dtype).max)
    rgb: Levels = np.empty((*inks.shape[:2], 3), inks.dtype)
    for row, out in zip(inks, rgb, strict=True):
        through = full - row.astype(np.uint32)
        out[...] = (through[:, :3] * through[:, 3:] + full // 2) // full
    return rgb
