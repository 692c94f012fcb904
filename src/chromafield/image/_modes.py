"""Pillow's modes to levels, a strip of rows at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from ..errors import PictureError
from ._guard import unguarded
from ._icc import srgb_bytes
from .picture import Levels
from .profile import UnfitProfile, aside_sentence, engine_transform
from .strips import row_strips

ALPHA_MODES = ("LA", "La", "PA", "RGBA", "RGBa")
GREY_MODES = ("1", "L", "LA", "La")
DEEP_GREY_MODES = ("I;16", "I;16L", "I;16B", "I;16N", "I", "F")


@dataclass(frozen=True)
class Decoded:
    """Levels as they stood in the file, in the colours of its profile."""

    pixels: Levels
    alpha: Levels | None
    depth: int
    icc: bytes | None  # None too where the levels became sRGB on the way
    notes: tuple[str, ...] = ()  # whole sentences


def decode(image: Image.Image, icc: bytes | None, name: str) -> Decoded:
    """Levels of a loaded Pillow image of any mode.

    Raises:
        PictureError: values outside what a picture can hold, or a profile that cannot be used.
    """
    with unguarded():  # Pillow warns of palettes with alpha, which come out right here
        return _decoded(image, icc, name)


def _decoded(image: Image.Image, icc: bytes | None, name: str) -> Decoded:
    if image.mode in DEEP_GREY_MODES:
        return _deep_grey(image, icc, name)
    notes: tuple[str, ...] = ()
    if image.mode in ("CMYK", "LAB"):
        try:
            convert, icc = _through_engine(image.mode, icc, name), srgb_bytes()
        except UnfitProfile as error:
            convert, icc = _through_engine(image.mode, None, name), srgb_bytes()
            notes = (aside_sentence(name, error.why),)
    else:
        mode = _plain_mode(image)

        def convert(strip: Image.Image) -> Image.Image:
            return strip if strip.mode == mode else strip.convert(mode)

    levels = _gather(image, convert)
    colors = 1 if levels.shape[2] <= 2 else 3
    alpha: Levels | None = levels[..., colors].copy() if levels.shape[2] > colors else None
    pixels: Levels = levels
    if levels.shape[2] != 3:
        pixels = np.ascontiguousarray(levels[..., 0] if colors == 1 else levels[..., :3])
    key = image.info.get("transparency") if image.mode in ("1", "L", "RGB") else None
    if alpha is None and key is not None:
        alpha = keyed_alpha(pixels, key)
    return Decoded(pixels, alpha, 8, icc, notes)


def _plain_mode(image: Image.Image) -> str:
    """The nearest of L, LA, RGB and RGBA that loses nothing."""
    palette_alpha = image.mode == "P" and image.has_transparency_data
    base = "L" if image.mode in GREY_MODES else "RGB"
    return base + ("A" if image.mode in ALPHA_MODES or palette_alpha else "")


def _through_engine(
    mode: str, icc: bytes | None, name: str
) -> Callable[[Image.Image], Image.Image]:
    """CMYK and Lab to sRGB: by the profile, or by the plain rule where CMYK has none."""
    if mode == "LAB":
        icc = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    if icc is None:
        return lambda strip: strip.convert("RGB")
    transform = engine_transform(icc, mode, name)

    def convert(strip: Image.Image) -> Image.Image:
        converted = ImageCms.applyTransform(strip, transform)
        assert converted is not None  # only an in-place call returns nothing
        return converted

    return convert


def _gather(image: Image.Image, convert: Callable[[Image.Image], Image.Image]) -> NDArray[np.uint8]:
    """(h, w, channels) of the converted picture; at no time a second Pillow image of it all."""
    width, height = image.size
    out: NDArray[np.uint8] | None = None
    for rows in row_strips(height, width):
        strip = convert(image.crop((0, rows.start, width, rows.stop)))
        levels = np.atleast_3d(np.asarray(strip))
        if out is None:
            out = np.empty((height, width, levels.shape[2]), np.uint8)
        out[rows] = levels
    assert out is not None  # a picture has at least one row
    return out


def keyed_alpha(pixels: Levels, key: int | tuple[int, ...]) -> Levels:
    """Opaque but for the one colour that PNG calls transparent."""
    match = pixels == np.asarray(key, pixels.dtype)
    match = match.all(axis=-1) if match.ndim == 3 else match
    full = np.iinfo(pixels.dtype).max
    alpha: Levels = np.where(match, 0, full).astype(pixels.dtype)
    return alpha


def _deep_grey(image: Image.Image, icc: bytes | None, name: str) -> Decoded:
    values = np.asarray(image)
    if image.mode == "F":
        return Decoded(levels_of_floats(values, name), None, 16, icc)
    pixels = levels_of_whole(values, name)
    key = image.info.get("transparency")
    alpha = keyed_alpha(pixels, key) if isinstance(key, int) else None
    return Decoded(pixels, alpha, 16, icc)


def levels_of_whole(values: NDArray[np.integer], name: str) -> Levels:
    """Whole numbers of any size as 16-bit levels.

    Raises:
        PictureError: one is below 0 or beyond 65535.
    """
    low, high = int(values.min()), int(values.max())
    if low < 0 or high > 65535:
        raise PictureError(
            f"{name} has grey values from {low} to {high}; at most 16 bits, 0 to 65535, "
            "can be read. Scale them to that range."
        )
    return values.astype(np.uint16)


def levels_of_floats(values: NDArray[np.floating], name: str) -> Levels:
    """Values in [0, 1] as 16-bit levels.

    Raises:
        PictureError: one is not finite, or outside [0, 1].
    """
    low, high = float(values.min()), float(values.max())
    if not (np.isfinite(low) and np.isfinite(high)):
        raise PictureError(
            f"{name} has values that are not numbers (NaN or infinite). "
            "Replace them by values from 0 to 1."
        )
    if low < 0 or high > 1:
        raise PictureError(
            f"{name} has floating-point values from {low:.3g} to {high:.3g}; only 0 (black) to 1 "
            "(white) can be read. Scale them to that range."
        )
    out: Levels = np.empty(values.shape, np.uint16)
    for row, levels in zip(values, out, strict=True):
        levels[...] = np.rint(row.astype(np.float64) * 65535)
    return out
