"""Pillow images and arrays as pictures, for those who call from Python."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..errors import BadValue
from ._guard import damage_named
from ._modes import decode, levels_of_floats
from ._tags import tags_of
from .picture import Picture
from .read import Found, finished

ROUNDING = 1e-4  # by which the sum of many floats may leave its range


def from_pillow(image: Image.Image) -> Picture:
    """A Pillow image of any mode, at the frame it stands on.

    Note that Pillow itself opens 16-bit colour as 8 bits; `read_picture` does not.

    Raises:
        BadValue: it is closed.
        PictureError: its file is damaged, or its values or profile cannot be read exactly.
    """
    name = "The image"
    _refuse_closed(image)
    with damage_named(name, image.format or "picture"):
        image.load()
        tags = tags_of(image)
        decoded = decode(image, tags.icc, name)
    return finished(Found(decoded, tags), image.format or "PNG", name)


def _refuse_closed(image: Image.Image) -> None:
    try:
        image.load()
    except (ValueError, AttributeError) as error:
        if "closed" in str(error) or isinstance(error, AttributeError):
            raise BadValue("The image is closed. Colour it before, or open it again.") from error
    except OSError:  # damage, which is named when it is decoded
        return


def from_array(array: NDArray[Any]) -> Picture:
    """An sRGB-encoded array: uint8, uint16, bool, or floats in [0, 1], which become 16 bits.

    Args:
        array: (h, w), (h, w, 1) grey, (h, w, 2) grey and alpha, (h, w, 3) RGB, (h, w, 4) RGBA.

    Floats that leave [0, 1] by no more than rounding are taken as 0 and 1.

    Raises:
        BadValue: another shape or dtype.
        PictureError: floats outside [0, 1], or not finite.
    """
    levels = np.asarray(array)
    levels = levels.astype(levels.dtype.newbyteorder("="), copy=False)
    if levels.ndim not in (2, 3) or levels.shape[2:] not in ((), (1,), (2,), (3,), (4,)):
        raise BadValue(f"A picture is (h, w) or (h, w, 1 to 4 channels), not {levels.shape}.")
    if 0 in levels.shape:
        raise BadValue(f"A picture has at least one pixel; this array is {levels.shape}.")
    if levels.dtype == np.bool_:
        levels = levels.astype(np.uint8) * np.uint8(255)
    elif levels.dtype.kind == "f":
        levels = levels_of_floats(_without_overshoot(levels), "The array")
    if levels.dtype not in (np.uint8, np.uint16):
        raise BadValue(f"A picture is uint8, uint16 or floats in [0, 1], not {levels.dtype}.")
    depth = 8 * levels.dtype.itemsize
    levels = levels[..., None] if levels.ndim == 2 else levels
    colors = 1 if levels.shape[2] <= 2 else 3
    alpha = levels[..., colors].copy() if levels.shape[2] > colors else None
    pixels = levels[..., 0] if colors == 1 else levels[..., :3]
    return Picture(np.ascontiguousarray(pixels), alpha, depth)


def _without_overshoot(levels: NDArray[Any]) -> NDArray[Any]:
    most = max(ROUNDING, 4 * float(np.finfo(levels.dtype).eps))
    if levels.min() < -most or levels.max() > 1 + most:
        return levels  # these are no levels, and are refused
    return levels.clip(0, 1)
