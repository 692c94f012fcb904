"""Rare formats through the extra `formats` (imagecodecs and tifffile), where it is installed."""

from __future__ import annotations

import importlib
import io
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._deep import full_range
from ._guard import Unreadable
from .picture import Levels


def samples_by_extra(data: bytes | bytearray, bits: int) -> Levels | None:
    """The samples of a TIFF's first page as stored, (h, w) or (h, w, channels).

    Returns:
        uint8, or uint16 at the full range; None where the extra is not installed, or does not know
        how they are packed.

    Raises:
        ValueError: they are damaged.
    """
    readers = _readers("tifffile", "imagecodecs")
    if readers is None:
        return None
    page = readers[0].TiffFile(io.BytesIO(data)).pages[0]
    try:
        samples = np.asarray(page.asarray())
    except ValueError as error:
        if "not supported" in str(error):
            return None
        raise
    if page.planarconfig == 2 and samples.ndim == 3:
        samples = np.moveaxis(samples, 0, -1)
    return _at_full_range(samples, bits)


def decoded_by_extra(data: bytes, codec: str, bits: int) -> Levels | None:
    """A whole file by one of imagecodecs' decoders; None where the extra is not installed.

    Args:
        codec: the decoder's name before `_decode`.

    Raises:
        ValueError: it cannot read it either.
    """
    readers = _readers("imagecodecs")
    if readers is None:
        return None
    return _at_full_range(np.asarray(getattr(readers[0], f"{codec}_decode")(data)), bits)


def _readers(*names: str) -> list[Any] | None:
    try:
        return [importlib.import_module(name) for name in names]
    except ImportError:
        return None


def _at_full_range(samples: NDArray[Any], bits: int) -> Levels:
    if samples.dtype == np.bool_ or bits == 1:
        return samples.astype(np.uint8) * np.uint8(255)
    if samples.dtype == np.uint16 and 8 < bits < 16:
        return full_range(np.minimum(samples, 2**bits - 1), bits)
    if samples.dtype not in (np.uint8, np.uint16):
        raise Unreadable(f"its samples are {samples.dtype}")
    return np.ascontiguousarray(samples)
