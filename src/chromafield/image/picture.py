"""A picture in memory: upright sRGB levels and everything the file said beside its pixels."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..errors import BadValue

# Whole numbers from 0 (none) to 255 or 65535 (full).
if TYPE_CHECKING:
    Levels = NDArray[np.uint8 | np.uint16]
else:  # the form that is checked at run time
    Levels = NDArray[np.uint8] | NDArray[np.uint16]


@dataclass(frozen=True, slots=True)
class Tags:
    """What a picture file holds beside its pixels; None where it holds no such thing."""

    exif: bytes | None = None  # a TIFF structure, from its "II" or "MM" on; orientation is 1
    icc: bytes | None = None  # the colour profile the *written* picture is to have
    dpi: tuple[float, float] | None = None  # dots an inch, across and down
    xmp: bytes | None = None  # the packet, as it stood
    iptc: bytes | None = None  # captions and credits, IPTC-IIM records
    text: tuple[tuple[str, str], ...] = ()  # (keyword, text), as PNG has them; a JPEG's "Comment"
    blocks: tuple[tuple[int, bytes], ...] = ()  # Photoshop's resources on rights, by number


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """One picture, upright, sRGB-encoded.

    `pixels` may hold 16 bits while `depth` is 8: a conversion from another colour profile keeps
    the fractions until the picture is written.

    Raises:
        BadValue: the arrays do not fit together.
    """

    pixels: Levels  # (h, w) grey or (h, w, 3) RGB
    alpha: Levels | None = None  # (h, w), full is opaque; same dtype as `pixels`
    depth: int = 8  # bits a channel of the written picture: 8 or 16
    tags: Tags = field(default_factory=Tags)
    format: str = "PNG"  # of the file it came from, as Pillow names it
    notes: tuple[str, ...] = ()  # what was left aside or is damaged: whole sentences

    def __post_init__(self) -> None:
        shape, kind = self.pixels.shape, self.pixels.dtype
        if len(shape) not in (2, 3) or shape[2:] not in ((), (3,)) or 0 in shape:
            raise BadValue(f"A picture's pixels are (h, w) or (h, w, 3), not {shape}.")
        if kind not in (np.uint8, np.uint16):
            raise BadValue(f"A picture's pixels are uint8 or uint16, not {kind}.")
        if self.alpha is not None and (self.alpha.shape, self.alpha.dtype) != (shape[:2], kind):
            raise BadValue(
                f"The alpha {self.alpha.shape} {self.alpha.dtype} must be {shape[:2]} {kind}, "
                "as the pixels are."
            )
        if self.depth not in (8, 16):
            raise BadValue(f"A picture's depth is 8 or 16 bits a channel, not {self.depth}.")

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) in pixels."""
        return self.pixels.shape[0], self.pixels.shape[1]

    @property
    def is_grey(self) -> bool:
        """Whether it has one channel; three equal channels are not grey in this sense."""
        return self.pixels.ndim == 2


def three_channels(levels: Levels) -> Levels:
    """Grey levels (h, w) as (h, w, 3); colours as they are."""
    return levels if levels.ndim == 3 else np.repeat(levels[..., None], 3, axis=2)


def at_depth(levels: Levels, depth: int) -> Levels:
    """The same levels at 8 or 16 bits, rounded to the nearest; the array itself if it is so."""
    if levels.dtype == np.uint8:
        return levels if depth == 8 else levels.astype(np.uint16) * np.uint16(257)
    if depth == 16:
        return levels
    out = np.empty(levels.shape, np.uint8)
    for row, narrow in zip(levels, out, strict=True):  # a row at a time: no wide copy of it all
        narrow[...] = (row.astype(np.uint32) + 128) // 257
    return out
