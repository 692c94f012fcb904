"""A TIFF's samples of 8 or 16 bits by strips or tiles, where no decoder takes the page whole.

Each part goes to OpenCV as a small grey TIFF of its own, a column a sample: so any number of
channels, side by side or in planes, comes out with every bit, whatever it was packed by. What
OpenCV cannot unpack goes to Pillow in the same way, as bytes.

References:
    TIFF 6.0 (1992), sections 2, 14 (differencing) and 15 (tiles).
"""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass
from numbers import Real

import numpy as np
from numpy.typing import NDArray
from PIL.ExifTags import Base
from PIL.TiffImagePlugin import ImageFileDirectory_v2, TiffImageFile

from ._deep import decode_deep
from ._guard import Unreadable, unguarded
from ._packings import NONE, ONLY_BY_PILLOW
from .picture import Levels

BLACK_IS_ZERO, NO_PREDICTOR, DIFFERENCES = 1, 1, 2
LONG = 4


@dataclass(frozen=True)
class Parts:
    """Where a page's strips or tiles lie, and how they are packed."""

    order: str  # of bytes: < or >
    size: tuple[int, int]  # (width, height) of one, in pixels
    are_tiles: bool  # whole at the picture's edges too
    offsets: tuple[int, ...]
    lengths: tuple[int, ...]  # bytes
    packing: int
    fill: int  # which bit of a byte comes first
    predictor: int


def numbers_of(
    page: ImageFileDirectory_v2, tag: int, default: tuple[int, ...] | None = None
) -> tuple[int, ...]:
    """A tag's whole numbers; `default` where the page does not have it.

    Raises:
        Unreadable: the tag is missing, or says something else than whole numbers.
    """
    found = page.get(tag, default)
    if found is None:
        raise Unreadable(f"its tag {int(tag)} is missing")
    values = found if isinstance(found, tuple) else (found,)
    if not all(isinstance(value, Real) and float(value).is_integer() for value in values):
        raise Unreadable(f"its tag {int(tag)} is no whole number")
    return tuple(int(float(value)) for value in values)


def number_of(page: ImageFileDirectory_v2, tag: int, default: int | None = None) -> int:
    """A tag's first whole number; raises as `numbers_of`, and where it has none."""
    found = numbers_of(page, tag, None if default is None else (default,))
    if not found:
        raise Unreadable(f"its tag {int(tag)} is empty")
    return found[0]


def parts_of(page: ImageFileDirectory_v2, order: str) -> Parts:
    """What the page's directory says of them; the byte order is `<` or `>`."""
    height, are_tiles = number_of(page, Base.ImageLength), Base.TileOffsets in page
    size = number_of(page, Base.ImageWidth), min(number_of(page, Base.RowsPerStrip, height), height)
    if are_tiles:
        size = number_of(page, Base.TileWidth), number_of(page, Base.TileLength)
    return Parts(
        order=order,
        size=size,
        are_tiles=are_tiles,
        offsets=numbers_of(page, Base.TileOffsets if are_tiles else Base.StripOffsets, ()),
        lengths=numbers_of(page, Base.TileByteCounts if are_tiles else Base.StripByteCounts, ()),
        packing=number_of(page, Base.Compression, 1),
        fill=number_of(page, Base.FillOrder, 1),
        predictor=number_of(page, Base.Predictor, NO_PREDICTOR),
    )


def read_samples(
    data: NDArray[np.uint8],
    parts: Parts,
    size: tuple[int, int],
    channels: int,
    separate: bool,
    bits: int = 16,
) -> Levels:
    """(h, w, channels) of the page, as stored.

    Args:
        data: the whole file.
        size: (width, height) of the page.
        separate: whether each channel has its own parts.
        bits: 8 or 16 a sample.

    Raises:
        ValueError: parts are missing, cut off, or cannot be unpacked.
    """
    (width, height), (across, down) = size, parts.size
    corners = [
        (plane, y, x)
        for plane in range(channels if separate else 1)
        for y in range(0, height, down)
        for x in range(0, width, across)
    ]
    inside = 1 if separate else channels
    whole = [down if parts.are_tiles else min(down, height - y) for _, y, _ in corners]
    lengths = parts.lengths
    if not lengths and parts.packing == NONE:  # they follow from the size
        lengths = tuple(rows * across * inside * bits // 8 for rows in whole)
    if not len(corners) == len(parts.offsets) == len(lengths):
        raise Unreadable(
            f"{len(corners)} strips or tiles are needed; {len(parts.offsets)} places and "
            f"{len(lengths)} lengths are named"
        )
    out: Levels = np.empty((height, width, channels), np.uint8 if bits == 8 else np.uint16)
    for (plane, y, x), rows, offset, length in zip(
        corners, whole, parts.offsets, lengths, strict=True
    ):
        packed = data[offset : offset + length]
        if len(packed) < length:
            raise Unreadable("a strip or tile is cut off")
        samples = _unpacked(packed, parts, (across * inside, rows), bits)
        samples = samples.reshape(rows, across, inside)
        if parts.predictor == DIFFERENCES:
            samples = np.cumsum(samples, axis=1, dtype=out.dtype)
        channel = slice(plane, plane + inside)
        out[y : y + rows, x : x + across, channel] = samples[: height - y, : width - x]
    return out


def _unpacked(packed: NDArray[np.uint8], parts: Parts, size: tuple[int, int], bits: int) -> Levels:
    """(rows, samples) of one part."""
    if parts.packing not in ONLY_BY_PILLOW:
        levels: Levels = decode_deep(_as_grey(packed, parts, size, bits))
        return levels
    columns, rows = size
    as_bytes = _as_grey(packed, parts, (columns * bits // 8, rows), 8)
    with unguarded(), TiffImageFile(io.BytesIO(as_bytes.tobytes())) as image:
        unpacked = np.asarray(image)
    ordered = unpacked.view(f"{parts.order}u{bits // 8}")
    return ordered.astype(ordered.dtype.newbyteorder("="), copy=False)


def _as_grey(
    packed: NDArray[np.uint8], parts: Parts, size: tuple[int, int], bits: int
) -> NDArray[np.uint8]:
    """A TIFF of one strip around the packed samples, which keep their differences."""
    entries = {
        Base.ImageWidth: size[0],
        Base.ImageLength: size[1],
        Base.BitsPerSample: bits,
        Base.Compression: parts.packing,
        Base.PhotometricInterpretation: BLACK_IS_ZERO,
        Base.FillOrder: parts.fill,
        Base.StripOffsets: 0,
        Base.SamplesPerPixel: 1,
        Base.RowsPerStrip: size[1],
        Base.StripByteCounts: len(packed),
        Base.Predictor: NO_PREDICTOR,
    }
    start = struct.calcsize("<8xH") + struct.calcsize("<HHII") * len(entries) + 4
    entries[Base.StripOffsets] = start
    mark = b"II*\0" if parts.order == "<" else b"MM\0*"
    head = mark + struct.pack(f"{parts.order}IH", len(mark) + 4, len(entries))
    for tag, value in sorted(entries.items()):
        head += struct.pack(f"{parts.order}HHII", tag, LONG, 1, value)
    return np.concatenate([np.frombuffer(head + bytes(4), np.uint8), packed])
